"""FAQ entries as sources: Verdict -> FAQ entry -> Document -> Passage, so that the loop
closes through ingest.

The journal is their truth; the catalog holds of each entry its newest version, read like any FAQ.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

from ingest.assembly import assemble, document_id, joined
from ingest.metadata import sound
from ingest.parsed import Block, Parsed, Unreadable
from ingest.plan import READING_VERSION
from ingest.prepare import Order
from kb.catalog.rows import Entry, Fingerprint
from kb.catch_up import embed
from kb.errors import KbError
from kb.faq import path
from kb.journal import Journal
from kb.journal.ids import text_hash
from kb.knowledge import KnowledgeBase
from kb.types import FAQ_PREFIX, Anchor, FaqEntry

MOST_AT_ONCE = 64  # entries: about a second of work, most of it embedding


def publish(kb: KnowledgeBase, journal: Journal) -> int:
    """Bring the catalog in step with the FAQ entries, and make them searchable. Gives how many had
    changed.

    Takes the one-writer lock only when there is something to do. Raises KbError.
    """
    if not any(_changes(kb, journal)):
        return 0
    with kb.home.writing(kb.notify):
        return _publish(kb, journal)


def publish_if_free(kb: KnowledgeBase, journal: Journal) -> int:
    """Publish some of what a process that died left undone, if nobody else is writing: at most
    `MOST_AT_ONCE` entries, about a second of work. Gives how many. Raises KbError.
    """
    with kb.home.writing_if_free() as is_held:
        return _publish(kb, journal, MOST_AT_ONCE) if is_held else 0


def _publish(kb: KnowledgeBase, journal: Journal, most: int | None = None) -> int:
    gone, changed = _changes(kb, journal)
    if not gone and not changed:
        return 0
    fresh: dict[str, Entry] = {}
    left = list(changed)
    stored = 0
    while left and (most is None or stored < most):
        entry = left.pop(0)
        try:
            fresh |= _store(kb, entry)
            stored += 1
        except Unreadable as error:
            # Its earlier version is not what reviewers stand behind any more.
            gone.append(document_id(_source(entry)))
            kb.notify(
                f"the FAQ entry {entry.id} can't be found: {error}; change it with: kb faq edit {entry.id}"
            )
    kb.catalog.remove(gone)
    _embed(kb, list(fresh))
    kb.index.catch_up(fresh)
    if left:
        kb.notify(f"{len(left)} FAQ entries are not searchable yet; the next command goes on")
    return len(gone) + len(changed) - len(left)


def _embed(kb: KnowledgeBase, ids: list[str]) -> None:
    """Embed these passages before they are published, ahead of others that wait and may be many."""
    if kb.embedder is None or not ids:
        return
    try:
        kb.catalog.fill(*embed(kb.catalog, kb.embedder, ids), kb.embedder.name)
    except KbError as error:
        kb.notify(
            f"{len(ids)} passages wait for their vectors, and are found by words and sketches: {error}"
        )


def _changes(kb: KnowledgeBase, journal: Journal) -> tuple[list[str], list[FaqEntry]]:
    """The documents of entries that are gone, and the entries of which the catalog lacks the newest
    version, or has it as an older kb read it.

    `kb.faq.behind`, which every question calls, looks only for versions that the catalog lacks.
    """
    known = kb.catalog.fingerprints(FAQ_PREFIX)
    entries = {path(entry.id): entry for entry in journal.faq.entries()}
    gone = [fingerprint.document for where, fingerprint in known.items() if where not in entries]
    recipes = {where: fingerprint.recipe for where, fingerprint in known.items()}
    return gone, [
        entry for where, entry in entries.items() if recipes.get(where) != _recipe(kb, entry)
    ]


def _recipe(kb: KnowledgeBase, entry: FaqEntry) -> str:
    """The recipe of a document, by which the catalog's is known to be this version, read by this
    kb.
    """
    recipe = {
        "version": READING_VERSION,
        "faq": entry.version,
        "at": entry.at,
        "chars": kb.settings.passage_chars,
    }
    if kb.masking:
        recipe["masking"] = kb.masking.digest
    return json.dumps(recipe, sort_keys=True)


def _source(entry: FaqEntry) -> str:
    return f"faq/{entry.id}"


def _store(kb: KnowledgeBase, entry: FaqEntry) -> dict[str, Entry]:
    source = _source(entry)
    meta = {"reviewed": entry.at[:10]}
    order = Order(path(entry.id), 0, source, document_id(source), "faq", meta, kb.settings)
    outcome = joined(
        list(assemble(order, [_read(entry)], meta, text_hash(entry.answer), kb.redactor))
    )
    fingerprint = Fingerprint(order.document, 0, 0, outcome.content, _recipe(kb, entry))
    kb.catalog.replace(
        outcome.stored,
        fingerprint,
        outcome.sketches,
        datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return {
        row[0]: Entry(row[0], words)
        for row, words in zip(outcome.stored.passages, outcome.words, strict=True)
    }


def _read(entry: FaqEntry) -> Parsed:
    """An entry as a reader gives it: its text is the answer, all of it; how else one may ask is
    found, never cited.
    """
    anchor = Anchor("faq", 1, entry.answer.count("\n") + 1, entry=entry.id)
    block = Block(0, len(entry.answer), 1, (entry.question,), anchor, context="\n".join(entry.also))
    return sound(Parsed(entry.answer, (block,), "faq", entry.question))
