"""Stores as an older kb left them, and processes that are killed while they bring one up to date."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
from contextlib import closing

from kb.access import _MIGRATIONS as ACCESS
from kb.audit import _MIGRATIONS as AUDIT
from kb.catalog.schema import MIGRATIONS as CATALOG
from kb.journal.migrations import MIGRATIONS as JOURNAL
from kb.posts import _MIGRATIONS as POSTS
from kb.sqlite import connect

FORMER_NAMES = {("passages", "cues"): "places"}
STORES = {
    "catalog.sqlite3": CATALOG,
    "journal.sqlite3": JOURNAL,
    "access.sqlite3": ACCESS,
    "posts.sqlite3": POSTS,
    "audit.sqlite3": AUDIT,
}


def tables_of(db):
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [row[0] for row in db.execute(query)]


def columns_of(db, table, schema=""):
    return [row[1] for row in db.execute(f"PRAGMA {schema}table_info({table})")]


def make_older(present, older, migrations):
    """Write a store as a kb with those migrations would have left it: with the rows of today's, as
    far as it has places for them.
    """
    with closing(sqlite3.connect(older, isolation_level=None)) as db:
        for script in migrations:
            db.executescript(script)
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("ATTACH ? AS present", (str(present),))
        for table in tables_of(db):
            old = columns_of(db, table)
            new = [FORMER_NAMES.get((table, name), name) for name in old]
            known = set(columns_of(db, table, "present."))
            if not known:
                continue
            pairs = [(one, other) for one, other in zip(old, new, strict=True) if other in known]
            into, given = (",".join(names) for names in zip(*pairs, strict=True))
            db.execute(
                f"INSERT OR REPLACE INTO {table} ({into}) SELECT {given} FROM present.{table}"
            )


def older_home(present, folder, name, number):
    """A copy of the home in which that store is as after so many migrations."""
    home = folder / "home"
    shutil.copytree(present, home)
    (home / name).rename(home / "present.sqlite3")
    for ending in ("-wal", "-shm"):
        (home / f"{name}{ending}").unlink(missing_ok=True)
    make_older(home / "present.sqlite3", home / name, STORES[name][:number])
    (home / "present.sqlite3").unlink()
    return home


class Killed(sqlite3.Connection):
    """A connection whose process is killed before its statement of that number."""

    left = 0

    def execute(self, *arguments):
        type(self).left -= 1
        if type(self).left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().execute(*arguments)


def killed_at(path, migrations, statement):
    """Open a store in a process that is killed at that statement; whether it was."""
    child = os.fork()
    if not child:
        plain = sqlite3.connect
        Killed.left = statement
        sqlite3.connect = lambda *a, **k: plain(*a, **{"factory": Killed, **k})
        code = 0
        try:
            connect(path, migrations, "FULL").close()
        except BaseException:
            code = 1
        os._exit(code)
    status = os.waitpid(child, 0)[1]
    assert os.waitstatus_to_exitcode(status) in (0, -signal.SIGKILL)
    return os.WIFSIGNALED(status)
