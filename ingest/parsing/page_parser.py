"""Parsing HTML: a page's elements, each part of them with the line of the source that it stands in.

The standard library's parser is the only well-kept one that tells where text stands.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any

from ingest.parsing.page import Element, Entry, Items, Page, Region, Within, together
from ingest.parsing.page_head import LONGEST_HEADING, PageHead
from ingest.parsing.page_naming import Attributes, Named
from ingest.parsing.page_space import BREAK, GAP, LINKED, RAISED, collapsed, kept
from ingest.parsing.page_table import Cell, Table, span
from ingest.parsing.page_tags import (
    BLOCKS,
    CELLS,
    ENDS,
    HEADINGS,
    LISTS,
    NEVER,
    NOTED,
    PRE,
    PROSE_TAGS,
    REPLACED,
    TABLE_PARTS,
    TELLING,
    VOID,
)


def parse(text: str) -> Page:
    """The page that `text`, with line feeds as line ends, is the source of; in time linear to its
    length.
    """
    parser = _Parser()
    parser.feed(_prepared(text))
    parser.close()
    elements = parser.finished()
    head = parser.head
    return Page(elements, head.title(elements), head.lang, head.metadata())


_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f]"
)  # meaningless in a page; some serve as marks here
_AMPERSAND = "\0"
_END = "\5"

_DEEPEST_TABLE = 20  # within tables


def _prepared(text: str) -> str:
    """The source as the parser is to have it; every character that counts stays where it is.

    References are hidden from it, since it would resolve them and no longer know lines. What is
    open at the end is closed: else it looks for the end of an unclosed tag or comment again and
    again, in time quadratic to the length.
    """
    source = _CONTROL.sub(" ", text).replace("<![", "<!x").replace("&", _AMPERSAND)
    return f"{source}\n{_END}\"'>{_END}-->{_END}"


def _unescaped(text: str) -> str:
    if _AMPERSAND not in text:
        return text
    text = text.replace(_AMPERSAND, "&")
    try:
        return html.unescape(text)
    except ValueError:  # a reference by a number of thousands of digits
        return text


@dataclass(slots=True)
class _Terms:
    """A <dl>: the entry at hand, and whether its answer has begun."""

    entry: Entry | None = None
    answered: bool = False


@dataclass(slots=True)
class _Open:
    """An element that isn't closed yet, and the table, cell or list that it is."""

    tag: str
    within: Within
    holds: Table | Cell | _Terms | None = None


class _Parser(HTMLParser):
    """Collects the elements of a page.

    The standard library's parser, since it is the one well-kept parser that tells where in the
    source a text stands. Only what matters to the text is kept on the stack: blocks, and what is
    never text.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.head = PageHead()
        self._stack = [_Open("", Within())]
        self._opened: defaultdict[str, list[int]] = defaultdict(
            list
        )  # where in the stack each tag is open
        self._sinks: list[list[Element]] = [[]]  # where elements go: the page, a table, a cell
        self._pieces: list[tuple[int, str]] = []  # (line, text) of the block at hand
        self._first = Within()  # where its first piece is
        self._ended = Within()  # where that of the block before it was
        self._links = 0
        self._in_link = False
        self._articles = 0

    # What came of it.

    def finished(self) -> list[Element]:
        """All elements of the page."""
        self._pop_to(1)
        self._end_block()
        elements = self._sinks[0]
        for number, (each, following) in enumerate(zip_longest(elements, elements[1:])):
            if each.within.level and (
                following is None or _is_elsewhere(each.within, following.within)
            ):
                elements[number] = replace(each, bare=True)
        return elements

    # What the parser finds.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        never = self._stack[-1].within.never
        if not attrs and tag not in TELLING and not never:
            return
        attributes = {name: _unescaped(value or "") for name, value in reversed(attrs)}
        if tag in NOTED:
            self.head.note(tag, attributes)
        if tag in VOID:
            if not never:
                self._void(tag)
            return
        if tag == "a":
            self._in_link = "href" in attributes
            if self._in_link and self._pieces and self._pieces[-1][1] in (LINKED, RAISED):
                self._mark(GAP)
        elif tag == "sup":
            self._mark(RAISED)
        elif tag in BLOCKS and not never:
            self._end_block()
            self._end_implied(tag)
        within = self._within(tag, attributes)
        if tag in REPLACED:
            self._mark(GAP)
        if tag in BLOCKS or within.never:
            self._push(tag, within, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._in_link:
            self._in_link = False
            self._mark(LINKED)
        elif tag == "br":
            self._void(tag)
        elif tag in BLOCKS and not self._stack[-1].within.never:
            self._end_block()
        if tag in HEADINGS and self._stack[-1].tag in HEADINGS:
            tag = self._stack[-1].tag
        position = self._last(tag)
        if position and (tag in TABLE_PARTS or position > self._last(*CELLS)):
            self._pop_to(position)

    def handle_data(self, data: str) -> None:
        within = self._stack[-1].within
        data = data.partition(_END)[0]
        if within.never:
            if within.title:
                self.head.title_pieces.append(_unescaped(data))
            return
        if not self._pieces:
            if not data or data.isspace():
                return
            self._first = within
        if self._in_link:
            self._links += len(" ".join(_unescaped(data).split()))
        line = self.getpos()[0]
        if "\n" in data:
            *lines, data = data.split("\n")
            for each in lines:
                self._pieces.append((line, _unescaped(each) + "\n"))
                line += 1
        self._pieces.append((line, _unescaped(data)))

    # Elements.

    def _push(self, tag: str, within: Within, attributes: Attributes) -> None:
        opened = _Open(tag, within)
        if within.never:
            pass
        elif tag == "table" and len(self._opened["table"]) < _DEEPEST_TABLE:
            opened.holds = Table()
            self._sinks.append(opened.holds.elements)
        elif tag in ("td", "th") and self._last("tr") > self._last("table") and self._table():
            opened.holds = Cell(
                [],
                tag == "th",
                span(attributes.get("colspan", "")),
                span(attributes.get("rowspan", "")),
            )
            self._sinks.append(opened.holds.elements)
        elif tag == "dl":
            opened.holds = _Terms()
        self._opened[tag].append(len(self._stack))
        self._stack.append(opened)

    def _pop_to(self, position: int) -> None:
        while len(self._stack) > position:
            if self._stack[-1].tag in BLOCKS:
                self._end_block()
            opened = self._stack.pop()
            self._opened[opened.tag].pop()
            if isinstance(opened.holds, Cell):
                self._sinks.pop()
                self._end_cell(opened.holds)
            elif isinstance(opened.holds, Table):
                self._sinks.pop()
                self._sinks[-1] += opened.holds.end()
            elif opened.tag == "tr" and (table := self._table()):
                table.end_row(opened.within, self._last("thead") > self._last("table"))

    def _end_cell(self, cell: Cell) -> None:
        table, row = self._table(), self._stack[self._last("tr")].within
        assert table
        inside: list[Element] = []
        for element in cell.elements:
            apart = element.within.region is not row.region and _is_apart(element.within)
            (table.elements if apart else inside).append(element)
        cell.elements = inside
        table.cells.append(cell)

    def _table(self) -> Table | None:
        holds = self._stack[self._last("table")].holds
        return holds if isinstance(holds, Table) else None

    def _last(self, *tags: str) -> int:
        """Where in the stack the innermost of `tags` is open; 0 for nowhere."""
        last = 0
        for tag in tags:
            opened = self._opened[tag]
            if opened and opened[-1] > last:
                last = opened[-1]
        return last

    def _end_implied(self, tag: str) -> None:
        """End what a start tag ends without saying so."""
        ended, bounds = ENDS.get(tag, ((), ()))
        for each in ended:
            if self._last(each) > self._last(*bounds):
                self._pop_to(self._last(each))
        if paragraph := self._last("p"):
            self._pop_to(paragraph)
        top = self._stack[-1]
        if top.tag in HEADINGS and self._ended is top.within:
            self._pop_to(len(self._stack) - 1)  # a heading that was never closed

    def _within(self, tag: str, attributes: Attributes) -> Within:
        """What a new element makes of the text in it."""
        outer = self._stack[-1].within
        if outer.never:
            return outer
        named = Named(tag, attributes)
        if tag in NEVER and not (tag == "button" and (outer.level or outer.asked or named.asks)):
            return replace(outer, never=True)
        if tag == "title":
            return replace(outer, never=True, title=not self.head.title_pieces)
        if tag not in BLOCKS:
            return replace(outer, never=True) if attributes and named.is_hidden(outer) else outer
        changes = {**self._form(tag, attributes, outer), **self._area(tag, named, outer)}
        return replace(outer, **changes) if changes else outer

    def _form(self, tag: str, attributes: Attributes, outer: Within) -> dict[str, Any]:
        """What kind of block it is."""
        changes: dict[str, Any] = {}
        if tag in HEADINGS:
            changes = {"level": int(tag[1]), "id": attributes.get("id", "")}
        elif tag in LISTS and not outer.items:
            changes = {"items": Items()}
        elif tag == "details":
            changes = {"entry": Entry(attributes.get("id", "")), "asked": False}
        elif tag == "summary" and outer.entry:
            changes = {"asked": True}
        elif tag in ("dt", "dd"):
            changes = self._term(tag, attributes)
        elif tag in ("td", "th"):
            changes = {"items": None}
        elif tag == "blockquote":
            changes = {"quotes": outer.quotes + 1}
        if tag in PRE:
            changes["pre"] = True
        if tag in PROSE_TAGS and not outer.prose:
            changes["prose"] = True
        return changes

    def _term(self, tag: str, attributes: Attributes) -> dict[str, Any]:
        terms = self._stack[self._last("dl")].holds
        if not isinstance(terms, _Terms):
            return {}
        if tag == "dt" and (terms.answered or terms.entry is None):
            terms.entry = Entry(attributes.get("id", ""))
        terms.answered = tag == "dd"
        return {"entry": terms.entry, "asked": tag == "dt"}

    def _area(self, tag: str, named: Named, outer: Within) -> dict[str, Any]:
        """What part of the page it is."""
        around = outer.region
        if tag == "main" or named.role == "main":
            return {"main": True, "region": around if around and around.why == "hidden" else None}
        changes: dict[str, Any] = {}
        why = named.why(outer, self._last("section") > 0)
        if why and (
            around is None or (around.why in ("named", "top") and why in ("hidden", "frame"))
        ):
            changes["region"] = Region(why, around)
        if tag == "article" and not outer.article and not around:
            self._articles += 1
            changes["article"] = self._articles
        return changes

    def _void(self, tag: str) -> None:
        if tag == "hr":
            self._end_block()
        elif tag == "br" and self._first.pre:
            self._mark("\n")
        elif tag == "br" and self._first.level:
            self._mark("\xa0")
        elif tag == "br":
            said = next((piece for _, piece in reversed(self._pieces) if not piece.isspace()), "")
            if said == BREAK:  # an empty line, with which old pages part paragraphs
                self._end_block()
            self._mark(BREAK)
        elif tag in REPLACED:
            self._mark(GAP)

    def _mark(self, mark: str) -> None:
        if self._pieces:
            self._pieces.append((self.getpos()[0], mark))

    def _end_block(self) -> None:
        if not self._pieces:
            return
        within, links = self._first, self._links
        self._ended = within
        text, places = kept(self._pieces) if within.pre else collapsed(self._pieces)
        self._pieces, self._links = [], 0
        if within.level:
            text = text.removesuffix("¶").rstrip()
        if within.level and len(text) > LONGEST_HEADING:
            within = replace(within, level=0)  # large print
        if not text:
            return
        _count(within, len(text), links)
        sink = self._sinks[-1]
        if within.level and sink and sink[-1].within is within:
            sink[-1] = together([sink[-1], Element(text, places, within, links)], " ")
        else:
            sink.append(Element(text, places, within, links))


def _is_elsewhere(here: Within, there: Within) -> bool:
    """Whether what follows a heading here is not under it when it is there."""
    return (
        there.level > 0
        or here.main != there.main
        or (here.region is not there.region and _is_apart(there))
    )


def _is_apart(within: Within) -> bool:
    return within.region is not None and within.region.why in ("hidden", "frame")


def _count(within: Within, chars: int, links: int) -> None:
    """Count a text of so many characters, in links and in all, to what it is in."""
    if within.items:
        within.items.chars += chars
        within.items.links += links
    region = within.region
    while region:
        region.prose += max(0, chars - links)
        region.links += links
        region.headings += within.level > 0
        region = region.around
