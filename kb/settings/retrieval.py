"""The section `[retrieval]`: how many hits, what ranks them, when to abstain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kb.settings.fields import setting

MOST_WEIGHT = 100.0


def _weight(about: str) -> Any:
    """A factor on what a part of the score weighs by default; `kb tune` may fit it."""
    return setting(1.0, about, least=0, most=MOST_WEIGHT)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class RetrievalSettings:
    """Settings of the search (see `retrieval.search`)."""

    hits: int = setting(8, "passages given to the writer, and shown by search", above=0)
    min_confidence: float = setting(
        0.15, "below this confidence the program abstains, 0 to 1", least=0, most=1
    )
    fusion_words: float = _weight("how much a question's words count, beside what they usually do")
    fusion_translated: float = _weight("the same of their translations")
    fusion_cosine: float = _weight("the same of the embedder's vectors")
    fusion_heading: float = _weight("the same of the vectors of headings")
    fusion_sentence: float = _weight("the same of words that stand in one sentence")
    boost_title: float = _weight("how much a word in a title counts, beside what it usually does")
    boost_headings: float = _weight("the same of a word in a heading")
    boost_context: float = _weight("the same of a word in what a turn of a transcript answers")
    near_duplicate: float = setting(
        0.8,
        "share of common word pairs from which two passages count as one, 0 to 1",
        least=0,
        most=1,
    )
