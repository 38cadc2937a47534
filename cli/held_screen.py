"""What a reviewer sees of a held answer; all of it as plain lines, for any terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from cli.language import listed, translated
from cli.render import clip, name_of, out, out_wrapped
from cli.review_screen import show_block, show_source
from kb.text import flat

if TYPE_CHECKING:
    from kb.journal.held_answers import Hold, HoldReason
    from retrieval.feedback.cited_sources import CitedSource

_CLIPPED = 300  # characters of an earlier answer
_REASONS = {
    "always": "every answer of this channel is looked at",
    "unsure": "little confidence ({detail})",
    "unsupported": "a sentence lacks support",
    "topic": "it touches a topic: {detail}",
    "new_writer": "one of the first answers to {detail}",
    "faq_candidate": "proposed for the FAQ, from {detail}",
    "forbidden_topic": "forbidden topic: {detail}",
    "forbidden_word": "forbidden word: {detail}",
    "forbidden_link": "forbidden link: {detail}",
}


@dataclass(frozen=True, slots=True)
class HeldKey:
    """A key of the review of held answers: its name, and what it does."""

    key: str
    name: str
    help: str


_KEYS = (
    HeldKey("a", "approve", "approve: the answer goes to the asker as it stands"),
    HeldKey("e", "edit", "edit: write another answer in $EDITOR; its sentences are checked anew"),
    HeldKey("d", "decline", "decline: no answer, but a note to the asker if you like"),
    HeldKey("s", "skip", "skip: it waits for the next review"),
    HeldKey("u", "undo", "undo your last decision, unless it was delivered"),
    HeldKey("q", "quit", "quit; every decision is kept already"),
    HeldKey("?", "help", "show this list"),
)


def show_held(
    hold: Hold, sources: Sequence[CitedSource], earlier: Sequence[Hold], left: int
) -> None:
    """Show a held answer: why it is held, question, draft, sources with their quotes in context,
    and what was decided about questions like it.
    """
    out()
    why = reasons_text(hold.reasons)
    waiting = translated(f"{left} left")
    place = translated("channel {channel}", channel=clip(hold.queue, 60))
    out_wrapped(f"— {why} · {hold.exchange} · {hold.at[:16]} · {place} · {waiting}")
    if hold.asker:
        out_wrapped(translated("asked by {name}", name=clip(hold.asker, 60)))
    out_wrapped(translated("Q: {question}", question=flat(hold.question)), "bold")
    if hold.asked_as != hold.question:
        asked_as = translated("asked as: {question}", question=flat(hold.asked_as))
        out_wrapped(f"   {asked_as}")
    show_block(translated("A: {answer}", answer=hold.draft.get("answer", "")))
    for sentence in hold.draft.get("sentences", ()):
        if not sentence["supported"]:
            out_wrapped(not_in_sources(sentence["text"]))
    for source in sources:
        show_source(source)
    for each in earlier:
        _show_earlier(each)


def reasons_text(reasons: Sequence[HoldReason]) -> str:
    """Why an answer is held, on one line."""
    known = (
        translated(_REASONS.get(each.kind, each.kind), detail=each.detail or name_of(None))
        for each in reasons
    )
    return listed(known)


def not_in_sources(sentence: str) -> str:
    """The line about a sentence that no source supports."""
    return "⚠ " + translated("not in the sources: {sentence}", sentence=flat(sentence))


def show_keys() -> None:
    """The keys, and where the pressed one appears."""
    out_wrapped(" · ".join(f"{row.key} {translated(row.name)}" for row in _KEYS))
    click.echo("> ", nl=False)


def show_help() -> None:
    """What each key does."""
    out()
    for row in _KEYS:
        out_wrapped(f"{row.key} · {translated(row.help)}")


def _show_earlier(hold: Hold) -> None:
    """What was decided when the like was asked."""
    decision = hold.decision
    if decision is None:
        return
    state = translated(hold.state.replace("_", " "))
    message = "asked before: {question} ({day} by {name}: {state})"
    question, day, name = clip(hold.question, 120), decision.at[:10], name_of(decision.by)
    out_wrapped(translated(message, question=question, day=day, name=name, state=state))
    text = str((hold.released or {}).get("answer", "")) or hold.note
    if text:
        out_wrapped(f"    {clip(text, _CLIPPED)}")
