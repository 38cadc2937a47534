"""Bytes to text. The order of tries is what matters: see each comment."""

from __future__ import annotations

import codecs
import re

from ingest.parsed import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
_RETURNS = re.compile("\r\n?")


def decode(data: bytes) -> str:
    """The text of `data` with line feeds as line ends. Raises Unreadable for empty, binary or undecodable bytes."""
    if not data.strip():
        raise Unreadable("empty file")
    text = _decode(data)
    if len(_CONTROL.findall(text[:100_000])) > 0.02 * min(len(text), 100_000):
        raise Unreadable("binary content, not text")
    return _RETURNS.sub("\n", text)


def _decode(data: bytes) -> str:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            try:
                return data[len(bom) :].decode(encoding)
            except UnicodeDecodeError as error:
                raise Unreadable(f"broken {encoding.upper()} text at byte {error.start + len(bom)}") from error
    if b"\0" in data[:100_000]:
        raise Unreadable("binary content, not text")
    # GB18030 before Western encodings: those accept nearly any bytes, and detectors misread short Chinese files.
    for encoding in ("utf-8", "gb18030", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable("neither UTF-8, UTF-16, GB18030 nor Windows-1252 text")
