"""`kb reindex`: embed all passages anew and rebuild the indexes."""

from __future__ import annotations

import click

from cli.audit_lines import audit
from cli.context import catch_up, home_option, open_for_reading
from cli.language import translated
from cli.render import out, progress_bar
from kb.errors import OK


@click.command()
@home_option
def command() -> int:
    """Embed all passages anew and rebuild the indexes.

    The configured embedder is taken; the old indexes serve until the new ones are whole.
    """
    from kb.catch_up import reindex

    kb = open_for_reading()
    catch_up(kb)
    advance, stop = progress_bar(translated("embedding"))
    try:
        passages = reindex(kb, lambda done, total: advance(done, total, ""))
    finally:
        stop()
    audit(kb.home.path, "reindex", {"passages": passages})
    out(translated(f"{passages} passages embedded and indexed anew"))
    return OK
