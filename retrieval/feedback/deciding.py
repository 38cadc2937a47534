"""Deciding on an exchange: the same for the review on a terminal and for scripts.

Every decision names the votes down that it answers, so that one which comes meanwhile is not lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.errors import KbError, UsageError
from kb.journal import Journal
from kb.text import has_words, normalise
from kb.types import Decision, FaqEntry
from retrieval.feedback.queue import Case
from retrieval.feedback.rested import Source, unmarked

SAID = {
    "fine": "fine",
    "promoted": "promoted to the FAQ",
    "bad_source": "a bad source",
    "gap": "a gap",
    "skip": "skipped",
    "undo": "undone",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """A FAQ entry to be: its question and answer. `asked` is how the question was asked."""

    question: str
    answer: str
    asked: str = ""


def check_undecided(case: Case) -> None:
    """Raises KbError, saying who decided what, when a decision stands that answers every vote down."""
    if case.decision is None or not case.is_decided:
        return
    entry = case.decision.detail.get("entry")
    raise KbError(
        f"{case.decision.by or 'somebody'} has decided on {case.decision.at[:10]}: {SAID[case.decision.kind]}"
        + (f" ({entry})" if entry else ""),
        "decide once more with --again, or take it back with --as undo",
    )


def decide(journal: Journal, case: Case, kind: Literal["fine", "gap", "skip"], by: str | None) -> Decision:
    """The answer was fine; the sources lack one; or it is left for later. Raises Overtaken."""
    seen = None if kind == "skip" else case.seen
    return journal.reviews.decide(case.exchange.id, kind, by=by, detail=_heard(case), seen=seen)


def check_no_entry(journal: Journal, case: Case) -> None:
    """Raises KbError when the exchange was promoted and its entry still stands."""
    for entry in journal.faq.entries():
        if entry.exchange == case.exchange.id:
            raise KbError(f"this is FAQ entry {entry.id} already", f"change it with: kb faq edit {entry.id}")


def draft(case: Case, sources: Sequence[Source]) -> Draft:
    """What a promotion begins with: the newest correction, else the answer without its marks; nothing for a refusal."""
    exchange = case.exchange
    corrections = [verdict.correct for verdict in case.verdicts if verdict.correct]
    given = unmarked(exchange.answer, sources) if exchange.status in ("answered", "unsupported") else ""
    asked = str(exchange.payload.get("rewritten") or exchange.question)
    return Draft(asked, corrections[-1] if corrections else given, asked)


def promote(
    journal: Journal,
    case: Case,
    sources: Sequence[Source],
    question: str,
    answer: str,
    by: str | None,
    also: Sequence[str] = (),
) -> tuple[FaqEntry, Decision]:
    """Make it a FAQ entry that rests on what the answer cited.

    Where the reviewer put another question, the one that was asked is a further way to ask it. Raises Overtaken, and
    KbError when either text has no words or the exchange is an entry already.
    """
    for name, text in (("question", question), ("answer", answer)):
        if not has_words(text):
            raise UsageError(f"the {name} of a FAQ entry needs words", f"give one with --{name}")
    check_no_entry(journal, case)
    asked = draft(case, sources).asked
    further = [asked, *also] if normalise(asked).strip() != normalise(question).strip() else also
    cited = sources if case.exchange.payload.get("citations") else ()
    return journal.promote(
        case.exchange.id,
        question=question.strip(),
        answer=answer.strip(),
        also=tuple(dict.fromkeys(further)),
        sources=[source.support for source in cited],
        by=by,
        detail=_heard(case),
        seen=case.seen,
    )


def bad_source(journal: Journal, case: Case, source: Source, by: str | None, reason: str = "") -> Decision:
    """Mark a passage stale, for the reason given or for what was commented. Raises Overtaken, and KbError."""
    if source.changed:
        raise KbError(f"[{source.n}] {source.source} has changed since", "what it said is not there any more")
    comments = [verdict.comment for verdict in case.verdicts if verdict.value == "down" and verdict.comment]
    detail = {
        "passage": source.passage,
        "text_hash": source.text_hash,
        "source": source.source,
        "label": source.label,
        "reason": reason or "; ".join(comments),
    }
    return journal.reviews.decide(
        case.exchange.id, "bad_source", by=by, detail={**_heard(case), **detail}, seen=case.seen
    )


def undo(journal: Journal, decision: Decision, by: str | None) -> FaqEntry | None:
    """Take a decision back with what came of it: a promoted entry is withdrawn, a stale mark lifted.

    Gives the entry that stays because it was edited since. Raises KbError when it was undone before.
    """
    return journal.undo(decision, by)[1]


def last_by(journal: Journal, by: str | None) -> Decision | None:
    """The reviewer's newest decision that was not undone, skipping included."""
    own = [decision for decision in journal.reviews.standing() if decision.by == by]
    return max(own, key=lambda decision: decision.id, default=None)


def entry_asking(entries: Sequence[FaqEntry], question: str) -> FaqEntry | None:
    """The FAQ entry whose question that is, word for word."""
    asked = normalise(question).strip()
    ways = ((entry, (entry.question, *entry.also)) for entry in entries)
    return next((entry for entry, known in ways if asked in (normalise(each).strip() for each in known)), None)


def _heard(case: Case) -> Mapping[str, Any]:
    return {"heard": case.heard}
