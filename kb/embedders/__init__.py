"""Embedders: texts in, unit vectors out. The one in use is named in the settings and stored beside
each vector.

A passage is first found by its sketch, a vector of the static table, which costs next to nothing;
`kb.backfill` then gives it a vector of the configured embedder.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from kb.errors import KbError
from kb.secrets import is_harmless
from kb.settings import BUILT_IN, EMBEDDERS
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
    if name in BUILT_IN:
        return _built_in(name)
    if name == "openai":
        from kb.embedders.openai import OpenAIEmbedder

        return OpenAIEmbedder(settings)
    if name == "sentence-transformers":
        from kb.embedders.sentence_transformers import SentenceTransformersEmbedder

        return SentenceTransformersEmbedder(settings)
    if name == "llama_index":
        from kb.embedders.llama_index import LlamaIndexEmbedder

        return LlamaIndexEmbedder(settings)
    named = f"no embedder is called {name!r}"
    shown = named if is_harmless(name) else "the embedder that is set is unknown"
    raise KbError(shown, f"known embedders: {', '.join(EMBEDDERS)}")


def open_serving(settings: Settings, name: str) -> Embedder | None:
    """The embedder that made the vectors of that `name`; None when the settings don't lead to it
    any more.
    """
    ours = next((each for each in map(_built_in, BUILT_IN) if each.name == name), None)
    if ours is not None:
        return ours
    try:
        configured = open_embedder(settings)
    except KbError:
        return None
    return configured if configured.name == name else None


def _built_in(name: str) -> Embedder:
    if name == "static":
        from kb.embedders.static import StaticEmbedder

        return StaticEmbedder()
    from kb.embedders.contextual import ContextualEmbedder

    return ContextualEmbedder()
