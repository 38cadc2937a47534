"""The figures of the feedback report: questions, answers and verdicts of a period, in all and week
by week.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import sqrt

from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.types import Exchange, Verdict
from retrieval.feedback.flagged_passages import BadSourceMark, stale_passages
from retrieval.feedback.review_queue import counted_verdicts, decisions_in_force, unanswered_votes

_Z = 1.96  # standard deviations that hold 95 %
_MOST_WEEKS = 530  # ten years: of a longer time only weeks with something in them are shown
_MOST_SOURCES = 20
_MOST_OPEN = 20


@dataclass(frozen=True, slots=True)
class Share:
    """A proportion of `of` cases, with its 95% confidence interval after Wilson (1927)."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True)
class AnswerStatistics:
    """The counts and rates of some exchanges; None where there is nothing to measure.

    `answered` are those whose every sentence is supported, `unsupported` those with a sentence that
    is not, `failed` those without answer or refusal, which seconds and confidence leave out. `up`
    and `down` count the verdicts on these exchanges, whenever they were given; of one person's
    verdicts on an exchange only the newest counts. p50 is the median, p95 the 95th percentile.
    """

    exchanges: int
    answered: int
    unsupported: int
    abstained: int
    failed: int
    answer_rate: Share | None
    abstention_rate: Share | None
    up: int
    down: int
    satisfaction: Share | None
    seconds_p50: float | None
    seconds_p95: float | None
    confidence_p50: float | None


@dataclass(frozen=True, slots=True)
class Week:
    """An ISO 8601 week, such as `2026-W09`, and its Monday."""

    name: str
    begins: str
    figures: AnswerStatistics


@dataclass(frozen=True, slots=True)
class SourceUse:
    """A source, the number of answers of the period that cite it, and the verdicts on these."""

    source: str
    answers: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class StaleSource:
    """A source with passages that were called bad sources and are still there. `answers` is the
    number of answers of the period that cite these.
    """

    source: str
    passages: int
    marked: str
    by: tuple[str, ...]
    answers: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """An exchange with a vote down that no decision has answered."""

    exchange: str
    at: str
    question: str


@dataclass(frozen=True, slots=True)
class FeedbackReport:
    """All figures of a period. `since` and `until` are its first and last day; None where it is
    open.

    `decisions` counts the decisions of the period that are in force, by kind. `open` is the number
    of complaints, and `complaints` the newest of them.
    """

    since: str | None
    until: str | None
    figures: AnswerStatistics
    weeks: tuple[Week, ...]
    sources: tuple[SourceUse, ...]
    stale: tuple[StaleSource, ...]
    decisions: Mapping[str, int]
    reviewers: int
    faq: int
    open: int
    complaints: tuple[Complaint, ...]


def report(
    journal: Journal, kb: KnowledgeBase | None, since: date | None = None, until: date | None = None
) -> FeedbackReport:
    """The figures of the exchanges from day `since` to day `until`, both included, in UTC.

    With `kb`, passages that were called a bad source count only as long as they have not changed.
    """
    first = since.isoformat() if since else ""
    after = (until + timedelta(days=1)).isoformat() if until and until < date.max else "9999-99"
    in_force = journal.reviews.standing()
    verdicts = journal.verdicts()
    votes_on = votes(verdicts)
    decision_on, verdicts_on = decisions_in_force(journal), defaultdict[str, list[Verdict]](list)
    for verdict in verdicts:
        verdicts_on[verdict.exchange].append(verdict)
    total, weeks, used = Tally(), defaultdict[str, Tally](Tally), _SourceUses()
    for exchange in journal.asked(first, after):
        up, down = votes_on.get(exchange.id, (0, 0))
        for tally in (total, weeks[_monday(exchange.at)]):
            tally.count(exchange, up, down)
        complaints = unanswered_votes(
            decision_on.get(exchange.id), verdicts_on.get(exchange.id, ())
        )
        used.count(exchange, up, down, is_open=bool(complaints))
    decided = [decision for decision in in_force if first <= decision.at < after]
    return FeedbackReport(
        first or None,
        until.isoformat() if until else None,
        total.figures(),
        tuple(_weeks(weeks)),
        tuple(used.sources()),
        tuple(_stale_sources(_bad_source_marks(journal, kb), used.passages)),
        dict(Counter(decision.kind for decision in decided if decision.kind != "skip")),
        len({decision.by for decision in decided if decision.by}),
        len(journal.faq.entries()),
        used.open,
        tuple(used.complaints[::-1]),
    )


@dataclass(slots=True)
class Tally:
    """Counts exchanges one by one."""

    _by_status: Counter[str] = field(default_factory=Counter)
    _up: int = 0
    _down: int = 0
    _seconds: list[float] = field(default_factory=list)
    _confidences: list[float] = field(default_factory=list)

    def count(self, exchange: Exchange, up: int, down: int) -> None:
        """Add an exchange with its votes."""
        self._by_status[exchange.status] += 1
        self._up += up
        self._down += down
        if exchange.status != "error":
            self._seconds.append(exchange.seconds)
            self._confidences.append(exchange.confidence)

    def figures(self) -> AnswerStatistics:
        """The statistics of all exchanges that were added."""
        asked, status = self._by_status.total(), self._by_status
        seconds = sorted(self._seconds)
        return AnswerStatistics(
            asked,
            status["answered"],
            status["unsupported"],
            status["abstained"],
            status["error"],
            wilson(status["answered"] + status["unsupported"], asked),
            wilson(status["abstained"], asked),
            self._up,
            self._down,
            wilson(self._up, self._up + self._down),
            quantile(seconds, 0.5),
            quantile(seconds, 0.95),
            quantile(sorted(self._confidences), 0.5),
        )


@dataclass(slots=True)
class _SourceUses:
    """The sources that answers cite, and the newest complaints."""

    passages: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    open: int = 0
    complaints: list[Complaint] = field(default_factory=list)
    _answers: Counter[str] = field(default_factory=Counter)
    _up: Counter[str] = field(default_factory=Counter)
    _down: Counter[str] = field(default_factory=Counter)

    def count(self, exchange: Exchange, up: int, down: int, *, is_open: bool) -> None:
        citations = exchange.payload.get("citations") or []
        for source in {str(citation["source"]) for citation in citations}:
            self._answers[source] += 1
            self._up[source] += up
            self._down[source] += down
        for citation in citations:
            self.passages[str(citation["passage"])].add(exchange.id)
        if is_open:
            self.open += 1
            self.complaints = [
                *self.complaints,
                Complaint(exchange.id, exchange.at, exchange.question),
            ][-_MOST_OPEN:]

    def sources(self) -> Iterator[SourceUse]:
        most = sorted(self._answers.items(), key=lambda item: (-item[1], item[0]))[:_MOST_SOURCES]
        return (
            SourceUse(source, answers, self._up[source], self._down[source])
            for source, answers in most
        )


def votes(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, int]]:
    """The number of votes up and down, by exchange: see `counted_verdicts`."""
    found: dict[str, tuple[int, int]] = {}
    for verdict in counted_verdicts(verdicts):
        up, down = found.get(verdict.exchange, (0, 0))
        found[verdict.exchange] = (up + 1, down) if verdict.value == "up" else (up, down + 1)
    return found


def _bad_source_marks(
    journal: Journal, kb: KnowledgeBase | None
) -> Iterator[tuple[str, str, BadSourceMark]]:
    """The source, the passage and the decision for each passage that was called a bad source; with
    `kb`, only as long as it has not changed.
    """
    if kb is None:
        for each in journal.reviews.marks():
            mark = BadSourceMark(each.by, each.at, "", each.exchange, "")
            yield str(each.detail.get("source", "")), str(each.detail.get("passage", "")), mark
        return
    for stale in stale_passages(kb, journal)[0]:
        yield from ((stale.document.source, stale.passage.id, mark) for mark in stale.marks)


def _stale_sources(
    marked: Iterable[tuple[str, str, BadSourceMark]], citing: Mapping[str, set[str]]
) -> Iterator[StaleSource]:
    by_source: dict[str, list[tuple[str, BadSourceMark]]] = defaultdict(list)
    for source, passage, mark in marked:
        by_source[source].append((passage, mark))
    for source, marks in sorted(by_source.items()):
        passages = {passage for passage, _ in marks}
        by = tuple(dict.fromkeys(mark.by for _, mark in marks if mark.by))
        answers = set().union(*(citing.get(name, set()) for name in passages))
        yield StaleSource(
            source, len(passages), min(mark.at for _, mark in marks), by, len(answers)
        )


def _monday(at: str) -> str:
    day = date.fromisoformat(at[:10])
    return (day - timedelta(days=min(day.weekday(), day.toordinal() - 1))).isoformat()


def _weeks(tallies: Mapping[str, Tally]) -> Iterator[Week]:
    """Every week from the first to the last, those without questions included."""
    if not tallies:
        return
    mondays = sorted(date.fromisoformat(each) for each in tallies)
    count = (mondays[-1] - mondays[0]).days // 7 + 1
    if count <= _MOST_WEEKS:
        mondays = [mondays[0] + timedelta(weeks=number) for number in range(count)]
    for monday in mondays:
        year, week, _ = monday.isocalendar()
        yield Week(
            f"{year}-W{week:02d}",
            monday.isoformat(),
            tallies.get(monday.isoformat(), Tally()).figures(),
        )


def wilson(hits: int, of: int) -> Share | None:
    """The proportion `hits / of` with its confidence interval; None of nothing."""
    if not of:
        return None
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(
        round(share, 4), round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4), of
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The quantile of ordered values at `share`, 0 to 1, interpolated; None of none."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 4)
