"""The built-in static embedder: a table of piece vectors, summed. No model runs, so a passage is
findable at once.

How it was trained: `tests/training/static.py`; figures and limits:
`kb/embedders/builtin/MODEL_CARD.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from kb.embedders.pieces import DATA, cut

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kb.arrays import Vectors

DIMENSIONS = SKETCH_BYTES = 192
SKETCH_SCALE = 127
_BATCH = 512  # texts: 40 MB of piece vectors at a time, if they are passages
_LONGEST = 8000  # characters of a text that are looked at


class StaticEmbedder:
    """Sums of piece vectors. Knows words of both languages, but nothing of their order."""

    name = "static-1"
    dimensions = DIMENSIONS

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), 192); a text without pieces gets the
        first unit vector.
        """
        parts = [_embed(texts[begin : begin + _BATCH]) for begin in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, DIMENSIONS), np.float32)

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (192,)."""
        one: Vectors = _embed([text])[0]
        return one


def sketches(vectors: Vectors) -> NDArray[np.int8]:
    """Unit vectors as int8, an eighth of a percent off in cosine, for passages that have no vector
    of the embedder yet.
    """
    return np.round(vectors * SKETCH_SCALE).astype(np.int8)


@lru_cache(maxsize=1)
def _table() -> tuple[NDArray[np.int8], Vectors]:
    with (DATA / "static.npz").open("rb") as stream, np.load(stream) as held:
        return held["rows"], held["scales"]


def _embed(texts: Sequence[str]) -> Vectors:
    rows, scales = _table()
    pieces = [found.ids for found in cut([text[:_LONGEST] for text in texts], special=False)]
    counts = np.fromiter(map(len, pieces), np.int64, len(pieces))
    flat = np.fromiter((each for text in pieces for each in text), np.int64, int(counts.sum()))
    vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
    filled = counts > 0
    if len(flat):
        starts = (np.cumsum(counts) - counts)[filled]
        vectors[filled] = np.add.reduceat(rows[flat] * scales[flat, None], starts, axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    empty = lengths[:, 0] == 0
    vectors[empty, 0] = lengths[empty] = 1.0
    unit: Vectors = vectors / lengths
    return unit
