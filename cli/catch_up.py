"""Catching up before a command reads: the one step by which a reading command writes.

It is a step of its own, called by name after the knowledge base is opened, and its cost is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kb.errors import KbError

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase


def catch_up(kb: KnowledgeBase) -> None:
    """Go on with what an interrupted command left, so that what was added is found: FAQ entries
    that only the journal has, changes that the indexes lack, passages without vectors.

    Each takes about a second at most, and the next command goes on. Nothing is written while
    another command writes.
    """
    from kb.catch_up import catch_up as catch_up_projections

    _publish_entries(kb)
    catch_up_projections(kb)


def _publish_entries(kb: KnowledgeBase) -> None:
    """Publish FAQ entries that are only in the journal, as a killed process leaves them. Where the
    journal can't be read, reading goes on.
    """
    if kb.journal is None:
        return
    from kb.faq import behind

    try:
        if behind(kb.catalog, kb.journal):
            from ingest.faq_entries import publish_if_free

            publish_if_free(kb, kb.journal)
    except KbError as error:
        kb.notify(f"the newest FAQ entries are not searchable yet: {error}")
