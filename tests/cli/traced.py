"""What a command asks of the operating system, by strace: sockets, look-ups of names, files
written.

Python's audit hooks don't see what compiled libraries do; system calls can't be hidden. Linux only.
"""

from __future__ import annotations

import codecs
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

_WRITING = "open,openat,creat,mkdir,mkdirat,mknod,mknodat,rename,renameat,renameat2,link,linkat,symlink,symlinkat"
_CALL = re.compile(
    r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>\d+)(?:<(?P<path>.*)>)?(?:\(deleted\))?$"
)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_FOLDER = re.compile(r"(?:AT_FDCWD|\d+)<([^>]*)>")
_FOR_WRITING = re.compile("O_WRONLY|O_RDWR|O_CREAT")
# What the C library reads to find the address of a name, and whom it may ask instead.
_LOOK_UPS = ("/etc/resolv.conf", "/etc/hosts", "/run/systemd/resolve/")
_ADDRESSES = ("AF_INET", "AF_NETLINK")
# /dev/shm/sem.* are named semaphores: joblib, which sentence-transformers imports, tries whether there are any.
_NO_FILES = re.compile(r"/proc/|/dev/(?!shm/(?!sem\.))")


def _refusal() -> str:
    """Why system calls can't be watched here; empty where they can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    tried = subprocess.run(
        ["strace", "-f", "--seccomp-bpf", "-qq", "-o", os.devnull, "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return " ".join(tried.stderr.split()) if tried.returncode else ""


_REFUSAL = _refusal()
needs_strace = pytest.mark.skipif(
    bool(_REFUSAL), reason=f"system calls can't be watched here: {_REFUSAL}"
)


@dataclass
class Calls:
    """What the processes of one command asked of the system."""

    network: list[str] = field(
        default_factory=list
    )  # sockets but those of this machine, look-ups of names
    written: set[Path] = field(
        default_factory=set
    )  # files and folders opened for writing, made or renamed
    threads: int = 0  # how many were seen, those of all processes together

    def outside(self, *places: Path) -> set[Path]:
        """What was written in none of the places, nor is a folder that holds one."""
        return {
            path
            for path in self.written
            if not any(
                path == place or place in path.parents or path in place.parents for place in places
            )
        }


class Watch:
    """Runs commands under strace, whose own files go into the empty folder `logs`, one for each
    thread.
    """

    def __init__(self, logs: Path, cwd: Path) -> None:
        self._logs = logs
        self._cwd = cwd

    def argv(self, *command: str | Path) -> list[str]:
        """How to run the command so that it is watched."""
        traced = f"trace=%network,{_WRITING}"
        own = [
            "strace",
            "-ff",
            "--seccomp-bpf",
            "-qq",
            "-y",
            "-s",
            "4096",
            "-e",
            traced,
            "-o",
            str(self._logs / "log"),
        ]
        return [*own, *map(str, command)]

    def calls(self) -> Calls:
        """What was asked by all commands since this was called last."""
        calls = Calls()
        for log in self._logs.iterdir():
            calls.threads += 1
            for line in log.read_text("utf-8", "replace").splitlines():
                if _is_network(line):
                    calls.network.append(line)
                elif path := _written(line, self._cwd):
                    calls.written.add(path)
            log.unlink()
        return calls


def _is_network(line: str) -> bool:
    name, _, arguments = line.partition("(")
    if name == "socket":
        return not arguments.startswith("AF_UNIX")
    # Failed or not, and also where the process ended before the system answered.
    return any(place in line for place in _LOOK_UPS) or (
        name in ("connect", "sendto", "sendmsg", "sendmmsg")
        and any(family in arguments for family in _ADDRESSES)
    )


def _written(line: str, cwd: Path) -> Path | None:
    """The file or folder that a call made, or opened for writing."""
    call = _CALL.match(line)
    if not call:  # it failed
        return None
    name, arguments = call["name"], call["arguments"]
    if name in ("open", "openat", "creat"):
        path = (
            _path(call["path"] or "", cwd)
            if name == "creat" or _FOR_WRITING.search(arguments)
            else None
        )
    elif name.startswith(("mkdir", "mknod", "rename", "link", "symlink")):
        folders = _FOLDER.findall(arguments)
        path = _path(_QUOTED.findall(arguments)[-1], Path(folders[-1]) if folders else cwd)
    else:
        return None
    return None if _NO_FILES.match(str(path)) else path


def _path(quoted: str, folder: Path) -> Path:
    """The path that strace writes with escapes for whatever is not ASCII."""
    return Path(
        os.path.normpath(
            folder / codecs.escape_decode(quoted.encode())[0].decode("utf-8", "surrogateescape")
        )
    )
