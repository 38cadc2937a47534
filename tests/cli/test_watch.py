"""`kb watch` in a real process: files come, change, move and go; so do folders; it is stopped."""

from __future__ import annotations

import json
import plistlib
import select
import shutil
import signal
import subprocess

import pytest

from cli.folder_watch import Hidden
from tests.patience import PATIENCE

NOTE = "# Lanterns\n\nThe keeper lights the {} lantern at dusk.\n"


class Watching:
    """A watching process, and the reports that it has printed."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process

    def reported(self) -> dict[str, int]:
        """The next report: what of it is about changes."""
        report = json.loads(self._line(self.process.stdout))
        counted = ("added", "updated", "removed", "moved")
        return {name: report[name] for name in counted if report[name]}

    def said(self) -> str:
        return self._line(self.process.stderr).decode()

    def stopped_by(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def _line(self, stream) -> bytes:
        ready, _, _ = select.select([stream], [], [], PATIENCE)
        assert ready, "nothing was heard of it"
        return stream.readline()


@pytest.fixture
def watch(kb):
    started = []

    def start(*arguments):
        process = kb.start("watch", "--json", *arguments)
        started.append(process)
        return Watching(process)

    yield start
    for process in started:
        process.kill()
        process.communicate()


def answer(kb, question):
    return [hit["text"] for hit in kb("search", question, "--json", "-k", "3").json["hits"]]


def test_files_are_followed_until_it_is_stopped(kb, folder, watch):
    (folder / "a.md").write_text(NOTE.format("red"))
    watching = watch(folder)
    assert watching.reported() == {"added": 1}
    (folder / "b.md").write_text(NOTE.format("green"))
    assert watching.reported() == {"added": 1}
    assert "green" in answer(kb, "green lantern")[0]
    (folder / "b.md").write_text(NOTE.format("blue and bright"))
    assert watching.reported() == {"updated": 1}
    (folder / "b.md").rename(folder / "c.md")
    report = watching.reported()
    assert report.get("added", report.get("moved")) == 1
    assert {each["source"] for each in kb("sources", "list", "--json").json} == {"a.md", "c.md"}
    (folder / "c.md").unlink()
    assert watching.reported() == {"removed": 1}
    assert watching.stopped_by(signal.SIGINT) == 130
    assert watching.process.stderr.read().decode().strip() == "kb: interrupted"


def test_a_request_to_end_is_heard(folder, watch):
    (folder / "a.md").write_text(NOTE.format("red"))
    watching = watch(folder)
    assert watching.reported() == {"added": 1}
    assert watching.stopped_by(signal.SIGTERM) == 130


def test_a_folder_that_disappears_is_waited_for_and_what_it_held_stays(kb, folder, watch, tmp_path):
    (folder / "a.md").write_text(NOTE.format("red"))
    watching = watch(folder)
    assert watching.reported() == {"added": 1}
    folder.rename(tmp_path / "away")
    assert "is missing or empty" in watching.said()
    assert "red" in answer(kb, "red lantern")[0]
    (tmp_path / "away" / "b.md").write_text(NOTE.format("green"))
    (tmp_path / "away").rename(folder)
    assert watching.reported() == {"added": 1}


def test_an_empty_folder_takes_nothing_away_when_watching_begins(kb, folder, watch):
    (folder / "a.md").write_text(NOTE.format("red"))
    kb("ingest", folder)
    shutil.rmtree(folder)
    folder.mkdir()
    watching = watch(folder)
    assert "is missing or empty" in watching.said()
    (folder / "b.md").write_text(NOTE.format("green"))
    assert watching.reported() == {"added": 1, "removed": 1}


def test_a_knowledge_base_may_be_within_the_folder(kb, folder, watch):
    inside = type(kb)(folder / "kept" / "home")
    (folder / "a.md").write_text(NOTE.format("red"))
    process = inside.start("watch", "--json", folder)
    watching = Watching(process)
    try:
        assert watching.reported() == {"added": 1}
        (folder / ".hidden").write_text("nothing")
        (folder / "b.md").write_text(NOTE.format("green"))
        assert watching.reported() == {"added": 1}
    finally:
        process.kill()
        process.communicate()


def test_what_kb_itself_writes_and_what_is_hidden_starts_no_ingest(folder):
    ours = Hidden([folder], folder / "kept" / "home")
    assert folder / "kept" / "home" / "catalog.sqlite3-wal" in ours
    assert folder / ".git" / "index" in ours
    assert folder / "guides" / ".b.md.swp" in ours
    assert folder / "guides" / "b.md" not in ours
    assert folder / "guides" / ".kbignore" not in ours


def test_a_file_is_no_folder(kb, folder):
    (folder / "a.md").write_text("x")
    run = kb("watch", folder / "a.md")
    assert (run.code, run.out) == (2, "")
    assert "kb ingest FILE" in run.err


def test_what_the_system_is_told_names_the_folders_whole(kb, tmp_path):
    odd = tmp_path / "50% off $HOME"
    cron = kb("watch", "--print", "cron", odd)
    assert cron.out.startswith("*/10 * * * * ")
    assert str(odd).replace("%", "\\%") in cron.out
    assert "--quiet" in cron.out
    assert "crontab -e" in cron.err
    unit = kb("watch", "--print", "systemd", odd).out
    assert f'"{odd}"'.replace("%", "%%").replace("$", "$$") in unit
    assert "[Install]\nWantedBy=default.target" in unit
    job = plistlib.loads(kb("watch", "--print", "launchd", odd).out.encode())
    assert job["ProgramArguments"][-2:] == ["watch", str(odd)]
    assert job["ProgramArguments"][-4:-2] == ["--home", str(kb.home)]
