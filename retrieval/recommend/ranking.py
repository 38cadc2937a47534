"""Which sources come next: near what was read, and different from each other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from retrieval.recommend.source_profiles import Profiles

if TYPE_CHECKING:
    from kb.arrays import Vectors

NEAREST = 3  # of the sources that were read, those that a further one is held against
RELEVANCE = 0.6  # the share that relevance has in the choice; the rest is being different


def nearness(profiles: Profiles, read: Sequence[int], nearest: int = NEAREST) -> Vectors:
    """How near each source is to what was read, shape (sources,): the mean cosine to the `nearest`
    of the read ones. Somebody who reads about two things is met in either.
    """
    import numpy as np

    cosines = profiles.vectors @ profiles.vectors[list(read)].T
    best = np.sort(cosines, axis=1)[:, -nearest:]
    return np.asarray(best.mean(axis=1), np.float32)


def next_sources(
    profiles: Profiles,
    relevance: Mapping[int, float],
    seen: Collection[int],
    limit: int,
    share: float = RELEVANCE,
) -> list[int]:
    """The rows of up to `limit` sources by maximal marginal relevance (Carbonell and Goldstein,
    1998): each time the one that is relevant and least like those chosen before it.

    `relevance` is that of each row that may be chosen. None that was `seen`, and of a page in
    several languages one.
    """
    open_rows = set(relevance) - profiles.with_versions(seen)
    chosen: list[int] = []
    likeness = dict.fromkeys(open_rows, 0.0)
    while open_rows and len(chosen) < limit:
        best = max(
            sorted(open_rows),
            key=lambda row: share * relevance[row] - (1.0 - share) * likeness[row],
        )
        chosen.append(best)
        open_rows -= profiles.with_versions([best])
        for row in open_rows:
            cosine = float(profiles.vectors[row] @ profiles.vectors[best])
            likeness[row] = max(likeness[row], cosine)
    return chosen
