"""Without a configured URL no command opens a socket, in whichever of its processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import click
import pytest

from cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
QUESTION = "When should we charge a paying customer?"
# Python imports this in every process that inherits the environment, worker processes included.
HOOK = """
import os, sys

def _note(line):
    with open(os.environ["WATCHED"], "a", encoding="utf-8") as stream:
        stream.write(line + "\\n")

def _watch(event, arguments):
    if event.startswith("socket."):
        _note(f"{event} in {sys.orig_argv}")
        raise RuntimeError(f"a socket was opened: {event}")

_note(f"watching {os.getpid()}")
sys.addaudithook(_watch)
"""
# {...} are filled in from the home that is used.
CALLS = [
    ["--help"],
    ["ingest", "{folder}"],
    ["ingest", "--dry-run", "--json", "{folder}"],
    ["search", QUESTION, "--json"],
    ["ask", QUESTION],
    ["ask", QUESTION, "--writer", "extractive", "--format", "json"],
    ["ask", "--stdin", "--jsonl"],
    ["show", "{passage}"],
    ["show", "{exchange}"],
    ["log", "list"],
    ["log", "show", "{exchange}"],
    ["feedback", "add", "{exchange}", "up", "--by", "Ada"],
    ["feedback", "list"],
    ["sources", "list"],
    ["sources", "remove", "pricing.md"],
    ["stats", "--json"],
    ["doctor"],
    ["doctor", "--repair"],
    ["reindex"],
    ["formats"],
    ["config", "show"],
]


def run(home, *arguments):
    """An unwatched run; gives what it prints."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("KB_")}
    argv = [sys.executable, "-m", "cli.main", "--home", home, *arguments]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, check=True, text=True, timeout=60).stdout


@pytest.fixture(scope="module")
def stocked(tmp_path_factory):
    """A folder of sources, the home they were ingested into, and the ids of things in it."""
    base = tmp_path_factory.mktemp("offline")
    folder, home = base / "sources", base / "home"
    folder.mkdir()
    (folder / "pricing.md").write_text("# Pricing\n\nCharge from the first day. A paying customer tells the truth.\n")
    (folder / "faq.csv").write_text("question,answer\nWho is a customer?,Whoever pays.\n")
    (folder / "talk.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:04.000\n<v Ada>We charge everybody.\n")
    run(home, "ingest", "-q", folder)
    passage = run(home, "search", QUESTION).split("  p_")[1].split()[0]
    run(home, "ask", QUESTION)
    exchange = run(home, "log", "list").split("\t")[0]
    run(home, "feedback", "add", exchange, "down")
    return {"folder": str(folder), "home": home, "passage": f"p_{passage}", "exchange": exchange}


@pytest.fixture
def watched(tmp_path):
    """The environment under watch, and what was noted there."""
    (tmp_path / "hook").mkdir()
    (tmp_path / "hook" / "sitecustomize.py").write_text(HOOK)
    notes = tmp_path / "notes.txt"
    path = os.pathsep.join((str(tmp_path / "hook"), str(ROOT)))

    def noted():
        lines = notes.read_text().splitlines()
        processes = [line for line in lines if line.startswith("watching ")]
        return len(processes), [line for line in lines if line not in processes]

    return {"PYTHONPATH": path, "WATCHED": str(notes)}, noted


@pytest.fixture
def call(kb, stocked, tmp_path):
    """`call(arguments, env)`: a run on a copy of the stocked home."""
    shutil.copytree(stocked["home"], kb.home)
    # An ingest finds something to do: one file that is new.
    folder = shutil.copytree(stocked["folder"], tmp_path / "sources")
    (folder / "ferry.md").write_text("# Ferry\n\nFerry charges in May.\n")
    names = {**stocked, "folder": str(folder)}
    return lambda arguments, env: kb(*(a.format(**names) for a in arguments), stdin=f"{QUESTION}\n", env=env)


@pytest.mark.parametrize("arguments", CALLS, ids=" ".join)
def test_no_socket_is_opened(call, watched, arguments):
    env, noted = watched
    done = call(arguments, env)
    processes, sockets = noted()
    assert sockets == []
    assert (done.code, done.err) == (0, "")
    assert done.out
    assert processes >= (2 if arguments[0] == "ingest" else 1)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_called_above(name):
    command = import_module(f"cli.commands.{name}").command
    subcommands = [[name, sub] for sub in command.commands] if isinstance(command, click.Group) else [[name]]
    called = [arguments[: len(subcommands[0])] for arguments in CALLS]
    assert [words for words in subcommands if words not in called] == []


SCRIPTS = {
    "itself": "import socket; socket.socket()",
    "lookup": "import socket; socket.getaddrinfo('127.0.0.1', 80)",
    "worker": "import multiprocessing, socket\n"
    "if __name__ == '__main__':\n"
    "    process = multiprocessing.get_context('spawn').Process(target=socket.socket)\n"
    "    process.start(); process.join(); raise SystemExit(process.exitcode)",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_socket_would_be_noticed(kb, watched, tmp_path, name):
    env, noted = watched
    script = tmp_path / "script.py"
    script.write_text(SCRIPTS[name])
    done = subprocess.run([sys.executable, script], env=kb.environment(env), capture_output=True, check=False)
    assert done.returncode == 1
    assert b"a socket was opened" in done.stderr
    assert noted()[1] != []


# --- compiled engines, which no hook of Python sees -----------------------------------------------------------------

STRACE = ["strace", "-f", "-qq", "-e", "trace=socket,connect", "-o"]


def traced(argv, env, notes):
    """Run under strace; gives the exit code and the network sockets that were opened."""
    done = subprocess.run([*STRACE, notes, *argv], env=env, capture_output=True, check=False, timeout=120)
    return done.returncode, [line for line in notes.read_text().splitlines() if "AF_INET" in line]


@pytest.fixture
def notes(tmp_path):
    path = tmp_path / "calls.txt"
    if not shutil.which("strace") or subprocess.run([*STRACE, path, "true"], check=False).returncode:
        pytest.skip("processes can't be traced here")
    return path


@pytest.mark.parametrize("arguments", [["ingest", "-q", "{folder}"], ["ask", QUESTION], ["reindex"]], ids=" ".join)
def test_no_engine_opens_a_socket(kb, stocked, notes, arguments):
    if arguments[0] != "ingest":
        shutil.copytree(stocked["home"], kb.home)
    argv = kb.argv(*(a.format(**stocked) for a in arguments))
    assert traced(argv, kb.environment(), notes) == (0, [])


def test_an_engines_socket_would_be_noticed(kb, notes):
    code, sockets = traced([sys.executable, "-c", SCRIPTS["itself"]], kb.environment(), notes)
    assert (code, len(sockets)) == (0, 1)
