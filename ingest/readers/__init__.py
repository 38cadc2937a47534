"""Readers: one file a format, all behind one signature, found by file ending and kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import PurePath
from typing import Any

from ingest.parsed import Parsed, Unreadable
from kb.types import Kind

Reader = Callable[[bytes, str, Mapping[str, Any]], Parsed]
"""Bytes of a file, its name without folders, and the metadata given for it -> Parsed. Raises Unreadable."""


@dataclass(frozen=True, slots=True)
class Format:
    """What `kb formats` lists: file endings, the reader's module, and what is read."""

    endings: tuple[str, ...]
    reader: str
    about: str
    kinds: tuple[Kind, ...]


FORMATS = (
    Format((".md", ".markdown", ".mdx"), "markdown", "Markdown with front matter and headings", ("doc", "transcript")),
    Format(
        (".md", ".markdown", ".mdx"),
        "faq_markdown",
        "FAQ in Markdown: question headings, or Q:/A: and 问：/答：",
        ("faq",),
    ),
    Format((".txt", ".text"), "plain", "plain text, paragraphs between blank lines", ("doc", "transcript")),
    Format((".txt", ".text"), "faq_markdown", "FAQ in plain text: Q:/A: and 问：/答：", ("faq",)),
    Format((".vtt",), "subtitles", "WebVTT transcripts with speakers", ("transcript",)),
    Format((".srt",), "subtitles", "SubRip transcripts with speakers", ("transcript",)),
    Format((".csv", ".tsv"), "faq_table", "FAQ tables with a question and an answer column", ("faq",)),
)


def choose_format(name: str, kind: Kind | None, looks_like_faq: Callable[[], bool]) -> Format:
    """The format for a file of that name, of the kind asked for or else the likely one. Raises Unreadable."""
    ending = PurePath(name).suffix.lower()
    candidates = [f for f in FORMATS if ending in f.endings]
    if not candidates:
        raise Unreadable(f"no reader for {ending} files" if ending else "no reader for files without an ending")
    if kind is not None:
        candidates = [f for f in candidates if kind in f.kinds]
        if not candidates:
            raise Unreadable(f"{ending} files can't be read as {kind}")
    if len(candidates) > 1 and "faq" in candidates[-1].kinds and looks_like_faq():
        return candidates[-1]
    return candidates[0]


def load_reader(format_: Format) -> Reader:
    """The reader function of a format, imported when first needed."""
    reader: Reader = import_module(f"ingest.readers.{format_.reader}").read
    return reader
