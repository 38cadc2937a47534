"""What a reviewer does with a held answer: approve, edit, decline, take it back."""

from __future__ import annotations

from typing import Any

from kb.errors import KbError, UsageError
from kb.journal import Journal
from kb.journal.held_answers import Hold, HoldDecision
from kb.knowledge import KnowledgeBase
from kb.text import has_words
from kb.types import Answer, Meta, Sentence
from retrieval.answer.citations import CitationNumbers, quotes
from retrieval.answer.draft_review import review
from retrieval.checks.judge import open_judge
from retrieval.contract import answer_json
from retrieval.holding.policy import load_community
from retrieval.holding.screening import disclaimers_of, found_in, with_disclaimers
from retrieval.holding.stored_answers import stored_hits
from retrieval.question.question import weigh

_ANSWER = ("status", "answer", "sentences", "citations")


def held_answer(journal: Journal, name: str) -> Hold:
    """The held answer of the exchange with that name, or whose name begins with it. Raises
    KbError.
    """
    exchange = journal.exchange(name)
    hold = journal.holds.hold(exchange.id)
    if hold is None:
        raise KbError(f"the answer of {exchange.id} was not held", "see: kb review list")
    return hold


def check_waiting(hold: Hold) -> None:
    """Raises KbError, naming the decision, where it was decided."""
    if hold.decision is not None:
        by, decided = hold.decision.by or "somebody", hold.state.replace("_", " ")
        raise KbError(
            f"{by} has decided on {hold.decision.at[:10]}: {decided}",
            "take it back before it is delivered: kb review undo ID",
        )


def check_own(hold: Hold, by: str | None) -> HoldDecision:
    """The decision about a held answer. Raises KbError where there is none, or another reviewer
    than `by` made it.
    """
    if hold.decision is None:
        raise KbError(f"nothing was decided on {hold.exchange}", "see: kb review list")
    if hold.decision.by != by:
        reviewer, decided = hold.decision.by or "somebody", hold.state.replace("_", " ")
        raise KbError(
            f"{reviewer} has decided on {hold.decision.at[:10]}: {decided}, not {by or 'you'}",
            "take it back all the same with --again",
        )
    return hold.decision


def approve(journal: Journal, hold: Hold, by: str | None) -> HoldDecision:
    """Let the draft out as it stands. Raises HoldOvertaken."""
    return journal.holds.decide(hold.exchange, "approved", by=by, seen=hold.seen)


def decline(journal: Journal, hold: Hold, note: str, by: str | None) -> HoldDecision:
    """Give no answer, but the note if there is one. Raises HoldOvertaken."""
    detail = {"note": note.strip()}
    return journal.holds.decide(hold.exchange, "declined", by=by, detail=detail, seen=hold.seen)


def edit(
    kb: KnowledgeBase, journal: Journal, hold: Hold, text: str, by: str | None
) -> HoldDecision:
    """Let another text out in place of the draft, its sentences verified anew. Raises
    HoldOvertaken, and KbError where a rule of the community forbids a word or link of it.
    """
    if not has_words(text):
        raise UsageError("the answer has no words", "decline it instead: kb review decline ID")
    rules = load_community(kb.home.path).rules
    if forbidden := found_in(rules, [text]):
        what = forbidden[0].kind.replace("_", " ")
        raise KbError(
            f"the answer has what the community's rules forbid: {what} {forbidden[0].detail}",
            "word it otherwise, or change community.toml",
        )
    answer = with_disclaimers(rules.disclaimers, verified(kb, hold, text.strip()))
    detail = {"answer": _stored(answer, hold)}
    return journal.holds.decide(hold.exchange, "edited", by=by, detail=detail, seen=hold.seen)


def verified(kb: KnowledgeBase, hold: Hold, text: str) -> Answer:
    """A reviewer's text as an answer: each sentence checked against what it cites by the numbers of
    the draft, or against what else was found for the question.

    A disclaimer of the community that stands in it claims nothing.
    """
    question = weigh(kb, hold.asked_as)
    body = text
    ends: list[str] = []
    shown = Answer(hold.question, "answered", text, (), (), 0.0, "")
    for disclaimer in disclaimers_of(load_community(kb.home.path).rules.disclaimers, shown):
        if body.endswith(disclaimer.text):
            body = body.removesuffix(disclaimer.text).rstrip()
            ends.insert(0, disclaimer.text)
    hits = list(stored_hits(kb, hold.draft).values())
    marks = CitationNumbers(hits)
    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    pieces = list(review([body], hits, marks, judge))
    sentences: tuple[Sentence, ...] = tuple(each.sentence for each in pieces if each.sentence)
    sound = all(sentence.supported for sentence in sentences)
    written = "".join(piece.text for piece in pieces).strip()
    return Answer(
        hold.question,
        "answered" if sound else "unsupported",
        "\n\n".join([written, *ends]),
        sentences,
        quotes(sentences, marks.cited, question),
        0.0,
        "",
    )


def _stored(answer: Answer, hold: Hold) -> Meta:
    """The part of an answer's JSON that takes the place of the draft, with what that was written
    from.
    """
    shown: dict[str, Any] = answer_json(answer, hold.exchange, 0.0)
    kept = {name: shown[name] for name in _ANSWER}
    return {**kept, "retrieved": list(hold.draft.get("retrieved") or ())}
