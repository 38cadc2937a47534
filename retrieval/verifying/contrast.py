"""Contrast: whether a figure that a sentence tells of one thing is told of another, and its own thing has another figure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.verifying.figures import Figures
from retrieval.verifying.numbers import Number
from retrieval.verifying.records import Record, content, sort_of

_MOSTLY = 0.5  # the share of a claim's words that the record of its own thing must have


@dataclass(frozen=True, slots=True)
class Claimed:
    """One figure of a sentence and the words of the sentence, or of the clause, that tells it."""

    number: Number
    words: frozenset[str]


Covers = Callable[[frozenset[str], frozenset[str]], frozenset[str]]


def another(
    claims: Sequence[Claimed], cited: Sequence[Record], known: Sequence[Record]
) -> tuple[str, Record] | None:
    """A claimed figure that what is cited tells of another thing, and the record that tells a different one of its own."""
    for claim in claims:
        sort = sort_of(claim.number)
        wanted = Figures((claim.number,), (), (), frozenset(), frozenset())
        holders = [record for record in cited if not record.figures.lacking(wanted)]
        rivals = [record for record in known if sort in record.sorts and record.figures.lacking(wanted)]
        if not holders:
            continue
        for rival in rivals:
            if all(_of_other(claim.words, holder, rival) for holder in holders):
                return claim.number.text, rival
    return None


def _of_other(said: frozenset[str], holder: Record, rival: Record) -> bool:
    """Whether a claim has the words that set a rival apart from what holds its figure, and none the other way round."""
    shared = holder.scope & rival.scope
    mine = holder.own | (holder.scope - shared)
    its = rival.own | (rival.scope - shared)
    if not (said & its - mine) or said & mine - its:
        return False
    if not (mine - its - said) or not said & holder.all_words & rival.all_words:
        return False
    return len(said & rival.all_words) >= _MOSTLY * len(said)
