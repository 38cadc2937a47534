"""`kb sources`: what was ingested."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cli.audit_lines import audit
from cli.context import (
    catch_up,
    current_home,
    current_settings,
    home_option,
    not_empty,
    notify,
    open_for_reading,
    open_journal,
)
from cli.language import translated
from cli.named_sources import named_sources
from cli.render import clip, name_of, out, out_json, out_wrapped, table
from cli.viewing import audience_option
from kb.errors import OK, UsageError
from kb.types import Document

_AUDITED = 100  # documents that an audit line names; of further ones it tells the number

if TYPE_CHECKING:
    from retrieval.feedback.flagged_passages import StalePassage


@click.group(invoke_without_command=True)
@home_option
@click.pass_context
def command(context: click.Context) -> int:
    """List or remove what was ingested."""
    return OK if context.invoked_subcommand else context.invoke(list_)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@audience_option
@home_option
def list_(as_json: bool) -> int:
    """List the sources with their kind, language and number of passages."""
    from retrieval.contract import sources_json

    kb = open_for_reading()
    catch_up(kb)
    if as_json:
        out_json(sources_json(kb))
    else:
        table(
            ("source", "kind", "lang", "passages", "title"),
            [(d.source, d.kind, d.lang, str(n), d.title) for d, n, _ in kb.catalog.overview()],
        )
    return OK


@command.command("stale")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@audience_option
@home_option
def stale(as_json: bool) -> int:
    """List the passages that reviewers called bad sources, by whom they belong to, and sources
    whose file is gone.

    They belong to the `owner` of their metadata, else to the `author`, else to their source.
    Passages that changed since they were marked, or are gone, are not listed.
    """
    from itertools import groupby

    from kb.missing_sources import WAY_OUT, missing_sources
    from retrieval.feedback.flagged_passages import stale_passages

    kb = open_for_reading()
    catch_up(kb)
    passages, lapsed = stale_passages(kb, open_journal()) if kb.home.journal.exists() else ([], 0)
    if lapsed:
        subject = (
            "passage has changed since, and is"
            if lapsed == 1
            else "passages have changed since, and are"
        )
        notify(f"{lapsed} marked {subject} not listed")
    groups = [(owner, list(rows)) for owner, rows in groupby(passages, lambda p: p.owner)]
    missing = missing_sources(kb.catalog)
    if as_json:
        marked = [
            {"owner": owner, "passages": [_stale_json(flagged) for flagged in theirs]}
            for owner, theirs in groups
        ]
        out_json([*marked, *map(_missing_json, missing)])
        return OK
    for owner, theirs in groups:
        out(owner)
        for flagged in theirs:
            _show_stale(flagged)
    for document in missing:
        out_wrapped(translated(f"{document.source}  its file is gone: {document.path}"))
    if missing:
        notify(f"sources whose file is gone are taken out by: {WAY_OUT}")
    return OK


def _show_stale(stale: StalePassage) -> None:
    """A passage that was marked, and who marked it at which question."""
    out_wrapped(f"  {stale.document.source}  {stale.passage.anchor.label}  {stale.passage.id}")
    out_wrapped(f"    {clip(stale.passage.text, 160)}")
    for mark in stale.marks:
        values = {"name": name_of(mark.by), "question": clip(mark.question, 80)}
        shown = translated("by {name}; asked: {question}", **values)
        if mark.reason:
            message = "by {name}, {reason}; asked: {question}"
            shown = translated(message, reason=mark.reason, **values)
        out_wrapped(f"    {mark.at[:10]} {shown}")


def _missing_json(document: Document) -> dict[str, object]:
    from retrieval.feedback.flagged_passages import owner_of

    owner = owner_of(document.meta, document.source)
    return {
        "owner": owner,
        "passages": [],
        "document": document.id,
        "source": document.source,
        "gone": document.path,
    }


def _stale_json(stale: StalePassage) -> dict[str, object]:
    return {
        "passage": stale.passage.id,
        "document": stale.document.id,
        "source": stale.document.source,
        "title": stale.document.title,
        "label": stale.passage.anchor.label,
        "text": stale.passage.text,
        "marks": [asdict(mark) for mark in stale.marks],
    }


@command.command("remove")
@click.argument("source", required=False, callback=not_empty)
@click.option("--gone", is_flag=True, help="Take out every source whose file is gone.")
@home_option
def remove(source: str | None, gone: bool) -> int:
    """Take sources out of the knowledge base.

    SOURCE is the name of one, or an archive, a folder or a pattern like 'minutes/2024-*', with all
    that is in it. The next ingest of its folder brings it back, if its file is there. With --gone,
    all whose file is gone are taken out; see them first with kb sources stale, since a disk that is
    only away looks the same.
    """
    from kb.knowledge import open_knowledge_base
    from kb.missing_sources import missing_sources

    if gone == (source is not None):
        raise UsageError("name a source, or use --gone", "see: kb sources list, kb sources stale")
    home = current_home()
    kb = open_knowledge_base(home, current_settings(home), notify)
    with kb.home.writing(notify):
        documents = missing_sources(kb.catalog) if source is None else named_sources(kb, source)
        ids = [document.id for document in documents]
        kb.catalog.remove(ids)
        kb.index.catch_up()
    if ids:
        audit(home.path, "remove", {"documents": ids[:_AUDITED], "removed": len(ids)})
    for document in documents:
        out(translated(f"removed {document.source}"))
    if gone and not documents:
        notify("no source's file is gone")
    return OK
