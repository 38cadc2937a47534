"""Limits of readers: what they count, and that no file is skipped for ever for having run into one."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.patience import PATIENCE

TOO_LITTLE = {"KB_READER_SECONDS": "0.01"}
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")


@pytest.fixture
def prices(folder):
    """A table that was written long enough ago for its time to be trusted."""
    path = folder / "prices.csv"
    path.write_text("name,price\n" + "".join(f"item{n},{n}\n" for n in range(1200)))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


def ingest(kb, folder, env=None):
    # Limits are of the process that reads, from its start on.
    run = kb.in_own_process("ingest", "--json", folder, env=env)
    assert (run.code, run.err) == (0, "")
    return run.json


def skips(kb):
    """The recipes that are noted with skipped files."""
    with sqlite3.connect(kb.home / "catalog.sqlite3") as catalog:
        return [json.loads(recipe) for (recipe,) in catalog.execute("SELECT recipe FROM skips")]


def started(kb, folder, env=None):
    """An ingest in a process of its own, whose readers have names of theirs."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    argv = kb.argv("ingest", "--json", folder)
    return subprocess.Popen(argv, env=kb.environment(env), stdin=subprocess.DEVNULL, **pipes)


def worker_of(process):
    """The id of a process that reads files for `process`, once there is one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                command = (stat.parent / "cmdline").read_text()
            except (OSError, IndexError):
                continue
            if parent == process.pid and "spawn_main" in command:
                return int(stat.parent.name)
        time.sleep(0.01)
    raise AssertionError("no process reads files")


def test_a_file_that_took_too_long_is_read_once_the_limit_is_raised(kb, prices):
    report = ingest(kb, prices, TOO_LITTLE)
    assert report["skipped"] == [
        {"source": "prices.csv", "reason": "took longer than 0.01 s to read"}
    ]
    assert ingest(kb, prices)["added"] == 1
    assert ingest(kb, prices)["unchanged"] == 1


def test_a_file_that_took_too_much_memory_is_read_once_the_limit_is_raised(kb, prices):
    (skip,) = ingest(kb, prices, {"KB_READER_MB": "60"})["skipped"]
    assert skip["source"] == "prices.csv"
    assert ingest(kb, prices)["added"] == 1


def test_with_the_same_limit_it_is_tried_three_times(kb, prices):
    tries = []
    for _ in range(5):
        assert len(ingest(kb, prices, TOO_LITTLE)["skipped"]) == 1
        tries.append(skips(kb)[0]["limit"]["tries"])
    assert tries == [1, 2, 3, 3, 3]
    assert ingest(kb, prices)["added"] == 1


def test_a_changed_file_is_tried_anew(kb, prices):
    for _ in range(4):
        ingest(kb, prices, TOO_LITTLE)
    (prices / "prices.csv").write_text("name,price\nlantern,3\nand more,4\n")
    ingest(kb, prices, TOO_LITTLE)
    assert skips(kb)[0]["limit"]["tries"] == 1


def test_what_an_earlier_version_skipped_for_a_limit_is_tried_again(kb, prices):
    ingest(kb, prices, TOO_LITTLE)
    with sqlite3.connect(kb.home / "catalog.sqlite3") as catalog:
        catalog.execute(
            "UPDATE skips SET recipe = json_remove(recipe, '$.limit'), reason = 'took longer than 20 s to read'"
        )
    catalog.close()
    assert ingest(kb, prices)["added"] == 1


@on_linux
def test_waiting_for_the_machine_does_not_count(kb, prices):
    process = started(kb, prices, {"KB_READER_SECONDS": "4"})
    worker = worker_of(process)
    os.kill(worker, signal.SIGSTOP)
    time.sleep(6)
    os.kill(worker, signal.SIGCONT)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["added"] == 1


@on_linux
def test_a_reader_that_is_killed_from_outside_costs_no_file(kb, prices):
    process = started(kb, prices)
    os.kill(worker_of(process), signal.SIGKILL)
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, b"")
    assert json.loads(out)["added"] == 1


@pytest.mark.slow
def test_a_large_table_is_read_part_by_part(kb, folder):
    """All of it takes longer than the limit, which is one for each part."""
    rows = (
        f"{n},Member {n},likes lanterns and ferries and asks about orchard {n}\n"
        for n in range(15_000)
    )
    (folder / "members.csv").write_text("id,name,notes\n" + "".join(rows))
    report = ingest(kb, folder, {"KB_READER_SECONDS": "3", "KB_READER_MB": "400"})
    assert (report["skipped"], report["passages"]) == ([], 15_000)
    (hit, *_) = kb("search", "--json", "Member 14999", "-k", "1").json["hits"]
    assert hit["anchor"]["label"] == "L15001"
    assert kb("sources", "list", "--json").json[0]["passages"] == 15_000
