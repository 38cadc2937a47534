"""Starts and ends the fork server of a home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def can_fork() -> bool:
    """Whether this system has what a fork server needs: whether it is Linux."""
    return hasattr(os, "O_PATH") and hasattr(os, "sched_setaffinity")


def is_answering(home: Path) -> bool:
    """Whether the home has a fork server that takes calls."""
    if not can_fork():
        return False
    from cli.forkserver.caller import answers

    return answers(str(home))


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
        start_new_session=True,  # a Ctrl-C in our terminal is not for callers in others
    )
    try:
        yield process
    finally:
        if process.stdin:
            process.stdin.close()
        process.wait()
