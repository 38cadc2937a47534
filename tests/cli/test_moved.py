"""Folders that were renamed or deleted since: what was ingested from them is told of, and taken out
when asked.
"""

from __future__ import annotations

import shutil
import zipfile

import pytest


@pytest.fixture
def renamed(kb, tmp_path):
    """A folder that was ingested, then renamed, edited and ingested under its new name; gives that."""
    old, new = tmp_path / "guides", tmp_path / "handbook"
    old.mkdir()
    (old / "refunds.md").write_text("Members get a refund within 14 days.")
    (old / "rooms.md").write_text("Room 3 costs 30 euros.")
    assert kb("ingest", old).code == 0
    old.rename(new)
    (new / "refunds.md").write_text("Members get a refund within 30 days.")
    return new


def names(kb):
    return {source["source"] for source in kb("sources", "list", "--json").json}


def test_ingest_tells_of_sources_whose_files_are_gone(kb, renamed):
    run = kb("ingest", renamed)
    assert run.code == 0
    assert (
        "the files of 2 sources are gone, and they still answer: refunds.md, rooms.md;" in run.err
    )
    assert "kb sources remove --gone" in run.err
    assert kb("ingest", "--json", renamed).json["missing"] == ["refunds.md", "rooms.md"]
    assert names(kb) == {"refunds.md", "rooms.md", "handbook/refunds.md", "handbook/rooms.md"}, (
        "nothing goes by itself"
    )


def test_doctor_and_stale_name_them(kb, renamed):
    kb("ingest", renamed)
    run = kb("doctor")
    assert run.code == 0, "nothing is damaged"
    assert "2 sources" in run.err
    assert "kb sources remove --gone" in run.err
    stale = kb("sources", "stale")
    assert "refunds.md  its file is gone: " in stale.out
    assert "kb sources remove --gone" in stale.err
    assert [each["source"] for each in kb("sources", "stale", "--json").json] == [
        "refunds.md",
        "rooms.md",
    ]


def test_they_are_taken_out_at_once_when_asked(kb, renamed):
    kb("ingest", renamed)
    run = kb("sources", "remove", "--gone")
    assert (run.code, run.out) == (0, "removed refunds.md\nremoved rooms.md\n")
    assert names(kb) == {"handbook/refunds.md", "handbook/rooms.md"}
    assert "14 days" not in kb("search", "refund within days").out
    assert kb("doctor").err == ""
    again = kb("sources", "remove", "--gone")
    assert (again.code, again.out, again.err) == (0, "", "kb: no source's file is gone\n")


def test_what_comes_back_is_missed_no_longer(kb, renamed, tmp_path):
    kb("ingest", renamed)
    shutil.copytree(renamed, tmp_path / "guides")
    assert kb("doctor").err == ""
    assert kb("ingest", "--json", renamed).json["missing"] == []


def test_whoever_keeps_missing_files_is_not_told(kb, folder):
    for name in ("pier.md", "quay.md"):
        (folder / name).write_text(f"The {name[:4]} is made of oak.")
    kb("ingest", folder)
    (folder / "quay.md").unlink()
    assert kb("ingest", "--keep-missing", folder).err == ""


def test_files_within_an_archive_are_there_as_long_as_it_is(kb, folder):
    with zipfile.ZipFile(folder / "notes.zip", "w") as archive:
        archive.writestr("pier.md", "The pier is made of oak.")
    kb("ingest", folder)
    assert kb("doctor").err == ""
    (folder / "notes.zip").unlink()
    assert "1 source" in kb("doctor").err


def test_remove_wants_a_name_or_gone(kb, renamed):
    assert kb("sources", "remove").code == 2
    assert kb("sources", "remove", "rooms.md", "--gone").code == 2
    assert len(names(kb)) == 2
