"""What stands: a passage that corrects or decides what another says comes before that other one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from kb.asking import asks_when
from kb.dates import Date, dates
from kb.editions import edition
from kb.knowledge import KnowledgeBase
from kb.revision_cues import revision_kind
from kb.revisions import Revision
from kb.text import compatible, sentences, simplified
from kb.types import Hit

Day = tuple[int, int]  # month and day
# Between two days of which one became the other: moved from 31 August to 20 September.
_BECOMES = re.compile(r"[到至为成]|->|→|\bto\b")

_LOOKED_AT = 30  # of the best passages


def with_standing_first(
    kb: KnowledgeBase, ranked: Sequence[tuple[str, float]], within: Collection[str] | None = None
) -> list[tuple[str, float]]:
    """(passage id, score), best first, with what revises one of the first passages right before it,
    where it would come later or not at all. `within` are the passages that may be found.
    """
    first = [pid for pid, _ in ranked[:_LOOKED_AT]]
    later: dict[str, list[str]] = {}
    for link in kb.catalog.revisions_of(first):  # the last first
        if within is None or link.later in within:
            later.setdefault(link.earlier, []).append(link.later)
    if not later:
        return list(ranked)
    order: dict[str, float] = {}
    for pid, score in ranked:
        for revising in later.get(pid, ()):
            order.setdefault(revising, score)
        order.setdefault(pid, score)
    return list(order.items())


def with_revisions(kb: KnowledgeBase, asked: str, hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits for what is asked, each with the last thing that became of it."""
    last = (changed_dates(hits) if asks_when(asked) else {}) | {
        link.earlier: link
        for link in reversed(kb.catalog.revisions_of([hit.passage.id for hit in hits]))
    }
    return tuple(
        replace(hit, revision=last[hit.passage.id]) if hit.passage.id in last else hit
        for hit in hits
    )


def changed_dates(hits: Sequence[Hit]) -> dict[str, Revision]:
    """What a hit says to have become of a day that another one names (moved from 31 August to 20
    September), by the id of the passage that named it, which may be of another source.

    That is all that is known to have changed: who was to do it by then may stand.
    """
    found: dict[str, Revision] = {}
    for later in hits:
        for old, new in _changes(later.passage.text):
            for hit in hits:
                if hit is later or edition(hit).is_later(edition(later)):
                    continue
                named = _days(hit.passage.text)
                if old in named and new not in named:
                    link = Revision("corrected", hit.passage.id, later.passage.id)
                    found.setdefault(hit.passage.id, link)
    return found


def _changes(text: str) -> Iterator[tuple[Day, Day]]:
    """The days of each sentence that says one day to have become another: which, and which."""
    for start, end in sentences(text):
        if revision_kind(text[start:end]) != "corrected":
            continue
        sentence = simplified(compatible(text[start:end]))
        named = _dated(sentence)
        if len(named) == 2 and _BECOMES.search(sentence, named[0].end, named[1].start):
            yield _day(named[0]), _day(named[1])


def _days(text: str) -> set[Day]:
    """Month and day of the dates of a text that name both."""
    return {_day(date) for date in _dated(simplified(compatible(text)))}


def _dated(text: str) -> list[Date]:
    """The dates of a text (NFKC, Simplified Chinese) that name month and day, in order."""
    found = (date for date in dates(text) if date.month and date.day)
    return sorted(found, key=lambda date: date.start)


def _day(date: Date) -> Day:
    return date.month or 0, date.day or 0
