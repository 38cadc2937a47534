"""`kb faq`: the answers that reviewers stand behind."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cli.audit_lines import audit
from cli.context import (
    catch_up,
    current_home,
    current_settings,
    home_option,
    notify,
    open_for_reading,
    reviewer,
)
from cli.entry_editor import EditedFile
from cli.entry_text import entry_json
from cli.files import replacing
from cli.language import listed, translated
from cli.render import clip, out, out_json, table
from cli.viewing import audience_option
from kb.errors import FAILED, OK, KbError, UsageError
from kb.types import FaqEntry

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase

_question = click.option("--question", metavar="Q", help="What is asked.")
_answer = click.option("--answer", metavar="A", help="The answer, in Markdown.")
_also = click.option(
    "--also", multiple=True, metavar="Q", help="Another way to ask it; repeatable."
)
_source = click.option(
    "--source",
    "sources",
    multiple=True,
    metavar="S",
    help="A source or passage (p_...) that it rests on; repeatable.",
)
_by = click.option("--by", metavar="NAME", help="Who stands behind it.  [default: $USER]")


@dataclass(frozen=True, slots=True)
class _Changes:
    """What the options of `edit` change in an entry."""

    question: str | None
    answer: str | None
    also: tuple[str, ...]
    sources: tuple[str, ...]
    confirm: bool

    @property
    def any(self) -> bool:
        """Whether an option was given at all."""
        return bool(self.question or self.answer or self.also or self.sources or self.confirm)

    def made(self, kb: KnowledgeBase, entry: FaqEntry) -> FaqEntry:
        """The entry with these changes. Raises KbError for a source that is not there."""
        from kb.faq import refreshed, support

        sources = tuple(support(kb.catalog, name) for name in self.sources)
        if not sources:
            sources = refreshed(kb.catalog, entry, notify) if self.confirm else entry.sources
        return replace(
            entry,
            question=self.question or entry.question,
            answer=self.answer or entry.answer,
            also=tuple(dict.fromkeys((*entry.also, *self.also))),
            sources=sources,
        )


@click.group()
@home_option
def command() -> None:
    """Keep the answers that reviewers stand behind.

    They come first for their question, and are cited as FAQ with the date of their review.
    """


@command.command("list")
@click.option(
    "--due", "only_due", is_flag=True, help="Only those whose sources changed or disappeared."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
@audience_option
@home_option
def list_(only_due: bool, as_json: bool) -> int:
    """List the entries; those marked ! rest on sources that changed or disappeared."""
    from kb.faq import due

    kb, journal = _open()
    entries = journal.faq.entries()
    why = due(kb.catalog, journal, entries)
    entries = [entry for entry in entries if entry.id in why] if only_due else entries
    if as_json:
        out_json([entry_json(entry, why.get(entry.id, [])) for entry in entries])
    else:
        rows = [
            (
                e.id,
                e.at[:10],
                e.by or "",
                f"! {listed(map(translated, why[e.id]), '; ')}" if e.id in why else "",
                clip(e.question, 80),
            )
            for e in entries
        ]
        table(("entry", "reviewed", "by", "due", "question"), rows)
    return OK


@command.command("add")
@_question
@_answer
@_also
@_source
@_by
@home_option
def add(
    question: str | None,
    answer: str | None,
    also: tuple[str, ...],
    sources: tuple[str, ...],
    by: str | None,
) -> int:
    """Add an entry, which is found at once. On a terminal, what is not given is asked for in
    $EDITOR.
    """
    from kb.faq import support

    kb, journal = _open(create=True)
    rests_on = tuple(support(kb.catalog, name) for name in sources)
    journal.faq.check_free((*filter(None, [question]), *also))
    if question is None or answer is None:
        from ingest.faq_file import draft, write_entry

        _check_editor("--question and --answer")
        written = _in_editor(kb, draft(question or "", answer or "", also, rests_on), _no_entry())
        question, answer, also, rests_on = (
            written.question,
            written.answer,
            written.also,
            written.sources,
        )
        try:
            journal.faq.check_free((question, *also))
        except KbError as error:
            raise _not_lost(error, EditedFile(write_entry(written))) from error
    entry = journal.faq.add(question, answer, also=also, sources=rests_on, by=reviewer(by))
    audit(kb.home.path, "faq-add", {"entry": entry.id}, by)
    _publish(kb, journal)
    out(translated(f"added {entry.id}: {clip(entry.question, 80)}"))
    return OK


@command.command("edit")
@click.argument("name", metavar="ID")
@_question
@_answer
@_also
@_source
@click.option(
    "--confirm",
    is_flag=True,
    help="It was read again, and still holds with its sources as they are now.",
)
@_by
@home_option
def edit(name: str, by: str | None, **options: Any) -> int:
    """Change an entry: what the options say, or without any, in $EDITOR. Its versions are kept.

    --also adds to the ways to ask it; --source says anew what it rests on.
    """
    from ingest.faq_file import write_entry
    from ingest.faq_import import same

    kb, journal = _open()
    entry, changes = journal.faq.entry(name), _Changes(**options)
    if changes.any:
        new = changes.made(kb, entry)
    else:
        _check_editor("what to change, such as --answer")
        new = _in_editor(kb, write_entry(entry), entry)
    if same(new, entry) and not changes.confirm:
        out(translated(f"unchanged {entry.id}"))
        return OK
    try:
        edited = _kept(journal, entry, new, by)
    except KbError as error:
        if changes.any:
            raise
        raise _not_lost(error, EditedFile(write_entry(new))) from error
    audit(kb.home.path, "faq-edit", {"entry": edited.id, "version": edited.version}, by)
    _publish(kb, journal)
    is_confirmed = same(edited, entry) or changes.confirm
    name, version = edited.id, edited.version
    out(translated(f"{'confirmed' if is_confirmed else 'edited'} {name}, version {version}"))
    return OK


def _kept(journal: Journal, entry: FaqEntry, new: FaqEntry, by: str | None) -> FaqEntry:
    """The new version of an entry, once it is in the journal. Raises KbError where it must not be."""
    from kb.journal.faq_entries import worded

    known = set(map(worded, (entry.question, *entry.also)))
    ways = (new.question, *new.also)
    journal.faq.check_free((way for way in ways if worded(way) not in known), entry.id)
    return journal.faq.edit(
        entry,
        question=new.question,
        answer=new.answer,
        also=new.also,
        sources=new.sources,
        by=reviewer(by),
    )


@command.command("remove")
@click.argument("name", metavar="ID")
@_by
@home_option
def remove(name: str, by: str | None) -> int:
    """Withdraw an entry. The journal keeps its versions."""
    kb, journal = _open()
    entry = journal.faq.remove(journal.faq.entry(name), reviewer(by))
    audit(kb.home.path, "faq-remove", {"entry": entry.id, "version": entry.version}, by)
    _publish(kb, journal)
    out(translated(f"removed {entry.id}: {clip(entry.question, 80)}"))
    return OK


@command.command("export")
@click.argument("file", metavar="[FILE|-]", default="-")
@audience_option
@home_option
def export(file: str) -> int:
    """Write all entries as Markdown, to be read, kept in git and imported again.

    A FILE is there whole or not at all.
    """
    from ingest.faq_file import written

    kb, journal = _open()
    if kb.sight:
        kb.sight.check_uncovered()
    entries = journal.faq.entries()
    text = written(entries)
    audit(kb.home.path, "export", {"what": "faq", "rows": len(entries)})
    if file == "-":
        out(text.removesuffix("\n"))
        return OK
    with replacing(Path(file)) as stream:
        stream.write(text)
    out(translated(f"{len(entries)} entries written to {file}"))
    return OK


@command.command("import")
@click.argument("file", metavar="FILE|-")
@click.option(
    "--by",
    metavar="NAME",
    help="Who stands behind what it brings.  [default: who the file says, or $USER]",
)
@home_option
def import_(file: str, by: str | None) -> int:
    """Take entries from Markdown: what was exported, maybe edited, or any FAQ with questions as
    headings.

    New and changed entries are kept, those that the file does not have stay. An entry that was
    changed here since the file was written is not overwritten, and a question that another entry
    has is not taken again: exits with 1 when there is such a one, having taken the others.
    """
    from ingest.faq_import import take_in
    from kb.erasure.forgetting import keep_out
    from kb.journal.faq_entries import doubles

    entries, unsound = _read_entries(file)
    if not entries and not unsound:
        out(translated("there is nothing in it"))
        return OK
    kb, journal = _open(create=True)
    taken = take_in(journal, kb.catalog, entries, by, reviewer(None))
    keep_out(kb.home)
    taken.refused += unsound
    if taken.added or taken.updated:
        detail = {"added": taken.added, "updated": taken.updated, "refused": len(taken.refused)}
        audit(kb.home.path, "faq-import", detail, by)
    _publish(kb, journal)
    for line in taken.refused:
        notify(f"not taken: {line}")
    for line in taken.missing:
        notify(line)
    if taken.added or taken.updated:
        for line in doubles(journal.faq.entries()):
            notify(line)
    refused = f", {len(taken.refused)} refused" if taken.refused else ""
    counts = f"{taken.added} added, {taken.updated} updated, {taken.unchanged} unchanged"
    out(translated(counts) + translated(refused))
    return FAILED if taken.refused else OK


def _read_entries(file: str) -> tuple[list[FaqEntry], list[str]]:
    """The entries of a file, `-` for standard input, and why others in it are none. Raises KbError."""
    from ingest.faq_file import read
    from ingest.parsed import Unreadable
    from ingest.parsing.decode import decode

    unsound: list[str] = []
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        name = "standard input" if file == "-" else Path(file).name
        return read(decode(data), name, unsound), unsound
    except OSError as error:
        raise KbError(f"can't read {file}: {error.strerror}") from error
    except Unreadable as error:
        raise KbError(f"{file} can't be read: {error}") from error


def _open(*, create: bool = False) -> tuple[KnowledgeBase, Journal]:
    from kb.journal import open_journal
    from kb.knowledge import open_knowledge_base

    home = current_home()
    if create and not home.exists():
        kb = open_knowledge_base(home, current_settings(home), notify, create=True)
    else:
        kb = open_for_reading()
        catch_up(kb)
    return kb, open_journal(kb.home.journal, kb.settings, kb.sight)


def _publish(kb: KnowledgeBase, journal: Journal) -> None:
    from ingest.faq_entries import publish

    publish(kb, journal)


def _check_editor(missing: str) -> None:
    if not (sys.stdin.isatty() or os.environ.get("VISUAL") or os.environ.get("EDITOR")):
        raise UsageError(f"give {missing}", "or call it on a terminal, to write in $EDITOR")


def _no_entry() -> FaqEntry:
    return FaqEntry("", 0, "add", "", (), "", (), None, None, "")


def _in_editor(kb: KnowledgeBase, text: str, entry: FaqEntry) -> FaqEntry:
    """What somebody makes of an entry, its sources looked up. Raises KbError, with what was written
    kept in a file.
    """
    from ingest.faq_file import read
    from ingest.faq_import import named

    file = EditedFile(text)
    try:
        written, saved = file.written()
        if not saved:
            file.remove()
            if entry.id:
                return entry
            raise KbError("nothing was written, so nothing is added")
        parsed = read(written)
        if len(parsed) != 1:
            raise UsageError(
                f"there are {len(parsed)} questions in it", r"a heading in an answer is written \##"
            )
        (new,) = parsed
        checked = replace(new, sources=named(kb.catalog, new.sources, entry.sources))
    except KbError as error:
        if file.is_worth_keeping:
            raise _not_lost(error, file) from error
        file.remove()
        raise
    file.remove()
    return checked


def _not_lost(error: KbError, file: EditedFile) -> KbError:
    """The same error, naming a file with what somebody wrote."""
    notice = f"what you wrote is in {file.path}"
    failed = KbError(str(error), f"{error.hint}; {notice}" if error.hint else notice)
    failed.code = error.code
    return failed
