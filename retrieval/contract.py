"""The JSON of the contract: results, answers, verdicts and decisions as plain dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from kb.held_wording import declined, timed_out, waiting
from kb.text import language
from kb.types import (
    Anchor,
    Answer,
    Citation,
    Decision,
    Document,
    Exchange,
    Hit,
    Passage,
    Results,
    Verdict,
)
from kb.visibility import audiences_of

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.journal.held_answers import Hold
    from kb.knowledge import KnowledgeBase

# what only the journal keeps of an exchange
_KEPT = ("retrieved", "search_seconds", "topic", "asked", "precedent", "refused_for")


_SOURCE = ("source", "path", "title", "kind", "lang", "meta")


class Asked(Protocol):
    """A question as it was answered or held: its exchange and, where it was held, its hold."""

    @property
    def exchange(self) -> Exchange: ...

    @property
    def hold(self) -> Hold | None: ...


def results_json(results: Results, line_id: str = "1") -> dict[str, Any]:
    """The object of `kb search --json`. `line_id` is the id of a batch line, or its number."""
    return {
        "id": line_id,
        "question": results.question.text,
        "seconds": round(results.seconds, 4),
        "confidence": results.confidence,
        "hits": [hit_json(hit) for hit in results.hits],
    }


def hit_json(hit: Hit) -> dict[str, Any]:
    """One hit."""
    return {
        "rank": hit.rank,
        "score": hit.score,
        "passage": hit.passage.id,
        "document": hit.document.id,
        "source": hit.document.source,
        "title": hit.document.title,
        "headings": list(hit.passage.headings),
        "kind": hit.document.kind,
        "lang": hit.passage.lang,
        "meta": hit.meta,
        "text": hit.passage.text,
        "anchor": anchor_json(hit.passage.anchor),
        "also": list(hit.also),
        "twins": [
            {"passage": twin.passage, "source": twin.source, "lang": twin.lang}
            for twin in hit.twins
        ],
        **_stale(hit),
    }


def sources_json(kb: KnowledgeBase) -> list[dict[str, Any]]:
    """The array of `kb sources list --json`. Of the audiences of a source, a caller who may not see
    everything reads its own.
    """
    audiences = audiences_of(kb)
    return [
        {
            "document": document.id,
            **{name: getattr(document, name) for name in _SOURCE},
            "audience": sorted(audiences.get(document.id, ())),
            "passages": passages,
            "ingested_at": ingested_at,
        }
        for document, passages, ingested_at in kb.catalog.overview()
    ]


def passage_json(document: Document, passage: Passage, around: Sequence[Passage]) -> dict[str, Any]:
    """The object of `kb show p_... --json`: a passage with those `around` it, itself among them."""
    pieces = [
        {
            "passage": p.id,
            "text": p.text,
            "headings": list(p.headings),
            "anchor": anchor_json(p.anchor),
        }
        for p in around
    ]
    shown = {name: getattr(document, name) for name in ("source", "path", "title", "kind")}
    meta = {**document.meta, **passage.meta}
    ids = {"passage": passage.id, "document": document.id}
    return {**ids, **shown, "meta": meta, "around": pieces}


def anchor_json(anchor: Anchor) -> dict[str, Any]:
    """The place of a passage or quote, with only the optional fields that it has."""
    shown: dict[str, Any] = {
        "type": anchor.type,
        "label": anchor.label,
        "start": anchor.start,
        "end": anchor.end,
    }
    further = {
        name: getattr(anchor, name)
        for name in ("speaker", "entry", "unit", "part", "at", "reviewed", "box")
    }
    return {**shown, **{name: value for name, value in further.items() if value is not None}}


def answer_json(answer: Answer, exchange: str, seconds: float) -> dict[str, Any]:
    """The object of `kb ask --format json`. `closest` comes only with a refusal, `error` only where
    the answer breaks off, `differing` only where sources contradict each other.
    """
    shown: dict[str, Any] = {
        "id": exchange,
        "question": answer.question,
        "status": answer.status,
        "confidence": answer.confidence,
        "answer": answer.text,
        "writer": answer.writer,
        "seconds": round(seconds, 4),
        "sentences": [
            {
                "text": s.text,
                "citations": list(s.citations),
                "supported": s.supported,
                "reason": s.reason,
            }
            for s in answer.sentences
        ],
        "citations": [citation_json(citation) for citation in answer.citations],
    }
    if answer.differing:
        shown["differing"] = [
            {"values": [{"n": n, "says": value} for n, value in each.values]}
            for each in answer.differing
        ]
    if answer.error:
        shown["error"] = answer.error
    if answer.status == "abstained":
        shown["closest"] = [hit_json(hit) for hit in answer.closest]
    return shown


def asked_json(asked: Asked) -> dict[str, Any]:
    """What `kb ask --format json` prints: the answer or, while it waits for a person, its id and
    `hold` with what the asker is to read.
    """
    shown = {name: value for name, value in asked.exchange.payload.items() if name not in _KEPT}
    return {**shown, "hold": hold_json(asked.hold)} if asked.hold else shown


def exchange_json(journal: Journal, exchange: Exchange) -> dict[str, Any]:
    """What `kb show x_... --json` prints: the exchange as it stands now, with its verdicts and
    decisions and, where it was held, what became of that.
    """
    shown: dict[str, Any] = {**exchange.payload, "at": exchange.at}
    hold = journal.holds.hold(exchange.id)
    if hold is not None:
        shown["hold"] = hold_json(hold)
        if hold.state != "waiting" and hold.released is None:
            shown |= {"status": "abstained", "answer": outcome_text(hold)}
            shown |= {"sentences": [], "citations": []}
    shown["verdicts"] = [verdict_json(each) for each in journal.verdicts(-1, exchange.id)]
    shown["decisions"] = [decision_json(each) for each in journal.reviews.standing(exchange.id)]
    return shown


def outcome_json(journal: Journal, exchange: Exchange) -> dict[str, Any]:
    """What who asked is told of an exchange later: as `exchange_json`, without what is only for
    those who review.
    """
    shown = exchange_json(journal, exchange)
    hidden = {*_KEPT, "verdicts", "decisions"}
    return {name: value for name, value in shown.items() if name not in hidden}


def hold_json(hold: Hold) -> dict[str, Any]:
    """What became of a held answer, for its asker: no draft, and no reason, which may quote it."""
    shown: dict[str, Any] = {"state": hold.state, "channel": hold.channel}
    if hold.decision is not None:
        shown |= {"by": hold.decision.by, "decided_at": hold.decision.at}
    text = outcome_text(hold)
    return {**shown, "message": text} if text else shown


def held_json(hold: Hold) -> dict[str, Any]:
    """A held answer for its reviewers: with its draft and why it is held."""
    draft = {name: value for name, value in hold.draft.items() if name not in _KEPT}
    shown: dict[str, Any] = {
        name: getattr(hold, name)
        for name in ("exchange", "at", "question", "asked_as", "channel", "queue", "asker", "state")
    }
    shown |= {"reasons": [{"kind": each.kind, "detail": each.detail} for each in hold.reasons]}
    if hold.decision is not None:
        shown |= {"by": hold.decision.by, "decided_at": hold.decision.at, "note": hold.note}
        shown["answer"] = (hold.released or {}).get("answer")
    return {**shown, "draft": draft}


def outcome_text(hold: Hold) -> str:
    """What the asker of a held answer reads in its place; empty where it was let out."""
    lang = language(hold.question)
    if hold.state == "waiting":
        return waiting(hold.exchange, lang)
    if hold.released is not None:
        return ""
    return hold.note or (timed_out(lang) if hold.state == "timed_out" else declined(lang))


def citation_json(citation: Citation) -> dict[str, Any]:
    """A citation with its exact quote."""
    return {
        "n": citation.n,
        "passage": citation.hit.passage.id,
        "document": citation.hit.document.id,
        "source": citation.hit.document.source,
        "title": citation.hit.document.title,
        "quote": citation.quote,
        "url": citation.url,
        "anchor": anchor_json(citation.anchor),
        **_stale(citation.hit),
    }


def _stale(hit: Hit) -> dict[str, bool]:
    """`stale` where a reviewer called the passage a bad source, else nothing."""
    return {"stale": True} if hit.stale else {}


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    """A verdict."""
    return {
        name: getattr(verdict, name)
        for name in ("id", "exchange", "value", "comment", "correct", "by", "at")
    }


def decision_json(decision: Decision) -> dict[str, Any]:
    """A decision with its details, without the votes that it answers."""
    detail = {name: value for name, value in decision.detail.items() if name != "heard"}
    return {"kind": decision.kind, "by": decision.by, "at": decision.at, **detail}
