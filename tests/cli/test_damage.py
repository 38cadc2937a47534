"""Damaged homes: what is wrong is told, what can be mended is, and nothing damaged passes for a
source.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from contextlib import closing

import pytest
from homes import problems

QUESTION = "how much is the course fee?"


@pytest.fixture
def asked(kb, folder):
    """`kb` on a home with two sources and an exchange."""
    (folder / "fees.md").write_text("# Fees\n\nThe course fee is 300 dollars.\n")
    (folder / "rooms.csv").write_text("room,keeper\nharbour,Ada Example\norchard,Bo Sample\n")
    assert kb("ingest", "-q", folder).code == 0
    assert "300 dollars" in kb("ask", QUESTION).out
    return kb


def change(home, statement, store="catalog"):
    with closing(sqlite3.connect(home / f"{store}.sqlite3")) as database:
        changed = database.execute(statement).rowcount
        database.commit()
    assert changed > 0


def rot(path):
    """Change bytes, and leave size and mtime as they were."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    for place in range(len(content) // 2, len(content)):
        content[place] ^= 0x5A
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def assert_healthy(kb):
    assert problems(kb) == {}
    run = kb("ask", QUESTION)
    assert (run.code, run.err) == (0, "")
    assert "300 dollars" in run.out


# --- the catalog ----------------------------------------------------------------------------------

CELLS = {
    "passages": (
        "text = replace(text, '300', '900')",
        "text = x'ff00fe'",
        "headings = 'x[' || headings",
        "headings = '[1]'",
        'anchor = \'{"type": "none", "start": 1, "end": 1}\'',
        "places = '[[\"a\"]]'",
        "meta = '[]'",
        "voices = '{'",
        "context = 'asked otherwise'",
        "lang = x'05'",
        "ordinal = ordinal + 7",
        "entry = 'zz'",
        "document = 'd_unknown'",
    ),
    "documents": (
        "title = 'Premium fees'",
        "kind = 'none'",
        "meta = '{'",
        "recipe = 'x'",
        'meta = \'{"level": "x"}\'',
    ),
}


def test_changed_cells_are_told_of_and_their_sources_read_again(kb, folder):
    """One source for each cell that is changed, so that one look shows all."""
    changes = [(table, cell) for table, cells in CELLS.items() for cell in cells]
    for number in range(len(changes)):
        text = f"# Fees of course {number}\n\nThe fee of course {number} is 300 dollars.\n"
        (folder / f"fees-{number}.md").write_text(text)
    assert kb("ingest", "-q", folder).code == 0
    for number, (table, cell) in enumerate(changes):
        name = f"fees-{number}.md"
        where = f"document = (SELECT id FROM documents WHERE source = '{name}')"
        change(
            kb.home,
            f"UPDATE {table} SET {cell} WHERE {where if table == 'passages' else f'source = {name!r}'}",
        )
    questions = "\n".join(f"what is the fee of course {number}?" for number in range(len(changes)))
    for command in ("search", "ask"):
        run = kb(command, "--stdin", "--jsonl", stdin=questions)
        assert run.code == 0, run
        assert "900 dollars" not in run.out
        assert "bug" not in run.err
        assert len(run.err.splitlines()) == 1
    told = problems(kb)["catalog"]
    orphan = 1  # the passage that was given to a document that is not there
    assert f"{len(changes) + orphan - 5} more documents are damaged" in told
    repaired = kb("doctor", "--repair")
    assert repaired.code == 0, repaired
    assert all(f"fees-{number}.md" in repaired.out for number in range(len(changes)))
    assert problems(kb) == {}
    hits = [line["hits"][0] for line in kb("search", "--stdin", "--jsonl", stdin=questions).lines]
    assert [hit["source"] for hit in hits] == [
        f"fees-{number}.md" for number in range(len(changes))
    ]


def test_a_damaged_source_whose_file_is_gone_is_named_with_the_way_back(asked, folder):
    change(
        asked.home, "UPDATE passages SET text = replace(text, '300', '900') WHERE text LIKE '%300%'"
    )
    (folder / "fees.md").rename(folder.parent / "kept.md")
    run = asked("doctor", "--repair")
    assert run.code == 1
    assert "fees.md is gone" in run.out
    assert "kb sources remove fees.md" in run.out
    (folder.parent / "kept.md").rename(folder / "fees.md")
    assert asked("ingest", "-q", folder).code == 0  # which reads it again, though it did not change
    assert_healthy(asked)


@pytest.mark.parametrize("statement", ["documents SET meta = '{'", "passages SET meta = '{'"])
def test_a_damaged_source_can_be_removed(asked, statement):
    change(asked.home, f"UPDATE {statement}")
    assert asked("sources", "remove", "fees.md").out == "removed fees.md\n"
    assert asked("sources", "remove", "rooms.csv").code == 0
    assert problems(asked) == {}


def test_damaged_vectors_are_made_anew(asked):
    change(asked.home, "UPDATE vectors SET vector = zeroblob(length(vector)) WHERE rowid % 2")
    change(asked.home, "DELETE FROM vectors WHERE NOT rowid % 2")
    change(asked.home, "UPDATE headings SET vector = x'0000c07f'")
    assert asked("search", QUESTION).code == 0
    assert "damaged" in problems(asked)["catalog"]
    assert asked("doctor", "--repair").code == 0
    assert_healthy(asked)


@pytest.mark.parametrize("store", ["catalog", "journal"])
def test_a_schema_whose_bytes_are_no_text_is_one_clear_line(asked, store):
    path = asked.home / f"{store}.sqlite3"
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE \xf5\xf5BLE"))
    for command in (("sources", "list"), ("log",), ("doctor",)):
        run = asked(*command)
        assert "bug in kb" not in run.err
        assert run.code in (0, 1)
    assert f"{store}.sqlite3 can't be used: its schema is damaged" in run.out


@pytest.mark.parametrize("cell", ["files = '{'", "generation = '../../elsewhere'", "applied = 'x'"])
def test_a_damaged_row_of_the_indexes_builds_them_anew(asked, cell):
    change(asked.home, f"UPDATE projections SET {cell}")
    run = asked("ask", QUESTION)
    assert run.code == 0
    assert "bug" not in run.err
    assert_healthy(asked)


# --- index files ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [("header.bin", "length.bin"), ("data_level0.bin",), ("link_lists.bin", "*.pickle"), ("chroma.sqlite3",),
     ("*.store", "*.term", "*.idx"), ("meta.json", ".managed.json")],
)  # fmt: skip
def test_rotten_index_files_with_their_old_times_kill_nothing(asked, names):
    for name in names:
        for path in (asked.home / "indexes").rglob(name):
            rot(path)
    for arguments in (("search", QUESTION), ("doctor",)):
        run = asked(*arguments)
        assert run.code == 0, f"kb {' '.join(arguments)}: {run}"
    assert_healthy(asked)


def test_an_engine_that_crashes_takes_only_its_child(asked):
    """Hashes that fit a torn file, as no accident makes them: then only the trial in a child shows
    it.
    """
    from kb.projections.generations import look_at

    for path in (asked.home / "indexes").rglob("header.bin"):
        rot(path)
    folder = next((asked.home / "indexes").glob("dense-*"))
    with closing(sqlite3.connect(asked.home / "catalog.sqlite3")) as database:
        looks = json.dumps(look_at(folder))
        database.execute("UPDATE projections SET files = ? WHERE name = 'dense'", (looks,))
        database.commit()
    run = asked("doctor")
    assert run.code == 1
    assert "problem   dense index: damaged" in run.out
    assert asked("doctor", "--repair").code == 0
    assert_healthy(asked)


# --- foreign folders ------------------------------------------------------------------------------


def contents(folder):
    return {path.relative_to(folder): path.read_text() for path in folder.rglob("*.txt")}


@pytest.fixture
def disk(tmp_path):
    """A folder of somebody else's things, some of them named as generations are, or nearly so."""
    place = tmp_path / "disk"
    for name in ("Documents", "backups/2024", "lexical-deadbeef", "dense-0000000g", "dense-"):
        (place / name).mkdir(parents=True)
        (place / name / "keep.txt").write_text(f"a thing in {name}")
    return place


def rebuild_often(kb, folder):
    assert kb("search", QUESTION).code == 0
    (folder / "more.md").write_text("Lanterns are lit at dusk.")
    for arguments in (
        ("ingest", "-q", folder),
        ("reindex",),
        ("doctor", "--repair"),
        ("search", QUESTION),
    ):
        assert kb(*arguments).code == 0


def test_linked_indexes_serve_and_lose_nothing_foreign(asked, folder, disk):
    before = contents(disk)
    shutil.rmtree(asked.home / "indexes")
    (asked.home / "indexes").symlink_to(disk)
    rebuild_often(asked, folder)
    assert contents(disk) == before
    ours = {path.name for path in disk.iterdir() if (path / ".kb-generation").is_file()}
    assert len(ours) == 2, "generations of its own that no longer serve are left over"
    assert_healthy(asked)


def test_foreign_folders_among_the_indexes_stay(asked, folder, disk):
    for path in disk.iterdir():
        shutil.copytree(path, asked.home / "indexes" / path.name)
    before = contents(asked.home / "indexes")
    rebuild_often(asked, folder)
    assert contents(asked.home / "indexes") == before


def test_a_linked_generation_is_left_alone_with_what_it_leads_to(asked, folder, disk):
    before = contents(disk)
    for path in list((asked.home / "indexes").iterdir()):
        target = disk / path.name
        shutil.move(path, target)
        (target / "keep.txt").write_text("a thing beside the files of an index")
        path.symlink_to(target)
    rebuild_often(asked, folder)
    assert contents(disk).items() >= before.items()
    assert len([path for path in disk.rglob("keep.txt") if "beside" in path.read_text()]) == 2


def test_two_homes_may_share_a_folder_of_indexes(asked, folder, tmp_path):
    other = type(asked)(tmp_path / "other")
    other.home.mkdir(mode=0o700)
    (other.home / "indexes").symlink_to(asked.home / "indexes")
    assert other("ingest", "-q", folder).code == 0
    rebuild_often(other, folder)
    run = asked("search", "--json", QUESTION)
    assert (run.code, run.err) == (0, ""), "the other home removed what serves this one"


def test_generations_of_an_older_kb_go_when_newer_ones_serve(asked, folder):
    for mark in asked.home.rglob(".kb-generation"):
        mark.unlink()
    rebuild_often(asked, folder)
    assert len(list((asked.home / "indexes").iterdir())) == 2


# --- journal and settings -------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(2))
def test_a_damaged_journal_is_told_of_once_and_the_answer_given(asked, seed):
    path = asked.home / "journal.sqlite3"
    content = bytearray(path.read_bytes())
    drawn = random.Random(seed)
    for place in range(0 if seed == 0 else 4096, len(content)):
        content[place] = drawn.randrange(256)
    path.write_bytes(content)
    run = asked("ask", QUESTION)
    assert run.code == 0
    assert "300 dollars" in run.out
    (told,) = run.err.splitlines()
    assert "journal" in told
    assert path.read_bytes() == content, "nothing is written to a damaged journal"
    assert "journal" in problems(asked)


@pytest.mark.parametrize(
    "cell", ["payload = '{'", "status = 'zz'", "confidence = 'x'", "question = x'ff'"]
)
def test_a_damaged_cell_of_the_journal_is_one_clear_line(asked, cell):
    change(asked.home, f"UPDATE exchanges SET {cell}", store="journal")
    for arguments in (("log",), ("gaps",), ("journal", "export", "-")):
        run = asked(*arguments)
        assert "bug" not in run.err, f"kb {' '.join(arguments)}: {run}"
        assert run.code in (0, 1)
        assert run.code == 0 or len(run.err.splitlines()) == 2  # the error and its hint
    assert asked("ask", QUESTION).code == 0


@pytest.mark.parametrize("name", ["kb.toml", "tuned.toml"])
def test_doctor_names_settings_that_can_not_be_read_and_looks_at_the_rest(asked, name):
    (asked.home / name).write_text("hits = [")
    run = asked("doctor")
    assert run.code == 1
    assert f"{name} is not valid TOML" in run.out
    assert "ok        lexical index" in run.out
