"""The reranker that asks a server with /rerank: TEI, vLLM, llama.cpp, Jina, Cohere and those that
do as they do.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import exp, isfinite
from typing import TYPE_CHECKING, Any

from kb.errors import KbError, RerankerFailed
from kb.model_client import (
    Patience,
    Refused,
    Server,
    endpoint,
    fitted,
    key_for,
    sendable,
    without_password,
)

if TYPE_CHECKING:
    from kb.settings import Settings

_AT_ONCE = 32  # what TEI takes unless it is told otherwise
_LONGEST = 8_000  # characters of a passage
_LONGEST_QUESTION = (
    1_000  # characters: cutting passages would not help where the question fills the model
)
_SHAPES = ("documents", "texts")


class HttpReranker:
    """Scores from a server. Which of the two shapes of request it takes is found out with the first
    question.
    """

    def __init__(self, settings: Settings) -> None:
        url = settings.reranker_url
        if not url:
            raise KbError(
                "the http reranker needs the URL of a server",
                "set reranker_url, or KB_RERANKER_URL",
            )
        key = key_for(url, settings.reranker_api_key, settings.openai_url, settings.openai_api_key)
        self._server = Server(endpoint(url, "rerank"), key, "reranker", RerankerFailed)
        self._model = settings.reranker_model
        self._patience = Patience(
            settings.reranker_timeout, 2, 1.0, "reranker_timeout sets how long to wait"
        )
        self._shapes: tuple[str, ...] = _SHAPES
        self._raw = False
        self.name = f"http:{self._model or without_password(url)}"

    def scores(self, question: str, passages: Sequence[str]) -> list[float]:
        """How well each passage fits, 0 to 1, in the order given. Raises RerankerFailed.

        Once a server gives a score outside of 0 to 1, its scores are taken as raw and go through a
        sigmoid.
        """
        query = sendable(question, _LONGEST_QUESTION)
        ready = [sendable(text, _LONGEST) for text in passages]
        scores: list[float] = []
        for begin in range(0, len(ready), _AT_ONCE):
            try:
                scores += fitted(ready[begin : begin + _AT_ONCE], partial(self._asked, query))
            except Refused as refused:
                raise RerankerFailed(
                    str(refused), "check reranker_url and reranker_model"
                ) from refused
        self._raw = self._raw or any(not 0.0 <= score <= 1.0 for score in scores)
        return [_sigmoid(score) for score in scores] if self._raw else scores

    def _asked(self, question: str, passages: Sequence[str]) -> list[float]:
        refused: Refused | None = None
        for shape in self._shapes:
            try:
                answer = self._server.post(self._body(shape, question, passages), self._patience)
            except Refused as error:
                refused = refused or error
                continue
            self._shapes = (shape,)
            return list(_by_index(answer, len(passages)))
        assert refused is not None
        raise refused

    def _body(self, shape: str, question: str, passages: Sequence[str]) -> dict[str, Any]:
        body: dict[str, Any] = {"query": question, shape: list(passages)}
        if shape == "texts":
            return {**body, "truncate": True}  # TEI's
        return {**body, "model": self._model} if self._model else body


def _by_index(answer: Any, count: int) -> Iterator[float]:
    """The scores of an answer, in the order of the passages."""
    items = (answer.get("results") or answer.get("data")) if isinstance(answer, dict) else answer
    scores: dict[int, float] = {}
    for item in items if isinstance(items, list) else []:
        score = item.get("relevance_score", item.get("score")) if isinstance(item, dict) else None
        place = item.get("index") if isinstance(item, dict) else None
        if isinstance(place, int) and isinstance(score, int | float) and isfinite(score):
            scores[place] = float(score)
    if scores.keys() != set(range(count)):
        raise RerankerFailed(
            f"the reranker's server scored {len(scores)} passages of {count}", "check reranker_url"
        )
    return (scores[place] for place in range(count))


def _sigmoid(score: float) -> float:
    return 1.0 / (1.0 + exp(-max(-60.0, min(60.0, score))))
