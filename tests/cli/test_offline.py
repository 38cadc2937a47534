"""Nothing is sent anywhere unless a URL is configured: no command even opens a socket, as far as
Python sees.

What compiled libraries do is watched by test_system_calls.py, on Linux.
"""

from __future__ import annotations

import os
import shutil

import pytest

QUESTION = "how should cofounders split equity?"
WATCH = """
import os, sys

LOG = os.environ["WATCH_LOG"]

def note(line):
    with open(LOG, "a") as stream:
        stream.write(line + "\\n")

def watch(event, arguments):
    if event.startswith("socket."):
        note(event)
        raise RuntimeError(f"somebody wants a socket: {event}")

note("watching")
sys.addaudithook(watch)
"""


@pytest.fixture
def watched(kb, tmp_path):
    """`watched(kb, ...)`: run a command where every socket is refused and noted; gives the run and
    the notes.

    Python runs sitecustomize.py first of all, also in the processes that read the files.
    """
    (tmp_path / "watch").mkdir()
    (tmp_path / "watch" / "sitecustomize.py").write_text(WATCH)
    log = tmp_path / "watch.log"

    def run(who, *arguments, env=None, **options):
        log.write_text("")
        path = os.pathsep.join((str(tmp_path / "watch"), who.environment()["PYTHONPATH"]))
        done = who(
            *arguments, env={"PYTHONPATH": path, "WATCH_LOG": str(log), **(env or {})}, **options
        )
        return done, log.read_text().splitlines()

    return run


def assert_quiet(outcome, code=0, processes=1):
    """The command did its work, so many processes were watched, and none of them wanted a socket."""
    run, notes = outcome
    assert run.code == code, run.err
    assert len(notes) >= processes
    assert set(notes) == {"watching"}


def test_the_watch_sees_sockets(library, watched):
    url = {"KB_OPENAI_URL": "http://127.0.0.1:9/v1"}
    for arguments in (("ask", "--no-log", "--writer", "openai", QUESTION), ("doctor",)):
        run, notes = watched(library, *arguments, env=url)
        assert run.code == 1
        assert any(note.startswith("socket.") for note in notes)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["search", QUESTION], 0),
        (["search", "--json", "种子用户怎么找？"], 0),
        (["ask", "--no-log", QUESTION], 0),
        (["ask", "--no-log", "--writer", "extractive", "--format", "json", QUESTION], 0),
        (["ask", "--no-log", "--writer", "openai", QUESTION], 1),
        (["ask", "--no-log", "which tram goes to the garden?"], 3),
        (["sources", "list"], 0),
        (["stats", "--json"], 0),
        (["doctor"], 0),
        (["formats"], 0),
        (["config", "show"], 0),
        (["--version"], 0),
        (["ask", "--help"], 0),
        (["bake"], 2),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else "",
)
def test_commands_that_read(library, watched, arguments, code):
    assert_quiet(watched(library, *arguments), code)


def test_batches(library, watched):
    assert_quiet(
        watched(library, "search", "--stdin", "--jsonl", stdin=f"{QUESTION}\n{QUESTION}\n")
    )
    assert_quiet(watched(library, "ask", "--no-log", "--stdin", "--jsonl", stdin=f"{QUESTION}\n"))


def test_commands_that_write(kb, watched, folder):
    (folder / "pier.md").write_text(
        "---\nurl: https://example.org/pier\n---\n# Pier\n\nThe pier is made of oak.\n\n![oak](https://example.org/oak.png)\n"
    )
    (folder / "quay.md").write_text("# Quay\n\nThe quay is made of stone.\n")
    assert_quiet(watched(kb, "ingest", "--dry-run", folder), processes=2)
    assert_quiet(watched(kb, "ingest", folder), processes=2)
    assert_quiet(watched(kb, "ingest", folder))
    assert_quiet(watched(kb, "ask", "what is the pier made of?"))
    assert_quiet(watched(kb, "log", "list"))
    exchange = kb("log", "list", "--json").json["id"]
    assert_quiet(watched(kb, "show", exchange))
    assert_quiet(watched(kb, "feedback", "add", exchange, "up"))
    assert_quiet(watched(kb, "feedback", "list"))
    passage = kb("search", "--json", "pier").json["hits"][0]["passage"]
    assert_quiet(watched(kb, "show", passage))
    assert_quiet(watched(kb, "reindex"))
    shutil.rmtree(kb.home / "indexes")
    assert_quiet(watched(kb, "doctor", "--repair"))
    assert_quiet(watched(kb, "sources", "remove", "quay.md"))
