"""The writers, embedders and rerankers that a setting can name, one row each.

Settings need the names and what `kb.writers`, `kb.embedders` and `kb.rerankers` open stands behind
them, so that the rows stand below both. A class is imported when it is first made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any


@dataclass(frozen=True, slots=True)
class Backend:
    """Where the class of a backend stands, and what else is to know before it is made."""

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
    "builtin": Backend("kb.embedders.contextual", "ContextualEmbedder", built_in=True),
    "static": Backend("kb.embedders.static", "StaticEmbedder", built_in=True),
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
