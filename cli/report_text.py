"""The feedback report for a terminal, and how its figures are written wherever they are."""

from __future__ import annotations

from collections.abc import Sequence

from cli.render import out, table
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
_WEEKS = 12
_SOURCES = 10


def tell(report: FeedbackReport, *, every_week: bool) -> None:
    """The report as tables; of the weeks the last ones, unless every week is wanted."""
    figures = report.figures
    out(period(report))
    out()
    lines = {
        "questions": count(figures.exchanges)
        + (f", {figures.failed} of which failed" if figures.failed else ""),
        "answered": " ".join(share(figures.answer_rate)),
        "abstained": " ".join(share(figures.abstention_rate)),
        "satisfied": " ".join(
            (*share(figures.satisfaction), f"{figures.up} up, {figures.down} down")
        ),
        "seconds": f"median {seconds(figures.seconds_p50)},"
        f" 95th percentile {seconds(figures.seconds_p95)}",
        "confidence": f"median {percent(figures.confidence_p50)}",
        "decided": ", ".join(
            f"{report.decisions.get(kind, 0)} {name}" for kind, name in DECIDED.items()
        ),
        "undecided": f"{report.open} voted down",
        "FAQ": f"{report.faq} entries",
    }
    for name, line in lines.items():
        out(f"{name:<12} {line}")
    weeks = report.weeks if every_week else report.weeks[-_WEEKS:]
    _section(
        "by week", ("week", *WEEK_COLUMNS), [(week.name, *week_row(week.figures)) for week in weeks]
    )
    cited = [
        (s.source, count(s.answers), count(s.up), count(s.down)) for s in report.sources[:_SOURCES]
    ]
    _section("sources cited most", ("source", "answers", "up", "down"), cited)
    stale = [
        (s.source, count(s.passages), s.marked[:10], ", ".join(s.by), count(s.answers))
        for s in report.stale
    ]
    _section("stale sources", ("source", "passages", "marked", "by", "answers citing them"), stale)


def _section(title: str, header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    if rows:
        out()
        out(f"{title}: {', '.join(header)}")
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
    if report.since and report.until:
        return f"from {report.since} to {report.until}"
    return (
        f"from {report.since} on"
        if report.since
        else f"until {report.until}"
        if report.until
        else "all that was asked"
    )


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
    return (
        ("-", "")
        if value is None
        else (percent(value.value), f"({percent(value.low)} to {percent(value.high)})")
    )
