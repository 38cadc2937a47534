"""Reviewers' claims on exchanges: the name of a process, by which others know whether it still
runs.
"""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from pathlib import Path

from kb.journal.ids import new_name

_UNKNOWN = "-"


def new_claimant() -> str:
    """A name for a claimant in this process: `s_... HOST PID BORN`."""
    return f"{new_name('s')} {_host()} {os.getpid()} {_born(os.getpid())}"


def is_gone(claimant: str) -> bool:
    """Whether it was a process of this host that lives no longer. Of other hosts' nothing is known."""
    match claimant.split():
        case [_, host, pid, born] if host == _host() and pid.isdecimal():
            return not _lives(int(pid), born)
    return False


def _lives(pid: int, born: str) -> bool:
    if os.name != "posix":
        return True  # elsewhere os.kill ends what it is to ask for
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        pass  # somebody else's process
    return _born(pid) in (born, _UNKNOWN)


def _born(pid: int) -> str:
    """When a process began, as Linux counts, as numbers are given again; `dead` once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "dead" if fields[0] in "ZX" else fields[19]
    except (OSError, IndexError):
        return _UNKNOWN


def _host() -> str:
    """The host's name, and which numbering of processes: containers may share the name."""
    space = ""
    with suppress(OSError):
        space = os.readlink("/proc/self/ns/pid")
    return "".join((platform.node() + space).split())
