"""A FAQ entry as `kb show` and `kb faq list` show it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cli.render import clip, out, out_json
from kb.types import FaqEntry, Support

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase


def entry_json(entry: FaqEntry, due: list[str] | None = None) -> dict[str, object]:
    """An entry as JSON, with the reasons for which it wants a second look where they are given."""
    return {**asdict(entry), **({} if due is None else {"due": due})}


def show_entry(kb: KnowledgeBase, journal: Journal, name: str, as_json: bool) -> None:
    """Show an entry with where it comes from, its sources and its versions."""
    from kb.faq import due

    entry = journal.faq.entry(name)
    versions = journal.faq.versions(entry.id)
    reasons = due(kb.catalog, journal, [entry]).get(entry.id, [])
    if as_json:
        earlier = [entry_json(version) for version in versions]
        out_json({**entry_json(entry, reasons), "versions": earlier})
        return
    _show_content(entry)
    for support in entry.sources:
        _show_support(support)
    for line in reasons:
        out(f"due for review: {line}")
    for version in versions[:-1]:
        out(
            f"version {version.version}  {version.at[:19]}  by {version.by or 'somebody'}: "
            f"{clip(version.answer, 100)}"
        )


def _show_content(entry: FaqEntry) -> None:
    reviewed = f"reviewed {entry.at[:19]}  by {entry.by or 'somebody'}"
    out(f"{entry.id}  version {entry.version}  {reviewed}")
    out(f"Q: {entry.question}")
    for also in entry.also:
        out(f"   also: {also}")
    out(f"A: {entry.answer}")
    if entry.exchange:
        out(f"promoted from {entry.exchange}")


def _show_support(support: Support) -> None:
    out(f"rests on {'  '.join(filter(None, (support.source, support.label, support.passage)))}")
    if support.quote:
        out(f"    “{clip(support.quote, 160)}”")
