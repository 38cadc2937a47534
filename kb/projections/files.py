"""The files of an index folder: how they must look, and whether they still do.

An engine that reads a torn file may crash the process, answer with half of what it held, or write
without end. So files are looked at before an engine opens them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from hashlib import blake2b, file_digest
from pathlib import Path
from stat import S_ISREG
from typing import Any

Look = dict[str, dict[str, Any]]

_SMALL = 2_000_000  # bytes: such a file is hashed at every opening, a hundredth of a second for all
_KEPT = ".managed.json"  # hidden, and tantivy's own list of the files that it may remove
_PENDING = ("-journal", "-wal")  # SQLite applies what stands in these to the file beside them


def look_at(folder: Path) -> Look:
    """Size, times and content hash of each file in `folder` but hidden ones, by relative name."""
    found: Look = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            status = path.stat()
            times = {"mtime": status.st_mtime_ns, "ctime": status.st_ctime_ns}
            name = path.relative_to(folder).as_posix()
            found[name] = {"size": status.st_size, **times, "sha256": _hash(path, "sha256")}
    return found


def differences(
    folder: Path, expected: Mapping[str, Mapping[str, Any]], *, thorough: bool = False
) -> str:
    """What about the files is not as expected; empty when all is well.

    Small files are always read. A large one is only read when its times have changed (nobody can
    set its ctime back), or when the look is `thorough`. A link is never what kb wrote.
    """
    if folder.is_symlink():
        return "its folder is a link"
    for name, look in expected.items():
        path = folder / name
        try:
            status = path.lstat()
            if not S_ISREG(status.st_mode) or (path.parent != folder and path.parent.is_symlink()):
                return f"{name} is a link, or no file"
            if "mtime" not in look:  # an older kb's, of a file that its readers wrote to
                if status.st_size < look["size"]:
                    return f"{name} was cut short"
            elif _is_altered(path, status, look, thorough) or _has_pending(path):
                return f"{name} is not what was written"
        except OSError as error:
            return f"{name} is gone" if isinstance(error, FileNotFoundError) else f"{error}"
    return "" if folder.is_dir() else "its folder is gone"


def copy_files(source: Path, target: Path, names: Iterable[str]) -> None:
    """Copy these files of a generation, and no other that somebody may have put beside them."""
    for name in (*names, _KEPT):
        if (source / name).is_file():
            (target / name).parent.mkdir(exist_ok=True)
            shutil.copy2(source / name, target / name)


def stand_in(source: Path, target: Path, names: Iterable[str]) -> None:
    """Make `target` a folder in which an engine may write, that reads the files of `source`.

    Databases are copied, since SQLite writes beside them; all else is linked where links can be.
    """
    for name in (*names, _KEPT):
        origin, place = (source / name).absolute(), target / name
        if not origin.is_file():
            continue
        place.parent.mkdir(exist_ok=True)
        if name.endswith(".sqlite3"):
            shutil.copyfile(origin, place)
            continue
        try:
            place.symlink_to(origin)
        except OSError:  # Windows lets not everybody make links
            shutil.copyfile(origin, place)


def _is_altered(
    path: Path, status: os.stat_result, look: Mapping[str, Any], thorough: bool
) -> bool:
    if status.st_size != look["size"]:
        return True
    ctime = look.get("ctime", status.st_ctime_ns)
    same_times = (status.st_mtime_ns, status.st_ctime_ns) == (look["mtime"], ctime)
    if same_times and status.st_size > _SMALL and not thorough:
        return False
    kind = "sha256" if "sha256" in look else "hash"
    return _hash(path, kind) != look.get(kind)


def _has_pending(path: Path) -> bool:
    """Whether something is to be applied to a database: nothing was when kb closed it."""
    if path.suffix != ".sqlite3":
        return False
    beside = (path.with_name(path.name + ending) for ending in _PENDING)
    return any(side.is_symlink() or (side.exists() and side.stat().st_size) for side in beside)


def _hash(path: Path, kind: str) -> str:
    """The hash of a file: SHA-256, or what an older kb noted as `hash`."""
    with path.open("rb") as stream:
        if kind == "sha256":
            return file_digest(stream, "sha256").hexdigest()
        return file_digest(stream, lambda: blake2b(digest_size=16)).hexdigest()
