"""`kb eval`: how well questions with known answers are found and answered, and whether what was
good still is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.context import catch_up, home_option, open_for_reading
from cli.group_figures import GROUPINGS, group_json, tell_groups, warn_of_worse
from cli.language import listed, translated
from cli.render import out, out_json, progress_bar, table
from cli.viewing import audience_option
from kb.errors import OK, UsageError
from kb.settings import WRITERS

if TYPE_CHECKING:
    from kb.knowledge import KnowledgeBase
    from retrieval.evaluation import Outcome
    from retrieval.feedback.fairness import Group, GroupBy

_AMONG = "a right passage is among the first {n}"
_MEANINGS = {
    "questions": "asked",
    "answerable": "the sources answer them",
    "recall@1": _AMONG,
    "recall@3": _AMONG,
    "recall@5": _AMONG,
    "recall@10": _AMONG,
    "mrr@10": "mean of 1 / rank of the first right passage",
    "answer_quote_hit_rate": "the quote stands in one of the {k} passages answered from",
    "answer_quote_cited_rate": "the quote stands in what the answer cites",
    "abstention_auroc": "confidence tells answerable from unanswerable questions",
    "coverage": "answered, at a confidence of {threshold} or more",
    "accuracy": "of what was answered: cites a right passage",
    "answered_answerable": "of answerable questions: answered",
    "answered_unanswerable": "of unanswerable questions: answered all the same",
}
_NAMED = 10


@click.command()
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--from-feedback",
    is_flag=True,
    help="Run what reviewers promoted and people confirmed, not a FILE.",
)
@click.option("--no-keep", is_flag=True, help="With --from-feedback: don't keep how it came out.")
@click.option("-k", "hits", type=click.IntRange(1, 100), help="How many passages to answer from.")
@click.option(
    "--writer",
    type=click.Choice(WRITERS),
    default="extractive",
    show_default=True,
    help="Who answers.",
)
@click.option(
    "--by",
    type=click.Choice(GROUPINGS),
    help="Also by group: how often each is answered, rightly, and refused.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@audience_option
@home_option
def command(
    file: Path | None,
    from_feedback: bool,
    no_keep: bool,
    hits: int | None,
    writer: str,
    by: GroupBy | None,
    as_json: bool,
) -> int:
    """Measure finding and answering on questions of yours.

    FILE holds one question a line: {"id", "question", "where"?, "gold": [{"source", "quote"?}]}.
    Each gold is enough; [] is for questions that the sources don't answer. Nothing is logged.

    --by compares the questions of each language, or whose gold is of each source, kind or audience,
    with all others, and warns of a group that is served worse than chance explains. Groups with
    too few questions to tell are not judged.

    --from-feedback asks what feedback made cases of: the questions of promoted FAQ entries must
    cite their entry, confirmed answers must be answered from what they cited then, and what was
    rightly refused must be refused, unless something new answers it. How each came out is kept;
    exits with 1 when one fails that passed before.
    """
    if from_feedback == (file is not None) or (from_feedback and by) or (no_keep and file):
        raise UsageError(
            "either a FILE is run or, by --from-feedback, what feedback made cases of",
            "see: kb eval --help",
        )
    if file is None:
        from cli.commands.eval_feedback import run

        return run(hits, writer, keeps=not no_keep, as_json=as_json)
    return _run(file, hits, writer, by, as_json)


def _run(file: Path, hits: int | None, writer: str, by: GroupBy | None, as_json: bool) -> int:
    """Ask the questions of a file, and show how well they were found and answered."""
    from kb.backends import open_writer
    from retrieval.evaluation import evaluate, read_cases, report

    cases = read_cases(file)
    kb = open_for_reading(hits=hits, writer=writer)
    catch_up(kb)
    advance, stop = progress_bar(translated("asking"))
    try:
        outcomes = evaluate(
            kb,
            open_writer(kb.settings, kb.notify),
            cases,
            limit=kb.settings.hits,
            progress=advance,
        )
    finally:
        stop()
    figures: dict[str, Any] = {
        **report(outcomes),
        "k": kb.settings.hits,
        "min_confidence": kb.settings.min_confidence,
    }
    groups = _groups(kb, outcomes, by) if by else []
    if as_json:
        shown = {"by": by, "groups": [group_json(group) for group in groups]} if by else {}
        rows = [_outcome(outcome) for outcome in outcomes]
        out_json({**figures, "writer": writer, **shown, "outcomes": rows})
    else:
        _tell(figures, outcomes)
        tell_groups(groups)
    warn_of_worse(groups)
    return OK


def _groups(kb: KnowledgeBase, outcomes: list[Outcome], by: GroupBy) -> list[Group]:
    from retrieval.feedback.fairness import EVALUATED, evaluated_samples, groups

    return groups(evaluated_samples(kb, outcomes, by), EVALUATED)


def _outcome(outcome: Outcome) -> dict[str, Any]:
    """One question's part of the JSON; its rank is null when nothing right was among the first ten."""
    return {
        "id": outcome.case.id,
        "answerable": bool(outcome.case.gold),
        "rank": outcome.rank or None,
        "confidence": outcome.confidence,
        "answered": outcome.answered,
        "right": outcome.right,
        "quote_found": outcome.quote_found,
        "quote_cited": outcome.quote_cited,
        "seconds": round(outcome.seconds, 4),
    }


def _tell(figures: dict[str, Any], outcomes: list[Outcome]) -> None:
    values = {"k": figures["k"], "threshold": f"{figures['min_confidence']:g}"}
    rows = [
        (
            name,
            _shown(figures[name]),
            translated(_MEANINGS[name], n=name.rpartition("@")[2], **values),
        )
        for name in _MEANINGS
    ]
    table(("figure", "value", "meaning"), rows)
    missed = [outcome.case.id for outcome in outcomes if outcome.case.gold and not outcome.rank]
    if missed:
        cases = listed(missed[:_NAMED]) + (", …" if len(missed) > _NAMED else "")
        out(translated("not found in the first ten: {cases}", cases=cases))


def _shown(value: float | None) -> str:
    if value is None:
        return "-"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
