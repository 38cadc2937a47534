"""Where the second encoder shall put a text: the vectors of both teachers as one.

E5 prefers a passage in the question's own language to the right one in the other, and its questions
lie apart from its passages. With the mean vector of each kind of text in each language taken away
that is mended for the most part: on founders' questions it finds more so than with one mean a
language. The vectors of both teachers, less these means and scaled so that their similarities of
unlike texts spread equally, stand side by side: the inner product of two such vectors of 768
numbers is the sum of both teachers' z-scores. The principal components bring them down to 384.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kb.embedders.built_in import STATE_SIZE

_PAIRS = 20_000  # of unlike texts, from which the spread is told


@dataclass(frozen=True, slots=True)
class Targets:
    """`means[teacher][group]` are taken away, `scales[teacher]` multiplied, `basis` applied.

    A text's group is its language and kind.
    """

    means: Mapping[str, Mapping[str, np.ndarray]]
    scales: Mapping[str, float]
    basis: np.ndarray  # (768, 384)

    @classmethod
    def fitted(cls, vectors: Mapping[str, np.ndarray], groups: Sequence[str]) -> Targets:
        """From each teacher's unit vectors of the same texts."""
        of = np.array(groups)
        means = {
            teacher: {name: found[of == name].mean(0) for name in set(groups)}
            for teacher, found in vectors.items()
        }
        scales = {
            teacher: float(_spread(found - _means(means[teacher], groups))) ** -0.5
            for teacher, found in vectors.items()
        }
        whole = _side_by_side(vectors, groups, means, scales)
        _, _, directions = np.linalg.svd(whole, full_matrices=False)
        return cls(means, scales, directions[:STATE_SIZE].T.astype(np.float32))

    @classmethod
    def kept(cls, path: Path, vectors: Mapping[str, np.ndarray], groups: Sequence[str]) -> Targets:
        """Those that were written there; else fitted and written, so that a training that goes on,
        with more texts, has the same.
        """
        if not path.exists():
            cls.fitted(vectors, groups)._write(path)
        with np.load(path) as held:
            names = [tuple(name.split("/")) for name in held.files if "/" in name]
            means: dict[str, dict[str, np.ndarray]] = {teacher: {} for teacher, _ in names}
            for teacher, group in names:
                means[teacher][group] = held[f"{teacher}/{group}"]
            scales = {teacher: float(held[f"{teacher} scale"]) for teacher in means}
            return cls(means, scales, held["basis"])

    def _write(self, path: Path) -> None:
        arrays = {
            f"{teacher}/{group}": mean
            for teacher, of_groups in self.means.items()
            for group, mean in of_groups.items()
        }
        scales = {f"{teacher} scale": np.array(scale) for teacher, scale in self.scales.items()}
        np.savez(path, basis=self.basis, **arrays, **scales)

    def of(self, vectors: Mapping[str, np.ndarray], groups: Sequence[str]) -> np.ndarray:
        """Unit float32 vectors, shape (texts, 384)."""
        found = _side_by_side(vectors, groups, self.means, self.scales) @ self.basis
        unit: np.ndarray = found / np.linalg.norm(found, axis=1, keepdims=True)
        return unit.astype(np.float32)


def _means(means: Mapping[str, np.ndarray], groups: Sequence[str]) -> np.ndarray:
    return np.stack([means[name] for name in groups])


def _side_by_side(
    vectors: Mapping[str, np.ndarray],
    groups: Sequence[str],
    means: Mapping[str, Mapping[str, np.ndarray]],
    scales: Mapping[str, float],
) -> np.ndarray:
    parts = []
    for teacher, found in vectors.items():
        centred = found - _means(means[teacher], groups)
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
