"""Citations: renumbered while streaming, resolved to exact quotes at their own place."""

from __future__ import annotations

import itertools
import random
import time
from dataclasses import replace

import pytest

from kb.types import Anchor, Document, Hit, Passage, Question, Voice
from retrieval.answer.citations import CitationNumbers, draft_parts, link, narrow, quotes
from retrieval.answer.draft_review import review
from retrieval.checks.judge import RuleJudge

QUESTION = Question("how do we split equity?", "en", {"split": 2.0, "equiti": 3.0})


def hit(
    rank: int, text: str, anchor: Anchor | None = None, places: tuple = (), meta: dict | None = None
) -> Hit:
    document = Document(
        f"d_{rank}",
        f"guide-{rank}.md",
        f"/guide-{rank}.md",
        f"Guide {rank}",
        "doc",
        "en",
        meta or {},
    )
    passage = Passage(
        f"p_{rank}", document.id, 0, text, (), "en", anchor or Anchor("lines", 10, 12), places
    )
    return Hit(rank, 1.0 / rank, passage, document)


HITS = (
    hit(1, "Split equity evenly.\nVest over four years."),
    hit(2, "Never pay a finder."),
    hit(3, "成熟期一般是四年。"),
)


def renumbered(*pieces: str) -> tuple[str, list[int]]:
    marks = CitationNumbers(HITS)
    return "".join(marks.apply(part.text) for part in draft_parts(pieces)), [
        cited.rank for cited in marks.cited
    ]


def resolve(text, hits, question):
    marks = CitationNumbers(hits)
    sentences = [
        each.sentence for each in review([text], hits, marks, RuleJudge()) if each.sentence
    ]
    return sentences, quotes(sentences, marks.cited, question)


@pytest.mark.parametrize(
    ("draft", "shown", "ranks"),
    [
        ("Vest [3]. Split [1].", "Vest [1]. Split [2].", [3, 1]),
        ("Known [2] and unknown [9].", "Known [1] and unknown.", [2]),
        ("All invented [7][8].", "All invented.", []),
        ("Both [1, 2].", "Both [1][2].", [1, 2]),
        ("四年【3】。", "四年 [1]。", [3]),
        ("Twice [2][2].", "Twice [1].", [2]),
        ("An index a[0] and [x] stay text.", "An index a and [x] stay text.", []),
        ("Ends open [", "Ends open [", []),
        ("All [1-3].", "All [1][2][3].", [1, 2, 3]),
        ("All [1–2, 3] of [2019-2021].", "All [1][2][3] of [2019-2021].", [1, 2, 3]),
        ("Far [2-9999] and [3-1].", "Far [2-9999] and [1][2].", [3, 1]),
        ("Known [2-900].", "Known [1][2].", [2, 3]),
        ("Vest [Source 3]. Split [source 1, Source 2].", "Vest [1]. Split [2][3].", [3, 1, 2]),
        ("Vest [n=3]. Split [1 and 2].", "Vest [1]. Split [2][3].", [3, 1, 2]),
        ("四年【资料3】。平分[来源：1、2]。", "四年 [1]。平分 [2][3]。", [3, 1, 2]),
    ],
)
def test_marks_are_renumbered_by_appearance_and_unknown_ones_dropped(draft, shown, ranks):
    assert renumbered(draft) == (shown, ranks)


def test_however_a_draft_is_cut_into_pieces_it_reads_the_same():
    draft = "Vest over four years [3]. Split evenly 【1】 and [12] never [1,2]. [2]"
    whole = renumbered(draft)
    randomly = random.Random(7)
    for _ in range(200):
        cuts = sorted(randomly.sample(range(len(draft)), randomly.randint(1, 12)))
        pieces = [draft[a:b] for a, b in itertools.pairwise([0, *cuts, len(draft)])]
        assert renumbered(*pieces) == whole


def test_a_sentence_is_told_as_soon_as_it_has_ended_with_the_marks_behind_it():
    told = []
    drafted = "Vest slowly. [3] Split evenly [1]. Never"
    draft = draft_parts(told.append(drafted[: at + 1]) or char for at, char in enumerate(drafted))
    assert (next(draft).text, told[-1]) == ("Vest slowly. [3] ", "Vest slowly. [3] Spl")
    assert (next(draft).text, told[-1]) == (
        "Split evenly [1]. ",
        "Vest slowly. [3] Split evenly [1]. Nev",
    )
    assert [part.text for part in draft] == ["Never"]


@pytest.mark.parametrize(
    "draft",
    ["Split evenly. [Source 1] Vest.", "Split evenly. [1-2] Vest.", "平分。【资料1】兑现。"],
)
def test_a_mark_in_any_form_that_comes_in_pieces_belongs_to_the_sentence_before(draft):
    assert [part.ranks for part in draft_parts(draft)] == [
        part.ranks for part in draft_parts([draft])
    ]
    assert next(draft_parts(draft)).ranks[0] == 1


@pytest.mark.parametrize("draft", ["- 40%", "2027", "12:30", "3. 40%"])
def test_a_sentence_of_figures_alone_is_not_supported_without_a_mark(draft):
    sentences, _ = resolve(f"{draft}\n\nSplit equity evenly [1].", HITS[:1], QUESTION)
    assert [s.supported for s in sentences] == [False, True]


@pytest.mark.parametrize("draft", ["---", "1.", "**2.**", "***"])
def test_what_says_nothing_is_no_sentence(draft):
    sentences, _ = resolve(f"{draft}\n\nSplit equity evenly [1].", HITS[:1], QUESTION)
    assert [s.supported for s in sentences] == [True]


def test_quotes_are_exact_slices_at_their_own_lines():
    sentences, citations = resolve("Vesting takes four years [1].", HITS[:1], QUESTION)
    assert [s.supported for s in sentences] == [True]
    assert citations[0].quote == "Vest over four years."
    assert (citations[0].anchor.start, citations[0].anchor.end) == (11, 11)


def test_a_mark_after_the_full_stop_belongs_to_the_sentence_before():
    sentences, _ = resolve("Split evenly. [1] Never pay a finder. [2]", HITS[:2], QUESTION)
    assert [(s.text, s.citations) for s in sentences] == [
        ("Split evenly.", (1,)),
        ("Never pay a finder.", (2,)),
    ]


def test_a_sentence_without_a_mark_is_not_supported():
    sentences, _ = resolve("Split evenly [1]. Trust me.", HITS[:1], QUESTION)
    assert [(s.supported, s.reason is None) for s in sentences] == [(True, True), (False, False)]


def test_an_answer_in_another_language_still_gets_a_quote_of_the_passage():
    _, citations = resolve("Vesting takes four years [3].", HITS[2:], QUESTION)
    assert citations[0].quote in HITS[2].passage.text
    assert citations[0].quote


def test_a_spoken_quote_gets_the_seconds_of_its_own_cues():
    text = "Hello everyone.\nWe split sixty forty.\nThen we vested."
    places = ((0, 5.0, 7.0), (16, 7.5, 9.0), (38, 9.5, 12.0))
    spoken = hit(1, text, Anchor("time", 5.0, 12.0, "Ada Example"), places)
    start = text.index("We split")
    anchor = narrow(spoken.passage, start, start + len("We split sixty forty."))
    assert (anchor.start, anchor.end, anchor.speaker) == (7.5, 9.0, "Ada Example")
    assert anchor.label == "00:00:07 · Ada Example"


TALK = "We might raise the price next year.\nSo anyway, more of that in the spring.\nThe price is 40 dollars for now."


@pytest.mark.parametrize(
    ("anchor", "places", "place"),
    [
        (
            Anchor("time", 5.0, 30.0),
            ((0, 5.0, 7.0), (36, 20.0, 22.0), (75, 25.0, 30.0)),
            (5.0, 30.0),
        ),
        (Anchor("page", 3, 4), ((0, 3, 3), (75, 4, 4)), (3, 4)),
        (Anchor("lines", 8, 8, unit="paragraph"), ((0, 8, 8),), (8, 8)),
    ],
)
def test_a_quote_holds_every_sentence_that_cites_it_and_its_place_is_that_of_all(
    anchor, places, place
):
    spoken = hit(1, TALK, anchor, places)
    _, (citation,) = resolve(
        "The price is 40 dollars [1]. It might be raised next year [1].", [spoken], QUESTION
    )
    assert citation.quote == TALK
    assert (citation.anchor.start, citation.anchor.end) == place


def test_a_quote_that_would_be_too_long_holds_the_sentences_that_fit_the_question():
    text = "The price is 40 dollars.\n" + "Nobody spoke. " * 120 + "\nWe split equity in half."
    _, (citation,) = resolve(
        "The price is 40 dollars [1]. They split equity in half [1].", [hit(1, text)], QUESTION
    )
    assert citation.quote == "We split equity in half."


def test_what_a_sentence_rests_on_is_found_beneath_its_markup():
    text = "[Open the desk page](https://desk.example.org/a/b/c/d/e/f?g=h) and pay.\nOpen the page of the gate."
    _, (citation,) = resolve("Open the desk page and pay [1].", [hit(1, text)], QUESTION)
    assert citation.quote == text.splitlines()[0]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://video.example.org/w/1", "https://video.example.org/w/1#t=754"),
        ("https://www.youtube.com/watch?v=abc&t=3", "https://www.youtube.com/watch?v=abc&t=754"),
        ("https://youtu.be/abc", "https://youtu.be/abc?t=754"),
        ("https://www.bilibili.com/video/BV1", "https://www.bilibili.com/video/BV1?t=754"),
        ("https://[your-host]/talk", "https://[your-host]/talk"),
        ("javascript:alert(1)", None),
        ("", None),
    ],
)
def test_links_lead_to_the_second(url, expected):
    anchor = Anchor("time", 754.9, 760.0)
    assert link(hit(1, "x", anchor, meta={"url": url}), anchor, 0, 1) == expected


def test_what_is_interjected_is_cited_as_said_by_its_own_speaker():
    text = "We split it among us.\n\nOnly four percent.\n\nThen we vested."
    places = ((0, 5.0, 7.0), (23, 7.5, 9.0), (43, 9.5, 12.0))
    plain = hit(1, text, Anchor("time", 5.0, 12.0, "Ada Example"), places).passage
    passage = replace(
        plain, voices=(Voice(0, "Ada Example"), Voice(23, "Jo"), Voice(43, "Ada Example"))
    )
    heard = [narrow(passage, *span).speaker for span in ((0, 21), (23, 41), (43, 58), (0, 58))]
    assert heard == ["Ada Example", "Jo", "Ada Example", "Ada Example"]


@pytest.mark.parametrize("piece", ["\n", " ", "[1] ", ".", "| "])
def test_a_model_that_repeats_itself_takes_no_minutes_to_be_read(piece):
    began = time.process_time()
    read = "".join(part.text for part in draft_parts([piece] * 8000))
    assert read == piece * 8000
    assert (
        time.process_time() - began < 10
    )  # a second; minutes where each piece has all before it read again
