"""Held answers as values: the draft that waits for a person, why, and what was decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from kb.types import Meta

# the writers of answers for which no writer was asked
RULES = "community rules"
REVIEWER = "reviewer"

HoldDecided = Literal["approved", "edited", "declined", "timed_out", "rerouted", "undo"]
DeliveryState = Literal["claimed", "delivered", "failed", "requeued"]
HoldState = Literal["waiting", "approved", "edited", "declined", "timed_out"]


@dataclass(frozen=True, slots=True)
class HoldReason:
    """Why an answer is held. `kind` is such as `always` or `forbidden_word`, `detail` the word."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class HoldDecision:
    """What was decided about a held answer. `id` orders decisions, `undoes` is the uid of the one
    taken back.

    `detail` of `edited`: `answer`, the answer in its place, as JSON of the contract. Of `declined`:
    `note` to the asker. Of `timed_out`: `sent`, whether the draft became the answer, and `note`. Of
    `rerouted`: `channel`, whose reviewers it waits for from then on.
    """

    id: int
    uid: str
    exchange: str
    kind: HoldDecided
    by: str | None
    at: str
    detail: Meta
    undoes: str | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A held answer. `draft` is the answer as it was written, as JSON of the contract.

    `question` is in the asker's own words; `asked_as` is how a follow-up was put to stand alone.
    `channel` is where the asker waits, `queue` the channel whose reviewers decide, since `since`.
    `seen` is the number of the newest decision of any kind, for `Holds.decide`.
    """

    exchange: str
    at: str
    question: str
    channel: str
    asker: str
    reasons: tuple[HoldReason, ...]
    draft: Meta
    asked_as: str = ""
    queue: str = ""
    since: str = ""
    decision: HoldDecision | None = None
    seen: int = 0

    @property
    def state(self) -> HoldState:
        """What became of it."""
        return cast(HoldState, self.decision.kind) if self.decision else "waiting"

    @property
    def released(self) -> Meta | None:
        """The answer that the asker gets, as JSON of the contract; None while or where there is
        none.
        """
        if self.state == "edited" and self.decision:
            return cast(Meta, self.decision.detail["answer"])
        sent = self.state == "timed_out" and self.decision and self.decision.detail.get("sent")
        return self.draft if self.state == "approved" or sent else None

    @property
    def note(self) -> str:
        """The note to the asker of a declined question; empty where there is none."""
        return str(self.decision.detail.get("note") or "") if self.decision else ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A decided answer that did not reach its asker, as far as it is known, and why."""

    hold: Hold
    by: str
    at: str
    reason: str
