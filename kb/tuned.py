"""What `kb tune` found: settings of the home's own, `tuned.toml`, with all that were there before
it.

One file holds both, so that adopting and taking back are each one atomic step. A setting of
kb.toml, of the environment or of a flag comes before it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb.errors import DiskFull, KbError, is_disk_full
from kb.permissions import create_file
from kb.toml_file import parse, read_content

TUNED_FILE = "tuned.toml"
_HEAD = """# Written by: kb tune
# What kb.toml sets comes before this. To take it back: kb tune --undo
"""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The settings that were fitted, when, and those before them, the newest first."""

    values: Mapping[str, float]
    at: str = ""
    former: tuple[Tuned, ...] = ()


def read_tuned(home: Path) -> Tuned:
    """What is tuned in a home; nothing where nothing was. Raises KbError."""
    path = home / TUNED_FILE
    table = parse(read_content(path), path, "move it away to do without what was tuned")
    former = table.pop("former", [])
    if not isinstance(former, list) or not all(isinstance(each, dict) for each in former):
        raise KbError(f"{path}: former must be tables", "move it away to do without what was tuned")
    return Tuned(*_settings(table), tuple(Tuned(*_settings(each)) for each in former))


def _settings(table: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    return {name: value for name, value in table.items() if name != "at"}, str(table.get("at", ""))


def adopt(home: Path, values: Mapping[str, float]) -> Tuned:
    """Let `values` be what is tuned, and keep what was. Raises KbError."""
    from kb.journal.ids import now

    before = read_tuned(home)
    adopted = Tuned(dict(values), now(), (Tuned(before.values, before.at), *before.former))
    _write(home, adopted)
    return adopted


def take_back(home: Path) -> Tuned:
    """Go back to what was tuned before the last time. Raises KbError when nothing was."""
    before = read_tuned(home)
    if not before.former:
        raise KbError(
            "there is nothing to take back",
            "kb tune has changed nothing yet, or all of it was taken back",
        )
    last, *earlier = before.former
    left = Tuned(last.values, last.at, tuple(earlier))
    if left.values or left.former:
        _write(home, left)
    else:
        (home / TUNED_FILE).unlink(missing_ok=True)
    return left


def _write(home: Path, tuned: Tuned) -> None:
    path = home / TUNED_FILE
    draft = home / f".{TUNED_FILE}.{os.getpid()}"
    text = _HEAD + _lines(tuned) + "".join(f"\n[[former]]\n{_lines(each)}" for each in tuned.former)
    try:
        draft.unlink(missing_ok=True)
        with create_file(draft) as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        if is_disk_full(error):
            raise DiskFull() from error
        raise KbError(
            f"can't write {path}: {error.strerror}", "check the permissions of the folder"
        ) from error


def _lines(tuned: Tuned) -> str:
    at = f'at = "{tuned.at}"\n' if tuned.at else ""
    return at + "".join(f"{name} = {float(value)!r}\n" for name, value in tuned.values.items())
