"""An open knowledge base: its home, settings, catalog and index together, for the pipelines to work on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kb.catalog import Catalog
from kb.errors import KbError
from kb.home import Home, Notify, silent
from kb.index import Index
from kb.settings import Settings


@dataclass(frozen=True, slots=True)
class KnowledgeBase:
    """What `open_knowledge_base` gives. `notify` takes lines meant for the user; the core itself never prints."""

    home: Home
    settings: Settings
    catalog: Catalog
    index: Index
    notify: Notify


def open_knowledge_base(
    home: Home, settings: Settings, notify: Notify = silent, *, create: bool = False
) -> KnowledgeBase:
    """Open the knowledge base at `home`. Raises KbError when there is none, unless it is to be created."""
    if create:
        home.create()
    elif not home.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one with: kb ingest PATH")
    catalog = Catalog(home.catalog)
    return KnowledgeBase(home, settings, catalog, Index(home, catalog, notify), notify)


def open_empty(home: Home, settings: Settings) -> KnowledgeBase:
    """A knowledge base with nothing in it that leaves no trace: what a dry run compares with when there is none yet."""
    catalog = Catalog(Path(":memory:"))
    return KnowledgeBase(home, settings, catalog, Index(home, catalog), silent)


def settle(kb: KnowledgeBase) -> None:
    """Catch up what an interrupted run left, if nobody else is writing. Called by every command that reads."""
    if kb.catalog.pending():
        with kb.home.writing_if_free() as held:
            if held:
                try:
                    kb.index.catch_up()
                except KbError as error:
                    kb.notify(f"what was ingested last is not searchable yet: {error}")
