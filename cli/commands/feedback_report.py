"""`kb feedback report`: what came of the questions of a period."""

from __future__ import annotations

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
from cli.language import translated
from cli.render import out, out_json
from cli.viewing import audience_option
from kb.errors import OK, UsageError

if TYPE_CHECKING:
    from retrieval.feedback.report import FeedbackReport


@click.command("report")
@period_options
@click.option("--html", "file", metavar="FILE|-", type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
              help="Write it as one HTML file with charts.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def report(since: date | None, until: date | None, file: Path | None, as_json: bool) -> int:
    """Report how much was asked, how it was answered, and what people say, week by week."""
    from cli.report_text import tell
    from retrieval.feedback.report import report as figures

    if since and until and until < since:
        raise UsageError(f"--until {until} is before --since {since}")
    shown = file is not None and str(file) == "-"
    if shown and as_json:
        raise UsageError(
            "--html - and --json would both go to standard output", "give a file to --html"
        )
    journal, home = open_journal(), current_home()
    kb = open_for_reading() if home.exists() else None
    feedback_report = figures(journal, kb, since, until)
    if file:
        from cli.report_html import report_page

        page = report_page(feedback_report)
        if shown:
            out(page.removesuffix("\n"))
            return OK
        with replacing(file) as stream:
            stream.write(page)
    if as_json:
        out_json(_json(feedback_report))
    elif file:
        count = feedback_report.figures.exchanges
        out(
            translated(
                f"report of {count} {'question' if count == 1 else 'questions'} written to {file}"
            )
        )
    else:
        tell(feedback_report, every_week=since is not None)
    return OK


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
