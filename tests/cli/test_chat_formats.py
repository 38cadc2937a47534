"""What each format makes of an answer: snapshots with hostile sources, and what holds for any text.

After a change on purpose: KB_WRITE_SNAPSHOTS=1 pytest tests/cli/test_chat_formats.py, then look at
the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live import LIVE, calls, links, unseen

from cli.formats import FORMATS, PLATFORMS, open_format
from cli.formats.inert import live_url, unmentioned, visible
from cli.formats.markup import Block, blocks, literal
from cli.formats.messages import graphemes, messages
from cli.formats.notes import whole
from cli.formats.platform import Stream
from kb.types import Anchor, Answer, Citation, Document, Hit, Passage, Sentence
from retrieval.answer.citations import link

SNAPSHOTS = Path(__file__).parent / "snapshots"
CHATS = tuple(name for name in PLATFORMS if open_format(name).limit is not None)
MEANT = (
    "if that is meant: KB_WRITE_SNAPSHOTS=1 pytest -n 0 tests/cli/test_chat_formats.py -k snapshots,"
    " and look at what it wrote"
)
EVIL = (
    "@everyone <!channel> <@U1> <@&1> <#C1> @所有人 [bank.example](https://evil.example) "
    "\x1b[31mred\x07 \u202egpj.exe\u202c zero\u200bwidth *bold* _it_ `code` ||spoiler|| :wave:"
)
ANSWER = """# Splitting equity

**Split early** [1], and *write it down* [2]: `vest = 48` months. It costs 5 * 3 crowns & <b>nothing</b> more.

- Talk first [1]
  - then vest, with a_b_c and 2 < 3
1. Sign

> A quoted line with @here

```python
@dataclass  # ``` not the end
if a < b & c: print("@everyone")
```

Log in at [bank.example](https://evil.example/login?q=secret) or <https://evil.example|bank.example>; see www.evil.example/x.
![pixel](https://evil.example/p.png) <img src=x onerror=alert(1)> [1](https://evil.example) 中文**粗体**里 [2]。
[1]: https://evil.example "Official"
(2/3)
mail founders@guide.example.org, not bob@everyone.example"""


def hit(rank, title, source, quote, anchor, url):
    document = Document(f"d_{rank}", source, f"/{source}", title, "doc", "en", {"url": url})
    return Hit(rank, 0.9, Passage(f"p_{rank}", document.id, 0, quote, (), "en", anchor), document)


def answer(text=ANSWER, question="how do we split equity?", status="unsupported"):
    """An answer whose sources are hostile in every part that is shown."""
    said = Anchor("time", 754.2, 781.5, speaker=f"Ada {EVIL}")
    lines = Anchor("lines", 40, 52)
    hits = [
        hit(1, f"Demo day {EVIL}", "talks/demo`@here`<b>.vtt", f"Equity {EVIL}", said, "https://video.example.org/w?v=@all&x=1"),
        hit(2, "https://bank.example/login", "docs/|| equity.md", "资料 @所有人 说 javascript:alert(1)", lines, "https://u@evil.example/"),
        hit(3, "Pаypal", "docs/x.md", "quote", lines, "https://b\u0430nk.example/a b|c>"),
        hit(4, "b\u00e4nk", "docs/y.md", "quote", lines, "https://b\u00e4nk.example/é(1)?q=<x>|y"),
    ]  # fmt: skip
    if status == "abstained":
        return Answer(
            question,
            status,
            "The sources do not answer this.",
            (),
            (),
            0.1,
            "extractive",
            tuple(hits),
        )
    citations = tuple(
        Citation(
            n,
            each,
            each.passage.text,
            each.passage.anchor,
            link(each, each.passage.anchor, 0, len(each.passage.text)),
        )
        for n, each in enumerate(hits, start=1)
    )
    sentences = (
        Sentence("Split early", (1,), True),
        Sentence(f"Unicorns graze {EVIL}", (), False, "cites no source"),
    )
    return Answer(question, status, text, sentences, citations, 0.8, "openai:tiny", ())


def shown(style, given):
    return messages(whole(given), open_format(style))


CASES = {
    "answer": answer(),
    "refusal": answer(question="股权怎么分？", status="abstained"),
    "long": answer("Every founder vests over four years [1]. 每位创始人分四年兑现股权 [2]。" * 90),
}


@pytest.mark.parametrize("style", PLATFORMS)
@pytest.mark.parametrize("case", CASES)
def test_snapshots(style, case):
    if case == "long" and style not in CHATS:
        pytest.skip("no limit")
    given = "\n\n".join(shown(style, CASES[case])) + "\n"
    path = SNAPSHOTS / f"{case}.{style}.txt"
    if os.environ.get("KB_WRITE_SNAPSHOTS"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(given, "utf-8")
    assert path.exists(), MEANT
    assert given == path.read_text("utf-8"), MEANT


@pytest.mark.parametrize("style", PLATFORMS)
def test_what_stands_around_an_answer_is_in_the_language_of_its_question(style):
    given = "\n".join(shown(style, answer("先分 [1]。", question="股权怎么分？")))
    assert "⚠ 资料里没有依据：Unicorns graze" in given
    assert "not in the sources" not in given
    assert "来源" in given


@pytest.mark.parametrize("style", PLATFORMS)
@pytest.mark.parametrize("case", CASES)
def test_hostile_sources_do_nothing(style, case):
    text = "\n".join(shown(style, CASES[case]))
    assert calls(style, text) == []
    assert unseen(text) == set()
    if style != "plain":
        hosts = {re.match(r"https?://([^/:]+)", url)[1] for url in links(style, text)}
        assert hosts <= {"video.example.org", "xn--bnk-rlc.example", "xn--bnk-qla.example"} | {
            "xn--bnk-5cd.example"
        }


@pytest.mark.parametrize("style", PLATFORMS)
def test_what_is_live_on_its_platform_is_text_in_an_answer_and_in_a_quote(style):
    assert style in LIVE, "what its platform makes live is not in tests/cli/live.py"
    for written in LIVE[style]:
        assert calls(style, written) or links(style, written)
        for parsed in (blocks(written), [Block("cited", literal(written))]):
            text = "\n".join(messages(parsed, open_format(style)))
            assert (calls(style, text), links(style, text)) == ([], set()), written


class TestParts:
    @pytest.mark.parametrize("style", CHATS)
    def test_each_is_numbered_on_a_line_of_its_own_and_within_the_limit(self, style):
        platform = open_format(style)
        parts = shown(style, CASES["long"])
        assert len(parts) > 1
        for number, part in enumerate(parts, start=1):
            assert part.startswith(f"({number}/{len(parts)})\n")
            assert platform.size(part) <= platform.limit
        together = "\n\n".join(parts)
        assert len(re.findall(r"(?m)^\(\d+/\d+\)$", together)) == len(parts)

    def test_nothing_numbers_a_single_one(self):
        assert shown("slack", answer("Short [1]."))[0].startswith("Short [1].")

    def test_wechat_counts_bytes(self):
        parts = shown("wechat", answer("股" * 5000))
        assert all(len(part.encode()) <= 2048 for part in parts)
        assert len(parts[0]) < 700

    @pytest.mark.parametrize("style", CHATS)
    def test_ends_after_a_sentence_with_its_marks(self, style):
        for part in messages(
            blocks("Founders vest over four years, all of them [1]. " * 200), open_format(style)
        ):
            assert part.rstrip().endswith("[1].")

    @pytest.mark.parametrize("style", CHATS)
    @pytest.mark.parametrize("unit", ["👨‍👩‍👧", "e\u0301", "🇨🇳", "1️⃣", "각"])
    def test_no_character_is_cut(self, style, unit):
        platform = open_format(style)
        parts = messages(blocks(unit * (platform.limit + 1)), platform)
        assert len(parts) > 1
        for part in parts:
            body = part.split("\n", 1)[1]
            assert body.replace(unit, "") == ""
        assert list(graphemes(unit * 3)) == [unit] * 3

    @pytest.mark.parametrize("style", CHATS)
    def test_no_url_escape_or_mark_is_cut(self, style):
        text = "& [12] https://guide.example.org/a/rather/long/path?with=queries 中 " * 300
        platform = open_format(style)
        parts = messages(blocks(text), platform)
        url = platform.block(blocks("https://guide.example.org/a/rather/long/path?with=queries")[0])
        bodies = [part.split("\n", 1)[1] for part in parts]
        assert sum(body.count(url) for body in bodies) == 300
        assert sum(body.count("[12]") for body in bodies) == 300
        assert not any(re.search(r"&(?:amp?)?\Z|\[\d*\Z|^\d+\]", body) for body in bodies)

    def test_a_code_block_is_closed_and_opened_again(self):
        parts = messages(blocks("```\n" + "print(1)\n" * 900 + "```"), open_format("discord"))
        assert len(parts) > 2
        assert all(part.count("```") == 2 for part in parts)

    @pytest.mark.parametrize("style", CHATS)
    def test_even_what_fits_nowhere_is_not_lost(self, style):
        platform = open_format(style)
        for text in (
            "https://guide.example.org/" + "x" * 9000,
            "y" * 9000,
            "z" + "\u0301" * 5000,
            "`" + "c" * 1900 + "`" * 9,
        ):
            parts = messages(blocks(text), platform)
            assert all(platform.size(part) <= platform.limit for part in parts)
            assert spoken("".join(part.split("\n", 1)[-1] for part in parts)) == spoken(text)

    def test_a_long_answer_takes_no_time(self):
        text = ("Founders vest over four years [1]. " * 3000 + "\n") * 3 + "x" * 300_000
        assert len(messages(blocks(text), open_format("discord"))) > 100


def spoken(text):
    """Letters and digits alone."""
    return "".join(char for char in text if char.isalnum())


def test_wechat_makes_no_links_of_bare_domains():
    """Whether in the answer, over several looks or in a source; mail addresses and files stay as
    they are.
    """
    text = "Pay at pay-here.example or evil.**example**, `x.co`, 请到evil.cn付款。Write to ada.b@guide.example.org about v1.25."
    (given,) = shown("wechat", answer(text))
    assert given.split("\n")[0] == (
        "Pay at pay-here．example or evil．example, x．co, 请到evil．cn付款。Write to ada.b@guide.example.org about v1.25."
    )
    assert " bank．example red" in given
    assert "docs/x.md" in given


HOSTILE = st.sampled_from(
    [*"@ everyone here all channel 所有人 <!channel> <@U1> <@&1> <#C1> [ ] ( ) ](http://e.example) [a](http://e.example/x) " "http://e.example/a_b www.e.example e.example/p e.example e. example * ** _ __ ` `` ``` ~~ ~ < > & | || \\ # - 1. : ; ! ![ [1] [2] [^1] " "\u200b \u200d \u202e \ufeff \x1b \r \x85 \u2028 � 👨 ❤️ é ＠ 中 文 。 word &amp; &#64; (1/2) bob@here.example a@b.example".split(" "), " ", "\n", "\n\n", "    ", "> ", "# ", "```py\n", "<http://e.example|x>"]
)  # fmt: skip
TEXTS = st.one_of(st.lists(HOSTILE, max_size=30).map("".join), st.text(max_size=80), st.lists(st.one_of(HOSTILE, st.text(max_size=5)), max_size=25).map("".join))  # fmt: skip


class TestAnyText:
    @settings(max_examples=250, deadline=None, derandomize=True)
    @given(TEXTS)
    def test_calls_links_to_and_hides_nothing(self, text):
        for style in PLATFORMS:
            given_out = "\n".join(messages(blocks(text), open_format(style)))
            assert calls(style, given_out) == []
            assert unseen(given_out) == set()
            if style != "plain":
                assert links(style, given_out) == set()

    @settings(max_examples=60, deadline=None, derandomize=True)
    @given(st.lists(TEXTS, min_size=1, max_size=5), st.integers(1, 60))
    def test_parts_are_within_the_limit_and_hold_it_all(self, texts, times):
        parsed = blocks("\n".join(texts) * times)
        said = spoken(
            "".join(block.lead + "".join(span.text for span in block.spans) for block in parsed)
        )
        for style in CHATS:
            platform = open_format(style)
            parts = messages(parsed, platform)
            assert all(platform.size(part) <= platform.limit for part in parts)
            bodies = "".join(part.split("\n", 1)[1] if len(parts) > 1 else part for part in parts)
            if style == "slack":
                bodies = bodies.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
            assert spoken(bodies) == said

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(TEXTS)
    def test_reading_markdown_loses_no_word(self, text):
        if re.search(r"\]\(|<[A-Za-z]|```|~~~", visible(text)):
            return  # links say a URL once, fences name a language
        assert spoken(
            "".join(b.lead + "".join(s.text for s in b.spans) for b in blocks(text))
        ) == spoken(visible(text))

    @settings(max_examples=150, deadline=None, derandomize=True)
    @given(TEXTS, st.data())
    def test_streamed_is_as_written_at_once(self, text, data):
        for style in ("markdown", "plain"):
            out = []
            stream = Stream(open_format(style), lambda piece, look: out.append(piece))  # noqa: B023
            rest = text
            while rest:
                size = data.draw(st.integers(1, len(rest)))
                stream.write(rest[:size])
                rest = rest[size:]
            stream.end()
            streamed = "".join(out)
            assert calls(style, streamed) == []
            assert unseen(streamed) == set()
            assert spoken(streamed) == spoken("".join(messages(blocks(text), open_format(style))))
            if style == "markdown":
                assert links(style, streamed) == set()


class TestInert:
    def test_a_mail_address_stays(self):
        assert (
            unmentioned("write to ada.b+c@guide.example.org today")
            == "write to ada.b+c@guide.example.org today"
        )

    @pytest.mark.parametrize(
        "text", ["@everyone", "x@here", "bob@everyone.example", "<@1>", "@_all_", "@所有人", "a@b"]
    )
    def test_others_call_nobody(self, text):
        assert "@" not in unmentioned(text)

    def test_a_price_stays(self):
        assert unmentioned("3 boxes @ 5 crowns") == "3 boxes @ 5 crowns"

    @pytest.mark.parametrize("text", ["👨‍👩‍👧", "❤️", "1️⃣", "می‌خواهم", "क्‍ष"])
    def test_what_scripts_need_stays(self, text):
        assert visible(text) == text

    @pytest.mark.parametrize(
        "url",
        ["javascript:alert(1)", "https://bank.example@evil.example/", "//evil.example", "https://evil.example\\@bank.example",
         "https://", "ftp://x.example", "https://a b.example/", "https://x.example/\u202egnp", "http://[::1", "https://x\x1b.example",
         "https://x.example/" + "a" * 2000, "data:text/html,x", "https://x.example:99999/"],
    )  # fmt: skip
    def test_urls_that_deceive_are_no_links(self, url):
        assert live_url(url) is None

    def test_a_url_is_plain_ascii_and_its_host_tells_what_it_is(self):
        assert live_url("https://video.example.org/watch?v=1&t=5#t=754") == (
            "https://video.example.org/watch?v=1&t=5#t=754",
            "video.example.org",
        )
        url, host = live_url("https://b\u0430nk.example/路径?q=<a>|b")
        assert host.startswith("xn--")
        assert url.isascii()
        assert not re.search(r"[<>|\s@]", url)


class TestTerminal:
    QUESTION = "when are lanterns lit?"
    NOTE = "---\nurl: https://guide.example.org/lanterns?a=1&b=2\n---\n# Lanterns\n\nLanterns are lit at **dusk** by `Ada`.\n"
    OSC8 = "\x1b]8;;https://guide.example.org/lanterns?a=1&b=2\x1b\\https://guide.example.org/lanterns?a=1&b=2\x1b]8;;\x1b\\"

    @pytest.fixture
    def lanterns(self, kb, folder):
        (folder / "lanterns.md").write_text(self.NOTE)
        (folder / "trap.md").write_text(
            '---\nurl: "https://evil.example/\\e]8;;x\\a"\n---\n# Lanterns too\n\nLanterns \x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\ are lit.\n'
        )
        assert kb("ingest", "-q", folder).code == 0
        return kb

    def test_links_are_clickable_where_a_terminal_can(self, lanterns, terminal):
        code, told = terminal("ask", "--no-log", self.QUESTION)
        assert code == 0
        assert told.count(self.OSC8) == 1
        assert "\x1b[1mSources\x1b[0m" in told
        left = re.sub(r"\x1b\[[\d;]*m", "", told.replace(self.OSC8, ""))
        assert unseen(left) == set()

    @pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}])
    def test_and_text_where_it_can_not(self, lanterns, terminal, environment):
        code, told = terminal("ask", "--no-log", self.QUESTION, env=environment)
        assert (code, unseen(told)) == (0, set())
        assert "https://guide.example.org/lanterns?a=1&b=2\n" in told

    def test_what_takes_no_room_stays_with_what_is_wide(self, kb, folder, terminal):
        words = "か\u3099き 👨\u200d👩\u200d👧 灯\u0301塔"
        (folder / "lanterns.md").write_text(f"# Lanterns\n\nLanterns are lit at {words}.\n")
        assert kb("ingest", "-q", folder).code == 0
        for arguments in (("ask", "--no-log"), ("search",)):
            code, told = terminal(*arguments, self.QUESTION)
            assert code == 0
            assert words in told

    def test_no_sequence_reaches_a_pipe(self, lanterns):
        for style in FORMATS:
            run = lanterns("ask", "--no-log", "--format", style, self.QUESTION)
            assert (run.code, run.err) == (0, "")
            assert "\x1b" not in run.out
            assert style == "json" or unseen(run.out) == set()

    def test_a_batch_has_messages_ready_to_send(self, lanterns):
        run = lanterns(
            "ask", "--no-log", "--stdin", "--jsonl", "--format", "slack", stdin=f"{self.QUESTION}\n"
        )
        alone = lanterns("ask", "--no-log", "--format", "slack", self.QUESTION)
        assert ["\n\n".join(line["messages"]) + "\n" for line in run.lines] == [alone.out]
        assert "<https://guide.example.org/lanterns?a=1&amp;b=2|guide.example.org>" in alone.out
