"""What is to be reviewed, and in which order.

1. What was voted down: more such votes first, then newer ones.
2. Answers of which a sentence lacks support, newest first.
3. Answers given with little confidence, least first; not those that were voted up.
4. Questions that were refused: nearest to an answer first.
5. When all is wanted, everything else that nobody has decided on, newest first.

What the reviewer skipped before comes behind all these, what was skipped first first. A vote down
that the one who decided did not know of opens an exchange again. A question that was asked several
times and got the same answer is there once, and a decision on one of them is one on all that nobody
voted down; so is a FAQ entry with that question.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kb.journal import Journal
from kb.text import normalise
from kb.types import Decision, Exchange, Verdict

Why = Literal["downvoted", "unsupported", "unsure", "abstained", "rest"]
UNSURE = 0.5  # an answer is given with little confidence below this: more likely none than one
_ORDER: tuple[Why, ...] = ("downvoted", "unsupported", "unsure", "abstained", "rest")


@dataclass(frozen=True, slots=True)
class Case:
    """An exchange with all that was said of it, oldest first, and the decision that stands,
    skipping aside.

    `skipped` are standing decisions to skip. `seen` is the newest decision of any kind: see
    `Reviews.decide`. `times`: how often the question was asked and got this answer, as far as it is
    known.
    """

    exchange: Exchange
    verdicts: tuple[Verdict, ...] = ()
    decision: Decision | None = None
    skipped: tuple[Decision, ...] = ()
    seen: int = 0
    times: int = 1

    @property
    def heard(self) -> list[str]:
        """The names of all votes down, for a decision to tell which ones it answers."""
        return [verdict.uid for verdict in self.verdicts if verdict.value == "down"]

    @property
    def complaints(self) -> tuple[Verdict, ...]:
        """The votes down that the standing decision does not answer."""
        return unheard(self.decision, self.verdicts)

    @property
    def why(self) -> Why:
        """What there is to review about it."""
        if self.complaints:
            return "downvoted"
        if self.exchange.status == "unsupported":
            return "unsupported"
        if self.exchange.status == "abstained":
            return "abstained"
        liked = any(verdict.value == "up" for verdict in counted(self.verdicts))
        if self.exchange.status == "answered" and self.exchange.confidence < UNSURE and not liked:
            return "unsure"
        return "rest"

    @property
    def is_decided(self) -> bool:
        """Whether a decision stands that answers every vote down."""
        return self.decision is not None and not self.complaints

    @property
    def is_open(self) -> bool:
        """Whether somebody should look at it."""
        return not self.is_decided and self.why != "rest"


def counted(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """The verdicts that count, in their order: on an exchange each named person's newest, and all
    without a name.
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


def unheard(decision: Decision | None, verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The votes down that count and that a decision was made without.

    Those are what it does not name or, where it names none, later ones.
    """
    down = tuple(verdict for verdict in counted(verdicts) if verdict.value == "down")
    if decision is None:
        return down
    heard = decision.detail.get("heard")
    if isinstance(heard, list):
        return tuple(verdict for verdict in down if verdict.uid not in heard)
    return tuple(verdict for verdict in down if verdict.at > decision.at)


def standing_decisions(journal: Journal) -> dict[str, Decision]:
    """By exchange, the decision that stands: the newest one that was neither undone nor a skip."""
    return {
        decision.exchange: decision
        for decision in journal.reviews.standing()
        if decision.kind != "skip"
    }


def cases(journal: Journal) -> list[Case]:
    """Every exchange as a case, newest first. Their exchanges come without payloads: `case` gives
    one in full.
    """
    said: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in reversed(journal.verdicts()):
        said[verdict.exchange].append(verdict)
    stands: dict[str, list[Decision]] = defaultdict(list)
    for decision in journal.reviews.standing():
        stands[decision.exchange].append(decision)
    seen = journal.reviews.newest_of_all()
    return [
        _case(each, said[each.id], stands[each.id], seen.get(each.id, 0))
        for each in journal.outlines()
    ]


def open_cases(journal: Journal) -> list[Case]:
    """What somebody should look at, whoever it is, in the order of the queue."""
    return _ordered(_wanted(journal))


def case(journal: Journal, name: str) -> Case:
    """The exchange of that name, or beginning with it, as a case. Raises KbError."""
    exchange = journal.exchange(name)
    seen = journal.reviews.newest(exchange.id)  # first: what is decided from here on was not seen
    return _case(
        exchange,
        journal.verdicts(-1, exchange.id)[::-1],
        journal.reviews.standing(exchange.id),
        seen,
    )


def queue(journal: Journal, by: str | None, *, everything: bool = False) -> list[Case]:
    """What reviewer `by` is to look at, in order; with `everything` also what nobody complained
    about.
    """
    wanted = _wanted(journal, everything)
    skips = {each.exchange.id: skip for each in wanted if (skip := _skip(each, by))}
    fresh = [each for each in wanted if each.exchange.id not in skips]
    return [*_ordered(fresh), *_last(wanted, skips)]


def _wanted(journal: Journal, everything: bool = False) -> list[Case]:
    """What is to be decided, newest first: of one question with one answer the newest, unless it
    was voted down.
    """
    every = cases(journal)
    settled = {_same(each.exchange) for each in every if each.is_decided}
    since = {
        normalise(way): entry.at
        for entry in journal.faq.entries()
        for way in (entry.question, *entry.also)
    }
    found: list[Case] = []
    alike: dict[tuple[str, str, float], list[Case]] = defaultdict(list)
    for each in every:
        if each.complaints:
            found.append(each)
        elif each.is_open or (everything and not each.is_decided):
            same = _same(each.exchange)
            if same not in settled and since.get(same[0], "") < each.exchange.at:
                alike[same].append(each)
    found += [replace(group[0], times=len(group)) for group in alike.values()]
    return sorted(found, key=lambda each: (each.exchange.at, each.exchange.id), reverse=True)


def _same(exchange: Exchange) -> tuple[str, str, float]:
    """What two exchanges have in common whose answers are good or bad alike.

    All refusals read the same, and a follow-up may be a word or two: how near it came tells which
    question it was.
    """
    near = exchange.confidence if exchange.status == "abstained" else 0.0
    return normalise(exchange.question), exchange.answer, near


def _ordered(found: Sequence[Case]) -> list[Case]:
    return sorted(found, key=_rank)  # newest first among equals, as they come


def _rank(case: Case) -> tuple[int, float]:
    within = {
        "downvoted": -len(case.complaints), "unsure": case.exchange.confidence, "abstained": -case.exchange.confidence,
    }  # fmt: skip
    return _ORDER.index(case.why), within.get(case.why, 0.0)


def _last(wanted: Sequence[Case], skips: Mapping[str, Decision]) -> list[Case]:
    return sorted(
        (each for each in wanted if each.exchange.id in skips),
        key=lambda each: skips[each.exchange.id].id,
    )


def _skip(case: Case, by: str | None) -> Decision | None:
    """The reviewer's newest skip of a case, unless it was voted down since."""
    own = [skip for skip in case.skipped if skip.by == by]
    return own[-1] if own and not unheard(own[-1], case.complaints) else None


def _case(
    exchange: Exchange, verdicts: Sequence[Verdict], stands: Sequence[Decision], seen: int
) -> Case:
    decided = [decision for decision in stands if decision.kind != "skip"]
    skipped = tuple(decision for decision in stands if decision.kind == "skip")
    return Case(exchange, tuple(verdicts), decided[-1] if decided else None, skipped, seen)
