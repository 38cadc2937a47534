"""Grouping questions by meaning: average linkage, since no single pair may tie two groups together.

By the nearest-neighbour chain of Benzécri (1982), which gives the same groups as merging the likest
first, in the time that it takes to look at each pair a few times.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from retrieval.feedback.question_similarity import Matrix

# log odds from which two groups are one, on average over their pairs; chosen by tests.bench.gaps
SAME = 1.25


def grouped(likeness: Matrix, least: float = SAME) -> list[list[int]]:
    """The rows of a symmetric matrix, shape (n, n), in groups: each of two rows or more is as like
    as `least`.

    Groups, and rows in them, are in the order of their first rows.
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
            _leave(near, last, left)
        elif before >= 0 and near[last, before] >= near[last, nearest]:
            del chain[-2:]
            one, other = len(members[last]), len(members[before])
            near[last] = near[:, last] = (one * near[last] + other * near[before]) / (one + other)
            near[last, last] = -np.inf
            members[last] += members.pop(before)
            _leave(near, before, left)
        else:
            chain.append(nearest)
    return sorted(sorted(rows) for rows in members.values())


def _leave(near: np.ndarray, row: int, left: dict[int, None]) -> None:
    """Take a row out of the search."""
    near[row] = near[:, row] = -np.inf
    del left[row]
