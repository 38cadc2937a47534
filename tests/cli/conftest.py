"""Fixtures of the command-line tests: a terminal to type at, a home to ask."""

from __future__ import annotations

import os
import pty
import select
import shutil
import time
from contextlib import ExitStack

import pytest
from chat_server import ChatServer
from holding import ALWAYS, HARBOUR, write_rules
from serving import serving

from tests.conftest import Cli
from tests.patience import PATIENCE


class Terminal:
    """A pseudo-terminal: commands run in it one after the other, as typed by one person."""

    def __init__(self, kb):
        self._kb = kb
        self._ours, self._theirs = pty.openpty()

    def __call__(self, *arguments, env=None, timeout=PATIENCE):
        """Run a command; gives its exit code and what the terminal shows."""
        shell = self._kb.at_terminal(
            self._theirs,
            *arguments,
            env={"TERM": "xterm-256color", "COLUMNS": "100", **(env or {})},
        )
        shown = b""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            ended = shell.poll() is not None
            while select.select([self._ours], [], [], 0 if ended else 0.05)[0]:
                shown += os.read(self._ours, 65536)
            if ended:
                return shell.returncode, shown.decode("utf-8", "replace").replace("\r\n", "\n")
        shell.kill()
        raise AssertionError(f"kb did not end within {timeout} s; shown: {shown[-500:]!r}")

    def close(self):
        os.close(self._ours)
        os.close(self._theirs)


@pytest.fixture
def terminal(kb):
    """A terminal in which `kb` runs: `terminal("ask", "...")` gives (exit code, what is shown)."""
    opened = Terminal(kb)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def kept():
    """What is made once and looked at by many tests."""
    return {}


@pytest.fixture
def library(kb, corpora_home):
    """`kb` on a home that holds our corpora, shared between tests: ask it with --no-log, and change
    nothing.
    """
    return type(kb)(corpora_home, embedder="builtin")


@pytest.fixture
def server():
    """A chat server on loopback, scripted by the test."""
    opened = ChatServer()
    yield opened
    opened.close()


@pytest.fixture
def serve():
    """`serve(kb)` starts a server over the home of `kb` that runs until the test ends, and gives it."""
    with ExitStack() as opened:

        def start(kb, *flags, **given):
            return opened.enter_context(serving(kb, *flags, **given))

        yield start


@pytest.fixture(scope="module")
def served_corpora(corpora_home, tmp_path_factory):
    """A server over a home of its own that holds our corpora, shared by the tests of a module."""
    home = shutil.copytree(corpora_home, tmp_path_factory.mktemp("served") / "home")
    kb = Cli(home, embedder="builtin")
    with serving(kb, env={"KB_SERVER_RATE": "0"}) as served:
        yield served


@pytest.fixture
def harbour(kb, kept, tmp_path_factory):
    """`kb` on a home of a few lines about a harbour, whose answers are all held in #pier."""
    if "held harbour" not in kept:
        made = type(kb)(tmp_path_factory.mktemp("held") / "home")
        folder = tmp_path_factory.mktemp("quays")
        (folder / "harbour.md").write_text(HARBOUR, "utf-8")
        assert made("ingest", "-q", folder).code == 0
        kept["held harbour"] = made.home, folder / "harbour.md"
    home, _ = kept["held harbour"]
    shutil.copytree(home, kb.home)
    write_rules(kb, ALWAYS)
    return kb
