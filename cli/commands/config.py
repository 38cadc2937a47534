"""`kb config`: the settings."""

from __future__ import annotations

from dataclasses import fields

import click

from cli.context import current_home, home_option
from cli.render import out, table
from kb.errors import OK
from kb.settings import Settings, load


@click.group()
@home_option
def command() -> None:
    """Show the settings and where they come from."""


@command.command("show")
@home_option
def show() -> int:
    """Show every setting, its value, and where the value comes from. Secrets are not printed."""
    from kb.server import without_password

    home = current_home()
    loaded = load(home.path)
    out(f"home\t{home.path}")
    rows = []
    for field in fields(Settings):
        value = getattr(loaded.settings, field.name)
        shown = ("(set)" if value else "") if field.metadata["secret"] else without_password(str(value))
        rows.append((field.name, shown, loaded.origin[field.name], field.metadata["about"]))
    table(("setting", "value", "from", "what"), rows)
    return OK
