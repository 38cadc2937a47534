"""Opening a store: many at once, and none that isn't ours."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from kb.catalog.schema import MIGRATIONS
from kb.errors import KbError
from kb.sqlite import connect


def test_first_commands_at_once_all_open_a_new_store(tmp_path):
    at_once = 8

    def opened(path, barrier):
        barrier.wait()
        return connect(path, MIGRATIONS, "NORMAL").execute("PRAGMA user_version").fetchone()[0]

    with ThreadPoolExecutor(at_once) as pool:
        for number in range(25):
            path, barrier = tmp_path / f"{number}.sqlite3", Barrier(at_once)
            found = [pool.submit(opened, path, barrier) for _ in range(at_once)]
            assert [each.result() for each in found] == [len(MIGRATIONS)] * at_once


def test_a_store_of_an_older_version_is_brought_up_to_date_and_keeps_what_it_holds(tmp_path):
    path = tmp_path / "catalog.sqlite3"
    old = connect(path, MIGRATIONS[:1], "NORMAL")
    old.execute(
        "INSERT INTO passages VALUES ('p', 'd', 0, 'Words.', '[]', 'en', '{}', '[[0, 1.5, 2.0]]', '{}', 'k')"
    )
    old.close()
    new = connect(path, MIGRATIONS, "NORMAL")
    assert new.execute("SELECT places FROM passages").fetchone()[0] == "[[0, 1.5, 2.0]]"


def test_another_programs_database_and_a_newer_one_are_refused(tmp_path):
    other = sqlite3.connect(tmp_path / "other.sqlite3")
    other.execute("CREATE TABLE theirs (a)")
    other.close()
    with pytest.raises(KbError, match="some other program's database"):
        connect(tmp_path / "other.sqlite3", MIGRATIONS, "NORMAL")
    connect(tmp_path / "newer.sqlite3", (*MIGRATIONS, "CREATE TABLE later (a)"), "NORMAL").close()
    with pytest.raises(KbError, match="newer kb"):
        connect(tmp_path / "newer.sqlite3", MIGRATIONS, "NORMAL")
