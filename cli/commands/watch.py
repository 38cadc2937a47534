"""`kb watch`: keep folders in step."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from types import FrameType

import click

from cli.commands.ingest import Given, Options, ingested, show
from cli.context import current_home, home_option, notify
from cli.render import out
from cli.schedules import WHERE, schedule
from kb.errors import OK, KbError, UsageError


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="FOLDER...")
@click.option(
    "--print",
    "system",
    type=click.Choice(list(WHERE)),
    help="Print what makes the system keep them in step instead: a line or a unit.",
)
@click.option("--json", "as_json", is_flag=True, help="Report as JSON, a line for each change.")
@home_option
def command(names: tuple[str, ...], system: str | None, as_json: bool) -> int:
    """Keep folders in step with the knowledge base until stopped.

    It does what kb ingest does with the folders, at the start and whenever files in them are added,
    changed, renamed or deleted, and prints the same report. A folder that disappears is waited for,
    and what was ingested from it stays. Ctrl-C stops it.
    """
    folders = [Path(os.path.abspath(Path(name).expanduser())) for name in names]
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"not a folder: {folder}", "for a single file: kb ingest FILE")
    if system:
        out(schedule(system, current_home().path, folders))
        notify(WHERE[system])
        return OK
    signal.signal(signal.SIGTERM, _interrupt)
    _watch(folders, Options(as_json=as_json))
    return OK


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let a request to end do what Ctrl-C does, so that what is being written is finished with."""
    raise KeyboardInterrupt


def _watch(folders: list[Path], options: Options) -> None:
    from cli.folder_watch import changes

    shown = False
    for there in changes(folders, current_home().path):
        try:
            report = ingested(Given(there, [], {}, {}), options)
        except KbError as error:
            notify(f"{error}; {error.hint}" if error.hint else str(error))
            continue
        gc.collect()  # engines hold their files until then, and a watcher runs for months
        if not shown or report.added or report.updated or report.removed or report.moved:
            show(report, options)
            shown = True
