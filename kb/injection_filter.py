"""Hits without sentences that speak to a language model, which are no statement of the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.types import SUSPICIOUS, Hit, Passage


def disregarding(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with blanks where a flagged passage speaks to a model, so that places in it stay."""
    return [_without(hit) for hit in hits]


def spoken(passage: Passage) -> list[tuple[int, int]]:
    """The sentences of a flagged passage that speak to a model, as (start, end); none of any other."""
    if not passage.meta.get(SUSPICIOUS):
        return []
    from kb.injection import spoken_to_models  # rules that few answers need

    return spoken_to_models(passage.text)


def _without(hit: Hit) -> Hit:
    text = hit.passage.text
    for start, end in spoken(hit.passage):
        blank = "".join("\n" if char == "\n" else " " for char in text[start:end])
        text = text[:start] + blank + text[end:]
    return (
        replace(hit, passage=replace(hit.passage, text=text)) if text != hit.passage.text else hit
    )
