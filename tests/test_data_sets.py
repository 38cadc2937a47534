"""Public data sets are fetched from their origin to the byte, or not at all.

The origin here is a repository in a temporary folder: no test uses the network.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests import data_sets
from tests.data_sets import DATA_SETS, DataSet, FetchFailed, fetch, find

TEXT = b"question,answer\r\nwhen?,at noon\n"


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-C", str(folder)]
    done = subprocess.run([*command, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> DataSet:
    """A set pinned at the first of two commits of a repository."""
    folder = tmp_path_factory.mktemp("origin")
    git(folder, "init", "--quiet")
    git(folder, "config", "uploadpack.allowFilter", "true")
    git(folder, "config", "core.autocrlf", "false")
    (folder / "data").mkdir()
    (folder / "data" / "faq.csv").write_bytes(TEXT)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "one")
    commit = git(folder, "rev-parse", "HEAD")
    (folder / "data" / "faq.csv").write_bytes(b"another text\n")
    git(folder, "commit", "--quiet", "-a", "-m", "two")
    digest = hashlib.sha256(TEXT).hexdigest()
    return DataSet("faq/made", folder.as_uri(), "CC0", commit, {"data/faq.csv": digest})


@pytest.mark.parametrize("length", [7, 40])
def test_a_set_is_what_it_was_at_its_commit_to_the_byte(origin, length, tmp_path):
    target = fetch(replace(origin, commit=origin.commit[:length]), tmp_path)
    assert target == tmp_path / "faq" / "made"
    assert [path.name for path in target.iterdir()] == ["faq.csv"]
    assert (target / "faq.csv").read_bytes() == TEXT
    assert find("faq/made/faq.csv", [tmp_path / "nowhere", tmp_path]) == target / "faq.csv"


@pytest.mark.parametrize(
    "changes",
    [
        {"commit": "0123456789abcdef0123456789abcdef01234567"},
        {"files": {"data/faq.csv": "0" * 64}},
        {"files": {"data/other.csv": "0" * 64}},
        {"repository": "file:///nowhere/at/all"},
    ],
)
def test_what_is_not_as_pinned_is_not_fetched(origin, changes, tmp_path):
    (tmp_path / "faq" / "made").mkdir(parents=True)
    (tmp_path / "faq" / "made" / "faq.csv").write_text("as before")
    with pytest.raises(FetchFailed):
        fetch(replace(origin, **changes), tmp_path)
    assert (tmp_path / "faq" / "made" / "faq.csv").read_text() == "as before"


def test_what_is_there_is_not_fetched_again_unless_named(origin, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(data_sets, "DATA_SETS", (origin,))
    monkeypatch.setattr(data_sets, "find", lambda name: find(name, [tmp_path]))
    monkeypatch.setattr(data_sets, "fetch", lambda data_set: fetch(data_set, tmp_path))
    assert data_sets.main([]) == 0
    assert "fetched" in capsys.readouterr().out
    (tmp_path / "faq" / "made" / "faq.csv").write_text("changed")
    assert data_sets.main([]) == 0
    assert "fetched" not in capsys.readouterr().out
    assert data_sets.main(["faq/made"]) == 0
    assert (tmp_path / "faq" / "made" / "faq.csv").read_bytes() == TEXT


def test_one_that_fails_is_told_and_the_others_are_fetched(origin, tmp_path, monkeypatch, capsys):
    broken = replace(origin, name="faq/broken", commit="0" * 40)
    monkeypatch.setattr(data_sets, "DATA_SETS", (broken, origin))
    monkeypatch.setattr(data_sets, "find", lambda name: find(name, [tmp_path]))
    monkeypatch.setattr(data_sets, "fetch", lambda data_set: fetch(data_set, tmp_path))
    assert data_sets.main([]) == 1
    given = capsys.readouterr()
    assert given.err.startswith("faq/broken: ")
    assert (tmp_path / "faq" / "made" / "faq.csv").exists()


def test_every_set_is_pinned_or_says_why_not():
    assert len({each.name for each in DATA_SETS}) == len(DATA_SETS)
    for each in DATA_SETS:
        assert each.licence
        if each.left_out:
            assert not each.files
        else:
            assert each.repository.startswith("https://")
            assert re.fullmatch(r"[0-9a-f]{7,40}", each.commit)
            assert each.files
            assert all(re.fullmatch(r"[0-9a-f]{64}", digest) for digest in each.files.values())
        names = [Path(path).name for path in each.files]
        assert len(set(names)) == len(names)


def test_files_that_are_here_are_those_that_were_pinned():
    pinned = [each for each in DATA_SETS if not each.left_out and find(each.name)]
    if not pinned:
        pytest.skip("no pinned set is here: make data")
    for each in pinned:
        for path, digest in each.files.items():
            file = find(f"{each.name}/{Path(path).name}")
            assert file is not None
            assert hashlib.sha256(file.read_bytes()).hexdigest() == digest
