"""Opt-outs: who is in no match and in no list, whatever the sources say; kept through every ingest.

The file holds ids that are made from names, and no name: who is gone need not stand in it. It only
grows; the last line about somebody holds.
"""

from __future__ import annotations

import os
from pathlib import Path

from kb.errors import KbError
from kb.home import ensure_file
from kb.journal.ids import now

OPT_OUTS = "optouts.txt"


def opted_out(home: Path) -> frozenset[str]:
    """The ids of the people who opted out. Raises KbError where the file can't be read."""
    path = home / OPT_OUTS
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return frozenset()
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error
    out: set[str] = set()
    for line in lines:
        _, state, person = ([*line.split(" ", 2), "", ""])[:3]
        if state == "in":
            out.discard(person)
        elif person:
            out.add(person)
    return frozenset(out)


def opt_out(home: Path, person: str) -> None:
    """Keep somebody out of all lists and matches from now on."""
    _add(home, "out", person)


def opt_in(home: Path, person: str) -> None:
    """Take an opt-out back; what somebody's consent leaves holds again."""
    _add(home, "in", person)


def _add(home: Path, state: str, person: str) -> None:
    path = home / OPT_OUTS
    ensure_file(path)
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(f"{now()} {state} {person}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise KbError(f"{path} can't be written: {error.strerror}") from error
