"""What is tortured: a home behind its sources, and what each command is to make of it."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import sys
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from cli.forkserver.preload import load_models
from kb.sqlite import connect_for_reading
from kb.types import FAQ_PREFIX
from tests.damaged_homes import run

LONG_AGO = 1_700_000_000
QUESTIONS = ("how many days for a refund?", "多久可以退款？", "who keeps the harbour room?")
GONE = "The zebra of the boathouse sleeps at noon."
THINGS = "harbour lantern orchard ferry workshop kettle meadow quarry bakery compass".split()
JOURNAL_TABLES = {
    "exchanges": "id",
    "verdicts": "uid",
    "decisions": "uid",
    "faq": "entry || version",
}


@dataclass(frozen=True)
class Work:
    """A command that is disturbed. `{name}` in it stands for a path or an id of the setting.

    `is_fresh`: it begins without a home. `again`: how it may end when it is given once more.
    """

    name: str
    arguments: tuple[str, ...]
    is_fresh: bool = False
    again: tuple[int, ...] = (0,)


WORKS = (
    Work("ingest", ("ingest", "-q", "{sources}"), is_fresh=True),
    Work("re-ingest", ("ingest", "-q", "{sources}")),
    Work("remove", ("sources", "remove", "boathouse.md"), again=(0, 1)),
    Work("forget", ("forget", "boathouse.md"), again=(0, 1, 2)),
    Work("reindex", ("reindex",)),
    Work("ask", ("ask", QUESTIONS[0])),
    Work("feedback", ("feedback", "add", "{exchange}", "up", "--comment", "clear")),
    Work("promotion", ("feedback", "resolve", "{exchange}", "--as", "promote"), again=(0, 1)),
    Work("FAQ entry", ("faq", "add", "--question", "Who rings?", "--answer", "The keeper."), again=(0, 1)),
    Work("journal import", ("journal", "import", "{journal}")),
    Work("backup", ("backup", "{file}")),
    Work("restore", ("restore", "--force", "{backup}")),
)  # fmt: skip


@dataclass(frozen=True)
class State:
    """What a home holds: the texts of each source's passages, and the ids of the journal's rows."""

    documents: dict[str, frozenset[str]] = field(default_factory=dict)
    journal: dict[str, frozenset[str]] = field(default_factory=dict)


def state_of(home: Path) -> State:
    """What a home holds now; nothing where there is none."""
    documents: dict[str, frozenset[str]] = {}
    if (home / "catalog.sqlite3").exists():
        with closing(connect_for_reading(home / "catalog.sqlite3")) as db:
            if db.execute("PRAGMA user_version").fetchone()[0]:
                # FAQ entries follow the journal, under names drawn by chance
                query = "SELECT id, source FROM documents WHERE path NOT LIKE ?"
                for document, source in db.execute(query, (f"{FAQ_PREFIX}%",)).fetchall():
                    rows = db.execute("SELECT text FROM passages WHERE document = ?", (document,))
                    documents[source] = frozenset(text for (text,) in rows)
    journal: dict[str, frozenset[str]] = dict.fromkeys(JOURNAL_TABLES, frozenset())
    if (home / "journal.sqlite3").exists():
        with closing(connect_for_reading(home / "journal.sqlite3")) as db:
            if db.execute("PRAGMA user_version").fetchone()[0]:
                for table, key in JOURNAL_TABLES.items():
                    rows = db.execute(f"SELECT {key} FROM {table}")
                    journal[table] = frozenset(str(row[0]) for row in rows)
    return State(documents, journal)


def texts_of(home: Path) -> list[str]:
    """The texts of all passages of a home, also of FAQ entries."""
    with closing(connect_for_reading(home / "catalog.sqlite3")) as db:
        return [text for (text,) in db.execute("SELECT text FROM passages")]


@dataclass(frozen=True)
class Setting:
    """A home `behind` its changed sources, and the files that commands are given."""

    folder: Path
    exchange: str

    @property
    def behind(self) -> Path:
        return self.folder / "behind"

    @property
    def sources(self) -> Path:
        return self.folder / "sources"

    def arguments(self, work: Work, case: Path) -> tuple[str, ...]:
        """The words of a work, for a case in that folder."""
        names = {
            "sources": self.sources,
            "exchange": self.exchange,
            "journal": self.folder / "journal.jsonl",
            "backup": self.folder / "backup.kbz",
            "file": case / "made.kbz",
        }
        return tuple(word.format(**names) for word in work.arguments)

    def case(self, work: Work, name: str) -> Path:
        """A folder for one case, with the home that it begins with."""
        case = self.folder / "cases" / name
        shutil.rmtree(case, ignore_errors=True)
        case.mkdir(parents=True)
        if not work.is_fresh:
            shutil.copytree(self.behind, case / "home")
        shutil.rmtree(self.folder / "user" / ".local", ignore_errors=True)  # copies of ledgers
        return case


def prepare(folder: Path) -> Setting:
    """Make the setting. Ends the program where a command fails that nobody disturbs."""
    load_models()
    write_sources(folder / "sources")
    other, behind = folder / "other", folder / "behind"
    for home, words in (
        (other, ("faq", "add", "--question", "When is it?", "--answer", "On Fridays.")),
        (other, ("ingest", "-q", str(folder / "sources" / "refunds.md"))),
        (other, ("ask", QUESTIONS[1])),
        (other, ("journal", "export", str(folder / "journal.jsonl"))),
        (behind, ("ingest", "-q", str(folder / "sources"))),
        *((behind, ("ask", question)) for question in QUESTIONS),
        (behind, ("feedback", "add", "last", "down", "--correct", "Within 14 days.")),
        (behind, ("faq", "add", "--question", "Who has keys?", "--answer", "Ada Example.")),
        (behind, ("backup", str(folder / "backup.kbz"))),
    ):
        ended = run(home, folder, *words)
        if ended.code not in (0, 3):
            sys.exit(f"nothing measured: kb {' '.join(words)} ended with {ended.code}\n{ended.err}")
    listed = run(behind, folder, "log", "list", "--json").out.splitlines()
    exchange = next(row["id"] for row in map(json.loads, listed) if row["question"] == QUESTIONS[0])
    change_sources(folder / "sources")
    return Setting(folder, exchange)


def write_sources(sources: Path) -> None:
    """Some notes, a table and a transcript."""
    sources.mkdir(parents=True)
    (sources / "refunds.md").write_text("# Refunds\n\nMembers get a refund within 14 days.\n")
    (sources / "退款.md").write_text("# 退款\n\n付款后 14 天内可以退款。\n", "utf-8")
    (sources / "boathouse.md").write_text(f"# Boathouse\n\n{GONE}\n")
    (sources / "rooms.csv").write_text("room,keeper,seats\nharbour,Ada Example,12\n")
    (sources / "panel.vtt").write_text(
        "WEBVTT\n\n00:00:01.000 --> 00:00:09.000\n<v Cy Sample>We signed after 41 days.\n"
    )
    for number, thing in enumerate(THINGS):
        (sources / f"note-{number}.md").write_text(f"# {thing.title()}\n\nThe {thing} is oak.\n")
    write_table(sources / "crates.csv", 300, 1)
    _age(sources)


def change_sources(sources: Path) -> None:
    """Edit, remove, rename and add."""
    for number in (0, 3):
        path = sources / f"note-{number}.md"
        path.write_text(path.read_text() + "\nIt was painted in May.\n")
    (sources / "note-1.md").unlink()
    (sources / "note-2.md").rename(sources / "moved.md")
    write_table(sources / "more-crates.csv", 200, 2)
    write_table(sources / "crates.csv", 280, 3)
    _age(sources)


def write_table(path: Path, rows: int, seed: int) -> None:
    """A table of made-up crates."""
    drawn = random.Random(seed)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["crate", "place", "day"])
        for number in range(rows):
            table.writerow([f"{seed * 1000 + number}", drawn.choice(THINGS), drawn.randrange(365)])


def _age(folder: Path) -> None:
    """Give every file a time long past: of a file that was just written, kb remembers less."""
    for path in folder.rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))
