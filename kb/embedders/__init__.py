"""Embedders: texts in, unit vectors out. The one in use is named in the settings and stored beside
each vector.

A passage is first found by its sketch, a vector of the static table, which costs next to nothing;
`kb.catch_up` then gives it a vector of the configured embedder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kb.text import plain

if TYPE_CHECKING:
    from kb.arrays import Vectors


class Embedder(Protocol):
    """Turns texts into vectors. `name` changes whenever the vectors would, so that old ones are
    known as old.
    """

    name: str
    dimensions: int

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), dimensions)."""

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (dimensions,)."""


def embedded_text(title: str, headings: Sequence[str], text: str, context: str = "") -> str:
    """The text that is embedded for a passage: title, headings and context, then its own text
    without markup.
    """
    return "\n".join((title, *headings, *([plain(context)] if context else []), plain(text)))
