"""Reviewing an exchange: what each decision does, for the review on a terminal and for scripts.

Every decision names the votes down that it answers, so that a vote that comes meanwhile is not
lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kb.errors import KbError, UsageError
from kb.faq import refreshed
from kb.journal import Journal
from kb.journal.faq_entries import worded
from kb.knowledge import KnowledgeBase
from kb.privacy.spans import COVER
from kb.text import flat, has_words, normalise, plain, terms
from kb.types import Decided, Decision, Exchange, FaqEntry, Support
from retrieval.ask import question_of
from retrieval.feedback.cited_sources import CitedSource, without_marks
from retrieval.feedback.decisions import outcome
from retrieval.feedback.review_queue import ReviewCase

_MARKS = 2 * COVER  # one alone begins lines of lists
_ENOUGH = 0.5  # of a quote's words


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """The question and answer of a FAQ entry that is to be made."""

    question: str
    answer: str


def check_undecided(case: ReviewCase) -> None:
    """Raises KbError, naming the decision, where it answers all votes down."""
    if case.decision is None or not case.is_decided:
        return
    raise KbError(
        _who_decided(case.decision), "decide once more with --again, or take it back with --as undo"
    )


def check_own(decision: Decision, by: str | None) -> None:
    """Raises KbError, naming who decided what, where somebody else than `by` made the decision."""
    if decision.by != by:
        raise KbError(
            f"{_who_decided(decision)}, not {by or 'you'}", "take it back all the same with --again"
        )


def decide(journal: Journal, case: ReviewCase, kind: Decided, by: str | None) -> Decision:
    """Keep a decision that does nothing else, such as fine or gap. Raises Overtaken."""
    seen = None if kind == "skip" else case.seen
    return journal.reviews.decide(
        case.exchange.id, kind, by=by, detail=_answered_votes(case), seen=seen
    )


def draft(journal: Journal, case: ReviewCase, sources: Sequence[CitedSource]) -> EntryDraft:
    """The draft that a promotion begins with: the newest correction, else the answer without
    citation marks; an empty answer for a refusal.

    Where the exchange has an entry already, its question, and its answer unless somebody corrected
    it.
    """
    exchange, entry = case.exchange, entry_of(journal, case)
    corrections = [verdict.correct for verdict in case.verdicts if verdict.correct]
    given = (
        without_marks(_without_disclaimers(exchange), sources)
        if exchange.status in ("answered", "unsupported")
        else ""
    )
    answer = corrections[-1] if corrections else entry.answer if entry else given
    return EntryDraft(entry.question if entry else question_of(case.exchange), answer)


def _without_disclaimers(exchange: Exchange) -> str:
    """The answer without the paragraphs behind its last sentence: the community's rules add them to
    every answer, and will to this one.
    """
    sentences = exchange.payload.get("sentences") or ()
    last = str(sentences[-1]["text"]) if sentences else ""
    end = exchange.answer.rfind(last) + len(last) if last in exchange.answer else 0
    if not last or not end:
        return exchange.answer
    return exchange.answer[:end] + exchange.answer[end:].partition("\n\n")[0]


def _check_unmarked(kb: KnowledgeBase, supports: Iterable[Support], *texts: str) -> None:
    """Raise KbError for texts or quotes with the marks of a cover: who was answered so may not see the data,
    but the FAQ is for all, and covered by itself for those from whom they are kept.
    """
    quotes = (support.quote for support in supports)
    if kb.settings.privacy_answers and any(_MARKS in text for text in (*texts, *quotes)):
        raise KbError(
            "this was asked where personal data are covered, and their marks must not be stored",
            "ask it again without --audience, and promote that",
        )


def promote(
    kb: KnowledgeBase,
    journal: Journal,
    case: ReviewCase,
    sources: Sequence[CitedSource],
    question: str,
    answer: str,
    by: str | None,
    also: Sequence[str] = (),
) -> tuple[FaqEntry, Decision]:
    """Make the exchange a FAQ entry, or a new version of the entry that it has.

    The entry rests on what the answer cited, as far as that supports it (see `supporting_sources`),
    and on what it rested on before, as that is now. Where the reviewer worded the question anew,
    the original one becomes another way to ask it. Raises Overtaken, Outdated, KbError where
    another entry has one of these questions, and UsageError where a text has no words.
    """
    for name, text in (("question", question), ("answer", answer)):
        if not has_words(text):
            raise UsageError(f"the {name} of a FAQ entry needs words", f"give one with --{name}")
    entry = entry_of(journal, case)
    asked = question_of(case.exchange)
    taken = {worded(way) for way in (asked, *((entry.question, *entry.also) if entry else ()))}
    fresh = (way for way in (question, *also) if worded(way) not in taken)
    journal.faq.check_free(fresh, entry.id if entry else "")
    ways = [*(entry.also if entry else ()), asked, *also]
    supports = _supports(kb, entry, supporting_sources(case, sources, answer))
    _check_unmarked(kb, supports, question, answer, *ways)
    known = normalise(question)
    return journal.promote(
        case.exchange.id,
        question=question.strip(),
        answer=answer.strip(),
        also=tuple(dict.fromkeys(way for way in ways if normalise(way) != known)),
        sources=supports,
        by=by,
        detail=_answered_votes(case),
        seen=case.seen,
        onto=entry,
    )


def _supports(
    kb: KnowledgeBase, entry: FaqEntry | None, cited: Sequence[CitedSource]
) -> tuple[Support, ...]:
    """The supports of an entry after the promotion of an answer that cited these sources."""
    if entry is None:
        return tuple(dict.fromkeys(source.support for source in cited))
    own_source = f"faq/{entry.id}"
    fresh = (
        source.support for source in cited if source.source != own_source and not source.changed
    )
    return tuple(dict.fromkeys([*refreshed(kb.catalog, entry, kb.notify), *fresh]))


def supporting_sources(
    case: ReviewCase, sources: Sequence[CitedSource], answer: str
) -> list[CitedSource]:
    """The sources of the exchange's answer that support a FAQ entry with this `answer`.

    That is all of them where it is the answer that was given, else those that share half of the
    quote's words with it or hold all of its words. A correction of a wrong answer is thus not
    supported by what misled that.
    """
    if not case.exchange.payload.get("citations"):
        return []
    if flat(answer) == flat(without_marks(case.exchange.answer, sources)):
        return list(sources)
    says = set(terms(plain(answer)))
    return [source for source in sources if _is_support(set(terms(plain(source.quote))), says)]


def _is_support(quoted: set[str], says: set[str]) -> bool:
    return bool(says) and (says <= quoted or len(quoted & says) >= max(1, _ENOUGH * len(quoted)))


def mark_bad_source(
    journal: Journal, case: ReviewCase, source: CitedSource, by: str | None, reason: str = ""
) -> Decision:
    """Mark a passage as a bad source. Raises Overtaken, and KbError where it has changed."""
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
        case.exchange.id,
        "bad_source",
        by=by,
        detail={**_answered_votes(case), **detail},
        seen=case.seen,
    )


def undo(journal: Journal, decision: Decision, by: str | None) -> FaqEntry | None:
    """Take a decision back with its effect: a promoted entry is withdrawn, a stale mark removed.

    Gives the entry that stays because it was edited since. Raises KbError when the decision was
    undone before.
    """
    return journal.undo(decision, by)[1]


def last_decision(journal: Journal, by: str | None) -> Decision | None:
    """The reviewer's newest decision that was not undone, skips included."""
    own = [decision for decision in journal.reviews.standing() if decision.by == by]
    return own[-1] if own else None


def entry_of(journal: Journal, case: ReviewCase) -> FaqEntry | None:
    """The FAQ entry made of the exchange, else the one with its question word for word."""
    made = (entry for entry in journal.faq.entries() if entry.exchange == case.exchange.id)
    return next(made, None) or journal.faq.asking(question_of(case.exchange))


def promotion_notice(entry: FaqEntry) -> str:
    """The line that reports a promotion."""
    return f"promoted: FAQ entry {entry.id}" + (
        f", version {entry.version}" if entry.version > 1 else ""
    )


def bad_source_notice(journal: Journal, case: ReviewCase, source: CitedSource) -> str:
    """The line that reports a bad source."""
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


def _who_decided(decision: Decision) -> str:
    entry = decision.detail.get("entry")
    by, decided = decision.by or "somebody", outcome(decision.kind)
    says = f"{by} has decided on {decision.at[:10]}: {decided}"
    return f"{says} ({entry})" if entry else says


def _answered_votes(case: ReviewCase) -> Mapping[str, Any]:
    return {"heard": case.down_vote_ids}
