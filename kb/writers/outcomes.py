"""What came of a proposal: what follows it in minutes, and the last word on it in a mail or chat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from kb.text import flat
from kb.writers.candidate import Candidate

PROPOSES = re.compile(
    r"提议|建议|主张|草案|\b(?:want(?:s|ed)|propos(?:es?|ed|al)|suggest(?:s|ed)?|would like|draft)\b",
    re.I,
)
_SOON = timedelta(minutes=30)  # within which a chat goes on about a proposal
_FAR = 1.5  # how far below the best sentence a reply may be that has no such figure as it
_MEASURE = re.compile(r"([$€£¥￥]?)\d[\d,.]*(?:(:)\d\d)?\s?([^\W\d_]?)")


def outcome(best: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What follows a proposal in its paragraph, in order: there stands what came of it."""
    if not PROPOSES.search(best.text):
        return []
    text = best.hit.passage.text
    end = text.find("\n", best.start)
    return [
        c
        for c in candidates
        if c.hit is best.hit and best.start < c.start < (end if end >= 0 else len(text))
    ]


def settled_by(best: Candidate, candidates: Sequence[Candidate]) -> Candidate | None:
    """The last word on what the best sentence says in a mail or chat: what replies to it there about
    as well, or follows a proposal with another figure of its kind. None where there is none.
    """
    replies = [c for c in candidates if _replies(c, best)]
    return max(replies, key=lambda c: (_said_at(c), _message(c), c.score), default=None)


def _replies(later: Candidate, best: Candidate) -> bool:
    if later.hit.document.id != best.hit.document.id or later is best:
        return False
    one, other = best.hit.passage, later.hit.passage
    if one.anchor.part == other.anchor.part == "body":
        return best.text in flat(other.context) and later.score >= best.score - _FAR
    if not PROPOSES.search(best.text) or not _goes_on(best, later):
        return False
    alike = _measures(best.text) & _measures(later.text)
    return bool(alike) or later.score >= best.score - _FAR


def _goes_on(best: Candidate, later: Candidate) -> bool:
    """Whether a sentence of a chat was said soon after another one, in another message."""
    if later.hit is best.hit:
        return (
            later.start > best.start and "\n\n" in later.hit.passage.text[best.start : later.start]
        )
    before, after = _said_at(best), _said_at(later)
    if not before or not after:
        return False
    try:
        apart = datetime.fromisoformat(after) - datetime.fromisoformat(before)
    except ValueError:  # a time of day alone
        return False
    return timedelta() < apart <= _SOON


def _said_at(candidate: Candidate) -> str:
    return candidate.hit.passage.anchor.at or ""


def _message(candidate: Candidate) -> int:
    """The number of the message in its passage that a sentence of a chat is in."""
    anchor, text = candidate.hit.passage.anchor, candidate.hit.passage.text
    return text.count("\n\n", 0, candidate.start) if anchor.at else 0


def _measures(text: str) -> frozenset[tuple[str, ...]]:
    """The currency, colon and unit of each figure of a text: what kind of figure it is."""
    return frozenset(match.groups() for match in _MEASURE.finditer(text))
