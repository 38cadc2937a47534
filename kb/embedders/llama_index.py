"""The embedder that takes any embedding class of llama-index, by MODULE:CLASS."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kb.classes import EMBEDDING, instantiate, load_class
from kb.embedders.prefixes import Instructions, configured
from kb.embedders.vectors import (
    batches,
    name_of,
    options,
    required_model,
    stacked,
    telling,
    unit_rows,
)
from kb.errors import EmbedderFailed, KbError
from kb.model_client import Refused, fitted, sendable
from kb.secrets import complaint

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.settings import Settings

_HINT = "what its class is made with stands in embedding_options"
_TOO_LONG = re.compile(
    r"too (?:long|large|many tokens)|context length|maximum .{0,20}(?:length|tokens)|max_tokens",
    re.I,
)


class LlamaIndexEmbedder:
    """Vectors of a `BaseEmbedding`, made with `embedding_options` at the first text.

    These classes know what their models want in front of texts: only what is set is added.
    """

    def __init__(self, settings: Settings) -> None:
        self._module, _, self._class = required_model(settings).partition(":")
        if not self._module or not self._class:
            raise KbError(
                "embedding_model is not MODULE:CLASS, which the llama_index embedder needs",
                "like llama_index.embeddings.ollama:OllamaEmbedding",
            )
        self._options = options(settings)
        self._instructions = configured(settings, Instructions())
        self._batch = settings.embedding_batch
        self.name = name_of(
            "llama_index", settings, self._instructions.passage, telling(self._options)
        )
        self.dimensions = settings.embedding_dimensions

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), dimensions). Raises EmbedderFailed."""
        ready = [sendable(self._instructions.of_passage(text)) for text in texts]
        rows = [
            row
            for batch in batches(ready, self._batch)
            for row in self._rows(batch, self._batch_of)
        ]
        return stacked(rows, self.dimensions)

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (dimensions,). Raises EmbedderFailed."""
        return self._rows([sendable(self._instructions.question(text))], self._one)[0]

    @cached_property
    def _model(self) -> Any:
        try:
            return instantiate(
                load_class(self._module, self._class, EMBEDDING), self._options, _HINT
            )
        except KbError as error:
            raise EmbedderFailed(str(error), error.hint) from error

    def _batch_of(self, texts: Sequence[str]) -> Any:
        return self._model.get_text_embedding_batch(list(texts))

    def _one(self, texts: Sequence[str]) -> Any:
        return [self._model.get_query_embedding(text) for text in texts]

    def _rows(self, texts: Sequence[str], embed: Callable[[Sequence[str]], Any]) -> list[Vectors]:
        def ask(some: Sequence[str]) -> list[Vectors]:
            vectors = unit_rows(self._given(embed, some), len(some), self.dimensions, self.name)
            self.dimensions = vectors.shape[1]
            return list(vectors)

        try:
            return fitted(texts, ask)
        except Refused as refused:
            raise EmbedderFailed(str(refused)) from refused

    def _given(self, embed: Callable[[Sequence[str]], Any], texts: Sequence[str]) -> Any:
        try:
            with contextlib.redirect_stdout(sys.stderr):  # standard output is the result's
                return embed(texts)
        except EmbedderFailed:
            raise
        except Exception as error:  # these classes meet networks, tokens and other people's servers
            message = f"{self.name} failed: {complaint(error, self._options)}"
            if _TOO_LONG.search(str(error)):
                raise Refused(message) from error
            raise EmbedderFailed(message, _HINT) from error
