"""Gaps: recent questions that were refused or answered badly, clustered by meaning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from itertools import islice

from kb.journal import Journal
from kb.journal.faq_entries import worded
from kb.knowledge import KnowledgeBase
from kb.text import has_words, language
from kb.types import Exchange, FaqEntry, Hit, Results
from retrieval.ask import question_of
from retrieval.feedback.exchange_status import ExchangeStatus, ExchangeStatuses
from retrieval.question.question import LONGEST_QUESTION, weigh
from retrieval.question.question_similarity import clusters, likeness
from retrieval.search.search import search

MOST = 3000  # different questions that are grouped: two seconds, and ten for their vectors
_NEAREST = 3
_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included, in UTC."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """The period of the same length right before this one."""
        last = max(1, self.first.toordinal() - 1)
        return Period(date.fromordinal(max(1, last + 1 - self.days)), date.fromordinal(last))

    def has(self, at: str) -> bool:
        """Whether a time of the journal lies within the period."""
        return self.first.isoformat() <= at[:10] <= self.last.isoformat()


@dataclass(frozen=True, slots=True)
class Wording:
    """A wording of a question, its count in the period, and the exchanges that have it."""

    question: str
    lang: str
    count: int
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NearPassage:
    """A passage close to a gap, the wording that found it, and the confidence of that."""

    hit: Hit
    question: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same. `ways` are their wordings, the most typical one of each language
    first.

    `count` is how often they were asked in the period, `before` how often in the period before it.
    `refused`, `disliked` and `decided` are how many of these were refused, voted down, and called a
    gap by a reviewer. `terminals` is the number of different terminals that asked, 0 where that is
    not known. `corrections` are the answers that people proposed, newest first. `entry` is the FAQ
    entry with the same question, where it is newer than all of them. `answerable`: all were refused
    for too low a confidence, and now it is high enough.
    """

    ways: tuple[Wording, ...]
    count: int
    before: int
    refused: int
    disliked: int
    decided: int
    terminals: int
    langs: Mapping[str, int]
    first: str
    last: str
    corrections: tuple[str, ...]
    entry: str | None = None
    nearest: tuple[NearPassage, ...] = ()
    answerable: bool = False

    @property
    def question(self) -> str:
        """The most typical wording."""
        return self.ways[0].question


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of a period, most asked first; those that a FAQ entry closes come last.

    `groups` is the number of all gaps, of which `gaps` may hold only the first. `count` is the
    number of questions in them, `before` that of the period before.
    """

    period: Period
    gaps: tuple[Gap, ...]
    groups: int
    count: int
    before: int


def today() -> date:
    """The current day in UTC, which is how the journal counts days."""
    return datetime.now(UTC).date()


def find_gaps(kb: KnowledgeBase, journal: Journal, period: Period, most: int) -> Gaps:
    """The first `most` gaps of a period, with the passages nearest to each. At most `MOST` wordings
    are clustered, the newest ones.

    A question that a newer FAQ entry has word for word is no gap any more.
    """
    entries = journal.faq.entries()
    by_wording = _by_wording(_unanswered(journal, period, entries))
    if len(by_wording) > MOST:
        kb.notify(f"only the {MOST:,} questions asked last, of {len(by_wording):,}, are grouped")
        by_wording = dict(islice(by_wording.items(), MOST))
    now = [each for asked in by_wording.values() for each in asked if period.has(each.exchange.at)]
    total = sum(map(len, by_wording.values()))
    if not now:
        return Gaps(period, (), 0, 0, total)
    recent = [entry for entry in entries if entry.at[:10] >= period.first.isoformat()]
    gaps = [
        gap
        for group, same_entries in _groups(kb, by_wording, recent)
        if (gap := _gap(group, same_entries, period))
    ]
    gaps.sort(
        key=lambda gap: (gap.entry is None, gap.count, gap.count - gap.before, gap.last),
        reverse=True,
    )
    shown = tuple(_with_nearest(kb, journal, gap) for gap in gaps[:most])
    return Gaps(period, shown, len(gaps), len(now), total - len(now))


def _unanswered(
    journal: Journal, period: Period, entries: Sequence[FaqEntry]
) -> list[ExchangeStatus]:
    """The gaps among the exchanges of a period and the one before it, oldest first, without those
    whose question a newer FAQ entry has word for word.
    """
    statuses = ExchangeStatuses(journal)
    until = f"{period.last.isoformat()}U"  # all times of a day have a T
    answered = {
        worded(way): entry.at
        for entry in sorted(entries, key=lambda entry: entry.at)
        for way in (entry.question, *entry.also)
    }
    return [
        status
        for exchange in journal.asked(period.before.first.isoformat(), until)
        if (status := statuses.of(exchange)).is_gap
        and answered.get(worded(question_of(exchange)), "") <= exchange.at
    ]


def _by_wording(unanswered: Sequence[ExchangeStatus]) -> dict[str, list[ExchangeStatus]]:
    """The exchanges of each wording, oldest first; the wording asked last comes first."""
    found: dict[str, list[ExchangeStatus]] = {}
    for each in reversed(unanswered):
        question = question_of(each.exchange)
        if has_words(question):
            found.setdefault(worded(question), []).insert(0, each)
    return found


def _groups(
    kb: KnowledgeBase,
    by_wording: Mapping[str, Sequence[ExchangeStatus]],
    entries: Sequence[FaqEntry],
) -> Iterator[tuple[list[Sequence[ExchangeStatus]], list[FaqEntry]]]:
    """The wordings of each gap, most typical first, and the FAQ entries that ask the same."""
    asked = list(by_wording.values())
    owners = [entry for entry in entries for _ in (entry.question, *entry.also)]
    questions = [question_of(each[0].exchange) for each in asked]
    alike = likeness(
        [*questions, *(each for entry in entries for each in (entry.question, *entry.also))],
        kb.glossary,
    )
    for rows in clusters(alike):
        own = [row for row in rows if row < len(asked)]
        # Rounded: of two wordings each is as like as the other, but for what processors make of the
        # last digit.
        typical = sorted(
            own,
            key=lambda row: (
                -round(float(alike[row, own].sum() - alike[row, row]), 6),
                -len(asked[row]),
            ),
        )
        yield (
            [asked[row] for row in typical],
            [owners[row - len(asked)] for row in rows if row >= len(asked)],
        )


def _gap(
    group: Sequence[Sequence[ExchangeStatus]], entries: Sequence[FaqEntry], period: Period
) -> Gap | None:
    """The gap that a cluster of wordings makes; None where none of them was asked in the period."""
    now = [[each for each in way if period.has(each.exchange.at)] for way in group]
    asked = sorted((each for way in now for each in way), key=lambda each: each.exchange.at)
    if not asked:
        return None
    ways = [_wording(way) for way in now if way]
    corrections = (
        verdict.correct for each in reversed(asked) for verdict in reversed(each.verdicts)
    )
    closing = [entry.id for entry in entries if entry.at > asked[-1].exchange.at]
    terminals = {each.exchange.terminal for each in asked if each.exchange.terminal}
    return Gap(
        ways=tuple(_one_of_each_language_first(ways)),
        count=len(asked),
        before=sum(map(len, group)) - len(asked),
        refused=sum(each.exchange.status == "abstained" for each in asked),
        disliked=sum(each.exchange.status != "abstained" and each.is_disliked for each in asked),
        decided=sum(each.decision is not None and each.decision.kind == "gap" for each in asked),
        terminals=len(terminals),
        langs=dict(Counter(language(question_of(each.exchange)) for each in asked).most_common()),
        first=asked[0].exchange.at,
        last=asked[-1].exchange.at,
        corrections=tuple(dict.fromkeys(text for text in corrections if text)),
        entry=closing[0] if closing else None,
    )


def _wording(asked: Sequence[ExchangeStatus]) -> Wording:
    question = question_of(asked[0].exchange)
    return Wording(
        question, language(question), len(asked), tuple(each.exchange.id for each in asked)
    )


def _one_of_each_language_first(ways: Sequence[Wording]) -> list[Wording]:
    leading = {way.lang: way for way in reversed(ways)}
    leaders = [way for way in ways if leading[way.lang] is way]
    return [*leaders, *(way for way in ways if leading[way.lang] is not way)]


def _with_nearest(kb: KnowledgeBase, journal: Journal, gap: Gap) -> Gap:
    """The gap with the nearest passages of three sources, in each language of its wordings."""
    leading = {way.lang: way for way in reversed(gap.ways)}
    searched = [
        (way, search(kb, weigh(kb, way.question[:LONGEST_QUESTION]), limit=_LOOKED_AT))
        for way in leading.values()
    ]
    searched.sort(key=lambda each: each[1].confidence, reverse=True)
    nearest: dict[str, NearPassage] = {}
    for way, results in searched:
        for hit in results.hits:
            nearest.setdefault(
                hit.document.source, NearPassage(hit, way.question, results.confidence)
            )
    some = tuple(islice(nearest.values(), _NEAREST))
    answerable = _is_answerable(kb, journal, gap, [results for _, results in searched])
    return replace(gap, nearest=some, answerable=answerable)


def _is_answerable(
    kb: KnowledgeBase, journal: Journal, gap: Gap, searched: Sequence[Results]
) -> bool:
    least = kb.settings.min_confidence
    if gap.refused < gap.count or not all(
        results.hits and results.confidence >= least for results in searched
    ):
        return False
    asked: list[Exchange] = [journal.exchange(name) for way in gap.ways for name in way.exchanges]
    return all(each.confidence < least for each in asked)
