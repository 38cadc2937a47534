"""What is said of an exchange by now: the newest decision that stands, and the verdicts that came after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kb.journal import Journal
from kb.types import Decision, Exchange, Verdict

_SETTLES = ("fine", "promoted", "bad_source")


@dataclass(frozen=True, slots=True)
class Standing:
    """An exchange, the newest decision on it that was not undone, skipping aside, and the verdicts since, by time."""

    exchange: Exchange
    decision: Decision | None
    verdicts: tuple[Verdict, ...]

    @property
    def confirmed(self) -> bool:
        """Whether people stand behind it: decided fine, or voted up, and not voted down since.

        A vote alone does not lift what a reviewer decided otherwise.
        """
        if self.decision is not None and self.decision.kind != "fine":
            return False
        newest = self.verdicts[-1].value if self.verdicts else None
        return newest == "up" if self.decision is None else newest != "down"

    @property
    def is_gap(self) -> bool:
        """Whether the question still wants an answer: decided so, or refused or voted down, and nothing settled it."""
        kind = self.decision.kind if self.decision else None
        if kind == "gap":
            return True
        disliked = bool(self.verdicts) and self.verdicts[-1].value == "down"
        return disliked or (self.exchange.status == "abstained" and kind not in _SETTLES)


def standings(journal: Journal) -> Iterator[Standing]:
    """Every exchange with what is said of it, oldest first."""
    decided: dict[str, Decision] = {}
    for decision in journal.reviews.standing():
        if decision.kind != "skip":
            decided[decision.exchange] = decision
    said: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in reversed(journal.verdicts()):
        newest = decided.get(verdict.exchange)
        if newest is None or verdict.at > newest.at:
            said[verdict.exchange].append(verdict)
    for exchange in reversed(journal.exchanges()):
        yield Standing(exchange, decided.get(exchange.id), tuple(said[exchange.id]))
