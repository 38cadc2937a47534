"""What a reviewer sees of an exchange; all of it as plain lines, for any terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from cli.language import listed, translated
from cli.render import clip, name_of, out, out_wrapped
from kb.text import flat
from kb.types import FaqEntry, Verdict
from retrieval.feedback.decisions import DECISIONS

if TYPE_CHECKING:
    from retrieval.feedback.cited_sources import CitedSource
    from retrieval.feedback.review_queue import ReviewCase

_WHY = {
    "downvoted": "voted down",
    "unsupported": "a sentence lacks support",
    "unsure": "little confidence",
    "abstained": "refused",
    "rest": "nobody complained",
}
_QUOTE = 700
_SAID = 600  # characters of a comment or a correction; `kb show` has the whole
_CLOSEST = 240  # characters of what is only close, and no answer


def show_case(
    case: ReviewCase, sources: Sequence[CitedSource], left: int, entry: FaqEntry | None
) -> None:
    """Show an exchange: why it is in the queue, question, answer, sources with their quotes in
    context, and verdicts.
    """
    exchange = case.exchange
    out()
    why = translated(_WHY[case.why])
    if len(case.complaints) > 1:
        why += translated(f", {len(case.complaints)} times")
    if case.times > 1:
        why += translated(f", asked {case.times} times")
    waiting = translated(f"{left} left")
    out_wrapped(f"— {why} · {exchange.id} · {exchange.at[:10]} · {waiting}")
    if case.decision is not None:
        decision = case.decision
        day, by = decision.at[:10], name_of(decision.by)
        kind = translated(decision.kind.replace("_", " "))
        message = "decided before, {day} by {name}: {kind}"
        out_wrapped(translated(message, day=day, name=by, kind=kind))
    if entry is not None:
        out_wrapped(translated(f"FAQ entry {entry.id} has this question already: p changes it"))
    out_wrapped(translated("Q: {question}", question=flat(exchange.question)), "bold")
    if asked_as := exchange.payload.get("rewritten"):
        asked_as = flat(str(asked_as))
        out_wrapped(f"   {translated('asked as: {question}', question=asked_as)}")
    error = translated(exchange.payload.get("error", ""))
    show_block(
        translated("A: {answer}", answer=exchange.answer)
        if exchange.answer
        else translated("no answer: {error}", error=error)
    )
    confidence = translated("confidence {confidence}", confidence=f"{exchange.confidence:.2f}")
    figures = (translated(exchange.status), confidence, clip(exchange.writer, 60))
    out(f"   {listed(figures)}")
    for source in sources:
        show_source(source, _QUOTE if exchange.payload.get("citations") else _CLOSEST)
    for verdict in case.verdicts:
        _verdict(verdict)


def show_keys() -> None:
    """The keys, and where the pressed one appears."""
    keys = {row.key: translated(row.choice.replace("-", " ")) for row in DECISIONS.values()}
    keys |= {"q": translated("quit"), "?": translated("help")}
    out_wrapped(" · ".join(f"{key} {name}" for key, name in keys.items()))
    click.echo("> ", nl=False)


def show_help() -> None:
    """What each key does."""
    out()
    for row in DECISIONS.values():
        out_wrapped(f"{row.key} · {translated(row.help)}")
    out_wrapped(f"q · {translated('quit; every decision is kept already')}")


def show_source(source: CitedSource, length: int = _QUOTE) -> None:
    """Show a source: where it is, and at most `length` characters of its quote in context."""
    state = ""
    if source.changed or source.stale:
        state = "  " + translated("(changed since)" if source.changed else "⚠ stale")
    out_wrapped(
        f"[{source.n}] {clip(source.title, 80)} — {source.source}  {clip(source.label, 80)}{state}"
    )
    if source.before:
        out_wrapped(f"    {flat(source.before)}")
    out_wrapped(f"  > {clip(source.quote, length)}", "bold")
    if source.after:
        out_wrapped(f"    {flat(source.after)}")


def _verdict(verdict: Verdict) -> None:
    author, comment = clip(name_of(verdict.by), 60), clip(verdict.comment or "-", _SAID)
    out_wrapped(f"{verdict.value}  {author}, {verdict.at[:10]}: {comment}")
    if verdict.correct:
        cut = "" if len(verdict.correct) <= _SAID else "…"
        correct = f"{verdict.correct[:_SAID]}{cut}"
        show_block(f"   {translated('correct: {answer}', answer=correct)}")


def show_block(text: str) -> None:
    """Show a text of several lines."""
    for line in text.split("\n"):
        out_wrapped(line)
