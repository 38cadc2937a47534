"""The page that `kb doctor --report` prints for a bug report: what runs where, how much there is, and
what went wrong last; nothing that was asked or read, and no name or path of the user's.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from dataclasses import fields
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from cli.command_log import last_lines
from kb import __version__
from kb.errors import KbError
from kb.sqlite import VERSION as SQLITE_VERSION

if TYPE_CHECKING:
    from kb.home import Home
    from kb.index import Finding
    from kb.settings import Origins

_PACKAGES = (
    *("chromadb", "tantivy", "onnxruntime", "tokenizers", "llama-index-core", "numpy", "click"),
    *("rich", "pypdfium2", "torch", "transformers", "sentence-transformers", "fastapi", "mcp"),
    *("faster-whisper", "rapidocr"),
)
_LOG_LINES = 20
_NAMED = ("embedder", "reranker", "writer")  # settings whose values are names of ours
_SET = "(set)"  # a value that may tell something


def bug_report(home: Home, origins: Origins | None, findings: Sequence[Finding]) -> str:
    """The page, in Markdown. Of what is wrong it names the part alone: the rest may name files."""
    sections = (
        ("Versions", _versions()),
        ("Checks", (f"{f.part}: {'problem' if f.problem else 'ok'}" for f in findings)),
        ("Sizes", _sizes(home)),
        ("Settings that differ", _settings(origins) if origins else ["they can't be read"]),
        ("Last commands", last_lines(home.path, _LOG_LINES)),
    )
    return "\n".join(
        f"## {title}\n\n```\n{body}\n```\n" for title, lines in sections
        if (body := "\n".join(lines))
    )  # fmt: skip


def _versions() -> Iterator[str]:
    yield f"kb {__version__}"
    yield f"Python {platform.python_version()} ({platform.python_implementation()})"
    yield platform.platform()
    yield f"SQLite {SQLITE_VERSION}"
    for name in _PACKAGES:
        try:
            yield f"{name} {version(name)}"
        except PackageNotFoundError:  # of an extra that is not installed
            continue


def _sizes(home: Home) -> Iterator[str]:
    """How much the stores of the home hold, and how large its files are."""
    yield from _counts(home)
    for path in sorted(home.path.glob("*.sqlite3")):
        yield f"{path.name}: {path.stat().st_size:,} bytes"
    files = [path for path in home.indexes.rglob("*") if path.is_file()]
    yield f"indexes: {sum(map(_size, files)):,} bytes in {len(files)} files"


def _counts(home: Home) -> Iterator[str]:
    from kb.catalog import Catalog
    from kb.journal import Journal

    try:
        counts = Catalog(home.catalog).counts()
        yield f"documents: {counts.documents}, passages: {counts.passages}"
        if home.journal.exists():
            exchanges, verdicts = Journal(home.journal).counts()
            yield f"exchanges: {exchanges}, verdicts: {verdicts}"
    except KbError:
        yield "a store can't be read"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # swept away just now
        return 0


def _settings(origins: Origins) -> Iterator[str]:
    """The settings that are not as they come, each with where it was set; of values only numbers
    are shown, and which embedder, reranker and writer it is.
    """
    for setting in fields(origins.settings):
        origin = origins.origin[setting.name]
        if origin != "default":
            value = getattr(origins.settings, setting.name)
            is_shown = isinstance(value, int | float) or setting.name in _NAMED
            shown = value if is_shown and not setting.metadata["secret"] else _SET
            yield f"{setting.name} = {shown}, from {origin.partition(' ')[0]}"
