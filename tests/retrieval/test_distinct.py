"""Distinct hits: near-duplicates, cold opens and language versions take one place, and say what
they stand for.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.types import Hit, Question
from retrieval.contract import hit_json
from retrieval.search.near_duplicates import distinct, page_of, script_of

ENGLISH = """# Pricing

## Why charge early

Charge from the first day, because people who pay tell you the truth about what they need from you.

## How much to ask

Ask for a tenth of what the customer saves in a year, and never less than the bill for the servers.
"""
SIMPLIFIED = """# 定价

## 为什么要早收费

从第一天就开始收费，因为付钱的人才会告诉你他们真正需要什么软件。

## 收多少钱

价格是客户一年省下的钱的十分之一，绝不能低于服务器的账单。
"""
TRADITIONAL = """# 定價

## 為什麼要早收費

從第一天就開始收費，因為付錢的人才會告訴你他們真正需要什麼軟體。

## 收多少錢

價格是客戶一年省下的錢的十分之一，絕不能低於伺服器的帳單。
"""


@pytest.fixture
def stored(tmp_path):
    """`stored({"en/a.md": text})`: a knowledge base with these files."""

    def _stored(files: dict[str, str]) -> KnowledgeBase:
        for name, text in files.items():
            path = tmp_path / "pages" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        kb = open_knowledge_base(Home(tmp_path / "home"), Settings(), create=True)
        ingest(kb, [tmp_path / "pages"])
        return kb

    return _stored


def chosen(
    kb: KnowledgeBase, question: str, order: list[tuple[str, str]], **options: object
) -> tuple[Hit, ...]:
    """The distinct hits when the passages are ranked so: (end of the source's name, words in the
    text).
    """
    ranked = []
    for name, said in order:
        (document,) = [each for each in kb.catalog.documents() if each.source.endswith(name)]
        ids = [
            passage.id for passage in kb.catalog.passages_of(document.id) if said in passage.text
        ]
        ranked.append((ids[0], 1.0 - len(ranked) / 10))
    asked = Question(question, script_of(question).partition("-")[0], {})
    return distinct(kb, asked, ranked, 8, **options)  # type: ignore[arg-type]


def sources(hits: tuple[Hit, ...]) -> list[str]:
    return [Path(hit.document.source).as_posix() for hit in hits]


@pytest.mark.parametrize(
    ("question", "shown", "twin"),
    [
        ("How much should I charge?", "en/pricing.md", "zh-hans/pricing.md"),
        ("收多少钱？", "zh-hans/pricing.md", "en/pricing.md"),
    ],
)
@pytest.mark.parametrize("turned", [False, True])
def test_a_page_in_two_languages_is_one_hit_in_the_questions_language(
    stored, question, shown, twin, turned
):
    kb = stored({"en/pricing.md": ENGLISH, "zh-hans/pricing.md": SIMPLIFIED})
    order = [("en/pricing.md", "tenth"), ("zh-hans/pricing.md", "十分之一")]
    (hit,) = chosen(kb, question, order[::-1] if turned else order)
    assert hit.document.source.endswith(shown)
    assert [each.source for each in hit.twins] == [
        next(d.source for d in kb.catalog.documents() if d.source.endswith(twin))
    ]
    assert kb.catalog.passages([hit.twins[0].passage])
    assert hit_json(hit)["twins"][0]["passage"] == hit.twins[0].passage
    assert (hit.rank, hit.score) == (1, 1.0)


def test_other_sections_of_the_other_version_stay(stored):
    kb = stored({"en/pricing.md": ENGLISH, "zh-hans/pricing.md": SIMPLIFIED})
    hits = chosen(
        kb, "收多少钱？", [("zh-hans/pricing.md", "十分之一"), ("en/pricing.md", "first day")]
    )
    assert len(hits) == 2


def test_what_only_the_other_language_says_stays(stored):
    kb = stored({"en/pricing.md": ENGLISH, "zh-hans/other.md": SIMPLIFIED})
    hits = chosen(kb, "收多少钱？", [("en/pricing.md", "tenth"), ("zh-hans/other.md", "十分之一")])
    assert sources(hits)[0].endswith("en/pricing.md")
    assert [hit.twins for hit in hits] == [(), ()]


def test_a_version_that_was_hardly_found_does_not_take_the_place(stored):
    kb = stored({"en/pricing.md": ENGLISH, "zh-hans/pricing.md": SIMPLIFIED})
    ids = {d.source[:2]: kb.catalog.passages_of(d.id)[-1].id for d in kb.catalog.documents()}
    (hit,) = distinct(kb, Question("收多少钱？", "zh", {}), [(ids["en"], 0.9), (ids["zh"], 0.1)], 8)
    assert hit.passage.lang == "en"


@pytest.mark.parametrize(
    ("question", "shown"),
    [("要收多少錢？", "zh-hant/pricing.md"), ("要收多少钱？", "zh-hans/pricing.md")],
)
@pytest.mark.parametrize("turned", [False, True])
def test_both_chinese_scripts_are_one_text_and_the_questions_is_shown(
    stored, question, shown, turned
):
    kb = stored({"zh-hans/pricing.md": SIMPLIFIED, "zh-hant/pricing.md": TRADITIONAL})
    order = [("zh-hans/pricing.md", "十分之一"), ("zh-hant/pricing.md", "十分之一")]
    (hit,) = chosen(kb, question, order[::-1] if turned else order)
    assert hit.document.source.endswith(shown)
    assert len(hit.also) == 1


def test_where_versions_are_cut_otherwise_their_likeness_tells(stored):
    kb = stored(
        {
            "en/pricing.md": ENGLISH,
            "zh-hans/pricing.md": SIMPLIFIED.replace("## 为什么要早收费\n", ""),
        }
    )
    order = [("zh-hans/pricing.md", "十分之一"), ("en/pricing.md", "tenth")]
    assert len(chosen(kb, "收多少钱？", order)) == 2
    assert len(chosen(kb, "收多少钱？", order, similarity=lambda one, other: 0.9)) == 1
    assert len(chosen(kb, "收多少钱？", order, similarity=lambda one, other: 0.2)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("guide/en/a.md", "guide/zh-hans/a.md"),
        ("docs/zh/use/a.mdx", "docs/en/use/a.mdx"),
        ("page.md", "page.zh-CN.md"),
        ("page_en.md", "page_zh.md"),
        ("README.md", "README-zh_TW.md"),
        ("docs/cn/a.md", "docs/a.html"),
        ("中文/a.md", "English/a.md"),
    ],
)
def test_names_of_language_versions(one, other):
    assert page_of(one)[0] == page_of(other)[0]
    assert page_of(one)[1] != page_of(other)[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [("en/a.md", "zh/b.md"), ("a/page.md", "b/page.md"), ("made-in.md", "made.md")],
)
def test_names_of_other_pages(one, other):
    assert page_of(one)[0] != page_of(other)[0]


TEASER = "We were three weeks from bankruptcy when the bank called and asked whether we would like to sell the company."
STORY = "So let me go back to the spring of that year, when nothing worked. "


def test_a_cold_open_is_shown_where_it_is_said_for_good(stored):
    cues = [
        ("Jo", TEASER),
        ("Ines", "Welcome to the show, everybody, today with Jo."),
        ("Jo", f"{STORY}{TEASER} And so we did."),
    ]
    text = "".join(
        f"00:{n:02}:00.000 --> 00:{n:02}:59.000\n<v {who}>{said}\n\n"
        for n, (who, said) in enumerate(cues)
    )
    kb = stored({"show.vtt": f"WEBVTT\n\n{text}"})
    for order in (
        [("show.vtt", TEASER), ("show.vtt", STORY)],
        [("show.vtt", STORY), ("show.vtt", TEASER)],
    ):
        (hit,) = chosen(kb, "when did the bank call?", order)
        assert STORY.strip() in hit.passage.text
        assert hit.also == ()


def test_a_passage_that_is_gone_is_no_hit(stored):
    kb = stored({"en/pricing.md": ENGLISH})
    assert distinct(kb, Question("price?", "en", {}), [("p_gone", 1.0)], 8) == ()
