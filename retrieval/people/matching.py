"""Matches: who offers what somebody needs, and who seeks what somebody offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from kb.index_words import findable_words
from kb.knowledge import KnowledgeBase
from kb.types import Question
from retrieval.people.field_words import cities_in, stages_in
from retrieval.people.profiles import Profile
from retrieval.people.ranges import MoneyRange, money_range
from retrieval.question.question import check_question, weigh

if TYPE_CHECKING:
    from kb.arrays import Vectors

Direction = Literal["offers", "seeks"]
# chosen on the half `dev` of tests.bench.matching; its other half is what is reported
_BY_WORDS = 0.2  # what a full overlap of words weighs beside a cosine of 1
_BY_WHOLE = 0.35  # the share of a profile's whole text beside that of its best single line
# added by a typed field that fits, taken by one that does not
_CITY, _STAGE, _TICKET = 0.25, 0.1, 0.15
_MUTUAL = 0.1
_FITS = 0.3  # from where on what somebody offers fits, whatever the city


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody needs, or with `seeks` as `of` what somebody offers to those who seek it."""

    text: str
    of: Direction = "offers"
    cities: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    money: MoneyRange | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody fits: a field of the profile, its words, and where they stand."""

    field: str
    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class Quotation:
    """What somebody said, and where."""

    text: str
    citation: str


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who fits a need. `score` orders matches; larger is better."""

    profile: Profile
    score: float
    reasons: tuple[Reason, ...]
    mutual: bool = False
    said: tuple[Quotation, ...] = ()


def read_need(text: str, of: Direction = "offers") -> Need:
    """A need as it was written, with the cities, stages and money that it names. Raises
    UsageError.
    """
    text = check_question(text)
    return Need(text, of, cities_in(text), stages_in(text), money_range(text))


def matches(
    kb: KnowledgeBase, needs: Sequence[Need], profiles: Sequence[Profile], limit: int
) -> list[Match]:
    """The people who fit best, each once; nobody where nobody fits well enough.

    Who fits a need and an offer of the same person is a mutual match, and comes first among equals.
    """
    best: dict[str, Match] = {}
    directions: dict[str, set[Direction]] = {}
    for need in needs:
        for match in _scored(kb, need, profiles):
            person = match.profile.id
            directions.setdefault(person, set()).add(need.of)
            if person not in best or best[person].score < match.score:
                best[person] = match
    found = [_with_direction(match, directions[person]) for person, match in best.items()]
    found.sort(key=lambda match: (-match.score, match.profile.name))
    return found[:limit]


def _with_direction(match: Match, directions: set[Direction]) -> Match:
    if len(directions) < 2:
        return match
    return Match(match.profile, match.score + _MUTUAL, match.reasons, True)


def _scored(kb: KnowledgeBase, need: Need, profiles: Sequence[Profile]) -> list[Match]:
    question = weigh(kb, need.text)
    given = [profile for profile in profiles if getattr(profile, need.of)]
    nearness = _Nearness(kb, need, given)
    return [match for profile in given if (match := _match(need, question, profile, nearness))]


class _Nearness:
    """Cosines between a need and texts of profiles, each text embedded once."""

    def __init__(self, kb: KnowledgeBase, need: Need, profiles: Sequence[Profile]) -> None:
        sides = ([*getattr(each, need.of), whole(each, need.of)] for each in profiles)
        texts = list(dict.fromkeys(chain.from_iterable(sides)))
        self._cosines: Mapping[str, float] = {}
        if kb.embedder is not None and texts:
            vectors: Vectors = kb.embedder.passages(texts)
            cosines: Any = vectors @ kb.embedder.question(need.text)
            self._cosines = dict(zip(texts, map(float, cosines), strict=True))

    def of(self, text: str) -> float:
        """The cosine of a text; 0 without an embedder."""
        return self._cosines.get(text, 0.0)


def whole(profile: Profile, of: Direction) -> str:
    """One side of a profile in one line, with the fields that say of what kind it is."""
    lines = getattr(profile, of)
    return ", ".join([*lines, *profile.industry, *profile.stage])


def _match(need: Need, question: Question, profile: Profile, nearness: _Nearness) -> Match | None:
    """How somebody fits a need; None for who does not."""
    lines: Sequence[str] = getattr(profile, need.of)
    best = max(lines, key=lambda line: nearness.of(line) + question.coverage(_stems(line)))
    text = whole(profile, need.of)
    cosine = (1 - _BY_WHOLE) * max(map(nearness.of, lines)) + _BY_WHOLE * nearness.of(text)
    score = cosine + _BY_WORDS * question.coverage(_stems(text))
    if score < _FITS:
        return None
    reasons = [Reason(need.of, best, profile.citation)]
    for field, shown, weight, fits in _typed(need, profile):
        score += weight if fits else -weight
        if fits:
            reasons.append(Reason(field, shown, profile.citation))
    return Match(profile, round(score, 4), tuple(reasons))


def _stems(text: str) -> frozenset[str]:
    return frozenset(findable_words(text))


def _typed(need: Need, profile: Profile) -> list[tuple[str, str, float, bool]]:
    """The typed fields that both a need and a profile have: field, its value, weight, and whether
    the two go together.
    """
    found = []
    cities = frozenset().union(*map(cities_in, profile.city)) if profile.city else frozenset()
    if need.cities and cities:
        found.append(("city", ", ".join(profile.city), _CITY, bool(need.cities & cities)))
    stages = stages_in(" ; ".join(profile.stage))
    if need.stages and stages:
        found.append(("stage", ", ".join(profile.stage), _STAGE, bool(need.stages & stages)))
    if need.money and profile.ticket and need.of == "offers":
        overlap = need.money.overlaps(profile.ticket)
        if overlap is not None:
            found.append(("ticket", profile.ticket_text, _TICKET, overlap))
    return found
