"""`kb stats`: how much there is."""

from __future__ import annotations

import click

from cli.context import catch_up, home_option, open_for_reading
from cli.render import out_fields, out_json
from cli.viewing import audience_option
from kb.errors import OK


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@audience_option
@home_option
def command(as_json: bool) -> int:
    """Count what there is."""
    from kb.faq import due
    from kb.journal import Journal

    kb = open_for_reading()
    catch_up(kb)
    counts = kb.catalog.counts()
    journal = Journal(kb.home.journal, sight=kb.sight) if kb.home.journal.exists() else None
    exchanges, verdicts = journal.counts() if journal else (0, 0)
    entries = journal.faq.entries() if journal else []
    shown = {
        "documents": counts.documents,
        "passages": counts.passages,
        "faq": counts.faq,
        "faq_curated": len(entries),
        "due": len(due(kb.catalog, journal, entries)) if journal else 0,
        "exchanges": exchanges,
        "verdicts": verdicts,
        "held": len(journal.holds.waiting()) if journal else 0,
        "embedder": kb.catalog.serving() or kb.settings.embedder,
        "pending": kb.catalog.pending() + kb.catalog.unfilled_count(),
        "home": str(kb.home.path),
    }
    if as_json:
        out_json(shown)
    else:
        out_fields(shown, 12)
    return OK
