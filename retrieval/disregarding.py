"""Disregarding: hits without what in them speaks to a language model, which is nothing that a source says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from kb.types import SUSPICIOUS, Hit


def disregarding(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with blanks where a flagged passage speaks to a model, so that places in it stay."""
    return [_without(hit) for hit in hits]


def _without(hit: Hit) -> Hit:
    if not hit.passage.meta.get(SUSPICIOUS):
        return hit
    from kb.instructions import spoken_to_models  # rules that few answers need

    text = hit.passage.text
    for start, end in spoken_to_models(text):
        blank = "".join("\n" if char == "\n" else " " for char in text[start:end])
        text = text[:start] + blank + text[end:]
    return replace(hit, passage=replace(hit.passage, text=text))
