"""Curated FAQ entries as sources: Verdict -> FAQ entry -> Document -> Passage, so that the loop closes through ingest.

The journal is their truth; the catalog holds of each entry its newest version, read like any FAQ.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from ingest.pipeline import READING_VERSION
from ingest.prepare import Order, Prepared, document_id, prepare
from kb.catalog import Entry, Fingerprint
from kb.errors import KbError
from kb.filling import fill_in
from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.types import CURATED, FaqEntry


def publish(kb: KnowledgeBase, journal: Journal) -> int:
    """Bring the catalog in step with the curated entries, and make them searchable. Gives how many had changed.

    Takes the one-writer lock only when there is something to do.
    """
    if not _behind(kb, journal):
        return 0
    with kb.home.writing(kb.notify):
        known = _known(kb)
        entries = {_path(entry): entry for entry in journal.faq.entries()}
        gone = [fingerprint.document for path, fingerprint in known.items() if path not in entries]
        kb.catalog.remove(gone)
        changed = {path: entry for path, entry in entries.items() if not _is_current(kb, known.get(path), entry)}
        fresh: dict[str, Entry] = {}
        for entry in changed.values():
            fresh |= _store(kb, entry)
        kb.index.catch_up(fresh)
        fill_in(kb)
    return len(gone) + len(changed)


def _behind(kb: KnowledgeBase, journal: Journal) -> bool:
    known = _known(kb)
    entries = journal.faq.entries()
    return len(known) != len(entries) or any(not _is_current(kb, known.get(_path(e)), e) for e in entries)


def _known(kb: KnowledgeBase) -> dict[str, Fingerprint]:
    return {path: each for path, each in kb.catalog.fingerprints().items() if path.startswith(CURATED)}


def _is_current(kb: KnowledgeBase, known: Fingerprint | None, entry: FaqEntry) -> bool:
    return known is not None and known.recipe == _recipe(kb, entry)


def _recipe(kb: KnowledgeBase, entry: FaqEntry) -> str:
    """What tells whether the catalog has this version, read as it is read now."""
    recipe = {"version": READING_VERSION, "faq": entry.version, "at": entry.at, "chars": kb.settings.passage_chars}
    return json.dumps(recipe, sort_keys=True)


def _path(entry: FaqEntry) -> str:
    return f"{CURATED}{entry.id}.md"


def _store(kb: KnowledgeBase, entry: FaqEntry) -> dict[str, Entry]:
    text = f"---\nquestion: {json.dumps(entry.question, ensure_ascii=False)}\nid: {entry.id}\n---\n\n{entry.answer}\n"
    source = f"faq/{entry.id}"
    order = Order(
        path=_path(entry),
        size=0,
        source=source,
        document=document_id(source),
        kind="faq",
        meta={"reviewed": entry.at[:10]},
        settings=kb.settings,
        data=text.encode("utf-8", "replace"),
    )
    ((_, outcome),) = prepare(order)
    if not isinstance(outcome, Prepared):
        raise KbError(f"the FAQ entry {entry.id} can't be read: {outcome}", f"kb faq edit {entry.id}")
    fingerprint = Fingerprint(order.document, 0, 0, outcome.content, _recipe(kb, entry))
    kb.catalog.replace(outcome.stored, fingerprint, outcome.sketches, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return {row[0]: Entry(row[0], words) for row, words in zip(outcome.stored.passages, outcome.words, strict=True)}
