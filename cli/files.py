"""Files that commands write for people: whole, or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from kb.errors import KbError


@contextmanager
def replacing(path: Path) -> Iterator[IO[str]]:
    """A file that takes the place of `path` once it is written to the end. Raises KbError.

    What is no file, such as a pipe or a terminal, is written to as it is.
    """
    plain = path.is_file() or not path.exists()
    target = path.resolve() if plain else path  # a link stays one
    draft = target.with_name(f".{target.name}.{os.getpid()}.part") if plain else target
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as stream:
            yield stream
            stream.flush()
            if plain:
                os.fsync(stream.fileno())
        if plain:
            draft.replace(target)
    except OSError as error:
        raise KbError(f"can't write {path}: {error.strerror}", "choose another file, or make room") from error
    finally:
        if plain:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
