"""Filling in: passages that wait get vectors of the embedder that serves, batch by batch, each kept
at once.

What an interrupted run has not come to, the next command goes on with.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import TYPE_CHECKING

from kb.catalog import Catalog
from kb.catalog.rows import section_names
from kb.embedders import Embedder, embedded_text
from kb.errors import KbError
from kb.knowledge import KnowledgeBase
from kb.settings import BUILT_IN
from kb.text import plain
from kb.types import Passage

if TYPE_CHECKING:
    from kb.embedders import Vectors

_BATCH = 128  # passages: about two seconds of work, which is what an interruption may cost
_SMALL_BATCH = 16
_PER_PUBLICATION = 4096
_MOMENT = 1.0  # seconds

Progress = Callable[[int, int], None]


def fill_in(
    kb: KnowledgeBase,
    progress: Progress = lambda done, total: None,
    *,
    seconds: float | None = None,
) -> int:
    """Give waiting passages their vectors, for at most about so many seconds. Gives how many still
    wait.

    The caller holds the one-writer lock. An embedder that fails leaves the rest waiting, and says
    so.
    """
    total = kb.catalog.unfilled_count()
    if not total:
        return 0
    embedder = kb.embedder
    if embedder is None:
        gone = kb.catalog.serving()
        kb.notify(
            f"{total} passages wait for vectors of {gone}, which is not configured any more; run: kb reindex"
        )
        return total
    began = time.monotonic()
    done = unpublished = 0
    try:
        while ids := kb.catalog.unfilled(_BATCH if seconds is None else _SMALL_BATCH):
            filled, vectors = embed(kb.catalog, embedder, ids)
            kb.catalog.fill(filled, vectors, embedder.name)
            kb.catalog.stop_waiting(set(ids).difference(filled))  # damaged: kb doctor names them
            done += len(ids)
            unpublished += len(ids)
            progress(done, total)
            if unpublished >= _PER_PUBLICATION:
                kb.index.catch_up()
                unpublished = 0
            if seconds is not None and time.monotonic() - began > seconds:
                break
    except KbError as error:
        kb.notify(
            f"{total - done} passages wait for their vectors, and are found by words and sketches: {error}"
        )
    if unpublished and (unpublished >= _PER_PUBLICATION or seconds is None or done >= total):
        kb.index.catch_up()
    return total - done


def embed(catalog: Catalog, embedder: Embedder, ids: list[str]) -> tuple[list[str], Vectors]:
    """Those of the passages that exist, and their vectors; those of their headings are kept on the
    way.

    Raises KbError when the embedder fails.
    """
    found = catalog.passages_with_titles(ids)
    embed_headings(catalog, embedder, all_section_names(found))
    vectors = embedder.passages(
        [embedded_text(title, p.headings, p.text, p.context) for p, title in found]
    )
    return [passage.id for passage, _ in found], vectors


def all_section_names(titled: Iterable[tuple[Passage, str]]) -> set[str]:
    """What the sections of these passages, each with its document's title, may be called."""
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


def settle(kb: KnowledgeBase) -> None:
    """Catch up what an interrupted run left, if nobody else is writing. Called by every command
    that reads.

    Waiting passages get a moment of work, so that a knowledge base that is only asked fills in too.
    """
    behind, waiting = kb.catalog.pending(), kb.catalog.unfilled_count()
    if not behind and not waiting:
        return
    with kb.home.writing_if_free() as held:
        if held:
            try:
                if behind:
                    kb.index.catch_up()
                if (
                    waiting and kb.settings.embedder in BUILT_IN
                ):  # a server that is down must not cost every question
                    fill_in(kb, seconds=_MOMENT)
            except KbError as error:
                kb.notify(f"what was ingested last is not searchable yet: {error}")
