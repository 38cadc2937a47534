"""Clusters of questions by meaning, by average linkage, so that no single pair can tie two clusters
together.

Found by the nearest-neighbour chain of Benzécri (1982), which gives the same clusters as merging
the most similar pair first, in quadratic time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retrieval.feedback.question_similarity import Matrix

# log odds from which two groups are one, on average over their pairs; chosen by tests.bench.gaps
SAME = 1.25


def clusters(likeness: Matrix, least: float = SAME) -> list[list[int]]:
    """The rows of a symmetric similarity matrix of shape (n, n) in clusters, which are merged as
    long as their average similarity is at least `least`.

    Clusters, and the rows within each, come in the order of their first rows.
    """
    near = likeness.astype(np.float64)
    np.fill_diagonal(near, -np.inf)
    members = {row: [row] for row in range(len(near))}
    left = dict.fromkeys(members)  # those that may still be merged, in order
    chain: list[int] = []
    while left:
        chain = chain or [next(iter(left))]
        last = chain[-1]
        nearest = int(near[last].argmax())
        before = chain[-2] if len(chain) > 1 else -1
        if near[last, nearest] < least:  # averages only fall, so nothing will ever be like it
            chain.pop()
            _remove(near, last, left)
        elif before >= 0 and near[last, before] >= near[last, nearest]:
            del chain[-2:]
            one, other = len(members[last]), len(members[before])
            near[last] = near[:, last] = (one * near[last] + other * near[before]) / (one + other)
            near[last, last] = -np.inf
            members[last] += members.pop(before)
            _remove(near, before, left)
        else:
            chain.append(nearest)
    return sorted(sorted(rows) for rows in members.values())


def _remove(near: np.ndarray, row: int, left: dict[int, None]) -> None:
    """Exclude a row from further merging."""
    near[row] = near[:, row] = -np.inf
    del left[row]
