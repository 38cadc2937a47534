"""The figures of groups of questions, as `kb eval --by` and `kb feedback report --by` show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cli.context import notify
from cli.language import translated
from cli.render import out, table

if TYPE_CHECKING:
    from retrieval.feedback.fairness import Group

GROUPINGS = ("lang", "source", "kind", "audience")
_EVALUATED = ("group", "questions", "answered", "right", "rightly refused", "not judged")
_REPORTED = ("group", "questions", "answered", "liked", "not judged")
_WARNINGS = {
    "answered": "{group} is answered less often than the rest: {share}, the rest {others}",
    "right": "{group} is answered rightly less often than the rest: {share}, the rest {others}",
    "refused": "{group} is rightly refused less often than the rest: {share}, the rest {others}",
    "liked": "{group} is liked less often than the rest: {share}, the rest {others}",
}


def group_json(group: Group) -> dict[str, Any]:
    """A group as JSON: its measures beside its name, and by which it is served worse."""
    measures = {name: asdict(each) for name, each in group.measures.items()}
    return {"group": group.name, "questions": group.questions, **measures, "worse": group.worse}


def tell_groups(groups: Sequence[Group]) -> None:
    """Show the groups as a table, with Wilson's 95% intervals; nothing without groups."""
    from cli.report_text import share

    if not groups:
        return
    measures = list(groups[0].measures)
    rows = [
        (
            group.name,
            str(group.questions),
            *(" ".join(share(group.measures[name].share)).strip() for name in measures),
            "" if group.judged else translated("too few"),
        )
        for group in groups
    ]
    out()
    if "right" in measures:
        table(_EVALUATED, rows)
    else:
        table(_REPORTED, rows)


def warn_of_worse(groups: Sequence[Group]) -> None:
    """Tell the user of groups that are served worse than the rest."""
    from cli.report_text import share

    for group in groups:
        for name in group.worse:
            figures = group.measures[name]
            own, others = (" ".join(share(each)) for each in (figures.share, figures.others))
            message = translated(_WARNINGS[name], group=group.name, share=own, others=others)
            notify(message)
