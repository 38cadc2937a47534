"""`kb formats`: what is read."""

from __future__ import annotations

import click

from cli.context import home_option
from cli.language import translated
from cli.render import table
from kb.errors import OK
from kb.types import KINDS


@click.command()
@home_option
def command() -> int:
    """List the formats that are read."""
    from ingest.archives import ENDINGS
    from ingest.connectors import PREFIX
    from ingest.readers import FORMATS

    rows = [
        (f.reader, " ".join(f.kinds), translated(f.about), _extra(f.extra), " ".join(f.endings))
        for f in FORMATS
    ]
    every = " ".join(KINDS)
    rows.append(
        (
            "archives",
            every,
            translated("each file in an archive that is of a format above"),
            "",
            " ".join(ENDINGS),
        )
    )
    rows.append(
        (
            "connectors",
            every,
            translated("what any installed llama-index reader gives"),
            "",
            f"{PREFIX}MODULE:CLASS",
        )
    )
    table(("reader", "kinds", "what", "needs", "endings"), rows)
    return OK


def _extra(name: str) -> str:
    return f'pip install "founders-kb[{name}]"' if name else ""
