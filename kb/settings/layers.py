"""Where the values of settings come from: defaults, overridden by what `kb tune` found
(tuned.toml), the user's kb.toml, `KB_*` variables, flags.

No error repeats what stands in the files: it may be a key. tuned.toml also holds all that was tuned
before, so that adopting and taking back are each one atomic step.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kb.errors import DiskFull, KbError, is_disk_full
from kb.home import create_file
from kb.settings.sections import (
    SECTIONS,
    SETTING_NAME,
    SETTINGS,
    TUNABLE,
    Settings,
    is_reaching,
    section_keys,
)
from kb.settings.values import as_declared, check

CONFIG_FILE = "kb.toml"
TUNED_FILE = "tuned.toml"
_READ_ELSEWHERE = ("audience",)  # by `kb.audience`: its keys are paths and channels
_SEE = "see: kb config show"
_PLACE = re.compile(r"at (line \d+, column \d+|end of document)")
_HEAD = """# Written by: kb tune
# What kb.toml sets comes before this. To take it back: kb tune --undo
"""


@dataclass(frozen=True, slots=True)
class Origins:
    """Settings together with where each value came from, for `kb config show`.

    `ignored` holds what a found kb.toml sets and nobody trusted; `withheld` says of the writer,
    embedder or reranker why it must not be used, where the user's key would have gone to a server
    of such a setting.
    """

    settings: Settings
    origin: Mapping[str, str]
    ignored: Mapping[str, Any] = field(default_factory=dict)
    withheld: Mapping[str, str] = field(default_factory=dict)


def load(
    home: Path,
    environment: Mapping[str, str] | None = None,
    flags: Mapping[str, Any] | None = None,
    *,
    found: bool = False,
) -> Origins:
    """The effective settings of `home`; flags that are None are not set. Raises KbError naming the
    bad one.

    `found`: the home was found, not chosen; then its settings that reach out count only once they
    are trusted.
    """
    environment = os.environ if environment is None else environment
    content = read_content(home / CONFIG_FILE)
    values, origin = _layered(home, content, environment, flags or {})
    wished = replace(Settings(), **values)
    check(wished, origin)
    in_file = {name: value for name, value in values.items() if origin[name] == CONFIG_FILE}
    ignored = _reaching(in_file) if found else {}
    if not ignored:
        return Origins(wished, origin)
    from kb.trust import is_trusted, withheld

    if is_trusted(home, content):
        return Origins(wished, origin)
    trusted = {name: value for name, value in values.items() if name not in ignored}
    settings = replace(Settings(), **trusted)
    sources = {name: "default" if name in ignored else where for name, where in origin.items()}
    return Origins(settings, sources, ignored, withheld(wished, origin, ignored))


def reaching(home: Path) -> tuple[dict[str, Any], bytes]:
    """The settings of the home's kb.toml that need trust, and what the file holds. Raises KbError."""
    content = read_content(home / CONFIG_FILE)
    values = settings_in(content, home / CONFIG_FILE)
    return _reaching(
        {name: as_declared(name, values[name], CONFIG_FILE) for name in values}
    ), content


def _reaching(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if is_reaching(SETTINGS[name], value)}


def _layered(
    home: Path, content: bytes, environment: Mapping[str, str], flags: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that are set anywhere, later places overriding earlier ones, and where the value of
    each setting comes from.
    """
    values: dict[str, Any] = {}
    origin = dict.fromkeys(SETTINGS, "default")

    def put(name: str, value: Any, where: str, shown: str = "") -> None:
        values[name], origin[name] = as_declared(name, value, where), shown or where

    for name, value in read_tuned(home).values.items():
        if name not in TUNABLE:
            known = name if SETTING_NAME.fullmatch(name) else "a name"
            raise KbError(f"{TUNED_FILE}: {known} is nothing that is tuned", "put it into kb.toml")
        put(name, value, TUNED_FILE)
    for name, value in settings_in(content, home / CONFIG_FILE).items():
        put(name, value, CONFIG_FILE)
    for name in SETTINGS:
        variable = f"KB_{name.upper()}"
        if environment.get(variable):
            put(name, environment[variable], variable)
    for name, value in flags.items():
        if value is not None:
            put(name, value, f"--{name}", "flag")
    return values, origin


def read_content(path: Path) -> bytes:
    """The bytes of a file; none where there is no such file. Raises KbError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error


def parse(content: bytes, path: Path, hint: str) -> dict[str, Any]:
    """The table in the content of `path`. Raises KbError with the place of the fault, and `hint`.

    The message of tomllib is left out: it quotes names and characters of the file.
    """
    try:
        return tomllib.loads(content.decode("utf-8"))
    except RecursionError:
        place = ", it is nested too deeply"
    except ValueError as error:  # TOML, UTF-8, or a number of thousands of digits
        match = _PLACE.search(str(error))
        place = f", see {match[1]}" if match else ""
    raise KbError(f"{path} is not valid TOML{place}", hint)


def settings_in(content: bytes, path: Path) -> dict[str, Any]:
    """The settings in the content of a kb.toml, by their full names, as they stand there.

    Raises KbError: it is no TOML, a section has no such setting, or a setting is set twice.
    """
    values: dict[str, Any] = {}
    table = parse(content, path, "mend the file, or move it away to use the defaults")
    for name, value in _entries(table):
        if name in values:
            raise KbError(
                f"{CONFIG_FILE}: {name} is set twice", "keep it in its section, or by its full name"
            )
        values[name] = value
    return values


def _entries(table: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if name in _READ_ELSEWHERE:
            continue
        if name in SECTIONS and isinstance(value, dict):
            for key, inner in value.items():
                yield _full_name(name, key), inner
        elif name not in SETTINGS and isinstance(value, dict) and _is_prefix(name, value):
            yield from ((f"{name}_{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _full_name(section: str, key: str) -> str:
    """The setting that a section calls `key`; its full name is understood there too."""
    keys = section_keys(section)
    if key in keys:
        return keys[key]
    if key in keys.values():
        return key
    shown = repr(key) if SETTING_NAME.fullmatch(key) else "of one of the names"
    raise KbError(f"{CONFIG_FILE}: there is no setting {shown} in [{section}]", _SEE)


def _is_prefix(name: str, table: Mapping[str, Any]) -> bool:
    """Whether a table holds settings whose names begin with its own: `model` in `[verify]` is
    `verify_model`.
    """
    return all(f"{name}_{key}" in SETTINGS for key in table)


@dataclass(frozen=True, slots=True)
class Tuned:
    """The settings that were fitted, when, and those before them, the newest first."""

    values: Mapping[str, float]
    at: str = ""
    former: tuple[Tuned, ...] = ()


def read_tuned(home: Path) -> Tuned:
    """What `kb tune` set in a home, empty where it never did. Raises KbError."""
    path = home / TUNED_FILE
    table = parse(read_content(path), path, "move it away to do without what was tuned")
    former = table.pop("former", [])
    if not isinstance(former, list) or not all(isinstance(earlier, dict) for earlier in former):
        raise KbError(f"{path}: former must be tables", "move it away to do without what was tuned")
    return Tuned(*_settings(table), tuple(Tuned(*_settings(earlier)) for earlier in former))


def _settings(table: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    return {name: value for name, value in table.items() if name != "at"}, str(table.get("at", ""))


def adopt(home: Path, values: Mapping[str, float]) -> Tuned:
    """Make `values` the tuned settings, and keep the former ones to go back to. Raises KbError."""
    from kb.journal.ids import now

    before = read_tuned(home)
    adopted = Tuned(dict(values), now(), (Tuned(before.values, before.at), *before.former))
    _write(home, adopted)
    return adopted


def take_back(home: Path) -> Tuned:
    """Bring back the settings before the last `kb tune`. Raises KbError when it never ran."""
    before = read_tuned(home)
    if not before.former:
        raise KbError(
            "there is nothing to take back",
            "kb tune has changed nothing yet, or all of it was taken back",
        )
    last, *earlier = before.former
    restored = Tuned(last.values, last.at, tuple(earlier))
    if restored.values or restored.former:
        _write(home, restored)
    else:
        (home / TUNED_FILE).unlink(missing_ok=True)
    return restored


def _write(home: Path, tuned: Tuned) -> None:
    path = home / TUNED_FILE
    draft = home / f".{TUNED_FILE}.{os.getpid()}"
    text = (
        _HEAD
        + _lines(tuned)
        + "".join(f"\n[[former]]\n{_lines(earlier)}" for earlier in tuned.former)
    )
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
