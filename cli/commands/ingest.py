"""`kb ingest`: bring files and folders into the knowledge base."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option, notify, pair
from cli.render import out, out_json, progress_bar
from kb.errors import FAILED, OK, KbError, UsageError
from kb.types import Kind

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase

_NAMED = 3


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
@home_option
def command(
    names: tuple[str, ...],
    arguments: tuple[str, ...],
    kind: str,
    meta: tuple[str, ...],
    dry_run: bool,
    keep_missing: bool,
    follow_links: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Bring files and folders into the knowledge base.

    A folder is kept in step: files that changed are read again, files that are gone are removed. So
    is what a connector gives: llamahub:MODULE:CLASS in place of a path calls any llama-index reader
    that is installed. Links below a folder that lead out of it, or to what is ignored, are skipped;
    --follow-links reads the file or the folder that they name, and nothing beyond it.
    """
    from ingest.connectors import PREFIX, argument, load
    from ingest.pipeline import Report, ingest
    from ingest.sources import check_paths
    from kb.knowledge import open_empty, open_knowledge_base

    given: dict[str, str] = dict(pair(text, "--meta") for text in meta)
    as_kind: Kind | None = None if kind == "auto" else kind  # type: ignore[assignment]
    if not all(names):
        raise UsageError("a path is empty", "is a variable in the call not set?")
    connectors = [name for name in names if name.startswith(PREFIX)]
    paths = [Path(name) for name in names if name not in connectors]
    if arguments and not connectors:
        raise UsageError("--arg is for connectors", "like llamahub:notion:NotionPageReader")
    check_paths(paths)
    called_with = {
        key: argument(value) for key, value in (pair(text, "--arg") for text in arguments)
    }
    home = current_home()
    settings = current_settings(home)
    if dry_run and not home.exists():
        knowledge_base = open_empty(home, settings)
    else:
        knowledge_base = open_knowledge_base(home, settings, notify, create=True)
    due_before = set() if dry_run else _due(knowledge_base)
    loaded = [load(name, called_with) for name in connectors]
    advance, stop = (
        progress_bar("reading") if not (quiet or as_json) else (lambda *_: None, lambda: None)
    )
    embedding, stop_embedding = (
        progress_bar("embedding") if not (quiet or as_json) else (lambda *_: None, lambda: None)
    )

    def filling(done: int, total: int) -> None:
        stop()  # a terminal shows one bar at a time
        embedding(done, total, "all of it is searchable already")

    try:
        report: Report = ingest(
            knowledge_base,
            paths,
            loaded=loaded,
            kind=as_kind,
            meta=given,
            dry_run=dry_run,
            keep_missing=keep_missing,
            follow_links=follow_links,
            progress=advance,
            filling=filling,
        )
    finally:
        stop()
        stop_embedding()
    if not (quiet or dry_run):
        _tell_due(_due(knowledge_base) - due_before)
    if as_json:
        shown = {
            **asdict(report),
            "seconds": round(report.seconds, 3),
            "skipped": [asdict(skip) for skip in report.skipped],
        }
        out_json(shown)
    elif not quiet:
        _tell(report, dry_run)
    refused = bool(report.skipped) and not connectors and not any(path.is_dir() for path in paths)
    return (
        FAILED
        if refused and not (report.added or report.updated or report.unchanged or report.removed)
        else OK
    )


def _due(kb: KnowledgeBase) -> set[str]:
    """The entries of the curated FAQ, all of them searchable, that rest on sources that changed or
    disappeared.
    """
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
        notify(f"the curated FAQ can't be looked at: {error}")
        return set()


def _tell_due(entries: Collection[str]) -> None:
    """Say that what some answers rest on has changed now."""
    if entries:
        some = "1 FAQ entry rests" if len(entries) == 1 else f"{len(entries)} FAQ entries rest"
        notify(f"{some} on sources that changed or disappeared; see: kb faq list --due")


def _tell(report: object, dry_run: bool) -> None:
    from ingest.pipeline import Report
    from kb.missing_sources import missing_notice

    assert isinstance(report, Report)
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
    if notice := missing_notice(report.missing):
        notify(notice)
    changes = f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.removed} removed"
    skipped = f", {len(report.skipped)} skipped" if report.skipped else ""
    lead = "dry run, nothing stored: " if dry_run else ""
    out(f"{lead}{changes}{skipped} · {report.passages} passages · {report.seconds:.1f} s")
