"""Backups: whole while in use, locked for others, found when damaged, and the way back from them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
import time
import zipfile
from contextlib import closing

import pytest
from homes import assert_in_step, limited, problems

from kb import home as homes
from kb.backup import contents
from kb.backup.archive import check_seal, write_sealed
from kb.backup.encryption import Key
from kb.backup.restoration import verify
from kb.errors import KbError
from tests.conftest import Cli
from tests.patience import PATIENCE

PASSPHRASE = {"KB_BACKUP_PASSPHRASE": "lantern ferry orchard"}
QUESTIONS = ("How many days for a refund?", "多久可以退款？", "What does the harbour room seat?")
NOT_KEPT = (  # and drafts, whose names begin with a dot
    "glossary-*.sqlite3", "indexes", "indexes.owner", "write.lock", "backup.lock", "backup.parts",
    "serve.*", "trusted", "forgotten", "kb.log*",
)  # fmt: skip


def fill(kb, folder):
    """A home with what a backup must keep: sources, questions, verdicts, FAQ, a token, settings."""
    (folder / "refunds.md").write_text("# Refunds\n\nMembers get a refund within 14 days.\n")
    (folder / "退款.md").write_text("# 退款\n\n付款后 14 天内可以退款。\n")
    (folder / "rooms.csv").write_text("room,keeper,seats\nharbour,Ada Example,12\n")
    assert kb("ingest", "-q", folder).code == 0
    for question in QUESTIONS[:2]:
        assert kb("ask", question).code == 0
    assert kb("feedback", "add", "last", "up", "--comment", "clear").code == 0
    assert kb("faq", "add", "--question", "Who has the keys?", "--answer", "Ada Example.").code == 0
    assert kb("token", "add", "helper", "--can", "ask").code == 0
    (kb.home / "kb.toml").write_text("[retrieval]\nhits = 7\n")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """`kb` on such a home, shared: change nothing in it."""
    root = tmp_path_factory.mktemp("filled")
    (root / "sources").mkdir()
    kb = Cli(root / "home")
    fill(kb, root / "sources")
    return kb


@pytest.fixture
def backup(filled, tmp_path):
    """A backup of it."""
    file = tmp_path / "community.kbz"
    run = filled("backup", file)
    assert (run.code, run.err) == (0, "")
    return file


def answers(kb):
    """What a home answers, finds and keeps, without what differs from one call to the next."""
    asked = [kb("ask", "--no-log", "--format", "json", question) for question in QUESTIONS]
    said = [
        {k: run.json[k] for k in ("status", "answer", "citations", "confidence")} for run in asked
    ]
    found = [kb("search", "--json", question).json["hits"] for question in QUESTIONS]
    rest = [kb(*words).out for words in (("log", "list"), ("faq", "list"), ("token", "list"))]
    return said, found, rest


def elsewhere(kb, path):
    return type(kb)(path, kb.embedder)


class TestRoundTrip:
    def test_a_restored_home_gives_the_same(self, filled, backup, tmp_path):
        restored = elsewhere(filled, tmp_path / "restored")
        run = restored("restore", backup)
        assert (run.code, run.err) == (0, "")
        assert answers(restored) == answers(filled)
        assert_in_step(restored.home)
        assert (restored.home / "kb.toml").read_text() == "[retrieval]\nhits = 7\n"
        assert (restored.home / "home.id").read_text() == (filled.home / "home.id").read_text()
        assert restored("ingest", "--json", filled.home.parent / "sources").json["unchanged"] == 3

    def test_it_is_for_its_owner_alone_and_opens_with_any_zip_program(self, backup):
        assert stat.S_IMODE(backup.stat().st_mode) == 0o600
        assert [path.name for path in backup.parent.iterdir()] == [backup.name]
        with zipfile.ZipFile(backup) as archive:
            assert archive.testzip() is None
            assert set(archive.namelist()) == {
                "manifest.json", "catalog.sqlite3", "journal.sqlite3", "access.sqlite3",
                "audit.sqlite3", "audit.head", "home.id", "kb.toml",
            }  # fmt: skip

    def test_its_manifest_is_told_as_json(self, filled, backup):
        shown = filled("backup", "--verify", "--json", backup).json
        assert shown["counts"] == {"documents": 4, "passages": 4, "exchanges": 2, "verdicts": 1}
        assert shown["bytes"] == backup.stat().st_size
        assert {file["name"] for file in shown["files"]} > {"catalog.sqlite3", "home.id"}

    def test_the_acts_are_audited(self, filled, backup, tmp_path):
        restored = elsewhere(filled, tmp_path / "restored")
        restored("restore", backup)
        query = "SELECT act FROM acts ORDER BY n DESC LIMIT 1"
        for home, act in ((filled.home, "backup"), (restored.home, "restore")):
            with closing(sqlite3.connect(home / "audit.sqlite3")) as log:
                assert log.execute(query).fetchone() == (act,)

    def test_what_was_removed_is_not_in_it(self, kb, folder, tmp_path):
        (folder / "secret.md").write_text("The zebra sleeps in the boathouse.")
        (folder / "kept.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        kb("sources", "remove", "secret.md")
        assert kb("backup", tmp_path / "b.kbz").code == 0
        with zipfile.ZipFile(tmp_path / "b.kbz") as archive:
            content = archive.read("catalog.sqlite3")
        assert b"Ferries" in content
        assert b"boathouse" not in content

    def test_every_file_of_a_home_is_kept_or_can_be_made_again(self):
        kept = {*contents.FILES, *(f"{store}*" for store in contents.STORES)}
        names = {name for name in homes._HOME_NAMES if not name.startswith(".")}
        assert names - kept <= set(NOT_KEPT)
        assert kept <= names


class TestWriting:
    def test_an_older_backup_is_replaced_and_any_other_file_stays(self, filled, backup):
        assert filled("backup", backup).code == 0
        other = backup.with_name("thesis.txt")
        other.write_text("mine")
        run = filled("backup", other)
        assert (run.code, other.read_text()) == (1, "mine")
        assert "no backup" in run.err

    def test_what_can_not_be_written_is_a_known_error(self, filled, tmp_path):
        for place in (tmp_path, tmp_path / "nowhere" / "b.kbz"):
            run = filled("backup", place)
            assert run.code == 1
            assert "folder" in run.err

    def test_without_a_knowledge_base_there_is_none(self, kb, tmp_path):
        run = kb("backup", tmp_path / "b.kbz")
        assert run.code == 1
        assert "no knowledge base" in run.err

    def test_a_full_disk_leaves_the_older_backup(self, filled, backup):
        before = backup.read_bytes()
        done = limited(filled, "backup", str(backup), file_bytes=60_000)
        assert done.returncode == 1
        assert b"no space left" in done.stderr
        assert backup.read_bytes() == before
        assert [path.name for path in backup.parent.iterdir()] == [backup.name]
        assert not (filled.home / "backup.parts").exists()

    def test_secrets_in_the_settings_are_told_of(self, kb, folder, tmp_path):
        (folder / "note.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        (kb.home / "kb.toml").write_text('openai_api_key = "sk-made-up-for-a-test"\n')
        run = kb("backup", tmp_path / "b.kbz")
        assert run.code == 0
        assert "openai_api_key" in run.err
        assert "sk-made" not in run.err

    def test_a_killed_one_leaves_nothing_for_long(self, kb, folder, tmp_path):
        (folder / "note.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        parts = kb.home / "backup.parts"
        parts.mkdir()
        (parts / "catalog.sqlite3").write_text("half")
        assert kb("backup", tmp_path / "b.kbz").code == 0
        assert not parts.exists()


class TestUnderLoad:
    @pytest.mark.long
    def test_it_shows_one_moment(self, kb, folder, tmp_path):
        fill(kb, folder)
        before = unweighed(answers(kb)[0])
        more = tmp_path / "more"
        more.mkdir()
        for number in range(60):
            (more / f"{number}.md").write_text(f"# Crate {number}\n\nCrate {number} holds tin.\n")
        ingest = kb.start("ingest", "-q", more)
        backups = []
        while ingest.poll() is None and len(backups) < 2:
            if kb("ask", f"What does crate {len(backups)} hold?").code in (0, 3):
                backups.append(tmp_path / f"{len(backups)}.kbz")
                assert kb("backup", backups[-1]).code == 0
        assert ingest.wait(PATIENCE) == 0
        assert backups
        for number, file in enumerate(backups):
            restored = elsewhere(kb, tmp_path / f"restored-{number}")
            assert restored("restore", file).code == 0
            assert unweighed(answers(restored)[0]) == before
            assert_cited_are_there(restored.home)
            assert_in_step(restored.home)


def unweighed(asked):
    """Answers without how sure they are, which depends on what else is in the home."""
    return [{**answer, "confidence": None} for answer in asked]


def assert_cited_are_there(home):
    """Every passage that an exchange cites is in the catalog."""
    with closing(sqlite3.connect(home / "journal.sqlite3")) as journal:
        payloads = [json.loads(row[0]) for row in journal.execute("SELECT payload FROM exchanges")]
    with closing(sqlite3.connect(home / "catalog.sqlite3")) as catalog:
        known = {row[0] for row in catalog.execute("SELECT id FROM passages")}
    cited = {one["passage"] for payload in payloads for one in payload.get("citations", ())}
    assert cited
    assert cited <= known


class TestEncrypted:
    @pytest.fixture
    def locked(self, filled, tmp_path):
        pytest.importorskip("pyrage")
        file = tmp_path / "locked.kbz"
        run = filled("backup", "--encrypt", file, env=PASSPHRASE)
        assert (run.code, run.err) == (0, "")
        return file

    def test_it_opens_with_its_passphrase_alone(self, filled, locked, tmp_path):
        for extra in ({}, {"KB_BACKUP_PASSPHRASE": "lantern ferry"}):
            restored = elsewhere(filled, tmp_path / "refused")
            run = restored("restore", locked, env=extra)
            assert run.code == (1 if extra else 2)
            assert "passphrase" in run.err
            assert not restored.home.exists()
        restored = elsewhere(filled, tmp_path / "restored")
        assert restored("restore", locked, env=PASSPHRASE).code == 0
        assert answers(restored) == answers(filled)

    def test_nothing_of_it_can_be_read(self, filled, locked):
        content = locked.read_bytes()
        for text in (b"refund", b"Ada", b"SQLite format", b"kb.toml", b"catalog"):
            assert text not in content
        assert not (filled.home / "backup.parts").exists()

    def test_it_may_be_for_the_holders_of_keys(self, filled, tmp_path):
        pyrage = pytest.importorskip("pyrage")
        ours, theirs, strange = (pyrage.x25519.Identity.generate() for _ in range(3))
        keys = tmp_path / "keys.txt"
        keys.write_text(f"# the two of us\n{ours.to_public()}\n{theirs.to_public()}\n")
        file = tmp_path / "locked.kbz"
        assert filled("backup", "--recipient", keys, file).code == 0
        for identity, code in ((ours, 0), (theirs, 0), (strange, 1)):
            (tmp_path / "identity").write_text(f"# created\n{identity}\n")
            run = filled("backup", "--verify", "--identity", tmp_path / "identity", file)
            assert run.code == code
        run = filled("backup", "--verify", file)
        assert run.code == 1
        assert "--identity" in run.err


def flipped(content, number):
    """The content with one bit of its 64th part of that number changed."""
    damaged = bytearray(content)
    place = min(len(content) - 1, number * len(content) // 64 + number * 37 % 61)
    damaged[place] ^= 1 << number % 8
    return bytes(damaged)


class TestDamaged:
    @pytest.mark.parametrize("lock", ["plain", "encrypted"])
    def test_a_bit_flipped_anywhere_is_found(self, filled, tmp_path, lock):
        file, key = tmp_path / "b.kbz", Key(PASSPHRASE["KB_BACKUP_PASSPHRASE"])
        if lock == "encrypted":
            pytest.importorskip("pyrage")
            assert filled("backup", "--encrypt", file, env=PASSPHRASE).code == 0
        else:
            assert filled("backup", file).code == 0
        verify(file, lambda wants_passphrase: key)
        whole = file.read_bytes()
        for number in range(64):
            file.write_bytes(flipped(whole, number))
            with pytest.raises(KbError):
                verify(file, lambda wants_passphrase: key)
        for place in range(len(whole) - 200, len(whole)):
            file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            with pytest.raises(KbError):
                check_seal(file)

    def test_an_encrypted_one_whose_seal_was_made_anew_still_opens_for_nobody(
        self, filled, tmp_path
    ):
        pytest.importorskip("pyrage")
        file, parts = tmp_path / "b.kbz", tmp_path / "parts"
        assert filled("backup", "--encrypt", file, env=PASSPHRASE).code == 0
        with zipfile.ZipFile(file) as archive:
            archive.extractall(parts)
        for name in ("key.age", "backup.zip.age"):
            whole = (parts / name).read_bytes()
            for number in (0, 5, 31, 63):
                (parts / name).write_bytes(flipped(whole, number))
                file.unlink()
                write_sealed(file, sorted(parts.iterdir()), compressed=False)
                with pytest.raises(KbError):
                    verify(file, lambda wants: Key(PASSPHRASE["KB_BACKUP_PASSPHRASE"]))
            (parts / name).write_bytes(whole)

    def test_one_that_was_cut_off_or_is_something_else_is_refused(self, filled, backup, tmp_path):
        whole = backup.read_bytes()
        for content, reason in ((whole[: len(whole) // 2], "cut off"), (b"", "no backup"),
                                (b"notes", "no backup"), (whole + b"x", "damaged")):  # fmt: skip
            backup.write_bytes(content)
            run = elsewhere(filled, tmp_path / "restored")("restore", backup)
            assert run.code == 1
            assert reason in run.err
        assert "there is no" in filled("backup", "--verify", tmp_path / "nowhere").err

    def test_one_that_holds_other_files_is_refused(self, filled, backup, tmp_path):
        parts = tmp_path / "parts"
        with zipfile.ZipFile(backup) as archive:
            archive.extractall(parts)
        (parts / "write.lock").write_text("planted")
        backup.unlink()
        write_sealed(backup, sorted(parts.iterdir()), compressed=True)
        run = elsewhere(filled, tmp_path / "restored")("restore", backup)
        assert run.code == 1
        assert "other files" in run.err


class TestRestoring:
    def test_a_home_that_is_there_stays_without_force_and_is_kept_with_it(
        self, filled, backup, kb, folder
    ):
        (folder / "note.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        run = kb("restore", backup)
        assert run.code == 1
        assert "not empty" in run.err
        assert kb("stats", "--json").json["documents"] == 1
        shown = kb("restore", "--force", "--json", backup).json
        assert kb("stats", "--json").json["documents"] == 4
        assert elsewhere(kb, shown["former"])("stats", "--json").json["documents"] == 1

    def test_an_empty_folder_gives_way(self, backup, kb):
        kb.home.mkdir()
        assert kb("restore", backup).code == 0
        assert problems(kb) == {}

    def test_a_failure_changes_nothing(self, backup, kb, folder):
        (folder / "note.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        names = sorted(path.name for path in kb.home.parent.iterdir())
        done = limited(kb, "restore", "--force", str(backup), file_bytes=60_000)
        assert done.returncode == 1
        assert b"no space left" in done.stderr
        assert sorted(path.name for path in kb.home.parent.iterdir()) == names
        assert kb("stats", "--json").json["documents"] == 1

    def test_one_of_a_newer_kb_is_refused_by_name(self, filled, backup, tmp_path):
        parts = tmp_path / "parts"
        with zipfile.ZipFile(backup) as archive:
            archive.extractall(parts)
        with closing(sqlite3.connect(parts / "journal.sqlite3")) as journal:
            journal.execute("PRAGMA user_version = 99")
        described = json.loads((parts / "manifest.json").read_text())
        from kb.backup.archive import described as entry

        for one in described["entries"]:
            if one["name"] == "journal.sqlite3":
                one["sha256"] = entry(parts / "journal.sqlite3").sha256
        (parts / "manifest.json").write_text(json.dumps(described))
        backup.unlink()
        write_sealed(backup, sorted(parts.iterdir()), compressed=True)
        restored = elsewhere(filled, tmp_path / "restored")
        run = restored("restore", backup)
        assert run.code == 1
        assert "journal.sqlite3 was written by a newer kb" in run.err
        assert not restored.home.exists()

    def test_settings_that_reach_out_are_told_of_and_not_used(self, kb, folder, tmp_path):
        (folder / "note.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        (kb.home / "kb.toml").write_text('llama_index_class = "nowhere.at.all:Class"\n')
        kb("backup", tmp_path / "b.kbz")
        restored = elsewhere(kb, tmp_path / "restored")
        run = restored("restore", tmp_path / "b.kbz")
        assert run.code == 0
        assert "llama_index_class" in run.err

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nothing is killed so elsewhere")
    def test_a_killed_one_changes_nothing_and_the_next_one_clears_up(self, backup, kb, folder):
        (folder / "note.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        staging = kb.home.with_name(f".{kb.home.name}.restoring")
        process = kb.start("restore", "--force", backup)
        deadline = time.monotonic() + PATIENCE
        while not staging.exists() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert kb("stats", "--json").json["documents"] == 1
        shown = kb("restore", "--force", "--json", backup).json
        assert kb("stats", "--json").json["documents"] == 4
        assert not staging.exists()
        shutil.rmtree(shown["former"])


class TestForgotten:
    def test_an_older_backup_brings_nothing_back(self, kb, folder, tmp_path):
        user = {"XDG_DATA_HOME": str(tmp_path / "data")}
        (folder / "boathouse.md").write_text("The zebra sleeps in the boathouse.")
        (folder / "ferries.md").write_text("Ferries leave at dawn.")
        kb("ingest", folder)
        assert kb("ask", "Where does the zebra sleep?").code == 0
        assert kb("backup", tmp_path / "b.kbz").code == 0
        assert kb("forget", "boathouse.md", env=user).code == 0
        restored = elsewhere(kb, tmp_path / "restored")
        assert restored("restore", tmp_path / "b.kbz", env=user).code == 0
        assert restored("ask", "Where does the zebra sleep?").code == 3
        assert restored("ask", "When do ferries leave?").code == 0
        everything = [path.read_bytes() for path in restored.home.rglob("*") if path.is_file()]
        assert not any(b"boathouse" in content for content in everything)
        assert problems(restored) == {}
