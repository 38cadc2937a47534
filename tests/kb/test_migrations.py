"""Stores that an older kb left: each opens, keeps what it held, and is never left half migrated."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
from contextlib import closing

import pytest

from kb.access import _MIGRATIONS as ACCESS
from kb.access import Access
from kb.audit import _MIGRATIONS as AUDIT
from kb.audit import AuditLog
from kb.catalog import Catalog
from kb.catalog.schema import MIGRATIONS as CATALOG
from kb.errors import KbError
from kb.journal import Journal
from kb.journal.migrations import MIGRATIONS as JOURNAL
from kb.posts import _MIGRATIONS as POSTS
from kb.posts import Posts
from kb.sqlite import connect
from tests.conftest import Cli

FORMER_NAMES = {("passages", "cues"): "places"}
QUESTION = "How many days for a refund?"
STORES = {
    "catalog.sqlite3": CATALOG,
    "journal.sqlite3": JOURNAL,
    "access.sqlite3": ACCESS,
    "posts.sqlite3": POSTS,
    "audit.sqlite3": AUDIT,
}
EARLIER = [(name, number) for name, all_ in STORES.items() for number in range(1, len(all_))]
STILL_OPEN = [(name, len(all_)) for name, all_ in STORES.items()]


@pytest.fixture(scope="module")
def present(tmp_path_factory):
    """`kb` on a home of today with something in every store; change nothing in it."""
    root = tmp_path_factory.mktemp("present")
    (root / "sources").mkdir()
    (root / "sources" / "refunds.md").write_text("# Refunds\n\nRefunds within 14 days.\n")
    (root / "sources" / "rooms.csv").write_text("room,keeper\nharbour,Ada Example\n")
    kb = Cli(root / "home")
    for words in (("ingest", "-q", root / "sources"), ("ask", QUESTION),
                  ("feedback", "add", "last", "up"), ("token", "add", "helper", "--can", "ask"),
                  ("faq", "add", "--question", "Who has the keys?", "--answer", "Ada Example.")):  # fmt: skip
        assert kb(*words).code == 0
    with closing(Posts(kb.home)) as posts:
        posts.keep(["m1"], "x_1")
    return kb


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


def holdings(home):
    """What a home holds, as the stores of today read it."""
    with closing(Catalog(home / "catalog.sqlite3")) as catalog:
        documents = [document.source for document in catalog.documents()]
        texts = sorted(p.text for p in catalog.passages(catalog.passage_ids()).values())
    with closing(Journal(home / "journal.sqlite3")) as journal:
        exchanges = [(x.id, x.question, x.answer) for x in journal.exchanges()]
        verdicts = [(v.exchange, v.value) for v in journal.verdicts()]
        assert journal.check() == []
    with closing(Access(home)) as access:
        tokens = [(token.name, token.rights) for token in access.tokens()]
    with closing(Posts(home)) as posts:
        post = posts.exchange("m1")
    acts = [line.act for line in AuditLog(home).lines()]
    return documents, texts, exchanges, verdicts, tokens, post, acts


def older_home(present, tmp_path, name, number):
    """A copy of the home in which that store is as after so many migrations."""
    home = tmp_path / "home"
    shutil.copytree(present.home, home)
    (home / name).rename(home / "present.sqlite3")
    for ending in ("-wal", "-shm"):
        (home / f"{name}{ending}").unlink(missing_ok=True)
    make_older(home / "present.sqlite3", home / name, STORES[name][:number])
    (home / "present.sqlite3").unlink()
    return home


@pytest.mark.parametrize(("name", "number"), EARLIER)
class TestEarlier:
    def test_it_keeps_what_it_held(self, present, tmp_path, name, number):
        home = older_home(present, tmp_path, name, number)
        assert holdings(home) == holdings(present.home)

    def test_it_answers_and_is_sound_after_one_repair(self, present, tmp_path, name, number):
        kb = Cli(older_home(present, tmp_path, name, number))
        run = kb("ask", "--format", "json", QUESTION)
        assert (run.code, "14 days" in run.json["answer"]) == (0, True), run.err
        assert kb("doctor", "--repair").code == 0
        assert kb("doctor", "--json").json["healthy"]


@pytest.mark.parametrize(("name", "newest"), STILL_OPEN)
def test_one_of_a_newer_kb_is_refused_by_name(present, tmp_path, name, newest):
    path = tmp_path / name
    make_older(present.home / name, path, STORES[name])
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {newest + 1}")
    before = path.read_bytes()
    with pytest.raises(KbError, match=rf"{re.escape(name)} was written by a newer kb"):
        connect(path, STORES[name], "FULL")
    assert path.read_bytes() == before


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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing is forked here")
@pytest.mark.parametrize("name", ["catalog.sqlite3", "journal.sqlite3"])
def test_a_migration_that_is_killed_at_any_statement_is_done_by_the_next(present, tmp_path, name):
    home = older_home(present, tmp_path, name, 1)
    whole = (home / name).read_bytes()
    statement = 0
    while True:
        statement += 1
        (home / name).write_bytes(whole)
        for ending in ("-wal", "-shm"):
            (home / f"{name}{ending}").unlink(missing_ok=True)
        if not killed_at(home / name, STORES[name], statement):
            break
        with closing(connect(home / name, STORES[name], "FULL")) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(STORES[name])
        if statement % 7 == 0:
            assert holdings(home) == holdings(present.home)
    assert statement > 20
