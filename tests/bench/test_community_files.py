"""The benchmark over two communities' files: its material holds what its questions are about, it
grades as it says, and what is answered today stays answered.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from kb.backends import open_writer
from kb.home import silent
from kb.journal import Journal
from kb.types import Answer, Sentence
from tests.bench.community_files.grading import grade, questions, stands_in
from tests.bench.community_files.material import COMMUNITIES, HERE, files, knowledge_base
from tests.bench.community_files.run import Asker

QUESTIONS = {asked.id: asked for asked in questions()}
# of as many kinds, and answered by more than a hair's breadth
ANSWERED = """zh-table-3 zh-opinion-6 zh-multi-part-4 zh-out-of-scope-1
    en-table-2 en-cross-language-2 en-follow-up-2 en-date-4""".split()


@pytest.fixture(scope="module")
def communities(tmp_path_factory):
    """A knowledge base of each community."""
    folder: Path = tmp_path_factory.mktemp("communities")
    return {community: knowledge_base(community, folder) for community in COMMUNITIES}


def test_what_is_answered_today_stays_answered(communities):
    askers = {
        name: Asker(kb, open_writer(kb.settings, silent), Journal(kb.home.journal))
        for name, kb in communities.items()
    }
    grades = {id_: askers[QUESTIONS[id_].community].ask(QUESTIONS[id_]).grade for id_ in ANSWERED}
    assert grades == dict.fromkeys(ANSWERED, "right")


def test_what_is_needed_stands_in_the_files_that_are_to_be_cited(communities):
    """But for what has to be counted or reckoned."""
    texts: dict[tuple[str, str], str] = {}
    for name, kb in communities.items():
        for document in kb.catalog.documents():
            passages = kb.catalog.passages_of(document.id)
            voices = " ".join(f"{voice.speaker}" for p in passages for voice in p.voices)
            texts[name, document.source] = "\n".join(
                [document.title, voices, *(f"{p.anchor.speaker} {p.text}" for p in passages)]
            )
    for asked in QUESTIONS.values():
        for names in asked.sources:
            sources = [key for key in texts if key[0] == asked.community and names[0] in key[1]]
            assert sources, (asked.id, names)
        if asked.kind == "aggregate":
            continue
        whole = "\n".join(
            text
            for (name, source), text in texts.items()
            if name == asked.community
            and any(wanted in source for names in asked.sources for wanted in names)
        )
        for needed in asked.needed:
            assert any(stands_in(each, whole) for each in needed), (asked.id, needed)


def test_there_are_enough_files_and_questions_of_each_kind_in_both_languages():
    assert sum(len(list(files(community))) for community in COMMUNITIES) >= 48
    assert len(QUESTIONS) == len(questions()) >= 150
    counts = Counter((asked.kind, asked.lang) for asked in QUESTIONS.values())
    assert len({kind for kind, _ in counts}) == 15
    assert min(counts.values()) >= 6
    held = [path for path in HERE.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in held) < 250_000


def answer(*texts: str, status: str = "answered") -> Answer:
    sentences = tuple(Sentence(text, (), supported=True) for text in texts)
    return Answer("", status, " ".join(texts), sentences, (), 0.5, "extractive")


def asked(**changes):
    """A question about a fee that was 580 and is 680, whatever is cited."""
    base = replace(
        QUESTIONS["zh-fact-1"], needed=(("680",),), sources=(), stale=("580",), forbidden=("2,480",)
    )
    return replace(base, **changes)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["年费: 680 元"], "right"),
        (["年费: 1,680 元"], "wrong"),
        (["年费: 680.5 元"], "wrong"),
        (["年费: 580 元"], "wrong"),
        (["年费: 580 元", "年费: 680 元"], "wrong"),
        (["年费: 680 元", "此前: 580 元"], "right"),
        (["年费 580 元", "更正：年费改为 680 元"], "right"),
        (["年费从 580 元提到 680 元"], "right"),
        (["年费: 680 元", "生长档: 2480 元"], "wrong"),
    ],
)
def test_an_answer_is_graded_by_what_it_says(texts, expected):
    assert grade(asked(), answer(*texts)) == expected


def test_part_of_what_is_needed_or_another_file_is_partly_right():
    both = asked(needed=(("680",), ("学生",)))
    assert grade(both, answer("年费: 680 元")) == "partly"
    assert grade(asked(sources=(("手册",),)), answer("年费: 680 元")) == "partly"


def test_a_refusal_is_right_only_where_the_files_do_not_answer():
    refusal = answer("资料里没有这个问题的答案。", status="abstained")
    assert grade(asked(), refusal) == "wrongly refused"
    assert grade(asked(refuse=True), refusal) == "right"
    assert grade(asked(refuse=True), answer("年费: 680 元")) == "wrongly answered"
