"""`kb gaps`: what could not be answered, grouped by meaning."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import click

from cli.context import catch_up, home_option, open_for_reading, open_journal, period_options
from cli.language import translated
from cli.render import out, out_json
from cli.viewing import audience_option
from kb.errors import OK, UsageError

if TYPE_CHECKING:
    from retrieval.feedback.gaps import Gap, Gaps

_USUAL = 30  # days
_COUNTED = "count before refused disliked decided terminals langs first last".split()


@click.command()
@period_options
@click.option(
    "-n",
    "most",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="How many groups to show.",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["markdown", "json"]),
    default="markdown",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="As --format json.")
@click.option(
    "--drafts", "only_drafts", is_flag=True, help="Only the drafts, as a file for kb faq import."
)
@audience_option
@home_option
def command(
    since: date | None, until: date | None, most: int, style: str, as_json: bool, only_drafts: bool
) -> int:
    """List what could not be answered, grouped by meaning.

    Questions that were refused, voted down or decided to be a gap, and not settled since: those
    that ask the same, in Chinese or in English, together; the most asked first; with how often in
    this period and in the one before, what comes nearest in the sources, and a draft for the FAQ.
    Without --since, those of the last 30 days.

    With --drafts, only what is to be written: kb gaps --drafts > drafts.md, answer in it what you
    can, then kb faq import drafts.md. What has no answer is not taken.
    """
    if only_drafts and (as_json or style == "json"):
        raise UsageError(
            "--drafts is Markdown, and not JSON", "with --json, each gap has its draft"
        )
    from retrieval.feedback.gaps import Period, find_gaps, today

    last = until or today()
    first = since or last - timedelta(days=_USUAL - 1)
    if first > last:
        raise UsageError(
            f"the period begins on {first}, after it ends on {last}", "see: kb gaps --help"
        )
    journal = open_journal()
    kb = open_for_reading()
    catch_up(kb)
    _show(
        find_gaps(kb, journal, Period(first, last), most), as_json or style == "json", only_drafts
    )
    return OK


def _show(gaps: Gaps, as_json: bool, only_drafts: bool) -> None:
    if as_json:
        out_json(gaps_json(gaps))
    elif only_drafts:
        from cli.gaps_markdown import drafts

        out(drafts(gaps).removesuffix("\n"))
    elif not gaps.gaps:
        first, last = gaps.period.first, gaps.period.last
        message = "no gaps from {first} to {last}; in as many days before: {before}"
        out(translated(message, first=first, last=last, before=gaps.before))
    else:
        from cli.gaps_markdown import markdown

        out(markdown(gaps))


def gaps_json(gaps: Gaps) -> dict[str, Any]:
    """The object of `kb gaps --json`."""
    period = {
        "since": gaps.period.first.isoformat(),
        "until": gaps.period.last.isoformat(),
        "days": gaps.period.days,
    }
    counts = {"questions": gaps.count, "before": gaps.before, "groups": gaps.groups}
    return {**period, **counts, "gaps": [_gap(gap) for gap in gaps.gaps]}


def _gap(gap: Gap) -> dict[str, Any]:
    from cli.gaps_markdown import draft

    return {
        "question": gap.question,
        **{name: getattr(gap, name) for name in _COUNTED},
        "questions": [
            {
                "question": way.question,
                "lang": way.lang,
                "count": way.count,
                "exchanges": list(way.exchanges),
            }
            for way in gap.ways
        ],
        "corrections": list(gap.corrections),
        "nearest": [
            {
                "source": near.hit.document.source,
                "title": near.hit.document.title,
                "label": near.hit.passage.anchor.label,
                "passage": near.hit.passage.id,
                "lang": near.hit.passage.lang,
                "score": near.hit.score,
                "confidence": near.confidence,
                "question": near.question,
            }
            for near in gap.nearest
        ],
        "entry": gap.entry,
        "answerable": gap.answerable,
        "draft": draft(gap),
    }
