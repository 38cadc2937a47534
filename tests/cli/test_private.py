"""What kb writes is its user's alone, whatever the umask."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

QUESTION = "how many days for a refund?"
NOTICE = "other users could get at the knowledge base"
pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="Windows has no modes: folders inherit their rights"
)


@pytest.fixture(params=["000", "022"], ids="umask {}".format)
def umask(request):
    before = os.umask(int(request.param, 8))
    yield request.param
    os.umask(before)


@pytest.fixture
def asked(kb, folder):
    """A home in which something was ingested, asked and judged."""
    (folder / "refunds.md").write_text(
        "# Refunds\n\nMembers get a refund within 14 days of paying.\n"
    )
    assert kb("ingest", folder).code == 0
    assert kb("ask", QUESTION).code == 0
    assert kb("feedback", "add", "last", "up").code == 0
    return kb


def modes(folder: Path) -> dict[str, int]:
    """The mode of a folder and of all that is in it, by name; links left out."""
    found = [folder, *folder.rglob("*")]
    return {
        str(path): stat.S_IMODE(path.lstat().st_mode) for path in found if not path.is_symlink()
    }


def open_to_others(folder: Path) -> dict[str, str]:
    return {path: oct(mode) for path, mode in modes(folder).items() if mode & 0o077}


def loosen(folder: Path) -> None:
    """Give a home the modes that a kb of before gave it."""
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def test_a_home_is_the_users_alone(asked, umask, folder):
    assert (
        asked("faq", "add", "--question", "Is there a refund?", "--answer", "Within 14 days.").code
        == 0
    )
    (folder / "further.md").write_text("# Fees\n\nThe course fee is 300 dollars.\n")
    assert asked("ingest", folder).code == 0
    assert asked("reindex").code == 0
    assert stat.S_IMODE(asked.home.stat().st_mode) == 0o700
    assert open_to_others(asked.home) == {}


def test_a_home_is_made_for_the_user_alone_with_the_folders_above_it(kb, umask, folder, tmp_path):
    (folder / "fees.md").write_text("The course fee is 300 dollars.")
    assert kb("--home", tmp_path / "above" / "home", "ingest", folder).code == 0
    assert open_to_others(tmp_path / "above") == {}


def test_what_is_exported_is_the_users_alone(asked, umask, tmp_path):
    public = tmp_path / "journal.jsonl"
    public.write_text("of before")
    public.chmod(0o644)
    files = {
        public: asked("journal", "export", public),
        tmp_path / "report.html": asked("feedback", "report", "--html", tmp_path / "report.html"),
    }
    for path, run in files.items():
        assert run.code == 0, run.err
        assert oct(path.stat().st_mode & 0o777) == "0o600", path.name


def test_an_export_follows_no_link_that_was_laid_for_it(asked, tmp_path):
    """Where others may write, as in /tmp, they may lay links of the names that drafts have."""
    victim = tmp_path / "victim.txt"
    victim.write_text("mine")
    wrapper = (
        "import os, sys; from pathlib import Path; from cli.main import run;"
        f"Path({str(tmp_path)!r}, f'.out.jsonl.{{os.getpid()}}.part').symlink_to({str(victim)!r}); run()"
    )
    argv = [sys.executable, "-c", wrapper, "journal", "export", str(tmp_path / "out.jsonl")]
    done = subprocess.run(argv, env=asked.environment(), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert victim.read_text() == "mine"
    assert "14 days" in (tmp_path / "out.jsonl").read_text()


def test_a_home_of_before_is_tightened_and_told_of_once(asked):
    (asked.home / "kb.toml").write_text('openai_api_key = "sk-fictional"\n')
    loosen(asked.home)
    first = asked("log")
    assert first.code == 0
    assert NOTICE in first.err
    assert open_to_others(asked.home) == {}
    assert NOTICE not in asked("log").err


def test_a_folder_with_other_things_in_it_keeps_its_mode(asked):
    """A home may be a folder that others are meant to read, such as one that a web server shows."""
    (asked.home / "index.html").write_text("<p>Hello</p>")
    loosen(asked.home)
    assert NOTICE in asked("search", "refund").err
    loose = {Path(path).name for path in open_to_others(asked.home)}
    assert loose == {asked.home.name, "index.html"}
    assert oct(asked.home.stat().st_mode & 0o777) == "0o755"


def test_links_in_a_home_are_not_followed_to_tighten_what_they_lead_to(asked, tmp_path):
    disk = tmp_path / "disk"
    shutil.move(asked.home / "indexes", disk)
    (disk / "photos").mkdir()
    (disk / "photos" / "beach.jpg").write_text("sand")
    (asked.home / "indexes").symlink_to(disk)
    loosen(asked.home)
    loosen(disk)
    assert asked("search", "refund").code == 0
    for path in (disk, disk / "photos", disk / "photos" / "beach.jpg"):
        assert path.stat().st_mode & 0o044, path.name


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may become another user"
)
@pytest.mark.skipif(
    shutil.which("setpriv") is None,
    reason="setpriv, by which root becomes another user, is not there",
)
def test_another_user_reads_nothing(asked, umask):
    control = asked.home.parent / "public.txt"
    control.write_text("for all")
    control.chmod(0o644)
    for folder in control.parents:
        if "pytest" in str(folder):
            folder.chmod(0o755)
    as_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "cat"]
    read = {
        path.name: subprocess.run([*as_nobody, path], capture_output=True, check=False).returncode
        == 0
        for path in (control, asked.home / "journal.sqlite3", asked.home / "catalog.sqlite3")
    }
    assert read == {"public.txt": True, "journal.sqlite3": False, "catalog.sqlite3": False}
