"""What a PDF says of itself: title, author, date, language."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from ingest.parsing.office import useful

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

CONTROL = re.compile(r"[\x00-\x01\x03-\x08\x0b-\x1f\x7f-\x9f]+")


def value(pdf: PdfDocument, key: str) -> str:
    """A property of the document, such as Title; empty where it says nothing useful."""
    try:
        return useful(CONTROL.sub(" ", pdf.get_metadata_value(key)))
    except UnicodeError:
        return ""


def metadata(pdf: PdfDocument) -> dict[str, str]:
    """Author, subject, keywords and date of the document; empty where it doesn't say."""
    meta = {key: value(pdf, key.title()) for key in ("author", "subject", "keywords")}
    made = re.match(r"(?:D:)?(\d{4})(\d\d)(\d\d)", value(pdf, "CreationDate"))
    try:
        return {**meta, "date": date(*map(int, made.groups())).isoformat() if made else ""}
    except ValueError:
        return meta


def language(pdf: PdfDocument) -> str:
    """The language that the document says it is in."""
    from ctypes import c_ushort, sizeof

    from pypdfium2.raw import FPDFCatalog_GetLanguage

    buffer = (c_ushort * 32)()
    size = FPDFCatalog_GetLanguage(pdf, buffer, sizeof(buffer))
    return (
        bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", "ignore")
        if size <= sizeof(buffer)
        else ""
    )
