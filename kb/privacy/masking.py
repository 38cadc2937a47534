"""What a home masks: the kinds of its settings, the names of its list, and its key."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from kb.errors import KbError
from kb.home import create_file
from kb.privacy.recognisers import ALL, KINDS
from kb.privacy.redactor import Masking
from kb.secrets import is_harmless

KEY_FILE = "privacy.key"
NAMES_FILE = "names.txt"
_KEY_BYTES = 32


def masking(home: Path, *settings: str) -> Masking:
    """What a home masks by these settings, each a list of kinds. Raises KbError for a kind that
    there is not, and where key or names can't be read.

    The first time, this makes the home's key. Where nothing can be written, and so no pseudonym be
    kept, one is made up.
    """
    kinds = frozenset(_kinds(",".join(settings)))
    if not kinds:
        return Masking()
    names = _names(home) if "name" in kinds else ()
    return Masking(kinds, _key(home / KEY_FILE) or _new_key(home), names)


def shown_masking(home: Path, kinds: str) -> Masking:
    """What is masked in what is only shown, by a list of kinds: nothing is stored, so no key is
    made. Raises KbError.
    """
    wanted = frozenset(_kinds(kinds))
    return Masking(wanted, bytes(_KEY_BYTES), _names(home) if "name" in wanted else ())


def _key(path: Path) -> bytes:
    """The key in a file; none where there is no such file."""
    try:
        key = bytes.fromhex(path.read_text("ascii"))
    except FileNotFoundError:
        return b""
    except (OSError, ValueError) as error:
        raise KbError(f"{path} can't be read", "restore it from a backup") from error
    if len(key) != _KEY_BYTES:
        raise KbError(f"{path} is damaged", "restore it from a backup")
    return key


def _new_key(home: Path) -> bytes:
    """A key, kept in the home if that can be: that of another command where one was quicker."""
    key = secrets.token_bytes(_KEY_BYTES)
    path, draft = home / KEY_FILE, home / f".{KEY_FILE}.{os.getpid()}"
    try:
        draft.unlink(missing_ok=True)
        with create_file(draft) as stream:
            stream.write(key.hex())
            stream.flush()
            os.fsync(stream.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
        return _key(path)
    except OSError:
        return key
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


def _names(home: Path) -> tuple[tuple[str, ...], ...]:
    """The names of the list: a line for a person, with commas between several names of one."""
    path = home / NAMES_FILE
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise KbError(
            f"{path} can't be read", "it holds names in UTF-8, a line for each"
        ) from error
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    people = (tuple(_parts(line.replace("，", ","))) for line in lines)
    return tuple(names for names in people if names)


def _kinds(listed: str) -> Iterable[str]:
    for kind in _parts(listed):
        if kind == ALL:
            yield from KINDS
        elif kind in KINDS:
            yield kind
        else:
            shown = repr(kind) if is_harmless(kind) else "that of the settings"
            raise KbError(
                f"no kind of personal data is called {shown}", f"one of: {ALL}, {', '.join(KINDS)}"
            )


def _parts(listed: str) -> Iterable[str]:
    return (part.strip() for part in listed.split(",") if part.strip())
