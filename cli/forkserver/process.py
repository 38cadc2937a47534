"""Starts and ends the fork server of a home."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fork_server(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A fork server of the home as long as this lasts, and no longer than this process lives.

    It takes calls after the seconds that it needs to import the program. What its forks are doing
    at the end, they still do.
    """
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "cli.forkserver.listener", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,  # a Ctrl-C in our terminal is not for callers in others
    )
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait()
