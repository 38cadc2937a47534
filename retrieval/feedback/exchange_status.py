"""The status of an exchange by what people said of it: the newest decision in force, and the
verdicts after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kb.journal import Journal
from kb.journal.held_answers import REVIEWER, RULES
from kb.types import Decision, Exchange, Verdict
from retrieval.feedback.decisions import DECISIONS
from retrieval.feedback.review_queue import counted_verdicts, decisions_in_force, unanswered_votes


@dataclass(frozen=True, slots=True)
class ExchangeStatus:
    """An exchange, the newest decision on it that was not undone (a skip is none), and the verdicts
    that came after that decision, oldest first.
    """

    exchange: Exchange
    decision: Decision | None
    verdicts: tuple[Verdict, ...]

    @property
    def confirmed(self) -> bool:
        """Whether people confirmed the answer: a reviewer called it fine, or most verdicts are up,
        and most of the verdicts since are not down.

        Votes alone do not overrule a reviewer who decided otherwise.
        """
        if self.decision is None:
            return self._leaning == "up"
        return DECISIONS[self.decision.kind].confirms and not self.is_disliked

    @property
    def is_gap(self) -> bool:
        """Whether the question still needs an answer: a reviewer called it a gap, or it was refused
        or voted down and no decision settled that. What people wanted refused is none.
        """
        if self.decision is not None and self.decision.kind == "gap":
            return True
        is_settled = self.decision is not None and DECISIONS[self.decision.kind].settles
        is_refused = self.exchange.status == "abstained" and self.exchange.writer not in (
            RULES, REVIEWER,
        )  # fmt: skip
        return self.is_disliked or (is_refused and not is_settled)

    @property
    def is_disliked(self) -> bool:
        """Whether most verdicts since the last decision are down."""
        return self._leaning == "down"

    @property
    def _leaning(self) -> Literal["up", "down"] | None:
        """The value of most verdicts, in a tie that of the newest; None without any."""
        if not self.verdicts:
            return None
        ups = sum(verdict.value == "up" for verdict in self.verdicts)
        downs = len(self.verdicts) - ups
        return self.verdicts[-1].value if ups == downs else "up" if ups > downs else "down"


class ExchangeStatuses:
    """The statuses of exchanges, from decisions and verdicts that are read once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._decided = decisions_in_force(journal)
        self._verdicts: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in reversed(journal.verdicts()):
            self._verdicts[verdict.exchange].append(verdict)

    def of(self, exchange: Exchange) -> ExchangeStatus:
        """The status of one exchange."""
        decision = self._decided.get(exchange.id)
        verdicts = counted_verdicts(self._verdicts.get(exchange.id, ()))
        complaints = unanswered_votes(decision, verdicts)
        decided_at = decision.at if decision else ""
        since = (
            each
            for each in verdicts
            if (each in complaints if each.value == "down" else each.at > decided_at)
        )
        return ExchangeStatus(exchange, decision, tuple(since))

    def every(self) -> Iterator[ExchangeStatus]:
        """The statuses of all exchanges with a decision or verdict, oldest first."""
        for name in sorted({*self._decided, *self._verdicts}):
            yield self.of(self._journal.exchange(name))
