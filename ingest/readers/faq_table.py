"""FAQ tables: CSV or TSV with a question and an answer column; further columns are metadata of each entry."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.decode import decode
from ingest.parsed import Block, Parsed, Unreadable
from kb.types import Anchor

_QUESTION = ("question", "questions", "q", "prompt", "title", "问题", "問題", "问", "提问", "标题", "常见问题")
_ANSWER = ("answer", "answers", "a", "response", "reply", "content", "答案", "回答", "答", "答复", "解答", "内容")
_ID = ("id", "编号", "序号", "no", "key")
_LANG = ("lang", "language", "语言")
_LONGEST_CELL = 1_000_000


def read(data: bytes, name: str, meta: Mapping[str, Any]) -> Parsed:
    """Read a FAQ table. The text is each entry's question and answer, in row order. Raises Unreadable."""
    text = decode(data)
    rows = _rows(text, name)
    header = [cell.strip().lower() for cell in next(rows, (0, 0, []))[2]]
    question, answer = _column(header, _QUESTION), _column(header, _ANSWER)
    if question is None or answer is None:
        raise Unreadable(f"a table without a question and an answer column (it has: {', '.join(header[:6]) or 'none'})")
    key, lang = _column(header, _ID), _column(header, _LANG)
    pieces: list[str] = []
    blocks: list[Block] = []
    offset = 0
    for number, (first, last, row) in enumerate(rows, start=1):
        if len(row) <= max(question, answer) or not row[question].strip() or not row[answer].strip():
            continue
        asked = row[question].strip()
        piece = f"{asked}\n{row[answer].strip()}"
        named = row[key].strip() if key is not None and key < len(row) else ""
        further = {
            header[i]: cell.strip()
            for i, cell in enumerate(row[: len(header)])
            if i not in (question, answer, key) and header[i] and 0 < len(cell.strip()) <= 500
        }
        if lang is not None and header[lang] in further:
            further["lang"] = further.pop(header[lang])
        anchor = Anchor("faq", first, last, entry=named or str(number))
        blocks.append(Block(offset, offset + len(piece), number, (asked,), anchor, meta=further))
        pieces.append(piece)
        offset += len(piece) + 2
    if not blocks:
        raise Unreadable("a FAQ table without entries")
    return Parsed("\n\n".join(pieces), tuple(blocks), "faq")


def _rows(text: str, name: str) -> Iterator[tuple[int, int, list[str]]]:
    """(first line, last line, cells) of each record; a broken record raises Unreadable with its line."""
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text, name), strict=True)
    before = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(f"malformed table at line {before + 1}: {error}") from error
        if any(cell.strip() for cell in row):
            yield before + 1, reader.line_num, row
        before = reader.line_num


def _delimiter(text: str, name: str) -> str:
    header = text.split("\n", 1)[0]
    if name.lower().endswith(".tsv"):
        return "\t"
    return max(",;\t", key=header.count) if any(mark in header for mark in ",;\t") else ","


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)
