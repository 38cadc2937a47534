"""Homes that were damaged: made, put to work, and held against what must not be.

Commands run in forks of this process, which has imported the program already: a home takes a second
or two.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

# Imported once, for all forks.
import chromadb_rust_bindings  # noqa: F401
import numpy as np  # noqa: F401
import tantivy  # noqa: F401

import retrieval.ask  # noqa: F401
from cli.forkserver.preload import load_models
from cli.main import main
from tests.home_damages import DAMAGES, Setting

# A command that takes more does not end: seconds of processor time, and of the clock, which goes on
# while other work has the processors.
LONGEST_AT_WORK = 120
LONGEST = 1800.0
LARGEST_FILE = 256_000_000  # Chroma can grow a torn file without end
CODES = frozenset({0, 1, 2, 3, 4})
QUESTIONS = (
    "how many days for a refund?",
    "多久可以退款？",
    "who looks after the harbour room?",
    "what is a term sheet?",
)
SOURCES = {
    "refunds.md": "# Refunds\n\nMembers get a refund within 14 days of paying. The course fee is 300 dollars.\n\n"
    "## Exceptions\n\nRecorded courses can be returned within 7 days.\n",
    "退款.md": "# 退款规则\n\n付款后 14 天内可以退款，课程费用为 300 元。\n\n## 例外\n\n录播课 7 天内可以退。\n",
    "rooms.csv": "room,keeper,seats\nharbour,Ada Example,12\norchard,Bo Sample,30\n",
    "panel.vtt": "WEBVTT\n\n00:00:01.000 --> 00:00:09.000\n<v Cy Sample>A term sheet is a page of terms, and we signed"
    " ours after 41 days.\n\n00:00:10.000 --> 00:00:19.000\n<v Di Example>We paid 5 percent to the agent.\n",
}
FOREIGN = ("Documents/thesis.txt", "dense-notes/keep.txt", "people.md", "settings.toml")
ADDED = "On the second Friday."
READING = (
    ("search", "--json", QUESTIONS[0]), ("search", "--json", QUESTIONS[1]), ("ask", "--format", "json", QUESTIONS[0]),
    ("ask", "--format", "json", QUESTIONS[1]), ("ask", "--format", "json", "--no-log", QUESTIONS[2]),
    ("ask", "--format", "plain", QUESTIONS[3]), ("log",), ("show", "last"), ("sources", "list"), ("sources", "stale"),
    ("stats",), ("stats", "--json"), ("gaps",), ("digest", "--since", "2020-01-01"), ("faq", "list"), ("faq", "export", "-"), ("feedback", "list"), ("people", "list"), ("match", "a co-founder"), ("recommend", QUESTIONS[0]),
    ("recommend", "--source", "refunds.md"), ("recommend", "--letter"), ("faq", "list"), ("faq", "export", "-"), ("feedback", "list"),
    ("feedback", "export"), ("feedback", "report"), ("review", "list"), ("journal", "export", "-"), ("journal", "check"),
    ("audit", "list"), ("audit", "verify"), ("doctor",),
    ("config", "show"), ("replay", "last"), ("tune", "--undo"), ("eval", "--from-feedback"), ("formats",),
)  # fmt: skip
WRITING = (
    ("doctor", "--repair"), ("reindex",), ("ingest", "SOURCES"), ("faq", "add", "--question", "When is it?", "--answer", ADDED),
    ("feedback", "add", "last", "up"), ("sources", "remove", "rooms.csv"),
    ("forget", "rooms.csv"), ("people", "optout", "Ada Example"),
)  # fmt: skip
AGAIN = (("ask", "--format", "json", QUESTIONS[0]), ("search", "--json", QUESTIONS[1]))


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code (below 0: a signal; None: not at all), and what it
    printed.
    """

    code: int | None
    out: str
    err: str


# --- a sound home ---------------------------------------------------------------------------------


def prepare(folder: Path) -> Setting:
    """Make the sound home, its sources and the foreign files. Ends the program where the sound home
    is not.
    """
    load_models()
    for name, text in SOURCES.items():
        path = folder / "sources" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
        os.utime(path, (1_700_000_000, 1_700_000_000))
    made = [("ingest", folder / "sources"), *(("ask", question) for question in QUESTIONS),
            ("feedback", "add", "last", "down", "--correct", "It is a page of terms."),
            ("faq", "add", "--question", "When do refunds arrive?", "--answer", "Within 9 days.")]  # fmt: skip
    for arguments in made:
        ended = run(folder / "sound", folder, *map(str, arguments))
        if ended.code not in (0, 3):
            sys.exit(
                f"nothing measured: kb {' '.join(map(str, arguments))} ended with {ended.code}\n{ended.err}"
            )
    with contextlib.closing(sqlite3.connect(folder / "sound" / "catalog.sqlite3")) as database:
        texts = [row[0] for row in database.execute("SELECT text FROM passages")]
    return Setting(folder, frozenset([*texts, ADDED]))


@dataclass(frozen=True, slots=True)
class Running:
    """A command that was begun in a fork of this process, and what it prints."""

    pid: int
    out: IO[bytes]
    err: IO[bytes]


def run(home: Path, folder: Path, *arguments: str) -> Ended:
    """Run a command in a fork of this process."""
    return ended(start(home, folder, *arguments))


def start(
    home: Path, folder: Path, *arguments: str, prepare: Callable[[], None] = lambda: None
) -> Running:
    """Begin a command in a fork of this process, with a group of its own; `prepare` is called in it
    first.
    """
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115 - `ended` closes them
    child = os.fork()
    if not child:
        _become_command(home, folder, out.fileno(), err.fileno(), arguments, prepare)
    with contextlib.suppress(OSError):
        os.setpgid(child, child)
    return Running(child, out, err)


def ended(running: Running, kill_after: float | None = None) -> Ended:
    """Wait for the end of a command; one that still runs after so many seconds is killed with all
    that it began.
    """
    code = _wait(running.pid, LONGEST if kill_after is None else kill_after)
    said = []
    for stream in (running.out, running.err):
        stream.seek(0)
        said.append(stream.read().decode("utf-8", "replace"))
        stream.close()
    return Ended(code, *said)


def _become_command(
    home: Path,
    folder: Path,
    out: int,
    err: int,
    arguments: Sequence[str],
    prepare: Callable[[], None],
) -> None:
    code = 70
    try:
        with contextlib.suppress(ImportError):
            import resource

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
            resource.setrlimit(resource.RLIMIT_CPU, (LONGEST_AT_WORK, LONGEST_AT_WORK + 5))
        with contextlib.suppress(OSError):  # the parent does it, too
            os.setpgid(
                0, 0
            )  # and no session of its own: "last" is the last question of the session
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        # pytest has put streams of its own in their place
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", closefd=False)
        os.umask(0o077)
        user = folder / "user"
        user.mkdir(exist_ok=True)
        for name in [name for name in os.environ if name.startswith(("KB_", "XDG_"))]:
            del os.environ[name]
        os.environ |= {
            "KB_HOME": str(home),
            "KB_EMBEDDER": "static",
            "HOME": str(user),
            "TMPDIR": str(user),
        }
        tempfile.tempdir = None
        prepare()
        code = main(list(arguments))
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _wait(child: int, seconds: float) -> int | None:
    """The exit code; None for a command that had to be killed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.001)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return None


# --- what must not be -----------------------------------------------------------------------------


def faults(home: Path, setting: Setting, drawn: random.Random) -> Iterator[str]:
    """Run some commands on a damaged home; gives what must not be."""
    commands = [*drawn.sample(READING, 3), *drawn.sample(WRITING, 1), *AGAIN]
    for command in commands:
        arguments = [str(setting.sources) if each == "SOURCES" else each for each in command]
        ended = run(home, setting.folder, *arguments)
        name = " ".join(command)
        if ended.code is None:
            yield f"kb {name} does not end"
        elif ended.code not in CODES:
            yield f"kb {name} ended with {ended.code}: {ended.err[-300:]}"
        if "Traceback" in ended.err or "bug in kb" in ended.err:
            yield f"kb {name}: {ended.err.splitlines()[0][:300]}"
        yield from (
            f"kb {name} shows what no source says: {text!r}"
            for text in _wrong(command, ended, setting)
        )
    for path in (setting.foreign, home.with_name("disk")):
        if path.is_dir() and not _same(setting.foreign, path):
            yield f"foreign files were touched in {path.name}"


def _wrong(command: Sequence[str], ended: Ended, setting: Setting) -> Iterator[str]:
    """The texts that a search or an answer gives of a source which no source has."""
    if ended.code != 0 or command[0] not in ("ask", "search") or "json" not in " ".join(command):
        return
    try:
        given = json.loads(ended.out)
    except ValueError:
        yield f"no JSON: {ended.out[:100]}"
        return
    for hit in given.get("hits", ()):
        if hit["text"] not in setting.texts:
            yield hit["text"]
    for citation in given.get("citations", ()):
        if not any(citation["quote"] in text for text in setting.texts):
            yield citation["quote"]


def _same(foreign: Path, other: Path) -> bool:
    """Whether each foreign file is in the other folder as it was made, and nothing else in the first
    but indexes: where a link of a home leads there, kb keeps them beside what it finds.
    """
    unchanged = all(
        (other / name).is_file() and (other / name).read_bytes() == _content(name)
        for name in FOREIGN
    )
    generations = [mark.parent for mark in foreign.rglob(".kb-generation")]
    added = [
        path for path in foreign.rglob("*") if not path.is_dir() and not _is_foreign(path, foreign)
    ]
    return unchanged and all(
        any(path.is_relative_to(folder) for folder in generations) for path in added
    )


def _is_foreign(path: Path, foreign: Path) -> bool:
    return path.relative_to(foreign).as_posix() in FOREIGN


def _content(name: str) -> bytes:
    return f"the foreign file {name}".encode()


def _make_foreign(foreign: Path) -> None:
    shutil.rmtree(foreign, ignore_errors=True)
    for name in FOREIGN:
        path = foreign / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_content(name))


def damaged(setting: Setting, number: int, seed: int) -> tuple[Path, list[str], random.Random]:
    """A copy of the sound home with the damages of that number; gives it with what they are."""
    _make_foreign(setting.foreign)
    drawn = random.Random(f"{seed}-{number}")
    home = setting.folder / f"case-{number}" / "home"
    shutil.copytree(setting.home, home)
    kinds = drawn.choices(list(DAMAGES), list(DAMAGES.values()), k=drawn.choice((1, 1, 1, 2, 3)))
    done = []
    for kind in kinds:
        try:
            done.append(kind(home, drawn, setting))
        except OSError:  # an earlier damage took away what this one wants
            continue
    return home, done, drawn
