"""What goes wrong: one clear line on stderr, a hint where there is one, the right exit code, and
nothing lost.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sqlite3
import subprocess
from types import SimpleNamespace

import pytest
from homes import assert_in_step, limited, stored

from tests.patience import PATIENCE

NOTE = "# Lanterns\n\nLanterns are lit at dusk by the keeper.\n"


@pytest.fixture
def ingested(kb, folder):
    """A knowledge base of one note."""
    (folder / "lanterns.md").write_text(NOTE)
    assert kb("ingest", folder).code == 0
    return folder


def assert_told(run, code, *words, hint=None):
    """The run ended with that code and told why in one line, with at most a hint below it."""
    assert run.code == code, run.err
    assert "Traceback" not in run.err + run.out
    line, *more = run.err.splitlines()
    assert line.startswith("kb: ")
    assert "this is a bug" not in line
    for word in words:
        assert word in line
    assert len(more) <= 1
    assert all(each.startswith("  hint: ") for each in more)
    if hint:
        assert hint in more[0]
    assert run.out == ""


class TestPaths:
    def test_a_missing_path(self, kb, folder):
        assert_told(
            kb("ingest", folder / "nowhere"),
            1,
            "no such file or folder",
            "nowhere",
            hint="kb sources remove",
        )
        assert not kb.home.exists(), "a typing error must not leave a knowledge base behind"

    def test_no_path(self, kb):
        assert_told(kb("ingest"), 2, "PATH", hint="kb ingest --help")

    @pytest.mark.parametrize(
        ("name", "content", "reason"),
        [
            ("empty.md", b"", "empty file"),
            ("blank.md", b" \n\t\n", "empty file"),
            ("junk.md", bytes(range(256)) * 50, "binary content"),
            ("nul.txt", b"a\0b" * 100, "binary content"),
            ("wordless.md", b"--- *** ...\n", "no "),
            ("scene.blend", b"BLENDER-v300", "no reader for .blend files"),
            ("minutes", b"text", "no reader for files without an ending"),
            ("colours.csv", b"colour,size\n", "without rows"),
            ("headless.csv", b"question,answer\n", "without entries"),
            ("nul.csv", b"question,answer\nWhat?,\0\0\n", "binary content"),
            ("talk.vtt", b"no WEBVTT here", "does not begin with WEBVTT"),
            ("talk.srt", b"no cues here", "no cues"),
        ],
    )
    def test_a_file_that_cannot_be_read(self, kb, folder, name, content, reason):
        (folder / name).write_bytes(content)
        run = kb("ingest", folder / name)
        assert run.code == 1
        assert len(run.err.splitlines()) == 1
        assert run.err.startswith(f"kb: skipped {name}: ")
        assert reason in run.err
        assert "0 added" in run.out
        (skip,) = kb("ingest", "--json", folder / name).json["skipped"]
        assert skip["source"] == name
        assert reason in skip["reason"]

    @pytest.mark.parametrize(
        "content",
        [
            'question,answer\n"What is open?,The gate\n',
            'question,answer\nWhat is "open"?,"The" gate"\n"',
            "question;answer\nWhat is open?;The gate\n",
            "question,answer\nWhat is open?\n",
            "question,answer," + "x" * 200_000 + "\nWhat?,That." + ",y" * 3000 + "\n",
        ],
    )
    def test_a_malformed_table(self, kb, folder, content):
        (folder / "table.csv").write_text(content)
        run = kb("ingest", "--json", folder / "table.csv")
        assert run.err == ""
        assert run.json["added"] + len(run.json["skipped"]) == 1
        assert run.code == (1 if run.json["skipped"] else 0)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission(self, kb, folder):
        (folder / "locked.md").write_text(NOTE)
        (folder / "locked.md").chmod(0)
        run = kb("ingest", folder / "locked.md")
        assert (run.code, run.err) == (
            1,
            "kb: skipped locked.md: can't be opened: Permission denied\n",
        )

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_folder_without_permission_removes_nothing(self, kb, ingested):
        (ingested / "sub").mkdir()
        (ingested / "sub" / "ferries.md").write_text("The ferry leaves at dawn.")
        assert kb("ingest", ingested).code == 0
        (ingested / "sub").chmod(0)
        run = kb("ingest", "--json", ingested)
        (ingested / "sub").chmod(0o755)
        assert (run.code, run.json["removed"]) == (0, 0)
        assert run.json["skipped"] == [
            {"source": "sub", "reason": "can't be opened: Permission denied"}
        ]
        assert kb("stats", "--json").json["documents"] == 2

    def test_a_bad_file_in_a_folder_is_skipped_and_the_rest_is_taken(self, kb, folder):
        (folder / "junk.md").write_bytes(bytes(range(256)) * 50)
        (folder / "lanterns.md").write_text(NOTE)
        run = kb("ingest", folder)
        assert (run.code, run.err) == (0, "kb: skipped junk.md: binary content, not text\n")
        assert "1 added" in run.out
        assert "1 skipped" in run.out

    def test_a_home_that_is_a_file(self, kb, folder):
        kb.home.write_text("not a folder")
        (folder / "lanterns.md").write_text(NOTE)
        assert_told(kb("ingest", folder), 1, str(kb.home))
        assert_told(kb("search", "lanterns"), 1, str(kb.home))
        assert kb.home.read_text() == "not a folder"


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("--wrong",), ["--wrong"]),
            (("bake",), ["bake"]),
            (("search", "--wrong", "lanterns"), ["--wrong"]),
            (("search", "two", "questions"), ["questions"]),
            (("search",), ["no question"]),
            (("search", "lanterns", "-k", "0"), ["-k"]),
            (("search", "lanterns", "-k", "many"), ["-k", "many"]),
            (("search", "lanterns", "--kind", "poem"), ["--kind", "poem"]),
            (("search", "lanterns", "--jsonl"), ["--stdin"]),
            (("search", "lanterns", "--stdin"), ["--stdin"]),
            (("search", "lanterns", "--where", "course"), ["--where", "course"]),
            (("search", "lanterns", "--where", "=one"), ["--where", "=one"]),
            (("ask", "lanterns", "--where", "course"), ["--where", "course"]),
            (("ask", "lanterns", "--format", "runes"), ["--format", "runes"]),
            (("ask", "lanterns", "--writer", "monk"), ["--writer", "monk"]),
            (("ask", "--stdin", "--jsonl", "--format", "text"), ["--stdin"]),
            (("ingest", "--kind", "poem", "."), ["--kind", "poem"]),
            (("ingest", "--meta", "course", "."), ["--meta", "course"]),
            (("feedback", "add", "last", "sideways"), ["sideways"]),
            (("feedback", "add"), ["ID"]),
            (("sources", "bake"), ["bake"]),
            (("log", "list", "-n", "0"), ["-n"]),
            (("show",), ["ID"]),
        ],
        ids=" ".join,
    )
    def test_a_wrong_call(self, kb, arguments, words):
        assert_told(kb(*arguments), 2, *words)
        assert not kb.home.exists()

    @pytest.mark.parametrize("command", ["search", "ask"])
    @pytest.mark.parametrize("question", ["", "   \n", "?!... --"])
    def test_a_question_without_words(self, kb, ingested, command, question):
        assert_told(kb(command, "--", question), 2)

    def test_a_question_of_a_megabyte(self, kb, ingested):
        for arguments in (["ask", "-"], ["ask"]):
            assert_told(kb(*arguments, stdin="lantern " * 125_000), 2, "characters", "4,000")
        batch = kb(
            "search", "--stdin", "--jsonl", stdin="lantern " * 125_000 + "\nwhen are lanterns lit\n"
        )
        assert batch.code == 1
        assert "error" in batch.lines[0]
        assert batch.lines[1]["hits"]

    def test_a_question_that_is_not_text(self, kb, ingested):
        run = kb("ask", "-", "--format", "json", stdin=b"when are \xff\xfe lanterns lit")
        assert run.code == 0
        assert run.json["citations"][0]["source"] == "lanterns.md"


class TestNothingThere:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("search", "lanterns"),
            ("ask", "lanterns"),
            ("ask", "--stdin", "--jsonl"),
            ("stats",),
            ("stats", "--json"),
            ("doctor",),
            ("doctor", "--repair"),
            ("reindex",),
            ("sources", "list"),
            ("sources", "remove", "lanterns.md"),
            ("show", "p_0123456789abcdef"),
        ],
        ids=" ".join,
    )
    def test_no_knowledge_base_yet(self, kb, arguments):
        assert_told(
            kb(*arguments, stdin="lanterns\n"),
            1,
            "no knowledge base at",
            str(kb.home),
            hint="kb ingest",
        )
        assert not kb.home.exists()

    @pytest.mark.parametrize(
        "arguments",
        [
            ("log", "list"),
            ("log", "show", "x_1"),
            ("show", "x_1"),
            ("feedback", "list"),
            ("feedback", "add", "last", "up"),
        ],
        ids=" ".join,
    )
    def test_nothing_was_asked_yet(self, kb, ingested, arguments):
        assert_told(kb(*arguments), 1, "nothing was asked yet", hint="kb ask")

    def test_unknown_names(self, kb, ingested):
        assert kb("ask", "when are lanterns lit").code == 0
        assert_told(kb("show", "p_0123456789abcdef"), 1, "p_0123456789abcdef", hint="kb search")
        assert_told(kb("show", "lanterns"), 1, "neither", hint="kb search")
        assert_told(kb("show", "x_unknown"), 1, "x_unknown", hint="kb log list")
        assert_told(kb("log", "show", "x_unknown"), 1, "x_unknown", hint="kb log list")
        assert_told(kb("feedback", "add", "x_unknown", "up"), 1, "x_unknown", hint="kb log list")
        assert_told(kb("sources", "remove", "unknown.md"), 1, "unknown.md", hint="kb sources list")

    def test_last_of_another_terminal(self, kb, ingested, terminal):
        assert kb("ask", "when are lanterns lit").code == 0
        code, shown = terminal("feedback", "add", "last", "up")
        assert code == 1
        assert "nothing was asked in this terminal yet" in shown

    def test_a_source_name_that_fits_two(self, kb, ingested):
        for name in ("east", "west"):
            (ingested / name).mkdir()
            (ingested / name / "ferries.md").write_text(f"The {name} ferry leaves at dawn.")
        assert kb("ingest", ingested).code == 0
        assert_told(kb("sources", "remove", "ferries.md"), 1, "east/ferries.md", "west/ferries.md")
        assert kb("stats", "--json").json["documents"] == 3


class TestSettings:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("hits = = 3", ["kb.toml", "not valid TOML"]),
            ("hits = 'many'", ["kb.toml", "hits"]),
            ("hits = 0", ["hits", "above 0"]),
            ("hits = [1, 2]", ["kb.toml", "hits"]),
            ("hits = true", ["kb.toml", "hits"]),
            ("colour = 'red'", ["kb.toml", "colour"]),
            ("min_confidence = 1.5", ["min_confidence", "between 0 and 1"]),
            ("min_confidence = nan", ["min_confidence"]),
            ("writer = 'monk'", ["monk"]),
            ("embedder = 'psychic'", ["psychic"]),
        ],
    )
    def test_a_bad_file(self, kb, ingested, text, words):
        (kb.home / "kb.toml").write_text(text)
        assert_told(kb("search", "lanterns", env={"KB_EMBEDDER": ""}), 1, *words)

    def test_a_file_that_is_not_text(self, kb, ingested):
        (kb.home / "kb.toml").write_bytes(b"\xff\xfe\x00hits")
        assert_told(kb("search", "lanterns"), 1, "kb.toml")

    def test_a_folder_in_its_place(self, kb, ingested):
        (kb.home / "kb.toml").mkdir()
        assert_told(kb("search", "lanterns"), 1, "kb.toml")

    def test_a_bad_variable(self, kb, ingested):
        assert_told(kb("search", "lanterns", env={"KB_HITS": "many"}), 1, "KB_HITS", "many")

    def test_an_openai_writer_without_a_url(self, kb, ingested):
        assert_told(
            kb("ask", "--writer", "openai", "when are lanterns lit"), 1, "URL", hint="KB_OPENAI_URL"
        )

    def test_a_transformers_writer_where_it_is_not_installed(self, kb, ingested):
        assert_told(
            kb("ask", "--writer", "transformers", "when are lanterns lit"), 1, "transformers"
        )


class TestDamagedStores:
    def test_a_catalog_of_garbage(self, kb, ingested):
        (kb.home / "catalog.sqlite3").write_bytes(b"garbage" * 3000)
        for arguments in (("search", "lanterns"), ("ingest", ingested), ("stats",)):
            assert_told(kb(*arguments), 1, "catalog.sqlite3", hint="ingest")
        doctor = kb("doctor")
        assert doctor.code == 1
        assert "catalog.sqlite3" in doctor.out
        assert "ingest the sources again" in doctor.out

    def test_a_catalog_of_a_newer_version(self, kb, ingested):
        with sqlite3.connect(kb.home / "catalog.sqlite3") as database:
            database.execute("PRAGMA user_version = 99")
        assert_told(kb("search", "lanterns"), 1, "newer kb", hint="upgrade")

    def test_a_catalog_with_torn_pages(self, kb, folder):
        for number in range(60):
            (folder / f"{number}.md").write_text(
                f"# Note {number}\n\nLantern number {number} hangs by the quay.\n" * 20
            )
        assert kb("ingest", folder).code == 0
        path = kb.home / "catalog.sqlite3"
        whole = path.read_bytes()
        path.write_bytes(whole[:8192] + os.urandom(len(whole) - 8192))
        run = kb("doctor")
        assert run.code == 1
        assert "Traceback" not in run.err + run.out
        for arguments in (("search", "lantern number 7"), ("stats",), ("sources", "list")):
            run = kb(*arguments)
            assert "Traceback" not in run.err + run.out
            assert "this is a bug" not in run.err
            assert run.code in (0, 1)

    def test_a_damaged_journal_does_not_keep_answers_back(self, kb, ingested):
        (kb.home / "journal.sqlite3").write_bytes(b"garbage" * 3000)
        run = kb("ask", "--format", "json", "when are lanterns lit")
        assert run.code == 0
        assert run.json["status"] == "answered"
        assert len(run.err.splitlines()) == 1, "it is told of once"
        assert "logged" in run.err
        assert "reviewers decided" in run.err
        assert_told(kb("log", "list"), 1, "journal.sqlite3", hint="backup")
        assert kb("search", "lanterns").code == 0


CRATES = [f"Crate {part} holds lanterns for pier {part}, and ropes." for part in range(12)]


def write_crates(folder, number=40):
    """So many files of a few kilobytes."""
    for each in range(number):
        (folder / f"crates-{each}.md").write_text(
            "\n\n".join(f"In shed {each}: {crate}" * 8 for crate in CRATES)
        )


class TestNoLargerFiles:
    """Files may not grow beyond a size: a quota, or `ulimit -f`. To people it is a full disk."""

    @pytest.mark.parametrize(
        "room",
        [
            0,
            pytest.param(20_000, marks=pytest.mark.slow),
            60_000,
            pytest.param(150_000, marks=pytest.mark.slow),
            400_000,
        ],
    )
    def test_an_ingest(self, kb, ingested, room):
        before = stored(kb.home)
        write_crates(ingested)
        assert_told(as_run(limited(kb, "ingest", ingested, file_bytes=room)), 1, "no space left")
        assert_nothing_lost(kb, before)
        again = kb("ingest", "--json", ingested)
        assert (again.code, again.err) == (0, "")
        assert kb("stats", "--json").json["documents"] == 41
        assert_in_step(kb.home)

    @pytest.mark.parametrize("room", [0, 4096, 40_000])
    def test_a_first_ingest(self, kb, folder, room):
        (folder / "lanterns.md").write_text(NOTE)
        assert_told(as_run(limited(kb, "ingest", folder, file_bytes=room)), 1, "no space left")
        assert kb("ingest", "--json", folder).json["passages"] == 1
        assert_in_step(kb.home)

    @pytest.mark.parametrize(
        ("arguments", "room"),
        [(("sources", "remove", "lanterns.md"), 0), (("reindex",), 0), (("reindex",), 100_000)],
    )
    def test_a_change(self, kb, ingested, arguments, room):
        before = stored(kb.home)
        assert_told(as_run(limited(kb, *arguments, file_bytes=room)), 1, "no space left")
        assert_nothing_lost(kb, before)
        assert_in_step(kb.home)

    def test_a_question(self, kb, ingested):
        full = as_run(limited(kb, "ask", "--format", "json", "when are lanterns lit", file_bytes=0))
        if full.code != 0:
            assert_told(full, 1, "no space left")
        assert kb("ask", "when are lanterns lit").code == 0
        assert len(kb("log", "list", "--json").lines) == 1

    def test_mending_a_torn_index(self, kb, ingested):
        shutil.rmtree(kb.home / "indexes")
        assert_told(
            as_run(limited(kb, "search", "--json", "when are lanterns lit", file_bytes=0)),
            1,
            "no space left",
        )
        assert kb("search", "--json", "when are lanterns lit").json["hits"]
        assert_in_step(kb.home)


def assert_nothing_lost(kb, before):
    """What was stored is still stored and found."""
    after = stored(kb.home)
    assert all(set(before[table]) <= set(after[table]) for table in ("documents", "passages"))
    assert (
        kb("search", "--json", "when are lanterns lit at dusk").json["hits"][0]["source"]
        == "lanterns.md"
    )


def can_mount():
    """Whether this user may make a file system of their own to fill."""
    if not shutil.which("unshare"):
        return False
    return (
        subprocess.run(
            ["unshare", "-rm", "mount", "-t", "tmpfs", "none", "/mnt"],
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


@pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here")
class TestFullDisk:
    """A file system that is really full. All steps run in one shell, which alone sees what it
    mounts.
    """

    @pytest.mark.parametrize(
        "kilobytes",
        [
            pytest.param(100, marks=pytest.mark.slow),
            700,
            pytest.param(1400, marks=pytest.mark.slow),
        ],
    )
    def test_an_ingest_that_goes_on_later(self, kb, crates, tmp_path, kilobytes):
        full, again, search, doctor = self.steps(
            kb,
            tmp_path,
            ("100m", "ingest", crates / "first"),
            (f"{kilobytes}k more", "ingest", crates),
            ("200m", "ingest", "--json", crates),
            ("", "search", "--json", "when are lanterns lit at dusk"),
            ("", "doctor", "--json"),
        )
        assert_told(full, 1, "no space left", hint="free some space")
        assert (again.code, again.err) == (0, "")
        assert again.json["added"] + again.json["unchanged"] == 41
        assert search.json["hits"][0]["source"] == "lanterns.md"
        assert doctor.json["healthy"], doctor.out

    @pytest.mark.xfail(
        strict=False, reason="opening a database in WAL mode takes room for its shared-memory file"
    )
    @pytest.mark.parametrize("kilobytes", [400, pytest.param(1400, marks=pytest.mark.slow)])
    def test_reading_goes_on_meanwhile(self, kb, crates, tmp_path, kilobytes):
        full, search, ask, stats = self.steps(
            kb,
            tmp_path,
            ("100m", "ingest", crates / "first"),
            (f"{kilobytes}k more", "ingest", crates),
            ("", "search", "--json", "when are lanterns lit at dusk"),
            ("", "ask", "--format", "json", "when are lanterns lit at dusk"),
            ("", "stats", "--json"),
        )
        assert full.code == 1
        assert (search.code, ask.code, stats.code) == (0, 0, 0)
        assert search.json["hits"][0]["source"] == "lanterns.md"
        assert ask.json["status"] == "answered"
        assert stats.json["documents"] >= 1

    @pytest.fixture
    def crates(self, folder):
        """One note in a folder of its own, and forty files beside it."""
        (folder / "first").mkdir()
        (folder / "first" / "lanterns.md").write_text(NOTE)
        write_crates(folder)
        return folder

    def steps(self, kb, tmp_path, *steps):
        """Run commands one after the other, each with so much room in the home: in all, or `more`
        than it uses.

        Gives all but the first, which has to succeed.
        """
        kb.home.mkdir(mode=0o700)
        script = [f"mount -t tmpfs none {kb.home}"]
        for number, (room, *arguments) in enumerate(steps):
            if room.endswith("k more"):
                used = f"$(du -sk {kb.home} | cut -f1)"
                script.append(f"mount -o remount,size=$(({used} + {room[:-6]}))k {kb.home}")
            elif room:
                script.append(f"mount -o remount,size={room} {kb.home}")
            call = shlex.join(kb.argv(*arguments))
            script.append(
                f"{call} </dev/null >{tmp_path}/{number}.out 2>{tmp_path}/{number}.err; echo $? >{tmp_path}/{number}.code"
            )
        subprocess.run(
            ["unshare", "-rm", "sh", "-c", " || exit 9\n".join(script)],
            env=kb.environment(),
            check=True,
            timeout=PATIENCE,
        )
        ended = []
        for number in range(len(steps)):
            out, err, code = (
                (tmp_path / f"{number}.{end}").read_text() for end in ("out", "err", "code")
            )
            ended.append(told(int(code), out, err))
        first, *rest = ended
        assert first.code == 0, first.err
        return rest


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments",
    [
        ("search", "lanterns"),
        ("ask", "when are lanterns lit"),
        ("stats", "--json"),
        ("config", "show"),
    ],
    ids=" ".join,
)
def test_a_result_that_cannot_be_written(kb, ingested, arguments):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            kb.argv(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            env=kb.environment(),
            check=False,
        )
    assert_told(told(done.returncode, "", done.stderr.decode()), 1, "no space left")


def told(code, out, err):
    """A finished command, as the `kb` fixture gives it."""
    return SimpleNamespace(
        code=code, out=out, err=err, json=json.loads(out) if out.startswith("{") else None
    )


def as_run(done):
    return told(done.returncode, done.stdout.decode(), done.stderr.decode())
