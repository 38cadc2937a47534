"""Files that commands write for people: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from kb.errors import KbError
from kb.home import create_file


def _opened(path: Path, *, new: bool) -> IO[str]:
    if not new:
        return path.open("w", encoding="utf-8", newline="\n")
    path.unlink(missing_ok=True)  # of a process of the same number that was killed
    return create_file(path)


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file, readable by the user alone, that takes the place of `path` once it is written to the
    end. Raises KbError.

    What is no file, such as a pipe or a terminal, is written to as it is.
    """
    plain = path.is_file() or not path.exists()
    target = path.resolve() if plain else path  # a link stays one
    draft = target.with_name(f".{target.name}.{os.getpid()}.part") if plain else target
    try:
        with _opened(draft, new=plain) as stream:
            yield stream
            stream.flush()
            if plain:
                os.fsync(stream.fileno())
        if plain:
            draft.replace(target)
    except OSError as error:
        raise KbError(
            f"can't write {path}: {error.strerror}", "choose another file, or make room"
        ) from error
    finally:
        if plain:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
