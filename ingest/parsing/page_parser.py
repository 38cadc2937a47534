"""Parsing HTML: a page's elements, each part of them with the line of the source that it stands in.

The standard library's parser is the only well-kept one that tells where text stands.
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import zip_longest
from typing import Any

from ingest.parsing.page import Element, Entry, Items, Page, Region, Why, Within, together
from ingest.parsing.page_space import BREAK, GAP, LINKED, RAISED, collapsed, kept


def parse(text: str) -> Page:
    """The page that `text`, with line feeds as line ends, is the source of; in time linear to its
    length.
    """
    parser = _Parser()
    parser.feed(_prepared(text))
    parser.close()
    elements = parser.finished()
    return Page(elements, parser.title(elements), parser.lang, parser.metadata())


_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f]"
)  # meaningless in a page; some serve as marks here
_AMPERSAND = "\0"
_END = "\5"

_VOID = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_HEADINGS = frozenset("h1 h2 h3 h4 h5 h6".split())
_BLOCKS = _HEADINGS | frozenset(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure
    footer form header hgroup html legend li listing main menu nav ol p pre search section summary table tbody td tfoot
    th thead title tr ul xmp""".split()
)
_NEVER = frozenset(
    """script style template noscript noframes svg iframe object applet audio video canvas annotation annotation-xml
    select textarea button datalist option optgroup""".split()
)
_NOTED = frozenset("html meta link time".split())
_TELLING = _BLOCKS | _VOID | _NEVER | {"a", "sup"}  # the rest say nothing without attributes
_REPLACED = frozenset(
    "img input embed svg iframe object audio video canvas select textarea button".split()
)
_PROSE_TAGS = frozenset("p pre blockquote figcaption caption dt dd summary td th address".split())
_PRE = frozenset("pre xmp listing".split())
_LISTS = frozenset("ul ol menu dir".split())
_CELLS = ("td", "th", "caption")
_TABLE_PARTS = frozenset(("table", "thead", "tbody", "tfoot", "tr", *_CELLS))
# Tag: the elements that it ends, and those out of which it doesn't reach.
_ENDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "li": (("li",), (*_LISTS, *_CELLS)),
    **dict.fromkeys(("dt", "dd"), (("dt", "dd"), ("dl", *_CELLS))),
    **dict.fromkeys(_CELLS, (_CELLS, ("table",))),
    "tr": (("tr", *_CELLS), ("table",)),
    **dict.fromkeys(
        ("thead", "tbody", "tfoot"), (("thead", "tbody", "tfoot", "tr", *_CELLS), ("table",))
    ),
}
_FRAME_TAGS = frozenset("nav search dialog aside header footer".split())
_FRAME_ROLES = frozenset(
    "navigation banner contentinfo complementary search dialog alertdialog menu menubar".split()
)
# Words in classes and ids that make a menu of an element, and those beside which they don't:
# class="has-sidebar".
_FRAME_WORDS = frozenset(
    """nav navbar navigation navbox menu submenu sidebar breadcrumb breadcrumbs cookie cookies footer share sharing
    pagination pager toc""".split()
)
_NOT_FRAME_WORDS = frozenset(
    "has with no without layout open available enabled tag category".split()
)
_NEVER_NAMED = _HEADINGS | frozenset("html body main article".split())
_NOTE_WORDS = frozenset(
    "note tip hint warning caution important info callout admonition footnote footnotes".split()
)
_HIDDEN_CLASSES = frozenset(
    "sr-only visually-hidden visuallyhidden screen-reader-text mw-editsection headerlink".split()
)
_QUESTION_WORDS = frozenset("accordion question faq".split())
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_UNSHOWN = re.compile(r"display\s*:\s*none", re.I)
_LONG_CELL = 1500
_LONGEST_HEADING = 300  # every passage below goes with it
_MOST_COLUMNS = 1000
_DEEPEST_TABLE = 20  # within tables
_LONGEST_LABEL = 60

_Attributes = Mapping[str, str]


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
class _Cell:
    """A cell of a table: its elements, whether it is a header, how many columns and rows it takes,
    its column.
    """

    elements: list[Element]
    header: bool
    columns: int
    rows: int
    column: int = 0

    @property
    def text(self) -> str:
        """All of it on one line."""
        return " ".join(" ".join(each.text for each in self.elements).split())

    @property
    def is_layout(self) -> bool:
        """Whether it holds part of a page rather than a value."""
        long = len(self.elements) > 2 and sum(len(each.text) for each in self.elements) > _LONG_CELL
        return long or any(each.within.level or each.row for each in self.elements)


@dataclass(slots=True)
class _Table:
    """A table: the elements that it comes to, the cells of the row at hand, and what the columns
    are called.

    `header` is the row that names them; `unused` are those of its names that no row has repeated.
    `taken`: how many rows on cells from above reach, by column.
    """

    elements: list[Element] = field(default_factory=list)
    cells: list[_Cell] = field(default_factory=list)
    labels: dict[int, str] = field(default_factory=dict)
    header: Element | None = None
    unused: set[str] = field(default_factory=set)
    taken: dict[int, int] = field(default_factory=dict)
    begun: bool = False

    def end_row(self, within: Within, in_head: bool) -> None:
        """Turn the cells into elements: `name: value | name: value` under a header that fits, else
        `value | value`.
        """
        cells, self.cells = self.cells, []
        width = self._put(cells)
        if not any(cell.elements for cell in cells):
            return
        fits = bool(self.labels) and width == len(self.labels)
        names = in_head or (all(cell.header for cell in cells) and (fits or not self.labels))
        if names and len(cells) > 1 and not self.begun:
            self._name(cells, _row(cells, within, {}))
            return
        self.begun = True
        self.elements += _row(cells, within, self.labels if fits else {})
        if fits:
            self.unused -= {self.labels[cell.column] for cell in cells if cell.elements}

    def _name(self, cells: Sequence[_Cell], row: list[Element]) -> None:
        """Take the cells of a row for the names of their columns."""
        labels = _labels(cells)
        self.labels = {**self.labels, **labels} if labels else {}
        self.unused = set(filter(None, labels.values()))
        self.header = row[0] if len(row) == 1 else None
        self.elements += row

    def end(self) -> list[Element]:
        """Its elements, without a header that is said in full by its rows."""
        if self.begun and self.header and self.labels and not self.unused:
            self.elements.remove(self.header)
        return self.elements

    def _put(self, cells: Sequence[_Cell]) -> int:
        """Give the cells of a row their columns; gives how many there are."""
        column = 0
        above, self.taken = (
            self.taken,
            {each: rows - 1 for each, rows in self.taken.items() if rows > 1},
        )
        for cell in cells:
            while column in above:
                column += 1
            cell.column = column
            cell.columns = cell.columns if column < _MOST_COLUMNS else 1
            column += cell.columns
            if cell.rows > 1:
                self.taken.update(dict.fromkeys(range(cell.column, column), cell.rows - 1))
        return max(column, *(each + 1 for each in above), 0)


def _labels(cells: Sequence[_Cell]) -> dict[int, str]:
    """What each column is called; nothing if that is no row of short names."""
    if any(cell.is_layout or len(cell.text) > _LONGEST_LABEL for cell in cells):
        return {}
    named = ((cell, cell.text.rstrip(":：")) for cell in cells)
    return {
        cell.column + each: f"{name}: " if name else ""
        for cell, name in named
        for each in range(cell.columns)
    }


def _row(cells: Sequence[_Cell], within: Within, labels: Mapping[int, str]) -> list[Element]:
    """The elements that a row comes to: one, unless it only lays out the page."""
    filled = [cell for cell in cells if cell.elements]
    if any(cell.is_layout for cell in filled) or (
        len(filled) == 1 and not labels.get(filled[0].column)
    ):
        return [each for cell in filled for each in cell.elements]
    named = [labels.get(cell.column, "") for cell in filled]
    row = together([together(cell.elements) for cell in filled], " | ", named)
    return [replace(row, within=replace(within, items=None, prose=True), row=True)]


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
    holds: _Table | _Cell | _Terms | None = None


class _Parser(HTMLParser):
    """Collects the elements of a page.

    The standard library's parser, since it is the one well-kept parser that tells where in the
    source a text stands. Only what matters to the text is kept on the stack: blocks, and what is
    never text.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lang = ""
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
        self._title: list[str] = []
        self._meta: dict[str, str] = {}

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

    def title(self, elements: Sequence[Element]) -> str:
        """The only <h1> if <title> holds it, as beside a site's name; else what the page says."""
        title = " ".join("".join(self._title).split())
        tops = {each.text for each in elements if each.within.level == 1}
        only = next(iter(tops)) if len(tops) == 1 else ""
        said = (
            only if only and (only in title or not title) else self._meta.get("og:title") or title
        )
        return said[:_LONGEST_HEADING]

    def metadata(self) -> dict[str, str]:
        """Author, date, url and description, where the page gives them."""
        names = {
            "author": ("author", "dc.creator", "citation_author", "article:author"),
            "date": (
                "article:published_time",
                "date",
                "dc.date",
                "dcterms.date",
                "pubdate",
                "time",
            ),
            "url": ("canonical", "og:url"),
            "description": ("description", "og:description"),
        }
        found = {
            key: next((self._meta[name] for name in known if self._meta.get(name)), "")
            for key, known in names.items()
        }
        if found["author"].startswith("http"):
            found["author"] = ""  # of a profile
        return {key: value for key, value in found.items() if value}

    # What the parser finds.

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        never = self._stack[-1].within.never
        if not attrs and tag not in _TELLING and not never:
            return
        attributes = {name: _unescaped(value or "") for name, value in reversed(attrs)}
        if tag in _NOTED:
            self._note(tag, attributes)
        if tag in _VOID:
            if not never:
                self._void(tag)
            return
        if tag == "a":
            self._in_link = "href" in attributes
            if self._in_link and self._pieces and self._pieces[-1][1] in (LINKED, RAISED):
                self._mark(GAP)
        elif tag == "sup":
            self._mark(RAISED)
        elif tag in _BLOCKS and not never:
            self._end_block()
            self._end_implied(tag)
        within = self._within(tag, attributes)
        if tag in _REPLACED:
            self._mark(GAP)
        if tag in _BLOCKS or within.never:
            self._push(tag, within, attributes)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._in_link:
            self._in_link = False
            self._mark(LINKED)
        elif tag == "br":
            self._void(tag)
        elif tag in _BLOCKS and not self._stack[-1].within.never:
            self._end_block()
        if tag in _HEADINGS and self._stack[-1].tag in _HEADINGS:
            tag = self._stack[-1].tag
        position = self._last(tag)
        if position and (tag in _TABLE_PARTS or position > self._last(*_CELLS)):
            self._pop_to(position)

    def handle_data(self, data: str) -> None:
        within = self._stack[-1].within
        data = data.partition(_END)[0]
        if within.never:
            if within.title:
                self._title.append(_unescaped(data))
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

    def _push(self, tag: str, within: Within, attributes: _Attributes) -> None:
        opened = _Open(tag, within)
        if within.never:
            pass
        elif tag == "table" and len(self._opened["table"]) < _DEEPEST_TABLE:
            opened.holds = _Table()
            self._sinks.append(opened.holds.elements)
        elif tag in ("td", "th") and self._last("tr") > self._last("table") and self._table():
            opened.holds = _Cell(
                [],
                tag == "th",
                _span(attributes.get("colspan", "")),
                _span(attributes.get("rowspan", "")),
            )
            self._sinks.append(opened.holds.elements)
        elif tag == "dl":
            opened.holds = _Terms()
        self._opened[tag].append(len(self._stack))
        self._stack.append(opened)

    def _pop_to(self, position: int) -> None:
        while len(self._stack) > position:
            if self._stack[-1].tag in _BLOCKS:
                self._end_block()
            opened = self._stack.pop()
            self._opened[opened.tag].pop()
            if isinstance(opened.holds, _Cell):
                self._sinks.pop()
                self._end_cell(opened.holds)
            elif isinstance(opened.holds, _Table):
                self._sinks.pop()
                self._sinks[-1] += opened.holds.end()
            elif opened.tag == "tr" and (table := self._table()):
                table.end_row(opened.within, self._last("thead") > self._last("table"))

    def _end_cell(self, cell: _Cell) -> None:
        table, row = self._table(), self._stack[self._last("tr")].within
        assert table
        inside: list[Element] = []
        for each in cell.elements:
            apart = each.within.region is not row.region and _is_apart(each.within)
            (table.elements if apart else inside).append(each)
        cell.elements = inside
        table.cells.append(cell)

    def _table(self) -> _Table | None:
        holds = self._stack[self._last("table")].holds
        return holds if isinstance(holds, _Table) else None

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
        ended, bounds = _ENDS.get(tag, ((), ()))
        for each in ended:
            if self._last(each) > self._last(*bounds):
                self._pop_to(self._last(each))
        if paragraph := self._last("p"):
            self._pop_to(paragraph)
        top = self._stack[-1]
        if top.tag in _HEADINGS and self._ended is top.within:
            self._pop_to(len(self._stack) - 1)  # a heading that was never closed

    def _within(self, tag: str, attributes: _Attributes) -> Within:
        """What a new element makes of the text in it."""
        outer = self._stack[-1].within
        if outer.never:
            return outer
        named = _Named(tag, attributes)
        if tag in _NEVER and not (tag == "button" and (outer.level or outer.asked or named.asks)):
            return replace(outer, never=True)
        if tag == "title":
            return replace(outer, never=True, title=not self._title)
        if tag not in _BLOCKS:
            return replace(outer, never=True) if attributes and named.is_hidden(outer) else outer
        changes = {**self._form(tag, attributes, outer), **self._area(tag, named, outer)}
        return replace(outer, **changes) if changes else outer

    def _form(self, tag: str, attributes: _Attributes, outer: Within) -> dict[str, Any]:
        """What kind of block it is."""
        changes: dict[str, Any] = {}
        if tag in _HEADINGS:
            changes = {"level": int(tag[1]), "id": attributes.get("id", "")}
        elif tag in _LISTS and not outer.items:
            changes = {"items": Items()}
        elif tag == "details":
            changes = {"entry": Entry(attributes.get("id", "")), "asked": False}
        elif tag == "summary" and outer.entry:
            changes = {"asked": True}
        elif tag in ("dt", "dd"):
            changes = self._term(tag, attributes)
        elif tag in ("td", "th"):
            changes = {"items": None}
        if tag in _PRE:
            changes["pre"] = True
        if tag in _PROSE_TAGS and not outer.prose:
            changes["prose"] = True
        return changes

    def _term(self, tag: str, attributes: _Attributes) -> dict[str, Any]:
        terms = self._stack[self._last("dl")].holds
        if not isinstance(terms, _Terms):
            return {}
        if tag == "dt" and (terms.answered or terms.entry is None):
            terms.entry = Entry(attributes.get("id", ""))
        terms.answered = tag == "dd"
        return {"entry": terms.entry, "asked": tag == "dt"}

    def _area(self, tag: str, named: _Named, outer: Within) -> dict[str, Any]:
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
        elif tag in _REPLACED:
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
        if within.level and len(text) > _LONGEST_HEADING:
            within = replace(within, level=0)  # large print
        if not text:
            return
        _count(within, len(text), links)
        sink = self._sinks[-1]
        if within.level and sink and sink[-1].within is within:
            sink[-1] = together([sink[-1], Element(text, places, within, links)], " ")
        else:
            sink.append(Element(text, places, within, links))

    def _note(self, tag: str, attributes: _Attributes) -> None:
        """Keep what an element says about the page; the first of its name counts."""
        if tag == "html":
            self.lang = self.lang or attributes.get("lang") or attributes.get("xml:lang") or ""
        elif tag == "meta":
            name = (
                attributes.get("property")
                or attributes.get("name")
                or attributes.get("itemprop")
                or ""
            )
            self._meta.setdefault(
                name.strip().lower(), " ".join(attributes.get("content", "").split())
            )
        elif tag == "time":
            self._meta.setdefault("time", attributes.get("datetime", "").strip())
        elif "canonical" in attributes.get("rel", "").lower().split():
            self._meta.setdefault("canonical", attributes.get("href", "").strip())


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


def _span(value: str) -> int:
    return max(1, int(value)) if value.isascii() and value.isdigit() and len(value) < 3 else 1


class _Named:
    """What the tag, role, class and id of an element say about it."""

    def __init__(self, tag: str, attributes: _Attributes) -> None:
        self._tag = tag
        self._given = attributes
        self.role = attributes.get("role", "").strip().lower()
        self._classes = attributes.get("class", "").split()

    @property
    def asks(self) -> bool:
        """Whether it is named as a question that opens its answer is."""
        return self._has(_QUESTION_WORDS)

    def is_hidden(self, outer: Within) -> bool:
        """Whether it can't be seen; answers and tabs that open on a click can."""
        given = self._given
        opens = outer.entry or "aria-labelledby" in given or self.role in ("tabpanel", "region")
        if opens and self._tag in _BLOCKS:
            return False
        return (
            given.get("hidden", "until-found") != "until-found"
            or given.get("aria-hidden") == "true"
            or _UNSHOWN.search(given.get("style", "")) is not None
            or not _HIDDEN_CLASSES.isdisjoint(self._classes)
        )

    def why(self, outer: Within, in_section: bool) -> Why | None:
        """What it may be left out for."""
        if self._tag in ("html", "body") or not (self._given or self._tag in _FRAME_TAGS):
            return None
        if self.is_hidden(outer) or (self._tag == "dialog" and "open" not in self._given):
            return "hidden"
        if self.role in _FRAME_ROLES or self._tag in ("nav", "search", "dialog"):
            return "frame"
        if self._tag == "aside":
            return (
                None if self.role in ("note", "doc-footnote") or self._has(_NOTE_WORDS) else "frame"
            )
        if self._tag in ("header", "footer"):
            return "top" if outer.main or outer.article or in_section else "frame"
        return "named" if self._is_named_as_frame() else None

    def _is_named_as_frame(self) -> bool:
        if self._tag in _NEVER_NAMED:
            return False
        # The id of a section is made from its heading, which may be about menus or cookies.
        is_section = self._tag == "section" or "section" in self._classes
        names = self._classes if is_section else [*self._classes, self._given.get("id", "")]
        words = (_words(name) for name in names)
        return any(
            not _FRAME_WORDS.isdisjoint(each) and _NOT_FRAME_WORDS.isdisjoint(each)
            for each in words
        )

    def _has(self, known: frozenset[str]) -> bool:
        return any(not known.isdisjoint(_words(name)) for name in self._classes)


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}
