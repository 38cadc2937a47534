"""Catching up: indexes and vectors are brought up to the catalog, after an ingest and, where one was
interrupted, before a command reads.

Passages that wait get vectors of the embedder that serves, batch by batch, each kept at once: what
an interrupted run has not come to, a later one goes on with. Before reading the cost is bounded, so
that a question does not wait until a long ingest is made up for.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import chain
from math import inf
from typing import TYPE_CHECKING

from kb.backends import open_embedder
from kb.catalog import Catalog
from kb.catalog.rows import section_names
from kb.embedders import Embedder, embedded_text
from kb.errors import KbError
from kb.knowledge import KnowledgeBase
from kb.settings import BUILT_IN
from kb.stages import stage
from kb.text import plain
from kb.types import Passage

if TYPE_CHECKING:
    from kb.arrays import Vectors

MOMENT = 1.0  # seconds of each kind of work: publishing entries, indexing, embedding


def catch_up(kb: KnowledgeBase) -> None:
    """Bring the indexes, then the vectors, nearer to the catalog, if nobody else is writing.

    Does nothing where nothing was left. A failure is a notice, and reading goes on.
    """
    changes, waiting = kb.catalog.pending(), kb.catalog.unfilled_count()
    if not changes and not waiting:
        return
    with kb.home.writing_if_free() as is_held:
        if not is_held:
            return
        try:
            if changes:
                _index(kb)
            # A server that is down must not cost every question.
            if waiting and kb.settings.embedder in BUILT_IN:
                fill_in(kb, seconds=MOMENT)
        except KbError as error:
            kb.notify(f"what was ingested last is not searchable yet: {error}")


def _index(kb: KnowledgeBase) -> None:
    kb.index.catch_up(seconds=MOMENT)
    if left := kb.catalog.pending():
        kb.notify(
            f"{left} changes of an interrupted run are not searchable yet; the next command goes on"
        )


_BATCH = 128  # passages: about two seconds of work, which is what an interruption may cost
_SMALL_BATCH = 16
_LARGE_BATCH = 256  # where the old index serves until all are made
_PER_PUBLICATION = 4096

Progress = Callable[[int, int], None]


@stage("embed")
def fill_in(
    kb: KnowledgeBase,
    progress: Progress = lambda done, total: None,
    *,
    seconds: float | None = None,
) -> int:
    """Embed waiting passages, for at most about so many seconds. Gives how many still wait.

    The caller holds the one-writer lock. When the embedder fails, the rest waits and the user is
    notified.
    """
    total = kb.catalog.unfilled_count()
    if not total:
        return 0
    if kb.embedder is None:
        gone = kb.catalog.serving()
        kb.notify(
            f"{total} passages wait for vectors of {gone}, which is not configured any more; run: kb reindex"
        )
        return total
    done = unpublished = 0
    try:
        for count in _filled_batches(kb.catalog, kb.embedder, seconds):
            done += count
            unpublished += count
            progress(done, total)
            if unpublished >= _PER_PUBLICATION:
                kb.index.catch_up()
                unpublished = 0
    except KbError as error:
        kb.notify(
            f"{total - done} passages wait for their vectors, and are found by words and sketches: {error}"
        )
    if unpublished and (unpublished >= _PER_PUBLICATION or seconds is None or done >= total):
        kb.index.catch_up()
    return total - done


def _filled_batches(catalog: Catalog, embedder: Embedder, seconds: float | None) -> Iterator[int]:
    """Embed waiting passages batch by batch, until the time is up or none waits; gives the size of
    each batch once it is stored. Raises KbError when the embedder fails.
    """
    size = _BATCH if seconds is None else _SMALL_BATCH
    deadline = inf if seconds is None else time.monotonic() + seconds
    while ids := catalog.unfilled(size):
        filled, vectors = embed(catalog, embedder, ids)
        catalog.fill(filled, vectors, embedder.name)
        catalog.stop_waiting(set(ids).difference(filled))  # damaged: kb doctor names them
        yield len(ids)
        if time.monotonic() > deadline:
            return


def embed(catalog: Catalog, embedder: Embedder, ids: list[str]) -> tuple[list[str], Vectors]:
    """Those of the passages that exist, and their vectors; those of their headings are kept on the
    way.

    Raises KbError when the embedder fails.
    """
    titled = catalog.passages_with_titles(ids)
    embed_headings(catalog, embedder, all_section_names(titled))
    vectors = embedder.passages(
        [embedded_text(title, p.headings, p.text, p.context) for p, title in titled]
    )
    return [passage.id for passage, _ in titled], vectors


def all_section_names(titled: Iterable[tuple[Passage, str]]) -> set[str]:
    """All names by which questions may mean the sections of these passages (see `section_names`)."""
    also = ((p, title, p.context if p.anchor.reviewed else "") for p, title in titled)
    names = (section_names(title, p.headings, p.ordinal, more) for p, title, more in also)
    return set(chain.from_iterable(names))


def embed_headings(catalog: Catalog, embedder: Embedder, headings: Collection[str]) -> None:
    """Keep vectors of those headings that have none: a question is often near to what a section is
    called.
    """
    known = catalog.heading_vectors(headings, embedder.name)
    fresh = sorted(text for text in headings if text not in known and text.strip())
    if fresh:
        catalog.keep_headings(
            fresh, embedder.passages([plain(text) for text in fresh]), embedder.name
        )


def reindex(kb: KnowledgeBase, progress: Progress = lambda done, total: None) -> int:
    """Re-embed and rebuild under the one-writer lock; the old indexes serve until the new ones are
    whole.

    Vectors that an interrupted run made are kept, and not made again. Gives the number of passages.
    Raises KbError when the embedder fails; what serves then stays as it is.
    """
    embedder = open_embedder(kb.settings)
    with kb.home.writing(kb.notify):
        kb.index.catch_up()
        total = kb.catalog.counts().passages
        missing = kb.catalog.without_vector(embedder.name)
        progress(total - len(missing), total)
        for begin in range(0, len(missing), _LARGE_BATCH):
            ids, vectors = embed(kb.catalog, embedder, missing[begin : begin + _LARGE_BATCH])
            kb.catalog.keep_vectors(ids, vectors, embedder.name)
            progress(total - len(missing) + begin + len(ids), total)
        kb.index.rebuild("lexical")
        kb.index.rebuild("dense", embedder.name)
        kb.catalog.forget_other_vectors(embedder.name)
    return total
