"""`kb ask` and `kb search` through the forks of a server: as without one, to the byte."""

from __future__ import annotations

import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.conftest import ROOT, Cli, Run, process_at
from tests.patience import PATIENCE

if not hasattr(os, "O_PATH"):
    pytest.skip("only Linux has fork servers", allow_module_level=True)

from cli.forkserver.process import fork_server, is_answering

NOTES = {
    "rooms.md": "# Rooms\n\nThe lantern room is booked by the hour. It costs 80 yuan an hour.\n",
    "fees.md": "# 会费\n\n会费按自然年收取。年中加入的会员，会费按剩余月份折算。退会不退费。\n",
    "dusk.md": "# Dusk\n\nLanterns are lit at dusk by the keeper, who is called Ines.\n",
}
QUESTION = "what does the lantern room cost"
BATCH = "what does the lantern room cost\n会费按什么收取？\n{broken\n\nwho lights lanterns\n"
# Of one answer and the next these differ.
PASSING = re.compile(r'"(seconds|search_seconds)": [\d.e-]+|\bx_[0-9a-f]+')


class Caller(Cli):
    """`kb` as it is installed: it asks a server if there is one."""

    def argv(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "cli.start", *map(str, arguments)]

    def at_terminal(self, terminal: int, *arguments: str | Path, env=None):
        return process_at(terminal, self.argv(*arguments), self.environment(env))

    def imports(self, *arguments: str, env: dict[str, str] | None = None) -> set[str]:
        """The modules that the calling process imports."""
        argv = [sys.executable, "-X", "importtime", *self.argv(*arguments)[1:]]
        done = subprocess.run(argv, capture_output=True, text=True, env=self.environment(env))
        return {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}

    def is_forked(self, *arguments: str, env: dict[str, str] | None = None) -> bool:
        """Whether a fork runs the command."""
        return "click" not in self.imports(*(arguments or ("search", "dusk")), env=env)


@contextmanager
def served(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    # As for each command of the tests: else its fork would not be as the command would.
    with patch.dict(os.environ, PYTHONPATH=str(ROOT)), fork_server(home) as server:
        wait_until(lambda: is_answering(home))
        yield server


def wait_until(condition) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def forks_of(server) -> list[int]:
    listed = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [int(number) for number in listed.split()]


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    for name, text in NOTES.items():
        (folder / name).write_text(text, "utf-8")
    home = folder / "home"
    assert Cli(home, "builtin")("ingest", "-q", *(folder / name for name in NOTES)).code == 0
    return home


@pytest.fixture(scope="module")
def server(filled) -> Iterator[subprocess.Popen[bytes]]:
    with served(filled) as server:
        yield server


@pytest.fixture
def caller(filled, server) -> Caller:
    return Caller(filled, "builtin")


@pytest.fixture
def own_home(filled, tmp_path) -> Path:
    """A copy of the home, without a server."""
    ignore = shutil.ignore_patterns("serve.sock")
    return Path(shutil.copytree(filled, tmp_path / "home", ignore=ignore))


def lasting(run: Run) -> Run:
    """What was printed, without what differs from one run to the next."""
    return Run(run.code, PASSING.sub("", run.out), PASSING.sub("", run.err))


COMMANDS = {
    "search": (("search", QUESTION), {}),
    "json": (("search", "--json", "-k", "2", "会费"), {}),
    "where": (("search", "--json", "--where", "lang=zh", QUESTION), {}),
    "nothing found": (("search", "--kind", "faq", "zzz"), {}),
    "search batch": (("search", "--stdin", "--jsonl"), {"stdin": BATCH}),
    "ask": (("ask", "--no-log", QUESTION), {}),
    "refused": (("ask", "--no-log", "what is the capital of Portugal"), {}),
    "ask json": (("ask", "--no-log", "--format", "json", "会费按什么收取？"), {}),
    "strict, plain": (("ask", "--no-log", "--strict", "--format", "plain", QUESTION), {}),
    "slack": (("ask", "--no-log", "--format", "slack", QUESTION), {}),
    "piped": (("ask", "--no-log", "-"), {"stdin": "谁点灯笼？ who lights lanterns?"}),
    "piped GBK": (("ask", "--no-log"), {"stdin": "会费按什么收取？".encode("gbk")}),
    "ask batch": (("ask", "--no-log", "--stdin", "--jsonl"), {"stdin": BATCH}),
    "courtesy": (("ask", "--no-log", "谢谢"), {}),
    "no question": (("search",), {}),
    "empty": (("ask", ""), {}),
    "unknown option": (("ask", "--sing", QUESTION), {}),
    "options that don't go together": (("ask", "--stdin", "-c", "--jsonl"), {}),
    "help": (("ask", "--help"), {}),
    "Chinese help": (("search", "-h"), {"env": {"KB_LANG": "zh"}}),
    "Chinese error": (("ask", "--kind", "song", "x"), {"env": {"KB_LANG": "zh"}}),
    "not UTF-8": (("ask", "\udcff"), {}),
    "unknown setting": (("search", "x"), {"env": {"KB_HITS": "many"}}),
    "another embedder": (("search", "--json", QUESTION), {"env": {"KB_EMBEDDER": "static"}}),
    "ASCII only": (("ask", "--no-log", "会费按什么收取？"), {"env": {"PYTHONIOENCODING": "ascii"}}),
    "no home": (("search", "x"), {"env": {"KB_HOME": "/dev/null/none"}}),
}  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("name", COMMANDS)
def test_output_and_exit_code_are_those_of_the_command_alone(filled, caller, name):
    arguments, given = COMMANDS[name]
    alone = Cli(filled, "builtin")(*arguments, **given)
    assert lasting(caller.in_own_process(*arguments, **given)) == lasting(alone)


def shown_at_terminal(cli: Cli, *arguments: str, env: dict[str, str]) -> tuple[int, bytes]:
    """What a command shows in a pseudo-terminal, and its exit code."""
    ours, theirs = pty.openpty()
    process = cli.at_terminal(theirs, *arguments, env=env)
    os.close(theirs)
    shown = b""
    try:
        while part := os.read(ours, 65536):
            shown += part
    except OSError:  # nobody has it open any more
        pass
    os.close(ours)
    return process.wait(PATIENCE), shown


@pytest.mark.long
@pytest.mark.parametrize(
    ("columns", "arguments"),
    [
        ("30", ("ask", "--no-log", QUESTION)),
        ("60", ("ask", "--no-log", "会费按什么收取？")),
        ("30", ("search", "会费按什么收取？")),
        ("200", ("search", QUESTION)),
    ],
)
def test_a_terminal_shows_the_same_at_every_width(filled, caller, columns, arguments):
    env = {"TERM": "xterm", "COLUMNS": columns}
    shown = shown_at_terminal(caller, *arguments, env=env)
    assert shown == shown_at_terminal(Cli(filled, "builtin"), *arguments, env=env)
    assert b"\x1b[" in shown[1] or arguments[0] == "search"


def test_the_calling_process_loads_neither_models_nor_the_command_line(caller):
    loaded = caller.imports("ask", "--no-log", QUESTION)
    assert "cli.forkserver.caller" in loaded
    assert loaded.isdisjoint({"click", "numpy", "onnxruntime", "sqlite3", "dataclasses", "json"})


def test_the_home_is_found_as_the_command_finds_it(filled, caller, tmp_path):
    other = {"KB_HOME": str(tmp_path / "none")}
    assert caller.is_forked("--home", str(filled), "search", "dusk", env=other)
    assert caller.is_forked("search", "dusk", f"--home={filled}", env=other)
    assert not caller.is_forked("search", "dusk", env=other)
    assert not caller.is_forked("stats")


def test_a_conversation_goes_on_in_the_same_session(filled, caller):
    alone = Cli(filled, "builtin")
    assert caller.in_own_process("ask", QUESTION).code == 0
    goes_on = caller.in_own_process("ask", "-c", "and where is it?")
    assert "nothing was asked" not in goes_on.err
    asked = [caller.in_own_process("log", "list").out, alone.in_own_process("log", "list").out]
    assert asked[0] == asked[1]
    assert QUESTION in asked[0]


def test_settings_that_change_hold_for_the_next_call(filled, caller):
    search = ("search", "--json", QUESTION)
    before = len(caller.in_own_process(*search).json["hits"])
    (filled / "kb.toml").write_text("hits = 1\n")
    try:
        assert len(caller.in_own_process(*search).json["hits"]) == 1 < before
    finally:
        (filled / "kb.toml").unlink()


def started(cli: Cli, **more) -> subprocess.Popen[bytes]:
    """A batch that has answered one question and waits for the next."""
    process = subprocess.Popen(
        cli.argv("ask", "--no-log", "--stdin", "--jsonl"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=cli.environment(),
        bufsize=0,
        **more,
    )
    process.stdin.write(b"who lights lanterns\n")
    assert b"answered" in process.stdout.readline()
    return process


def test_ctrl_c_is_as_without_a_server(filled, caller):
    for cli in (caller, Cli(filled, "builtin")):
        process = started(cli)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130, "it ends before its input does"
        assert process.communicate() == (b"", b"\nkb: interrupted\n")


def test_a_fork_ends_when_its_caller_is_gone(server, caller):
    process = started(caller)
    assert len(forks_of(server)) == 1
    process.kill()
    process.wait(PATIENCE)
    assert process.stdout.read() == b"", "nobody has it open any more"
    wait_until(lambda: not forks_of(server))


def test_a_fork_that_was_killed_is_told_of(server, caller):
    process = started(caller)
    os.kill(forks_of(server)[0], signal.SIGKILL)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert err.decode().startswith("kb: the process that answered was killed\n")


def test_a_reader_that_closes_the_pipe_is_as_without_a_server(filled, caller):
    ends = []
    for cli in (caller, Cli(filled, "builtin")):
        process = started(cli)
        process.stdout.close()
        process.stdin.write(b"dusk\nroom\n")
        process.stdin.close()
        ends.append((process.wait(PATIENCE), process.stderr.read()))
    assert ends[0] == ends[1]
    assert ends[0][1] == b""


def test_limits_of_the_caller_are_those_of_the_fork(server, caller):
    import resource

    def limit():
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 300))

    process = started(caller, preexec_fn=limit)
    limits = Path(f"/proc/{forks_of(server)[0]}/limits").read_text()
    assert re.search(r"Max open files +200 +300", limits)
    process.communicate(timeout=PATIENCE)


def test_a_closed_stream_is_as_without_a_server(filled, caller):
    for redirection in ("<&-", ">&-", "2>&-"):
        done = [
            subprocess.run(
                ["sh", "-c", f'"$@" {redirection}', "sh", *each.argv("search", "dusk")],
                capture_output=True,
                env=each.environment(),
            )
            for each in (caller, Cli(filled, "builtin"))
        ]
        assert len({(one.returncode, one.stdout, one.stderr) for one in done}) == 1


def test_other_versions_and_search_paths_are_not_forked(caller):
    assert caller.is_forked()
    assert not caller.is_forked(env={"PYTHONPATH": f"{ROOT}{os.pathsep}/nowhere"})


def test_a_server_that_was_killed_leaves_all_as_it_was_without(own_home):
    caller = Caller(own_home, "builtin")
    with served(own_home) as server:
        assert caller.is_forked()
        server.kill()
    assert (own_home / "serve.sock").is_socket()
    assert caller.in_own_process("search", "dusk").code == 0
    with served(own_home):
        assert caller.is_forked()
    assert not (own_home / "serve.sock").exists()
    assert not caller.is_forked()


def test_a_socket_that_others_reach_or_could_have_put_there_is_not_used(filled, caller):
    path, elsewhere = filled / "serve.sock", filled / "elsewhere"
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o660)
    try:
        assert not caller.is_forked()
    finally:
        path.chmod(0o600)
    filled.chmod(0o770)
    assert not caller.is_forked()  # which also takes the rights of others away
    assert caller.is_forked()
    path.rename(elsewhere)
    path.symlink_to(elsewhere.name)
    try:
        assert not caller.is_forked()
    finally:
        elsewhere.replace(path)


def test_a_socket_of_another_user_is_not_used(filled, caller):
    path = filled / "serve.sock"
    try:
        os.chown(path, 65534, -1)
    except PermissionError:
        pytest.skip("only root can give files away")
    try:
        assert not caller.is_forked()
    finally:
        os.chown(path, os.getuid(), -1)


def test_the_path_of_a_home_may_be_long(own_home):
    deep = own_home.parent.joinpath(*["lantern" * 5] * 8)
    deep.mkdir(parents=True)
    home = own_home.rename(deep / ".kb")
    with served(home):
        assert Caller(home, "builtin").is_forked()
        found = Caller(home, "builtin")
        argv = [sys.executable, "-X", "importtime", *found.argv("search", "dusk")[1:]]
        env = {name: value for name, value in found.environment().items() if name != "KB_HOME"}
        done = subprocess.run(argv, capture_output=True, text=True, env=env, cwd=deep)
        assert "Dusk" in done.stdout
        assert "click" not in done.stderr


def test_a_server_that_does_not_answer_is_given_up(server, caller):
    server.send_signal(signal.SIGSTOP)
    try:
        assert caller.in_own_process("search", "dusk").code == 0
    finally:
        server.send_signal(signal.SIGCONT)


def test_the_server_ends_with_whoever_started_it(own_home):
    code = (
        "import sys, time; from pathlib import Path; from cli.forkserver.process import fork_server\n"
        "with fork_server(Path(sys.argv[1])) as server: print(server.pid, flush=True); time.sleep(600)"
    )
    argv = [sys.executable, "-c", code, str(own_home)]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    starter = subprocess.Popen(argv, stdout=subprocess.PIPE, env=env)
    server = int(starter.stdout.readline())
    wait_until(lambda: is_answering(own_home))
    starter.kill()
    starter.wait()
    wait_until(lambda: not (own_home / "serve.sock").exists())
    wait_until(lambda: not Path(f"/proc/{server}/fd/0").exists())
