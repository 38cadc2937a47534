"""Reading where nothing can be written: on a read-only mount, a full disk, as another user."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress

import pytest

from tests.patience import PATIENCE

ROOT_ONLY = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can mount a file system"
)
READING = (
    ("search", "--json", "refund days"),
    ("show", "last"),
    ("log",),
    ("faq", "list"),
    ("feedback", "list"),
    ("review", "list"),
    ("gaps",),
    ("digest", "refunds.md"),
    ("recommend", "--again", "how many days for a refund?"),
    ("recommend", "--letter"),
    ("stats", "--json"),
    ("people", "list"),
    ("sources", "list"),
    ("audit", "list"),
    ("audit", "verify"),
    ("doctor",),
    ("config", "show"),
)
EXPORTING = (("journal", "export", "-"), ("faq", "export", "-"), ("feedback", "export"))
QUESTION = "how many days for a refund?"


@pytest.fixture
def asked(kb, folder):
    """`kb` on a home with a source, an exchange, a verdict and a curated entry."""
    (folder / "refunds.md").write_text(
        "# Refunds\n\nMembers can get a refund within 14 days of paying.\n"
    )
    assert kb("ingest", "-q", folder).code == 0
    assert kb("ask", QUESTION).code == 0
    assert kb("feedback", "add", "last", "up").code == 0
    assert (
        kb("faq", "add", "--question", "Who keeps the keys?", "--answer", "Ada Example does.").code
        == 0
    )
    return kb


def mounted(*arguments):
    """Mount something; skips where this machine does not let even root do so."""
    done = subprocess.run(
        ["mount", *map(str, arguments)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"mount is not allowed here: {done.stderr.strip()}")


@pytest.fixture
def unwritable(asked, tmp_path):
    """The same home on a read-only mount."""
    place = tmp_path / "mounted"
    place.mkdir()
    mounted("--bind", asked.home, place)
    try:
        mounted("-o", "remount,ro,bind", place)
        yield type(asked)(place)
    finally:
        subprocess.run(["umount", place], check=True)


@pytest.fixture
def full(asked, tmp_path):
    """The same home on a disk without any room left."""
    place = tmp_path / "full"
    place.mkdir()
    mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", place)
    try:
        shutil.copytree(asked.home, place / "home")
        with suppress(OSError), (place / "filling").open("wb", buffering=0) as stream:
            while True:
                stream.write(bytes(4096))
        yield type(asked)(place / "home")
    finally:
        subprocess.run(["umount", place], check=True)


def assert_reads(kb, reason):
    """All that reads works, says so without a word, and what can't be kept is told in one line."""
    for arguments in READING:
        run = kb(*arguments)
        assert (run.code, run.err) == (0, ""), f"kb {' '.join(arguments)}: {run}"
    for arguments in EXPORTING:
        run = kb(*arguments)
        (told,) = run.err.splitlines()
        assert (run.code, "audit log" in told, reason in told) == (0, True, True), run
        assert run.out
    (hit,) = kb("search", "--json", QUESTION).json["hits"][:1]
    assert "14 days" in hit["text"]
    answered = kb("ask", QUESTION)
    assert answered.code == 0
    assert "14 days" in answered.out
    (told,) = answered.err.splitlines()
    assert "could not be logged" in told
    assert reason in told
    assert kb("ask", "what does a lantern weigh?").code == 3


def assert_refuses_to_write(kb, folder):
    for arguments in (("ingest", folder), ("feedback", "add", "last", "up"), ("reindex",)):
        run = kb(*arguments)
        assert run.code == 1, run
        assert run.err.startswith("kb: ")
        assert "bug" not in run.err


@ROOT_ONLY
class TestUnwritable:
    def test_a_read_only_mount(self, unwritable, folder):
        assert_reads(unwritable, "read-only")
        (folder / "more.md").write_text("Lanterns are lit at dusk.")
        assert_refuses_to_write(unwritable, folder)

    def test_vectors_are_searched_on_a_read_only_mount(self, unwritable):
        run = unwritable(
            "search", "--json", "mony back garantee refnd dayz"
        )  # words of nobody: vectors alone find
        assert (run.code, run.err) == (0, "")
        assert run.json["hits"]

    def test_a_full_disk(self, full, folder):
        assert_reads(full, "no space left")
        (folder / "more.md").write_text("Lanterns are lit at dusk.")
        assert_refuses_to_write(full, folder)

    def test_another_user_who_may_only_read(self, asked, tmp_path):
        if shutil.which("setpriv") is None:
            pytest.skip("there is no setpriv to become another user with")
        for path in (asked.home, *asked.home.rglob("*"), *tmp_path.parents, tmp_path):
            if path.is_relative_to("/tmp") or path.is_relative_to("/dev/shm"):
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        command = [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            *asked.argv("search", "refund"),
        ]
        environment = asked.environment(
            {"HOME": "/nonexistent", "XDG_CACHE_HOME": str(tmp_path / "cache")}
        )
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=PATIENCE, check=False
        )
        if "No module named" in done.stderr or "can't open file" in done.stderr:
            pytest.skip("another user can't read the program here")
        assert done.returncode == 0, done.stderr
        assert "14 days" in done.stdout
        assert "refuse" not in done.stderr


def test_what_was_committed_last_is_read_though_its_log_can_not_be_written(asked, tmp_path):
    """A killed writer leaves a log that holds what the file lacks; a copy of both comes without the
    shared index.
    """
    script = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
        "db.execute(\"UPDATE exchanges SET question = 'asked last'\"); db.commit(); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", script, asked.home / "journal.sqlite3"], check=False)
    assert (asked.home / "journal.sqlite3-wal").stat().st_size > 0
    (asked.home / "journal.sqlite3-shm").unlink()
    (asked.home / "journal.sqlite3-shm").mkdir()  # so that nobody, root neither, can make it
    run = asked("log")
    assert run.code == 0, run
    assert "asked last" in run.out


def test_a_link_beside_a_store_is_not_written_through(asked, tmp_path):
    (tmp_path / "foreign.txt").write_text("a thesis")
    for ending in ("-wal", "-shm"):
        (asked.home / f"catalog.sqlite3{ending}").unlink(missing_ok=True)
    (asked.home / "catalog.sqlite3-wal").symlink_to(tmp_path / "foreign.txt")
    run = asked("search", "refund")
    assert run.code == 1
    assert "is a link" in run.err
    assert (tmp_path / "foreign.txt").read_text() == "a thesis"


def test_another_programs_database_is_left_as_it_is(kb, tmp_path):
    kb.home.mkdir(mode=0o700)
    with closing(sqlite3.connect(tmp_path / "theirs.sqlite3")) as theirs:
        theirs.execute("CREATE TABLE bookmarks (a)")
    before = (tmp_path / "theirs.sqlite3").read_bytes()
    (kb.home / "catalog.sqlite3").symlink_to(tmp_path / "theirs.sqlite3")
    run = kb("search", "refund")
    assert run.code == 1
    assert "some other program's database" in run.err
    assert (tmp_path / "theirs.sqlite3").read_bytes() == before
