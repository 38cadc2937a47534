"""Embedders: texts in, unit vectors out. The one in use is named in the settings and stored beside
each vector.

A passage is first found by its sketch, a vector of the static table, which costs next to nothing;
`kb.backfill` then gives it a vector of the configured embedder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kb.backends import EMBEDDERS
from kb.errors import KbError
from kb.secrets import is_harmless
from kb.text import plain

if TYPE_CHECKING:
    from kb.arrays import Vectors as Vectors
    from kb.settings import Settings


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


def open_embedder(settings: Settings) -> Embedder:
    """The configured embedder. Raises KbError for an unknown one, and where a setting that it needs
    is empty.

    A model is loaded, and a server asked, with the first text.
    """
    name = settings.embedder
    if name in EMBEDDERS:
        backend = EMBEDDERS[name]
        embedder: Embedder = backend.load()() if backend.built_in else backend.load()(settings)
        return embedder
    named = f"no embedder is called {name!r}"
    shown = named if is_harmless(name) else "the embedder that is set is unknown"
    raise KbError(shown, f"known embedders: {', '.join(EMBEDDERS)}")


def open_serving(settings: Settings, name: str) -> Embedder | None:
    """The embedder that made the vectors of that `name`; None when the settings don't lead to it
    any more.
    """
    for backend in EMBEDDERS.values():
        if backend.built_in and backend.load().name == name:
            built_in: Embedder = backend.load()()
            return built_in
    try:
        configured = open_embedder(settings)
    except KbError:
        return None
    return configured if configured.name == name else None
