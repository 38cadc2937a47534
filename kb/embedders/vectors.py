"""What the embedders of users' models share: checking vectors, preparing texts, naming the
embedder.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from json import dumps, loads
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.errors import EmbedderFailed, KbError

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.settings import Settings

_BATCH_CHARACTERS = 100_000
_SECRETS = ("token", "key", "secret", "password", "credential")


def unit_rows(rows: Any, count: int, dimensions: int, embedder: str) -> Vectors:
    """Rows of numbers as unit-length float32, shape (count, dimensions); dimensions 0 takes any.

    Raises EmbedderFailed for another shape, and for rows that have no direction or hold what is no
    number.
    """
    try:
        vectors = np.asarray(rows, np.float64)
    except (TypeError, ValueError) as error:
        raise EmbedderFailed(
            f"{embedder} gave vectors of different lengths, or none at all"
        ) from error
    if vectors.ndim != 2 or len(vectors) != count:
        raise EmbedderFailed(
            f"{embedder} gave {len(vectors) if vectors.ndim else 0} vectors for {count} texts"
        )
    if dimensions and vectors.shape[1] != dimensions:
        raise EmbedderFailed(
            f"{embedder} gives vectors of {vectors.shape[1]} numbers, not of {dimensions}",
            "is it the same model as before? embedding_dimensions, where it is set, must be what the model gives",
        )
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not np.isfinite(norms).all() or not norms.all():
        raise EmbedderFailed(
            f"{embedder} gave a vector that is no direction (NaN, infinite or zero)"
        )
    return np.asarray(vectors / norms, np.float32)


def stacked(rows: Sequence[Vectors], dimensions: int) -> Vectors:
    """Rows as one array, shape (len(rows), dimensions), also where there are none."""
    return np.stack(rows) if rows else np.zeros((0, dimensions), np.float32)


def batches(texts: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    """The texts in order, at most so many at a time, and not too many characters."""
    begin = size = 0
    for place, text in enumerate(texts):
        if place > begin and (place - begin == most or size + len(text) > _BATCH_CHARACTERS):
            yield texts[begin:place]
            begin, size = place, 0
        size += len(text)
    if begin < len(texts):
        yield texts[begin:]


def name_of(kind: str, settings: Settings, *also: str) -> str:
    """A name that changes whenever the stored vectors would: the model, its dimensions, and `also`.

    Instructions for questions don't count, since they leave stored vectors as they are.
    """
    dimensions = f"@{settings.embedding_dimensions}" if settings.embedding_dimensions else ""
    rest = "\0".join(also)
    digest = f"+{blake2b(rest.encode(), digest_size=3).hexdigest()}" if rest.strip("\0") else ""
    return f"{kind}:{settings.embedding_model}{dimensions}{digest}"


def options(settings: Settings) -> dict[str, Any]:
    """The setting `embedding_options`. Raises KbError when it is no table."""
    try:
        table = loads(settings.embedding_options or "{}")
    except ValueError as error:
        raise KbError(
            f"embedding_options is not JSON: {error}", 'such as: {"device": "cuda"}'
        ) from error
    if not isinstance(table, dict):
        raise KbError("embedding_options is not a table", 'such as: {"device": "cuda"}')
    return table


def telling(options: Mapping[str, Any]) -> str:
    """Options as part of an embedder's name, without secrets, which may be renewed; empty where
    there are none.
    """
    public = {
        key: value
        for key, value in options.items()
        if not any(word in key.lower() for word in _SECRETS)
    }
    return dumps(public, sort_keys=True, default=str) if public else ""


def required_model(settings: Settings) -> str:
    """The setting `embedding_model`. Raises KbError when it is empty."""
    if not settings.embedding_model:
        raise KbError(
            f"the {settings.embedder} embedder needs a model",
            "set embedding_model in kb.toml, or KB_EMBEDDING_MODEL",
        )
    return settings.embedding_model
