"""`kb journal`: what can't be rebuilt, as a file to keep, to move, to merge."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from cli.audit_lines import audit
from cli.context import (
    current_home,
    current_settings,
    current_sight,
    home_option,
    notify,
    open_journal,
)
from cli.files import replacing
from cli.language import counted, translated
from cli.render import json_line, out, out_fields, out_json
from cli.viewing import audience_option
from kb.errors import FAILED, OK, DiskFull, KbError, is_disk_full

if TYPE_CHECKING:
    from kb.home import Home
    from kb.journal import Journal
    from kb.journal.transfer import Taken

_TYPES = {
    "exchange": "exchanges: {counts}",
    "verdict": "verdicts: {counts}",
    "decision": "decisions: {counts}",
    "faq": "versions of FAQ entries: {counts}",
    "case_run": "outcomes of cases: {counts}",
}


@click.group()
@home_option
def command() -> None:
    """Move questions, feedback and FAQ entries between journals, and check them."""


@command.command("export")
@click.argument("file", default="-", metavar="[FILE|-]")
@audience_option
@home_option
def export(file: str) -> int:
    """Write the whole journal as JSON lines: to FILE, or to standard output.

    What is exported is one moment of the journal, whatever is written meanwhile. A FILE is there
    whole or not at all.
    """
    if sight := current_sight():
        sight.check_uncovered()
    rows = open_journal().transfer.rows()
    count = 0
    # The first and the last line are no rows.
    if file == "-":
        try:
            for count, row in enumerate(rows, start=-1):  # noqa: B007
                out_json(row)
        finally:  # also where nobody reads on
            audit(current_home().path, "export", {"what": "journal", "rows": count})
        return OK
    with replacing(Path(file)) as stream:
        for count, row in enumerate(rows, start=-1):  # noqa: B007
            stream.write(json_line(row) + "\n")
    audit(current_home().path, "export", {"what": "journal", "rows": count})
    out(translated(f"{count} rows written to {file}"))
    return OK


@command.command("import")
@click.argument("file", metavar="FILE|-")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def import_(file: str, as_json: bool) -> int:
    """Add what another journal's export holds: FILE, or standard input.

    Rows that are here already are left alone, so that importing twice is importing once. With a
    line that can't be read, nothing is imported. Where a FAQ entry was changed here and there, ours
    stays with what was decided about it; that is told, and is no error. What was forgotten here is
    kept out.
    """
    from kb.erasure.forgetting import keep_out
    from kb.journal import open_journal as opened
    from kb.journal.faq_entries import doubles
    from kb.journal.transfer import lines_of

    home = current_home()
    with _opened(file) as stream:
        home.create()
        journal = opened(home.journal, current_settings(home))
        try:
            taken = journal.transfer.take(lines_of(stream), notify)
        except DiskFull:
            raise
        except KbError as error:
            raise KbError(f"{file}: {error}", error.hint) from error
    keep_out(home)
    if any(taken.added.values()):
        audit(home.path, "journal-import", taken.added)
    if as_json:
        out_json(
            {"added": dict(taken.added), "known": dict(taken.known), "refused": dict(taken.refused)}
        )
    else:
        _tell_taken(taken)
    if taken.added["faq"]:
        for line in doubles(journal.faq.entries()):
            notify(line)
    _publish(home, journal)
    return OK


def _tell_taken(taken: Taken) -> None:
    """Say of each kind of rows how many were added, known already and kept out."""
    for name in _TYPES:
        counts = {
            "added": taken.added[name],
            "known": taken.known[name],
            "kept out": taken.refused[name],
        }
        if some := {state: count for state, count in counts.items() if count}:
            out(translated(_TYPES[name], counts=counted(some)))


@command.command("check")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def check(as_json: bool) -> int:
    """Check that the journal's file is sound and that nothing in it refers to what is not there.

    Exits with 1 when something is wrong.
    """
    journal = open_journal()
    problems = journal.check()
    exchanges, verdicts = journal.counts()
    counts = {
        "exchanges": exchanges,
        "verdicts": verdicts,
        "decisions": journal.reviews.count(),
        "entries": len(journal.faq.newest()),
    }
    if as_json:
        out_json({"healthy": not problems, "problems": problems, **counts})
    elif problems:
        for problem in problems:
            out_fields({"problem": translated(problem)}, 10)
        notify(
            "keep a copy of journal.sqlite3, then restore it from a backup, or export what can be: kb journal export"
        )
    else:
        out_fields({"ok": counted(counts)}, 10)
    return FAILED if problems else OK


def _publish(home: Home, journal: Journal) -> None:
    """Make imported FAQ entries searchable, in a knowledge base that is created where there is none
    yet.
    """
    from ingest.faq_entries import publish
    from kb.knowledge import open_knowledge_base

    publish(open_knowledge_base(home, current_settings(home), notify, create=True), journal)


@contextmanager
def _opened(file: str) -> Iterator[IO[bytes]]:
    """The lines to import. Raises KbError.

    Standard input is read to its end before the journal is opened, so that a slow pipe blocks no
    other command.
    """
    try:
        if file != "-":
            with Path(file).open("rb") as stream:
                yield stream
            return
        with tempfile.TemporaryFile() as copy:
            while piece := sys.stdin.buffer.read(1 << 20):
                copy.write(piece)
            copy.seek(0)
            yield copy
    except OSError as error:
        if is_disk_full(error):
            raise KbError(
                "no space left for what comes in on standard input",
                "free some space, or name a file",
            ) from error
        raise KbError(
            f"can't read {file}: {error.strerror}", "see: kb journal import --help"
        ) from error
