"""Where the second encoder shall put a text: the vectors of both teachers as one.

E5 prefers a passage in the question's own language to the right one in the other; with each
language's mean vector taken away that is mended for the most part. The vectors of both teachers,
less these means and scaled so that their similarities of unlike texts spread equally, stand side by
side: the inner product of two such vectors of 768 numbers is the sum of both teachers' z-scores.
The principal components bring them down to 384 numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.embedders.contextual import DIMENSIONS

LANGUAGES = ("zh", "en")
_PAIRS = 20_000  # of unlike texts, from which the spread is told


@dataclass(frozen=True, slots=True)
class Targets:
    """`means[teacher][language]` are taken away, `scales[teacher]` multiplied, `basis` applied."""

    means: Mapping[str, Mapping[str, np.ndarray]]
    scales: Mapping[str, float]
    basis: np.ndarray  # (768, 384)

    @classmethod
    def fitted(cls, vectors: Mapping[str, np.ndarray], languages: Sequence[str]) -> Targets:
        """From each teacher's unit vectors of the same texts."""
        spoken = np.array(languages)
        means = {
            teacher: {name: found[spoken == name].mean(0) for name in LANGUAGES}
            for teacher, found in vectors.items()
        }
        scales = {
            teacher: float(_spread(found - _means(means[teacher], languages))) ** -0.5
            for teacher, found in vectors.items()
        }
        whole = _side_by_side(vectors, languages, means, scales)
        _, _, directions = np.linalg.svd(whole, full_matrices=False)
        return cls(means, scales, directions[:DIMENSIONS].T.astype(np.float32))

    def of(self, vectors: Mapping[str, np.ndarray], languages: Sequence[str]) -> np.ndarray:
        """Unit float32 vectors, shape (texts, 384)."""
        found = _side_by_side(vectors, languages, self.means, self.scales) @ self.basis
        unit: np.ndarray = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit.astype(np.float32)


def _means(means: Mapping[str, np.ndarray], languages: Sequence[str]) -> np.ndarray:
    return np.stack([means[name] for name in languages])


def _side_by_side(
    vectors: Mapping[str, np.ndarray],
    languages: Sequence[str],
    means: Mapping[str, Mapping[str, np.ndarray]],
    scales: Mapping[str, float],
) -> np.ndarray:
    parts = []
    for teacher, found in vectors.items():
        centred = found - _means(means[teacher], languages)
        centred = centred / np.linalg.norm(centred, axis=1, keepdims=True)
        parts.append(centred * scales[teacher])
    return np.concatenate(parts, axis=1)


def _spread(centred: np.ndarray) -> float:
    """The standard deviation of the cosines of texts taken at random."""
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    dice = np.random.default_rng(0)
    ones, others = dice.integers(0, len(unit), (2, _PAIRS))
    unlike = ones != others
    return float(np.einsum("ij,ij->i", unit[ones[unlike]], unit[others[unlike]]).std())
