"""The ingest pipeline: Source -> Document -> Passage -> catalog -> projections, then vectors."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from ingest.archives import archive_of, is_archive
from ingest.assembly import Flag, Prepared, document_id
from ingest.connectors import Loaded
from ingest.limits import is_due, noted, split_recipe
from ingest.prepare import Failed, Order, Outcome, Same, Walked
from ingest.readers import is_recording
from ingest.sources import Source, check_paths, short_name, source_name, vanished, walk
from ingest.workers import Workers
from kb.backfill import Progress as Filling
from kb.backfill import fill_in
from kb.catalog.rows import Entry, Fingerprint, SkipRecord
from kb.knowledge import KnowledgeBase
from kb.missing_sources import missing_names
from kb.settings import Settings
from kb.types import Kind, Skip

# Raise it when readers or the splitter change what they give: every file is then read again.
READING_VERSION = 4
_PASSAGES_PER_BATCH = 2000
_PASSAGES_PER_PUBLICATION = 50_000  # a long run is searchable, and safe from redoing, in stages
_SETTLED_NS = 2_000_000_000
_SHOWN = 3  # names in a notice
_LINKED = "linked"  # the key of a recipe for what was read through a followed link
_NEVER = -1  # as the time of a file that is to be tried again by the next run

Progress = Callable[[int, int, str], None]


@dataclass
class Report:
    """What an ingest did, or with a dry run would do. `passages` counts the whole knowledge base
    afterwards.

    `flagged` are passages, of the files read now, that speak to a language model; they are stored
    like all others. `waiting` passages are found by words and sketches, and have no vector of the
    embedder yet. `missing` are sources, of folders not given now, whose files are gone.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    removed: int = 0
    passages: int = 0
    seconds: float = 0.0
    waiting: int = 0
    skipped: list[Skip] = field(default_factory=list)
    flagged: list[Flag] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Given:
    """What the user asked for in all files of a run."""

    kind: Kind | None
    meta: Mapping[str, str]
    keep_missing: bool
    follow_links: bool


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
    loaded: Sequence[Loaded] = (),
    kind: Kind | None = None,
    meta: Mapping[str, str] | None = None,
    dry_run: bool = False,
    keep_missing: bool = False,
    follow_links: bool = False,
    progress: Progress = lambda done, total, source: None,
    filling: Filling = lambda done, total: None,
) -> Report:
    """Bring the knowledge base in step with the files below `paths`, and with what connectors
    `loaded`.

    Raises KbError for a path that isn't there.

    Kind and metadata given for a file stick to it: a later run without them keeps them. A file that
    can't be read is skipped with its reason, and what was stored of it before stays, unless it is
    empty now. With `follow_links`, links out of a folder bring what they name (see `LinkPolicy`).
    """
    began = time.perf_counter()
    check_paths(paths)
    report = Report()
    given = _Given(kind, meta or {}, keep_missing, follow_links)
    if dry_run:
        _apply(kb, _plan(kb, paths, loaded, given, report), report, progress, store=False)
    else:
        with kb.home.writing(kb.notify):
            _apply(kb, _plan(kb, paths, loaded, given, report), report, progress, store=True)
            report.waiting = fill_in(
                kb, filling
            )  # everything is searchable by now, and better with each batch
            if not keep_missing:
                report.missing = missing_names(kb.catalog)
    report.seconds = time.perf_counter() - began
    return report


def _plan(
    kb: KnowledgeBase,
    paths: Sequence[Path],
    loaded: Sequence[Loaded],
    given: _Given,
    report: Report,
) -> _Plan:
    known = kb.catalog.fingerprints()
    skips = kb.catalog.skips()
    links = given.follow_links
    linked = [path for path, each in known.items() if _is_linked(each)]
    left = vanished(list(known), paths, kb.home.path, follow_links=links, linked=linked)
    gone = [] if given.keep_missing else [*left, *_no_longer(known, loaded)]
    leaving = set(gone)
    owners = {name: path for name, path in kb.catalog.sources().items() if path not in leaving}
    _name_archives(owners)
    names = {path: name for name, path in owners.items()}
    within, skipped_within = _by_archive(known), _by_archive(skips)
    sources, orders, recipes, apart = {}, [], {}, list[str]()
    for item in chain(
        walk(paths, kb.home.path, follow_links=links), *(each.sources for each in loaded)
    ):
        if isinstance(item, Skip):
            report.skipped.append(item)
            continue
        before = {
            path: known[path] for path in (item.path, *within.get(item.path, ())) if path in known
        }
        recipe = _recipe(kb, item, given, next(iter(before.values()), None))
        refused = [
            skips[path] for path in (item.path, *skipped_within.get(item.path, ())) if path in skips
        ]
        then: list[Fingerprint | SkipRecord] = [*before.values(), *refused]
        state = (recipe, item.size, item.mtime_ns)
        if then and all(_is_settled(each, state, kb.settings) for each in then):
            report.unchanged += len(before)
            report.skipped += [Skip(skip.source, skip.reason) for skip in refused]
            continue
        name = names.get(item.path) or source_name(item, owners)
        if (
            item.data is None and item.path not in names and name != short_name(item)
        ):  # what a connector gives has no folder
            apart.append(name)
        owners[name], names[item.path] = item.path, name
        sources[item.path], recipes[item.path] = item, recipe
        orders.append(_order(kb, item, name, recipe, before))
    if apart:
        kb.notify(_named_apart(apart))
    forgotten = vanished(list(skips), paths, kb.home.path, follow_links=links)
    return _Plan(sources, orders, recipes, [known[path].document for path in gone], forgotten)


def _is_linked(known: Fingerprint) -> bool:
    """Whether a file was read through a link that was followed."""
    return _LINKED in known.recipe and _LINKED in json.loads(known.recipe)


def _is_settled(
    known: Fingerprint | SkipRecord, state: tuple[str, int, int], settings: Settings
) -> bool:
    """Whether what is known of a file is all that there is to know, its recipe, size and mtime
    being those now.
    """
    if isinstance(known, SkipRecord) and is_due(known, settings):
        return False
    return (split_recipe(known.recipe)[0], known.size, known.mtime_ns) == state


def _named_apart(names: Sequence[str]) -> str:
    """What the user is told of files whose short names other folders' files have."""
    some = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    return (
        f"{len(names)} with a name that another folder's file has, so named with the folder: {some}"
    )


def _no_longer(known: Iterable[str], loaded: Sequence[Loaded]) -> list[str]:
    """Those of the known paths that a connector gave before and does not give now."""
    given = {source.path for each in loaded for source in each.sources}
    roots = tuple(f"{each.root}/" for each in loaded)
    return [path for path in known if path.startswith(roots) and path not in given] if roots else []


def _by_archive(paths: Iterable[str]) -> dict[str, list[str]]:
    """The paths that lead into an archive, by archive."""
    found: dict[str, list[str]] = {}
    for path in paths:
        archive = archive_of(path)
        if archive is not None and archive != path:
            found.setdefault(archive, []).append(path)
    return found


def _name_archives(owners: dict[str, str]) -> None:
    """Let archives own the part of their files' source names that is theirs."""
    for name, path in list(owners.items()):
        archive = archive_of(path)
        if archive is not None and archive != path:
            owners[name.removesuffix(path.removeprefix(archive))] = archive


def _recipe(kb: KnowledgeBase, source: Source, given: _Given, old: Fingerprint | None) -> str:
    """How a source is read, as canonical JSON: another recipe means reading it again."""
    before = json.loads(old.recipe) if old else {}
    merged = {**before.get("meta", {}), **given.meta}
    recipe = {
        "version": READING_VERSION,
        "kind": given.kind or before.get("kind"),
        "meta": {key: value for key, value in merged.items() if value != ""},
        "sidecar": source.sidecar,
        "chars": kb.settings.passage_chars,
    }
    if is_recording(source.path):
        recipe["audio_model"] = kb.settings.audio_model
    if source.linked:
        recipe[_LINKED] = True
    return json.dumps(recipe, ensure_ascii=False, sort_keys=True)


def _order(
    kb: KnowledgeBase, source: Source, name: str, recipe: str, before: Mapping[str, Fingerprint]
) -> Order:
    given = json.loads(recipe)
    old = before.get(source.path)
    return Order(
        path=source.path,
        size=source.size,
        source=name,
        document=old.document if old else document_id(name),
        kind=given["kind"],
        meta={**source.meta, **given["meta"]},
        settings=kb.settings,
        content=old.content if old and old.recipe == recipe else None,
        target=source.target,
        sidecar_target=source.sidecar_target,
        data=source.data,
        inside={
            path: (each.document, each.content if each.recipe == recipe else "")
            for path, each in before.items()
        },
    )


def _apply(
    kb: KnowledgeBase, plan: _Plan, report: Report, progress: Progress, *, store: bool
) -> None:
    """Carry out the plan, or with `store` off only count what it would do."""
    sizes = {document.id: passages for document, passages, _ in kb.catalog.overview()}
    for document in plan.gone:
        sizes.pop(document, None)  # a damaged one is not among them
    known = set(sizes)
    report.removed = len(plan.gone)
    with Workers(plan.orders) as workers:
        if store:
            kb.catalog.remove(plan.gone)
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
        case Walked(paths):
            gone_now = [
                document for path, (document, _) in order.inside.items() if path not in paths
            ]
            report.removed += len(
                [document for document in gone_now if sizes.pop(document, None) is not None]
            )


def _store(
    kb: KnowledgeBase, order: Order, outcome: Outcome, source: Source, recipe: str
) -> dict[str, Entry]:
    """Put one outcome into the catalog; gives the entries of its passages, for the projections.

    Files within an archive are noted as read only when all of them are: a run that ends before
    reads them again.
    """
    mtime = 0 if order.container else _settled(source)
    match outcome:
        case Failed(skip, gone, lasting):
            before = kb.catalog.skip(order.path)
            if lasting or order.container:
                record = SkipRecord(
                    source.size, mtime if lasting else _NEVER, recipe, order.source, skip.reason
                )
                kb.catalog.set_skip(order.path, noted(record, outcome, kb.settings, before))
            if gone:
                kb.catalog.remove([order.document])
            if lasting and is_archive(order.path) and not order.container:
                # What was read of it, now or before, is all that there is to read until it changes.
                known = (*kb.catalog.fingerprints(), *kb.catalog.skips())
                kb.catalog.touch(
                    [path for path in known if archive_of(path) == order.path], source.size, mtime
                )
            return {}
        case Same():
            kb.catalog.touch([order.path], source.size, mtime)
            return {}
        case Walked(paths):
            kb.catalog.remove(
                [document for path, (document, _) in order.inside.items() if path not in paths]
            )
            outdated = [
                path
                for path in kb.catalog.skips()
                if archive_of(path) == order.path and path not in paths
            ]
            kb.catalog.forget_skips([order.path, *outdated])
            kb.catalog.touch(paths, source.size, mtime)
            return {}
        case Prepared(stored, content, cut, sketches):
            fingerprint = Fingerprint(stored.document.id, source.size, mtime, content, recipe)
            now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            kb.catalog.replace(stored, fingerprint, sketches, now)
            return {
                row[0]: Entry(row[0], cut_words)
                for row, cut_words in zip(stored.passages, cut, strict=True)
            }


def _settled(source: Source) -> int:
    """The mtime to remember; 0 for a file changed just now: its next change might leave size and
    mtime as they are.
    """
    return source.mtime_ns if time.time_ns() - source.mtime_ns > _SETTLED_NS else 0
