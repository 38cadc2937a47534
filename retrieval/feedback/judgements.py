"""What people's judgements tell of questions: which passages are right for one, and which it had
better not be given.

Right: what an answer cites that was voted up or found fine; what holds a correction; the curated
entry that came of a question, and what it rests on. Wrong: what an answer cites that was voted
down; what a reviewer called a bad source. To be answered: what was answered well. Not to be
answered: what was answered badly, and gaps, refused rightly or not.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.text import normalise
from kb.types import Decision, Exchange, Verdict
from retrieval.feedback.repeat import question_of
from retrieval.feedback.report import votes
from retrieval.feedback.review_queue import standing_decisions

_REVIEWER = 3  # a reviewer's word counts as that many votes


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, however often asked, its passages by id, and corrections, whose words a right
    passage holds.
    """

    question: str
    right: frozenset[str]
    wrong: frozenset[str]
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sureness:
    """How confident the program was about a question when it was asked, and whether it should have
    answered it.
    """

    question: str
    confidence: float
    answerable: bool


def judged(kb: KnowledgeBase, journal: Journal) -> tuple[list[Judged], list[Sureness]]:
    """What was judged, by question, and by exchange; the newest last."""
    gathered: dict[str, _Gathered] = {}
    sure: list[Sureness] = []
    decided = standing_decisions(journal)
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
        found = gathered.pop(name, None) or _Gathered(asked)
        gathered[name] = found  # at the end: asked last
        found.hear(exchange, decision, up - down, promoted)
        found.corrections += corrected.get(exchange.id, [])
        answerable = _answerable(exchange, decision, up - down)
        if answerable is not None:
            sure.append(Sureness(name, exchange.confidence, answerable))
    every = (found.judged() for found in gathered.values())
    return [each for each in every if each.right or each.wrong or each.corrections], sure


class _Gathered:
    """What is said of the passages of one question, added up, so that one vote against many counts
    little.
    """

    def __init__(self, question: str) -> None:
        self.question = question
        self.corrections: list[str] = []
        self._said: Counter[str] = Counter()

    def hear(
        self,
        exchange: Exchange,
        decision: Decision | None,
        votes: int,
        promoted: Mapping[str, frozenset[str]],
    ) -> None:
        """Count what an exchange tells."""
        cited = {str(each["passage"]) for each in exchange.payload.get("citations") or []}
        kind = decision.kind if decision else None
        if decision is not None and kind == "promoted":
            self._count(promoted.get(str(decision.detail.get("entry")), frozenset()), _REVIEWER)
        elif decision is not None and kind == "bad_source" and decision.detail.get("passage"):
            self._count({str(decision.detail["passage"])}, -_REVIEWER)
        elif kind == "fine":
            self._count(cited, _REVIEWER)
        elif kind is None and votes:
            self._count(cited, 1 if votes > 0 else -1)

    def _count(self, passages: set[str] | frozenset[str], worth: int) -> None:
        for passage in passages:
            self._said[passage] += worth

    def judged(self) -> Judged:
        """What came of it; where as many are for a passage as against it, nothing is said of it."""
        right = frozenset(passage for passage, said in self._said.items() if said > 0)
        wrong = frozenset(passage for passage, said in self._said.items() if said < 0)
        return Judged(self.question, right, wrong, tuple(dict.fromkeys(self.corrections)))


def _answerable(exchange: Exchange, decision: Decision | None, votes: int) -> bool | None:
    """Whether it should have been answered, from the sources as they were; None where that can't be
    told.
    """
    kind = decision.kind if decision else None
    answered = exchange.status in ("answered", "unsupported")
    if exchange.status == "error":
        return None
    if kind == "gap" or (
        kind == "promoted" and not answered
    ):  # the sources as they were did not do
        return False
    if kind == "fine":
        return answered
    if kind == "bad_source" or not votes:  # what was promoted may have been answered well, or not
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
    """By curated entry, its own passages and those that it rests on."""
    return {
        entry.id: frozenset(
            [*_own(kb, entry.id), *(each.passage for each in entry.sources if each.passage)]
        )
        for entry in journal.faq.entries()
    }


def _own(kb: KnowledgeBase, entry: str) -> Iterator[str]:
    for document in kb.catalog.documents_called(f"faq/{entry}"):
        yield from (passage.id for passage in kb.catalog.passages_of(document.id))
