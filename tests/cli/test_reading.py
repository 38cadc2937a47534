"""Commands that read: they write nothing but what catching up, a step of its own, brings in."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

READING = (
    ("search", "when is it open"),
    ("ask", "when is it open"),
    ("ask", "-c", "and on Sundays?"),
    ("show", "last"),
    ("sources", "list"),
    ("sources", "stale"),
    ("stats",),
    ("log", "list"),
    ("faq", "list"),
    ("config", "show"),
)
LOADING = """
import json, sys
from cli.main import main
loaded = [
    (main(command), [name for name in sys.modules if name.split(".")[0] == "ingest"])
    for command in json.loads(sys.argv[1])
]
print(json.dumps(loaded), file=sys.stderr)
"""
OPENED = """
import json, sys
import click
from cli.context import open_for_reading
with click.Context(click.Command("kb")):
    kb = open_for_reading()
    print(json.dumps([kb.catalog.pending(), kb.catalog.unfilled_count()]))
"""


def test_none_loads_anything_of_ingest(kb):
    assert kb("faq", "add", "--question", "When is it open?", "--answer", "At nine.").code == 0
    kb("ask", "when is it open")
    done = subprocess.run(
        [sys.executable, "-c", LOADING, json.dumps(READING)],
        capture_output=True, env=kb.environment(), text=True, check=True,
    )  # fmt: skip
    loaded = json.loads(done.stderr.splitlines()[-1])
    assert [code for code, _ in loaded if code not in (0, 3)] == []
    assert [modules for _, modules in loaded] == [[]] * len(READING)


def test_opening_leaves_what_waits_and_the_next_command_brings_it_in(kb, folder):
    (folder / "boats.md").write_text("# Boats\n\nThe ferry leaves at nine from the old pier.\n")
    assert kb("ingest", "-q", folder).code == 0
    _forget_vectors(kb)
    files = _files(kb)
    done = subprocess.run(
        [sys.executable, "-c", OPENED], capture_output=True, env=kb.environment(), check=True
    )
    waiting = json.loads(done.stdout)
    assert waiting[1] > 0
    assert _files(kb) == files
    assert kb("stats", "--json").json["pending"] == 0


def test_entries_that_were_only_journalled_are_published_some_at_a_time(kb):
    assert kb("faq", "add", "--question", "When is it open?", "--answer", "At nine.").code == 0
    columns = "entry, version, action, question, also, answer, sources, exchange, by, at"
    with closing(sqlite3.connect(kb.home / "journal.sqlite3")) as journal:
        for n in range(70):  # as an import leaves them that was killed before they were published
            journal.execute(
                f"INSERT INTO faq ({columns}) SELECT 'f_{n:026}', 1, 'add', 'Which pier has boat {n}?', also,"
                f" 'Pier {n}.', sources, exchange, by, at FROM faq LIMIT 1"
            )
        journal.commit()
    first = kb("stats", "--json")
    assert (first.json["faq"], first.json["faq_curated"]) == (65, 71)
    assert "6 FAQ entries are not searchable yet; the next command goes on" in first.err
    second = kb("stats", "--json")
    assert (second.json["faq"], second.err) == (71, "")


def _forget_vectors(kb):
    """As an ingest leaves it that was killed before it came to the vectors."""
    with closing(sqlite3.connect(kb.home / "catalog.sqlite3")) as database:
        database.execute("INSERT INTO waiting (passage) SELECT id FROM passages")
        database.commit()


def _files(kb):
    return {
        str(path): path.stat().st_mtime_ns
        for path in (kb.home / "indexes").rglob("*")
        if path.is_file()
    }
