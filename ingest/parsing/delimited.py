"""The records of CSV and TSV, with the lines that each of them takes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING

from ingest.parsed import File, Unreadable

if TYPE_CHECKING:
    pass
from ingest.parsing.rows import LONGEST_CELL, Row

_SAMPLE = 64_000
_NO_DELIMITER = "\x1f"
_SEPARATOR = re.compile(r'\A"?sep=(.)"?[ \t]*\n', re.I)  # Excel's own way to name the delimiter


def records(file: File) -> Iterator[Row]:
    """The records of a CSV or TSV file, empty ones among them. Raises Unreadable while they are
    read.
    """
    text = file.text
    separator = _SEPARATOR.match(text)
    if separator:
        yield from _quoted(_Feed(text, separator.end(), 1), separator[1])
        return
    delimiter = "\t" if file.ending == ".tsv" else _delimiter(text)
    if delimiter == "\t" and _one_a_line(text):
        yield from _unquoted(text)
    else:
        yield from _quoted(_Feed(text), delimiter)


def _delimiter(text: str) -> str:
    """The mark that most evenly parts the first lines; of several, the one least used in prose."""
    sample = text[:_SAMPLE]
    if len(sample) < len(text):
        sample = sample[: sample.rfind("\n") + 1] or sample
    parted = {mark: list(islice(_widths(sample, mark), 100)) for mark in "\t;|,"}
    opening = next(
        (widths for widths in zip(*parted.values(), strict=False) if max(widths) > 1), ()
    )
    best, share = _NO_DELIMITER, 0.0
    for (mark, widths), in_opening in zip(parted.items(), opening, strict=False):
        parts = [width for width in widths if width > 1]
        usual = max(set(widths), key=widths.count)
        if usual == 1 and len(parts) * 2 > len(widths):  # tables of several widths, with titles
            usual = max(set(parts), key=parts.count)
        even = widths.count(usual) / len(widths) if usual > 1 else 0.01 * (widths[0] > 1)
        if in_opening == 1:
            even /= 4
        if even > share:
            best, share = mark, even
    return best


def _widths(sample: str, delimiter: str) -> Iterator[int]:
    csv.field_size_limit(LONGEST_CELL)
    return (
        len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row
    )


class _Feed:
    """The lines of a text, with their line feeds, for the csv module; `go` takes it back."""

    def __init__(self, text: str, position: int = 0, number: int = 0) -> None:
        self.text = text
        self.position = position
        self.number = number

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        start = self.position
        if start >= len(self.text):
            raise StopIteration
        end = self.text.find("\n", start) + 1
        self.position = end or len(self.text)
        self.number += 1
        return self.text[start : self.position]

    def go(self, position: int, number: int) -> None:
        self.position, self.number = position, number


def _quoted(feed: _Feed, delimiter: str) -> Iterator[Row]:
    """The records. Where quotes are broken, the line at which that record begins is read as a
    record of its own.
    """
    csv.field_size_limit(LONGEST_CELL)
    strict = csv.reader(feed, delimiter=delimiter, skipinitialspace=True, strict=True)
    patience = feed.text.count("\n") + 1  # lines that may be read in vain: keeps the time linear
    while True:
        position, before = feed.position, feed.number
        try:
            if patience < 0:
                raise csv.Error
            cells = next(strict)
        except StopIteration:
            return
        except csv.Error:
            patience -= feed.number - before
            feed.go(position, before)
            line = next(feed, None)
            if line is None:
                return
            try:
                cells = next(
                    csv.reader([line.rstrip("\n")], delimiter=delimiter, skipinitialspace=True)
                )
            except csv.Error as error:
                raise Unreadable(f"a cell of over 1 MB in line {before + 1}") from error
        yield Row(before + 1, feed.number, cells)


def _one_a_line(text: str) -> bool:
    """Whether every line has as many tabs as the first, so that no cell holds a line break."""
    lines = (line for line in _Feed(text) if not line.isspace())
    tabs = next(lines, "").count("\t")
    return tabs > 0 and all(line.count("\t") == tabs for line in lines)


def _unquoted(text: str) -> Iterator[Row]:
    """The records of a text with one on each line, where a quote at the start of a cell may be just
    that.
    """
    feed = _Feed(text)
    for line in feed:
        cells = [_without_quotes(cell) for cell in line.rstrip("\n").split("\t")]
        if max(map(len, cells)) > LONGEST_CELL:
            raise Unreadable(f"a cell of over 1 MB in line {feed.number}")
        yield Row(feed.number, feed.number, cells)


def _without_quotes(cell: str) -> str:
    if cell[:1] != '"' or cell[-1:] != '"' or len(cell) < 2 or '"' in cell[1:-1].replace('""', ""):
        return cell
    return cell[1:-1].replace('""', '"')
