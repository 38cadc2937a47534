"""All that forgetting changes in a home: worked out first, then written, and nothing left behind."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb.audit import AUDIT_FILE, AuditLog
from kb.catch_up import all_section_names, fill_in
from kb.erasure.catalog_changes import CatalogChanges, catalog_changes
from kb.erasure.journal_changes import JournalChanges, JournalErasure
from kb.erasure.rules import Rules
from kb.erasure.text_cells import Row, mask_cells
from kb.faq import path as entry_path
from kb.home import Home
from kb.journal.migrations import MIGRATIONS
from kb.knowledge import KnowledgeBase
from kb.posts import POSTS_FILE
from kb.projections import PROJECTIONS
from kb.sqlite import connect, connect_as_is, rewrite, transaction

_OWN_WAY = ("catalog.sqlite3", "journal.sqlite3", AUDIT_FILE)
_DICTIONARIES = "glossary-"


@dataclass(slots=True)
class HomeChanges:
    """What goes from a home, and what is masked in it."""

    catalog: CatalogChanges
    journal: JournalChanges = field(default_factory=JournalChanges)
    masked_elsewhere: int = 0
    blanked: int = 0

    def __bool__(self) -> bool:
        return bool(self.catalog or self.journal)


def home_changes(kb: KnowledgeBase, rules: Rules) -> HomeChanges:
    """What the rules change in a home as it is now; nothing is written."""
    changes = HomeChanges(catalog_changes(kb.catalog, rules))
    if kb.home.journal.exists():
        with closing(connect(kb.home.journal, MIGRATIONS, synchronous="FULL")) as db:
            erasure = JournalErasure(db, kb.home.journal, rules, changes.catalog.gone)
            changes.journal = erasure.changes()
    _add_entries(kb, changes)
    return changes


def erase(kb: KnowledgeBase, rules: Rules) -> HomeChanges:
    """Take what the rules say out of a home: journal, catalog, other stores, indexes. The caller
    holds the one-writer lock. What was interrupted is done by doing it again.

    The journal goes first: what it quotes is known by the catalog as it was.
    """
    changes = HomeChanges(catalog_changes(kb.catalog, rules))
    if kb.home.journal.exists():
        _erase_journal(kb.home, rules, changes)
    _add_entries(kb, changes)
    changes.catalog.write(kb.catalog, kb.catalog.fingerprints(), rules)
    _erase_posts(kb.home, changes.journal.exchanges)

    def masked(value: Any, row: Row) -> Any:
        return rules.masked_value(value)

    for path in other_stores(kb.home.path):
        with closing(connect_as_is(path)) as db, transaction(db, path):
            changes.masked_elsewhere += mask_cells(db, masked, rules.masked)
    if (kb.home.path / AUDIT_FILE).exists():
        changes.blanked = AuditLog(kb.home.path).blank(rules.is_person)
    return changes


def erase_journal(home: Home, rules: Rules) -> JournalChanges:
    """Take what the rules say out of the journal alone, as after an import."""
    changes = HomeChanges(CatalogChanges())
    _erase_journal(home, rules, changes)
    return changes.journal


def rebuild(kb: KnowledgeBase) -> None:
    """Build all that is made from the catalog anew, and drop what it was made from before."""
    titled = kb.catalog.passages_with_titles(kb.catalog.passage_ids())
    kb.catalog.forget_other_headings(all_section_names(titled))
    fill_in(kb)
    for name in PROJECTIONS:
        kb.index.rebuild(name)


def purge(home: Path) -> None:
    """Write every store of a home anew, so that nothing deleted is left in files and logs."""
    for path in sorted(home.glob("*.sqlite3")):
        if not path.name.startswith(_DICTIONARIES):
            rewrite(path)


def other_stores(home: Path) -> Iterator[Path]:
    """The stores of a home that are masked cell by cell, the ledger's receipts among them."""
    for path in sorted(home.glob("*.sqlite3")):
        if path.name not in _OWN_WAY and not path.name.startswith(_DICTIONARIES):
            yield path


def _erase_journal(home: Home, rules: Rules, changes: HomeChanges) -> None:
    with closing(connect(home.journal, MIGRATIONS, synchronous="FULL")) as db:
        found = changes.catalog
        erasure = JournalErasure(db, home.journal, rules, found.gone, found.renamed)
        changes.journal = erasure.changes()
        erasure.write(changes.journal)


def _add_entries(kb: KnowledgeBase, changes: HomeChanges) -> None:
    """Let the documents of FAQ entries that go, go too."""
    known = {document.id for document in changes.catalog.removed}
    for entry in sorted(changes.journal.entries):
        for document in kb.catalog.documents_called(entry_path(entry)):
            if document.id not in known:
                changes.catalog.removed.append(document)
    removed = {document.id for document in changes.catalog.removed}
    changes.catalog.changed = [
        each for each in changes.catalog.changed if each.before.id not in removed
    ]


def _erase_posts(home: Home, exchanges: Collection[str]) -> None:
    """Drop what bots know of the messages that were answers of these exchanges."""
    path = home.path / POSTS_FILE
    if not path.exists():
        return
    with closing(connect_as_is(path)) as db, transaction(db, path):
        rows = [(name,) for name in exchanges]
        db.executemany("DELETE FROM posts WHERE exchange = ?", rows)
