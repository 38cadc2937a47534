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
    text = _decode(data)
    if not text.strip():
        raise Unreadable("empty file")
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
    for attempt in (_utf8, _gb18030, _windows_1252):
        text = attempt(data)
        if text is not None:
            return text
    raise Unreadable("neither UTF-8, UTF-16, GB18030 nor Windows-1252 text")


def _utf8(data: bytes) -> str | None:
    """UTF-8, also with a few broken bytes: one damaged character must not make the rest unreadable."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    return text if broken == 0 or broken * 10 <= sum(char > "\x7f" for char in text) else None


def _gb18030(data: bytes) -> str | None:
    try:
        text = data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    wide = [encoded for char in text if char > "\x7f" and len(encoded := char.encode("gb18030")) == 2]
    # Written Chinese lies in the rows whose second byte is high; a curly quote before a Latin letter only looks wide.
    return None if sum(encoded[1] < 0x80 for encoded in wide) > len(wide) / 2 else text


def _windows_1252(data: bytes) -> str | None:
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return None
