"""The decisions that a reviewer can make, one row each: all that differs between them is read from
this table.

A new decision is a new row and its name in `kb.types.Decided`; what it does beside being kept
stands in `retrieval.feedback.review`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kb.types import Decided


@dataclass(frozen=True, slots=True)
class DecisionKind:
    """One kind of decision: how it is called, what it settles, and what it says of the answer.

    `choice` is its name for `kb feedback resolve --as`, `key` its key in `kb feedback review`, and
    `label` what it is called once it is made, as in counts; `outcome` the same within a sentence.
    `options` are the options of `resolve` that only it takes.

    `settles`: the question wants no answer any more. `confirms`: the answer was good as it was.
    `reviewer_votes` is how many votes it counts, for or against the passages that it judges.
    `answerable`: whether the sources should have been answered from, where they were and where they
    were not; None where the decision does not tell.
    """

    kind: Decided
    choice: str
    key: str
    label: str
    help: str
    outcome: str = ""
    options: tuple[str, ...] = ()
    settles: bool = False
    confirms: bool = False
    reviewer_votes: int = 0
    answerable: tuple[bool | None, bool | None] = (None, None)


_ROWS = (
    DecisionKind(
        "fine", "fine", "f", "fine", "the answer is fine",
        settles=True, confirms=True, reviewer_votes=3, answerable=(True, False),
    ),
    DecisionKind(
        "promoted", "promote", "p", "promoted to the FAQ",
        "promote: edit question and answer in $EDITOR, and make them an entry of the FAQ",
        options=("question", "answer", "also"), settles=True, reviewer_votes=3,
        # the sources as they were did not do; an answer from them may have been good, or not
        answerable=(None, False),
    ),
    DecisionKind(
        "bad_source", "bad-source", "b", "bad source",
        "bad source: mark a passage stale; it ranks lower from now on, see: kb sources stale;"
        " a FAQ entry is not taken for this question any more",
        "a bad source", options=("passage", "citation", "reason"), settles=True, reviewer_votes=-3,
    ),
    DecisionKind(
        "gap", "gap", "g", "gap", "gap: the sources lack an answer to this; see: kb gaps", "a gap",
        answerable=(False, False),
    ),
    DecisionKind("skip", "skip", "s", "skipped", "skip: it comes again at the end of your queue"),
    DecisionKind("undo", "undo", "u", "undone", "undo your last decision, and what came of it"),
)  # fmt: skip

DECISIONS = {row.kind: row for row in _ROWS}
"""The rows by the name that the journal keeps, in the order in which they are offered."""

VERDICTS = tuple(row for row in _ROWS if row.kind not in ("skip", "undo"))
"""The decisions that say something of an answer, and stand."""


def outcome(kind: Decided) -> str:
    """What came of a decision of this kind, for a sentence: "a bad source"."""
    return DECISIONS[kind].outcome or DECISIONS[kind].label
