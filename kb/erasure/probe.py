"""The probe: looks for what was forgotten in every way a home can be read, its raw bytes included."""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from kb.erasure.changes import home_changes
from kb.erasure.rules import Rules
from kb.erasure.text_cells import text_cells
from kb.knowledge import KnowledgeBase
from kb.sqlite import connect_as_is

_FEWEST_BYTES = 6  # of what is looked for in raw bytes: fewer stand in any index by chance
_DICTIONARIES = "glossary-"


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that was to be forgotten, and is still there: the part of the home it is in."""

    part: str
    about: str


@dataclass(frozen=True, slots=True)
class Needles:
    """What the bytes of a home are searched for: `names` as whole words, `texts` as they are."""

    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()


def traces(kb: KnowledgeBase, rules: Rules, needles: Needles, gone: Iterable[str]) -> list[Trace]:
    """All traces of what the rules and needles name, or of the passages `gone`; empty where there
    is none.
    """
    left = home_changes(kb, rules)
    found = [Trace("catalog", "a source or passage")] if left.catalog else []
    found += [Trace("journal", "an exchange, verdict, decision or entry")] if left.journal else []
    still = kb.catalog.passage_ids().intersection(gone)
    found += [Trace("catalog", "a passage") for _ in still]
    found += [
        Trace(finding.part, finding.problem) for finding in kb.index.check() if finding.problem
    ]
    for path in sorted(kb.home.path.glob("*.sqlite3")):
        if not path.name.startswith(_DICTIONARIES):
            found += _in_cells(path, rules)
    return [*found, *_in_bytes(kb.home.path, needles)]


def _in_cells(path: Path, rules: Rules) -> Iterator[Trace]:
    """The tables of a store that hold a forgotten name, each once."""
    known: set[str] = set()
    with closing(connect_as_is(path)) as db:
        for table, cell in text_cells(db):
            if table not in known and rules.spans(cell):
                known.add(table)
                yield Trace(path.name, f"a name in the table {table}")


def _in_bytes(home: Path, needles: Needles) -> Iterator[Trace]:
    """The files of a home that hold a needle in any of its forms."""
    forms = [(form, True) for name in needles.names for form in _forms(name)]
    forms += [(form, False) for text in needles.texts for form in _forms(text)]
    for path in _files(home):
        with (
            suppress(ValueError, FileNotFoundError),  # an empty file, or one that has just gone
            path.open("rb") as stream,
            mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content,
        ):
            if any(_holds(content, form, whole) for form, whole in forms):
                yield Trace(path.name, "its bytes")


def _forms(text: str) -> Iterator[bytes]:
    """How a text may stand in a file: in UTF-8, UTF-16, and as JSON escapes it."""
    escaped = json.dumps(text)[1:-1]
    forms = [text.encode("utf-8", "replace"), escaped.encode()]
    forms += [text.encode(name, "replace") for name in ("utf-16-le", "utf-16-be")]
    yield from (form for form in dict.fromkeys(forms) if len(form) >= _FEWEST_BYTES)


def _holds(content: mmap.mmap, form: bytes, whole: bool) -> bool:
    start = content.find(form)
    while start >= 0:
        if not whole or not _cuts_word(content, form, start):
            return True
        start = content.find(form, start + 1)
    return False


def _cuts_word(content: mmap.mmap, form: bytes, start: int) -> bool:
    """Whether a name found in bytes goes on as a longer word, on either side."""
    step = 2 if b"\0" in form else 1
    before = content[max(0, start - step) : start].strip(b"\0")
    after = content[start + len(form) : start + len(form) + step].strip(b"\0")
    ends = form.strip(b"\0")
    return (before.isalnum() and ends[:1].isalnum()) or (after.isalnum() and ends[-1:].isalnum())


def _files(home: Path) -> Iterator[Path]:
    """All files of a home but those made of a public dictionary; `indexes` may be a link."""
    for root in (home, home / "indexes"):
        if root == home or root.is_symlink():
            for folder, _, names in os.walk(root):
                kept: Sequence[str] = [n for n in names if not n.startswith(_DICTIONARIES)]
                yield from (path for n in sorted(kept) if (path := Path(folder) / n).is_file())
