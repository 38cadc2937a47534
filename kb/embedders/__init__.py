"""Embedders: texts in, unit vectors out. The one in use is named in the settings and stored beside each vector.

A passage is first found by its sketch, a vector of the static table, which costs next to nothing; `kb.filling` then
gives it a vector of the configured embedder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kb.errors import KbError
from kb.text import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kb.settings import Settings

    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into vectors. `name` changes whenever the vectors would, so that old ones are known as old."""

    name: str
    dimensions: int

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), dimensions)."""

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (dimensions,)."""


EMBEDDERS = ("builtin", "static")


def embedded_text(title: str, headings: Sequence[str], text: str) -> str:
    """What a passage is embedded as: where it stands, then what it says, without markup."""
    return "\n".join((title, *headings, plain(text)))


def open_embedder(settings: Settings) -> Embedder:
    """The configured embedder; it loads nothing before it is used. Raises KbError for an unknown one."""
    return _open(settings.embedder)


def open_serving(settings: Settings, name: str) -> Embedder | None:
    """The embedder that made the vectors of that `name`; None when the settings don't lead to it any more."""
    configured = open_embedder(settings)
    if name in ("", configured.name):
        return configured
    return next((each for each in map(_open, EMBEDDERS) if each.name == name), None)


def _open(name: str) -> Embedder:
    if name == "builtin":
        from kb.embedders.contextual import ContextualEmbedder

        return ContextualEmbedder()
    if name == "static":
        from kb.embedders.static import StaticEmbedder

        return StaticEmbedder()
    raise KbError(f"no embedder is called {name!r}", f"known embedders: {', '.join(EMBEDDERS)}")
