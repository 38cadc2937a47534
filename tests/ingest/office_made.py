"""Office documents for the tests of their readers."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import docx
from docx.oxml.parser import parse_xml as word_xml


def headed(reading) -> list[tuple[str, tuple[str, ...], str]]:
    """(label, headings, text) of each passage."""
    return [(passage.anchor.label, passage.headings, passage.text) for passage in reading.passages]


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


MORE = (
    f'{W} xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml"'
)


def saved(thing) -> bytes:
    out = io.BytesIO()
    thing.save(out)
    return out.getvalue()


def word(*paragraphs: str) -> bytes:
    """A Word document whose body is this XML; what begins without a tag is the text of a paragraph."""
    document = docx.Document()
    for paragraph in paragraphs:
        if paragraph.startswith("<"):
            document.element.body.insert(
                len(document.element.body) - 1, word_xml(paragraph.replace(">", f" {MORE}>", 1))
            )
        else:
            document.add_paragraph(paragraph)
    return saved(document)


def changed(package: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """The package with each part as `change(name, content)` gives it; None leaves it out."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
    return out.getvalue()


def replaced(package: bytes, old: str, new: str) -> bytes:
    return changed(package, lambda _, content: content.replace(old.encode(), new.encode()))
