"""What a walk passes over: `.kbignore` files, in gitignore's syntax, and what nobody means to
ingest.
"""

from __future__ import annotations

import os
from pathlib import Path

from pathspec import GitIgnoreSpec

from kb.errors import KbError

NAME = ".kbignore"
_DEFAULT_LINES = """
CVS/
_darcs/
SCCS/
node_modules/
bower_components/
__pycache__/
__MACOSX/
$RECYCLE.BIN/
Thumbs.db
desktop.ini
~$*
*~
*.swp
""".split()
DEFAULTS = GitIgnoreSpec.from_lines(_DEFAULT_LINES)


class Ignored:
    """Tells which paths below a root are passed over; reads each folder's `.kbignore` once.

    As git does it: the file nearest to a path decides, its last matching line first, and nothing
    below an ignored folder comes back. Hidden files and folders are always passed over.
    """

    def __init__(self, root: Path, *, follow_links: bool = False) -> None:
        self._root = root
        self._follow_links = follow_links
        self._specs: dict[Path, tuple[GitIgnoreSpec, GitIgnoreSpec] | None] = {}

    def __call__(self, path: Path, is_folder: bool) -> bool:
        """Whether `path`, whose folders are not ignored, is."""
        if path.name.startswith("."):
            return True
        verdict = self._verdict(path, is_folder)
        return DEFAULTS.match_file(path.name + "/" * is_folder) if verdict is None else verdict

    def by_file(self, path: Path) -> bool:
        """Whether some `.kbignore` ignores `path`, below the root, or any folder on the way to it."""
        whole = self._root
        parts = path.relative_to(self._root).parts
        for number, part in enumerate(parts, start=1):
            whole = whole / part
            if self._verdict(whole, number < len(parts)):
                return True
        return False

    def _verdict(self, path: Path, is_folder: bool) -> bool | None:
        folder = path.parent
        while True:
            specs = self._specs_of(folder)
            if specs:
                verdict = specs[is_folder].check_file(path.relative_to(folder).as_posix()).include
                if verdict is not None:
                    return verdict
            if folder in (self._root, folder.parent):
                return None
            folder = folder.parent

    def _specs_of(self, folder: Path) -> tuple[GitIgnoreSpec, GitIgnoreSpec] | None:
        """The folder's own rules: for files, and for folders."""
        if folder not in self._specs:
            path = folder / NAME
            self._check_link(path)
            try:
                lines = path.read_text("utf-8-sig").splitlines()
                # `*/` names folders only; without its slash it is asked about folders only. What
                # pathspec makes of the slash itself is that the rule covers all that is in them,
                # too.
                of_folders = [line.rstrip().rstrip("/") for line in lines]
                self._specs[folder] = (
                    GitIgnoreSpec.from_lines(lines),
                    GitIgnoreSpec.from_lines(of_folders),
                )
            except (FileNotFoundError, NotADirectoryError):
                self._specs[folder] = None
            except (OSError, ValueError) as error:  # what it keeps out must not slip in
                raise KbError(
                    f"{path} can't be read: {error}", "mend it, or take it away"
                ) from error
        return self._specs[folder]

    def _check_link(self, path: Path) -> None:
        """Raise KbError for rules that a link brings from outside the root: whoever made it may not
        own them.
        """
        if self._follow_links or not path.is_symlink():
            return
        if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(self._root)):
            raise KbError(
                f"{path} is a link that leads out of the folder",
                "make it a file, or use --follow-links",
            )
