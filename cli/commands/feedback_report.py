"""`kb feedback report`: what came of the questions of a period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import (
    current_home,
    home_option,
    open_for_reading,
    open_journal,
    period_options,
)
from cli.files import replacing
from cli.group_figures import GROUPINGS, group_json, tell_groups, warn_of_worse
from cli.language import translated
from cli.render import out, out_json
from cli.viewing import audience_option
from kb.errors import OK, UsageError

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from retrieval.feedback.fairness import Group, GroupBy
    from retrieval.feedback.report import FeedbackReport


@click.command("report")
@period_options
@click.option("--html", "file", metavar="FILE|-", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
              help="Write it as one HTML file with charts.")  # fmt: skip
@click.option(
    "--by",
    type=click.Choice(GROUPINGS),
    help="Also by group: how often each is answered, and what people say.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def report(
    since: date | None, until: date | None, file: Path | None, by: GroupBy | None, as_json: bool
) -> int:
    """Report how much was asked, how it was answered, and what people say, week by week.

    --by compares the questions of each language, or whose answer cites each source, kind or
    audience, with all others, and warns of a group that is served worse than chance explains. It is
    not in the HTML.
    """
    from cli.report_text import tell
    from retrieval.feedback.report import report as figures

    if since and until and until < since:
        raise UsageError(f"--until {until} is before --since {since}")
    shown = file is not None and str(file) == "-"
    if shown and as_json:
        both = "--html - and --json would both go to standard output"
        raise UsageError(both, "give a file to --html")
    journal, home = open_journal(), current_home()
    kb = open_for_reading() if home.exists() else None
    feedback_report = figures(journal, kb, since, until)
    groups = _groups(journal, kb, by, since, until) if by else []
    if file:
        _write_html(feedback_report, None if shown else file)
    if shown:
        return OK
    if as_json:
        out_json({**_json(feedback_report), **(_groups_json(by, groups) if by else {})})
    elif file:
        count = feedback_report.figures.exchanges
        out(
            translated(
                f"report of {count} {'question' if count == 1 else 'questions'} written to {file}"
            )
        )
    else:
        tell(feedback_report, every_week=since is not None)
        tell_groups(groups)
    warn_of_worse(groups)
    return OK


def _write_html(feedback_report: FeedbackReport, file: Path | None) -> None:
    """Write the report as one HTML file; None for standard output."""
    from cli.report_html import report_page

    page = report_page(feedback_report)
    if file is None:
        out(page.removesuffix("\n"))
        return
    with replacing(file) as stream:
        stream.write(page)


def _groups_json(by: GroupBy, groups: Sequence[Group]) -> dict[str, Any]:
    return {"by": by, "groups": [group_json(group) for group in groups]}


def _groups(
    journal: Journal, kb: KnowledgeBase | None, by: GroupBy, since: date | None, until: date | None
) -> list[Group]:
    from retrieval.feedback.fairness import REPORTED, groups, reported_samples

    samples = reported_samples(journal, kb, by, since, until)
    return groups(list(samples), REPORTED)


def _json(report: FeedbackReport) -> dict[str, Any]:
    """The report with each week's figures beside its name."""
    shown = asdict(report)
    weeks = [
        {"week": week["name"], "begins": week["begins"], **week["figures"]}
        for week in shown["weeks"]
    ]
    return {
        "since": shown.pop("since"),
        "until": shown.pop("until"),
        **shown.pop("figures"),
        **shown,
        "weeks": weeks,
    }
