"""What of the hits does not stand any more, since another hit says so."""

from __future__ import annotations

from itertools import chain

from kb.asking import asks_when
from kb.dates import dates, moments
from kb.text import compatible, simplified
from kb.types import Hit, Question


def supersedes(question: Question, later: Hit, hit: Hit) -> bool:
    """Whether one hit says that another does not stand any more. Where a correction leaves the time
    alone, what was said before still answers when.
    """
    link = hit.revision
    if link is None or link.later != later.passage.id or link.kind == "carried":
        return False
    time_stands = link.kind == "corrected" and _tells_when(hit) and not _tells_when(later)
    return not (time_stands and asks_when(question.text))


def _tells_when(hit: Hit) -> bool:
    text = simplified(compatible(hit.passage.text))
    return any(True for _ in chain(dates(text), moments(text)))
