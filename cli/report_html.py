"""The feedback report as one HTML file: nothing is fetched, nothing runs, and what people wrote
stays text.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from string import Template

from cli.charts import Chart, Series
from cli.language import is_chinese, translated
from cli.render import printable
from cli.report_text import (
    CITED_COLUMNS,
    DECIDED,
    STALE_COLUMNS,
    WEEK_COLUMNS,
    count,
    percent,
    period,
    seconds,
    share,
    week_row,
)
from retrieval.feedback.report import AnswerStatistics, FeedbackReport

STYLE = """\
:root { --c1: #1f6feb; --c2: #b07400; --c3: #8a4bd1; --c4: #c9303e; }
@media (prefers-color-scheme: dark) {
  :root { --c1: #6ea8ff; --c2: #e0a93b; --c3: #c096f5; --c4: #ff7b83; } }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; margin: 1.2rem 0; }
dl div { padding: .7rem .9rem; background: var(--card); border-radius: .5rem; }
dt { color: var(--soft); font-size: .85rem; } dd { margin: 0; font-size: 1.5rem; }
dd small { font-size: .8rem; display: block; color: var(--soft); }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr 1fr; } }
figure { margin: 0 0 1rem; overflow-x: auto; } figcaption { color: var(--soft); }
figcaption span { white-space: nowrap; margin-right: 1rem; }
figcaption i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .35em; }
svg { width: 100%; min-width: 32rem; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
svg text.axis { text-anchor: middle; } svg line.grid { stroke: var(--rule); }
.c1 { fill: var(--c1); stroke: var(--c1); background: var(--c1); } .c2 { fill: var(--c2); stroke: var(--c2);
  background: var(--c2); } .c3 { fill: var(--c3); stroke: var(--c3); background: var(--c3); } .c4 { fill: var(--c4);
  stroke: var(--c4); background: var(--c4); }
svg rect { stroke: none; } svg .line { fill: none; stroke-width: 2; } svg .band { stroke: none; opacity: .18; }
svg .whisker { fill: none; stroke-width: 6; opacity: .25; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { padding: .3rem .6rem; border-bottom: 1px solid var(--rule); text-align: right; vertical-align: top; }
th:first-child, td:first-child, .words td, .words th { text-align: left; overflow-wrap: anywhere; }
th { color: var(--soft); font-weight: 600; }
"""
"""How a report looks, wherever it stands; the page around it sets --soft, --card and --rule."""

_PAGE = Template("""<!DOCTYPE html>
<html lang="$lang">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
:root { color-scheme: light dark; --text: #1c2128; --back: #ffffff; --soft: #57606a; --rule: #d5dae0; --card: #f4f6f8; }
@media (prefers-color-scheme: dark) { :root { --text: #e4e8ec; --back: #12161b; --soft: #9aa4af; --rule: #333b44;
  --card: #1b2128; } }
body { margin: 0 auto; padding: 1.5rem; max-width: 60rem; color: var(--text); background: var(--back);
  font: 16px/1.5 system-ui, "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0; font-size: 1.6rem; } h2 { margin: 2.2rem 0 .6rem; font-size: 1.15rem; }
p.about, footer { color: var(--soft); }
$style</style>
</head>
<body>
<h1>$title</h1>
$body
</body>
</html>
""")

_WEEKS = "Weeks are those of ISO 8601, from Monday, in UTC."
_RANGE = "A range in parentheses is the 95% confidence interval of the share (Wilson's)."
_TWICE = "Of someone who judged an answer twice the newer word counts."


def report_page(report: FeedbackReport) -> str:
    """The whole file."""
    return _PAGE.substitute(
        lang="zh" if is_chinese() else "en",
        title=translated("Feedback report"),
        style=STYLE,
        body=report_body(report),
    )


def report_body(report: FeedbackReport) -> str:
    """What stands under the title, as HTML: figures, charts and tables."""
    notes = f"{translated(_WEEKS)} {translated(_RANGE)} {translated(_TWICE)}"
    parts = [
        f'<p class="about">{_text(period(report))}</p>',
        _cards(report),
        _charts(report),
        _weeks(report),
        _sources(report),
        _stale(report),
        _decided(report),
        f"<footer><p>{notes}</p></footer>",
    ]
    return "\n".join(filter(None, parts))


def _text(words: str) -> str:
    """What people wrote, for between tags and in attributes: no tag, no control character, no
    turned writing.
    """
    return escape(printable(words))


def _cards(report: FeedbackReport) -> str:
    figures = report.figures
    percentile = translated("95th percentile: {p95}", p95=seconds(figures.seconds_p95))
    cards = [
        (translated("questions"), count(figures.exchanges), ""),
        (translated("answered"), *share(figures.answer_rate)),
        (translated("abstained"), *share(figures.abstention_rate)),
        (translated("satisfied"), *share(figures.satisfaction)),
        (translated("seconds, median"), seconds(figures.seconds_p50), percentile),
        (translated("confidence, median"), percent(figures.confidence_p50), ""),
        (translated("voted down, undecided"), count(report.open), ""),
        (translated("FAQ entries"), count(report.faq), ""),
    ]
    return f"<dl>{''.join(_card(*card) for card in cards)}</dl>"


def _card(name: str, value: str, beside: str) -> str:
    small = f"<small>{_text(beside)}</small>" if beside else ""
    return f"<div><dt>{_text(name)}</dt><dd>{_text(value)}{small}</dd></div>"


def _charts(report: FeedbackReport) -> str:
    weeks = [week.begins for week in report.weeks]
    if not weeks:
        return f"<p>{translated('Nothing was asked in this period.')}</p>"
    weekly = [week.figures for week in report.weeks]
    liked = [figures.satisfaction for figures in weekly]
    questions = [
        Series(translated("answered"), "c1", [f.answered for f in weekly]),
        Series(
            translated("answered, not all of it supported"), "c3", [f.unsupported for f in weekly]
        ),
        Series(translated("abstained"), "c2", [f.abstained for f in weekly]),
        Series(translated("failed"), "c4", [f.failed for f in weekly]),
    ]
    values, low, high = (
        [getattr(s, end) if s else None for s in liked] for end in ("value", "low", "high")
    )
    satisfied = [Series(translated("satisfied"), "c1", values, low, high)]
    asked = Chart(translated("Questions by week"), translated("questions"), count, weeks, questions)
    share_up = translated("voted up, of all votes")
    title = translated("Satisfaction by week")
    liked_by_week = Chart(title, share_up, percent, weeks, satisfied, 1.0)
    drawn = [(asked, asked.bars()), (liked_by_week, liked_by_week.lines())]
    drawn += [(chart, chart.lines()) for chart in _answering(weeks, weekly)]
    return "\n".join(_figure(chart, lines) for chart, lines in drawn)


def _answering(weeks: Sequence[str], weekly: Sequence[AnswerStatistics]) -> list[Chart]:
    """How long answers took and how sure they were."""
    took = [
        Series(translated("median"), "c1", [f.seconds_p50 for f in weekly]),
        Series(translated("95th percentile"), "c2", [f.seconds_p95 for f in weekly]),
    ]
    sure = [Series(translated("median confidence"), "c3", [f.confidence_p50 for f in weekly])]
    title, axis = translated("Seconds until the answer by week"), translated("seconds")
    confidence = translated("Confidence by week"), translated("confidence")
    return [
        Chart(title, axis, seconds, weeks, took),
        Chart(*confidence, percent, weeks, sure, 1.0),
    ]


def _figure(chart: Chart, drawn: str) -> str:
    keys = "".join(f'<span><i class="{s.look}"></i>{_text(s.name)}</span>' for s in chart.series)
    figure = f'<figure tabindex="0">{drawn}<figcaption>{keys}</figcaption></figure>'
    return f"<h2>{_text(chart.title)}</h2>{figure}"


def _weeks(report: FeedbackReport) -> str:
    rows = [(week.name, *week_row(week.figures)) for week in report.weeks]
    return _table(translated("Weeks"), ("week", *WEEK_COLUMNS), rows)


def _sources(report: FeedbackReport) -> str:
    rows = [
        (cited.source, count(cited.answers), count(cited.up), count(cited.down))
        for cited in report.sources
    ]
    return _table(translated("Sources cited most"), CITED_COLUMNS, rows)


def _stale(report: FeedbackReport) -> str:
    rows = [
        (
            stale.source,
            count(stale.passages),
            stale.marked[:10],
            ", ".join(stale.by),
            count(stale.answers),
        )
        for stale in report.stale
    ]
    return _table(translated("Stale sources"), STALE_COLUMNS, rows)


def _decided(report: FeedbackReport) -> str:
    decided = [
        (translated(name), count(report.decisions.get(kind, 0))) for kind, name in DECIDED.items()
    ]
    by = report.reviewers
    title = translated(f"Decisions, by {by} {'reviewer' if by == 1 else 'reviewers'}")
    table = _table(title, ("decision", "exchanges"), decided)
    open_ = [
        (complaint.at[:10], complaint.question[:300], complaint.exchange)
        for complaint in report.complaints
    ]
    newest = translated("Voted down and undecided, the newest")
    return table + _table(newest, ("day", "question", "exchange"), open_, "words")


def _table(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], look: str = "") -> str:
    if not rows:
        return ""
    head = "".join(f"<th>{_text(translated(name))}</th>" for name in header)
    body = "".join(
        "<tr>" + "".join(f"<td><bdi>{_text(cell)}</bdi></td>" for cell in row) + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<h2>{_text(title)}</h2><div class="scroll {look}" tabindex="0">{table}</div>'
