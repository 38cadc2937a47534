"""`kb show`: a passage with its surroundings, or an exchange with its sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.audit_lines import line_json, lines_about
from cli.context import (
    catch_up,
    current_home,
    home_option,
    not_empty,
    open_for_reading,
    open_journal,
    terminal,
)
from cli.language import labelled, listed, translated
from cli.render import clip, name_of, out, out_fitted, out_json
from cli.viewing import audience_option
from kb.errors import OK, KbError
from kb.text import language
from kb.types import SUSPICIOUS, Exchange, Verdict

if TYPE_CHECKING:
    from kb.journal.held_answers import Hold


@click.command()
@click.argument("name", metavar="ID", callback=not_empty)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def command(name: str, as_json: bool) -> int:
    """Show a passage with its surroundings, an exchange with its sources, or a FAQ entry with its
    versions.

    Passages are called p_..., exchanges x_..., FAQ entries f_...; `last` is the exchange of this
    terminal's last question.
    """
    if name == "last" or name.startswith("x_"):
        show_exchange(name, as_json)
    elif name.startswith("p_"):
        _show_passage(name, as_json)
    elif name.startswith("f_"):
        _show_entry(name, as_json)
    else:
        raise KbError(
            f"{name} is neither a passage (p_...), an exchange (x_...) nor a FAQ entry (f_...)",
            "ids are shown by: kb search, kb log list, kb faq list",
        )
    return OK


def _show_passage(name: str, as_json: bool) -> None:
    from retrieval.contract import passage_json

    kb = open_for_reading()
    catch_up(kb)
    passage = kb.catalog.passages([name]).get(name)
    document = kb.catalog.document(passage.document) if passage else None
    if passage is None or document is None:
        raise KbError(f"no passage is called {name}", "it may have changed since; see: kb search")
    around = kb.catalog.passages_of(
        document.id, range(max(0, passage.ordinal - 1), passage.ordinal + 2)
    )
    if as_json:
        out_json(passage_json(document, passage, around))
        return
    out(f"{document.title}  ({document.source})")
    for piece in around:
        out()
        mark = "▶" if piece.id == passage.id else " "
        out(f"{mark} {piece.anchor.label}  {' › '.join(piece.headings)}".rstrip())
        if SUSPICIOUS in piece.meta:
            kinds = listed(map(str, piece.meta[SUSPICIOUS]))
            out(f"  ⚠ {translated('speaks to a language model: {kinds}', kinds=kinds)}")
        for line in piece.text.split("\n"):
            out_fitted(f"  {line}")


def _show_entry(name: str, as_json: bool) -> None:
    from cli.entry_text import show_entry
    from kb.journal import Journal

    kb = open_for_reading()
    catch_up(kb)
    show_entry(kb, Journal(kb.home.journal, sight=kb.sight), name, as_json)


def show_exchange(name: str, as_json: bool) -> None:
    """An exchange with its answer, sources and verdicts."""
    from retrieval.contract import exchange_json

    journal = open_journal()
    exchange = journal.last(terminal()) if name == "last" else journal.exchange(name)
    lines = lines_about(current_home().path, exchange.id)
    if as_json:
        shown = exchange_json(journal, exchange)
        out_json({**shown, "audit": [line_json(line) for line in lines]})
    else:
        _exchange_text(exchange, journal.verdicts(-1, exchange.id))
        if hold := journal.holds.hold(exchange.id):
            _hold_text(hold)
        for decision in journal.reviews.standing(exchange.id):
            kind, by = translated(decision.kind.replace("_", " ")), name_of(decision.by)
            out(f"{kind}  {translated('decided by {name}', name=by)}  {decision.at}")
        for line in lines:
            out(labelled("audit", f"{line.act}  {line.at}  {name_of(line.by)}"))


def _exchange_text(exchange: Exchange, verdicts: list[Verdict]) -> None:
    confidence, took = f"{exchange.confidence:.2f}", f"{exchange.seconds:.2f}"
    figures = translated("(confidence {confidence}, {s} s)", confidence=confidence, s=took)
    status = translated(exchange.status)
    out(f"{exchange.id}  {exchange.at}  {status}  {exchange.writer}  {figures}")
    _show_text(translated("Q: {question}", question=exchange.question))
    if follows := exchange.payload.get("continues"):
        out(_continuation(follows, exchange.payload.get("rewritten")))
    if exchange.answer or exchange.status not in ("error", "held"):
        _show_text(translated("A: {answer}", answer=exchange.answer))
    if error := exchange.payload.get("error"):
        out(labelled("error", translated(error)))
    _sources_text(exchange)
    for verdict in verdicts:
        by = translated("by {name}", name=name_of(verdict.by))
        out(f"{verdict.value}  {by}  {verdict.at}  {verdict.comment or ''}")
        if verdict.correct:
            _show_text(f"    {translated('correct: {answer}', answer=verdict.correct)}")


def _hold_text(hold: Hold) -> None:
    """What became of a held answer."""
    from retrieval.contract import outcome_text

    if hold.decision is not None:
        state, by = translated(hold.state.replace("_", " ")), name_of(hold.decision.by)
        decided = translated("decided by {name}", name=by)
        out(f"{labelled('held', state)}  {decided}  {hold.decision.at}")
    if text := outcome_text(hold):
        _show_text(text)


def _continuation(follows: str, asked_as: str | None) -> str:
    """Which exchange a question went on from, and how it was worded to stand alone."""
    if not asked_as:
        return translated("   continues {exchange}", exchange=follows)
    message = "   continues {exchange}, asked as: {question}"
    return translated(message, exchange=follows, question=asked_as)


def _sources_text(exchange: Exchange) -> None:
    """What sources differ about, what was cited, and all that was found."""
    from kb.writers.prompts import differ

    for differing in exchange.payload.get("differing", []):
        out(
            f"⚠ {differ([(value['n'], value['says']) for value in differing['values']], language(exchange.question))}"
        )
    for citation in exchange.payload.get("citations", []):
        out(
            f"[{citation['n']}] {citation['source']}  {citation['anchor']['label']}  {citation['passage']}"
        )
        out_fitted(f"    “{clip(citation['quote'], 160)}”")
    hits = exchange.payload.get("retrieved")
    if hits is None and exchange.status == "held":
        return
    places = listed(f"{hit['source']} {hit['label']}" for hit in hits or ())
    out_fitted(translated("retrieved: {places}", places=places))


def _show_text(text: str) -> None:
    """What people or writers wrote, line by line."""
    for line in text.split("\n"):
        out_fitted(line)
