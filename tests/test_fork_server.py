"""Commands in forks are as good as commands in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fork_client import FORKS, fork_client

pytestmark = pytest.mark.skipif(not FORKS, reason="there are no forks here")


@pytest.mark.parametrize(
    "arguments", [("--version",), ("stats",), ("sing",), ("ask", "-")], ids=str
)
def test_they_print_and_end_the_same(kb, arguments):
    assert kb(*arguments) == kb.in_own_process(*arguments)


def test_they_close_what_they_opened(kb, folder):
    (folder / "note.md").write_text("Lanterns are lit at dusk.")
    assert kb("ingest", folder).code == 0
    assert not list(kb.home.glob("*-wal")), "SQLite removes its log when it is closed"


def test_they_have_the_folder_and_the_environment_of_whoever_asks(tmp_path):
    code = "import os; print(os.getcwd(), os.environ['LANTERN'], 'HOME' in os.environ, input())"
    done = fork_client().run(["-c", code], {"LANTERN": "lit"}, stdin="灯".encode(), folder=tmp_path)
    assert done.stdout.decode() == f"{tmp_path} lit False 灯\n"


def test_what_python_reads_at_its_start_is_not_for_them(kb):
    assert fork_client().can_give(kb.environment())
    for name in ("PYTHONPATH", "PYTHONIOENCODING", "LC_ALL"):
        assert not fork_client().can_give(kb.environment({name: "other"}))


def test_one_that_does_not_end_is_ended():
    with pytest.raises(subprocess.TimeoutExpired):
        fork_client().run(["-c", "import time; time.sleep(600)"], os.environ, timeout=0.5)


def test_several_at_once_have_each_their_own_answer():
    def ask(number: int) -> tuple[int, bytes]:
        done = fork_client().run(["-c", f"print({number}); raise SystemExit({number})"], os.environ)
        return done.returncode, done.stdout

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(8))) == [(n, f"{n}\n".encode()) for n in range(8)]


def test_one_that_is_started_has_a_session_of_its_own_and_can_be_killed():
    code = "import os, time; print(os.getsid(0) == os.getpid(), flush=True); time.sleep(600)"
    ours, theirs = os.pipe()
    with open(os.devnull, "rb") as nothing, open(ours, "rb") as shown:
        streams = [nothing.fileno(), theirs, theirs]
        process = fork_client().start(["-c", code], os.environ, streams, new_session=True)
        os.close(theirs)
        assert shown.readline() == b"True\n"
        assert process.poll() is None
        process.kill()
        assert process.wait() == process.poll() == -signal.SIGKILL
