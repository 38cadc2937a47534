"""Gaps: what people asked of late and the knowledge base could not answer, or not well, grouped by
meaning.
"""

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
from retrieval.feedback.clustering import grouped
from retrieval.feedback.exchange_status import Said, Standing
from retrieval.feedback.question_similarity import likeness
from retrieval.feedback.repeat import question_of
from retrieval.search.search import LONGEST_QUESTION, search

MOST = 3000  # different questions that are grouped: two seconds, and ten for their vectors
_NEAREST = 3
_LOOKED_AT = 5


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both in it. UTC."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    @property
    def before(self) -> Period:
        """As many days right before, as far as there are any."""
        last = max(1, self.first.toordinal() - 1)
        return Period(date.fromordinal(max(1, last + 1 - self.days)), date.fromordinal(last))

    def has(self, at: str) -> bool:
        """Whether a journalled time is in it."""
        return self.first.isoformat() <= at[:10] <= self.last.isoformat()


@dataclass(frozen=True, slots=True)
class Way:
    """A wording of a question, as it was put first, how often it was asked in the period, and in
    which exchanges.
    """

    question: str
    lang: str
    count: int
    exchanges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Near:
    """A passage that comes near to a question, by the question in its language that finds most."""

    hit: Hit
    question: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions that ask the same; `ways` are theirs, the most typical one of each language first.

    `count` is how often they were asked in the period, `before` in the one before it. `refused`,
    `disliked` and `decided` are how many of these were refused, voted down, and decided to be a
    gap. `terminals`: from how many different ones they were asked, 0 where that is not known.
    `corrections`: what people say is right, newest first. `entry`: the FAQ entry that asks the
    same, where it is newer than all of them. `answerable`: all were refused for want of confidence,
    and now there is enough.
    """

    ways: tuple[Way, ...]
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
    nearest: tuple[Near, ...] = ()
    answerable: bool = False

    @property
    def question(self) -> str:
        """The most typical question."""
        return self.ways[0].question


@dataclass(frozen=True, slots=True)
class Gaps:
    """The gaps of a period, the most asked first, those that a FAQ entry closes last; `groups` is
    how many there are.

    `count` is how many questions are in them all, `before` how many there were in the period
    before.
    """

    period: Period
    gaps: tuple[Gap, ...]
    groups: int
    count: int
    before: int


def today() -> date:
    """The day, as the journal counts days."""
    return datetime.now(UTC).date()


def find_gaps(kb: KnowledgeBase, journal: Journal, period: Period, most: int) -> Gaps:
    """The `most` gaps of a period with what is near them. Where there are too many questions, the
    newest are taken.

    What a FAQ entry that came since asks word for word is no gap any more.
    """
    said = Said(journal)
    asked = journal.asked(
        period.before.first.isoformat(), f"{period.last.isoformat()}U"
    )  # all times of a day have a T
    every = journal.faq.entries()
    answered = {
        worded(way): entry.at
        for entry in sorted(every, key=_reviewed)
        for way in (entry.question, *entry.also)
    }
    wanting = [
        standing
        for each in asked
        if (standing := said.of(each)).is_gap
        and answered.get(worded(question_of(each)), "") <= each.at
    ]
    by_wording = _by_wording(wanting)
    if len(by_wording) > MOST:
        kb.notify(f"only the {MOST:,} questions asked last, of {len(by_wording):,}, are grouped")
        by_wording = dict(islice(by_wording.items(), MOST))
    now = [each for asked in by_wording.values() for each in asked if period.has(each.exchange.at)]
    total = sum(map(len, by_wording.values()))
    if not now:
        return Gaps(period, (), 0, 0, total)
    entries = [entry for entry in every if entry.at[:10] >= period.first.isoformat()]
    found = [
        gap
        for group, those in _groups(kb, by_wording, entries)
        if (gap := _gap(group, those, period))
    ]
    found.sort(
        key=lambda gap: (gap.entry is None, gap.count, gap.count - gap.before, gap.last),
        reverse=True,
    )
    shown = tuple(_with_nearest(kb, journal, gap) for gap in found[:most])
    return Gaps(period, shown, len(found), len(now), total - len(now))


def _reviewed(entry: FaqEntry) -> str:
    return entry.at


def _by_wording(wanting: Sequence[Standing]) -> dict[str, list[Standing]]:
    """Those that were asked in the same words, oldest first; the wordings asked last first."""
    found: dict[str, list[Standing]] = {}
    for each in reversed(wanting):
        question = question_of(each.exchange)
        if has_words(question):
            found.setdefault(worded(question), []).insert(0, each)
    return found


def _groups(
    kb: KnowledgeBase, by_wording: Mapping[str, Sequence[Standing]], entries: Sequence[FaqEntry]
) -> Iterator[tuple[list[Sequence[Standing]], list[FaqEntry]]]:
    """The wordings that ask the same, the most typical one first, and the FAQ entries that ask it
    too.
    """
    asked = list(by_wording.values())
    owners = [entry for entry in entries for _ in (entry.question, *entry.also)]
    questions = [question_of(each[0].exchange) for each in asked]
    alike = likeness(
        [*questions, *(each for entry in entries for each in (entry.question, *entry.also))],
        kb.glossary,
    )
    for rows in grouped(alike):
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
    group: Sequence[Sequence[Standing]], entries: Sequence[FaqEntry], period: Period
) -> Gap | None:
    """What there is to say of questions that ask the same; None where none was asked in the period."""
    now = [[each for each in way if period.has(each.exchange.at)] for way in group]
    asked = sorted((each for way in now for each in way), key=lambda each: each.exchange.at)
    if not asked:
        return None
    ways = [_way(way) for way in now if way]
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


def _way(asked: Sequence[Standing]) -> Way:
    question = question_of(asked[0].exchange)
    return Way(question, language(question), len(asked), tuple(each.exchange.id for each in asked))


def _one_of_each_language_first(ways: Sequence[Way]) -> list[Way]:
    leading = {way.lang: way for way in reversed(ways)}
    leaders = [way for way in ways if leading[way.lang] is way]
    return [*leaders, *(way for way in ways if leading[way.lang] is not way)]


def _with_nearest(kb: KnowledgeBase, journal: Journal, gap: Gap) -> Gap:
    """The gap with the passages of three sources that come nearest to it, in whatever language it
    was asked.
    """
    leading = {way.lang: way for way in reversed(gap.ways)}
    searched = [
        (way, search(kb, way.question[:LONGEST_QUESTION], limit=_LOOKED_AT))
        for way in leading.values()
    ]
    searched.sort(key=lambda each: each[1].confidence, reverse=True)
    nearest: dict[str, Near] = {}
    for way, results in searched:
        for hit in results.hits:
            nearest.setdefault(hit.document.source, Near(hit, way.question, results.confidence))
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
