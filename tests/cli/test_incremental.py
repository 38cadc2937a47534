"""A folder and its knowledge base: every change shows up, and nothing else changes."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from homes import assert_in_step, stored

NOW = time.time() + 3600  # so that it stays just now however slow the tests are
NOTES = {
    "lanterns.md": "# Lanterns\n\nLanterns are lit at dusk by the keeper.\n",
    "ferries.md": "# Ferries\n\nThe ferry leaves at dawn from the north pier.\n",
    "sub/orchard.md": "# Orchard\n\nApples are picked in October by volunteers.\n",
    "sub/kettles.txt": "Kettles are mended on Tuesdays.\n",
    "questions.csv": "question,answer\nWhen does the quarry open?,The quarry opens at nine.\n",
}


@pytest.fixture(autouse=True)
def in_step(kb):
    """Whatever a test did, both projections hold in the end exactly what the catalog holds."""
    yield
    if kb.home.exists():
        assert_in_step(kb.home)


@pytest.fixture
def notes(folder):
    """Five small sources."""
    for name, text in NOTES.items():
        write(folder / name, text)
    return folder


@pytest.fixture
def ingested(kb, notes):
    """The same, ingested."""
    assert kb("ingest", notes).code == 0
    return notes


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def just_now(path):
    """Give a file the time that all files have which changed just now, where clocks tick slowly."""
    os.utime(path, (NOW, NOW))


def ingest(kb, *arguments, env=None):
    """Ingest and give the report."""
    run = kb("ingest", "--json", *arguments, env=env)
    assert (run.code, run.err) == (0, "")
    return run.json


def counts(report):
    return {name: report[name] for name in ("added", "updated", "unchanged", "removed")}


def changes(added=0, updated=0, unchanged=0, removed=0):
    return {"added": added, "updated": updated, "unchanged": unchanged, "removed": removed}


def sources(kb):
    return {source["source"] for source in kb("sources", "list", "--json").json}


def hits(kb, question, *options):
    run = kb("search", "--json", question, *options)
    assert run.code == 0, run.err
    return run.json["hits"]


def found_in(kb, question, *options):
    """The sources of all hits."""
    return {hit["source"] for hit in hits(kb, question, *options)}


class TestChanges:
    def test_a_second_ingest_changes_nothing_and_says_so(self, kb, ingested):
        but = (
            "mtime_ns",
        )  # what was written just before an ingest has its time noted by the next one
        before = stored(kb.home, but=but)
        again = kb("ingest", ingested)
        assert (again.code, again.err) == (0, "")
        assert "0 added, 0 updated, 5 unchanged, 0 removed" in again.out
        assert stored(kb.home, but=but) == before
        assert counts(ingest(kb, ingested)) == changes(unchanged=5)

    def test_all_kinds_of_change_at_once(self, kb, ingested):
        write(ingested / "lanterns.md", "# Lanterns\n\nLamps are electric nowadays.\n")
        (ingested / "ferries.md").unlink()
        (ingested / "sub" / "orchard.md").rename(ingested / "garden.md")
        write(ingested / "meadow.md", "# Meadow\n\nThe meadow is mown in June.\n")
        report = ingest(kb, ingested)
        assert counts(report) == changes(added=2, updated=1, unchanged=2, removed=2)
        assert sources(kb) == {
            "lanterns.md",
            "garden.md",
            "meadow.md",
            "sub/kettles.txt",
            "questions.csv",
        }
        assert report["passages"] == kb("stats", "--json").json["passages"] == 5

    def test_the_old_text_of_an_edited_file_is_never_found_again(self, kb, ingested):
        assert found_in(kb, "lanterns lit at dusk by the keeper") >= {"lanterns.md"}
        write(ingested / "lanterns.md", "# Lamps\n\nLamps are electric nowadays.\n")
        ingest(kb, ingested)
        everything = hits(kb, "lanterns lit at dusk by the keeper", "-k", "100")
        assert everything
        assert all("dusk" not in hit["text"] and hit["title"] != "Lanterns" for hit in everything)
        assert hits(kb, "electric lamps")[0]["text"] == "Lamps are electric nowadays."

    def test_a_deleted_file_is_never_found_again(self, kb, ingested):
        (ingested / "ferries.md").unlink()
        assert counts(ingest(kb, ingested)) == changes(unchanged=4, removed=1)
        assert "ferries.md" not in found_in(
            kb, "when does the ferry leave from the north pier", "-k", "100"
        )
        assert kb("show", first_passage(kb, "lanterns")).code == 0

    def test_one_edited_passage_leaves_the_others_as_they_are(self, kb, folder):
        sections = [
            f"## Part {number}\n\nStep {number} concerns crate {number}.\n" for number in range(5)
        ]
        write(folder / "long.md", "\n".join(sections))
        ingest(kb, folder)
        before = {
            hit["text"]: hit["passage"] for hit in hits(kb, "step concerns crate", "-k", "20")
        }
        sections[2] = "## Part 2\n\nStep 2 was struck out.\n"
        write(folder / "long.md", "\n".join(sections))
        ingest(kb, folder)
        after = {hit["text"]: hit["passage"] for hit in hits(kb, "step concerns crate", "-k", "20")}
        assert after.keys() - before.keys() == {"Step 2 was struck out."}
        assert before.keys() - after.keys() == {"Step 2 concerns crate 2."}
        assert all(after[text] == passage for text, passage in before.items() if text in after)

    def test_an_edit_of_the_same_size_and_time_right_after_an_ingest(self, kb, folder):
        path = write(folder / "pier.md", "The ferry leaves at seven.")
        just_now(path)
        ingest(kb, folder)
        write(path, "The ferry leaves at eight.")
        just_now(path)
        assert counts(ingest(kb, folder)) == changes(updated=1)
        assert [hit["text"] for hit in hits(kb, "when does the ferry leave")] == [
            "The ferry leaves at eight."
        ]

    def test_new_times_alone_are_no_change(self, kb, ingested):
        before = stored(kb.home, but=("mtime_ns",))
        for path in ingested.rglob("*.md"):
            os.utime(path, (1_600_000_000, 1_600_000_000))
        assert counts(ingest(kb, ingested)) == changes(unchanged=5)
        assert stored(kb.home, but=("mtime_ns",)) == before

    def test_an_older_version_put_back_is_a_change(self, kb, ingested):
        path = write(ingested / "lanterns.md", "# Lanterns\n\nLanterns are lit by nobody.\n")
        os.utime(path, (1_500_000_000, 1_500_000_000))
        assert counts(ingest(kb, ingested)) == changes(updated=1, unchanged=4)

    def test_a_file_moved_between_two_roots(self, kb, tmp_path):
        write(tmp_path / "left" / "pier.md", "The pier is made of oak.")
        write(tmp_path / "right" / "quay.md", "The quay is made of stone.")
        ingest(kb, tmp_path / "left", tmp_path / "right")
        (tmp_path / "left" / "pier.md").rename(tmp_path / "right" / "pier.md")
        report = ingest(kb, tmp_path / "left", tmp_path / "right")
        assert counts(report) == changes(unchanged=2)
        assert report["moved"] == 1
        assert [hit["text"] for hit in hits(kb, "oak")][:1] == ["The pier is made of oak."]

    def test_two_equal_files_are_two_documents(self, kb, folder):
        write(folder / "one.md", "The compass points north of the harbour wall.")
        write(folder / "two.md", "The compass points north of the harbour wall.")
        assert ingest(kb, folder)["passages"] == 2
        (hit,) = hits(kb, "compass")
        assert {hit["source"], *hit["also"]} == {"one.md", "two.md"}
        (folder / hit["source"]).unlink()
        ingest(kb, folder)
        (left,) = hits(kb, "compass")
        assert {left["source"]} == {"one.md", "two.md"} - {hit["source"]}
        assert left["also"] == []

    def test_other_settings_for_reading_mean_reading_again(self, kb, folder):
        write(folder / "long.md", "A lantern hangs over every door of the quay. " * 40)
        whole = ingest(kb, folder)
        shorter = ingest(kb, folder, env={"KB_PASSAGE_CHARS": "200"})
        assert counts(shorter) == changes(updated=1)
        assert shorter["passages"] > whole["passages"]


def first_passage(kb, question):
    return hits(kb, question)[0]["passage"]


class TestMissing:
    def test_keep_missing_keeps_until_an_ingest_without_it(self, kb, ingested):
        (ingested / "ferries.md").unlink()
        assert counts(ingest(kb, "--keep-missing", ingested)) == changes(unchanged=4)
        assert "ferries.md" in found_in(kb, "when does the ferry leave")
        assert counts(ingest(kb, ingested)) == changes(unchanged=4, removed=1)
        assert "ferries.md" not in found_in(kb, "when does the ferry leave")

    def test_a_vanished_root_is_an_error_and_removes_nothing(self, kb, ingested):
        ingested.rename(ingested.with_name("elsewhere"))
        run = kb("ingest", ingested)
        assert run.code == 1
        assert run.err.startswith(f"kb: no such file or folder: {ingested}")
        assert len(sources(kb)) == 5
        assert found_in(kb, "when does the ferry leave") >= {"ferries.md"}

    def test_a_vanished_root_beside_a_good_one(self, kb, ingested, tmp_path):
        other = write(tmp_path / "other" / "new.md", "A new note on compasses.").parent
        ingested.rename(ingested.with_name("elsewhere"))
        assert kb("ingest", other, ingested).code == 1
        assert len(sources(kb)) == 5, "nothing is done when a path is wrong"

    def test_an_emptied_root_is_emptied(self, kb, ingested):
        for path in [path for path in ingested.rglob("*") if path.is_file()]:
            path.unlink()
        assert counts(ingest(kb, ingested)) == changes(removed=5)
        assert sources(kb) == set()
        assert hits(kb, "lanterns") == []

    def test_only_what_lies_below_the_folder_is_looked_at(self, kb, ingested):
        (ingested / "ferries.md").unlink()
        (ingested / "sub" / "orchard.md").unlink()
        assert counts(ingest(kb, ingested / "sub")) == changes(unchanged=1, removed=1)
        assert sources(kb) == {"lanterns.md", "ferries.md", "sub/kettles.txt", "questions.csv"}

    def test_a_folder_with_a_longer_name_is_another_folder(self, kb, tmp_path):
        write(tmp_path / "notes" / "a.md", "A note on lanterns.")
        gone = write(tmp_path / "notes-old" / "b.md", "A note on ferries.")
        ingest(kb, tmp_path / "notes", tmp_path / "notes-old")
        gone.unlink()
        assert counts(ingest(kb, tmp_path / "notes")) == changes(unchanged=1)
        assert sources(kb) == {"a.md", "b.md"}

    def test_a_folder_in_the_place_of_a_file(self, kb, ingested):
        (ingested / "ferries.md").unlink()
        write(ingested / "ferries.md" / "inner.md", "The inner ferry is blue.")
        assert counts(ingest(kb, ingested)) == changes(added=1, unchanged=4, removed=1)
        assert sources(kb) == {"ferries.md/inner.md", *NOTES} - {"ferries.md"}

    def test_a_removed_source_comes_back_with_the_next_ingest(self, kb, ingested):
        assert kb("sources", "remove", "ferries.md").code == 0
        assert "ferries.md" not in found_in(kb, "when does the ferry leave")
        assert counts(ingest(kb, ingested)) == changes(added=1, unchanged=4)
        assert "ferries.md" in found_in(kb, "when does the ferry leave")


class TestDryRun:
    def test_nothing_is_stored_and_the_report_is_right(self, kb, ingested):
        write(ingested / "lanterns.md", "# Lanterns\n\nLamps are electric nowadays.\n")
        (ingested / "ferries.md").unlink()
        write(ingested / "meadow.md", "The meadow is mown in June.")
        write(ingested / "empty.md", "")
        before = stored(kb.home, but=())
        dry = kb("ingest", "--dry-run", "--json", ingested).json
        assert stored(kb.home, but=()) == before
        assert found_in(kb, "when does the ferry leave") >= {"ferries.md"}
        real = ingest(kb, ingested)
        assert counts(dry) == counts(real) == changes(added=1, updated=1, unchanged=3, removed=1)
        assert (dry["passages"], dry["skipped"]) == (real["passages"], real["skipped"])
        assert real["skipped"] == [{"source": "empty.md", "reason": "empty file"}]

    def test_without_a_home_no_folder_is_left(self, kb, notes):
        run = kb("ingest", "--dry-run", notes)
        assert run.code == 0
        assert "5 added" in run.out
        assert "nothing stored" in run.out
        assert not kb.home.exists()


class TestMetadata:
    def test_metadata_sticks_and_filters(self, kb, notes):
        assert (
            ingest(
                kb, "--meta", "course=Keepers 2026", "--meta", "level=one", notes / "lanterns.md"
            )["added"]
            == 1
        )
        assert counts(ingest(kb, notes)) == changes(added=4, unchanged=1)
        assert found_in(kb, "lanterns ferries kettles", "--where", "course=keepers 2026") == {
            "lanterns.md"
        }
        assert (
            found_in(
                kb, "lanterns ferries", "--where", "course=keepers 2026", "--where", "level=two"
            )
            == set()
        )
        write(notes / "lanterns.md", "# Lanterns\n\nLamps are electric nowadays.\n")
        ingest(kb, notes)
        (hit,) = hits(kb, "electric lamps", "--where", "course=Keepers 2026")
        assert hit["meta"]["course"] == "Keepers 2026"

    def test_metadata_is_changed_and_taken_away(self, kb, notes):
        ingest(kb, "--meta", "course=one", "--meta", "level=two", notes)
        assert counts(ingest(kb, "--meta", "course=three", notes)) == changes(updated=5)
        assert found_in(kb, "lanterns", "--where", "course=one") == set()
        assert found_in(kb, "lanterns", "--where", "course=three", "--where", "level=two") >= {
            "lanterns.md"
        }
        ingest(kb, "--meta", "course=", notes)
        assert found_in(kb, "lanterns", "--where", "course=three") == set()
        assert all("course" not in hit["meta"] for hit in hits(kb, "lanterns"))

    def test_the_kind_sticks_and_filters(self, kb, notes):
        write(notes / "talk.md", "# Talk\n\nAdaeze: lanterns cost three coins each.\n")
        ingest(kb, "--kind", "transcript", notes / "talk.md")
        assert counts(ingest(kb, notes)) == changes(added=5, unchanged=1)
        write(notes / "talk.md", "# Talk\n\nAdaeze: lanterns cost four coins each.\n")
        ingest(kb, notes)
        (hit,) = hits(kb, "lanterns", "--kind", "transcript")
        assert (hit["source"], hit["kind"]) == ("talk.md", "transcript")
        assert found_in(kb, "lanterns quarry", "--kind", "faq") == {"questions.csv"}
        assert found_in(kb, "lanterns quarry", "--where", "kind=faq") == {"questions.csv"}

    def test_a_sidecar_file_that_comes_changes_and_goes(self, kb, notes):
        ingest(kb, notes)
        sidecar = write(notes / "lanterns.md.meta.yaml", "speaker: Adaeze\ntags: [light, night]\n")
        assert counts(ingest(kb, notes)) == changes(updated=1, unchanged=4)
        assert found_in(kb, "lanterns", "--where", "tags=night") == {"lanterns.md"}
        time.sleep(0.02)
        write(sidecar, "speaker: Benoit\n")
        assert counts(ingest(kb, notes)) == changes(updated=1, unchanged=4)
        assert found_in(kb, "lanterns", "--where", "speaker=adaeze") == set()
        assert found_in(kb, "lanterns", "--where", "speaker=benoit") == {"lanterns.md"}
        sidecar.unlink()
        assert counts(ingest(kb, notes)) == changes(updated=1, unchanged=4)
        assert found_in(kb, "lanterns", "--where", "speaker=benoit") == set()
        assert sources(kb) == set(NOTES), "a sidecar file is no source"

    def test_a_sidecar_edit_of_the_same_size_and_time_right_after_an_ingest(self, kb, folder):
        write(folder / "pier.md", "The pier is made of oak.")
        sidecar = write(folder / "pier.md.meta.yaml", "speaker: Adaeze\n")
        just_now(sidecar)
        ingest(kb, folder)
        write(sidecar, "speaker: Benoit\n")
        just_now(sidecar)
        ingest(kb, folder)
        assert [hit["meta"]["speaker"] for hit in hits(kb, "pier")] == ["Benoit"]


class TestUnreadable:
    def test_an_emptied_file_is_removed(self, kb, ingested):
        write(ingested / "ferries.md", "")
        report = ingest(kb, ingested)
        assert counts(report) == changes(unchanged=4, removed=1)
        assert report["skipped"] == [{"source": "ferries.md", "reason": "empty file"}]
        assert "ferries.md" not in found_in(kb, "when does the ferry leave", "-k", "100")
        assert counts(ingest(kb, ingested)) == changes(unchanged=4)

    def test_a_file_that_becomes_unreadable_keeps_its_old_version(self, kb, ingested):
        (ingested / "ferries.md").write_bytes(bytes(range(256)) * 20)
        report = ingest(kb, ingested)
        assert counts(report) == changes(unchanged=4)
        assert report["skipped"] == [{"source": "ferries.md", "reason": "binary content, not text"}]
        assert found_in(kb, "when does the ferry leave") >= {"ferries.md"}
        write(ingested / "ferries.md", "The ferry stays in port.")
        assert counts(ingest(kb, ingested)) == changes(updated=1, unchanged=4)

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_a_file_without_permission_keeps_its_old_version_until_it_can_be_read(
        self, kb, ingested
    ):
        path = write(ingested / "ferries.md", "The ferry stays in port.")
        os.utime(path, (1_600_000_000, 1_600_000_000))
        path.chmod(0)
        report = ingest(kb, ingested)
        assert report["skipped"] == [
            {"source": "ferries.md", "reason": "can't be opened: Permission denied"}
        ]
        assert "dawn" in hits(kb, "ferry dawn pier")[0]["text"]
        path.chmod(0o644)
        assert counts(ingest(kb, ingested)) == changes(updated=1, unchanged=4)

    def test_a_skipped_file_is_taken_when_the_settings_allow_it(self, kb, folder):
        path = write(folder / "large.md", "A lantern hangs over every door of the quay.\n\n" * 500)
        os.utime(path, (1_600_000_000, 1_600_000_000))
        small = ingest(kb, folder, env={"KB_MAX_FILE_MB": "0.01"})
        assert small["skipped"] == [{"source": "large.md", "reason": "larger than 0.01 MB"}]
        assert counts(ingest(kb, folder)) == changes(added=1)

    def test_a_skipped_file_is_named_again_and_taken_once_it_is_mended(self, kb, ingested):
        write(ingested / "broken.csv", "colour,size\n")
        for _ in range(2):
            (skip,) = ingest(kb, ingested)["skipped"]
            assert skip["source"] == "broken.csv"
            assert skip["reason"] == "a table without rows"
        write(ingested / "broken.csv", "question,answer\nHow large is it?,It is one.\n")
        assert counts(ingest(kb, ingested)) == changes(added=1, unchanged=5)

    def test_things_that_are_no_files(self, kb, ingested):
        os.mkfifo(ingested / "pipe.md")
        (ingested / "dangling.md").symlink_to(ingested / "nowhere.md")
        (ingested / "folder.md").mkdir()
        (ingested / "circle").symlink_to(ingested)
        report = ingest(kb, ingested)
        assert counts(report) == changes(unchanged=5)
        assert report["skipped"] == [
            {"source": "dangling.md", "reason": "a link to nothing"},
            {"source": "pipe.md", "reason": "not a regular file"},
        ]

    def test_a_file_that_becomes_a_dangling_link_keeps_its_old_version(self, kb, ingested):
        (ingested / "ferries.md").unlink()
        (ingested / "ferries.md").symlink_to(ingested / "nowhere.md")
        assert counts(ingest(kb, ingested)) == changes(unchanged=4)
        assert found_in(kb, "when does the ferry leave") >= {"ferries.md"}

    def test_hidden_files_and_the_home_itself_are_passed_over(self, kb, notes):
        write(notes / ".hidden.md", "Hidden lanterns.")
        write(notes / ".git" / "note.md", "Hidden ferries.")
        inside = notes / "home"
        assert kb("--home", inside, "ingest", notes).code == 0
        write(inside / "stray.md", "A stray note in the home.")
        assert counts(kb("--home", inside, "ingest", "--json", notes).json) == changes(unchanged=5)


class TestNames:
    def test_a_file_under_two_roots_is_one_document(self, kb, notes):
        assert counts(ingest(kb, notes, notes / "sub")) == changes(added=5)
        assert counts(ingest(kb, notes / "sub")) == changes(unchanged=2)
        assert counts(ingest(kb, notes / "sub" / "orchard.md")) == changes(unchanged=1)
        assert sources(kb) == set(NOTES)

    def test_the_inner_root_first(self, kb, notes):
        assert counts(ingest(kb, notes / "sub")) == changes(added=2)
        assert counts(ingest(kb, notes)) == changes(added=3, unchanged=2)
        assert len(sources(kb)) == 5
        assert kb("stats", "--json").json["passages"] == 5

    def test_paths_are_the_same_however_they_are_written(self, kb, notes):
        ingest(kb, notes)
        relative = kb("ingest", "--json", f"./{notes.name}/../{notes.name}/", cwd=notes.parent)
        assert counts(relative.json) == changes(unchanged=5)

    def test_two_roots_with_the_same_names_both_stay(self, kb, tmp_path):
        for root in ("spring", "autumn"):
            write(tmp_path / root / "talk.md", f"The {root} talk is about lanterns.")
            write(tmp_path / root / "deep" / "plan.md", f"The {root} plan is about ferries.")
        ingest(kb, tmp_path / "spring")
        again = kb("ingest", "--json", tmp_path / "autumn")
        assert counts(again.json) == changes(added=2)
        assert "autumn/deep/plan.md, autumn/talk.md" in again.err, (
            "a name that is not the expected one is told"
        )
        assert sources(kb) == {"talk.md", "deep/plan.md", "autumn/talk.md", "autumn/deep/plan.md"}
        for root in ("spring", "autumn"):
            assert counts(ingest(kb, tmp_path / root)) == changes(unchanged=2)
        texts = {hit["text"] for hit in hits(kb, "what is the talk about")}
        assert texts >= {"The spring talk is about lanterns.", "The autumn talk is about lanterns."}
        (tmp_path / "spring" / "talk.md").unlink()
        assert counts(ingest(kb, tmp_path / "spring")) == changes(unchanged=1, removed=1)
        assert sources(kb) == {"deep/plan.md", "autumn/talk.md", "autumn/deep/plan.md"}

    def test_two_roots_at_once_and_a_third_of_the_same_name(self, kb, tmp_path):
        for outer in ("one", "two", "three"):
            write(
                tmp_path / outer / "notes" / "talk.md",
                f"The talk number {outer} is about lanterns.",
            )
        roots = [tmp_path / outer / "notes" for outer in ("one", "two", "three")]
        run = kb("ingest", "--json", *roots)
        assert counts(run.json) == changes(added=3)
        assert "2 with a name that another folder's file has" in run.err
        assert len(sources(kb)) == 3
        assert counts(ingest(kb, *reversed(roots))) == changes(unchanged=3)
        for name in sources(kb):
            assert Path(name).name == "talk.md"

    def test_names_in_any_script(self, kb, folder):
        names = {"种子用户.md", "café menu.md", "it's [odd] & (long).md", "emoji🚢.md"}
        for number, name in enumerate(sorted(names)):
            write(folder / name, f"Note {number} is about lantern number {number}.")
        assert counts(ingest(kb, folder)) == changes(added=4)
        assert sources(kb) == names
        assert counts(ingest(kb, folder)) == changes(unchanged=4)
