"""Time-outs of held answers: what happens to those about which nobody decided in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from kb.journal import Journal
from kb.journal.held_answers import Hold, HoldDecision
from kb.journal.holds import HoldOvertaken
from retrieval.holding.policy import ChannelPolicy, Community


def apply_timeouts(
    journal: Journal, community: Community, now: datetime | None = None
) -> list[HoldDecision]:
    """Decide about the held answers that have waited too long, as the channel that they wait in
    says; gives what was decided. Doing it twice, or in two processes at once, changes nothing more.

    What holds a forbidden topic, word or link is never sent by itself: it is declined.
    """
    now = now or datetime.now(UTC)
    made: list[HoldDecision] = []
    for hold in journal.holds.waiting():
        policy = community.channel(hold.queue)
        if not policy.timeout_hours or now < due(hold, policy):
            continue
        try:
            made.append(_timed_out(journal, hold, policy))
        except HoldOvertaken:  # somebody decided just now
            continue
    return made


def due(hold: Hold, policy: ChannelPolicy) -> datetime:
    """When a held answer has waited too long in the channel that it waits in."""
    return datetime.fromisoformat(hold.since) + timedelta(hours=policy.timeout_hours)


def _timed_out(journal: Journal, hold: Hold, policy: ChannelPolicy) -> HoldDecision:
    if policy.timeout_channel:
        detail = {"channel": policy.timeout_channel}
        return journal.holds.decide(
            hold.exchange, "rerouted", by=None, detail=detail, seen=hold.seen
        )
    forbidden = any(reason.kind.startswith("forbidden") for reason in hold.reasons)
    sent = policy.on_timeout == "send" and not forbidden
    return journal.holds.decide(
        hold.exchange, "timed_out", by=None, detail={"sent": sent}, seen=hold.seen
    )
