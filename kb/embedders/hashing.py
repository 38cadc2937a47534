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
_BATCH = 64  # texts: 0.8 MB of counts at a time
_HAN_FROM = 0x2E80  # code points from here on count as characters that are words by themselves


class HashingEmbedder:
    """Hashed n-grams: pairs of Chinese characters, four letters of anything else, each at two signed places."""

    name = "hashing-1"
    dimensions = 384

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), 384); a text without letters gets the first unit vector."""
        parts = [_embed(texts[begin : begin + _BATCH]) for begin in range(0, len(texts), _BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimensions), np.float32)

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (384,)."""
        one: Vectors = _embed([text])[0]
        return one


def _embed(texts: Sequence[str]) -> Vectors:
    """Vectors of a batch. All texts are one run of code points, with gaps that no n-gram reaches across."""
    padded = [f"  {normalise(text)}   ".encode("utf-32-le", "replace") for text in texts]
    rows = np.repeat(np.arange(len(texts)), [len(each) // 4 for each in padded])
    codes = np.frombuffer(b"".join(padded), np.uint32)
    codes = np.where(_LETTERS[np.minimum(codes, _HAN_FROM)], codes, _SPACE)
    han = codes >= _HAN_FROM
    pairs = codes[:-1] * np.uint32(0x9E3779B1) + codes[1:]
    quads = pairs[:-2] * np.uint32(0x85EBCA6B) ^ pairs[2:]
    is_pair = han[:-1] & han[1:]
    is_quad = (codes[:-3] != _SPACE) & ~(han[:-3] | han[1:-2])
    buckets = _mix(np.concatenate([pairs[is_pair], quads[is_quad]])) % _BUCKETS
    owners = np.concatenate([rows[:-1][is_pair], rows[:-3][is_quad]])
    counts = np.bincount(owners * _BUCKETS + buckets, minlength=len(texts) * _BUCKETS)
    weights = np.sqrt(counts, dtype=np.float32)  # the tenth time a word stands somewhere says little more
    folded = weights.reshape(len(texts), -1, _DIMENSIONS)
    vectors = np.einsum("tbd,bd->td", folded, _SIGNS[0])
    vectors += np.einsum("tbd,bd->td", folded, _SIGNS[1])[:, ::-1]  # a second place halves a collision's harm
    vectors[~vectors.any(axis=1), 0] = 1.0
    unit: Vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    return unit


def _mix(values: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """The 32-bit finaliser of MurmurHash3 (Appleby 2011): spreads near values over all bits."""
    values = (values ^ (values >> np.uint32(16))) * np.uint32(0x85EBCA6B)
    values = (values ^ (values >> np.uint32(13))) * np.uint32(0xC2B2AE35)
    return values ^ (values >> np.uint32(16))


_DIMENSIONS = 384
_BUCKETS = _DIMENSIONS * 8
_COINS = _mix(np.arange(1, 2 * _BUCKETS + 1, dtype=np.uint32)) & np.uint32(1)
_SIGNS = np.where(_COINS, 1.0, -1.0).astype(np.float32).reshape(2, -1, _DIMENSIONS)
# Which code points below the Han blocks are letters or digits; everything from there on counts as one.
_LETTERS = np.array([chr(code).isalnum() for code in range(_HAN_FROM)] + [True])
