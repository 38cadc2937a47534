"""Kinds of damage that a home may suffer: rotten bytes, lost and swapped files, links, changed
cells, planted things.

Each takes the home, a source of chance and the `Setting`, and gives in words what it did.
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Setting:
    """A sound home, the folder of its sources, foreign files beside it, and the texts that its
    passages have.
    """

    folder: Path
    texts: frozenset[str]

    @property
    def home(self) -> Path:
        return self.folder / "sound"

    @property
    def sources(self) -> Path:
        return self.folder / "sources"

    @property
    def foreign(self) -> Path:
        return self.folder / "foreign"


def _files(home: Path) -> list[Path]:
    return sorted(path for path in home.rglob("*") if path.is_file() and not path.is_symlink())


def _one(home: Path, drawn: random.Random) -> Path:
    """A file of the home, the small ones as often as the large ones."""
    return drawn.choice(_files(home))


def _rewrite(path: Path, content: bytes) -> None:
    """New content, with the times that the file had."""
    times = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def flip(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Change some bytes."""
    path = _one(home, drawn)
    content = bytearray(path.read_bytes())
    for _ in range(drawn.choice((1, 4, 64, 1024)) if content else 0):
        content[drawn.randrange(len(content))] ^= drawn.randrange(1, 256)
    _rewrite(path, bytes(content))
    return f"bytes flipped in {path.name}"


def blank(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Put zeros, or noise, where a stretch of a file was."""
    path = _one(home, drawn)
    content = bytearray(path.read_bytes())
    if content:
        begin = drawn.randrange(len(content))
        end = min(len(content), begin + drawn.choice((16, 512, 4096, 65536)))
        content[begin:end] = (
            bytes(end - begin) if drawn.random() < 0.5 else drawn.randbytes(end - begin)
        )
    _rewrite(path, bytes(content))
    return f"a stretch of {path.name} blanked"


def cut(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Cut a file short, down to nothing now and then."""
    path = _one(home, drawn)
    os.truncate(path, int(path.stat().st_size * drawn.choice((0, drawn.random()))))
    return f"{path.name} cut"


def delete(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Take a file away."""
    path = _one(home, drawn)
    path.unlink()
    return f"{path.name} deleted"


def swap(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Swap what two files hold."""
    one, other = _one(home, drawn), _one(home, drawn)
    first, second = one.read_bytes(), other.read_bytes()
    _rewrite(one, second)
    _rewrite(other, first)
    return f"{one.name} and {other.name} swapped"


def digit(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Change a figure where it stands in the database, as a rotten byte would."""
    path = home / drawn.choice(("catalog.sqlite3", "journal.sqlite3"))
    if not path.is_file() or path.is_symlink():
        return "nothing"
    was, becomes = drawn.choice(
        (
            (b"300 dollars", b"900 dollars"),
            (b"14 days", b"74 days"),
            ("14 天".encode(), "74 天".encode()),
        )
    )
    _rewrite(path, path.read_bytes().replace(was, becomes))
    return f"{was.decode()} became {becomes.decode()} in {path.name}"


def cell(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Change some cells of a table: no JSON, no text, nothing, another row's."""
    path = home / drawn.choice(("catalog.sqlite3", "catalog.sqlite3", "journal.sqlite3"))
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(path, timeout=1)) as database,
    ):
        tables = [
            row[0]
            for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        table = drawn.choice(
            [name for name in tables if not name.startswith("sqlite_")] or ["nothing"]
        )
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        column = drawn.choice(columns or ["nothing"])
        value = drawn.choice(("'{'", "NULL", "x'ff00fe'", "-1", "1e400", "'[[\"a\"]]'", "'zz'", f"{column} || '0'",
                              f"substr({column}, 2)", "'{\"type\":\"lines\"}'", "9223372036854775807"))  # fmt: skip
        which = (
            ""
            if drawn.random() < 0.5
            else " WHERE rowid IN (SELECT rowid FROM {0} ORDER BY random() LIMIT 1)"
        )
        database.execute(f"UPDATE {table} SET {column} = {value}" + which.format(table))
        database.commit()
        return f"{path.name}: {table}.{column} = {value}"
    return f"{path.name}: a cell that could not be changed"


def link(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Put a link to somebody else's file or folder where a file or folder of the home is."""
    entries = sorted(home.rglob("*"))
    path = drawn.choice(entries)
    target = drawn.choice([*sorted(setting.foreign.rglob("*")), setting.foreign])
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()
    path.symlink_to(target)
    return f"{path.name} is a link to {target.name}"


def move(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Put the indexes, or a part of them, on another disk, beside somebody else's files, with a
    link in their place.
    """
    indexes = home / "indexes"
    if not indexes.is_dir() or indexes.is_symlink():
        return "nothing"
    path = drawn.choice([indexes, *indexes.iterdir()])
    if path.is_symlink():
        return "nothing"
    disk = home.with_name("disk")
    shutil.copytree(setting.foreign, disk, dirs_exist_ok=True)
    target = disk if path == indexes else disk / path.name
    shutil.copytree(path, target, dirs_exist_ok=True)
    shutil.rmtree(path)
    path.symlink_to(target)
    return f"{path.name} is a link to another disk"


def plant(home: Path, drawn: random.Random, setting: Setting) -> str:
    """Put something into the home that kb did not write."""
    if drawn.random() < 0.5 and (home / "indexes").is_dir():
        name = drawn.choice(
            ("old-copy", "dense-notes", "lexical-00000000", "dense-deadbeef", "lexical-")
        )
        shutil.copytree(setting.foreign, home / "indexes" / name, dirs_exist_ok=True)
        return f"a foreign folder {name} in the indexes"
    name = drawn.choice(
        ("kb.toml", "tuned.toml", "write.lock", "catalog.sqlite3-wal", "journal.sqlite3-wal")
    )
    path = home / name
    text = drawn.choice(
        (
            'llama_index_class = "subprocess:Popen"\n',
            "hits = [",
            "min_confidence = 7\n",
            "\x00\xff",
            "a = 1\n",
        )
    )
    if path.exists() or path.is_symlink():
        path.unlink()
    path.write_bytes(text.encode("latin-1"))
    return f"{name} planted: {text!r}"


DAMAGES: dict[Callable[[Path, random.Random, Setting], str], int] = {
    flip: 5, blank: 4, cut: 2, delete: 2, swap: 2, digit: 2, cell: 6, link: 3, move: 2, plant: 3,
}  # fmt: skip
