"""Readers: one file a format, all behind one signature, found by file ending, kind and what is in
the file.

A reader is a module with `read(file: File) -> Parsed`, which raises Unreadable with the reason that
users see. Where several share an ending, the more particular ones come first in FORMATS and have
`fits(file: File) -> bool` too, which tells whether the file is one of theirs. One whose files may
be long has `parts(file: File) -> Iterator[Parsed]` as well, which gives the same bit by bit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from ingest.parsed import File, Parsed, Unreadable
from kb.types import Kind


class Reader(Protocol):
    """What a reader's module offers; `fits` and `parts` may be missing."""

    def read(self, file: File) -> Parsed:
        """The file as Parsed. Raises Unreadable."""
        ...

    def fits(self, file: File) -> bool:
        """Whether the file is of this format."""
        ...

    def parts(self, file: File) -> Iterator[Parsed]:
        """The file as several Parsed, one after the other. Raises Unreadable."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """What `kb formats` lists: file endings, the reader's module, what is read, and the extra that
    it needs.
    """

    endings: tuple[str, ...]
    reader: str
    about: str
    kinds: tuple[Kind, ...]
    extra: str = ""


_MARKDOWN = (".md", ".markdown", ".mdx")
_TEXT = (".txt", ".text", ".log")
_TABLE = (".csv", ".tsv", ".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
_DATA = (".json", ".jsonl", ".yaml", ".yml")
_HTML = (".html", ".htm", ".xhtml")
_CODE = tuple(
    """.py .pyi .js .mjs .cjs .jsx .ts .tsx .java .kt .kts .scala .groovy .c .h .cc .cpp .cxx .hpp .hh .cs .go .rs .rb
    .php .swift .m .mm .dart .lua .r .jl .pl .pm .ex .exs .erl .hs .ml .clj .sol .vy .sql .sh .bash .zsh .ps1 .proto
    .graphql .css .scss .less .vue .svelte .tf .toml .ini .cfg""".split()
)
_RECORDING = tuple(
    ".mp3 .m4a .aac .wav .flac .ogg .oga .opus .wma .mp4 .m4v .mov .mkv .webm .avi".split()
)
_SLIDES = (".pptx", ".pptm", ".ppsx")
_PICTURE = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")

FORMATS = (
    Format(
        (".vtt", ".srt", ".sbv", *_TEXT),
        "subtitles",
        "WebVTT, SubRip and SBV with speakers",
        ("transcript",),
    ),
    Format(
        (*_MARKDOWN, *_TEXT),
        "dialogue",
        "transcripts as **Name:** or Name (00:12:34): turns",
        ("transcript",),
    ),
    Format(
        (*_MARKDOWN, *_TEXT),
        "faq_markdown",
        "FAQ: question headings, Q:/A: or 问：/答：, or one a file",
        ("faq",),
    ),
    Format(_MARKDOWN, "markdown", "Markdown with front matter and headings", ("doc", "transcript")),
    Format(_TEXT, "zoom_chat", "the chat of a Zoom meeting", ("transcript",)),
    Format(
        (".mbox", *_TEXT),
        "mbox",
        "mailboxes: the threads of mailing lists and groups",
        ("transcript",),
    ),
    Format(_TEXT, "chat_text", "WeChat, QQ, WhatsApp and LINE chats as text", ("transcript",)),
    Format(
        _TEXT,
        "minutes",
        "minutes of Tencent Meeting, Feishu, Otter, Teams: name and time",
        ("transcript",),
    ),
    Format(_TEXT, "plain", "plain text, paragraphs between blank lines", ("doc", "transcript")),
    Format(
        (".adoc", ".asciidoc", ".asc"),
        "asciidoc",
        "AsciiDoc with attributes and headings",
        ("doc",),
    ),
    Format((".rst", ".rest"), "restructuredtext", "reStructuredText with headings", ("doc",)),
    Format(
        (*_HTML, ".eml"),
        "chat_mail",
        "WeChat chats that were sent as e-mail",
        ("transcript",),
    ),
    Format(_HTML, "faq_html", "FAQ in HTML: <details> or <dt>", ("faq",)),
    Format(_HTML, "html", "web pages: the main text with its headings", ("doc",)),
    Format((".lake",), "lake", "documents of Yuque, as in its .lakebook", ("doc",)),
    Format((".pdf",), "pdf", "PDF with a text layer", ("doc",)),
    Format(
        (".docx", ".docm"),
        "docx_transcript",
        "transcripts as Word documents: name and time above each turn",
        ("transcript",),
    ),
    Format((".docx", ".docm"), "docx", "Word documents", ("doc",)),
    Format(_SLIDES, "pptx", "PowerPoint slides with their notes", ("doc",)),
    Format((".epub",), "epub", "EPUB books", ("doc",)),
    Format((".eml",), "eml", "e-mail messages", ("doc",)),
    Format((".ipynb",), "notebook", "Jupyter notebooks", ("doc",)),
    Format((".toml",), "data_records", "lists of tables in TOML, as records", ("doc",)),
    Format(_CODE, "code", "source code, split on definitions", ("doc",)),
    Format(_TABLE, "faq_table", "FAQ tables with a question and an answer column", ("faq",)),
    Format(
        _TABLE,
        "chat_table",
        "chats as a table of who, when and what, as WeChatMsg's",
        ("transcript",),
    ),
    Format(
        (".csv", ".tsv"),
        "cue_table",
        "transcripts as a table of start, end and text, as Whisper's",
        ("transcript",),
    ),
    Format(_TABLE, "table", "tables with a header, row by row", ("doc",)),
    Format((".json",), "slack", "a channel of a Slack export", ("transcript",)),
    Format((".json",), "discord", "a channel exported from Discord", ("transcript",)),
    Format((".json",), "google_chat", "a space of Google Chat from Takeout", ("transcript",)),
    Format((".json",), "keep", "a note of Google Keep from Takeout", ("doc",)),
    Format((".json", ".jsonl"), "forum", "topics of Discourse, issues of GitHub", ("transcript",)),
    Format((".json",), "telegram", "a chat exported from Telegram", ("transcript",)),
    Format(
        (".json",), "whisper", "Whisper's JSON, with or without words and speakers", ("transcript",)
    ),
    Format(_DATA, "script", "transcripts as a list of who, when and what", ("transcript",)),
    Format(_DATA, "faq_data", "FAQ as a list of questions and answers", ("faq",)),
    Format(
        _DATA,
        "data_records",
        "data as records with named fields: lists, mappings, nested or not",
        ("doc",),
    ),
    Format(
        _RECORDING,
        "audio",
        "recordings, transcribed by a local Whisper model",
        ("transcript",),
        extra="audio",
    ),
    Format(
        _PICTURE,
        "picture",
        "photographs of posters and slides, scans, screenshots",
        ("doc",),
        extra="ocr",
    ),
)
# What programs that write a format of their own can save the same as.
_SAVED_AS = {
    **dict.fromkeys((".doc", ".dot", ".wps", ".wpt", ".rtf", ".odt", ".pages"), ".docx or .pdf"),
    **dict.fromkeys((".et", ".ett", ".numbers"), ".xlsx or .csv"),
    **dict.fromkeys((".ppt", ".pps", ".dps", ".dpt", ".key", ".odp"), ".pptx or .pdf"),
    ".msg": ".eml",
    **dict.fromkeys((".heic", ".heif", ".gif"), ".jpg or .png"),
}
# Files that go without an ending in every project.
_ENDINGLESS = frozenset(
    "readme license licence copying notice authors contributors contributing changelog faq".split()
)


def choose_format(file: File, kind: Kind | None) -> Format:
    """The format of a file, of the kind asked for or else the likely one. Raises Unreadable."""
    ending = file.ending or (".txt" if file.name.lower() in _ENDINGLESS else "")
    known = [each for each in FORMATS if ending in each.endings]
    if not known:
        reason = (
            f"no reader for {ending} files" if ending else "no reader for files without an ending"
        )
        raise Unreadable(
            f"{reason}: save it as {saved}" if (saved := _SAVED_AS.get(ending)) else reason
        )
    candidates = [each for each in known if kind is None or kind in each.kinds]
    if not candidates:
        raise Unreadable(f"{ending} files can't be read as {kind}")
    for candidate in candidates:
        fits = getattr(load_reader(candidate), "fits", None)
        if fits is None or fits(file):
            return candidate
    if kind is not None:
        return candidates[-1]  # asked for: its reader says what is missing
    raise Unreadable(f"{ending} of a kind that is not known; kb formats lists those that are")


def is_recording(name: str) -> bool:
    """Whether a file of that name is sound or film: read from where it is, however large, for as
    long as it takes.
    """
    return name.lower().endswith(_RECORDING)


def may_hold_pictures(name: str) -> bool:
    """Whether pages of a file of that name may be pictures, whose text the extra `ocr` recognises."""
    return name.lower().endswith((*_PICTURE, *_SLIDES, ".pdf"))


def load_reader(format_: Format) -> Reader:
    """The reader of a format, imported when first needed."""
    return cast(Reader, import_module(f"ingest.readers.{format_.reader}"))


def read_parts(format_: Format, file: File) -> Iterator[Parsed]:
    """What the reader of a format gives of a file: bit by bit where it can, else at once. Raises
    Unreadable.
    """
    reader = load_reader(format_)
    if hasattr(reader, "parts"):
        yield from reader.parts(file)
    else:
        yield reader.read(file)
