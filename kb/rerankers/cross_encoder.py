"""The reranker that runs a cross-encoder in this process, on a GPU when there is one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import isfinite
from typing import TYPE_CHECKING, Any

from kb.errors import KbError, RerankerFailed, in_one_line
from kb.local_models import cross_encoder

if TYPE_CHECKING:
    from kb.settings import Settings

_BATCH = 32


class CrossEncoderReranker:
    """Scores of a model that is loaded at the first question. The model cuts texts that are too
    long for it.
    """

    def __init__(self, settings: Settings) -> None:
        self._path = settings.reranker_model
        if not self._path:
            raise KbError(
                "the cross-encoder reranker needs a model",
                "set reranker_model in kb.toml, or KB_RERANKER_MODEL",
            )
        self.name = f"cross-encoder:{self._path}"

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage fits, 0 to 1, in the order given. Raises RerankerFailed."""
        if not passages:
            return []
        model = self._model
        try:
            pairs = [(question, passage) for passage in passages]
            rows = model.predict(pairs, batch_size=_BATCH, show_progress_bar=False)
            scores = [float(score) for score in rows]
        except TypeError as error:
            raise RerankerFailed(
                f"{self.name} gives more than one number a passage: it is no reranker"
            ) from error
        except Exception as error:
            raise RerankerFailed(f"{self.name} failed: {in_one_line(error)}") from error
        if not all(map(isfinite, scores)):
            raise RerankerFailed(f"{self.name} gave a score that is no number")
        return scores

    @cached_property
    def _model(self) -> Any:
        return cross_encoder(self._path, RerankerFailed)
