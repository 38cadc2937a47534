"""`kb log`: past questions."""

from __future__ import annotations

import click

from cli.audit_lines import audit
from cli.commands.show import show_exchange
from cli.context import current_home, current_settings, home_option, not_empty, open_journal
from cli.language import counted, translated
from cli.render import clip, out, out_json, table
from cli.viewing import audience_option
from kb.errors import OK, KbError


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def command(context: click.Context) -> int:
    """List or show past questions."""
    return OK if context.invoked_subcommand else context.invoke(list_)


@command.command("list")
@click.option(
    "-n",
    "limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many, newest first.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@audience_option
@home_option
def list_(limit: int, as_json: bool) -> int:
    """List past questions, newest first."""
    exchanges = open_journal().exchanges(limit)
    if as_json:
        for x in exchanges:
            out_json({"id": x.id, "at": x.at, "question": x.question, "status": x.status, "confidence": x.confidence,
                      "answer": x.answer, "writer": x.writer, "seconds": x.seconds})  # fmt: skip
    else:
        rows = [
            (x.id, x.at[:19], translated(x.status), f"{x.confidence:.2f}", clip(x.question, 60))
            for x in exchanges
        ]
        table(("id", "when (UTC)", "status", "confidence", "question"), rows)
    return OK


@command.command("expire")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def expire(dry_run: bool, as_json: bool) -> int:
    """Take texts and names from questions that are older than journal_keep_days.

    Counts stay as they are, and so do decisions and FAQ entries. With journal_drop, questions that
    nobody judged go whole. What waits for a person stays. Each question and each ingest does some
    of it, too.
    """
    from kb.journal.retention import cutoff

    journal, settings = open_journal(), current_settings(current_home())
    before, drop = cutoff(settings), bool(settings.journal_drop)
    if not before:
        raise KbError("questions are kept for ever", "set journal_keep_days, such as to 180")
    done = (
        journal.retention.due(before, drop=drop)
        if dry_run
        else journal.retention.expire(before, drop=drop)
    )
    counts = {"anonymised": done.anonymised, "dropped": done.dropped}
    if not dry_run and any(counts.values()):
        audit(current_home().path, "expire", counts)
    if as_json:
        out_json({"before": before, **counts})
    else:
        line = "would be {counts}" if dry_run else "{counts}"
        out(translated(line, counts=counted(counts)))
    return OK


@command.command("show")
@click.argument("name", metavar="ID", callback=not_empty)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def show(name: str, as_json: bool) -> int:
    """Show a past question with its answer, sources and feedback."""
    show_exchange(name, as_json)
    return OK
