"""`kb forget`: take a source, a person, an author or a time out for good, with proof."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from cli.context import (
    current_home,
    current_settings,
    home_option,
    notify,
    period_options,
    reviewer,
)
from cli.forgotten_doors import door_traces
from cli.language import counted, translated
from cli.named_sources import named_sources
from cli.render import out, out_fields, out_json, table
from kb.errors import FAILED, OK, KbError, UsageError

if TYPE_CHECKING:
    from kb.erasure.forgetting import Plan, Receipt, Target
    from kb.knowledge import KnowledgeBase
    from kb.types import Document

_KINDS = {
    "source": "a source",
    "person": "a person",
    "author": "an author",
    "period": "a time",
}


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option(
    "--person", "people", multiple=True, metavar="NAME", help="Forget somebody; repeatable."
)
@click.option(
    "--author",
    "authors",
    multiple=True,
    metavar="NAME",
    help="Forget what somebody wrote; repeatable.",
)
@period_options
@click.option("--dry-run", is_flag=True, help="Say what would go, and do nothing.")
@click.option("--list", "shows_list", is_flag=True, help="List what is kept out, and the receipts.")
@click.option("--lift", metavar="ID", help="Let what an entry of the list names come in again.")
@click.option("--by", metavar="NAME", help="Who does it; else your user name.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(**options: Any) -> int:
    """Take out a source, a person, an author or a time for good, and prove it.

    SOURCE, as for kb sources remove, goes with all that rests on it: the exchanges that quote it,
    with their verdicts and decisions, and FAQ entries in all versions. Of a person go what they
    said, asked and voted; where others name them stands [forgotten]. Of an author go the documents
    and what they said. --since and --until mean what was asked, written or sent in that time. Your
    files stay: a later ingest, import or restore keeps out what was forgotten, until it is lifted.
    Nothing brings it back: see it first with --dry-run. Exits with 1 where the probe still finds
    something.
    """
    return _run(**options)


def _run(
    sources: tuple[str, ...],
    people: tuple[str, ...],
    authors: tuple[str, ...],
    since: date | None,
    until: date | None,
    dry_run: bool,
    shows_list: bool,
    lift: str | None,
    by: str | None,
    as_json: bool,
) -> int:
    is_named = bool(sources or people or authors or since or until)
    if is_named + shows_list + (lift is not None) != 1:
        raise UsageError(
            "name what to forget: SOURCE, --person, --author, --since or --until",
            "or see what was: kb forget --list",
        )
    if shows_list:
        return _list(as_json)
    if lift is not None:
        return _lift(lift)
    from kb.erasure.forgetting import forget, planned

    kb = _opened()
    was_unfinished = not dry_run and _gone_on(kb)
    target = _target(kb, sources, people, authors, since, until)
    if dry_run:
        return _show_plan(planned(kb, target), as_json)
    if target.names and not planned(kb, target).changes:
        if was_unfinished:  # it was this very command
            return OK
        raise KbError(f"no source is called {target.names[0]}", "see: kb sources list")
    return _show_receipt(forget(kb, target, reviewer(by), door_traces), as_json)


def _gone_on(kb: KnowledgeBase) -> bool:
    """Carry a forgetting that was interrupted to its end. Gives whether there was one."""
    from kb.erasure.forgetting import go_on

    with kb.home.writing(notify):
        went_on = go_on(kb)
    if went_on:
        notify("a forgetting that was interrupted is finished now")
    return went_on


def _opened() -> KnowledgeBase:
    from kb.knowledge import open_knowledge_base

    home = current_home()
    return open_knowledge_base(home, current_settings(home), notify)


def _target(
    kb: KnowledgeBase,
    sources: tuple[str, ...],
    people: tuple[str, ...],
    authors: tuple[str, ...],
    since: date | None,
    until: date | None,
) -> Target:
    """What is to be forgotten. A source that was removed before may still be quoted in the journal.
    Raises KbError.
    """
    from kb.erasure.forgetting import Target

    documents: list[Document] = []
    names: list[str] = []
    for source in sources:
        try:
            documents += named_sources(kb, source)
        except KbError:
            if not source.strip() or kb.catalog.documents_called(source):
                raise
            names.append(source)
    first, last = (day.isoformat() if day else "" for day in (since, until))
    return Target(tuple(documents), tuple(names), people, authors, first, last)


def _show_plan(plan: Plan, as_json: bool) -> int:
    from kb.erasure.forgetting import counts

    removed = [document.source for document in plan.changes.catalog.removed]
    changed = [each.before.source for each in plan.changes.catalog.changed]
    if as_json:
        shown = {"sources": removed, "changed_sources": changed}
        out_json({"dry_run": True, "counts": counts(plan.changes), **shown})
        return OK
    for name in removed:
        out_fields({"goes": name}, 8)
    for name in changed:
        out_fields({"changes": name}, 8)
    out(translated("dry run, nothing changed: {counts}", counts=_counts(counts(plan.changes))))
    return OK


def _show_receipt(receipt: Receipt, as_json: bool) -> int:
    if as_json:
        out_json(receipt.json())
    else:
        out(translated("forgotten: {counts}", counts=_counts(receipt.counts)))
        out(translated("receipt: {id}", id=receipt.id))
        if not receipt.traces:
            out(translated("the probe finds nothing of it any more"))
    for trace in receipt.traces:
        notify(f"the probe still finds something in {trace.part}; see: kb forget --list --json")
    return FAILED if receipt.traces else OK


def _counts(counts: Mapping[str, int]) -> str:
    """How much goes, as people read it."""
    named = {
        "sources": counts["sources"],
        "sources changed": counts["changed_sources"],
        "passages": counts["passages"],
        "turns": counts["turns"],
        "exchanges": counts["exchanges"],
        "verdicts": counts["verdicts"],
        "decisions": counts["decisions"],
        "FAQ entries": counts["faq"],
    }
    some = {name: count for name, count in named.items() if count}
    return counted(some) if some else translated("nothing")


def _list(as_json: bool) -> int:
    from kb.erasure.ledger import LEDGER_FILE, Ledger

    path = current_home().path / LEDGER_FILE
    if not path.exists():
        if as_json:
            out_json({"entries": [], "receipts": []})
        else:
            notify("nothing was forgotten here")
        return OK
    with closing(Ledger(path)) as ledger:
        entries, receipts = ledger.entries(), ledger.receipts()
    if as_json:
        kept = [{"id": each.id, "kind": each.kind, "at": each.at} for each in entries]
        out_json({"entries": kept, "receipts": receipts})
        return OK
    rows = [(each.id, translated(_KINDS[each.kind]), each.at[:10]) for each in entries]
    table(("entry", "kind", "forgotten"), rows)
    for receipt in receipts:
        out(f"{receipt['id']}  {receipt['at'][:10]}  {_counts(receipt['counts'])}")
    return OK


def _lift(name: str) -> int:
    from kb.erasure.forgetting import lift

    entry = lift(current_home(), name)
    out(translated("lifted {id}: what it names comes in with the next ingest", id=entry.id))
    return OK
