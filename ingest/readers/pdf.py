"""PDF: the text layer, page by page, under the headings of the document's outline; of pages without
one, what is recognised in them.

PDFium may crash on a hostile file and is not safe in threads; readers run in processes of their own
for that reason.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing import pdf_properties as properties
from ingest.parsing import recognition
from ingest.parsing.pdf_font import install
from ingest.parsing.pdf_properties import CONTROL
from ingest.parsing.pdf_scan import has_image, is_bare, recognised_page, shows_anything
from ingest.parsing.picture_page import add_page
from kb.text import HAN, words
from kb.types import Anchor

if TYPE_CHECKING:
    from pypdfium2 import PdfBookmark, PdfDocument

_REASONS = {
    4: "password-protected PDF",
    5: "a PDF with unknown encryption",
}  # by PDFium's error codes
_XYZ, _FIT_WIDTH = 1, 3  # PDFium's modes of destinations that tell how far down the page they are
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
_LONGEST_HEADING = 200


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
class _Mark:
    """A bookmark: its heading path, and whether it may well point to the top of its page."""

    path: tuple[str, ...]
    top: bool


@dataclass(frozen=True, slots=True)
class _Content:
    """What is taken from PDFium: the text of each page, which pages (from 0) are to be recognised,
    and the bookmarks by the number of their page.
    """

    pages: Sequence[str]
    pictures: frozenset[int]
    outline: Mapping[int, Sequence[_Mark]]
    title: str
    lang: str
    meta: Mapping[str, str]


def _taken(pdf: PdfDocument) -> _Content:
    pages = [_text(pdf, index) for index in range(len(pdf))]
    bare = [index for index, text in enumerate(pages) if is_bare(text)]
    shown = [index for index in bare if recognition.is_available() and shows_anything(pdf, index)]
    if not shown and len(bare) == len(pages):
        if not has_image(pdf):
            raise Unreadable("a PDF without text")
        recognition.require("a scanned PDF without a text layer")
    meta = properties.metadata(pdf)
    missing = [index + 1 for index in bare if index not in shown]
    if missing:
        meta["pages_without_text"] = _ranges(missing)
    title, lang = properties.value(pdf, "Title"), properties.language(pdf)
    return _Content(pages, frozenset(shown), _outline(pdf), title, lang, meta)


def _filled(composer: Composer, pdf: PdfDocument, content: _Content) -> Iterator[None]:
    """Fill the composer with the pages; stops after each that was recognised and holds text."""
    group = 0
    path: tuple[str, ...] = ()
    pages = [_mended(text) for text in _without_running_lines(_whole_words(content.pages))]
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
        for start, end, headings in _sections(text, marks, path):
            group += 1
            for paragraph in _paragraphs(text[start:end]):
                composer.add(paragraph, anchor, group, headings)
        path = marks[-1].path if marks else path


def _parsed(composer: Composer, content: _Content) -> Parsed:
    if not composer:
        raise Unreadable("a PDF without text")
    meta = {key: value for key, value in content.meta.items() if value}
    return composer.parsed("doc", content.title, content.lang, meta)


# --- pages ----------------------------------------------------------------------------------------


def _text(pdf: PdfDocument, index: int) -> str:
    """The text of a page as PDFium has it; none for a page that is damaged."""
    from pypdfium2 import PdfiumError

    try:
        page = pdf[index]
        try:
            layer = page.get_textpage()
            try:
                text: str = layer.get_text_range()
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


# --- outline --------------------------------------------------------------------------------------


def _outline(pdf: PdfDocument) -> Mapping[int, Sequence[_Mark]]:
    """The bookmarks of each page, in their order."""
    marks: defaultdict[int, list[_Mark]] = defaultdict(list)
    path: tuple[str, ...] = ()
    for bookmark in pdf.get_toc():
        path = (*path[: bookmark.level], _bookmark_title(bookmark))
        target = bookmark.get_dest()
        index = target.get_index() if target else None
        if target and index is not None and 0 <= index < len(pdf) and path[-1]:
            mode, position = target.get_view()
            height = {_XYZ: position[1:2], _FIT_WIDTH: position[:1]}.get(mode) or [0.0]
            top = height[0] <= 0 or height[0] > 0.8 * pdf.get_page_size(index)[1]
            marks[index + 1].append(_Mark(tuple(filter(None, path)), top))
    return marks


def _bookmark_title(bookmark: PdfBookmark) -> str:
    try:
        return " ".join(CONTROL.sub(" ", bookmark.get_title()).split())[:_LONGEST_HEADING]
    except UnicodeError:
        return ""


def _sections(
    text: str, marks: Sequence[_Mark], path: tuple[str, ...]
) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """The (start, end, heading path) of each section on a page: from where its heading is found.

    One that is not found, since it is a picture or worded otherwise, counts from the top of the
    page if it seems to be there; else the next page has its heading.
    """
    places = _headings_of(text) if marks else {}
    start, found = 0, 0
    for mark in marks:
        candidates = places.get(_heading_key(mark.path[-1]), ())
        nearest = bisect_left(candidates, found)
        if nearest < len(candidates):
            offset = candidates[nearest]
            if text[start:offset].strip():
                yield start, offset, path
                start = offset
            path, found = mark.path, offset + 1
        elif mark.top and not found:
            path = mark.path
    yield start, len(text), path


def _headings_of(text: str) -> Mapping[str, Sequence[int]]:
    """Where there may be headings: what one to three lines say, with the offsets at which they
    begin.
    """
    places: defaultdict[str, list[int]] = defaultdict(list)
    lines = text.split("\n")
    offset = 0
    for number, line in enumerate(lines):
        for count in (1, 2, 3):
            key = _heading_key(" ".join(lines[number : number + count])[: 2 * _LONGEST_HEADING])
            if not places[key] or places[key][-1] != offset:
                places[key].append(offset)
        offset += len(line) + 1
    return places


def _heading_key(text: str) -> str:
    """What is compared of a heading: its letters, as outlines may have its number or not; all of it
    without any.
    """
    return re.sub(r"[\W\d_]+", "", text).casefold() or re.sub(r"\W+", "", text)


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers as people write them: 3, 7-9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    return ", ".join("-".join(map(str, run)) for run in runs)
