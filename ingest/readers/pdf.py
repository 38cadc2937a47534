"""PDF: the text layer, page by page, under the headings of the document's outline; of pages without
one, what is recognised in them.

PDFium may crash on a hostile file and is not safe in threads; readers run in processes of their own
for that reason.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing import pdf_properties as properties
from ingest.parsing import recognition
from ingest.parsing.pdf_font import install
from ingest.parsing.pdf_outline import Mark, outline, sections
from ingest.parsing.pdf_properties import CONTROL
from ingest.parsing.pdf_scan import has_image, is_bare, recognised_page, shows_anything
from ingest.parsing.pdf_tables import PdfTable, Tables
from ingest.parsing.picture_page import add_page, page_ranges
from ingest.parsing.table_text import written_rows
from kb.text import HAN, words
from kb.types import Anchor

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument

_REASONS = {
    4: "password-protected PDF",
    5: "a PDF with unknown encryption",
}  # by PDFium's error codes
_LETTERS = re.compile(rf"[^\W\d_{HAN}]+(?:-[^\W\d_{HAN}]+)*")
_HYPHEN = re.compile(
    "[\x02\ufffe]"
)  # PDFium puts either for a hyphen at the end of a line and the line break after it
_LAST_LETTERS = re.compile(r"[^\W\d_]*\Z")
_REST_OF_WORD = re.compile("(([^\\W\\d_]*)[^\\s\x02\ufffe]*)( ?)")
_LONGEST_WORD = 40
_PAGE_NUMBER = re.compile(r"(?:(?i:page|p|of)\b|[第共页頁]|\d|[\W_])+")
_FULL_STOP = re.compile(r"[.!?。！？…][”’」』）)\]\"']*\Z")
_WRAPPED_WORD = re.compile(rf"([{HAN}]{{1,4}})\n([{HAN}]{{1,4}})")
_EDGE_LINES = 3  # as far in from the edge of a page as running headers and footers are looked for
_SURELY_RUNNING = 12  # characters; a shorter line with a number may be a title: Lesson 3


def read(file: File) -> Parsed:
    """Read a PDF at once."""
    with _opened(file) as pdf:
        content, composer = _taken(pdf), Composer()
        for _ in _filled(composer, pdf, content):
            pass
        return _parsed(composer, content)


def parts(file: File) -> Iterator[Parsed]:
    """Read a PDF, up to each page that is recognised at a time: limits count for each. Raises
    Unreadable for one without text, or with a password.
    """
    with _opened(file) as pdf:
        content, composer = _taken(pdf), Composer()
        read_any = False
        for _ in _filled(composer, pdf, content):
            yield _parsed(composer, content)
            composer.clear()
            read_any = True
        if composer or not read_any:
            yield _parsed(composer, content)


@contextmanager
def _opened(file: File) -> Iterator[PdfDocument]:
    from pypdfium2 import PdfDocument, PdfiumError

    if not file.data:
        raise Unreadable("empty file")
    if b"%PDF" not in file.data[:1024]:
        raise Unreadable("not a PDF")
    install()
    try:
        with PdfDocument(file.data) as pdf:
            yield pdf
    except PdfiumError as error:
        raise Unreadable(_REASONS.get(error.err_code or 0, "a damaged PDF")) from error


@dataclass(frozen=True, slots=True)
class _Content:
    """What is taken from PDFium: the text of each page with marks for its tables, those, which pages
    (from 0) are to be recognised, and the bookmarks by the number of their page.
    """

    pages: Sequence[str]
    tables: Tables
    pictures: frozenset[int]
    outline: Mapping[int, Sequence[Mark]]
    title: str
    lang: str
    meta: Mapping[str, str]


def _taken(pdf: PdfDocument) -> _Content:
    tables = Tables()
    pages = [_text(pdf, index, tables) for index in range(len(pdf))]
    bare = [
        index for index, text in enumerate(pages) if is_bare(text) and not tables.marks_in(text)
    ]
    shown = [index for index in bare if recognition.is_available() and shows_anything(pdf, index)]
    if not shown and len(bare) == len(pages):
        if not has_image(pdf):
            raise Unreadable("a PDF without text")
        recognition.require("a scanned PDF without a text layer")
    meta = properties.metadata(pdf)
    missing = [index + 1 for index in bare if index not in shown]
    if missing:
        meta["pages_without_text"] = page_ranges(missing)
    title, lang = properties.value(pdf, "Title"), properties.language(pdf)
    return _Content(pages, tables, frozenset(shown), outline(pdf), title, lang, meta)


def _filled(composer: Composer, pdf: PdfDocument, content: _Content) -> Iterator[None]:
    """Fill the composer with the pages; stops after each that was recognised and holds text."""
    group = 0
    path: tuple[str, ...] = ()
    pages = [_mended(text) for text in _without_running_lines(_whole_words(content.pages))]
    content.tables.join(pages)
    for number, text in enumerate(pages, 1):
        marks = content.outline.get(number, ())
        anchor = Anchor("page", number, number)
        if number - 1 in content.pictures:
            path = marks[-1].path if marks else path
            for page in recognised_page(pdf, number - 1):
                group = add_page(composer, page, anchor, group + 1, path)
                if page.lines:
                    yield
            continue
        for start, end, headings in sections(text, marks, path):
            group += 1
            for paragraph in _paragraphs(text[start:end]):
                if table := content.tables.at(paragraph):
                    group = _add_table(composer, table, group, headings)
                else:
                    composer.add(paragraph, anchor, group, headings)
        path = marks[-1].path if marks else path


def _add_table(composer: Composer, table: PdfTable, group: int, headings: tuple[str, ...]) -> int:
    """Add the rows of a table, each as a block at its page; gives the group of the last one."""
    page = 0.0
    for row, written in written_rows(table.rows, declared=table.header):
        group += bool(page) and row.first != page
        page = row.first
        anchor = Anchor("page", row.first, row.last)
        own = (written.places, None, written.record)
        composer.add(written.text, anchor, group, headings, *own)
    return group


def _parsed(composer: Composer, content: _Content) -> Parsed:
    if not composer:
        raise Unreadable("a PDF without text")
    meta = {key: value for key, value in content.meta.items() if value}
    return composer.parsed("doc", content.title, content.lang, meta)


# --- pages ----------------------------------------------------------------------------------------


def _text(pdf: PdfDocument, index: int, tables: Tables) -> str:
    """The text of a page as PDFium has it, with marks for its tables, which are added to `tables`;
    none for a page that is damaged.
    """
    from pypdfium2 import PdfiumError

    try:
        page = pdf[index]
        try:
            layer = page.get_textpage()
            try:
                text: str = layer.get_text_range()
                text = tables.marked(page, layer, index + 1, text)
            finally:
                layer.close()
        finally:
            page.close()
    except PdfiumError:
        return ""
    return CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))


def _whole_words(pages: Sequence[str]) -> list[str]:
    """Hyphens at the ends of lines as the rest of the document writes the word; as they stand where
    it doesn't.
    """
    if not any(map(_HYPHEN.search, pages)):
        return list(pages)
    whole = (token for text in pages for token in text.split() if not _HYPHEN.search(token))
    known = {word.lower() for token in whole for word in _LETTERS.findall(token)}
    stems = set(words(" ".join(known)))
    return ["".join(_with_hyphens(text, known, stems)) for text in pages]


def _with_hyphens(text: str, known: set[str], stems: set[str]) -> Iterator[str]:
    position = 0
    for mark in _HYPHEN.finditer(text):
        yield text[position : mark.start()]
        position = mark.end()
        before = _LAST_LETTERS.search(text, max(0, mark.start() - _LONGEST_WORD), mark.start())
        rest = _REST_OF_WORD.match(text, position)
        hyphen = _hyphen(before[0], rest[2], known, stems) if before and rest else None
        if hyphen is None or rest is None:
            yield "-\n"
        else:
            yield hyphen + rest[1] + ("\n" if rest[3] else "")  # the line break goes after the word
            position = rest.end()
    yield text[position:]


def _hyphen(before: str, after: str, known: set[str], stems: set[str]) -> str | None:
    """What stands between the parts of a word elsewhere in the document: a hyphen, or nothing; None
    if unknown.
    """
    if not before or not after:
        return None
    if f"{before}-{after}".lower() in known:
        return "-"
    joined = words(before + after[:_LONGEST_WORD])
    return "" if len(joined) == 1 and joined[0] in stems else None


def _without_running_lines(pages: Sequence[str]) -> Iterator[str]:
    """The pages without headers and footers that recur from page to page, but for the first time
    that each occurs.
    """
    split = [[line.strip() for line in text.strip().split("\n")] for text in pages]
    seen = Counter(
        key for number, lines in enumerate(split) for key in _keys_of(_edges(lines), number)
    )
    least = max(
        3.0, (sum(1 for lines in split if lines != [""]) - 1) / 2
    )  # some stand on every other page
    running = {key for key, times in seen.items() if times >= least} if len(pages) >= 4 else set()
    met: set[str] = set()
    for number, lines in enumerate(split):
        first, last = 0, len(lines)
        while first < min(last, _EDGE_LINES) and _is_running(lines[first], number, running, met):
            first += 1
        while last > max(first, len(lines) - _EDGE_LINES) and _is_running(
            lines[last - 1], number, running, met
        ):
            last -= 1
        met |= running & _keys_of(_edges(lines), number)
        yield "\n".join(lines[first:last])


def _edges(lines: Sequence[str]) -> Sequence[str]:
    return lines if len(lines) <= 2 * _EDGE_LINES else [*lines[:_EDGE_LINES], *lines[-_EDGE_LINES:]]


def _keys_of(lines: Sequence[str], number: int) -> set[str]:
    return {key for line in lines for key in _keys(line, number)}


def _keys(line: str, number: int) -> Iterator[str]:
    """What a line may have in common with those of other pages: all of it, or all but the number of
    the page.
    """
    yield line
    for run in re.findall(r"\A\D*(\d{1,5})(?!\d)|(?<!\d)(\d{1,5})\D*\Z", line):
        digits = run[0] or run[1]
        before, _, after = line.partition(digits) if run[0] else line.rpartition(digits)
        yield f"{before}#{int(digits) - number}{after}"


def _is_running(line: str, number: int, running: set[str], met: set[str]) -> bool:
    if not line:
        return True
    if _PAGE_NUMBER.fullmatch(line):
        return any(key in running for key in _keys(line, number))
    return line in met or (
        len(line) >= _SURELY_RUNNING and any(key in met for key in _keys(line, number))
    )


def _mended(text: str) -> str:
    """The text with Chinese words that a line break parts put together, where lines are as wide as
    those around.
    """
    if not _WRAPPED_WORD.search(text):
        return text
    lines = text.split("\n")
    full = _full_lines(lines)
    out = [lines[0]]
    for number, line in enumerate(lines[1:]):
        joint = _WRAPPED_WORD.search(f"{lines[number][-4:]}\n{line[:4]}") if full[number] else None
        out.append(line if joint and _is_within_word(joint[1], joint[2]) else f"\n{line}")
    return "".join(out)


def _is_within_word(before: str, after: str) -> bool:
    return any(word not in before and word not in after for word in words(before + after))


def _full_lines(lines: Sequence[str]) -> list[bool]:
    """Whether each line goes on to about where those around it do."""
    widths = [
        len(line) + sum(len(run) for run in re.findall(rf"[{HAN}，。、；：！？“”（）]+", line))
        for line in lines
    ]
    return [
        width >= 24 and width >= 0.85 * max(widths[max(0, number - 3) : number + 4])
        for number, width in enumerate(widths)
    ]


def _paragraphs(text: str) -> Iterator[str]:
    """The text up to each blank line, and each short line that ends with a full stop."""
    lines = text.split("\n")
    start = 0
    for number, (line, full) in enumerate(zip(lines, _full_lines(lines), strict=True), 1):
        if not line.strip() or (not full and _FULL_STOP.search(line)) or number == len(lines):
            yield "\n".join(lines[start:number]).strip()
            start = number
