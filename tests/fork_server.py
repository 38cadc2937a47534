"""A process that has imported the whole program, loaded its built-in models, and runs commands in
forks of itself: they start in a hundredth of a second instead of one. `fork_client.py` asks it.

Each fork is as good as a process just started: it has one thread, no open files, and the
environment, folder and streams of whoever asks.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import multiprocessing.util
import os
import re
import resource
import runpy
import selectors
import signal
import socket
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from glob import glob
from typing import Any, NoReturn

import cli.forkserver.process
from cli.forkserver.fork import finish, reopened
from cli.forkserver.preload import import_all, load_models

LENGTH = 8  # bytes that say how long a request is
NUMBER = 4  # bytes of a process id, and of an exit code
_PROGRAM = ("kb", "ingest", "retrieval", "cli")
# What the program imports where it needs it.
_LIBRARIES = (
    "Stemmer", "charset_normalizer", "chromadb_rust_bindings", "docx", "filelock", "getpass", "httpx",
    "markdown_it", "multiprocessing.popen_spawn_posix", "multiprocessing.resource_tracker",
    "multiprocessing.spawn", "numpy", "onnxruntime", "opencc", "platformdirs", "pptx", "pypdfium2",
    "python_calamine", "rich.console", "rich.live", "rich.progress", "rich.table", "rjieba",
    "tantivy", "tokenizers", "xml.etree.ElementTree", "yaml", "zipfile",
)  # fmt: skip
# They take seconds, and few tests need them: those import them in their own fork. What a process has
# imported makes each fork of it slower, too.
_LEFT_OUT = ("llama", "feishu_bot")
_start_process = multiprocessing.util.spawnv_passfds


def serve(requests: socket.socket) -> None:
    """Fork for each request until nobody can ask any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for whoever runs the tests
    signal.signal(signal.SIGCHLD, lambda *_: None)
    faulthandler.enable()  # a fork that hangs says where, at a SIGABRT
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.set_wakeup_fd(waker.fileno())
    status_pipes: dict[int, int] = {}
    with selectors.DefaultSelector() as waiting:
        waiting.register(requests, selectors.EVENT_READ)
        waiting.register(woken, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is woken:
                    woken.recv(4096)
                    _report_ended(status_pipes)
                elif not _accept(requests, status_pipes):
                    return


def import_program(more: Sequence[str] = ()) -> None:
    """Import what commands import, and `more`, and read what takes them longest to read."""
    import_all(_PROGRAM, (*_LIBRARIES, *more), _LEFT_OUT)
    load_models()
    gc.collect()
    gc.freeze()  # else the collector of a fork would copy all this memory


def _accept(requests: socket.socket, status_pipes: dict[int, int]) -> bool:
    """Start the command that is asked for; false when nobody can ask any more."""
    head, files, _, _ = socket.recv_fds(requests, LENGTH, 4)
    if not head:
        return False
    missing = int.from_bytes(head, "big")
    data = b""
    while len(data) < missing:
        data += requests.recv(missing - len(data))
    *streams, status_pipe = files
    process = os.fork()
    if not process:
        _become_command(json.loads(data), streams)
    for stream in streams:
        os.close(stream)
    status_pipes[process] = status_pipe
    _write_number(status_pipe, process)
    return True


def _report_ended(status_pipes: dict[int, int]) -> None:
    for process in list(status_pipes):
        ended, status = os.waitpid(process, os.WNOHANG)
        if ended:
            status_pipe = status_pipes.pop(process)
            _write_number(status_pipe, os.waitstatus_to_exitcode(status))
            os.close(status_pipe)


def _write_number(pipe: int, number: int) -> None:
    with suppress(BrokenPipeError):  # whoever asked has given up on it
        os.write(pipe, number.to_bytes(NUMBER, "big", signed=True))


def _become_command(request: Mapping[str, Any], streams: Sequence[int]) -> NoReturn:
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    if request["new_session"]:
        os.setsid()
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.dont_write_bytecode = "PYTHONDONTWRITEBYTECODE" in os.environ
    time.tzset()
    os.umask(request["umask"])
    os.chdir(request["folder"])
    if request["file_bytes"] is not None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (request["file_bytes"],) * 2)
    _run_python(request["arguments"])


def _run_python(arguments: Sequence[str]) -> NoReturn:
    """Do what `python` does with these arguments, and end."""
    from kb import telemetry

    telemetry.switch_off()  # as `import kb` does
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        setattr(sys, name, reopened(stream, stream.encoding, stream.errors))
    kind, program, *rest = arguments
    sys.path[0] = os.getcwd() if kind == "-m" else ""
    sys.argv = [kind, *rest]
    _end(_exit_code(kind, program))


def _exit_code(kind: str, program: str) -> int:
    try:
        if kind == "-m":
            sys.modules.pop(program, None)
            runpy.run_module(program, run_name="__main__", alter_sys=True)
        else:
            exec(program, {"__name__": "__main__", "__builtins__": __builtins__})
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> NoReturn:
    """End as Python does, but for what the parent made: databases are closed, for one."""
    try:
        finish()
    finally:
        os._exit(code)


def _start_python(path: str, arguments: Sequence[str], files: Sequence[int]) -> int:
    """What multiprocessing starts a process with: a fork of this one where that is safe."""
    if not _can_fork():
        return _start_process(path, arguments, files)
    process = os.fork()
    if process:
        return process
    gc.freeze()  # what is of the parent, such as its databases, is not to be closed here
    kept = sorted({0, 1, 2, *map(int, files)})
    for before, after in zip(kept, [*kept[1:], os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(before + 1, after)
    _run_python(arguments[arguments.index("-c") :])


def _can_fork() -> bool:
    """Whether no engine is, or was, at work in this process.

    Its threads might hold locks, which a fork keeps for ever; its sockets and event queues, which
    outlive the threads, are of no use to a fork.
    """
    try:
        threads = os.listdir("/proc/self/task")
        files = [os.readlink(entry) for entry in glob("/proc/self/fd/*") if os.path.islink(entry)]
    except OSError:
        return False
    return len(threads) == 1 and not any(re.match("socket:|anon_inode:", file) for file in files)


@contextmanager
def _no_fork_server(_: object) -> Iterator[None]:
    """What `kb serve` starts beside itself, which would import the program anew: in a fork, nothing.

    Its own tests run `kb serve` in a process of its own.
    """
    yield


if __name__ == "__main__":
    import_program(sys.argv[2:])
    cli.forkserver.process.fork_server = _no_fork_server
    multiprocessing.util.spawnv_passfds = _start_python
    serve(socket.socket(fileno=int(sys.argv[1])))
