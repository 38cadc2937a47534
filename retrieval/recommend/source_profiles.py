"""Profiles of sources: what each is about, as one vector, from the vectors of its passages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kb.knowledge import KnowledgeBase
from kb.types import Document
from retrieval.search.near_duplicates import page_of

if TYPE_CHECKING:
    from kb.arrays import Vectors

# A mean of fewer sources tells more of these than of their language.
_LEAST_CENTRED = 8


@dataclass(frozen=True, slots=True)
class SourceProfile:
    """A source: its document, and the ids of those of its passages that have a vector."""

    document: Document
    passages: tuple[str, ...]

    @property
    def page(self) -> str:
        """The page that the source is, whatever its language."""
        return page_of(self.document.source)[0]


@dataclass(frozen=True)
class Profiles:
    """The profiles of all sources, and a unit vector of each: shape (sources, dimensions).

    A vector is the mean of those of the source's passages, less the mean of its language, by which
    sources of one language would be near each other whatever they are about. That of a source whose
    passages still wait for vectors is 0.
    """

    sources: tuple[SourceProfile, ...]
    vectors: Vectors

    @cached_property
    def row_of(self) -> Mapping[str, int]:
        """The row of each document, by its id."""
        return {profile.document.id: row for row, profile in enumerate(self.sources)}

    def rows(self, documents: Iterable[str]) -> list[int]:
        """The rows of those of the documents that have a profile, in the order given."""
        return [self.row_of[name] for name in dict.fromkeys(documents) if name in self.row_of]

    def with_versions(self, rows: Iterable[int]) -> set[int]:
        """These rows, and those of the same pages in other languages."""
        pages = {self.sources[row].page for row in rows}
        return {row for row, profile in enumerate(self.sources) if profile.page in pages}


def read_profiles(kb: KnowledgeBase) -> Profiles:
    """The profiles of all sources that have passages."""
    import numpy as np

    ids = sorted(kb.catalog.passage_ids())
    vectors = kb.catalog.vectors(ids, kb.catalog.serving())
    passages = [passage for passage, _ in kb.catalog.passages_with_titles(ids)]
    by_document: dict[str, list[str]] = defaultdict(list)
    for passage in sorted(passages, key=lambda passage: passage.ordinal):
        by_document[passage.document] += [passage.id] if passage.id in vectors else []
    sources = tuple(
        SourceProfile(document, tuple(by_document[document.id]))
        for document in sorted(kb.catalog.documents(), key=lambda document: document.source)
        if document.id in by_document
    )
    size = len(next(iter(vectors.values()), ()))
    means = np.zeros((len(sources), size), np.float32)
    for row, profile in enumerate(sources):
        if profile.passages:
            means[row] = np.mean([vectors[name] for name in profile.passages], axis=0)
    return Profiles(sources, centred(means, [each.document.lang for each in sources]))


def centred(means: Vectors, languages: Sequence[str]) -> Vectors:
    """Unit vectors of `means` less the mean of each language, where it has enough sources."""
    import numpy as np

    moved = unit(means)
    known = np.any(moved != 0.0, axis=1)
    for language in set(languages):
        rows = known & np.array([each == language for each in languages])
        if rows.sum() >= _LEAST_CENTRED:
            moved[rows] -= moved[rows].mean(axis=0)
    return unit(moved)


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length 1; those of length 0 stay."""
    import numpy as np

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0.0, lengths, 1.0), np.float32)
