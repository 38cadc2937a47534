"""What a backup holds: which files of a home, and the manifest that says so.

Indexes and dictionaries are made from what is kept, locks and logs belong to processes: none of
these is in a backup.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from kb.errors import KbError

FORMAT = "kb-backup"
VERSION = 1
MANIFEST = "manifest.json"
STORES = (
    "catalog.sqlite3",  # first: see `kb.backup.snapshot`
    "journal.sqlite3",
    "access.sqlite3",
    "posts.sqlite3",
    "audit.sqlite3",
    "forgotten.sqlite3",
)
FILES = (
    "home.id",
    "audit.head",
    "kb.toml",
    "community.toml",
    "tuned.toml",
    "privacy.key",
    "names.txt",
    "optouts.txt",
)
LARGEST_FILE = 4_000_000  # bytes of one of FILES; they are written by hand, or are small


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a backup: its name in the home, its size in bytes and its SHA-256."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup. `at` is ISO 8601 in UTC, `kb` the version that made it, `home` the id of
    the knowledge base; `schemas` says how many migrations each store has had, `counts` how much of
    what there is.
    """

    at: str
    kb: str
    home: str
    entries: tuple[Entry, ...]
    schemas: Mapping[str, int]
    counts: Mapping[str, int]

    def as_json(self) -> str:
        """The manifest as it stands in the backup."""
        return json.dumps({"format": FORMAT, "version": VERSION, **asdict(self)}, indent=1)


def read_manifest(content: bytes) -> Manifest:
    """The manifest of a backup. Raises KbError for one that is not ours, too new or damaged."""
    try:
        given = json.loads(content)
        if given["format"] != FORMAT:
            raise ValueError
        if given["version"] > VERSION:
            raise KbError(
                f"the backup was made by a newer kb ({str(given.get('kb'))[:40]})", "upgrade kb"
            )
        manifest = _manifest(given)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise KbError("the manifest of the backup is damaged", "use another backup") from None
    for entry in manifest.entries:
        if entry.name not in (*STORES, *FILES):
            shown = entry.name[:60]
            raise KbError(f"the backup holds {shown!r}, which this kb does not know", "upgrade kb")
    return manifest


def _manifest(given: Mapping[str, Any]) -> Manifest:
    entries = tuple(
        Entry(str(one["name"]), int(one["bytes"]), str(one["sha256"])) for one in given["entries"]
    )
    schemas = {str(name): int(number) for name, number in given["schemas"].items()}
    counts = {str(name): int(number) for name, number in given["counts"].items()}
    return Manifest(
        str(given["at"]), str(given["kb"]), str(given["home"]), entries, schemas, counts
    )
