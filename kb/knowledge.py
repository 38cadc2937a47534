"""An open knowledge base: its home, settings, catalog and index together, for the pipelines to work
on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from kb.backends import open_embedder, open_serving
from kb.catalog import Catalog
from kb.embedders import Embedder
from kb.errors import KbError
from kb.glossary import Glossary, glossary
from kb.home import Home, Notify, cache_folder, silent
from kb.index import Index
from kb.settings import Settings

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.journal.reviews import Misfit
    from kb.privacy.redactor import Masking, Redactor
    from kb.sight import Sight

_WITHOUT_JOURNAL = (
    "the journal can't be used, so nothing is logged and what reviewers decided is not heard: {}"
)


@dataclass(frozen=True)
class KnowledgeBase:
    """What `open_knowledge_base` gives. `notify` takes lines meant for the user; the core itself
    never prints.

    `embedder` made the vectors of the dense index; it is None when the settings don't lead to it
    any more. With a `sight`, all of it holds only what that leaves to see (`kb.visibility`), and it
    can be read, asked and commented on, but nothing can be added to its sources.
    """

    home: Home
    settings: Settings
    catalog: Catalog
    index: Index
    embedder: Embedder | None
    notify: Notify
    sight: Sight | None = None

    @cached_property
    def glossary(self) -> Glossary | None:
        """Translations for questions; None where they can be neither made nor read."""
        return glossary([cache_folder(), self.home.path], self.notify)

    @cached_property
    def languages(self) -> frozenset[str]:
        """The languages of the documents when first asked for."""
        return self.catalog.languages()

    @cached_property
    def stale(self) -> Mapping[str, str]:
        """The passages that reviewers called bad sources, by id the hash of the text that they saw."""
        return self.journal.reviews.stale() if self.journal else {}

    @cached_property
    def misfits(self) -> Sequence[Misfit]:
        """The FAQ entries that reviewers called bad sources, each with the question it was for."""
        return self.journal.reviews.misfits() if self.journal else ()

    @cached_property
    def journal(self) -> Journal | None:
        """The journal; None where there is none yet, and where it is damaged, with one notice.

        Whether it is damaged is tried by reading what every question reads; nothing is written to
        one that fails.
        """
        if not self.home.journal.exists():
            return None
        from kb.journal import open_journal

        try:
            journal = open_journal(self.home.journal, self.settings, self.sight)
            journal.reviews.misfits()
            journal.faq.newest()
        except KbError as error:
            self.notify(_WITHOUT_JOURNAL.format(error))
            return None
        return journal

    @cached_property
    def masking(self) -> Masking | None:
        """What is masked in all that is stored here, and with which key; None for nothing. Raises
        KbError.
        """
        if not self.settings.privacy_mask:
            return None
        from kb.privacy.masking import masking

        return masking(self.home.path, self.settings.privacy_mask)

    @cached_property
    def redactor(self) -> Redactor | None:
        """What masks by it; None where nothing is masked. Raises KbError."""
        if self.masking is None:
            return None
        from kb.privacy.redactor import Redactor

        return Redactor(self.masking)

    def renewed(self) -> KnowledgeBase:
        """The same knowledge base for a further question: what others decided or ingested since is
        read again, and what takes long to open is kept.
        """
        kept = {name: self.__dict__[name] for name in _SLOW if name in self.__dict__}
        renewed = replace(self)
        renewed.__dict__.update(kept)
        return renewed


_SLOW = ("glossary", "journal")


def open_knowledge_base(
    home: Home, settings: Settings, notify: Notify = silent, *, create: bool = False
) -> KnowledgeBase:
    """Open the knowledge base at `home`. Raises KbError when there is none, unless it is to be
    created.
    """
    if create:
        home.create()
    elif not home.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one with: kb ingest PATH")
    catalog = Catalog(home.catalog, notify)
    serving = catalog.serving()
    if not serving:
        embedder: Embedder | None = open_embedder(settings)
    else:
        embedder = open_serving(settings, serving)
    index = Index(home, catalog, notify, embedder.name if embedder else serving)
    return KnowledgeBase(home, settings, catalog, index, embedder, notify)


def open_empty(home: Home, settings: Settings) -> KnowledgeBase:
    """A knowledge base with nothing in it that leaves no trace: what a dry run compares with when
    there is none yet.
    """
    catalog = Catalog(Path(":memory:"))
    return KnowledgeBase(home, settings, catalog, Index(home, catalog), None, silent)
