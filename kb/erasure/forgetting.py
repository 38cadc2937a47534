"""Forgetting a source, a person, an author or a time: planned, kept in the ledger, carried out,
proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kb.audit import AuditLog
from kb.catalog.inspection import Inspection
from kb.erasure.catalog_changes import forgotten_whole
from kb.erasure.changes import (
    HomeChanges,
    erase,
    erase_journal,
    home_changes,
    purge,
    rebuild,
)
from kb.erasure.folding import folded_name
from kb.erasure.ledger import LEDGER_FILE, Ledger, rules_of
from kb.erasure.ledger_copy import adopt_copy, keep_copy
from kb.erasure.probe import Needles, Trace, traces
from kb.erasure.rules import Entry, Rules, named
from kb.errors import KbError, UsageError
from kb.home import Home
from kb.knowledge import KnowledgeBase
from kb.privacy.spans import FORGOTTEN
from kb.sqlite import rewrite
from kb.types import Document

_SHORTEST_NAME = 2
_NEEDLE = 48  # characters of a passage that are looked for in raw bytes
_MOST_NEEDLES = 40


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be forgotten. `names` are source names that no document has any more."""

    documents: tuple[Document, ...] = ()
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """What forgetting a target would change, by which entries, and what is to be found no more."""

    entries: tuple[Entry, ...]
    rules: Rules
    changes: HomeChanges
    needles: Needles


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was done: by which run, when and by whom, counts, keyed hashes of what went, and what the
    probe found. It names nothing that was forgotten.
    """

    id: str
    at: str
    by: str | None
    entries: tuple[dict[str, str], ...]
    counts: Mapping[str, int]
    digests: tuple[str, ...] = ()
    traces: tuple[Trace, ...] = field(default=())

    def json(self) -> dict[str, Any]:
        """The receipt as it is kept and shown."""
        found = [{"part": trace.part, "about": trace.about} for trace in self.traces]
        return {
            "id": self.id,
            "at": self.at,
            "by": self.by,
            "forgotten": list(self.entries),
            "counts": dict(self.counts),
            "digests": list(self.digests),
            "probe": {"clean": not found, "traces": found},
        }


def planned(kb: KnowledgeBase, target: Target) -> Plan:
    """What forgetting a target would change; nothing is written. Raises UsageError."""
    with closing(Ledger(Path(":memory:"))) as ledger:
        return _plan(kb, ledger, target)


def forget(
    kb: KnowledgeBase,
    target: Target,
    by: str | None,
    look: Callable[[KnowledgeBase, Plan], Iterable[Trace]] = lambda kb, plan: (),
) -> Receipt:
    """Forget a target: when this returns, nothing of it is in the home but what the receipt's traces
    name, to which `look` adds what it finds. Raises UsageError, KbError.

    The ledger is written first: a process that is killed on the way leaves it to the next command
    that writes, or to `kb doctor --repair`.
    """
    with kb.home.writing(kb.notify):
        _check_sound(kb)
        adopt_copy(kb.home.path)
        go_on(kb)
        with closing(Ledger(kb.home.path / LEDGER_FILE)) as ledger:
            plan = _plan(kb, ledger, target)
            run = ledger.begin(plan.entries)
            keep_copy(kb.home.path)
            erase(kb, plan.rules)
            rebuild(kb)
            erase(kb, plan.rules)  # what was asked and answered meanwhile
            purge(kb.home.path)
            found = traces(kb, plan.rules, plan.needles, plan.changes.catalog.gone)
            receipt = _receipt(run, by, plan, [*found, *look(kb, plan)])
            ledger.finish(run, receipt.json())
        _note(kb, receipt)
    return receipt


def go_on(kb: KnowledgeBase, is_new: bool = False) -> bool:
    """Carry an interrupted run to its end, or with `is_new` apply a ledger that came from elsewhere.
    Gives whether there was one. The caller holds the one-writer lock.
    """
    path = kb.home.path / LEDGER_FILE
    if not path.exists():
        return False
    with closing(Ledger(path)) as ledger:
        if not (is_new or ledger.is_unfinished()):
            return False
        rules = ledger.rules()
        run = ledger.begin(())
        changes = home_changes(kb, rules)
        erase(kb, rules)
        rebuild(kb)
        purge(kb.home.path)
        found = traces(kb, rules, Needles(), changes.catalog.gone)
        receipt = _receipt(run, None, Plan((), rules, changes, Needles()), found)
        ledger.finish(run, receipt.json())
    _note(kb, receipt)
    return True


def keep_out(home: Home) -> None:
    """Take out of the journal what came into it, as by an import, and was forgotten before. Raises
    KbError.
    """
    rules = rules_of(home.path)
    if rules and home.journal.exists():
        erase_journal(home, rules)
        rewrite(home.journal)


def lift(home: Home, name: str) -> Entry:
    """Take back the entry whose id is `name` or, alone of all, begins with it. Raises KbError."""
    with home.writing(), closing(Ledger(home.path / LEDGER_FILE)) as ledger:
        entry = ledger.lift(name)
    keep_copy(home.path)
    return entry


def _note(kb: KnowledgeBase, receipt: Receipt) -> None:
    """Keep in the audit log that a run was carried out, and how much went."""
    detail = {"run": receipt.id, "traces": len(receipt.traces), **receipt.counts}
    AuditLog(kb.home.path).append("forget", receipt.by, detail)


def _plan(kb: KnowledgeBase, ledger: Ledger, target: Target) -> Plan:
    for name in (*target.people, *target.authors):
        _check_name(name)
    key = ledger.key
    entries = [*_source_entries(kb, ledger, target), *map(ledger.person, target.people)]
    entries += map(ledger.author, target.authors)
    if target.since or target.until:
        entries.append(ledger.period(target.since, target.until))
    rules = Rules(key, entries, target.people)
    whole = [d for d in kb.catalog.documents() if forgotten_whole(d, rules)]
    known = {document.id for document in target.documents}
    others = [document for document in whole if document.id not in known]
    # What a later ingest could no longer tell by itself, such as an author given on the command line
    entries += _entries_of(kb, ledger, others)
    rules = Rules(key, entries, target.people)
    changes = home_changes(kb, rules)
    return Plan(tuple(entries), rules, changes, _needles(kb, target, rules, changes))


def _check_sound(kb: KnowledgeBase) -> None:
    """Raise KbError where documents are damaged: what can't be read can't be looked through."""
    with closing(Inspection(kb.home.catalog, kb.notify)) as inspection:
        if inspection.damages():
            raise KbError(
                "documents are damaged, and what can't be read can't be looked through",
                "first: kb doctor --repair",
            )


def _check_name(name: str) -> None:
    folded = folded_name(name)
    if len(folded) < _SHORTEST_NAME or folded == FORGOTTEN.strip("[]"):
        raise UsageError(f"{name!r} is no name to forget", "give the whole name")


def _source_entries(kb: KnowledgeBase, ledger: Ledger, target: Target) -> list[Entry]:
    entries = _entries_of(kb, ledger, target.documents)
    return [*entries, *(ledger.source([named(name)]) for name in target.names)]


def _entries_of(kb: KnowledgeBase, ledger: Ledger, documents: Iterable[Document]) -> list[Entry]:
    """An entry for each document: its path, its name, and the hash of its file."""
    content = {each.document: each.content for each in kb.catalog.fingerprints().values()}
    return [
        ledger.source([document.path, named(document.source), content.get(document.id, "")])
        for document in documents
    ]


def _needles(kb: KnowledgeBase, target: Target, rules: Rules, changes: HomeChanges) -> Needles:
    """What the bytes of the home are searched for afterwards: names as they are spelt in it, and
    slices of passages that go and stand in no other.
    """
    spelt = set(target.people)
    for changed in changes.catalog.changed:
        for before, _ in changed.passages:
            spelt.update(before.text[a:b] for a, b in rules.spans(before.text))
    removed = [d.id for d in changes.catalog.removed]
    slices = [
        passage.text[len(passage.text) // 4 :].strip()[:_NEEDLE].split("\n")[0]
        for document in removed
        for passage in kb.catalog.passages_of(document)
    ]
    long = [text for text in slices if len(text.encode()) >= _NEEDLE // 2]
    step = max(1, len(long) // _MOST_NEEDLES)
    texts = {*long[::step], *(document.path for document in target.documents)}
    left = {d.id for d in kb.catalog.documents()} - set(removed)
    for document in left if texts else ():
        for passage in kb.catalog.passages_of(document):
            texts -= {text for text in texts if text in passage.text}
    return Needles(tuple(sorted(spelt)), tuple(sorted(texts)))


def _receipt(run: str, by: str | None, plan: Plan, found: list[Trace]) -> Receipt:
    now = datetime.now(UTC).isoformat(timespec="seconds")
    entries = tuple({"id": entry.id, "kind": entry.kind} for entry in plan.entries)
    catalog, journal = plan.changes.catalog, plan.changes.journal
    digests = tuple(sorted({*catalog.digests, *journal.digests}))
    by = None if plan.rules.is_person(by) else by
    return Receipt(run, now, by, entries, counts(plan.changes), digests, tuple(found))


def counts(changes: HomeChanges) -> dict[str, int]:
    """How much goes, by what it is."""
    return {
        "sources": len(changes.catalog.removed),
        "changed_sources": len(changes.catalog.changed),
        "passages": len(changes.catalog.gone),
        "turns": changes.catalog.turns,
        "exchanges": len(changes.journal.exchanges),
        "verdicts": len(changes.journal.verdicts),
        "decisions": len(changes.journal.decisions),
        "faq": len(changes.journal.entries),
    }
