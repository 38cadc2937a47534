"""`kb privacy`: what of people would be masked in sources."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option, notify
from cli.language import counted, translated
from cli.render import out, out_json, progress_bar, table
from kb.errors import OK

if TYPE_CHECKING:
    from ingest.personal_data import PersonalData


@click.group()
@home_option
def command() -> None:
    """Show what of people would be masked before it is stored."""


@command.command("scan")
@click.argument("names", nargs=-1, required=True, metavar="PATH...")
@click.option(
    "--kinds",
    metavar="KINDS",
    help="Which kinds, with commas; else those of the settings, else all.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def scan(names: tuple[str, ...], kinds: str | None, as_json: bool) -> int:
    """Read files and folders as ingest does, and show what would be masked where.

    Of each datum its two ends are shown, never the whole. Nothing is stored.
    """
    from ingest.personal_data import personal_data
    from kb.privacy.masking import shown_masking
    from kb.privacy.recognisers import ALL

    home = current_home()
    settings = current_settings(home)
    masking = shown_masking(home.path, kinds or settings.privacy_mask or ALL)
    advance, stop = progress_bar(translated("reading"))
    try:
        found = personal_data(home, settings, [Path(name) for name in names], masking, advance)
    finally:
        stop()
    _show_json(found) if as_json else _show(found)
    return OK


def _show_json(found: PersonalData) -> None:
    data = [
        {"source": source, "where": datum.where, "kind": datum.kind, "preview": datum.preview}
        for source, data in found.by_source.items()
        for datum in data
    ]
    skipped = [{"source": skip.source, "reason": skip.reason} for skip in found.skipped]
    out_json(
        {"documents": found.documents, "counts": found.counts, "data": data, "skipped": skipped}
    )


def _show(found: PersonalData) -> None:
    rows = [
        (source, datum.where, datum.kind, datum.preview)
        for source, data in found.by_source.items()
        for datum in data
    ]
    if rows:
        table(("source", "where", "kind", "what"), rows)
    for skip in found.skipped:
        notify(f"skipped {skip.source}: {skip.reason}")
    kinds = ", ".join(f"{kind} {count}" for kind, count in found.counts.items())
    out(
        counted({"documents read": found.documents, "to mask": len(rows)})
        + (f" · {kinds}" if kinds else "")
    )
