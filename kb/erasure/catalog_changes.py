"""What forgetting changes in the catalog, worked out before anything is written: documents that go
whole, and documents of which passages are changed.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from kb.catalog import Catalog
from kb.catalog.rows import Fingerprint, Stored, passage_key, to_store
from kb.catalog.stored_values import dump
from kb.erasure.passages import forgotten_turns, rewritten, together
from kb.erasure.rules import Rules
from kb.journal.ids import text_hash
from kb.revisions import Revision
from kb.types import FAQ_PREFIX, Document, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ChangedDocument:
    """A document as it will be, and the passages that it will have, each with the one that it was
    made of.
    """

    before: Document
    after: Document
    passages: tuple[tuple[Passage, Passage], ...]


@dataclass(slots=True)
class CatalogChanges:
    """All that forgetting does to the catalog. `gone` are passages that nothing is left of, of all
    documents; `renamed` gives the new ids and text hashes of those that change, by the old ones.
    `digests` are keyed hashes of the passages as they were, for the receipt, and `turns` counts
    what speakers said.
    """

    removed: list[Document] = field(default_factory=list)
    changed: list[ChangedDocument] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)
    digests: list[str] = field(default_factory=list)
    turns: int = 0

    def __bool__(self) -> bool:
        return bool(self.removed or self.changed)

    @property
    def absent(self) -> set[str]:
        """The ids that no passage is to have any more. What says the same as one that goes may get
        its id, which is a hash of that.
        """
        return self.gone - {now.id for each in self.changed for _, now in each.passages}

    def write(
        self, catalog: Catalog, fingerprints: Mapping[str, Fingerprint], rules: Rules
    ) -> None:
        """Carry them out, each document in one transaction; skipped files that go by a forgotten
        name are no longer listed. The caller holds the one-writer lock.
        """
        catalog.remove([document.id for document in self.removed])
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for changed in self.changed:
            fingerprint = fingerprints[changed.before.path]
            recipe = dump(rules.masked_value(json.loads(fingerprint.recipe)))
            if recipe == dump(json.loads(fingerprint.recipe)):
                recipe = fingerprint.recipe  # byte for byte, or the file is read again
            else:
                recipe = json.dumps(json.loads(recipe), ensure_ascii=False, sort_keys=True)
            stored = _stored(catalog, changed, rules)
            sketches = _sketches(changed)
            catalog.replace(stored, replace(fingerprint, recipe=recipe), sketches, now)
        skips = catalog.skips()
        catalog.forget_skips(
            path
            for path, skip in skips.items()
            if rules.source_date(path) or rules.is_person(skip.source)
        )


def catalog_changes(catalog: Catalog, rules: Rules) -> CatalogChanges:
    """What the rules change in the catalog as it is now."""
    changes = CatalogChanges()
    contents = {each.document: each.content for each in catalog.fingerprints().values()}
    for document in catalog.documents():
        if forgotten_whole(document, rules, contents.get(document.id, "")):
            _remove(changes, catalog, document, rules)
        elif rules.changes_texts:
            _change(changes, catalog, document, rules)
    return changes


def forgotten_whole(document: Document, rules: Rules, content: str = "") -> bool:
    """Whether a document goes whole: by its path or the hash of its file, its author, its date, or a
    forgotten name in the name of its source.
    """
    if document.path.startswith(FAQ_PREFIX):
        return False  # the journal has the entry, and says what becomes of it
    return bool(
        rules.source_date(document.path, content)
        or rules.author_date(document.meta)
        or rules.in_period(str(document.meta.get("date") or ""))
        or rules.is_person(document.source)
    )


def _remove(changes: CatalogChanges, catalog: Catalog, document: Document, rules: Rules) -> None:
    passages = catalog.passages_of(document.id)
    changes.removed.append(document)
    changes.gone.update(passage.id for passage in passages)
    changes.digests += (rules.digest(f"{passage.id}\0{passage.text}") for passage in passages)


def _change(changes: CatalogChanges, catalog: Catalog, document: Document, rules: Rules) -> None:
    passages = catalog.passages_of(document.id)
    cuts = {passage.id: forgotten_turns(passage, rules) for passage in passages}
    unsaid = [p.text[start:end].strip() for p in passages for start, end in cuts[p.id]]
    cut_out = together(unsaid)
    pairs = [(p, rewritten(p, rules, cut_out)) for p in passages]
    after = replace(
        document,
        title=rules.masked(document.title),
        meta=rules.masked_value(dict(document.meta)),
    )
    if after == document and all(p == new for p, new in pairs):
        return
    changes.turns += len(unsaid)
    kept = tuple((p, new) for p, new in pairs if new is not None)
    lost = [p for p, new in pairs if new is None]
    changes.gone.update(p.id for p in lost)
    changes.digests += (rules.digest(f"{p.id}\0{p.text}") for p, new in pairs if p != new)
    if not kept:
        changes.removed.append(document)
        return
    numbered = tuple(_numbered(document.id, kept))
    changes.changed.append(ChangedDocument(document, after, numbered))
    for before, now in numbered:
        if before.text != now.text or before.id != now.id:
            changes.renamed[before.id] = now.id
            changes.renamed[text_hash(before.text)] = text_hash(now.text)


def _numbered(
    document: str, pairs: tuple[tuple[Passage, Passage], ...]
) -> Iterator[tuple[Passage, Passage]]:
    """The passages with the ids and places in the order that they have now: an id is a hash of
    what the passage says.
    """
    copies: Counter[str] = Counter()
    for ordinal, (before, now) in enumerate(pairs):
        key = passage_key(document, now.headings, now.text)
        copies[key] += 1
        number = f"-{copies[key]}" if copies[key] > 1 else ""
        yield before, replace(now, id=f"p_{key}{number}", ordinal=ordinal)


def _stored(catalog: Catalog, changed: ChangedDocument, rules: Rules) -> Stored:
    """The document with its passages, tables and revisions in the form that the catalog takes."""
    ids = {before.id: now.id for before, now in changed.passages}
    tables = catalog.tables_of(changed.before.id)
    rows = [
        (table.number, ordinal, replace(row, cells=tuple(map(rules.masked, row.cells)), passage=ids[row.passage]))
        for table in tables
        for ordinal, row in enumerate(catalog.rows_of(table))
        if row.passage in ids
    ]  # fmt: skip
    masked = [
        replace(
            table,
            caption=rules.masked(table.caption),
            columns=tuple(map(rules.masked, table.columns)),
        )
        for table in tables
    ]
    revisions = [
        Revision(link.kind, ids[link.earlier], ids[link.later], link.at)
        for link in catalog.revised_by(ids)
        if link.earlier in ids
    ]
    return to_store(changed.after, [now for _, now in changed.passages], masked, rows, revisions)


def _sketches(changed: ChangedDocument) -> NDArray[np.int8]:
    from kb.embedders import embedded_text
    from kb.embedders.built_in import StaticEmbedder, sketches

    title = changed.after.title
    return sketches(
        StaticEmbedder().passages(
            [embedded_text(title, p.headings, p.text, p.context) for _, p in changed.passages]
        )
    )
