"""Deciding on an exchange: the same for the review on a terminal and for scripts.

Every decision names the votes down that it answers, so that one which comes meanwhile is not lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kb.errors import KbError, UsageError
from kb.faq import refreshed
from kb.journal import Journal
from kb.journal.faq_entries import worded
from kb.knowledge import KnowledgeBase
from kb.text import flat, has_words, normalise, plain, terms
from kb.types import Decision, FaqEntry
from retrieval.feedback.cited_sources import Source, unmarked
from retrieval.feedback.repeat import question_of
from retrieval.feedback.review_queue import Case

_ENOUGH = 0.5  # of a quote's words
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
    """A FAQ entry to be: its question and answer."""

    question: str
    answer: str


def check_undecided(case: Case) -> None:
    """Raises KbError, saying who decided what, when a decision stands that answers every vote down."""
    if case.decision is None or not case.is_decided:
        return
    raise KbError(
        _told(case.decision), "decide once more with --again, or take it back with --as undo"
    )


def check_own(decision: Decision, by: str | None) -> None:
    """Raises KbError, saying who decided what, when another than `by` did, whose word it is."""
    if decision.by != by:
        raise KbError(
            f"{_told(decision)}, not {by or 'you'}", "take it back all the same with --again"
        )


def decide(
    journal: Journal, case: Case, kind: Literal["fine", "gap", "skip"], by: str | None
) -> Decision:
    """The answer was fine; the sources lack one; or it is left for later. Raises Overtaken."""
    seen = None if kind == "skip" else case.seen
    return journal.reviews.decide(case.exchange.id, kind, by=by, detail=_heard(case), seen=seen)


def draft(journal: Journal, case: Case, sources: Sequence[Source]) -> Draft:
    """What a promotion begins with: the newest correction, else the answer without its marks;
    nothing for a refusal.

    Where there is an entry already, its question, and its answer unless somebody corrected that.
    """
    exchange, entry = case.exchange, entry_of(journal, case)
    corrections = [verdict.correct for verdict in case.verdicts if verdict.correct]
    given = (
        unmarked(exchange.answer, sources) if exchange.status in ("answered", "unsupported") else ""
    )
    answer = corrections[-1] if corrections else entry.answer if entry else given
    return Draft(entry.question if entry else question_of(case.exchange), answer)


def promote(
    kb: KnowledgeBase,
    journal: Journal,
    case: Case,
    sources: Sequence[Source],
    question: str,
    answer: str,
    by: str | None,
    also: Sequence[str] = (),
) -> tuple[FaqEntry, Decision]:
    """Make it a FAQ entry, or another version of the one that there is.

    It rests on what the answer cited, as far as that bears it out: all of it where it is the answer
    that was given, else what shares half of its quote's words with it or has all of the entry's. A
    correction of what was wrong rests on none of what misled. What the entry that there is rests on
    counts as read again, as it is now. Where the reviewer put another question, the one that was
    asked is a further way to ask it. Raises Overtaken, Outdated, KbError where another entry has
    one of the questions put, and UsageError where a text has no words.
    """
    for name, text in (("question", question), ("answer", answer)):
        if not has_words(text):
            raise UsageError(f"the {name} of a FAQ entry needs words", f"give one with --{name}")
    entry = entry_of(journal, case)
    asked = {
        worded(way)
        for way in (question_of(case.exchange), *((entry.question, *entry.also) if entry else ()))
    }
    journal.faq.check_free(
        (way for way in (question, *also) if worded(way) not in asked), entry.id if entry else ""
    )
    cited = borne_out(case, sources, answer)
    itself = f"faq/{entry.id}" if entry else ""
    fresh = [
        each.support for each in cited if each.source != itself and not (entry and each.changed)
    ]
    ways = [*(entry.also if entry else ()), question_of(case.exchange), *also]
    known = normalise(question)
    return journal.promote(
        case.exchange.id,
        question=question.strip(),
        answer=answer.strip(),
        also=tuple(dict.fromkeys(way for way in ways if normalise(way) != known)),
        sources=tuple(
            dict.fromkeys([*(refreshed(kb.catalog, entry, kb.notify) if entry else ()), *fresh])
        ),
        by=by,
        detail=_heard(case),
        seen=case.seen,
        onto=entry,
    )


def borne_out(case: Case, sources: Sequence[Source], answer: str) -> list[Source]:
    """The sources that the exchange's answer cited and that an entry with this `answer` may rest
    on: see `promote`.
    """
    if not case.exchange.payload.get("citations"):
        return []
    if flat(answer) == flat(unmarked(case.exchange.answer, sources)):
        return list(sources)
    says = set(terms(plain(answer)))
    return [source for source in sources if _bears_out(set(terms(plain(source.quote))), says)]


def _bears_out(quoted: set[str], says: set[str]) -> bool:
    return bool(says) and (says <= quoted or len(quoted & says) >= max(1, _ENOUGH * len(quoted)))


def bad_source(
    journal: Journal, case: Case, source: Source, by: str | None, reason: str = ""
) -> Decision:
    """Mark a passage stale, for the reason given or for what was commented. Raises Overtaken, and
    KbError.
    """
    if source.changed:
        raise KbError(
            f"[{source.n}] {source.source} has changed since", "what it said is not there any more"
        )
    comments = [
        verdict.comment for verdict in case.verdicts if verdict.value == "down" and verdict.comment
    ]
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
    """Take a decision back with what came of it: a promoted entry is withdrawn, a stale mark
    lifted.

    Gives the entry that stays because it was edited since. Raises KbError when it was undone
    before.
    """
    return journal.undo(decision, by)[1]


def last_by(journal: Journal, by: str | None) -> Decision | None:
    """The reviewer's newest decision that was not undone, skipping included."""
    own = [decision for decision in journal.reviews.standing() if decision.by == by]
    return own[-1] if own else None


def entry_of(journal: Journal, case: Case) -> FaqEntry | None:
    """The FAQ entry that the exchange was promoted to, else one that has its question, word for
    word.
    """
    made = (entry for entry in journal.faq.entries() if entry.exchange == case.exchange.id)
    return next(made, None) or journal.faq.asking(question_of(case.exchange))


def promoted_as(entry: FaqEntry) -> str:
    """What to say of a promotion."""
    return f"promoted: FAQ entry {entry.id}" + (
        f", version {entry.version}" if entry.version > 1 else ""
    )


def marked_as(journal: Journal, case: Case, source: Source) -> str:
    """What to say of a bad source."""
    entry = source.source.removeprefix("faq/")
    if not any(each.id == entry for each in journal.faq.entries()):
        return f"[{source.n}] {source.source} is marked stale"
    asking = journal.faq.asking(question_of(case.exchange))
    due = (
        "; that is its own, so it is due for review: kb faq list --due"
        if asking and asking.id == entry
        else ""
    )
    return f"[{source.n}] {source.source} is not taken for this question any more{due}"


def _told(decision: Decision) -> str:
    entry = decision.detail.get("entry")
    says = f"{decision.by or 'somebody'} has decided on {decision.at[:10]}: {SAID[decision.kind]}"
    return f"{says} ({entry})" if entry else says


def _heard(case: Case) -> Mapping[str, Any]:
    return {"heard": case.heard}
