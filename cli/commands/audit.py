"""`kb audit`: who changed what, and whether the log of it is whole."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from cli.audit_lines import about, line_json
from cli.context import Day, current_home, home_option
from cli.language import counted, listed, translated
from cli.render import name_of, out_fields, out_json, table
from kb.audit import ACTS, AuditLog
from kb.errors import FAILED, OK, KbError

if TYPE_CHECKING:
    from kb.audit import Verification


@click.group()
@home_option
def command() -> None:
    """Show who changed what, and check that the log of it is whole.

    Every ingest, removal, decision, export and the like adds a line, without any content.
    """


@command.command("list")
@click.option(
    "--since",
    type=Day(),
    metavar="DAY",
    help="The first day: 2026-05-01, or 30d or 8w for so long ago. UTC.",
)
@click.option("--act", type=click.Choice(ACTS), metavar="ACT", help="Only this, such as ingest.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@home_option
def list_(since: date | None, act: str | None, as_json: bool) -> int:
    """List what was done, oldest first."""
    lines = _log().lines(since.isoformat() if since else "", act)
    if as_json:
        for line in lines:
            out_json(line_json(line))
    else:
        rows = [
            (str(line.n), line.at[:19], name_of(line.by), line.act, about(line)) for line in lines
        ]
        table(("n", "when (UTC)", "by", "act", "about"), rows)
    return OK


@command.command("verify")
@click.option("--head", metavar="HASH", default="", help="A head that you noted earlier.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def verify(head: str, as_json: bool) -> int:
    """Check that no line was changed, left out, put in or taken from the end.

    Exits with 1, naming the first broken line, where one was. Note the head that it shows somewhere
    else, and give it with --head later: then also a log that was written anew as a whole is found.
    """
    result = _log().verify(head.strip().lower())
    if as_json:
        out_json(_verification_json(result))
    elif result.problem:
        place = translated("line {number}", number=result.line) if result.line else ""
        out_fields({"problem": listed(filter(None, (place, translated(result.problem))), ": ")}, 10)
    else:
        counts = {"lines": result.head.count, "blanked names": result.blanked}
        out_fields({"ok": counted(counts)}, 10)
        if result.head.count:
            out_fields({"head": result.head.hash}, 10)
    return FAILED if result.problem else OK


def _verification_json(result: Verification) -> dict[str, object]:
    return {
        "sound": not result.problem,
        "lines": result.head.count,
        "head": result.head.hash or None,
        "blanked": result.blanked,
        "line": result.line or None,
        "problem": result.problem or None,
    }


def _log() -> AuditLog:
    home = current_home()
    if not home.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one: kb ingest PATH")
    return AuditLog(home.path)
