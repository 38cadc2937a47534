"""Moves: files that are known by a path where they are no longer, and are found at another one."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b, file_digest
from itertools import takewhile
from pathlib import PurePath

from ingest.archives import archive_of, is_archive
from ingest.parsed import open_file
from ingest.sources import Source
from kb.catalog.rows import Fingerprint
from kb.missing_sources import is_gone
from kb.types import Skip


@dataclass(frozen=True, slots=True)
class Moves:
    """What became of files that are gone: `moved` gives their old paths by their new ones, and
    `replaced` are old paths of files that are there under another file name, and are read anew,
    since a document may be called after its file.
    """

    moved: Mapping[str, str] = field(default_factory=dict)
    replaced: Collection[str] = ()

    def applied(self, known: Mapping[str, Fingerprint]) -> dict[str, Fingerprint]:
        """What is known of files, by the path where each is now."""
        new_paths = {old: new for new, old in self.moved.items()}
        return {new_paths.get(path, path): fingerprint for path, fingerprint in known.items()}


def find_moves(known: Mapping[str, Fingerprint], items: Iterable[Source | Skip]) -> Moves:
    """The moves that explain new files among `items`: the same bytes under the same file name are
    a moved source, and so is a file that changed as well, where its folder moved with others.

    Files within an archive move with it. A file that is copied is no move: the old one is there.
    """
    there_before = {*known, *map(archive_of, known)}
    new = [
        item
        for item in items
        if isinstance(item, Source) and item.data is None and item.path not in there_before
    ]
    if not new:
        return Moves()
    lost = _Lost(known)
    pairs = {item.path: old for item in new if (old := lost.take(item))}
    moved = {path: old for path, old in pairs.items() if PurePath(path).name == PurePath(old).name}
    folders = dict(_folders(path, old) for path, old in moved.items())
    for item in new:
        if item.path not in pairs and (old := lost.take_from(folders, item.path)):
            moved[item.path] = old
    replaced = [old for path, old in pairs.items() if path not in moved and old in known]
    return Moves({**moved, **_inside(known, moved)}, replaced)


class _Lost:
    """Known files and archives that are gone, each to be taken once."""

    def __init__(self, known: Mapping[str, Fingerprint]) -> None:
        self._paths: set[str] = set()
        self._sizes: set[int] = set()
        self._by_state: dict[tuple[str, ...], list[str]] = {}
        for path, fingerprint in known.items():
            file = archive_of(path) or path
            if not os.path.isabs(path) or file in self._paths or not is_gone(file):
                continue
            self._paths.add(file)
            self._sizes.add(fingerprint.size)
            content = fingerprint.content if file == path else _time(fingerprint.mtime_ns)
            for state in ((content,), (content, PurePath(file).name)):
                self._by_state.setdefault(state, []).append(file)

    def take(self, source: Source) -> str | None:
        """The lost file with the bytes of this one, rather one with its file name."""
        if source.size not in self._sizes:
            return None
        content = _time(source.mtime_ns) if is_archive(source.path) else _content(source)
        for state in ((content, PurePath(source.path).name), (content,)):
            same = self._by_state.get(state, [])
            while same:
                if self._taken(path := same.pop()):
                    return path
        return None

    def take_from(self, folders: Mapping[str, str], path: str) -> str | None:
        """The lost file that stood where this path stood before its folder moved."""
        for above in map(str, PurePath(path).parents):
            if above in folders:
                old = os.path.join(folders[above], os.path.relpath(path, above))
                if self._taken(old):
                    return old
        return None

    def _taken(self, path: str) -> bool:
        """Whether the file was there to be taken, which it is no more."""
        was_there = path in self._paths
        self._paths.discard(path)
        return was_there


def _content(source: Source) -> str:
    """The hash of a file's bytes, as documents keep it; empty where it can't be opened."""
    try:
        with open_file(source.location) as stream:
            return file_digest(stream, partial(blake2b, digest_size=16)).hexdigest()
    except OSError:
        return ""


def _time(mtime_ns: int) -> str:
    """What stands for the content of an archive, of which no hash is kept."""
    return f"mtime {mtime_ns}"


def _folders(new: str, old: str) -> tuple[str, str]:
    """The folders that a file moved to and from: its two paths without their common end."""
    new_parts, old_parts = PurePath(new).parts, PurePath(old).parts
    pairs = zip(reversed(new_parts[1:]), reversed(old_parts[1:]), strict=False)
    common = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    return (
        str(PurePath(*new_parts[: len(new_parts) - common])),
        str(PurePath(*old_parts[: len(old_parts) - common])),
    )


def _inside(known: Mapping[str, Fingerprint], moved: Mapping[str, str]) -> dict[str, str]:
    """The files within moved archives, by their new path."""
    new_paths = {old: new for new, old in moved.items()}
    inside = {}
    for path in known:
        archive = archive_of(path)
        if archive in new_paths and archive != path:
            inside[f"{new_paths[archive]}{path.removeprefix(archive)}"] = path
    return inside
