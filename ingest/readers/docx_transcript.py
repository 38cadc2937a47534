"""Transcripts as Word documents: paragraphs with a name and a time, as Tencent Meeting, Feishu,
Teams and Otter write them.

Read as the same transcripts are in text; what stands above the first turn keeps its paragraphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from itertools import groupby, islice
from zipfile import ZipFile

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.office import W, damaged, open_package, said
from ingest.parsing.speakers import given_speakers
from ingest.parsing.timed import Line, Timed, timed
from ingest.parsing.turns import as_transcript
from kb.types import Anchor

_WHAT = "a Word document"
_MAIN = "word/document.xml"
_TYPES = {
    "officeDocument": (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    )
}
_CLOCK = re.compile(rb"\d:[0-5]\d(?![\d:]*\d?:)|\d ?\xe7\xa7\x92|\d seconds?\b")
_LARGEST = 30_000_000  # bytes: a transcript of a day has one
_FEWEST = 2


def fits(file: File) -> bool:
    """Whether most of its paragraphs are turns with times. A glance at its XML comes first."""
    if not file.data.startswith(b"PK"):
        return False
    try:
        with ZipFile(BytesIO(file.data)) as archive:
            if archive.getinfo(_MAIN).file_size > _LARGEST:
                return False
            xml = archive.read(_MAIN)
    except Exception:  # whatever is wrong, the reader of documents says it
        return False
    if len(list(islice(_CLOCK.finditer(xml), _FEWEST))) < _FEWEST:
        return False
    try:
        return _timed(file, _lines(file)[0]) is not None
    except Unreadable:
        return False


def read(file: File) -> Parsed:
    """Read a transcript. Raises Unreadable for a document that is none."""
    lines, title, meta = _lines(file)
    found = _timed(file, lines)
    if found is None:
        raise Unreadable("no turns with a name or a time in it")
    head = [line for line in lines if line.start < found.first and line.text.strip()]
    title = title or next((line.text.strip() for line in head), "")
    transcript = as_transcript(found.utterances, title, "", meta)
    if not head or [line.text.strip() for line in head] == [title]:
        return transcript
    composer = Composer()
    for group, (number, its) in enumerate(groupby(head, key=lambda line: _paragraph(line))):
        text = "\n".join(line.text for line in its)
        composer.add(text, Anchor("lines", number, number, unit="paragraph"), group)
    composer.add_all(transcript, len(head))
    return composer.parsed("transcript", title, "", transcript.meta)


_STRIDE = 1_000_000  # the offsets of a paragraph's lines begin at a multiple of it


def _paragraph(line: Line) -> int:
    return line.start // _STRIDE


def _lines(file: File) -> tuple[list[Line], str, dict[str, str]]:
    """The lines of a document, its title and its properties. Raises Unreadable."""
    from docx import Document as open_document

    package = open_package(file, _WHAT, _TYPES)
    with damaged(_WHAT):
        body = open_document(package.stream).element.body
        lines = [] if body is None else list(_of_paragraphs(body))
    return lines, package.title, dict(package.meta)


def _of_paragraphs(body: object) -> Iterator[Line]:
    """Each line of each paragraph; it begins where its paragraph's number says."""
    for number, paragraph in enumerate(body.iter(f"{W}p"), 1):  # type: ignore[attr-defined]
        for place, text in enumerate(said(paragraph)[0].split("\n")):
            yield Line(text.replace("\xa0", " "), number * _STRIDE + place)


def _timed(file: File, lines: list[Line]) -> Timed | None:
    return timed(lines, given_speakers(file))
