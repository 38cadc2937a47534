"""Evaluation: reading the file, matching golds to hits, and the figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.errors import KbError
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import load
from kb.writers.extractive import Extractive
from retrieval.evaluation import (
    Case,
    Gold,
    auroc,
    evaluate,
    ranking,
    read_cases,
    report,
    resolve_source,
)
from retrieval.facts.text import holds, overlaps

SAID: list[str] = []
PAGES = {
    "en/equity.md": "# Equity\n\nVesting runs over **four years** with a one-year cliff.\n\nAdvisers get 0.25 percent.\n",
    "zh/equity.md": "# 股权\n\n股权分四年成熟，第一年是悬崖期。\n",
    "en/pricing.md": "# Pricing\n\nCharge per seat, and raise the price for each new customer.\n",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeBase:
    folder = tmp_path_factory.mktemp("pages")
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    home = Home(tmp_path_factory.mktemp("small"))
    opened = open_knowledge_base(home, load(home.path, {}).settings, SAID.append, create=True)
    ingest(opened, [folder])
    return opened


def asked(kb: KnowledgeBase, question: str, *gold: Gold, where=(), limit=3):
    SAID.clear()
    case = Case("q", question, where, gold)
    (outcome,) = evaluate(kb, Extractive(3), [case], limit=limit)
    return outcome


# --- the file -------------------------------------------------------------------------------------


def written(tmp_path: Path, *lines: str | bytes | dict) -> Path:
    path = tmp_path / "cases.jsonl"
    raw = [
        json.dumps(each, ensure_ascii=False) if isinstance(each, dict) else each for each in lines
    ]
    path.write_bytes(b"\n".join(each.encode() if isinstance(each, str) else each for each in raw))
    return path


def test_cases_are_read_with_their_filters_and_golds(tmp_path):
    given = {
        "id": 7,
        "question": " why? ",
        "where": {"lang": "zh"},
        "gold": [{"source": "a.md", "quote": None}],
    }
    path = written(
        tmp_path, "\ufeff" + json.dumps(given), "", {"question": "and this?", "gold": []}
    )
    assert read_cases(path) == [
        Case("7", "why?", (("lang", "zh"),), (Gold("a.md"),)),
        Case("3", "and this?", (), ()),
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"id": "x", "question": "why?"', "not valid JSON"),
        (b'{"question": "\xff\xfe"}', "not valid UTF-8"),
        ("[1]", "not a JSON object"),
        ({"gold": []}, "there is no question"),
        ({"question": 3, "gold": []}, "must be a string"),
        ({"question": "  ", "gold": []}, "empty"),
        ({"question": "why?"}, "gold must be a list"),
        ({"question": "why?", "gold": [{}]}, "must name its source"),
        ({"question": "why?", "gold": ["a.md"]}, "must name its source"),
        ({"question": "why?", "gold": [{"source": "a.md", "quote": 5}]}, "quote must be a text"),
        (
            {"question": "why?", "gold": [{"source": "a.md", "quote": " \n"}]},
            "quote must be a text",
        ),
        ({"question": "why?", "gold": [], "where": "lang=zh"}, "where must be an object"),
        ({"id": ["x"], "question": "why?", "gold": []}, "id must be"),
        ({"id": "first", "question": "why?", "gold": []}, "taken by line 1"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(tmp_path, line, told):
    path = written(tmp_path, {"id": "first", "question": "why?", "gold": []}, line)
    with pytest.raises(KbError, match=told) as raised:
        read_cases(path)
    assert "cases.jsonl, line 2: " in str(raised.value)


def test_a_file_without_questions_or_that_cannot_be_read_is_an_error(tmp_path):
    with pytest.raises(KbError, match="no question"):
        read_cases(written(tmp_path, ""))
    with pytest.raises(KbError, match="can't be read"):
        read_cases(tmp_path)


# --- matching -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "quote", "stands"),
    [
        ("Vesting runs over\nfour  years.", "over four years", True),
        ("Vesting runs over **four years** with [a cliff](x.md).", "four years with a cliff", True),
        ("Vesting runs over **four years**.", "over **four years**", True),
        ("最多 10 人，ＡＢＣ轮", "最多10人", True),
        ("最多10人，ＡＢＣ轮", "abc 轮", True),
        ("founded in 1973", "7", False),
        ("founded in 1973", "1973", True),
        ("the artist", "art", False),
        ("他有7个人", "7", True),
        ("anything", " ", False),
    ],
)
def test_a_quote_stands_in_a_text_whatever_its_spaces_and_markup(text, quote, stands):
    assert holds(text, quote) is stands


def test_a_quote_that_was_cut_in_two_matches_the_piece_with_most_of_it():
    quote = "Charge per seat. Raise the price for each new customer. Offer a discount."
    assert overlaps("Do not be shy. Charge per seat. Raise the price for each new customer.", quote)
    assert overlaps("Raise the price for each new customer. Offer a discount. Then wait.", quote)
    assert overlaps("Charge per seat. Raise the price for each new customer.", quote)
    assert not overlaps("Offer a discount. Then wait and see what happens to your sales.", quote)
    assert not overlaps("Charge", quote)


def test_a_source_is_known_exactly_or_by_an_unambiguous_end(small):
    whole = next(
        document.source
        for document, _, _ in small.catalog.overview()
        if "pricing" in document.source
    )
    assert resolve_source(small.catalog, whole) == whole
    assert resolve_source(small.catalog, "pricing.md") == whole
    assert resolve_source(small.catalog, f"somewhere/else/{whole}") == whole
    assert resolve_source(small.catalog, "equity.md") is None  # there are two
    assert resolve_source(small.catalog, "nothing.md") is None
    assert resolve_source(small.catalog, "ricing.md") is None


# --- asking ---------------------------------------------------------------------------------------


def test_an_answered_question_counts_what_was_found_quoted_and_cited(small):
    outcome = asked(
        small, "How many years does vesting run?", Gold("en/equity.md", "over four years")
    )
    assert (outcome.rank, outcome.quote_found, outcome.quote_cited) == (1, True, True)
    assert (outcome.answered, outcome.right) == (True, True)
    assert SAID == []


def test_any_one_gold_is_enough(small):
    golds = (Gold("en/pricing.md", "per seat"), Gold("en/equity.md", "four years"))
    outcome = asked(small, "How many years does vesting run?", *golds)
    assert (outcome.rank, outcome.right) == (1, True)


def test_an_answer_from_another_source_is_answered_but_not_right(small):
    outcome = asked(small, "How many years does vesting run?", Gold("en/pricing.md"))
    assert (outcome.answered, outcome.right, outcome.quote_found) == (True, False, None)


def test_filters_hold_for_a_question(small):
    outcome = asked(small, "vesting 股权", Gold("zh/equity.md"), where=(("lang", "en"),))
    assert outcome.rank == 0


def test_what_a_gold_names_in_vain_is_told(small):
    asked(small, "How many years does vesting run?", Gold("gone.md"), Gold("equity.md"))
    assert SAID == ["gold that can't be found: unknown or ambiguous source gone.md, equity.md"]
    outcome = asked(
        small, "How many years does vesting run?", Gold("en/equity.md", "over five years")
    )
    assert SAID == [
        "gold that can't be found: quote that does not stand in its source, in question q"
    ]
    assert (outcome.rank, outcome.right) == (0, False)


# --- figures --------------------------------------------------------------------------------------


def test_recall_and_mrr_are_counted_from_the_first_right_rank():
    assert ranking([1, 2, 4, 10, 0]) == {
        "recall@1": 0.2,
        "recall@3": 0.4,
        "recall@5": 0.6,
        "recall@10": 0.8,
        "mrr@10": pytest.approx((1 + 1 / 2 + 1 / 4 + 1 / 10) / 5, abs=1e-4),
    }
    assert set(ranking([]).values()) == {None}


def test_auroc_is_the_chance_that_a_positive_is_above_a_negative():
    assert auroc([0.9, 0.8], [0.1, 0.2]) == 1.0
    assert auroc([0.1], [0.9]) == 0.0
    assert auroc([0.5, 0.7], [0.5]) == 0.75
    assert auroc([], [0.5]) is None


def test_answering_what_the_sources_do_not_answer_counts_against_accuracy(small):
    cases = [
        Case("known", "How many years does vesting run?", (), (Gold("en/equity.md"),)),
        Case("unknown", "How many years does vesting run?", (), ()),
        Case("other", "Which telescope photographed Jupiter?", (), ()),
    ]
    figures = report(evaluate(small, Extractive(3), cases, limit=3))
    assert (figures["coverage"], figures["accuracy"]) == (pytest.approx(2 / 3, abs=1e-4), 0.5)
    assert (figures["answered_answerable"], figures["answered_unanswerable"]) == (1.0, 0.5)
    assert figures["abstention_auroc"] == 0.75
    assert figures["answer_quote_hit_rate"] is None
