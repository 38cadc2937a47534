"""The feedback report for a terminal, and how its figures are written wherever they are."""

from __future__ import annotations

from collections.abc import Sequence

from cli.language import counted, listed, translated
from cli.render import out, out_fields, table
from retrieval.feedback.decisions import VERDICTS
from retrieval.feedback.report import AnswerStatistics, FeedbackReport, Share

DECIDED = {row.kind: row.label for row in VERDICTS}
WEEK_COLUMNS = (
    "questions",
    "answered",
    "abstained",
    "up",
    "down",
    "satisfied",
    "p50 s",
    "p95 s",
    "confidence",
)
CITED_COLUMNS = ("source", "answers", "up", "down")
STALE_COLUMNS = ("source", "passages", "marked", "by", "answers citing them")
_BY_WEEK = "by week: {columns}"
_CITED_MOST = "sources cited most: {columns}"
_STALE = "stale sources: {columns}"
_WEEKS = 12
_SOURCES = 10


def tell(report: FeedbackReport, *, every_week: bool) -> None:
    """The report as tables; of the weeks the last ones, unless every week is wanted."""
    out(period(report))
    out()
    out_fields(_totals(report), 13)
    weeks = report.weeks if every_week else report.weeks[-_WEEKS:]
    by_week = [(week.name, *week_row(week.figures)) for week in weeks]
    _section(_BY_WEEK, ("week", *WEEK_COLUMNS), by_week)
    cited = [
        (s.source, count(s.answers), count(s.up), count(s.down)) for s in report.sources[:_SOURCES]
    ]
    _section(_CITED_MOST, CITED_COLUMNS, cited)
    stale = [
        (s.source, count(s.passages), s.marked[:10], ", ".join(s.by), count(s.answers))
        for s in report.stale
    ]
    _section(_STALE, STALE_COLUMNS, stale)


def _totals(report: FeedbackReport) -> dict[str, str]:
    """The figures of the whole period, by what they are called."""
    figures = report.figures
    asked, failed = count(figures.exchanges), figures.failed
    up_down = translated("{up} up, {down} down", up=figures.up, down=figures.down)
    median, percentile = seconds(figures.seconds_p50), seconds(figures.seconds_p95)
    took = translated("median {median}, 95th percentile {p95}", median=median, p95=percentile)
    sure = percent(figures.confidence_p50)
    return {
        "questions": translated("{asked}, {failed} of which failed", asked=asked, failed=failed)
        if failed
        else asked,
        "answered": " ".join(share(figures.answer_rate)),
        "abstained": " ".join(share(figures.abstention_rate)),
        "satisfied": " ".join((*share(figures.satisfaction), up_down)),
        "seconds": took,
        "confidence": translated("median {confidence}", confidence=sure),
        "decided": counted({DECIDED[kind]: report.decisions.get(kind, 0) for kind in DECIDED}),
        "undecided": translated("{count} voted down", count=report.open),
        "FAQ": translated("{entries} entries", entries=report.faq),
    }


def _section(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """A table under its title, a message with the names of its columns in it."""
    if rows:
        out()
        out(translated(title, columns=listed(map(translated, header))))
        table(header, rows)


def week_row(figures: AnswerStatistics) -> tuple[str, ...]:
    """A week's figures under `WEEK_COLUMNS`."""
    return (
        count(figures.exchanges),
        share(figures.answer_rate)[0],
        share(figures.abstention_rate)[0],
        count(figures.up),
        count(figures.down),
        " ".join(share(figures.satisfaction)).strip(),
        seconds(figures.seconds_p50),
        seconds(figures.seconds_p95),
        percent(figures.confidence_p50),
    )


def period(report: FeedbackReport) -> str:
    """Which days the report is about."""
    since, until = report.since, report.until
    if since and until:
        return translated("from {since} to {until}", since=since, until=until)
    if since:
        return translated("from {since} on", since=since)
    return translated("until {until}", until=until) if until else translated("all that was asked")


def count(value: float) -> str:
    """A number of things."""
    return f"{value:g}" if value < 100_000 else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """A share, in percent."""
    return "-" if value is None else f"{100 * value:.0f}%"


def seconds(value: float | None) -> str:
    """A time, to the millisecond where it is short."""
    if value is None:
        return "-"
    return f"{value:.3f}" if value < 0.1 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def share(value: Share | None) -> tuple[str, str]:
    """A share and the interval around it."""
    if value is None:
        return "-", ""
    low, high = percent(value.low), percent(value.high)
    return percent(value.value), translated("({low} to {high})", low=low, high=high)
