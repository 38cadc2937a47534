"""FAQ entries: every version of the answers that reviewers approved."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal, cast

from kb.errors import KbError, UsageError
from kb.journal import cells
from kb.journal.ids import new_name, now
from kb.sqlite import transaction, translated
from kb.text import has_words, normalise, plain
from kb.types import Decision, FaqEntry, Support

LONGEST_QUESTION = 2000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Outdated(KbError):
    """The entry was changed by another process meanwhile. `entry` is its present version."""

    def __init__(self, entry: FaqEntry) -> None:
        super().__init__(
            f"{entry.by or 'somebody'} has changed {entry.id} meanwhile (version {entry.version})",
            "edit it once more",
        )
        self.entry = entry


class FaqEntries:
    """Entries by versions; the newest one of each counts. Shares the journal's connection."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._path = path

    def add(
        self,
        question: str,
        answer: str,
        *,
        also: Sequence[str] = (),
        sources: Sequence[Support] = (),
        exchange: str | None = None,
        by: str | None = None,
        at: str = "",
    ) -> FaqEntry:
        """A new entry, its first version. `also` are other ways that its question is asked, `at`
        when it was reviewed.

        Without, that is now.
        """
        with transaction(self._db, self._path) as db:
            return insert(
                db, new_name("f"), 1, "add", question, also, answer, sources, exchange, by, at
            )

    def edit(
        self,
        entry: FaqEntry,
        *,
        question: str,
        answer: str,
        also: Sequence[str],
        sources: Sequence[Support],
        by: str | None,
    ) -> FaqEntry:
        """A further version of what `entry` is. Raises Outdated when it is not its newest version
        any more.
        """
        with transaction(self._db, self._path) as db:
            check(db, entry)
            return insert(
                db,
                entry.id,
                entry.version + 1,
                "edit",
                question,
                also,
                answer,
                sources,
                entry.exchange,
                by,
            )

    def remove(self, entry: FaqEntry, by: str | None) -> FaqEntry:
        """Withdraw an entry; its versions stay. Raises Outdated."""
        with transaction(self._db, self._path) as db:
            check(db, entry)
            return insert(
                db, entry.id, entry.version + 1, "remove", entry.question, entry.also, entry.answer, entry.sources,
                entry.exchange, by,
            )  # fmt: skip

    def restore(self, entry: FaqEntry) -> FaqEntry:
        """Keep a version as another journal has it, with its date, as the one that its history
        begins with here.

        Raises Outdated when one as new is here.
        """
        with transaction(self._db, self._path) as db:
            row = _newest(db, entry.id)
            if row is not None and row["version"] >= entry.version:
                raise Outdated(_entry(row))
            return insert(
                db, entry.id, entry.version, entry.action, entry.question, entry.also, entry.answer, entry.sources,
                entry.exchange, entry.by, entry.at,
            )  # fmt: skip

    def state(self) -> tuple[int, int]:
        """How many versions there are and the number of the newest: it changes whenever they do."""
        row = self._read("SELECT count(*), coalesce(max(seq), 0) FROM main.faq")[0]
        return row[0], row[1]

    def newest(self) -> dict[str, tuple[int, str]]:
        """The version and date of every entry that was not removed, by its id: all that tells
        whether it changed.
        """
        query = "SELECT entry, max(version) AS newest, at, action FROM faq GROUP BY entry"
        return {
            row["entry"]: (row["newest"], row["at"])
            for row in self._read(query)
            if row["action"] != "remove"
        }

    def entries(self) -> list[FaqEntry]:
        """The newest version of every entry that was not removed, in the order in which they were
        first added.
        """
        query = (
            "SELECT f.* FROM faq f"
            " JOIN (SELECT entry, max(version) AS newest, min(seq) AS first FROM faq GROUP BY entry) n"
            " ON f.entry = n.entry AND f.version = n.newest WHERE f.action <> 'remove' ORDER BY n.first"
        )
        return [_entry(row) for row in self._read(query)]

    def entry(self, name: str) -> FaqEntry:
        """The entry, not removed, whose id is `name` or, alone of all, begins with it. Raises
        KbError.
        """
        matches = [entry for entry in self.entries() if name and entry.id.startswith(name)]
        matches = [entry for entry in matches if entry.id == name] or matches
        if len(matches) != 1:
            raise KbError(
                f"{'more than one' if matches else 'no'} FAQ entry is called {name!r}",
                "see: kb faq list",
            )
        return matches[0]

    def versions(self, entry: str) -> list[FaqEntry]:
        """All versions of an entry, oldest first, a removal among them."""
        return [
            _entry(row)
            for row in self._read("SELECT * FROM faq WHERE entry = ? ORDER BY version", (entry,))
        ]

    def asking(self, question: str) -> FaqEntry | None:
        """The entry that has a question already, word for word, as its own or else as a further way
        to ask it.
        """
        return asked_by(self.entries()).get(worded(question))

    def check_free(self, questions: Iterable[str], own: str = "") -> None:
        """Raises KbError where another entry than `own` has a question: of two answers, only one
        could come first.
        """
        known = asked_by(self.entries())
        for question in questions:
            entry = known.get(worded(question))
            if entry and entry.id != own:
                raise KbError(
                    f"{entry.id} has that question already: {question[:80]}",
                    f"change its answer: kb faq edit {entry.id}",
                )

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        with translated(self._path):
            return self._db.execute(query, values).fetchall()


def asked_by(entries: Sequence[FaqEntry]) -> dict[str, FaqEntry]:
    """The entries by their questions, each as `worded`. Of entries with the same wording, the one
    whose main question it is comes first.
    """
    by_wording: dict[str, FaqEntry] = {}
    for entry in entries:
        by_wording.setdefault(worded(entry.question), entry)
    for entry in entries:
        for way in entry.also:
            by_wording.setdefault(worded(way), entry)
    return by_wording


def doubles(entries: Sequence[FaqEntry]) -> list[str]:
    """A line for each two entries with the same question, as a merge of journals may bring them."""
    by_wording = asked_by(entries)
    pairs = dict.fromkeys(
        (by_wording[worded(wording)].id, entry.id)
        for entry in entries
        for wording in (entry.question, *entry.also)
        if by_wording[worded(wording)].id != entry.id
    )
    return [
        f"{first} and {other} have the same question; see: kb faq list" for first, other in pairs
    ]


def worded(question: str) -> str:
    """A question for comparison: normalised, without its final punctuation."""
    line = " ".join(normalise(question).split())
    return line.rstrip("?.!。 ") or line


def check(db: sqlite3.Connection, entry: FaqEntry) -> None:
    """Raises Outdated when it is not its newest version any more, within a transaction that
    somebody else began.
    """
    row = _newest(db, entry.id)
    if row is None or row["version"] != entry.version:
        raise Outdated(_entry(row) if row else entry)


def insert(
    db: sqlite3.Connection,
    entry: str,
    version: int,
    action: str,
    question: str,
    also: Sequence[str],
    answer: str,
    sources: Sequence[Support],
    exchange: str | None,
    by: str | None,
    at: str = "",
) -> FaqEntry:
    """Keep a version within a transaction that somebody else began, as a decision's is. Raises
    UsageError.
    """
    question, also, answer = sound(question, also, answer)
    row = db.execute(
        "INSERT INTO main.faq (entry, version, action, question, also, answer, sources, exchange, by, at)"
        " VALUES (?,?,?,masked(?),masked_json(?),masked(?),masked_json(?),?,?,?) RETURNING *",
        (
            entry, version, action, question, json.dumps(list(also), ensure_ascii=False), answer,
            json.dumps([asdict(source) for source in sources], ensure_ascii=False), exchange, by, at or now(),
        ),
    ).fetchone()  # fmt: skip
    return _entry(row)


def sound(question: str, also: Sequence[str], answer: str) -> tuple[str, tuple[str, ...], str]:
    """The question, the other ways to ask it and the answer as they are kept: each question on one
    line and once, the answer without blank lines around it.
    Raises UsageError.
    """
    line = _line(question)
    cleaned = re.sub("\r\n?", "\n", _UNSTORABLE.sub("\ufffd", answer))
    cleaned = re.sub(r"\A(?:[ \t]*\n)+", "", cleaned).rstrip()
    for name, text in (("question", line), ("answer", cleaned)):
        if not has_words(plain(text)):
            raise UsageError(
                f"the {name} of a FAQ entry needs words" + (f", not {text[:40]!r}" if text else "")
            )
    if len(line) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(line):,} characters", "a question is one sentence or two"
        )
    further = dict.fromkeys(_line(wording) for wording in also)
    others = tuple(wording for wording in further if has_words(wording) and wording != line)
    return line, others, cleaned


def _line(text: str) -> str:
    return " ".join(_UNSTORABLE.sub("\ufffd", text).split())


def _newest(db: sqlite3.Connection, entry: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM faq WHERE entry = ? ORDER BY version DESC LIMIT 1", (entry,)
    ).fetchone()
    return row


def _entry(row: sqlite3.Row) -> FaqEntry:
    action = cells.text(row, "action")
    if action not in ("add", "edit", "remove"):
        raise cells.DamagedCell(row, "action")
    try:
        sources = tuple(Support(**support) for support in cells.listed(row, "sources", dict))
    except TypeError as error:
        raise cells.DamagedCell(row, "sources") from error
    return FaqEntry(
        cells.text(row, "entry"), cells.whole(row, "version"),
        cast("Literal['add', 'edit', 'remove']", action), cells.text(row, "question"),
        tuple(cells.listed(row, "also", str)), cells.text(row, "answer"), sources,
        cells.text_or_none(row, "exchange"), cells.text_or_none(row, "by"), cells.text(row, "at"),
    )  # fmt: skip


def withdraw(db: sqlite3.Connection, promotion: Decision, by: str | None) -> FaqEntry | None:
    """Take back what a promotion's version of an entry brought, within a transaction that somebody
    else began.

    The version before it is said again, as reviewed when and by whom it was; an entry that had none
    is removed. Gives the entry where something else is said by now, which stays.
    """
    name, version = promotion.detail["entry"], promotion.detail["version"]
    rows = db.execute("SELECT * FROM faq WHERE entry = ? ORDER BY version", (name,)).fetchall()
    versions = {entry.version: entry for entry in map(_entry, rows)}
    newest = versions[max(versions)] if versions else None
    if newest is None or newest.action == "remove":
        return None
    promoted, before = versions.get(version), versions.get(version - 1)
    # A merge may have brought the decision without its version.
    if promoted is None or promoted.by != promotion.by or _content(newest) != _content(promoted):
        return newest
    if before and before.action != "remove":
        insert(
            db,
            name,
            newest.version + 1,
            "edit",
            *_content(before),
            newest.exchange,
            before.by,
            before.at,
        )
    else:
        insert(db, name, newest.version + 1, "remove", *_content(newest), newest.exchange, by)
    return None


def _content(entry: FaqEntry) -> tuple[str, tuple[str, ...], str, tuple[Support, ...]]:
    return entry.question, entry.also, entry.answer, entry.sources
