"""The report's figures: how much was asked, how it was answered, what people said, over a period
and week by week.
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
from retrieval.feedback.flagged_passages import Mark, stale_passages
from retrieval.feedback.review_queue import counted, standing_decisions, unheard

_Z = 1.96  # standard deviations that hold 95 %
_MOST_WEEKS = 530  # ten years: of a longer time only weeks with something in them are shown
_MOST_SOURCES = 20
_MOST_OPEN = 20


@dataclass(frozen=True, slots=True)
class Share:
    """A share of `of` cases, with Wilson's interval (1927): 95 times in 100 it holds the true one."""

    value: float
    low: float
    high: float
    of: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What there is to say of some exchanges, in numbers; None where there is nothing to measure.

    `answered` are those whose every sentence is supported, `unsupported` those where some is not,
    `failed` those that got neither answer nor refusal. Seconds and confidence leave `failed` out.
    `up` and `down` are what people say of these exchanges by now, whenever they said it; who says
    something twice counts with the newer.
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
    """A week as ISO 8601 counts them, `2026-W09`, and the Monday that it begins on."""

    name: str
    begins: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Cited:
    """A source: how many answers of the period cite it, and what people say of those."""

    source: str
    answers: int
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class StaleSource:
    """A source of which reviewers called passages bad that still stand there; `answers` of the
    period cite these.
    """

    source: str
    passages: int
    marked: str
    by: tuple[str, ...]
    answers: int


@dataclass(frozen=True, slots=True)
class Complaint:
    """An exchange that was voted down since a reviewer decided on it, if one did."""

    exchange: str
    at: str
    question: str


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of a period; `since` and `until` are its first and last day, None where it has no
    such end.

    `decisions` are the reviewers' of the period that stand, by kind. `complaints` are the newest of
    `open` ones.
    """

    since: str | None
    until: str | None
    figures: Figures
    weeks: tuple[Week, ...]
    sources: tuple[Cited, ...]
    stale: tuple[StaleSource, ...]
    decisions: Mapping[str, int]
    reviewers: int
    faq: int
    open: int
    complaints: tuple[Complaint, ...]


def report(
    journal: Journal, kb: KnowledgeBase | None, since: date | None = None, until: date | None = None
) -> Report:
    """The figures of the exchanges of those days, the last one included. Days and weeks are UTC's.

    `kb` tells which passages that reviewers marked still stand; without one all do.
    """
    first = since.isoformat() if since else ""
    after = (until + timedelta(days=1)).isoformat() if until and until < date.max else "9999-99"
    standing = journal.reviews.standing()
    verdicts = journal.verdicts()
    said = votes(verdicts)
    decided_on, said_of = standing_decisions(journal), defaultdict[str, list[Verdict]](list)
    for verdict in verdicts:
        said_of[verdict.exchange].append(verdict)
    total, weeks, used = Tally(), defaultdict[str, Tally](Tally), _Used()
    for exchange in journal.asked(first, after):
        up, down = said.get(exchange.id, (0, 0))
        for tally in (total, weeks[_monday(exchange.at)]):
            tally.count(exchange, up, down)
        unsettled = unheard(decided_on.get(exchange.id), said_of.get(exchange.id, ()))
        used.count(exchange, up, down, is_open=bool(unsettled))
    decided = [decision for decision in standing if first <= decision.at < after]
    return Report(
        first or None,
        until.isoformat() if until else None,
        total.figures(),
        tuple(_weeks(weeks)),
        tuple(used.sources()),
        tuple(_stale(_marked(journal, kb), used.passages)),
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
        """One more, and what people say of it."""
        self._by_status[exchange.status] += 1
        self._up += up
        self._down += down
        if exchange.status != "error":
            self._seconds.append(exchange.seconds)
            self._confidences.append(exchange.confidence)

    def figures(self) -> Figures:
        """What came of it."""
        asked, status = self._by_status.total(), self._by_status
        seconds = sorted(self._seconds)
        return Figures(
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
class _Used:
    """Which sources the answers cite, and which of these are complained about."""

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

    def sources(self) -> Iterator[Cited]:
        most = sorted(self._answers.items(), key=lambda item: (-item[1], item[0]))[:_MOST_SOURCES]
        return (
            Cited(source, answers, self._up[source], self._down[source]) for source, answers in most
        )


def votes(verdicts: Iterable[Verdict]) -> dict[str, tuple[int, int]]:
    """By exchange, how many people are for and against it: see `counted`."""
    found: dict[str, tuple[int, int]] = {}
    for verdict in counted(verdicts):
        up, down = found.get(verdict.exchange, (0, 0))
        found[verdict.exchange] = (up + 1, down) if verdict.value == "up" else (up, down + 1)
    return found


def _marked(journal: Journal, kb: KnowledgeBase | None) -> Iterator[tuple[str, str, Mark]]:
    """The source, the passage and the mark of each that a reviewer called bad; with a `kb`, as long
    as it stands.
    """
    if kb is None:
        for each in journal.reviews.marks():
            mark = Mark(each.by, each.at, "", each.exchange, "")
            yield str(each.detail.get("source", "")), str(each.detail.get("passage", "")), mark
        return
    for stale in stale_passages(kb, journal)[0]:
        yield from ((stale.document.source, stale.passage.id, mark) for mark in stale.marks)


def _stale(
    marked: Iterable[tuple[str, str, Mark]], citing: Mapping[str, set[str]]
) -> Iterator[StaleSource]:
    by_source: dict[str, list[tuple[str, Mark]]] = defaultdict(list)
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
    """Every week from the first to the last, also one in which nothing was asked."""
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
    """The share `hits / of` with its interval; None of nothing."""
    if not of:
        return None
    share, z2 = hits / of, _Z * _Z
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z * sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(
        round(share, 4), round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4), of
    )


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The value below which that share of the ordered values lies, between two of them in
    proportion.
    """
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 4)
