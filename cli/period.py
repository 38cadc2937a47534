"""Periods on the command line: `--since` and `--until`."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])
_AGO = re.compile(r"(\d{1,4})([dw])")


class Day(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A day: 2026-05-01, or how long ago it was, as 30d or 8w. UTC, as all times that are
    journalled.
    """

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        ago = _AGO.fullmatch(str(value).strip())
        try:
            if ago:
                return datetime.now(UTC).date() - timedelta(
                    days=int(ago[1]) * (7 if ago[2] == "w" else 1)
                )
            return date.fromisoformat(str(value).strip())
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no day; write 2026-05-01, or 30d or 8w for so long ago", param, ctx
            )


def period_options(command: F) -> F:
    """`--since` and `--until`, each a day that is in the period, or None."""
    for name, bound in (("--until", "last"), ("--since", "first")):
        about = f"The {bound} day: 2026-05-01, or 30d or 8w for so long ago. UTC."
        command = click.option(name, type=Day(), metavar="DAY", help=about)(command)
    return command
