"""Where the knowledge base of a call is. Imports next to nothing: a command that a running server
answers needs no more of `kb` than this.
"""

from __future__ import annotations

import os
from collections.abc import Iterator


def locate(option: str | None = None, start: str | None = None) -> tuple[str, bool]:
    """The folder that is meant, as it was written, and whether it was found: `option` (`--home`)
    or KB_HOME, else the nearest `.kb` in or above `start` (else the working directory), else the
    user's data folder.
    """
    named = option or os.environ.get("KB_HOME")
    if named:
        return named, False
    for folder in _upwards(os.path.abspath(start or os.getcwd())):
        if os.path.isdir(found := os.path.join(folder, ".kb")):
            return found, True
    from platformdirs import user_data_dir

    return user_data_dir("kb", appauthor=False), False


def _upwards(folder: str) -> Iterator[str]:
    while True:
        yield folder
        above = os.path.dirname(folder)
        if above == folder:
            return
        folder = above
