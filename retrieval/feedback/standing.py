"""What is said of an exchange by now: the newest decision that stands, and the verdicts that came after it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from kb.journal import Journal
from kb.types import Decision, Exchange, Verdict
from retrieval.feedback.queue import counted, unheard

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


class Said:
    """All that is said of exchanges in a journal, read once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._decided = {each.exchange: each for each in journal.reviews.standing() if each.kind != "skip"}
        self._verdicts: dict[str, list[Verdict]] = defaultdict(list)
        for verdict in reversed(journal.verdicts()):
            self._verdicts[verdict.exchange].append(verdict)

    def of(self, exchange: Exchange) -> Standing:
        """What is said of one."""
        decision = self._decided.get(exchange.id)
        verdicts = counted(self._verdicts.get(exchange.id, ()))
        complaints = unheard(decision, verdicts)
        since = decision.at if decision else ""
        later = (each for each in verdicts if (each in complaints if each.value == "down" else each.at > since))
        return Standing(exchange, decision, tuple(later))

    def every(self) -> Iterator[Standing]:
        """Every exchange of which anything is said, oldest first."""
        for name in sorted({*self._decided, *self._verdicts}):
            yield self.of(self._journal.exchange(name))
