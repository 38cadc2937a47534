"""The ingest pipeline: Source -> Document -> Passage -> catalog -> projections."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ingest.prepare import Failed, Order, Prepared, Same, document_id
from ingest.sources import Source, check_paths, source_name, vanished, walk
from ingest.workers import Outcome, Workers
from kb.catalog import Entry, Fingerprint, SkipRecord
from kb.knowledge import KnowledgeBase
from kb.types import Kind, Skip

# Raise it when readers or the splitter change what they give: every file is then read again.
READING_VERSION = 1
_SECONDS_PER_FILE = 60.0
_PASSAGES_PER_BATCH = 2000
_PASSAGES_PER_PUBLICATION = 50_000  # a long run is searchable, and safe from redoing, in stages
_SETTLED_NS = 2_000_000_000

Progress = Callable[[int, int, str], None]


@dataclass
class Report:
    """What an ingest did, or with a dry run would do. `passages` counts the whole knowledge base afterwards."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    seconds: float = 0.0
    skipped: list[Skip] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the walk found that there is to do."""

    sources: dict[str, Source]
    orders: list[Order]
    recipes: dict[str, str]
    gone: list[str]
    forgotten: list[str]


def ingest(
    kb: KnowledgeBase,
    paths: Sequence[Path],
    *,
    kind: Kind | None = None,
    meta: Mapping[str, str] | None = None,
    dry_run: bool = False,
    keep_missing: bool = False,
    progress: Progress = lambda done, total, source: None,
) -> Report:
    """Bring the knowledge base in step with the files below `paths`. Raises KbError for a path that isn't there.

    Kind and metadata given for a file stick to it: a later run without them keeps them. A file that can't be read is
    skipped with its reason, and what was stored of it before stays, unless it is empty now.
    """
    began = time.perf_counter()
    check_paths(paths)
    report = Report()
    if dry_run:
        _apply(kb, _plan(kb, paths, kind, meta or {}, keep_missing, report), report, progress, store=False)
    else:
        with kb.home.writing(kb.notify):
            _apply(kb, _plan(kb, paths, kind, meta or {}, keep_missing, report), report, progress, store=True)
    report.seconds = time.perf_counter() - began
    return report


def _plan(
    kb: KnowledgeBase,
    paths: Sequence[Path],
    kind: Kind | None,
    meta: Mapping[str, str],
    keep_missing: bool,
    report: Report,
) -> _Plan:
    known = kb.catalog.fingerprints()
    skips = kb.catalog.skips()
    gone = [] if keep_missing else vanished(list(known), paths)
    owners = {name: path for name, path in kb.catalog.sources().items() if path not in gone}
    names = {path: name for name, path in owners.items()}
    sources, orders, recipes = {}, [], {}
    for item in walk(paths, kb.home.path):
        if isinstance(item, Skip):
            report.skipped.append(item)
            continue
        old = known.get(item.path)
        recipe = _recipe(kb, item, kind, meta, old)
        if old and (old.recipe, old.size, old.mtime_ns) == (recipe, item.size, item.mtime_ns):
            report.unchanged += 1
            continue
        skip = skips.get(item.path)
        if skip and (skip.recipe, skip.size, skip.mtime_ns) == (recipe, item.size, item.mtime_ns):
            report.skipped.append(Skip(skip.source, skip.reason))
            continue
        name = names.get(item.path) or source_name(item, owners)
        owners[name], names[item.path] = item.path, name
        sources[item.path], recipes[item.path] = item, recipe
        orders.append(_order(kb, item, name, recipe, old))
    return _Plan(sources, orders, recipes, [known[path].document for path in gone], vanished(list(skips), paths))


def _recipe(
    kb: KnowledgeBase, source: Source, kind: Kind | None, meta: Mapping[str, str], old: Fingerprint | None
) -> str:
    """How a source is read, as canonical JSON: another recipe means reading it again."""
    before = json.loads(old.recipe) if old else {}
    merged = {**before.get("meta", {}), **meta}
    recipe = {
        "version": READING_VERSION,
        "kind": kind or before.get("kind"),
        "meta": {key: value for key, value in merged.items() if value != ""},
        "sidecar": source.sidecar,
        "chars": kb.settings.passage_chars,
    }
    return json.dumps(recipe, ensure_ascii=False, sort_keys=True)


def _order(kb: KnowledgeBase, source: Source, name: str, recipe: str, old: Fingerprint | None) -> Order:
    given = json.loads(recipe)
    return Order(
        path=source.path,
        size=source.size,
        source=name,
        document=old.document if old else document_id(name),
        kind=given["kind"],
        meta=given["meta"],
        embedder=kb.settings.embedder,
        passage_chars=kb.settings.passage_chars,
        max_bytes=int(kb.settings.max_file_mb * 1e6),
        content=old.content if old and old.recipe == recipe else None,
    )


def _apply(kb: KnowledgeBase, plan: _Plan, report: Report, progress: Progress, *, store: bool) -> None:
    """Carry out the plan, or with `store` off only count what it would do."""
    sizes = {document.id: passages for document, passages, _ in kb.catalog.overview()}
    for document in plan.gone:
        del sizes[document]
    known = set(sizes)
    report.removed = len(plan.gone)
    with Workers(plan.orders, _SECONDS_PER_FILE) as workers:
        if store:
            kb.catalog.remove(plan.gone)
            kb.catalog.forget_skips(plan.forgotten)
            kb.index.catch_up(
                more=True
            )  # what an earlier run left; opening the engines takes as long as the workers' start
        fresh: dict[str, Entry] = {}
        since_published = 0
        for done, (order, outcome) in enumerate(workers.outcomes(), start=1):
            progress(done, len(plan.orders), order.source)
            _count(report, sizes, known, order, outcome)
            if store:
                fresh |= _store(kb, order, outcome, plan.sources[order.path], plan.recipes[order.path])
                if len(fresh) >= _PASSAGES_PER_BATCH:
                    since_published += len(fresh)
                    kb.index.catch_up(fresh, more=since_published < _PASSAGES_PER_PUBLICATION)
                    since_published %= _PASSAGES_PER_PUBLICATION
                    fresh.clear()
        if store:
            kb.index.catch_up(fresh)
    report.passages = sum(sizes.values())


def _count(report: Report, sizes: dict[str, int], known: set[str], order: Order, outcome: Outcome) -> None:
    """Add one outcome to the report, and to the number of passages by document."""
    match outcome:
        case Failed(skip, gone):
            report.skipped.append(skip)
            if gone and sizes.pop(order.document, None) is not None:
                report.removed += 1
        case Same():
            report.unchanged += 1
        case Prepared():
            report.updated += order.document in known
            report.added += order.document not in known
            sizes[order.document] = len(outcome.words)


def _store(kb: KnowledgeBase, order: Order, outcome: Outcome, source: Source, recipe: str) -> dict[str, Entry]:
    """Put one outcome into the catalog; gives the entries of its passages, for the projections."""
    match outcome:
        case Failed(skip, gone, lasting):
            if lasting:
                record = SkipRecord(source.size, _settled(source), recipe, order.source, skip.reason)
                kb.catalog.set_skip(order.path, record)
            if gone:
                kb.catalog.remove([order.document])
            return {}
        case Same():
            kb.catalog.touch(order.path, source.size, _settled(source))
            return {}
        case Prepared(stored, content, cut, vectors, embedder):
            fingerprint = Fingerprint(stored.document.id, source.size, _settled(source), content, recipe)
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            kb.catalog.replace(stored, fingerprint, vectors, embedder, now)
            return {row[0]: Entry(row[0], w, v) for row, w, v in zip(stored.passages, cut, vectors, strict=True)}


def _settled(source: Source) -> int:
    """The mtime to remember; 0 for a file changed just now: its next change might leave size and mtime as they are."""
    return source.mtime_ns if time.time_ns() - source.mtime_ns > _SETTLED_NS else 0
