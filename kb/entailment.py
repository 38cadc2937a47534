"""Entailment: whether a text implies a sentence, by a cross-encoder for language inference."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache
from math import isfinite
from typing import Any

from kb.errors import EntailmentFailed, in_one_line
from kb.local_models import classifier

_BATCH = 16


@lru_cache(maxsize=1)
def entailment(path: str) -> Entailment:
    """The model of that name or folder, loaded once in a process however many questions there are."""
    return Entailment(path)


class Entailment:
    """A model that is loaded at the first sentence. The model cuts texts that are too long for it."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._failed: EntailmentFailed | None = None
        self.name = f"entailment:{path}"

    def probabilities(self, texts: Sequence[str], sentence: str) -> list[float]:
        """The probability that each of the texts implies the sentence, 0 to 1. Raises
        EntailmentFailed.
        """
        model, column = self._model
        try:
            rows = model.predict(
                [(text, sentence) for text in texts], batch_size=_BATCH, show_progress_bar=False
            )
            probabilities = [float(row[column]) for row in rows]
        except Exception as error:
            raise EntailmentFailed(f"{self.name} failed: {in_one_line(error)}") from error
        if not all(map(isfinite, probabilities)):
            raise EntailmentFailed(f"{self.name} gave a probability that is no number")
        return probabilities

    @cached_property
    def _model(self) -> tuple[Any, int]:
        if self._failed:
            raise self._failed  # one attempt is enough for a batch
        try:
            return self._loaded()
        except EntailmentFailed as error:
            self._failed = error
            raise

    def _loaded(self) -> tuple[Any, int]:
        """The model, and the column of its probabilities that is entailment's."""
        model, labels = classifier(self._path, EntailmentFailed)
        column = next(
            (number for number, label in labels.items() if label.startswith("entail")), None
        )
        if column is None:
            raise EntailmentFailed(
                f"the model {self._path} has no label called entailment, only {', '.join(labels.values())}",
                "verify_model takes a model for natural language inference",
            )
        return model, column
