"""Catching up: the step before reading that goes on with what an interrupted command left.

Its cost is bounded, so that a question does not wait until a long ingest is made up for: the next
command goes on with what is left.
"""

from __future__ import annotations

from kb.backfill import fill_in
from kb.errors import KbError
from kb.knowledge import KnowledgeBase
from kb.settings import BUILT_IN

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
