"""`kb ingest`: bring files and folders into the knowledge base."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli import command_log
from cli.context import (
    current_home,
    current_settings,
    home_option,
    notify,
    pair,
    reviewer,
    verbose_option,
)
from cli.language import translated
from cli.render import out, out_json, progress_bar
from kb.errors import FAILED, OK, KbError, UsageError
from kb.types import Kind

if TYPE_CHECKING:
    from ingest.pipeline import Report
    from kb.home import Home
    from kb.knowledge import KnowledgeBase
    from kb.settings import Settings

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one call. `arguments` and `meta` are as they were written."""

    arguments: tuple[str, ...] = ()
    kind: str = "auto"
    meta: tuple[str, ...] = ()
    dry_run: bool = False
    keep_missing: bool = False
    follow_links: bool = False
    as_json: bool = False
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """What is to be ingested: files and folders, connectors with their arguments, metadata."""

    paths: list[Path]
    connectors: list[str]
    arguments: dict[str, Any]
    meta: dict[str, str]


def _no_advance(done: int, total: int, source: str) -> None:
    """Shows nothing."""


_NO_BAR = (_no_advance, lambda: None)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--arg",
    "arguments",
    multiple=True,
    metavar="K=V",
    help="An argument of the connector, as JSON or text; repeatable.",
)
@click.option(
    "--kind",
    type=click.Choice(["auto", "doc", "transcript", "faq"]),
    default="auto",
    show_default=True,
    help="How to read them.",
)
@click.option(
    "--meta",
    multiple=True,
    metavar="K=V",
    help="Metadata for all files read now; repeatable. An empty value takes it away.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--keep-missing", is_flag=True, help="Keep what was ingested from files that are gone now."
)
@click.option(
    "--follow-links", is_flag=True, help="Read links out of a folder, within what they name."
)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@verbose_option
@home_option
def command(names: tuple[str, ...], **options: Any) -> int:
    """Bring files and folders into the knowledge base.

    A folder is kept in step: files that changed are read again, files that are gone are removed. So
    is what a connector gives: llamahub:MODULE:CLASS in place of a path calls any llama-index reader
    that is installed. Links below a folder that lead out of it, or to what is ignored, are skipped;
    --follow-links reads the file or the folder that they name, and nothing beyond it.
    """
    return _run(names, Options(**options))


def _run(names: tuple[str, ...], options: Options) -> int:
    sources = _given(names, options)
    report = ingested(sources, options)
    show(report, options)
    folders = sources.connectors or any(path.is_dir() for path in sources.paths)
    taken = report.added or report.updated or report.unchanged or report.removed
    return FAILED if report.skipped and not folders and not taken else OK


def ingested(sources: Given, options: Options) -> Report:
    """Ingest the sources into the current knowledge base, and notify the user of FAQ entries that
    rest on what changed. Raises KbError.
    """
    home = current_home()
    kb = _opened(home, current_settings(home), options)
    due_before = set() if options.dry_run else _due(kb)
    report = _ingested(kb, sources, options)
    counts = ("added", "updated", "unchanged", "removed", "passages")
    command_log.current.counts = {name: getattr(report, name) for name in counts}
    if not (options.quiet or options.dry_run):
        _tell_due(_due(kb) - due_before)
    if kb.journal and not options.dry_run:
        from kb.journal.retention import MOST_AT_ONCE, expire_some

        expire_some(kb.journal, kb.settings, MOST_AT_ONCE)
    return report


def show(report: Report, options: Options) -> None:
    """Show what an ingest did: a line of text, or of JSON."""
    if options.as_json:
        skipped = [asdict(skip) for skip in report.skipped]
        out_json({**asdict(report), "seconds": round(report.seconds, 3), "skipped": skipped})
    elif not options.quiet:
        _tell(report, options.dry_run)


def _given(names: tuple[str, ...], options: Options) -> Given:
    """What is to be ingested. Raises UsageError, or KbError for a path that isn't there."""
    from ingest.connectors import PREFIX, argument
    from ingest.sources import check_paths

    meta = dict(pair(text, "--meta") for text in options.meta)
    if not all(names):
        raise UsageError("a path is empty", "is a variable in the call not set?")
    connectors = [name for name in names if name.startswith(PREFIX)]
    paths = [Path(name) for name in names if name not in connectors]
    if options.arguments and not connectors:
        raise UsageError("--arg is for connectors", "like llamahub:notion:NotionPageReader")
    check_paths(paths)
    pairs = (pair(text, "--arg") for text in options.arguments)
    return Given(paths, connectors, {key: argument(value) for key, value in pairs}, meta)


def _opened(home: Home, settings: Settings, options: Options) -> KnowledgeBase:
    from kb.knowledge import open_empty, open_knowledge_base

    if options.dry_run and not home.exists():
        return open_empty(home, settings)
    return open_knowledge_base(home, settings, notify, create=True)


def _ingested(kb: KnowledgeBase, sources: Given, options: Options) -> Report:
    """Ingest, showing on a terminal how far it has come."""
    from ingest.connectors import load
    from ingest.pipeline import ingest

    loaded = [load(name, sources.arguments) for name in sources.connectors]
    shows = not (options.quiet or options.as_json)
    advance, stop = progress_bar(translated("reading")) if shows else _NO_BAR
    embedding, stop_embedding = progress_bar(translated("embedding")) if shows else _NO_BAR

    def filling(done: int, total: int) -> None:
        stop()  # a terminal shows one bar at a time
        embedding(done, total, translated("all of it is searchable already"))

    kind: Kind | None = None if options.kind == "auto" else options.kind  # type: ignore[assignment]
    try:
        return ingest(
            kb,
            sources.paths,
            loaded=loaded,
            kind=kind,
            meta=sources.meta,
            dry_run=options.dry_run,
            keep_missing=options.keep_missing,
            follow_links=options.follow_links,
            progress=advance,
            filling=filling,
            by=reviewer(None),
        )
    finally:
        stop()
        stop_embedding()


def _due(kb: KnowledgeBase) -> set[str]:
    """FAQ entries whose sources changed or disappeared; all entries are made searchable first."""
    from kb.faq import due
    from kb.journal import Journal

    if not kb.home.journal.exists():
        return set()
    try:
        from ingest.faq_entries import publish

        journal = Journal(kb.home.journal)
        publish(kb, journal)
        return set(due(kb.catalog, journal, journal.faq.entries()))
    except (
        KbError
    ) as error:  # whoever ingests wants to hear of it, and to have ingested all the same
        notify(f"the FAQ entries can't be read: {error}")
        return set()


def _tell_due(entries: Collection[str]) -> None:
    """Notify the user of FAQ entries whose sources have just changed."""
    if entries:
        subject = "1 FAQ entry rests" if len(entries) == 1 else f"{len(entries)} FAQ entries rest"
        notify(f"{subject} on sources that changed or disappeared; see: kb faq list --due")


def _tell(report: Report, dry_run: bool) -> None:
    from kb.missing_sources import missing_notice

    by_reason: dict[str, list[str]] = {}
    for skip in report.skipped:
        by_reason.setdefault(skip.reason, []).append(skip.source)
    for reason, sources in by_reason.items():
        named = ", ".join(sources[:_NAMED]) + (", …" if len(sources) > _NAMED else "")
        notify(
            f"skipped {named}: {reason}"
            + (f" ({len(sources)} files)" if len(sources) > _NAMED else "")
        )
    if report.flagged:
        places = [
            f"{flag.source} {flag.label} ({', '.join(flag.kinds)})" for flag in report.flagged
        ]
        named = ", ".join(places[:_NAMED]) + (
            f", … ({len(places)} passages)" if len(places) > _NAMED else ""
        )
        notify(
            f"this speaks to a language model, and stays text to quote: {named}; kb show {report.flagged[0].passage}"
        )
    if report.masked:
        kinds = ", ".join(f"{kind} {count}" for kind, count in report.masked.items())
        notify(f"masked before it was stored: {kinds}")
    if notice := missing_notice(report.missing):
        notify(notice)
    changes = f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed"
    moved = f", {report.moved} moved" if report.moved else ""
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    lead = "dry run, nothing stored: " if dry_run else ""
    total = f" · {report.passages} passages · {report.seconds:.1f} s"
    shown = translated(lead) + translated(changes) + translated(moved) + translated(skipped)
    out(shown + translated(total))
