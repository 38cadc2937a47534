"""The table of decisions."""

from typing import get_args

from kb.types import Decided
from retrieval.feedback.decisions import DECISIONS, VERDICTS


def test_every_decision_that_is_kept_has_a_row_with_a_key_and_a_name_of_its_own():
    assert set(DECISIONS) == set(get_args(Decided))
    for column in ("choice", "key", "label"):
        assert len({getattr(row, column) for row in DECISIONS.values()}) == len(DECISIONS)
    assert not {"q", "?"} & {row.key for row in DECISIONS.values()}


def test_only_what_says_something_of_an_answer_settles_or_judges_it():
    silent = [row for row in DECISIONS.values() if row not in VERDICTS]
    assert {row.kind for row in silent} == {"skip", "undo"}
    assert not any(row.settles or row.confirms or row.reviewer_votes for row in silent)
