"""`kb feedback`: what was good or wrong about answers."""

from __future__ import annotations

from typing import Literal

import click

from cli.commands.feedback_report import report
from cli.commands.show import verdict_json
from cli.context import home_option, open_journal, terminal
from cli.render import clip, out, out_json, table
from kb.errors import OK


@click.group()
@home_option
def command() -> None:
    """Say what was good or wrong about an answer."""


command.add_command(report)


@command.command("add")
@click.argument("name", metavar="ID|last")
@click.argument("value", type=click.Choice(["up", "down"]))
@click.option("--comment", metavar="TEXT", help="What was good or wrong.")
@click.option("--correct", metavar="TEXT", help="What the answer should have been.")
@click.option("--by", metavar="NAME", help="Who says so.")
@home_option
def add(name: str, value: Literal["up", "down"], comment: str | None, correct: str | None, by: str | None) -> int:
    """Keep a verdict on an exchange; `last` is the one asked last in this terminal."""
    journal = open_journal()
    exchange = journal.last(terminal()) if name == "last" else journal.exchange(name)
    journal.add_verdict(exchange.id, value, comment=comment, correct=correct, by=by)
    out(f"{value} kept for {exchange.id}: {clip(exchange.question, 80)}")
    return OK


@command.command("list")
@click.option("-n", "limit", type=click.IntRange(1), default=20, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
@home_option
def list_(limit: int, as_json: bool) -> int:
    """List verdicts, newest first."""
    verdicts = open_journal().verdicts(limit)
    if as_json:
        for verdict in verdicts:
            out_json(verdict_json(verdict))
    else:
        rows = [(v.exchange, v.value, v.by or "", v.at[:19], clip(v.comment or v.correct or "", 60)) for v in verdicts]
        table(("exchange", "verdict", "by", "when (UTC)", "comment"), rows)
    return OK
