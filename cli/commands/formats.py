"""`kb formats`: what is read."""

from __future__ import annotations

import click

from cli.render import table
from kb.errors import OK


@click.command()
def command() -> int:
    """List the formats that are read."""
    from ingest.readers import FORMATS

    table(
        ("endings", "kinds", "reader", "what"),
        [(" ".join(f.endings), " ".join(f.kinds), f.reader, f.about) for f in FORMATS],
    )
    return OK
