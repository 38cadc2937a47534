"""The ingest pipeline: Source -> Document -> Passage -> catalog -> projections, then vectors."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from ingest.archives import archive_of, is_archive
from ingest.assembly import Flag, Prepared
from ingest.connectors import Loaded
from ingest.limits import noted
from ingest.plan import Plan, Wishes, make_plan
from ingest.prepare import Failed, Order, Outcome, Same, Walked
from ingest.sources import Source, check_paths
from ingest.workers import Workers
from kb.audit import UNAUDITED, AuditLog
from kb.catalog.rows import Entry, Fingerprint, SkipRecord
from kb.catch_up import Progress as Filling
from kb.catch_up import fill_in
from kb.erasure.ledger import is_unfinished
from kb.errors import KbError
from kb.knowledge import KnowledgeBase
from kb.missing_sources import missing_names
from kb.stages import stage
from kb.types import Kind, Skip

_PASSAGES_PER_BATCH = 2000
_PASSAGES_PER_PUBLICATION = 50_000  # a long run is searchable, and safe from redoing, in stages
_SETTLED_NS = 2_000_000_000
_NEVER = -1  # as the time of a file that is to be tried again by the next run

Progress = Callable[[int, int, str], None]


@dataclass
class Report:
    """What an ingest did, or with a dry run would do. `passages` counts the whole knowledge base
    afterwards.

    `flagged` are passages, of the files read now, that speak to a language model; they are stored
    like all others. `waiting` passages are found by words and sketches, and have no vector of the
    embedder yet. `missing` are sources, of folders not given now, whose files are gone. `moved`
    counts files that were known at another path, each of them counted as unchanged or updated too.
    `masked` counts what was masked in the files read now, by kind.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    moved: int = 0
    passages: int = 0
    seconds: float = 0.0
    waiting: int = 0
    skipped: list[Skip] = field(default_factory=list)
    flagged: list[Flag] = field(default_factory=list)
    masked: dict[str, int] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)


def ingest(
    kb: KnowledgeBase,
    paths: Sequence[Path],
    *,
    loaded: Sequence[Loaded] = (),
    kind: Kind | None = None,
    meta: Mapping[str, str] | None = None,
    dry_run: bool = False,
    keep_missing: bool = False,
    follow_links: bool = False,
    progress: Progress = lambda done, total, source: None,
    filling: Filling = lambda done, total: None,
    by: str | None = None,
) -> Report:
    """Bring the knowledge base in step with the files below `paths`, and with what connectors
    `loaded`.

    Raises KbError for a path that isn't there.

    Kind and metadata given for a file stick to it: a later run without them keeps them. A file that
    can't be read is skipped with its reason, and what was stored of it before stays, unless it is
    empty now. With `follow_links`, links out of a folder bring what they name (see `LinkPolicy`).
    What changed stands in the audit log as done by `by`.
    """
    began = time.perf_counter()
    check_paths(paths)
    report = Report()
    given = Wishes(kind, meta or {}, keep_missing, follow_links)
    if dry_run:
        _apply(kb, make_plan(kb, paths, loaded, given), report, progress, store=False)
    else:
        with kb.home.writing(kb.notify):
            if is_unfinished(kb.home.path):
                from kb.erasure.forgetting import go_on

                go_on(kb)
            try:
                _apply(kb, make_plan(kb, paths, loaded, given), report, progress, store=True)
            finally:
                _audit(kb, report, by)
            report.waiting = fill_in(
                kb, filling
            )  # everything is searchable by now, and better with each batch
            if not keep_missing:
                report.missing = missing_names(kb.catalog)
    report.seconds = time.perf_counter() - began
    return report


def _audit(kb: KnowledgeBase, report: Report, by: str | None) -> None:
    """Add what an ingest changed to the audit log; a run that changed nothing is not added."""
    names = ("added", "updated", "removed", "moved")
    counts = {name: getattr(report, name) for name in names}
    if any(counts.values()):
        try:
            AuditLog(kb.home.path).append("ingest", by, counts)
        except KbError as error:
            kb.notify(UNAUDITED.format(error=error))


@stage("read")
def _apply(
    kb: KnowledgeBase, plan: Plan, report: Report, progress: Progress, *, store: bool
) -> None:
    """Carry out the plan, or with `store` off only count what it would do."""
    sizes = {document.id: passages for document, passages, _ in kb.catalog.overview()}
    for document in plan.gone:
        sizes.pop(document, None)  # a damaged one is not among them
    known = set(sizes)
    report.removed = len(plan.gone)
    report.moved = len(plan.moved)
    report.unchanged += plan.unchanged
    report.skipped += plan.skipped
    with Workers(plan.orders, kb.masking) as workers:
        if store:
            kb.catalog.remove(plan.gone)
            kb.catalog.relocate(plan.moved)
            kb.catalog.forget_skips(plan.forgotten)
            kb.index.catch_up(
                more=True
            )  # what an earlier run left; opening the engines takes as long as the workers' start
        fresh: dict[str, Entry] = {}
        since_published = 0
        done = 0
        for order, outcome in workers.outcomes():
            done += not order.container
            progress(done, len(plan.orders), order.source)
            _count(report, sizes, known, order, outcome)
            if store:
                file = order.container or order.path
                fresh |= _store(kb, order, outcome, plan.sources[file], plan.recipes[file])
                if len(fresh) >= _PASSAGES_PER_BATCH:
                    since_published += len(fresh)
                    kb.index.catch_up(fresh, more=since_published < _PASSAGES_PER_PUBLICATION)
                    since_published %= _PASSAGES_PER_PUBLICATION
                    fresh.clear()
        if store:
            kb.index.catch_up(fresh)
    report.passages = sum(sizes.values())


def _count(
    report: Report, sizes: dict[str, int], known: set[str], order: Order, outcome: Outcome
) -> None:
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
            report.flagged += outcome.flags
            for datum in outcome.masked:
                report.masked[datum.kind] = report.masked.get(datum.kind, 0) + 1
        case Walked(paths):
            gone_now = [
                document for path, (document, _) in order.inside.items() if path not in paths
            ]
            report.removed += len(
                [document for document in gone_now if sizes.pop(document, None) is not None]
            )


@stage("store")
def _store(
    kb: KnowledgeBase, order: Order, outcome: Outcome, source: Source, recipe: str
) -> dict[str, Entry]:
    """Put one outcome into the catalog; gives the entries of its passages, for the projections.

    Files within an archive are noted as read only when all of them are: a run that ends before
    reads them again.
    """
    mtime = 0 if order.container else _settled(source)
    match outcome:
        case Failed():
            _store_skip(kb, order, outcome, source, recipe)
        case Same():
            kb.catalog.touch([order.path], source.size, mtime)
        case Walked(paths):
            _store_archive(kb, order, paths, source)
        case Prepared(stored, content, cut, sketches):
            fingerprint = Fingerprint(stored.document.id, source.size, mtime, content, recipe)
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            kb.catalog.replace(stored, fingerprint, sketches, now)
            return {
                row[0]: Entry(row[0], cut_words)
                for row, cut_words in zip(stored.passages, cut, strict=True)
            }
    return {}


def _store_skip(
    kb: KnowledgeBase, order: Order, failed: Failed, source: Source, recipe: str
) -> None:
    """Note that a file could not be read, and take out what it held where that is gone."""
    mtime = 0 if order.container else _settled(source)
    before = kb.catalog.skip(order.path)
    if not failed.forgotten and (failed.lasting or order.container):
        when = mtime if failed.lasting else _NEVER
        record = SkipRecord(source.size, when, recipe, order.source, failed.skip.reason)
        kb.catalog.set_skip(order.path, noted(record, failed, kb.settings, before))
    if failed.gone:
        kb.catalog.remove([order.document])
    if failed.lasting and is_archive(order.path) and not order.container:
        # What was read of it, now or before, is all that there is to read until it changes.
        known = (*kb.catalog.fingerprints(), *kb.catalog.skips())
        inside = [path for path in known if archive_of(path) == order.path]
        kb.catalog.touch(inside, source.size, mtime)


def _store_archive(kb: KnowledgeBase, order: Order, paths: Collection[str], source: Source) -> None:
    """Note that an archive was read to its end: what is not among `paths` is not in it any more."""
    kb.catalog.remove(
        [document for path, (document, _) in order.inside.items() if path not in paths]
    )
    outdated = [
        path for path in kb.catalog.skips() if archive_of(path) == order.path and path not in paths
    ]
    kb.catalog.forget_skips([order.path, *outdated])
    kb.catalog.touch(paths, source.size, 0 if order.container else _settled(source))


def _settled(source: Source) -> int:
    """The mtime to remember; 0 for a file changed just now: its next change might leave size and
    mtime as they are.
    """
    return source.mtime_ns if time.time_ns() - source.mtime_ns > _SETTLED_NS else 0
