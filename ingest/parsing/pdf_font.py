"""A font that stands in for Chinese, Japanese and Korean ones which the system lacks, as most
servers do.

Many PDFs name such fonts without having them in them. PDFium reads their text nonetheless, but
drops each character that is drawn on its own, since one without a shape takes no room. Any shape
will do: here all characters are one box.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

_CHARSETS = (128, 129, 134, 136)  # Japanese, Korean, Simplified and Traditional Chinese
_HANDLE = 0x0B0C5


@lru_cache(maxsize=1)
def install() -> Any:
    """Have PDFium take the stand-in where the system has no font; what is returned must stay alive."""
    from pypdfium2 import raw

    found = raw.FPDF_GetDefaultSystemFontInfo()
    if not found:
        return None
    types = dict(raw.FPDF_SYSFONTINFO._fields_)
    calls = _calls(found.contents, stand_in())
    info = raw.FPDF_SYSFONTINFO(
        found.contents.version, **{name: types[name](call) for name, call in calls.items()}
    )
    raw.FPDF_SetSystemFontInfo(info)
    return info, found


def _calls(system: Any, font: bytes) -> dict[str, Callable[..., Any]]:
    """The functions that PDFium asks for fonts: the system's, with `font` where it has none."""

    def _map(
        _: Any, weight: int, italic: int, charset: int, family: int, face: Any, exact: Any
    ) -> Any:
        return system.MapFont(system, weight, italic, charset, family, face, exact) or (
            _HANDLE if charset in _CHARSETS else None
        )

    def _data(_: Any, handle: int, table: int, buffer: Any, size: int) -> int:
        from ctypes import memmove

        if handle != _HANDLE:
            return int(system.GetFontData(system, handle, table, buffer, size))
        if table:  # 0 is the whole of it
            return 0
        if buffer and size >= len(font):
            memmove(buffer, font, len(font))
        return len(font)

    return {
        "Release": lambda _: None,
        "EnumFonts": lambda _, mapper: system.EnumFonts(system, mapper),
        "MapFont": _map,
        "GetFont": lambda _, face: system.GetFont(system, face),
        "GetFontData": _data,
        "GetFaceName": lambda _, handle, *rest: (
            0 if handle == _HANDLE else system.GetFaceName(system, handle, *rest)
        ),
        "GetFontCharset": lambda _, handle: (
            134 if handle == _HANDLE else system.GetFontCharset(system, handle)
        ),
        "DeleteFont": lambda _, handle: (
            None if handle == _HANDLE else system.DeleteFont(system, handle)
        ),
    }


def stand_in() -> bytes:
    """A TrueType font of one glyph, a box, for every character."""
    box = struct.pack(
        ">5h2H4B8h", 1, 0, 0, 1000, 800, 3, 0, 1, 1, 1, 1, 0, 1000, 0, -1000, 0, 0, 800, 0
    )
    box += bytes(-len(box) % 4)
    one = 0x10000  # 1.0 in fixed point
    tables = {
        b"cmap": struct.pack(">4HL2H6L", 0, 1, 3, 10, 12, 13, 0, 28, 0, 1, 0x20, 0x10FFFF, 1),
        b"glyf": box,
        b"head": struct.pack(
            ">4L2H2Q4h2H3h", one, one, 0, 0x5F0F3CF5, 0, 1000, 0, 0, 0, 0, 1000, 800, 0, 8, 2, 0, 0
        ),
        b"hhea": struct.pack(">L3hH11hH", one, 800, 0, 0, 1000, *[0] * 11, 1),
        b"hmtx": struct.pack(">H2h", 1000, 0, 0),
        b"loca": struct.pack(">3H", 0, 0, len(box) // 2),
        b"maxp": struct.pack(">L14H", one, 2, 4, 1, 0, 0, 1, *[0] * 8),
    }
    head = struct.pack(">L4H", one, len(tables), 64, 2, 16 * len(tables) - 64)
    body, start = b"", len(head) + 16 * len(tables)
    for tag, table in tables.items():
        head += struct.pack(">4s3L", tag, 0, start + len(body), len(table))
        body += table + bytes(-len(table) % 4)
    return head + body
