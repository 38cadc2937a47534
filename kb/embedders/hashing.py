"""A deterministic embedder that needs no weights: hashed character n-grams.

Feature hashing after Weinberger et al. 2009 (https://arxiv.org/abs/0902.2206): each n-gram adds ±1 at places of the
vector that its hash names. It knows no meaning; beside the lexical leg it catches word forms, compounds and typing
errors, which share n-grams but no words. All work is done by numpy on whole batches of code points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from kb.text import normalise

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from kb.embedders import Vectors

_SPACE = 32
_HAN_FROM = 0x2E80  # code points from here on count as characters that are words by themselves


class HashingEmbedder:
    """Hashed n-grams: pairs of Chinese characters, four letters of anything else, each at two signed places."""

    name = "hashing-1"
    dimensions = 384

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), 384); a text without letters gets the first unit vector."""
        out = np.zeros((len(texts), self.dimensions), np.float32)
        for row, text in enumerate(texts):
            out[row] = self._one(text)
        return out

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (384,)."""
        return self._one(text)

    def _one(self, text: str) -> Vectors:
        codes = np.frombuffer(f"  {normalise(text)}   ".encode("utf-32-le", "replace"), np.uint32)
        letters = _LETTERS[np.minimum(codes, len(_LETTERS) - 1)]
        codes = np.where(letters, codes, _SPACE)
        han = codes >= _HAN_FROM
        pairs = codes[:-1] * np.uint32(0x9E3779B1) + codes[1:]
        quads = pairs[:-2] * np.uint32(0x85EBCA6B) ^ pairs[2:]
        features = np.concatenate([pairs[han[:-1] & han[1:]], quads[(codes[:-3] != _SPACE) & ~han[:-3] & ~han[1:-2]]])
        counts = np.bincount(_mix(features) % _BUCKETS, minlength=_BUCKETS)
        weights = np.sqrt(counts)  # the tenth time a word stands somewhere says little more
        vector = (weights * _SIGNS[0]).reshape(-1, self.dimensions).sum(0)
        vector += (
            (weights * _SIGNS[1])[::-1].reshape(-1, self.dimensions).sum(0)
        )  # a second place halves a collision's harm
        length = float(np.linalg.norm(vector))
        if length == 0.0:
            vector[0] = length = 1.0
        unit: Vectors = (vector / length).astype(np.float32)
        return unit


def _mix(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The 32-bit finaliser of MurmurHash3 (Appleby 2011): spreads near values over all bits."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


_BUCKETS = 384 * 8
_SIGNS = np.where(_mix(np.arange(1, 2 * _BUCKETS + 1, dtype=np.uint32)) & np.uint32(1), 1.0, -1.0).reshape(2, _BUCKETS)
# Which code points below the Han blocks are letters or digits; everything from there on counts as one.
_LETTERS = np.array([chr(code).isalnum() for code in range(_HAN_FROM)] + [True])
