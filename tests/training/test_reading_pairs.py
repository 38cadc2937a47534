"""What is made of an answered question for a reader: answers stand where they are said to."""

from __future__ import annotations

import random

import pytest

from tests.training.reading_pairs import MADE, ReadingPair, attributes_of, changed, made

PASSAGES = {
    "en": (
        "The Heron Club was founded in Larkfield in 1994. It has 80 members.",
        "The Otter Guild meets in Fenwick. Its first boat was built in 2003.",
        "Members of the Heron Club sail on Sundays.",
    ),
    "zh": (
        "北京大学在1898年建立。学校有4000名教师。",
        "清华大学在1952年搬家，有120位职员。",
        "北京大学的学生每周日划船。",
    ),
}
QUESTIONS = {
    "en": (
        ("When was the Heron Club founded?", "1994"),
        ("Where does the Otter Guild meet?", "Fenwick"),
    ),
    "zh": (("北京大学在哪一年建立？", "1898年"), ("清华大学在1952年有多少职员？", "120位")),
}


@pytest.fixture(params=["zh", "en"])
def real(request) -> list[ReadingPair]:
    passages = PASSAGES[request.param]
    pairs = []
    for article, (question, answer) in enumerate(QUESTIONS[request.param]):
        start = passages[article].index(answer)
        pairs.append(
            ReadingPair(
                question, "", passages[article], start, start + len(answer), "real", "made", article
            )
        )
    unanswered = ReadingPair("?", "", passages[2], None, None, "impossible", "made", 0)
    return [*pairs, unanswered]


def test_every_kind_is_made(real):
    assert {pair.kind for pair in made(real, random.Random(0))} == set(MADE)


def test_an_answer_is_the_same_words_wherever_it_stands(real):
    answers = {pair.question: pair.answer for pair in real}
    replied = [pair for pair in made(real, random.Random(0)) if pair.kind == "replied"]
    assert replied
    assert all(pair.answer == answers[pair.question] for pair in replied)


def test_a_column_that_is_there_is_answered_by_its_cell(real):
    for pair in made(real, random.Random(0)):
        if pair.kind == "column":
            assert f": {pair.answer}" in pair.passage


def test_what_is_unanswerable_has_no_answer(real):
    for pair in made(real, random.Random(0)):
        if pair.kind in ("changed", "neighbour", "asked again", "no column"):
            assert (pair.start, pair.end, pair.answer) == (None, None, "")


def test_a_changed_question_asks_of_something_that_the_passage_lacks():
    pair = ReadingPair(
        "When did 12 of 120 leave?", "", "12 of 120 left at noon.", 16, 20, "real", "made", 0
    )
    others = {"number": ["37"]}
    new = changed(pair, attributes_of("Which 12?"), others, random.Random(0))
    assert new is not None
    assert new.question == "When did 37 of 120 leave?"
