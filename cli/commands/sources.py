"""`kb sources`: what was ingested."""

from __future__ import annotations

import click

from cli.context import current_home, current_settings, home_option, notify, open_for_reading
from cli.render import out, out_json, table
from kb.errors import OK, KbError
from kb.types import CURATED


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def command(context: click.Context) -> int:
    """List or remove what was ingested."""
    return OK if context.invoked_subcommand else context.invoke(list_)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@home_option
def list_(as_json: bool) -> int:
    """List the sources with their kind, language and number of passages."""
    rows = open_for_reading().catalog.overview()
    if as_json:
        names = ("source", "path", "title", "kind", "lang", "meta")
        out_json(
            [
                {
                    "document": d.id,
                    **{name: getattr(d, name) for name in names},
                    "passages": passages,
                    "ingested_at": at,
                }
                for d, passages, at in rows
            ]
        )
    else:
        table(
            ("source", "kind", "lang", "passages", "title"),
            [(d.source, d.kind, d.lang, str(n), d.title) for d, n, _ in rows],
        )
    return OK


@command.command("remove")
@click.argument("source")
@home_option
def remove(source: str) -> int:
    """Take a source, or an archive with all that is in it, out of the knowledge base.

    The next ingest of its folder brings it back, if its file is there.
    """
    from ingest.archives import is_archive
    from kb.knowledge import open_knowledge_base

    home = current_home()
    kb = open_knowledge_base(home, current_settings(home), notify)
    with kb.home.writing(notify):
        whole = kb.catalog.documents_within(source) if is_archive(source) else []
        found = whole or kb.catalog.documents_called(source)
        if len(found) != 1 and not whole:
            names = ", ".join(document.source for document in found[:5])
            raise KbError(
                f"{source} could be any of: {names}" if found else f"no source is called {source}",
                "see: kb sources list",
            )
        curated = next((each for each in found if each.path.startswith(CURATED)), None)
        if curated:
            entry = curated.source.removeprefix("faq/")
            raise KbError(f"{curated.source} is an entry of the curated FAQ", f"remove it with: kb faq remove {entry}")
        kb.catalog.remove([document.id for document in found])
        kb.index.catch_up()
    for document in found:
        out(f"removed {document.source}")
    return OK
