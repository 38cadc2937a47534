"""The files of an index folder: how they must look, and whether they still do.

An engine that reads a torn file may crash the process, answer with half of what it held, or write without end. So
files are looked at before an engine opens them.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

Look = dict[str, dict[str, Any]]


def look_at(folder: Path, changing: Collection[str]) -> Look:
    """Size, mtime and content hash of each file in `folder` but hidden ones, by relative name.

    Of files named in `changing`, which reading touches too, only the size: it may grow but never shrink.
    """
    found: Look = {}
    for path in _files(folder):
        size, mtime = _size_and_mtime(path)
        name = path.relative_to(folder).as_posix()
        found[name] = {"size": size} if path.name in changing else {"size": size, "mtime": mtime, "hash": _hash(path)}
    return found


def differences(folder: Path, expected: Mapping[str, Mapping[str, Any]]) -> str:
    """What about the files is not as expected; empty when all is well. Reads a file only when its mtime changed."""
    for name, look in expected.items():
        path = folder / name
        try:
            size, mtime = _size_and_mtime(path)
        except OSError:
            return f"{name} is gone"
        if "hash" not in look:
            if size < look["size"]:
                return f"{name} was cut short"
        elif size != look["size"] or (mtime != look["mtime"] and _hash(path) != look["hash"]):
            return f"{name} is not what was written"
    return "" if folder.is_dir() else "its folder is gone"


def copy_folder(source: Path, target: Path) -> None:
    """Copy a folder but its hidden files, which hold locks and notes of the engine that wrote it."""
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.lock"))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))


def _size_and_mtime(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def _hash(path: Path) -> str:
    digest = blake2b(digest_size=16)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()
