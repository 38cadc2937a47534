"""A real `kb serve` for tests, on a free port of loopback: a fork of a process that has imported
kb.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeAlias

import httpx

from tests.fork_client import FORKS, ForkedProcess, fork_client
from tests.patience import PATIENCE

Process: TypeAlias = subprocess.Popen[bytes] | ForkedProcess
_ADDRESS = re.compile(r"^kb: serving .* at (http://\S+)$", re.M)


class Served:
    """A server that runs: `served.get("/health")` and `served.post("/v1/ask", {...})` ask it, with
    its token if it has one; `served.log` is what it has written to stderr.
    """

    def __init__(self, process: Process, log_file: Path, url: str, token: str) -> None:
        self.process = process
        self.url = url
        self.token = token
        self._log_file = log_file
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.client = httpx.Client(base_url=url, headers=headers, timeout=PATIENCE, trust_env=False)

    def get(self, path: str, **given: Any) -> httpx.Response:
        return self.client.get(path, **given)

    def post(self, path: str, body: Any = None, **given: Any) -> httpx.Response:
        return self.client.post(path, json=body, **given)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    @property
    def log(self) -> str:
        return self._log_file.read_text("utf-8", "replace")

    def stop(self) -> int:
        """Stop it as a service manager does; gives its exit code."""
        self.client.close()
        self.process.terminate()
        try:
            return self.process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGABRT)  # writes where each of its threads is
            self.process.wait(timeout=PATIENCE)
            raise AssertionError(f"the server did not stop:\n{self.log}") from None
        finally:
            self.process.kill()


@contextmanager
def serving(
    kb: Any, *flags: str, token: str = "", env: Mapping[str, str] | None = None
) -> Iterator[Served]:
    """`kb serve` over the home of `kb`, until the block ends; `token` goes with each request."""
    log_file = kb.home.parent / f"{kb.home.name}-serve.log"
    with log_file.open("wb") as log:
        process = _start(kb.argv("serve", "--port", "0", *flags), kb.environment(env), log)
    try:
        served = Served(process, log_file, _address(process, log_file), token)
        served.get("/health")  # it listens before it has loaded what it answers with
        yield served
    except BaseException:
        process.kill()
        process.wait()
        raise
    served.stop()


def _start(argv: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> Process:
    """Start a program without input, which writes to `log`."""
    with open(os.devnull, "rb") as nothing:
        if FORKS and fork_client().can_give(environment):
            streams = [nothing.fileno(), log.fileno(), log.fileno()]
            return fork_client().start(argv[1:], environment, streams)
        return subprocess.Popen(argv, stdin=nothing, stdout=log, stderr=log, env=environment)


def _address(process: Process, log_file: Path) -> str:
    """Where a server that starts says that it listens."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        log = log_file.read_text("utf-8", "replace")
        if (told := _ADDRESS.search(log)) and not ended:
            return told[1]
        assert not ended, f"kb serve ended with {process.returncode}: {log[-2000:]}"
        time.sleep(0.02)
    raise AssertionError(f"kb serve does not listen after {PATIENCE} s: {log[-2000:]}")


def events(stream: httpx.Response) -> Iterator[tuple[str, str]]:
    """The events of a stream (SSE), each with its name, `message` where it has none, and its data."""
    name, data = "message", []
    for line in stream.iter_lines():
        if not line and data:
            yield name, "\n".join(data)
            name, data = "message", []
        elif line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            data.append(line.removeprefix("data:").removeprefix(" "))
