"""Judgements of questions, for tuning: which passages are right for a question, which are wrong,
and whether it should have been answered.

Right are the passages that a well-liked or confirmed answer cites, passages that hold a correction,
and the FAQ entry that was made from the question with its sources. Wrong are the passages that a
disliked answer cites and those that were called a bad source. A question should be answered where
its answer was good, and should not where its answer was bad or a reviewer called it a gap.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.text import normalise
from kb.types import Decision, Exchange, Verdict
from retrieval.ask import question_of
from retrieval.feedback.decisions import DECISIONS
from retrieval.feedback.report import votes
from retrieval.feedback.review_queue import decisions_in_force


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question, with the ids of passages that are right and wrong for it, and the corrections
    that a right passage would hold.
    """

    question: str
    right: frozenset[str]
    wrong: frozenset[str]
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedConfidence:
    """The confidence of a question when it was asked, and whether it was answerable."""

    question: str
    confidence: float
    answerable: bool


def judged(
    kb: KnowledgeBase, journal: Journal
) -> tuple[list[JudgedQuestion], list[JudgedConfidence]]:
    """The judged questions, and the judged confidences of exchanges; asked last comes last."""
    by_question: dict[str, _PassageVotes] = {}
    confidences: list[JudgedConfidence] = []
    decided = decisions_in_force(journal)
    verdicts = journal.verdicts()
    counted = votes(verdicts)
    corrected = _corrections(verdicts)
    promoted = _promoted(kb, journal)
    for exchange in journal.asked("", "9999-99"):
        decision = decided.get(exchange.id)
        up, down = counted.get(exchange.id, (0, 0))
        if decision is None and up == down and exchange.id not in corrected:
            continue
        if not (asked := question_of(exchange)):  # its texts were not to be kept so long
            continue
        name = normalise(asked).strip()
        found = by_question.pop(name, None) or _PassageVotes(asked)
        by_question[name] = found  # at the end: asked last
        found.add_exchange(exchange, decision, up - down, promoted)
        found.corrections += corrected.get(exchange.id, [])
        answerable = _answerable(exchange, decision, up - down)
        if answerable is not None:
            confidences.append(JudgedConfidence(name, exchange.confidence, answerable))
    every = (found.judged() for found in by_question.values())
    return [each for each in every if each.right or each.wrong or each.corrections], confidences


class _PassageVotes:
    """The votes for and against the passages of one question, summed."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.corrections: list[str] = []
        self._votes: Counter[str] = Counter()

    def add_exchange(
        self,
        exchange: Exchange,
        decision: Decision | None,
        votes: int,
        promoted: Mapping[str, frozenset[str]],
    ) -> None:
        """Add what an exchange says of its passages. `votes` is ups less downs."""
        cited = {str(each["passage"]) for each in exchange.payload.get("citations") or []}
        if decision is None:
            self._count(cited, (votes > 0) - (votes < 0))
            return
        passages: Collection[str] = cited
        if decision.kind == "promoted":
            passages = promoted.get(str(decision.detail.get("entry")), frozenset())
        elif decision.kind == "bad_source":
            passages = [name for name in [str(decision.detail.get("passage") or "")] if name]
        self._count(passages, DECISIONS[decision.kind].reviewer_votes)

    def _count(self, passages: Collection[str], worth: int) -> None:
        for passage in passages:
            self._votes[passage] += worth

    def judged(self) -> JudgedQuestion:
        """The judged question. Passages with as many votes for as against are left out."""
        right = frozenset(passage for passage, total in self._votes.items() if total > 0)
        wrong = frozenset(passage for passage, total in self._votes.items() if total < 0)
        return JudgedQuestion(self.question, right, wrong, tuple(dict.fromkeys(self.corrections)))


def _answerable(exchange: Exchange, decision: Decision | None, votes: int) -> bool | None:
    """Whether the sources of then answered the question; None where that is not known."""
    answered = exchange.status in ("answered", "unsupported")
    if exchange.status in ("error", "held"):
        return None
    if decision is not None:
        answerable = DECISIONS[decision.kind].answerable[0 if answered else 1]
        if answerable is not None or decision.kind == "bad_source":
            return answerable
    if not votes:
        return None
    if answered:
        return votes > 0
    return (
        False if votes > 0 else None
    )  # voting a refusal down may only mean that an answer is wanted


def _corrections(verdicts: list[Verdict]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for verdict in verdicts:
        if verdict.correct and verdict.correct.strip():
            found[verdict.exchange].append(verdict.correct)
    return found


def _promoted(kb: KnowledgeBase, journal: Journal) -> dict[str, frozenset[str]]:
    """For each FAQ entry, the ids of its own passages and of those that it rests on."""
    return {
        entry.id: frozenset(
            [
                *_own_passages(kb, entry.id),
                *(each.passage for each in entry.sources if each.passage),
            ]
        )
        for entry in journal.faq.entries()
    }


def _own_passages(kb: KnowledgeBase, entry: str) -> Iterator[str]:
    for document in kb.catalog.documents_called(f"faq/{entry}"):
        yield from (passage.id for passage in kb.catalog.passages_of(document.id))
