"""The writers, embedders and rerankers that a setting can name, one row each, and how the ones that
are set are opened.

A class is imported when it is first made; it loads its model or asks its server with the first
text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from kb.errors import KbError
from kb.secrets import is_harmless

if TYPE_CHECKING:
    from collections.abc import Callable

    from kb.embedders import Embedder
    from kb.rerankers import Reranker
    from kb.settings import Settings
    from kb.writers import Writer


@dataclass(frozen=True, slots=True)
class Backend:
    """One writer, embedder or reranker: where its class is, and what choosing it needs."""

    module: str
    attribute: str
    """What is called with the settings; a writer also gets `notify`."""
    needs: str = ""
    """Of a writer: the setting without which it can't work, and with which `auto` picks it."""
    built_in: bool = False
    """Of an embedder: it comes with the package and is made without settings."""

    def load(self) -> Any:
        """The class, or the function that makes one of it."""
        return getattr(import_module(self.module), self.attribute)


WRITERS: Mapping[str, Backend] = {
    "extractive": Backend("kb.writers.extractive", "configured"),
    "openai": Backend("kb.writers.openai", "OpenAI", needs="openai_url"),
    "transformers": Backend("kb.writers.transformers", "Transformers", needs="transformers_model"),
    "llama_index": Backend("kb.writers.llama_index", "LlamaIndex", needs="llama_index_class"),
}
"""`auto` takes the first that has what it needs, else `extractive`, which needs nothing."""

EMBEDDERS: Mapping[str, Backend] = {
    "builtin": Backend("kb.embedders.built_in", "ContextualEmbedder", built_in=True),
    "static": Backend("kb.embedders.built_in", "StaticEmbedder", built_in=True),
    "openai": Backend("kb.embedders.openai", "OpenAIEmbedder"),
    "sentence-transformers": Backend(
        "kb.embedders.sentence_transformers", "SentenceTransformersEmbedder"
    ),
    "llama_index": Backend("kb.embedders.llama_index", "LlamaIndexEmbedder"),
}

RERANKERS: Mapping[str, Backend] = {
    "http": Backend("kb.rerankers.http", "HttpReranker"),
    "cross-encoder": Backend("kb.rerankers.cross_encoder", "CrossEncoderReranker"),
}


def open_writer(settings: Settings, notify: Callable[[str], None] = lambda line: None) -> Writer:
    """The configured writer. Raises KbError when it can't be had.

    `notify` gets a line when `auto` picked another than the extractive one, and the writer's own
    notices.
    """
    name = settings.chosen_writer
    writer: Writer = WRITERS[name].load()(settings, notify)
    if settings.writer == "auto" and name != "extractive":
        notify(f"{getattr(writer, 'place', writer.name)} writes the answer, as configured")
    return writer


def open_embedder(settings: Settings) -> Embedder:
    """The configured embedder. Raises KbError for an unknown name or an empty setting it needs."""
    backend = _row(EMBEDDERS, "embedder", settings.embedder)
    embedder: Embedder = backend.load()() if backend.built_in else backend.load()(settings)
    return embedder


def open_serving(settings: Settings, name: str) -> Embedder | None:
    """The embedder that made the vectors of that `name`; None when no built-in one has it, nor the
    configured one.
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


def open_reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, if any. Raises KbError for an unknown name or an empty setting it
    needs.
    """
    if not settings.reranker:
        return None
    reranker: Reranker = _row(RERANKERS, "reranker", settings.reranker).load()(settings)
    return reranker


def _row(rows: Mapping[str, Backend], kind: str, name: str) -> Backend:
    """The row of that name. Raises KbError, which repeats no name that may be a secret."""
    if name in rows:
        return rows[name]
    shown = f"no {kind} is called {name!r}"
    if not is_harmless(name):
        shown = f"the {kind} that is set is unknown"
    raise KbError(shown, f"known {kind}s: {', '.join(rows)}")
