"""`kb serve --background`, `kb serve status` and `kb serve stop`: one server of a home, and no trace
of one that has ended.
"""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from tests.patience import PATIENCE

pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")


@pytest.fixture
def filled(kb, folder):
    (folder / "dusk.md").write_text("Lanterns are lit at dusk by the keeper, who is called Ines.\n")
    assert kb("ingest", "-q", folder).code == 0
    yield kb
    if status(kb)["running"]:
        kb("serve", "stop")


def status(kb):
    return kb("serve", "status", "--json").json


def start(kb, *flags):
    """Start a server in the background; gives what its status says."""
    run = kb.in_own_process("serve", "--background", "--port", "0", *flags)
    assert (run.code, run.out) == (0, ""), run.err
    return status(kb)


def test_it_answers_until_it_is_stopped(filled):
    known = start(filled)
    assert httpx.get(f"{known['address']}/health").json()["status"] == "ok"
    shown = filled("serve", "status")
    assert shown.code == 0
    assert str(known["pid"]) in shown.out
    assert known["address"] in shown.out
    assert "models" in shown.out
    assert filled("serve", "stop").code == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{known['address']}/health")
    assert status(filled) == {"running": False}
    assert {path.name for path in filled.home.glob("serve.*")} == {"serve.lock", "serve.log"}
    assert all(path.stat().st_mode & 0o077 == 0 for path in filled.home.iterdir())


def test_there_is_no_second_one_and_a_long_log_is_put_aside(filled):
    (filled.home / "serve.log").write_bytes(b"x" * 1_100_000)
    first = start(filled)
    for arguments in (("serve", "--port", "0"), ("serve", "--background", "--port", "0")):
        run = filled(*arguments)
        assert run.code == 1
        assert "runs already" in run.err
        assert "kb serve stop" in run.err
    assert status(filled)["pid"] == first["pid"]
    assert (filled.home / "serve.log.1").stat().st_size == 1_100_000
    assert (filled.home / "serve.log").stat().st_size < 10_000


def test_one_that_was_killed_is_in_nobodys_way(filled):
    known = start(filled)
    os.kill(known["pid"], signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while status(filled)["running"]:
        assert time.monotonic() < deadline
    run = filled("serve", "stop")
    assert run.code == 1
    assert "kb serve --background" in run.err
    assert filled("serve", "status").code == 1
    assert start(filled)["pid"] != known["pid"]


def test_what_keeps_it_from_starting_is_told(filled):
    run = filled("serve", "--background", "--host", "0.0.0.0")
    assert run.code == 1
    assert "without a token" in run.err
    assert filled("token", "add", "ada", "--can", "ask").code == 0
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = str(taken.getsockname()[1])
        for host, port, reason, hint in (
            ("192.0.2.1", "0", "Cannot assign requested address", "--host takes"),
            ("no-such-machine.invalid", "0", "can't listen at no-such", "--host takes"),
            ("." * 3, "0", "no name of a machine", "--host takes"),
            ("127.0.0.1", number, "Address already in use", "--port N"),
        ):
            run = filled.in_own_process("serve", "--background", "--host", host, "--port", port)
            assert run.code == 1
            assert reason in run.err
            assert hint in run.err.splitlines()[-1]


def test_it_ends_well_at_a_sigterm_and_a_ctrl_c(filled):
    for number, code in ((signal.SIGTERM, 0), (signal.SIGINT, 130)):
        process = filled.start("serve", "--port", "0")
        assert b"serving" in process.stderr.readline()
        process.send_signal(number)
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == code
        assert b"Traceback" not in err
        assert not (filled.home / "serve.json").exists()
