"""`kb feedback`: what was good or wrong about answers, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import click

from cli.audit_lines import audit
from cli.commands.feedback_report import report
from cli.context import (
    catch_up,
    check_terminal,
    current_home,
    home_option,
    not_empty,
    open_for_reading,
    open_journal,
    reviewer,
    terminal,
)
from cli.language import labelled, listed, translated
from cli.render import clip, out, out_json, table
from cli.viewing import audience_option
from kb.errors import FAILED, OK, KbError, UsageError
from retrieval.contract import verdict_json
from retrieval.feedback.decisions import DECISIONS, DecisionKind, outcome

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from kb.types import Decision, Exchange, Verdict
    from retrieval.feedback.cited_sources import CitedSource
    from retrieval.feedback.review_queue import ReviewCase

_BY_CHOICE = {row.choice: row for row in DECISIONS.values()}


@click.group()
@home_option
def command() -> None:
    """Say what was good or wrong about an answer."""


command.add_command(report)


@command.command("add")
@click.argument("name", metavar="ID|last", required=False, callback=not_empty)
@click.argument("value", type=click.Choice(["up", "down"]), required=False)
@click.option("--comment", metavar="TEXT", help="What was good or wrong.")
@click.option("--correct", metavar="TEXT", help="What the answer should have been.")
@click.option("--by", metavar="NAME", help="Who says so.")
@click.option(
    "--stdin", "from_stdin", is_flag=True, help="One verdict per line from standard input."
)
@click.option(
    "--jsonl", is_flag=True, help="As JSON objects; one per verdict comes back, in order."
)
@home_option
def add(
    name: str | None,
    value: Literal["up", "down"] | None,
    comment: str | None,
    correct: str | None,
    by: str | None,
    from_stdin: bool,
    jsonl: bool,
) -> int:
    """Keep a verdict on an exchange; `last` is the one asked last in this terminal.

    With --stdin --jsonl, for chat bots: {"id", "exchange", "value"} and, if there are, "comment",
    "correct" and "by", one a line. The id is the bot's own: sent again, it changes nothing. {"id",
    "verdict"} comes back once the verdict is on disk, {"id", "error"} where something is wrong with
    the line; without a readable id, "id" is null and "line" its number.
    """
    if from_stdin or jsonl:
        if not (from_stdin and jsonl) or any((name, value, comment, correct, by)):
            raise UsageError(
                "--stdin and --jsonl go together, and alone",
                "kb feedback add --stdin --jsonl < FILE",
            )
        return _add_lines()
    if name is None or value is None:
        raise UsageError(
            "the ID of an exchange (or last) and up or down are missing", "kb feedback add last up"
        )
    journal = open_journal()
    exchange = _exchange(journal, name)
    journal.add_verdict(exchange.id, value, comment=comment, correct=correct, by=by)
    out(translated(f"{value} kept for {exchange.id}: {clip(exchange.question, 80)}"))
    return OK


def _add_lines() -> int:
    from cli.verdict_lines import imported

    code = OK
    for result, good in imported(open_journal()):
        out_json(result)
        code = code if good else FAILED
    return code


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
    """List verdicts, newest first."""
    verdicts = open_journal().verdicts(limit)
    if as_json:
        for verdict in verdicts:
            out_json(verdict_json(verdict))
    else:
        rows = [(v.exchange, v.value, v.by or "", v.at[:19], _told(v)) for v in verdicts]
        table(("exchange", "verdict", "by", "when (UTC)", "comment"), rows)
    return OK


def _told(verdict: Verdict) -> str:
    comment, correct = clip(verdict.comment or "", 60), clip(verdict.correct or "", 60)
    correction = translated("correct: {answer}", answer=correct) if verdict.correct else ""
    return listed(filter(None, (comment, correction)), "; ")


@command.command("export")
@audience_option
@home_option
def export() -> int:
    """Write every verdict as a JSON line, with the question, the answer, its sources and what was
    decided.
    """
    from cli.verdict_lines import exported

    rows = 0
    try:
        for rows, line in enumerate(exported(open_journal()), start=1):  # noqa: B007
            out_json(line)
    finally:  # also where nobody reads on
        audit(current_home().path, "export", {"what": "feedback", "rows": rows})
    return OK


@command.command("review")
@click.option("--by", metavar="NAME", help="Who decides.  [default: $USER]")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="Stop after so many decisions.")
@click.option(
    "--all", "everything", is_flag=True, help="Also answers that nobody complained about."
)
@home_option
def review(by: str | None, limit: int | None, everything: bool) -> int:
    """Decide about answers, one after the other, by one key each.

    What was voted down comes first, then answers with a sentence that lacks support, answers given
    with little confidence, and refusals. Every decision is kept at once: quit when you like.
    Several people can review at the same time.
    """
    check_terminal("in scripts: kb feedback resolve ID --as fine")
    from cli.reviewing import Review

    journal = open_journal()
    kb = open_for_reading()
    catch_up(kb)
    Review(kb, journal, reviewer(by), everything=everything).run(limit)
    return OK


@command.command("resolve")
@click.argument("name", metavar="ID|last", callback=not_empty)
@click.option(
    "--as", "choice", type=click.Choice(list(_BY_CHOICE)), required=True, help="What to decide."
)
@click.option(
    "--question", metavar="TEXT", help="promote: the entry's question.  [default: as it was asked]"
)
@click.option(
    "--answer",
    metavar="TEXT",
    help="promote: its answer.  [default: the correction, else what was answered]",
)
@click.option(
    "--also", metavar="TEXT", multiple=True, help="promote: another way to ask it; repeatable."
)
@click.option("--passage", metavar="ID", help="bad-source: which passage.")
@click.option(
    "--citation", metavar="N", type=click.IntRange(1), help="bad-source: which one, by its number."
)
@click.option("--reason", metavar="TEXT", help="bad-source: why.  [default: what was commented]")
@click.option("--by", metavar="NAME", help="Who decides.  [default: $USER]")
@click.option(
    "--again",
    is_flag=True,
    help="Also when it is decided already; undo: also what another decided.",
)
@home_option
def resolve(name: str, choice: str, by: str | None, again: bool, **options: Any) -> int:
    """Decide about an answer as the review does, for scripts.

    Exits with 1, saying who decided what, when that was done already.
    """
    decision = _BY_CHOICE[choice]
    _check_options(decision, options)
    from cli.reviewing import undo
    from retrieval.feedback import review
    from retrieval.feedback.review_queue import case as case_of

    journal, reviewer_name = open_journal(), reviewer(by)
    case = case_of(journal, _exchange(journal, name).id)
    kb = open_for_reading()
    catch_up(kb)
    if decision.kind == "undo":
        last = _last_decision(case)
        if not again:
            review.check_own(last, reviewer_name)
        undo(kb, journal, last, reviewer_name)
        return OK
    if not again:
        review.check_undecided(case)
    _decide(kb, journal, case, decision, reviewer_name, options)
    return OK


def _decide(
    kb: KnowledgeBase,
    journal: Journal,
    case: ReviewCase,
    decision: DecisionKind,
    reviewer_name: str | None,
    options: Mapping[str, Any],
) -> None:
    """Make a decision with the options of the call, and tell the user its outcome."""
    from cli.reviewing import make_searchable
    from retrieval.feedback import review
    from retrieval.feedback.cited_sources import cited_sources

    sources = cited_sources(kb, case.exchange, journal.reviews.stale(case.exchange.id))
    if decision.kind == "promoted":
        draft = review.draft(journal, case, sources)
        texts = options["question"] or draft.question, options["answer"] or draft.answer
        entry, _ = review.promote(
            kb, journal, case, sources, *texts, reviewer_name, options["also"]
        )
        out(translated(review.promotion_notice(entry)))
        make_searchable(kb, journal)
    elif decision.kind == "bad_source":
        source = _chosen(sources, options["passage"], options["citation"])
        review.mark_bad_source(journal, case, source, reviewer_name, options["reason"] or "")
        out(translated(review.bad_source_notice(journal, case, source)))
    else:
        review.decide(journal, case, decision.kind, reviewer_name)
        out(labelled(outcome(decision.kind), clip(case.exchange.question, 80)))


def _check_options(decision: DecisionKind, options: Mapping[str, Any]) -> None:
    """Raise UsageError for an option that belongs to another decision."""
    for row in DECISIONS.values():
        if row is not decision and (wrong := [name for name in row.options if options[name]]):
            raise UsageError(f"--{wrong[0]} is for --as {row.choice}")


def _last_decision(case: ReviewCase) -> Decision:
    """The newest decision on an exchange, skips included. Raises KbError where there is none."""
    decisions = (*case.skipped, *filter(None, [case.decision]))
    last = max(decisions, key=lambda decision: (decision.at, decision.id), default=None)
    if last is None:
        raise KbError(f"nothing was decided on {case.exchange.id}", "see: kb feedback review")
    return last


def _chosen(
    sources: tuple[CitedSource, ...], passage: str | None, citation: int | None
) -> CitedSource:
    """The source that is named, or the only one. Raises UsageError."""
    matches = [
        source
        for source in sources
        if (passage is None or source.passage == passage)
        and (citation is None or source.n == citation)
    ]
    if len({source.passage for source in matches}) == 1:
        return matches[0]
    if not sources:
        raise UsageError("this exchange has no source to mark")
    there = ", ".join(f"{source.n} {source.source} {source.label}" for source in sources)
    raise UsageError("which source?", f"name one with --citation: {there}")


def _exchange(journal: Journal, name: str) -> Exchange:
    return journal.last(terminal()) if name == "last" else journal.exchange(name)
