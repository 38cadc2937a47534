"""Folders that were renamed, moved or deleted since: what moved is the same source, what is gone is
told of, and taken out when asked.
"""

from __future__ import annotations

import os
import shlex
import shutil
import zipfile

import pytest

REFUNDS, ROOMS = "Members get a refund within 14 days.", "Room 3 costs 30 euros."


def write(folder, **texts):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture
def guides(kb, tmp_path):
    """A folder that was ingested."""
    folder = write(tmp_path / "guides", refunds=REFUNDS, rooms=ROOMS)
    assert kb("ingest", folder).code == 0
    return folder


@pytest.fixture
def deleted(kb, guides, tmp_path):
    """That folder, deleted, and another one ingested instead; gives the other one."""
    shutil.rmtree(guides)
    other = write(tmp_path / "handbook", quay="The quay is made of oak.")
    assert kb("ingest", other).code == 0
    return other


def names(kb):
    return {source["source"] for source in kb("sources", "list", "--json").json}


def passage_ids(kb, question):
    return {hit["passage"] for hit in kb("search", "--json", question).json["hits"]}


class TestMoves:
    def test_a_renamed_folder_holds_the_same_sources(self, kb, guides, tmp_path):
        before = passage_ids(kb, "room 3")
        new = guides.rename(tmp_path / "handbook")
        run = kb("ingest", new)
        assert "0 added, 0 updated, 2 unchanged, 0 removed, 2 moved" in run.out
        assert (run.code, run.err) == (0, "")
        assert names(kb) == {"refunds.md", "rooms.md"}
        assert passage_ids(kb, "room 3") == before, "whatever rests on them still does"
        assert "2 unchanged, 0 removed ·" in kb("ingest", new).out
        assert kb("doctor").err == ""

    def test_a_file_that_changed_too_moves_with_its_folder(self, kb, guides, tmp_path):
        new = write(guides.rename(tmp_path / "handbook"), refunds="A refund takes 30 days.")
        assert "0 added, 1 updated, 1 unchanged, 0 removed, 2 moved" in kb("ingest", new).out
        assert names(kb) == {"refunds.md", "rooms.md"}
        assert "14 days" not in kb("search", "refund within days").out

    def test_a_dry_run_tells_and_moves_nothing(self, kb, guides, tmp_path):
        new = guides.rename(tmp_path / "handbook")
        assert kb("ingest", "--dry-run", "--json", new).json["moved"] == 2
        assert kb("sources", "stale", "--json").json, "the files are gone from where they were"

    def test_a_folder_moved_into_another_is_called_by_its_new_place(self, kb, guides, tmp_path):
        (tmp_path / "library").mkdir()
        guides.rename(tmp_path / "library" / "old")
        report = kb("ingest", "--json", tmp_path / "library").json
        assert (report["added"], report["moved"]) == (0, 2)
        assert names(kb) == {"old/refunds.md", "old/rooms.md"}
        found = kb("search", "--json", "room 3", "--where", "source=old/rooms.md").json["hits"]
        assert [hit["source"] for hit in found] == ["old/rooms.md"]

    def test_a_renamed_file_is_called_by_its_new_name(self, kb, guides, tmp_path):
        new = guides.rename(tmp_path / "handbook")
        (new / "rooms.md").rename(new / "prices.md")
        assert kb("ingest", "--json", new).json["missing"] == []
        assert names(kb) == {"refunds.md", "prices.md"}

    def test_a_copy_is_no_move(self, kb, guides, tmp_path):
        copy = shutil.copytree(guides, tmp_path / "copy")
        report = kb("ingest", "--json", copy).json
        assert (report["added"], report["moved"]) == (2, 0)
        assert names(kb) == {"refunds.md", "rooms.md", "copy/refunds.md", "copy/rooms.md"}

    def test_a_new_file_at_the_old_place_is_another_source(self, kb, guides, tmp_path):
        new = guides.rename(tmp_path / "handbook")
        (tmp_path / "shelf").mkdir()
        new.rename(tmp_path / "shelf" / "guides")
        kb("ingest", tmp_path / "shelf")
        write(guides, rooms="Room 9 is for meetings.")
        assert kb("ingest", "--json", guides).json["added"] == 1
        assert names(kb) == {"guides/refunds.md", "guides/rooms.md", "rooms.md"}
        assert "30 euros" in kb("search", "room 3 costs").out
        assert "for meetings" in kb("search", "room 9 meetings").out

    def test_an_archive_moves_with_all_that_is_in_it(self, kb, folder, tmp_path):
        with zipfile.ZipFile(folder / "notes.zip", "w") as archive:
            archive.writestr("pier.md", "The pier is made of oak.")
        os.utime(folder / "notes.zip", (1_700_000_000, 1_700_000_000))
        kb("ingest", folder)
        new = folder.rename(tmp_path / "elsewhere")
        report = kb("ingest", "--json", new).json
        assert (report["added"], report["unchanged"], report["moved"]) == (0, 1, 1)
        assert names(kb) == {"notes.zip/pier.md"}

    def test_two_files_that_change_places_do_not_lose_each_other(self, kb, tmp_path):
        first = write(tmp_path / "one" / "a", plan="The first plan is blue.")
        second = write(tmp_path / "two" / "a", plan="The second plan is green.")
        kb("ingest", first, second)
        moved = tmp_path / "new"
        moved.mkdir()
        first.rename(moved / "second")
        second.rename(moved / "first")
        assert kb("ingest", "--json", moved).json["moved"] == 2
        assert names(kb) == {"first/plan.md", "second/plan.md"}
        assert "second/plan.md" in kb("search", "-k", "1", "first plan blue").out

    def test_whoever_keeps_missing_files_keeps_them_when_they_move(self, kb, guides, tmp_path):
        new = guides.rename(tmp_path / "handbook")
        assert kb("ingest", "--keep-missing", "--json", new).json["added"] == 2


class TestRemoval:
    @pytest.mark.parametrize("name", ["talks/may", "talks/may/", "talks/m*"])
    def test_a_folder_or_pattern_is_taken_out_at_once(self, kb, folder, name):
        write(folder / "talks" / "may", one="Lanterns are lit.", two="Ferries leave.")
        write(folder / "talks" / "june", three="Kettles are mended.")
        kb("ingest", folder)
        run = kb("sources", "remove", name)
        assert run.out == "removed talks/may/one.md\nremoved talks/may/two.md\n"
        assert names(kb) == {"talks/june/three.md"}

    def test_a_folder_that_is_gone_can_be_named_by_its_path(self, kb, guides):
        shutil.rmtree(guides)
        run = kb("ingest", guides)
        assert f"kb sources remove {guides}" in run.err
        assert kb("sources", "remove", guides).out == "removed refunds.md\nremoved rooms.md\n"

    @pytest.mark.parametrize("name", ["档案 2026", "minutes (old)", "名单"])
    def test_the_hint_can_be_run_as_it_stands(self, kb, tmp_path, name):
        folder = write(tmp_path / name, rooms=ROOMS)
        kb("ingest", folder)
        shutil.rmtree(folder)
        hint = kb("ingest", folder).err.splitlines()[-1].partition("kb sources remove ")[2]
        assert kb("sources", "remove", *shlex.split(hint)).out == "removed rooms.md\n"
        assert ("'" in hint) == (name != "名单")

    def test_a_folder_that_holds_nothing_is_named(self, kb, guides):
        run = kb("sources", "remove", "talks")
        assert run.code == 1
        assert "no source is called talks" in run.err

    def test_ingest_tells_of_sources_whose_files_are_gone(self, kb, deleted):
        run = kb("ingest", deleted)
        assert run.code == 0
        assert (
            "the files of 2 sources are gone, and they still answer: refunds.md, rooms.md;"
            in run.err
        )
        assert "kb sources remove --gone" in run.err
        assert kb("ingest", "--json", deleted).json["missing"] == ["refunds.md", "rooms.md"]
        assert names(kb) == {"refunds.md", "rooms.md", "quay.md"}, "nothing goes by itself"

    def test_doctor_and_stale_name_them(self, kb, deleted):
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

    def test_they_are_taken_out_at_once_when_asked(self, kb, deleted):
        run = kb("sources", "remove", "--gone")
        assert (run.code, run.out) == (0, "removed refunds.md\nremoved rooms.md\n")
        assert names(kb) == {"quay.md"}
        assert "14 days" not in kb("search", "refund within days").out
        assert kb("doctor").err == ""
        again = kb("sources", "remove", "--gone")
        assert (again.code, again.out, again.err) == (0, "", "kb: no source's file is gone\n")


def test_what_comes_back_is_missed_no_longer(kb, deleted, guides):
    write(guides, refunds=REFUNDS, rooms=ROOMS)
    assert kb("doctor").err == ""
    assert kb("ingest", "--json", deleted).json["missing"] == []


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


def test_remove_wants_a_name_or_gone(kb, guides):
    assert kb("sources", "remove").code == 2
    assert kb("sources", "remove", "rooms.md", "--gone").code == 2
    assert len(names(kb)) == 2
