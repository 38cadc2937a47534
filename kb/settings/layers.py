"""The effective settings: defaults, overridden by what `kb tune` found, `kb.toml` in the home,
`KB_*` variables, flags.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kb.errors import KbError
from kb.settings.composed import SETTINGS, TUNABLE, Settings
from kb.settings.fields import is_reaching
from kb.settings.file import CONFIG_FILE, SETTING_NAME, settings_in
from kb.settings.values import as_declared, check
from kb.toml_file import read_content
from kb.tuned import TUNED_FILE, read_tuned


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
    ours = {name: value for name, value in values.items() if origin[name] == CONFIG_FILE}
    ignored = _reaching(ours) if found else {}
    if not ignored:
        return Origins(wished, origin)
    from kb.settings.keys import withheld
    from kb.trust import is_trusted

    if is_trusted(home, content):
        return Origins(wished, origin)
    heeded = {name: value for name, value in values.items() if name not in ignored}
    kept = {name: "default" if name in ignored else where for name, where in origin.items()}
    return Origins(replace(Settings(), **heeded), kept, ignored, withheld(wished, origin, ignored))


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
    """The values that are set anywhere, the last word of each, and of every setting who has it."""
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
