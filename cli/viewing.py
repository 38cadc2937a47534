"""Who looks: `--audience` of the commands that read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from kb.audience import Viewer

F = TypeVar("F", bound=Callable[..., Any])
_AUDIENCE = "kb.audience"  # the key of a call's `--audience` in click's context


def audience_option(command: F) -> F:
    """`--audience NAME`, repeatable: the command reads what these audiences may know."""
    return click.option(
        "--audience",
        multiple=True,
        metavar="NAME",
        expose_value=False,
        callback=_keep_audience,
        help="Only what this audience may know; repeatable.",
    )(command)


def _keep_audience(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> None:
    from kb.audience import check_name

    for name in values:
        check_name(name)
    if values:
        context.meta[_AUDIENCE] = values


def current_viewer(channel: str = "") -> Viewer:
    """Who looks: the audiences of `--audience`, in a channel those of that, else the owner of the
    home, who sees everything.
    """
    from kb.audience import EVERYTHING, Viewer

    names = click.get_current_context().meta.get(_AUDIENCE, ())
    return Viewer(names or (() if channel else (EVERYTHING,)), channel)


def is_owner(viewer: Viewer) -> bool:
    """Whether nothing is hidden from a viewer, whatever the rules of the home are."""
    from kb.audience import OWNER

    return viewer == OWNER
