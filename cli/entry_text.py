"""A FAQ entry as `kb show` and `kb faq list` show it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from cli.language import translated
from cli.render import clip, name_of, out, out_fitted, out_json
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
        out(translated("due for review: {reason}", reason=translated(line)))
    for version in versions[:-1]:
        number, at, by = version.version, version.at[:19], name_of(version.by)
        message = "version {number}  {at}  by {name}: {answer}"
        answer = clip(version.answer, 100)
        out_fitted(translated(message, number=number, at=at, name=by, answer=answer))


def _show_content(entry: FaqEntry) -> None:
    version = translated("version {number}", number=entry.version)
    by = name_of(entry.by)
    reviewed = translated("reviewed {at}  by {name}", at=entry.at[:19], name=by)
    out(f"{entry.id}  {version}  {reviewed}")
    out_fitted(translated("Q: {question}", question=entry.question))
    for also in entry.also:
        out(translated("   also: {question}", question=also))
    for line in translated("A: {answer}", answer=entry.answer).split("\n"):
        out_fitted(line)
    if entry.exchange:
        out(translated("promoted from {exchange}", exchange=entry.exchange))


def _show_support(support: Support) -> None:
    place = "  ".join(filter(None, (support.source, support.label, support.passage)))
    out(translated("rests on {place}", place=place))
    if support.quote:
        out_fitted(f"    “{clip(support.quote, 160)}”")
