"""TOML files of a home, read so that no error repeats what stands in them: it may be a key."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from kb.errors import KbError

_PLACE = re.compile(r"at (line \d+, column \d+|end of document)")


def read_content(path: Path) -> bytes:
    """The bytes of a file; none where there is no such file. Raises KbError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error


def parse(content: bytes, path: Path, hint: str) -> dict[str, Any]:
    """The table in the content of `path`. Raises KbError that says where it is wrong, and `hint`.

    What tomllib says is not repeated: it quotes names and characters of the file.
    """
    try:
        return tomllib.loads(content.decode("utf-8"))
    except RecursionError:
        place = ", it is nested too deeply"
    except ValueError as error:  # TOML, UTF-8, or a number of thousands of digits
        found = _PLACE.search(str(error))
        place = f", see {found[1]}" if found else ""
    raise KbError(f"{path} is not valid TOML{place}", hint)
