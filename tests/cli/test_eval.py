"""`kb eval`, as users and scripts see it."""

from __future__ import annotations

import json

import pytest

CASES = [
    {
        "id": "leave",
        "question": "多久不发言会被移出微信群？",
        "gold": [{"source": "docs/zh/community-rules.md"}],
    },
    {
        "id": "83b",
        "question": "What is the deadline for filing an 83(b) election?",
        "gold": [
            {"source": "splitting-equity.md", "quote": "no later than 30 days"},
            {"source": "zh/first-angel-round.md"},
        ],
    },
    {"id": "off", "question": "Which telescope took the deepest picture of Jupiter?", "gold": []},
]
FIGURES = {
    "recall@1",
    "recall@3",
    "recall@5",
    "recall@10",
    "mrr@10",
    "answer_quote_hit_rate",
    "abstention_auroc",
}


@pytest.fixture
def cases(tmp_path):
    """`cases(line, ...)` writes an evaluation file and gives its path."""

    def write(*lines):
        path = tmp_path / "cases.jsonl"
        path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
        return path

    return write


def test_json_has_every_figure_and_each_outcome(library, cases):
    run = library("eval", cases(*CASES), "--json")
    assert (run.code, run.err) == (0, "")
    shown = run.json
    assert FIGURES | {"coverage", "accuracy", "k", "min_confidence"} <= set(shown)
    assert (shown["questions"], shown["answerable"]) == (3, 2)
    assert shown["recall@10"] == shown["abstention_auroc"] == 1.0
    assert [each["id"] for each in shown["outcomes"]] == ["leave", "83b", "off"]
    assert [each["answered"] for each in shown["outcomes"]] == [True, True, False]
    assert shown["outcomes"][2]["rank"] is None


def test_people_get_a_table_and_the_questions_that_missed(library, cases, terminal):
    missed = {**CASES[0], "id": "lost", "gold": [{"source": "docs/en/raising-a-pre-seed.md"}]}
    path = cases(*CASES, missed)
    run = library("eval", path)
    assert run.code == 0
    assert run.out.splitlines()[0] == "questions\t4\tasked"
    assert "not found in the first ten: lost" in run.out
    terminal._kb = library
    code, shown = terminal("eval", path)
    assert code == 0
    assert "recall@1" in shown
    assert "meaning" in shown


def test_k_is_how_many_passages_are_answered_from(library, cases):
    assert library("eval", cases(*CASES), "--json", "-k", "1").json["k"] == 1
    assert library("eval", cases(*CASES), "-k", "0").code == 2


def test_groups_are_those_of_the_questions_or_of_their_golds(library, cases):
    told = library("eval", cases(*CASES), "--by", "lang", "--json").json
    found = {group["group"]: group for group in told["groups"]}
    assert (found["en"]["questions"], found["zh"]["questions"]) == (2, 1)
    assert (found["en"]["right"]["share"]["of"], found["en"]["refused"]["share"]["of"]) == (1, 1)
    assert told["by"] == "lang"
    kinds = library("eval", cases(*CASES), "--by", "kind")
    assert (kinds.code, kinds.err) == (0, "")  # three questions tell nothing
    assert "too few" in kinds.out


def test_audiences_are_those_that_the_rules_give(kb, folder, cases):
    (folder / "board").mkdir(exist_ok=True)
    (folder / "board/lantern.md").write_text(
        "# Lantern\n\nThe lantern costs nineteen coins a week."
    )
    (folder / "oars.md").write_text("# Oars\n\nThe oars are lent on Fridays at the pier.")
    assert kb("ingest", "-q", folder).code == 0
    (kb.home / "kb.toml").write_text('[audience]\n"board/**" = "board"\n')
    asked = [
        {"question": "What does the lantern cost?", "gold": [{"source": "lantern.md"}]},
        {"question": "When are the oars lent?", "gold": [{"source": "oars.md"}]},
    ]
    groups = kb("eval", cases(*asked), "--by", "audience", "--json").json["groups"]
    assert {group["group"]: group["questions"] for group in groups} == {"board": 1, "public": 1}


def test_nothing_is_logged(library, cases):
    library("eval", cases(*CASES))
    run = library("log", "list")
    assert "83(b)" not in run.out + run.err


def test_unknown_sources_are_named_on_stderr(library, cases):
    run = library(
        "eval",
        cases({"question": "多久不发言会被移出微信群？", "gold": [{"source": "no-such.md"}]}),
    )
    assert run.code == 0
    assert run.err == "kb: gold that can't be found: unknown or ambiguous source no-such.md\n"


def test_without_unanswerable_questions_there_is_no_auroc(library, cases):
    assert library("eval", cases(*CASES[:2]), "--json").json["abstention_auroc"] is None
    assert "abstention_auroc\t-\t" in library("eval", cases(*CASES[:2])).out


def test_a_wrong_file_is_one_line_and_a_hint(library, cases, tmp_path):
    run = library("eval", cases(CASES[0], {"question": "why?", "gold": [{"quote": "x"}]}))
    assert (run.code, run.out) == (1, "")
    assert run.err.splitlines()[0] == "kb: cases.jsonl, line 2: every gold must name its source"
    assert run.err.splitlines()[1].startswith("  hint: a line looks like this: {")
    assert library("eval", tmp_path / "nowhere.jsonl").code == 2
    assert library("eval").code == 2


def test_without_a_knowledge_base_it_says_so(kb, cases):
    run = kb("eval", cases(*CASES))
    assert run.code == 1
    assert "there is no knowledge base" in run.err
