"""The embedder that runs a sentence-transformers model in this process, on a GPU when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kb.embedders.prefixes import Instructions, configured, of_family
from kb.embedders.vectors import name_of, options, required_model, stacked, telling, unit_rows
from kb.errors import EmbedderFailed, in_one_line
from kb.local_models import encoder
from kb.model_client import sendable

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.settings import Settings


class SentenceTransformersEmbedder:
    """Vectors of a model that is loaded at the first text. The model cuts texts that are too long
    for it.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = required_model(settings)
        self._settings = settings
        self._options = options(settings)
        self._batch = settings.embedding_batch
        instructions = configured(settings, of_family(self._path))
        # Where a model is put is no matter of what it says.
        rest = {
            key: value
            for key, value in self._options.items()
            if key not in ("device", "cache_folder")
        }
        self.name = name_of("sentence-transformers", settings, instructions.passage, telling(rest))
        self.dimensions = settings.embedding_dimensions

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), dimensions). Raises EmbedderFailed."""
        return self._vectors([self._instructions.of_passage(text) for text in texts])

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (dimensions,). Raises EmbedderFailed."""
        vector: Vectors = self._vectors([self._instructions.question(text)])[0]
        return vector

    @cached_property
    def _model(self) -> Any:
        arguments = {"truncate_dim": self._settings.embedding_dimensions or None, **self._options}
        return encoder(self._path, EmbedderFailed, arguments)

    @cached_property
    def _instructions(self) -> Instructions:
        """Those that are set, else those that the model carries, else those of its family."""
        carried = getattr(self._model, "prompts", None) or {}
        family = of_family(self._path)
        query = carried.get("query") or family.query
        passage = carried.get("document") or carried.get("passage") or family.passage
        return configured(self._settings, Instructions(query, passage))

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return stacked([], self.dimensions)
        rows = self._encoded([sendable(text) for text in texts])
        vectors = unit_rows(rows, len(texts), self.dimensions, self.name)
        self.dimensions = vectors.shape[1]
        return vectors

    def _encoded(self, texts: Sequence[str]) -> Any:
        """Rows of numbers; in smaller batches from where the GPU has run out of memory."""
        model = self._model
        while True:
            try:
                # An empty prompt keeps the model from adding one of its own.
                return model.encode(
                    texts, batch_size=self._batch, prompt="", show_progress_bar=False
                )
            except Exception as error:
                if "out of memory" not in str(error) or self._batch == 1:
                    raise EmbedderFailed(f"{self.name} failed: {in_one_line(error)}") from error
                self._batch = max(1, self._batch // 2)
