"""Words, sentences, languages and markup of Chinese and English text."""

from __future__ import annotations

import time
import unicodedata
from itertools import pairwise

import pytest

from kb.index_words import index_words
from kb.text import (
    flat,
    has_words,
    is_fragment,
    language,
    plain,
    sentences,
    shingles,
    simplified,
    terms,
    without_sequences,
    words,
)

PAGE = "0123456789abcdef" * 2  # an id of Notion

# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pricing", "priced"),
        ("Founders", "founder"),
        ("RUNWAY", "runway"),
        ("don’t", "don't"),
        ("“cash”", '"cash"'),
        ("pre–seed", "pre-seed"),
        ("snake_case", "snake case"),
        ("ＳａａＳ", "SaaS"),
        ("１２０％", "120%"),
        ("ﬁnance", "finance"),
        ("cafe\u0301", "café"),
        ("1,000", "1000"),
        ("定价，", "定价"),
        ("股权　激励", "股权 激励"),
        ("㎡", "m2"),
    ],
)
def test_the_same_words_in_other_clothes(one, other):
    assert words(one) == words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("3.5", "35"), ("1.5", "15"), ("定价", "定金"), ("seed", "series"), ("v2.1", "v21")],
)
def test_other_words_stay_other(one, other):
    assert words(one) != words(other)


def test_chinese_is_cut_into_words_and_keeps_the_parts_of_long_ones():
    assert words("股权激励计划") == ["股权", "激励", "计划"]
    assert {"清华", "大学"} <= set(words("清华大学"))


def test_chinese_and_english_touching_are_told_apart():
    found = words("用SaaS定价3.5万元")
    assert found[0] == "用"
    assert found[1] == words("SaaS")[0]
    assert {"定价", "3.5"} <= set(found)


def test_markup_and_punctuation_are_no_words():
    assert words("— … ，。！（） *** 🎉") == []
    assert not has_words("— … ，。！（） *** 🎉")
    assert has_words("🎉 a")
    assert has_words("账")


@pytest.mark.parametrize(
    "text",
    [
        "What is a fair split?",
        "don't 'quote' me; rock'n'roll",
        "e-mail snake_case CamelCase i18n v2 10% a/b",
        "It costs 1,000 or 3.5 each, on 2026-05-14.",
    ],
)
def test_english_has_the_same_words_whatever_stands_beside_it(text):
    assert words(f"{text} 账") == [*words(text), "账"]


@pytest.mark.parametrize(
    "text",
    [
        "Ｗｈａｔ　ｉｓ　ｒｕｎｗａｙ？",
        "定价：３．５万，㈱ ㎏ ⅔ ①",
        "ﬁrst ﬂoor — naïve cafe\u0301 e\u0301quipe",
        "か\u3099 ｶﾞ 안녕 ㍿",
        "“Ask” ‘why’… 10–12",
    ],
)
def test_normalised_text_has_the_same_words(text):
    assert words(unicodedata.normalize("NFKC", text)) == words(text)
    assert words(text) != []


def test_index_words_leave_markup_out():
    title, headings, body, context = index_words(
        "Pricing",
        ("Step **1**", "定价"),
        "See [the plan](https://example.org/hidden) <b>now</b>",
        "**Why?**",
    )
    assert title == words("pricing")[0]
    assert headings.split() == [*words("step 1"), "定价"]
    assert body.split() == words("see the plan now")
    assert context == words("why")[0]


# --- terms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("How do I price my first product?", "price first product"),
        ("What's the runway of a startup?", "runway startup"),
        ("Could you please tell me about vesting?", "vesting"),
        ("Runway, runway, RUNWAYS?", "runway"),
        ("我们应该怎么给员工分股权？", "员工 分 股权"),
        ("什么是股权激励？", "股权 激励"),
        ("请问 SaaS 怎么定价？", "SaaS 定价"),
    ],
)
def test_terms_are_what_a_question_is_about(question, topic):
    assert terms(question) == words(topic)


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("怎样才能找到种子用户？", "找到 种子 用户"),
        ("要不要融资？", "融资"),
        ("该不该融资？", "融资"),
        ("这是期权池吗？", "期权 池"),
        ("您好，能不能告诉我期权池？谢谢！", "期权 池"),
        ("We're hiring, what should we've asked?", "hiring asked"),
    ],
)
def test_words_of_asking_are_no_topic(question, topic):
    assert terms(question) == words(topic)


@pytest.mark.parametrize("question", ["How do I?", "什么是？", "hello", "谢谢"])
def test_a_question_of_nothing_but_small_words_has_no_topic(question):
    assert terms(question) == []


# --- sentences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        ["Count the months.", "Who pays?", "They do!", "Then"],
        ["先算账。", "再定价！", "谁付钱？", "然后"],
        ["先算账。", "Then ask.", "谁付钱？"],
        ["She said no!", "He left."],
        ["We met Mr. Ash and Dr. Vale.", "They paid."],
        ["Use a pilot, e.g. one team, i.e. the smallest.", "It works."],
        ["Pipes, pumps, etc. are sold by Tideline Inc. in pairs.", "Fine."],
        ["J. Farrow said so.", "We agreed."],
        ["The U.S. market is first.", "Then ours."],
        ["It grew 3.5 times to 1.25 million.", "Good."],
        ["客单价 3.5 万元，涨了 1.2 倍。", "不错。"],
        ["See https://example.org/a?b=c&d=1.5 for more.", "Then ask."],
        ["见 https://example.org/a?b=c 的说明。", "再问。"],
        ["Write to ines@example.org or use kb.toml today.", "Done."],
        ['He said "Stop."', "Then we left."],
        ["He said “stop.”", "Then we left."],
        ["(We were late.)", "They were not."],
        ["她说：“可以。”", "然后走了。"],
        ["（先算账。）", "再定价。"],
        ["「好。」", "他走了。"],
        ["Really?!", "Yes..."],
        ["真的？！", "嗯……", "走吧。"],
    ],
    ids=lambda parts: parts[0][:20],
)
def test_sentences_end_at_full_stops_and_nowhere_else(parts):
    chinese = any("一" <= character <= "鿿" for character in "".join(parts))
    assert split_at(" ".join(parts)) == parts
    if chinese and "Then ask." not in parts:
        assert split_at("".join(parts)) == parts  # Chinese needs no space between sentences


def split_at(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_a_no_ends_a_sentence():
    assert split_at("We asked and they said no. We went on.") == [
        "We asked and they said no.",
        "We went on.",
    ]


def test_a_number_after_no_does_not():
    assert split_at("See no. 5 of the list. Then go.") == ["See no. 5 of the list.", "Then go."]


@pytest.mark.parametrize(
    "text",
    [
        "We meet at 6 p.m. on Fridays.",
        "Ask a Ph.D. student.",
        "It is approx. two, resp. three of them.",
    ],
)
def test_a_small_letter_begins_no_sentence(text):
    assert split_at(text) == [text]


def test_a_line_break_alone_ends_nothing():
    assert split_at("Count the months\nand the weeks.\n先算账，\n再定价。") == [
        "Count the months\nand the weeks.",
        "先算账，\n再定价。",
    ]


@pytest.mark.parametrize(
    "lines",
    [
        ["1. Count months", "2. Ask who pays", "10. Rest"],
        ["- count months", "- ask who pays", "* rest"],
        ["1、先算账", "2、再定价"],
        ["Q: Who pays?", "A: They do"],
        ["问：谁付钱", "答：他们"],
        ["| month | cash |", "| one | ten |"],
        ["a line", "> quoted"],
        ["a line", "", "a paragraph"],
    ],
)
def test_list_items_rows_and_paragraphs_are_sentences_of_their_own(lines):
    assert split_at("\n".join(lines)) == [line for line in lines if line]


@pytest.mark.parametrize("text", ["", " \n\t ", "\n\n\n"])
def test_no_sentences_in_nothing(text):
    assert sentences(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "我们先把账上的钱算清楚再去问客户愿意付多少" * 100,
        "we counted what was left and then we asked " * 100,
        "x" * 2000,
    ],
)
def test_speech_without_full_stops_comes_in_parts_that_lose_nothing(text):
    found = split_at(text)
    assert len(found) > 2
    assert max(map(len, found)) <= 600
    assert "".join("".join(found).split()) == "".join(text.split())


def test_sentences_are_in_order_apart_and_trimmed():
    text = "  One. Two!  \n\n三。四？\n- five\n"
    spans = sentences(text)
    assert [text[start:end] for start, end in spans] == ["One.", "Two!", "三。", "四？", "- five"]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


# --- language -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("How do we price our first product?", "en"),
        ("我们怎么给第一个产品定价？", "zh"),
        ("我們怎麼給第一個產品定價？", "zh"),
        ("我们用 Notion、Slack 和 Linear 协作，每周一开会。", "zh"),
        ("The WeChat group 拾火 meets on Thursday evenings at the office.", "en"),
        ("ＳａａＳ 定价", "zh"),
        ("これは料金の話です。", "ja"),
        ("가격을 어떻게 정하나요?", "ko"),
        ("12:30 — 100% …", "und"),
        ("", "und"),
    ],
)
def test_language(text, lang):
    assert language(text) == lang


# --- markup ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("marked", "seen"),
    [
        ("**Count** *the* `months` ~~now~~ _soon_ __later__", "Count the months now soon later"),
        ("**重点**：先算账", "重点：先算账"),
        (
            "See [the plan](https://example.org/a 'title') and [that][ref].",
            "See the plan and that.",
        ),
        ("![cash by month](chart.png)", "cash by month"),
        ("[![logo](a.png)](https://example.org)", "logo"),
        ("# Step 1\n> quoted\n- item\n  * nested", "Step 1\nquoted\nitem\nnested"),
        ("a <b>bold</b> word<br/>and <!-- not\nthis --> that", "a bold word and that"),
        ("| month | cash |\n|---|---:|\n| one | ten |", "month · cash\n\none · ten"),
        ("1. first\n2) second", "1. first\n2) second"),
        ("> [!note] Deposit\n> 500 euros", "Deposit\n500 euros"),
        ("见 [[会员手册#押金|押金]] 和 [[场地]]", "见 押金 和 场地"),
        ("pick [x] or [!] or a[[1]]", "pick [x] or [!] or a1"),
        (f"Project: Fair (../Fair%20{PAGE}.md)", "Project: Fair"),
        (f"项目: 年会 (https://www.notion.so/{PAGE}?pvs=21), 路演", "项目: 年会, 路演"),
        (
            f"Events: ../Events%20{PAGE}/Open%20day%20{PAGE}.md, Fair%20{PAGE}.md",
            "Events: Open day, Fair",
        ),
        (f"活动: %E5%B9%B4%E4%BC%9A%20{PAGE}.md", "活动: 年会"),
        (f"hidden: a%1B[31m%20{PAGE}.md", "hidden: a[31m"),
        ("costs 50%20 (see b.md)", "costs 50%20 (see b.md)"),
        ("Keys by six. ^ref-1\nx ^2", "Keys by six.\nx ^2"),
        (
            "<aside>\n💡 Bring a pen\n</aside>\n<details><summary>More</summary>Less</details>",
            "\n💡 Bring a pen\n\nMore Less",
        ),
        (
            '# **<font style="color:#1">📚</font>****<font style="color:#2"> 手册</font>**\n'
            '押<font style="color:#1">金</font>500元<br />付清',
            "📚 手册\n押金500元 付清",
        ),
        (
            ":::info\n报名截止五月。\n:::\n:::tip Bring a pen\nA blue one.\n:::",
            "\n报名截止五月。\n\nBring a pen\nA blue one.\n",
        ),
        (
            f"[计划.pdf](https://www.yuque.com/attachments/1.pdf?_lake_card={'%22' * 900})",
            "计划.pdf",
        ),
        (
            '<callout emoji="💡">\n见 <mention-doc token="x" type="wiki">退款说明</mention-doc>。\n</callout>',
            "\n见 退款说明。\n",
        ),
    ],
)
def test_markup_is_taken_away(marked, seen):
    assert [" ".join(line.split()) for line in plain(marked).split("\n")] == seen.split("\n")


@pytest.mark.parametrize(
    "text",
    [
        "snake_case_name and kb_home",
        "2 * 3 * 4 = 24",
        "churn <5% and margin >70%",
        "if a < b and c > d",
        "-5% and +3 and #1",
        "[not a link] and (a remark)",
        "https://example.org/a_b_c?d=*",
        "定价（3.5万）【注】",
    ],
)
def test_what_only_looks_like_markup_stays(text):
    assert plain(text) == text


def test_a_link_with_brackets_in_its_address():
    assert plain("See [cash](https://example.org/Cash_(money)).") == "See cash."


def test_tags_within_code_are_what_the_text_is_about():
    assert plain("Mark voices with `<v Ines>`.") == "Mark voices with <v Ines>."


def test_flat_text_is_one_line():
    assert flat("# Step\n\n- **count**\n- ask\n") == "Step count ask"


@pytest.mark.parametrize("text", ["`" * 4000, " " * 8000 + "x"], ids=["ticks", "spaces"])
def test_odd_runs_of_marks_are_read_in_no_time(text):
    began = time.process_time()
    plain(text)
    assert time.process_time() - began < 0.15


# --- shingles -------------------------------------------------------------------------------------


def test_shingles_are_pairs_of_neighbours():
    assert shingles(["count", "the", "months"]) == {("count", "the"), ("the", "months")}
    assert shingles(["count"]) == frozenset()


@pytest.mark.parametrize(
    ("text", "as_simplified"),
    [
        ("這個軟體團隊的程式設計師", "这个软件团队的程序员"),
        (
            "我们的程序员在调试进程",
            "我们的程序员在调试进程",
        ),  # 程序 is a process in Taiwan, and stays a program here
        ("plain English", "plain English"),
        ("乾坤未定", "乾坤未定"),
        ("軟體\ud800", "软件?"),
    ],
)
def test_traditional_chinese_becomes_simplified_by_words(text, as_simplified):
    assert simplified(text) == as_simplified


def test_both_scripts_have_the_same_words():
    assert words("創業團隊如何募集資金") == words("创业团队如何募集资金")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mError\x1b[0m: the \x1b[1;38;5;196mdisk\x1b[m is full", "Error: the disk is full"),
        ("see \x1b]8;;https://example.org/a\x1b\\line 12\x1b]8;;\x1b\\ of it", "see line 12 of it"),
        ("\x1b]0;a title\x07done\x1b(B\x1bM \x9b2Jnow", "done now"),
        ("nothing ends \x1b]this [31m", "nothing ends this [31m"),
        ("an array [31m] stays, \x9bas does this", "an array [31m] stays, \x9bas does this"),
    ],
)
def test_escape_sequences_are_no_text(text, shown):
    assert without_sequences(text) == shown
    assert words(text) == words(shown)


def test_hostile_sequences_take_no_time():
    began = time.process_time()
    for text in (
        "\x1b]" * 300_000,
        "\x1b[" * 300_000,
        ("\x1b]" + "x" * 4000) * 100,
        "\x1b[" + "0" * 600_000,
    ):
        without_sequences(text)
    assert time.process_time() - began < 10  # minutes where each of them looks for its end anew


@pytest.mark.parametrize(
    "mark", "\u00ad\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u2060\u2066\u2069\ufeff"
)
def test_marks_within_words_make_no_other_words(mark):
    assert words(f"the lan{mark}tern {mark}room{mark}") == words("the lantern room")
    assert words(f"会{mark}议{mark}室") == words("会议室")


@pytest.mark.parametrize(
    ("text", "says_nothing"),
    [
        ("| Parking | yes |", False),
        ("| 法务 | 何晚 |", False),
        ("|---|---|", True),
        ("- Projector", False),
        ("- Projector.\n- Piano.", False),
        ("1. **Waste.** Seats that nobody uses.", True),  # the beginning of an item
        ("Thank you. Password: marmalade.", True),
        ("- [Boot issues](boot.md)", True),  # it leads to where something is said
        ("Password: marmalade.", False),
        ("地址：码头", False),
        ("Thank you.", True),
        ("好的。", True),
        ("「六：……", True),
        ("At 10:30.", False),
        ("10:30.", True),
    ],
)
def test_few_words_say_something_in_a_row_an_item_or_a_field(text, says_nothing):
    start, end = sentences(text)[0]
    assert is_fragment(text, start, frozenset(words(flat(text[start:end])))) is says_nothing
