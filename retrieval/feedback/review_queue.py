"""The review queue: which exchanges are to be reviewed, and in which order.

1. What was voted down: most votes down first, then newest first.
2. Answers with an unsupported sentence, newest first.
3. Answers of low confidence that nobody voted up, lowest first.
4. Refusals, highest confidence first.
5. With `everything`, all else that is undecided, newest first.

What the reviewer skipped comes last, in the order in which it was skipped. A vote down that a
decision did not know of opens the exchange again. A question that got the same answer several times
is queued once, and a decision on one of these exchanges counts for all that nobody voted down; so
does a FAQ entry with that question. What was held, or
followed from the community's rules or an earlier decision, is in it only once it was voted down.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kb.journal import Journal
from kb.journal.held_answers import REVIEWER, RULES
from kb.text import normalise
from kb.types import Decision, Exchange, Verdict

Why = Literal["downvoted", "unsupported", "unsure", "abstained", "rest"]
UNSURE = 0.5  # an answer is given with little confidence below this: more likely none than one
_ORDER: tuple[Why, ...] = ("downvoted", "unsupported", "unsure", "abstained", "rest")


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """An exchange with its verdicts, oldest first, and the decision in force (a skip is none).

    `skipped` are the skips in force. `seen` is the number of the newest decision of any kind: see
    `Reviews.decide`. `times` is how often the question was asked and got this answer, as far as it
    is known.
    """

    exchange: Exchange
    verdicts: tuple[Verdict, ...] = ()
    decision: Decision | None = None
    skipped: tuple[Decision, ...] = ()
    seen: int = 0
    times: int = 1

    @property
    def down_vote_ids(self) -> list[str]:
        """The ids of all votes down, for a decision to name those that it answers."""
        return [verdict.uid for verdict in self.verdicts if verdict.value == "down"]

    @property
    def complaints(self) -> tuple[Verdict, ...]:
        """The votes down that the decision in force does not answer."""
        return unanswered_votes(self.decision, self.verdicts)

    @property
    def why(self) -> Why:
        """Why the exchange is in the queue."""
        if self.complaints:
            return "downvoted"
        if self.exchange.status == "unsupported":
            return "unsupported"
        if self.exchange.status == "abstained":
            return "abstained"
        liked = any(verdict.value == "up" for verdict in counted_verdicts(self.verdicts))
        if self.exchange.status == "answered" and self.exchange.confidence < UNSURE and not liked:
            return "unsure"
        return "rest"

    @property
    def is_decided(self) -> bool:
        """Whether a decision is in force that answers all votes down."""
        return self.decision is not None and not self.complaints

    @property
    def is_open(self) -> bool:
        """Whether a reviewer should look at it."""
        return not self.is_decided and self.why != "rest"


def counted_verdicts(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts that count, in order: of each named person's verdicts on an exchange the newest,
    and all without a name.
    """
    every = list(verdicts)
    by_time = sorted(
        every, key=lambda verdict: (verdict.at, verdict.id)
    )  # an import brings earlier ones later
    newest = {(verdict.exchange, verdict.by): verdict.id for verdict in by_time}
    return [
        verdict
        for verdict in every
        if not verdict.by or newest[verdict.exchange, verdict.by] == verdict.id
    ]


def unanswered_votes(decision: Decision | None, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The votes down that a decision did not know of: those that it does not name or, where it
    names none, later ones.
    """
    down = tuple(verdict for verdict in counted_verdicts(verdicts) if verdict.value == "down")
    if decision is None:
        return down
    heard = decision.detail.get("heard")
    if isinstance(heard, list):
        return tuple(verdict for verdict in down if verdict.uid not in heard)
    return tuple(verdict for verdict in down if verdict.at > decision.at)


def decisions_in_force(journal: Journal) -> dict[str, Decision]:
    """The newest decision on each exchange that was not undone and is no skip, by exchange."""
    return {
        decision.exchange: decision
        for decision in journal.reviews.standing()
        if decision.kind != "skip"
    }


def cases(journal: Journal) -> list[ReviewCase]:
    """Every exchange without its payload as a case, newest first."""
    verdicts_on: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in reversed(journal.verdicts()):
        verdicts_on[verdict.exchange].append(verdict)
    decisions: dict[str, list[Decision]] = defaultdict(list)
    for decision in journal.reviews.standing():
        decisions[decision.exchange].append(decision)
    seen = journal.reviews.newest_of_all()
    return [
        _review_case(each, verdicts_on[each.id], decisions[each.id], seen.get(each.id, 0))
        for each in journal.outlines()
        if each.question  # else its texts were not to be kept so long
    ]


def open_cases(journal: Journal) -> list[ReviewCase]:
    """All cases that need a review, whoever reviews, in the order of the queue."""
    return _ordered(_undecided(journal))


def case(journal: Journal, name: str) -> ReviewCase:
    """The case of the exchange with that name, or whose name begins with it. Raises KbError."""
    exchange = journal.exchange(name)
    seen = journal.reviews.newest(exchange.id)  # first: what is decided from here on was not seen
    return _review_case(
        exchange,
        journal.verdicts(-1, exchange.id)[::-1],
        journal.reviews.standing(exchange.id),
        seen,
    )


def queue(journal: Journal, by: str | None, *, everything: bool = False) -> list[ReviewCase]:
    """Reviewer `by`'s cases in order; with `everything` also those without a complaint."""
    undecided = _undecided(journal, everything)
    skips = {each.exchange.id: skip for each in undecided if (skip := _skip(each, by))}
    fresh = [each for each in undecided if each.exchange.id not in skips]
    return [*_ordered(fresh), *_skipped_last(undecided, skips)]


def _undecided(journal: Journal, everything: bool = False) -> list[ReviewCase]:
    """The cases without a decision, newest first; of those with the same question and answer only
    the newest, unless it was voted down.
    """
    every = cases(journal)
    settled = {_answer_key(each.exchange) for each in every if each.is_decided}
    since = {
        normalise(way): entry.at
        for entry in journal.faq.entries()
        for way in (entry.question, *entry.also)
    }
    # a person has looked at what was held, or will in its own queue
    seen_by_person = journal.holds.exchanges()
    found: list[ReviewCase] = []
    alike: dict[tuple[str, str, float], list[ReviewCase]] = defaultdict(list)
    for each in every:
        if each.complaints:
            found.append(each)
        elif each.exchange.id in seen_by_person or each.exchange.writer in (RULES, REVIEWER):
            continue
        elif each.is_open or (everything and not each.is_decided):
            same = _answer_key(each.exchange)
            if same not in settled and since.get(same[0], "") < each.exchange.at:
                alike[same].append(each)
    found += [replace(group[0], times=len(group)) for group in alike.values()]
    return sorted(found, key=lambda each: (each.exchange.at, each.exchange.id), reverse=True)


def _answer_key(exchange: Exchange) -> tuple[str, str, float]:
    """What exchanges share whose answers are equally good or bad: question and answer.

    All refusals read the same, and a follow-up may be only a word or two, so the confidence of a
    refusal is part of the key.
    """
    near = exchange.confidence if exchange.status == "abstained" else 0.0
    return normalise(exchange.question), exchange.answer, near


def _ordered(found: Sequence[ReviewCase]) -> list[ReviewCase]:
    return sorted(found, key=_rank)  # newest first among equals, as they come


def _rank(case: ReviewCase) -> tuple[int, float]:
    within = {
        "downvoted": -len(case.complaints), "unsure": case.exchange.confidence, "abstained": -case.exchange.confidence,
    }  # fmt: skip
    return _ORDER.index(case.why), within.get(case.why, 0.0)


def _skipped_last(
    undecided: Sequence[ReviewCase], skips: Mapping[str, Decision]
) -> list[ReviewCase]:
    return sorted(
        (each for each in undecided if each.exchange.id in skips),
        key=lambda each: skips[each.exchange.id].id,
    )


def _skip(case: ReviewCase, by: str | None) -> Decision | None:
    """The reviewer's newest skip of a case, unless the case was voted down since."""
    own = [skip for skip in case.skipped if skip.by == by]
    return own[-1] if own and not unanswered_votes(own[-1], case.complaints) else None


def _review_case(
    exchange: Exchange, verdicts: Sequence[Verdict], decisions: Sequence[Decision], seen: int
) -> ReviewCase:
    decided = [decision for decision in decisions if decision.kind != "skip"]
    skipped = tuple(decision for decision in decisions if decision.kind == "skip")
    return ReviewCase(exchange, tuple(verdicts), decided[-1] if decided else None, skipped, seen)
