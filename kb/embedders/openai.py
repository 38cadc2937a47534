"""The embedder that asks any server with /v1/embeddings: vLLM, TEI, Ollama, llama.cpp, OpenAI."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kb.embedders.prefixes import configured, of_family
from kb.embedders.vectors import batches, name_of, required_model, stacked, unit_rows
from kb.errors import EmbedderFailed, KbError
from kb.model_client import (
    Patience,
    Refused,
    Server,
    endpoint,
    error_message,
    fitted,
    key_for,
    sendable,
)

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.settings import Settings

_LONGEST_QUESTION = 10.0  # seconds: somebody is waiting


class OpenAIEmbedder:
    """Vectors from a server. `dimensions` is what was set, else 0 until the first vector came."""

    def __init__(self, settings: Settings) -> None:
        url = settings.embedding_url or settings.openai_url
        if not url:
            raise KbError(
                "the openai embedder needs the URL of a server",
                "set embedding_url, or KB_EMBEDDING_URL",
            )
        self._model = required_model(settings)
        self._instructions = configured(settings, of_family(self._model))
        self._asked_for = settings.embedding_dimensions
        self._batch = settings.embedding_batch
        self._patient = Patience(
            settings.embedding_timeout, 6, 90.0, "embedding_timeout sets how long to wait"
        )
        self._hurried = Patience(min(settings.embedding_timeout, _LONGEST_QUESTION), 2, 1.0)
        key = key_for(url, settings.embedding_api_key, settings.openai_url, settings.openai_api_key)
        self._server = Server(endpoint(url, "embeddings"), key, "embedding", EmbedderFailed)
        self.name = name_of("openai", settings, self._instructions.passage)
        self.dimensions = self._asked_for

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), dimensions). Raises EmbedderFailed."""
        ready = [sendable(self._instructions.of_passage(text)) for text in texts]
        rows = [
            row for batch in batches(ready, self._batch) for row in self._rows(batch, self._patient)
        ]
        return stacked(rows, self.dimensions)

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (dimensions,). Raises EmbedderFailed, within
        seconds.
        """
        return self._rows([sendable(self._instructions.question(text))], self._hurried)[0]

    def _rows(self, texts: Sequence[str], patience: Patience) -> list[Vectors]:
        try:
            return fitted(texts, partial(self._asked, patience))
        except Refused as refused:
            raise EmbedderFailed(
                str(refused), "check embedding_model and embedding_dimensions"
            ) from refused

    def _asked(self, patience: Patience, texts: Sequence[str]) -> list[Vectors]:
        body: dict[str, Any] = {"model": self._model, "input": list(texts)}
        if self._asked_for:
            body["dimensions"] = self._asked_for
        answer = self._server.post(body, patience)
        vectors = unit_rows(_in_order(answer, self.name), len(texts), self.dimensions, self.name)
        self.dimensions = vectors.shape[1]
        return list(vectors)


def _in_order(answer: Any, name: str) -> list[Any]:
    """The vectors of an answer by their `index`, which need not be the order that they come in."""
    data = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(data, list) or not all(isinstance(item, dict) for item in data):
        reason = (
            f": {error_message(answer)}" if isinstance(answer, dict) and "error" in answer else ""
        )
        raise EmbedderFailed(
            f"{name}: the server sent no vectors{reason}", "does embedding_url end in /v1?"
        )
    places = [item.get("index", place) for place, item in enumerate(data)]
    if sorted(map(str, places)) != sorted(map(str, range(len(data)))):
        raise EmbedderFailed(f"{name}: the server does not say which vector is whose")
    return [
        item.get("embedding")
        for _, item in sorted(zip(map(int, places), data, strict=True), key=_place)
    ]


def _place(pair: tuple[int, Any]) -> int:
    return pair[0]
