"""The audit log: what was done stands in it, and a change of it is noticed."""

from __future__ import annotations

import multiprocessing
import sqlite3

import pytest

from kb.access import Access
from kb.audit import AuditLog
from kb.errors import KbError


@pytest.fixture
def log(tmp_path):
    log = AuditLog(tmp_path)
    log.append("ingest", "Ada Example", {"added": 2, "removed": 0})
    log.append("token-add", "Bo Sample", {"can": ["ask"]}, {"token": "Cy's laptop"})
    log.append("forget", "Ada Example", {"documents": ["d_1"], "digest": "ab12"})
    return log


def changed(folder, statement):
    with sqlite3.connect(folder / "audit.sqlite3") as db:
        db.execute(statement)
    db.close()


def test_lines_come_back_as_they_were_kept(log):
    lines = list(log.lines())
    assert [(line.n, line.act, line.by) for line in lines] == [
        (1, "ingest", "Ada Example"), (2, "token-add", "Bo Sample"), (3, "forget", "Ada Example"),
    ]  # fmt: skip
    assert lines[1].names["token"] == "Cy's laptop"
    assert lines[2].detail == {"documents": ["d_1"], "digest": "ab12"}
    assert [line.n for line in log.lines(act="forget")] == [3]
    assert not list(log.lines(since="9999"))


def test_an_untouched_log_verifies_also_against_a_head_that_was_noted(log):
    head = log.verify().head
    assert (head.count, log.verify().problem) == (3, "")
    log.append("ingest", None, {"added": 1})
    assert log.verify(head.hash).problem == ""


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ('UPDATE acts SET detail = \'{"added": 0, "removed": 0}\' WHERE n = 1', 1),
        ("UPDATE acts SET at = '2020-01-01' WHERE n = 2", 2),
        ("UPDATE names SET text = 'Di Example' WHERE n = 2 AND role = 'by'", 2),
        ("UPDATE acts SET act = 'ingest' WHERE n = 3", 3),
        ("DELETE FROM acts WHERE n = 2", 2),
        ("DELETE FROM acts WHERE n = 1", 1),
        ("DELETE FROM acts WHERE n = 3", 0),
        ("DELETE FROM acts", 0),
        ("INSERT INTO names VALUES (9, 'by', 'ab', 'Di Example')", 0),
    ],
)
def test_a_change_is_found_and_the_first_broken_line_told(log, tmp_path, statement, line):
    changed(tmp_path, statement)
    found = log.verify()
    assert found.problem
    assert found.line == line


def test_a_line_that_is_forged_onto_a_shortened_log_does_not_hide_that(log, tmp_path):
    changed(tmp_path, "DELETE FROM acts WHERE n = 3")
    changed(tmp_path, "DELETE FROM names WHERE n = 3")
    for _ in range(3):
        log.append("ingest", "Di Example", {"added": 1})
    assert log.verify().problem


def test_a_log_that_was_written_anew_is_not_the_one_whose_head_was_noted(log, tmp_path):
    noted = log.verify().head.hash
    for path in tmp_path.iterdir():
        path.unlink()
    AuditLog(tmp_path).append("ingest", "Di Example", {"added": 1})
    assert AuditLog(tmp_path).verify().problem == ""
    assert AuditLog(tmp_path).verify(noted).problem


def test_a_missing_log_or_head_is_noticed(log, tmp_path):
    (tmp_path / "audit.head").rename(tmp_path / "away")
    assert log.verify().problem
    (tmp_path / "away").rename(tmp_path / "audit.head")
    assert not log.verify().problem
    (tmp_path / "audit.sqlite3").unlink()
    assert log.verify().problem


def test_a_name_is_blanked_without_a_trace_and_the_chain_holds(log, tmp_path):
    head = log.verify().head
    assert log.blank(lambda name: name == "Ada Example") == 2
    assert [line.by for line in log.lines()] == [None, "Bo Sample", None]
    found = log.verify(head.hash)
    assert (found.problem, found.blanked, found.head) == ("", 2, head)
    assert not any(b"Ada Example" in path.read_bytes() for path in tmp_path.iterdir())
    log.append("ingest", "Bo Sample", {})
    assert not log.verify().problem


@pytest.mark.parametrize(
    "value", ["guides/plan.md", "Ada Example", "怎么融资", "a\nb", ["fine", "not fine"], {"a": 1}]
)
def test_content_names_and_paths_are_refused(log, value):
    with pytest.raises(ValueError, match="ids, counts"):
        log.append("ingest", None, {"x": value})
    assert log.verify().head.count == 3


def _append(folder):
    for number in range(10):
        AuditLog(folder).append("ingest", "Ada Example", {"added": number})


def test_several_processes_make_one_chain(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append, args=(tmp_path,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    found = AuditLog(tmp_path).verify()
    assert (found.head.count, found.problem) == (30, "")


def test_a_rotten_file_is_an_error_with_a_way_out(log, tmp_path):
    (tmp_path / "audit.sqlite3").write_bytes(b"rotten" * 1000)
    with pytest.raises(KbError) as caught:
        log.verify()
    assert caught.value.hint


@pytest.mark.parametrize("column", ["at", "act", "detail", "commitments", "previous", "hash"])
def test_a_damaged_cell_is_a_broken_line_and_the_others_are_shown(log, tmp_path, column):
    changed(tmp_path, f"UPDATE acts SET {column} = x'ff00fe' WHERE n = 2")
    assert log.verify().line == 2
    assert [line.n for line in log.lines()][-1] == 3


def test_lines_that_an_older_kb_kept_beside_the_tokens_move_into_it_once(tmp_path):
    Access(tmp_path).close()
    with sqlite3.connect(tmp_path / "access.sqlite3") as db:
        rows = [
            ("2026-05-01T10:00:00.000+00:00", "Ada Example", "token added",
             '{"name": "bot", "can": ["ask"], "channel": "", "expires": null}'),
            ("2026-05-02T10:00:00.000+00:00", "Ada Example", "token revoked", '{"name": "bot"}'),
        ]  # fmt: skip
        db.executemany("INSERT INTO audit (at, who, act, detail) VALUES (?,?,?,?)", rows)
    db.close()
    Access(tmp_path).close()
    Access(tmp_path).close()
    lines = list(AuditLog(tmp_path).lines())
    assert [(line.act, line.at[:10], line.by, line.names["token"]) for line in lines] == [
        ("token-add", "2026-05-01", "Ada Example", "bot"),
        ("token-revoke", "2026-05-02", "Ada Example", "bot"),
    ]
    assert lines[0].detail == {"can": ["ask"], "expires": None}
    assert not AuditLog(tmp_path).verify().problem
