"""Generations: folders of index files that kb names and marks, so that it may remove them again.

Beside them may be what is nobody's to delete: `indexes` may be a link to a folder of other things,
or somebody may have put a copy there. Only what kb named and marked for this home is removed.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from kb.errors import DiskFull, KbError, is_disk_full

MARK = ".kb-generation"
_OWNER = "indexes.owner"  # in the home: the name under which it marks folders, also once it moved
_NAME = re.compile(r"(lexical|dense)-[0-9a-f]{8}")
_ENGINES = ("chroma.sqlite3", "meta.json")  # what an older kb, which made no marks, left in each


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
        made = any((folder / name).is_file() for name in _ENGINES)
        return not folder.parent.is_symlink() and (made or empty)
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
