"""Lines of the audit log: made of what a command has done, and shown."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cli.context import notify, reviewer
from cli.language import listed
from kb.errors import KbError

if TYPE_CHECKING:
    from kb.audit import Act, AuditLine


def audit(home: Path, act: Act, detail: Mapping[str, object], by: str | None = None) -> None:
    """Add what was done to the audit log of a home, by whom a flag names or else this user.

    Where that fails, the user is told: what was done stays done.
    """
    from kb.audit import UNAUDITED, AuditLog

    try:
        AuditLog(home).append(act, reviewer(by), detail)
    except KbError as error:
        notify(UNAUDITED.format(error=error))


def lines_about(home: Path, name: str) -> list[AuditLine]:
    """The lines about what has an id, oldest first; none, and a notice, where they can't be read."""
    from kb.audit import AuditLog

    try:
        return list(AuditLog(home).lines(about=name))
    except KbError as error:
        notify(str(error))
        return []


def line_json(line: AuditLine) -> dict[str, object]:
    """A line as JSON; a name that was blanked is null."""
    parts = ("n", "at", "act", "by", "detail", "names", "previous", "hash")
    return {name: getattr(line, name) for name in parts}


def about(line: AuditLine) -> str:
    """What a line is about, in words: its names and its detail."""
    names = (f"{role} {_name(text)}" for role, text in line.names.items() if role != "by")
    detail = (f"{name} {_shown(value)}" for name, value in line.detail.items() if value is not None)
    return listed((*names, *detail))


def _shown(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _name(text: str | None) -> str:
    return text or "-"
