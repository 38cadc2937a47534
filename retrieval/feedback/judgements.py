"""What people's judgements tell of questions: which passages are right for one, and which it had
better not be given.

Right: what an answer cites that was voted up or found fine; what holds a correction; the FAQ
entry that came of a question, and what it rests on. Wrong: what an answer cites that was voted
down; what a reviewer called a bad source. To be answered: what was answered well. Not to be
answered: what was answered badly, and gaps, refused rightly or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.text import normalise
from kb.types import Decision, Exchange, Verdict
from retrieval.feedback.decisions import DECISIONS
from retrieval.feedback.repeat import question_of
from retrieval.feedback.report import votes
from retrieval.feedback.review_queue import decisions_in_force


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question, however often asked, its passages by id, and corrections, whose words a right
    passage holds.
    """

    question: str
    right: frozenset[str]
    wrong: frozenset[str]
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedConfidence:
    """How confident the program was about a question when it was asked, and whether it should have
    answered it.
    """

    question: str
    confidence: float
    answerable: bool


def judged(
    kb: KnowledgeBase, journal: Journal
) -> tuple[list[JudgedQuestion], list[JudgedConfidence]]:
    """What was judged, by question, and by exchange; the newest last."""
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
        asked = question_of(exchange)
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
    """What is said of the passages of one question, added up, so that one vote against many counts
    little.
    """

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
        """Count what an exchange tells."""
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
        """What came of it; where as many are for a passage as against it, nothing is said of it."""
        right = frozenset(passage for passage, said in self._votes.items() if said > 0)
        wrong = frozenset(passage for passage, said in self._votes.items() if said < 0)
        return JudgedQuestion(self.question, right, wrong, tuple(dict.fromkeys(self.corrections)))


def _answerable(exchange: Exchange, decision: Decision | None, votes: int) -> bool | None:
    """Whether it should have been answered, from the sources as they were; None where that can't be
    told.
    """
    answered = exchange.status in ("answered", "unsupported")
    if exchange.status == "error":
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
    """By FAQ entry, its own passages and those that it rests on."""
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
