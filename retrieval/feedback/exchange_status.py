"""What is said of an exchange by now: the newest decision that stands, and the verdicts that came
after it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from kb.journal import Journal
from kb.types import Decision, Exchange, Verdict
from retrieval.feedback.review_queue import counted, standing_decisions, unheard

_SETTLES = ("fine", "promoted", "bad_source")


@dataclass(frozen=True, slots=True)
class Standing:
    """An exchange, the newest decision on it that was not undone, skipping aside, and the verdicts
    since, by time.
    """

    exchange: Exchange
    decision: Decision | None
    verdicts: tuple[Verdict, ...]

    @property
    def confirmed(self) -> bool:
        """Whether people stand behind it: decided fine, or voted up, and not voted down since (see
        `_leaning`).

        A vote alone does not lift what a reviewer decided otherwise.
        """
        if self.decision is not None and self.decision.kind != "fine":
            return False
        return self._leaning == "up" if self.decision is None else not self.is_disliked

    @property
    def is_gap(self) -> bool:
        """Whether the question still wants an answer: decided so, or refused or voted down, and
        nothing settled it.
        """
        kind = self.decision.kind if self.decision else None
        if kind == "gap":
            return True
        return self.is_disliked or (self.exchange.status == "abstained" and kind not in _SETTLES)

    @property
    def is_disliked(self) -> bool:
        """Whether it was voted down (see `_leaning`), and nobody decided on that."""
        return self._leaning == "down"

    @property
    def _leaning(self) -> Literal["up", "down"] | None:
        """What most of the verdicts say; of as many either way, the newest."""
        if not self.verdicts:
            return None
        ups = sum(verdict.value == "up" for verdict in self.verdicts)
        downs = len(self.verdicts) - ups
        return self.verdicts[-1].value if ups == downs else "up" if ups > downs else "down"


class Said:
    """All that is said of exchanges in a journal, read once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._decided = standing_decisions(journal)
        self._verdicts: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in reversed(journal.verdicts()):
            self._verdicts[verdict.exchange].append(verdict)

    def of(self, exchange: Exchange) -> Standing:
        """What is said of one."""
        decision = self._decided.get(exchange.id)
        verdicts = counted(self._verdicts.get(exchange.id, ()))
        complaints = unheard(decision, verdicts)
        since = decision.at if decision else ""
        later = (
            each
            for each in verdicts
            if (each in complaints if each.value == "down" else each.at > since)
        )
        return Standing(exchange, decision, tuple(later))

    def every(self) -> Iterator[Standing]:
        """Every exchange of which anything is said, oldest first."""
        for name in sorted({*self._decided, *self._verdicts}):
            yield self.of(self._journal.exchange(name))
