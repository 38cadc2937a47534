"""How the cells of a spreadsheet are shown, and which are merged: what calamine does not tell.

Of Excel's XML formats the format code of each cell that has one, of ODS the text that the cell shows.
Both come in the order of the rows, a bit at a time.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_CHUNK = 1 << 20
_LARGEST_PART = 20_000_000  # of styles and of the workbook
_MOST_REPEATS = 64
_RELATED = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_FIGURES = frozenset(("float", "percentage", "currency"))
# Formats that have a number only (ECMA-376, 18.8.30), those of dates in China among them.
_BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0",
    39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00", 27: 'yyyy"年"m"月"', 28: 'm"月"d"日"', 29: 'm"月"d"日"',
    31: 'yyyy"年"m"月"d"日"', 36: 'yyyy"年"m"月"', 50: 'yyyy"年"m"月"', 51: 'm"月"d"日"', 52: 'yyyy"年"m"月"',
    53: 'm"月"d"日"', 54: 'm"月"d"日"', 57: 'yyyy"年"m"月"', 58: 'm"月"d"日"',
}  # fmt: skip


class Shown(NamedTuple):
    """A cell that is shown otherwise than its value is: by a format code, or as a text; or that is
    merged over several rows or columns. `row` and `column` are counted from 0.
    """

    row: int
    column: int
    code: str = ""
    text: str = ""
    rows: int = 1
    columns: int = 1


def shown_cells(data: bytes, sheet: str) -> Iterator[Shown]:
    """The cells of the sheet of that name which are shown otherwise; none where that can't be told."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if "content.xml" in packed.namelist():
                with packed.open("content.xml") as stream:
                    yield from _in_open_document(stream, sheet)
            elif "xl/workbook.xml" in packed.namelist():
                codes = _codes(packed)
                path = _path_of(packed, sheet) if codes else ""
                if path:
                    with packed.open(path) as stream:
                        yield from _in_sheet(stream, codes)
    except (zipfile.BadZipFile, SyntaxError, KeyError, ValueError, OSError, EOFError):
        return  # the values are read by calamine; how they are shown is no reason to refuse them


# --- Excel ----------------------------------------------------------------------------------------


def _codes(packed: zipfile.ZipFile) -> dict[bytes, str]:
    """The format codes by the number of the style, as it is written in a sheet; not of those that
    show values as they are.
    """
    root = _root(packed, "xl/styles.xml")
    custom: dict[int, str] = {}
    codes: dict[bytes, str] = {}
    for element in root if root is not None else ():
        kind = element.tag.rpartition("}")[2]
        if kind == "numFmts":
            custom = {
                int(each.get("numFmtId", "-1")): each.get("formatCode", "") for each in element
            }
        elif kind == "cellXfs":
            for number, each in enumerate(element):
                wanted = int(each.get("numFmtId", "0"))
                code = custom.get(wanted) or _BUILT_IN.get(wanted, "")
                if code and code.lower() != "general":
                    codes[b"%d" % number] = code
    return codes


def _path_of(packed: zipfile.ZipFile, sheet: str) -> str:
    book, links = (
        _root(packed, f"xl/{name}") for name in ("workbook.xml", "_rels/workbook.xml.rels")
    )
    if book is None or links is None:
        return ""
    key = next(
        (
            each.get(_RELATED)
            for each in book.iter()
            if each.get("name") == sheet and each.get("sheetId")
        ),
        None,
    )
    target = next((each.get("Target", "") for each in links if key and each.get("Id") == key), "")
    path = posixpath.normpath(posixpath.join("/xl", target)).lstrip("/")
    return path if target and path in packed.namelist() else ""


def _root(packed: zipfile.ZipFile, name: str) -> Element | None:
    from xml.etree.ElementTree import fromstring

    if name not in packed.namelist() or packed.getinfo(name).file_size > _LARGEST_PART:
        return None
    xml = packed.read(name)
    return None if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml else fromstring(xml)


def _in_sheet(stream: IO[bytes], codes: dict[bytes, str]) -> Iterator[Shown]:
    styles = b"|".join(codes)
    cell = re.compile(
        rb'<(?:\w+:)?c(?=\s)(?=[^<>]*\sr="([A-Z]{1,3})(\d{1,7})")(?=[^<>]*\ss="(' + styles + rb')")'
    )
    held = b""
    while chunk := stream.read(_CHUNK):
        held += chunk
        end = held.rfind(b">") + 1
        for match in cell.finditer(held, 0, end):
            yield Shown(int(match[2]) - 1, _column(match[1]), codes[match[3]])
        held = held[end:] if len(held) - end < _CHUNK else b""


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1


# --- Open Document --------------------------------------------------------------------------------


def _in_open_document(stream: IO[bytes], sheet: str) -> Iterator[Shown]:
    from xml.etree.ElementTree import iterparse

    wanted, row = False, 0
    parents: list[Element] = []
    for event, element in iterparse(stream, ("start", "end")):
        if event == "start":
            parents.append(element)
            if element.tag == f"{_TABLE}table":
                wanted, row = element.get(f"{_TABLE}name") == sheet, 0
            continue
        parents.pop()
        if element.tag == f"{_TABLE}table-row":
            if wanted:
                yield from _in_row(element, row)
            row += _repeats(element.get(f"{_TABLE}number-rows-repeated"))
            parents[-1].clear()
        elif element.tag == f"{_TABLE}table" and wanted:
            return


def _in_row(element: Element, row: int) -> Iterator[Shown]:
    column = 0
    for cell in element:
        repeats = _repeats(cell.get(f"{_TABLE}number-columns-repeated"))
        kind = cell.get(f"{_OFFICE}value-type")
        rows = _repeats(cell.get(f"{_TABLE}number-rows-spanned"))
        columns = _repeats(cell.get(f"{_TABLE}number-columns-spanned"))
        text = (
            "\n".join("".join(each.itertext()) for each in cell.iter(f"{_TEXT}p")) if kind else ""
        )
        dated = kind == "date" and ("年" in text or "月" in text)
        shown = text if kind in _FIGURES or dated else ""
        if shown or rows > 1 or columns > 1:
            for more in range(min(repeats, _MOST_REPEATS)):
                yield Shown(row, column + more, "", shown, rows, columns)
        column += repeats


def _repeats(value: str | None) -> int:
    return max(1, int(value)) if value and value.isdecimal() and len(value) < 8 else 1
