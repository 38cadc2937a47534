"""The id of a knowledge base: random, made once, the same wherever its folder is moved or restored.

What is kept about a knowledge base outside its folder goes by it. The owner's name in the marks of
indexes is another one on purpose: two copies of a home may keep their indexes in one folder, and
must not take each other's for their own.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from secrets import token_hex

from kb.errors import DiskFull, KbError, is_disk_full
from kb.home import create_file

HOME_ID_FILE = "home.id"
_ID = re.compile("[0-9a-f]{32}")


def known_home_id(home: Path) -> str:
    """The id of the knowledge base in that folder; empty where it has none, or a damaged one."""
    try:
        text = (home / HOME_ID_FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
    return text if _ID.fullmatch(text) else ""


def home_id(home: Path) -> str:
    """The id of the knowledge base in that folder, made where it has none. Raises KbError.

    Of two processes that make one at once, both give the one that stays.
    """
    if known := known_home_id(home):
        return known
    path, draft = home / HOME_ID_FILE, home / f".{HOME_ID_FILE}.{token_hex(4)}"
    try:
        with create_file(draft) as stream:
            stream.write(f"{token_hex(16)}\n")
            stream.flush()
            os.fsync(stream.fileno())
        _put_if_absent(draft, path)
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull() from error
        raise KbError(
            f"can't write {path}: {error.strerror}", "check the permissions of the folder"
        ) from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
    return known_home_id(home)


def _put_if_absent(draft: Path, path: Path) -> None:
    """Give the draft its name, unless a sound file has it. Raises OSError."""
    try:
        os.link(draft, path)
    except FileExistsError:
        if not known_home_id(path.parent):  # damaged, or a link to nothing
            draft.replace(path)
    except OSError:  # a file system without hard links
        draft.replace(path)
