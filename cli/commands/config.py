"""`kb config`: the settings."""

from __future__ import annotations

from dataclasses import Field
from typing import Any

import click

from cli.context import current_home, home_option
from cli.language import translated
from cli.render import out, table
from kb.errors import OK
from kb.settings import CONFIG_FILE, SECTIONS, SETTINGS, load, section_keys


@click.group()
@home_option
def command() -> None:
    """Show the settings and where they come from."""


@command.command("show")
@home_option
def show() -> int:
    """Show every setting, its value, and where the value comes from. Secrets are not printed."""
    home = current_home()
    loaded = load(home.path, found=home.is_found)
    out(f"{translated('home')}\t{home.path}")
    rows = []
    for section in SECTIONS:
        for key, name in section_keys(section).items():
            where = translated(loaded.origin[name])
            if name in loaded.ignored:
                where += translated(f" ({CONFIG_FILE} ignored until kb trust)")
            declared = SETTINGS[name]
            shown = _shown(declared, getattr(loaded.settings, name))
            about = translated(declared.metadata["about"])
            rows.append((name, shown, where, about, f"[{section}] {key}"))
    table(("setting", "value", "from", "what", f"in {CONFIG_FILE}"), rows)
    return OK


def _shown(field: Field[Any], value: Any) -> str:
    from kb.model_client import without_password

    if field.metadata["secret"]:
        return translated("(set)") if value else ""
    return without_password(value) if field.name.endswith("_url") else str(value)
