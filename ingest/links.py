"""Links: which of those below a folder are followed, and what they lead to."""

from __future__ import annotations

import os
from pathlib import Path

from ingest.ignore import Ignored

_WAY = "; --follow-links reads it"


class LinkPolicy:
    """Tells which links below a folder are read.

    A link stands for what lies below the folder and is not ignored, since that is what was chosen
    for ingest. Beyond, a link is read only with `follow`: then it brings the file or the folder
    that it names. Within a folder that was linked (see `within`) only that folder was chosen.
    """

    def __init__(self, root: Path, ignored: Ignored, home: Path, *, follow: bool) -> None:
        self._root = root
        self._real_root = Path(os.path.realpath(root))
        self.ignored = ignored
        self._home = Path(os.path.realpath(home))
        self.follow = follow
        self._way = _WAY

    def within(self, link: Path) -> LinkPolicy:
        """The policy for what lies below a link to a folder that is followed: no further link leads
        out of it.
        """
        inner = LinkPolicy(link, self.ignored, self._home, follow=False)
        inner._way = ""
        return inner

    def file_refusal(self, link: str | Path) -> str:
        """Why the link to a file is not read; empty for one that is."""
        target = Path(os.path.realpath(link))
        if target.is_relative_to(self._home):
            return "a link into the knowledge base itself"
        if self.follow:
            return ""
        if not target.is_relative_to(self._real_root):
            return f"a link that leads out of the folder{self._way}"
        return (
            f"a link to an ignored file{self._way}"
            if self._is_ignored(target, is_folder=False)
            else ""
        )

    def folder_refusal(self, link: Path) -> str | None:
        """Why the link to a folder is not walked, None for one that is.

        Empty for a folder that is walked in its own place below the root, or ignored there.
        """
        target = Path(os.path.realpath(link))
        if self._real_root.is_relative_to(target):
            return "" if target == self._real_root else "a link to a folder that this one is in"
        if target.is_relative_to(self._home):
            return "a link into the knowledge base itself"
        if target.is_relative_to(self._real_root):
            return None if self.follow and self._is_ignored(target, is_folder=True) else ""
        return None if self.follow else f"a link to a folder outside{self._way}"

    def _is_ignored(self, target: Path, *, is_folder: bool) -> bool:
        path = self._root
        parts = target.relative_to(self._real_root).parts
        for number, part in enumerate(parts, start=1):
            path = path / part
            if self.ignored(path, is_folder or number < len(parts)):
                return True
        return False


def link_target(path: str | Path) -> str:
    """The file that a link leads to now; empty for a path that is no link."""
    return os.path.realpath(path) if os.path.islink(path) else ""
