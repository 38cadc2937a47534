"""Generations: folders of index files that kb names, marks, and holds against what it wrote.

Beside them may be what is nobody's to delete: `indexes` may be a link to a folder of other things,
or somebody may have put a copy there. Only what kb named and marked for this home is removed.

An engine that reads a torn file may crash the process, answer with half of what it held, or write
without end. So files are looked at before an engine opens them.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from contextlib import suppress
from hashlib import blake2b, file_digest
from pathlib import Path
from secrets import token_hex
from stat import S_ISREG
from typing import Any

from kb.errors import DiskFull, KbError, is_disk_full
from kb.projections import Projection

MARK = ".kb-generation"
_OWNER = "indexes.owner"  # in the home: the name under which it marks folders, also once it moved
_NAME = re.compile(r"(lexical|dense)-[0-9a-f]{8}")
_ENGINES = ("chroma.sqlite3", "meta.json")  # what an older kb, which made no marks, left in each
Look = dict[str, dict[str, Any]]
_SMALL = 2_000_000  # bytes: such a file is hashed at every opening, a hundredth of a second for all
_KEPT = ".managed.json"  # hidden, and tantivy's own list of the files that it may remove
_PENDING = ("-journal", "-wal")  # SQLite applies what stands in these to the file beside them


def open_projection(name: str, folder: Path) -> Projection:
    """The projection called `name`, opened or created in `folder`."""
    if name == "dense":
        from kb.projections.dense import Dense

        return Dense(folder)
    from kb.projections.lexical import Lexical

    return Lexical(folder)


def new_name(projection: str) -> str:
    """A name for a generation that no other has."""
    return f"{projection}-{token_hex(4)}"


def is_name(name: str) -> bool:
    """Whether kb gives such a name to a generation."""
    return bool(_NAME.fullmatch(name))


def begin(folder: Path, home: Path) -> None:
    """Make the folder of a generation and mark it as this home's. Raises KbError."""
    try:
        owner = _owner(home) or _new_owner(home)
        folder.mkdir(parents=True)
        (folder / MARK).write_text(_mark(owner), encoding="utf-8")
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull() from error
        raise KbError(
            f"can't write the index at {folder}: {error.strerror}",
            "check the permissions of the folder, or use a copy of the knowledge base",
        ) from error


def remove(folder: Path, home: Path) -> None:
    """Remove the folder if it is a generation of this home. No link is followed, and none removed.

    The mark goes last, so that what a killed process left is still known as ours.
    """
    if not _is_ours(folder, home):
        return
    with suppress(OSError):
        for path in folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            elif path.name != MARK:
                path.unlink(missing_ok=True)
        (folder / MARK).unlink(missing_ok=True)
        folder.rmdir()


def _is_ours(folder: Path, home: Path) -> bool:
    if not is_name(folder.name) or folder.is_symlink() or not folder.is_dir():
        return False
    try:
        owner = _owner(home)
        return bool(owner) and (folder / MARK).read_text(encoding="utf-8") == _mark(owner)
    except FileNotFoundError:
        # Of an older kb, or of one that was killed before it could mark what it had made.
        empty = not any(folder.iterdir())
        has_engine = any((folder / name).is_file() for name in _ENGINES)
        return not folder.parent.is_symlink() and (has_engine or empty)
    except (OSError, UnicodeDecodeError):
        return False


def _mark(owner: str) -> str:
    return f"An index of the kb knowledge base {owner}, which removes it when a newer one serves.\n"


def _owner(home: Path) -> str:
    try:
        return (home / _OWNER).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _new_owner(home: Path) -> str:
    owner, path = token_hex(16), home / _OWNER
    path.unlink(missing_ok=True)  # empty, or a link, which would be written through
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(f"{owner}\n")
    return owner


def look_at(folder: Path) -> Look:
    """Size, times and content hash of each file in `folder` but hidden ones, by relative name."""
    look: Look = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            status = path.stat()
            times = {"mtime": status.st_mtime_ns, "ctime": status.st_ctime_ns}
            name = path.relative_to(folder).as_posix()
            look[name] = {"size": status.st_size, **times, "sha256": _hash(path, "sha256")}
    return look


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
