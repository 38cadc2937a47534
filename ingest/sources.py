"""Sources: the files below the paths given, and what the catalog already knows of them."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.archives import archive_of
from ingest.ignore import Ignored
from ingest.metadata import SIDECAR
from kb.errors import KbError
from kb.types import Skip

_SETTLED_NS = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file to ingest. `root` is the folder whose relative paths name its files; `sidecar` is its size and mtime.

    A connector's item has its text in `data` and its metadata in `meta`, and a digest of both for `mtime_ns`.
    """

    path: str
    root: str
    size: int
    mtime_ns: int
    sidecar: str = ""
    data: bytes | None = None
    meta: Mapping[str, Any] = field(default_factory=dict)


def check_paths(paths: Sequence[Path]) -> None:
    """Raise KbError for a path that isn't there: a typing error must not look like an emptied folder."""
    for path in paths:
        if not path.exists():
            raise KbError(
                f"no such file or folder: {path}", "to take out what was ingested from it: kb sources remove SOURCE"
            )


def walk(paths: Sequence[Path], leave_out: Path) -> Iterator[Source | Skip]:
    """The files of `paths` in a fixed order, each once; a Skip for what can't be looked at.

    What is ignored below a path given (see `Ignored`), and the folder `leave_out`, are passed over.
    """
    seen: set[str] = set()
    for path in paths:
        whole = Path(os.path.abspath(path))
        folder = whole.is_dir()
        found = _below(whole, whole, leave_out, Ignored(whole)) if folder else [_look(whole, whole.parent)]
        for item in found:
            if isinstance(item, Skip) or item.path not in seen:
                if isinstance(item, Source):
                    seen.add(item.path)
                yield item


def _below(folder: Path, root: Path, leave_out: Path, ignored: Ignored) -> Iterator[Source | Skip]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        yield Skip(_relative(folder, root), f"can't be opened: {error.strerror}")
        return
    for name in names:
        path = folder / name
        if not _is_utf8(name):
            yield Skip(_relative(path, root), "its name is not valid UTF-8")
            continue
        is_folder = os.path.isdir(path)
        if name.endswith(SIDECAR) or path == leave_out or ignored(path, is_folder):
            continue
        if is_folder:
            if not path.is_symlink():  # a link may lead in circles, and what it leads to has a place of its own
                yield from _below(path, root, leave_out, ignored)
        else:
            yield _look(path, root)


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _look(path: Path, root: Path) -> Source | Skip:
    try:
        found = path.stat()
    except OSError as error:
        reason = "a link to nothing" if os.path.islink(path) else f"can't be opened: {error.strerror}"
        return Skip(_relative(path, root), reason)
    if not stat.S_ISREG(found.st_mode):
        return Skip(_relative(path, root), "not a regular file")
    return Source(str(path), str(root), found.st_size, found.st_mtime_ns, _sidecar(path))


def _sidecar(path: Path) -> str:
    try:
        found = os.stat(f"{path}{SIDECAR}")
    except OSError:
        return ""
    if time.time_ns() - found.st_mtime_ns < _SETTLED_NS:
        return f"changed just now, seen at {time.time_ns()}"  # its next change might leave size and mtime as they are
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


def vanished(known: Sequence[str], roots: Sequence[Path]) -> list[str]:
    """Those of the known paths below the given folders whose file is no longer there, or is ignored now.

    A file within an archive is there as long as its archive is.
    """
    folders = [Path(os.path.abspath(root)) for root in roots if root.is_dir()]
    ignored = {f"{folder}{os.sep}": Ignored(folder) for folder in folders}
    return [path for path in known if (below := _those_above(path, ignored)) and _is_out(path, below)]


def _those_above(path: str, ignored: Mapping[str, Ignored]) -> list[Ignored]:
    return [each for folder, each in ignored.items() if path.startswith(folder)]


def _is_out(path: str, ignored: Sequence[Ignored]) -> bool:
    archive = archive_of(path)
    if archive is not None and os.path.isfile(archive):
        path = archive
    return _is_gone(path) or all(each.by_file(Path(path)) for each in ignored)


def _is_gone(path: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return not os.path.islink(path)
    except OSError:
        return False  # can't be told: never lose what may still be there
