"""What a caller and a fork say to each other, and what both must know.

The server says `READY`: what is sent to one that has stopped would keep the caller's pipes open. The
caller sends a request with its three standard streams as open files: its length, and a
dictionary of Python literals (`json` would take the caller a tenth of its time to import). The
answer is `STARTED`, after which the fork alone acts, and then one byte, the exit code. In between
the caller sends `INTERRUPT` for each Ctrl-C; when it hangs up, the fork ends.

Imports little on purpose: the caller takes hardly longer than Python takes to start.
"""

from __future__ import annotations

import os
import socket
import struct
import sys

import cli
from cli.forkserver import SOCKET
from kb import __version__

READY = b"\x00"
STARTED = b"\x01"
INTERRUPT = b"\x02"
LENGTH = 8  # bytes that say how long a request is
_CREDENTIALS = struct.Struct("=iII")  # of a Unix socket's other end: process, user, group
# What Python and the linker read at their start, and a fork can't have otherwise than its parent.
_READ_AT_START = (
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    "PYTHONDEVMODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "PYTHONWARNINGS",
)


def program() -> list[str | None]:
    """What makes this process behave as it does beside its command line: version, place and Python
    of the program, the encoding of file names, and variables that are read at the start.
    """
    return [
        __version__,
        cli.__file__,
        sys.executable,
        sys.getfilesystemencoding(),
        *map(os.environ.get, _READ_AT_START),
    ]


def location(path: str) -> tuple[int, int]:
    """Device and number of a file or folder, which no other one has. Raises OSError."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def is_own_user(connection: socket.socket) -> bool:
    """Whether the process at the other end belongs to the user of this one."""
    raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(raw)
    return bool(user == os.geteuid())


def socket_path(folder: int) -> str:
    """The path of the socket in an open folder: short enough for a socket, however deep that is."""
    return f"/proc/self/fd/{folder}/{SOCKET}"
