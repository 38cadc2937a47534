"""Embedders: texts in, unit vectors out. The one in use is named in the settings and stored beside each vector."""

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


EMBEDDERS = ("hashing",)


def embedded_text(title: str, headings: Sequence[str], text: str, context: str = "") -> str:
    """What a passage is embedded as: where it stands and what it follows, then what it says, without markup."""
    return "\n".join((title, *headings, *([plain(context)] if context else []), plain(text)))


def open_embedder(settings: Settings) -> Embedder:
    """The configured embedder. Raises KbError for an unknown one."""
    name = settings.embedder
    if name == "hashing":
        from kb.embedders.hashing import HashingEmbedder

        return HashingEmbedder()
    raise KbError(f"no embedder is called {name!r}", f"known embedders: {', '.join(EMBEDDERS)}")
