"""Sources: the files below the paths given, and what the catalog already knows of them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ingest.archives import archive_of
from ingest.ignore import Ignored
from ingest.links import LinkPolicy, link_target
from ingest.metadata import SIDECAR
from kb.errors import KbError, shell_word
from kb.missing_sources import is_gone
from kb.types import Skip

_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file to ingest. `root` is the folder whose relative paths name its files; `sidecar` is its
    size and mtime.

    Where the file or its sidecar is a link, `target` and `sidecar_target` are what is read in its
    place: no link that is put there later. `linked` tells of what only links lead to that were
    followed on purpose. A connector's item has its text in `data` and its metadata in `meta`, and a
    digest of both for `mtime_ns`.
    """

    path: str
    root: str
    size: int
    mtime_ns: int
    sidecar: str = ""
    target: str = ""
    sidecar_target: str = ""
    linked: bool = False
    data: bytes | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """Where its bytes are: at its path, or where that leads as a link."""
        return self.target or self.path


def check_paths(paths: Sequence[Path]) -> None:
    """Raise KbError for a path that isn't there: a typing error must not look like an emptied
    folder.
    """
    for path in paths:
        if not path.exists():
            raise KbError(
                f"no such file or folder: {path}",
                f"to take out what was ingested from it: kb sources remove {shell_word(str(path))}",
            )


def walk(
    paths: Sequence[Path], home: Path, *, follow_links: bool = False
) -> Iterator[Source | Skip]:
    """The files of `paths` in a fixed order, each once; a Skip for what can't be looked at.

    What is ignored below a path given (see `Ignored`), and the folder `home`, are passed over.
    Links below it are read as `LinkPolicy` says; a path given may itself be a link.
    """
    seen: set[str] = set()
    for path in paths:
        for item in _given(Path(os.path.abspath(path)), home, follow_links):
            if isinstance(item, Skip) or item.path not in seen:
                if isinstance(item, Source):
                    seen.add(item.path)
                yield item


def _given(path: Path, home: Path, follow_links: bool) -> Iterator[Source | Skip]:
    """The files of one path: those below a folder, or the file itself."""
    root = path if path.is_dir() else path.parent
    ignored = Ignored(root, follow_links=follow_links)
    links = LinkPolicy(root, ignored, home, follow=follow_links)
    if path.is_dir():
        yield from _Walk(root, home, ignored).below(root, links)
    else:
        yield _look(path, root, links)


@dataclass(frozen=True, slots=True)
class _Walk:
    """A walk below a folder."""

    root: Path
    home: Path
    ignored: Ignored

    def below(
        self, folder: Path, links: LinkPolicy, linked: bool = False
    ) -> Iterator[Source | Skip]:
        """The files below a folder; `linked` when a link led to it."""
        try:
            names = sorted(os.listdir(folder))
        except OSError as error:
            yield Skip(_relative(folder, self.root), f"can't be opened: {error.strerror}")
            return
        for name in names:
            path = folder / name
            if not _is_utf8(name):
                yield Skip(_relative(path, self.root), "its name is not valid UTF-8")
                continue
            is_folder = os.path.isdir(path)
            if name.endswith(SIDECAR) or path == self.home or self.ignored(path, is_folder):
                continue
            if is_folder:
                yield from self._folder(path, links, linked)
            else:
                yield self._file(path, links, linked)

    def _folder(self, folder: Path, links: LinkPolicy, linked: bool) -> Iterator[Source | Skip]:
        if not folder.is_symlink():
            yield from self.below(folder, links, linked)
        elif (refusal := links.folder_refusal(folder)) is None:
            yield from self.below(folder, links.within(folder), linked=True)
        elif refusal:
            yield Skip(_relative(folder, self.root), refusal)

    def _file(self, path: Path, links: LinkPolicy, linked: bool) -> Source | Skip:
        refusal = links.file_refusal(path) if path.is_symlink() and path.is_file() else ""
        if refusal:
            return Skip(_relative(path, self.root), refusal)
        found = _look(path, self.root, links)
        return replace(found, linked=linked) if linked and isinstance(found, Source) else found


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _look(path: Path, root: Path, links: LinkPolicy) -> Source | Skip:
    beside = f"{path}{SIDECAR}"
    try:
        found = path.stat()
    except OSError as error:
        reason = (
            "a link to nothing" if os.path.islink(path) else f"can't be opened: {error.strerror}"
        )
        return Skip(_relative(path, root), reason)
    if not stat.S_ISREG(found.st_mode):
        return Skip(_relative(path, root), "not a regular file")
    if os.path.islink(beside) and (refusal := links.file_refusal(beside)):
        return Skip(_relative(path, root), f"its {SIDECAR} is {refusal}")
    return Source(
        str(path),
        str(root),
        found.st_size,
        found.st_mtime_ns,
        _sidecar(beside),
        target=link_target(path),
        sidecar_target=link_target(beside),
    )


def _sidecar(beside: str) -> str:
    try:
        found = os.stat(beside)
    except OSError:
        return ""
    if time.time_ns() - found.st_mtime_ns < _SETTLED_NS:
        # its next change might leave size and mtime as they are
        return f"changed just now, seen at {time.time_ns()}"
    return f"{found.st_size}:{found.st_mtime_ns}"


def _relative(path: Path, root: Path) -> str:
    name = path.relative_to(root).as_posix() if path != root else path.name
    return name.encode("utf-8", "replace").decode()


def short_name(source: Source) -> str:
    """The path of a source below its root."""
    return Path(source.path).relative_to(source.root).as_posix()


def source_name(source: Source, owners: Mapping[str, str]) -> str:
    """The name of a source: its short one, with as many folders above as make it the only one."""
    name = short_name(source)
    above = Path(source.root)
    while owners.get(name, source.path) != source.path and above.name:
        name = f"{above.name}/{name}"
        above = above.parent
    return name


def vanished(
    known: Sequence[str],
    roots: Sequence[Path],
    home: Path,
    *,
    follow_links: bool = False,
    linked: Collection[str] = (),
) -> list[str]:
    """Those of the known paths below the given folders whose file is no longer there, or not to be
    read any more.

    That is one that is ignored now, a link that is refused, and without `follow_links` what was
    `linked`: read through links that were followed then. A file within an archive is there as long
    as its archive is.
    """
    folders = [Path(os.path.abspath(root)) for root in roots if root.is_dir()]
    rules: dict[str, LinkPolicy] = {}
    for folder in folders:
        ignored = Ignored(folder, follow_links=follow_links)
        rules[f"{folder}{os.sep}"] = LinkPolicy(folder, ignored, home, follow=follow_links)
    left = set(linked) if not follow_links else set()
    return [
        path
        for path in known
        if (below := _those_above(path, rules)) and (path in left or _is_out(path, below))
    ]


def _those_above(path: str, rules: Mapping[str, LinkPolicy]) -> list[LinkPolicy]:
    return [policy for folder, policy in rules.items() if path.startswith(folder)]


def _is_out(path: str, rules: Sequence[LinkPolicy]) -> bool:
    archive = archive_of(path)
    if archive is not None and os.path.isfile(archive):
        path = archive
    if is_gone(path) or all(policy.ignored.by_file(Path(path)) for policy in rules):
        return True
    return (
        os.path.islink(path)
        and os.path.isfile(path)
        and all(policy.file_refusal(path) for policy in rules)
    )
