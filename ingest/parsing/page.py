"""A web page as it was read: its elements in order, and which of them are its main text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby, pairwise, zip_longest
from typing import Literal

from kb.tables import Record
from kb.text import has_words
from kb.types import Place

Why = Literal["hidden", "frame", "named", "top"]
_PROSE = 1000  # with so many characters outside of links, what is called a menu is none
_FEW = 0.2  # the share of a page's text that <main> must hold to be believed


@dataclass(slots=True, eq=False)
class Region:
    """A part of the page that may be left out, with the length of its text in links and outside of
    them.

    `why`: it is hidden; it is the page's frame by tag or role (<nav>); it is named like one
    (class="menu"); it is the top or bottom of a section, which stays if a heading is in it.
    """

    why: Why
    around: Region | None = None
    prose: int = 0
    links: int = 0
    headings: int = 0

    @property
    def left_out(self) -> bool:
        """Whether it is no main text; known once the whole page is read."""
        if self.around and self.around.left_out:
            return True
        if self.why == "named":
            return self.prose < _PROSE or self.links > self.prose / 2
        return self.why != "top" or not self.headings


@dataclass(slots=True, eq=False)
class Items:
    """An outermost list, with the length of its text, and of that in links."""

    chars: int = 0
    links: int = 0


@dataclass(slots=True, eq=False)
class Entry:
    """A <details>, or a <dt> with its <dd>: something asked and its answer."""

    id: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """What the elements around a text make of it.

    `never`: no text at all. `prose`: main text, however many links are in it. `level`: 1 to 6 in a
    heading, whose id attribute is `id`. `article`: which one it is in, if any.
    """

    never: bool = False
    title: bool = False
    region: Region | None = None
    main: bool = False
    article: int = 0
    pre: bool = False
    prose: bool = False
    level: int = 0
    id: str = ""
    items: Items | None = None
    entry: Entry | None = None
    asked: bool = False
    quotes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """A heading, paragraph, list item or table row. `links`: how much of it is in links.

    `places` are (offset in `text`, line, line). `bare`: a heading with nothing right under it, left
    out or not. `record`: the cells of a row.
    """

    text: str
    places: tuple[Place, ...]
    within: Within
    links: int = 0
    row: bool = False
    bare: bool = False
    record: Record | None = None

    @property
    def is_links(self) -> bool:
        """Whether it is a list of links, or a block of little else."""
        if self.within.level or self.row:
            return False
        if self.within.items:
            return self.within.items.links > 0.7 * self.within.items.chars
        return not self.within.prose and self.links > 0.7 * len(self.text)


@dataclass(frozen=True)
class Page:
    """A page: its elements in order, its title, language and metadata; empty where it doesn't say."""

    elements: Sequence[Element]
    title: str
    lang: str
    meta: Mapping[str, str]

    @cached_property
    def main(self) -> list[Element]:
        """The main text; where nothing seems to be, all that there is."""
        kept = [
            element
            for element in self.elements
            if not (element.within.region and element.within.region.left_out)
        ]
        kept = _narrowed(kept)
        choices = (_without_links(kept), kept, self.shown, list(self.elements))
        return next((choice for choice in choices if _amount(choice)), choices[-1])

    @cached_property
    def shown(self) -> list[Element]:
        """All that isn't hidden."""
        return [
            element
            for element in self.elements
            if not (element.within.region and element.within.region.why == "hidden")
        ]


def _without_links(elements: Sequence[Element]) -> list[Element]:
    """The elements but for lists of links, unless a text introduces them: "See also:"."""
    kept: set[Items | None] = set()
    for before, each in pairwise(elements):
        items = each.within.items
        if items and before.within.items is not items and before.text.endswith((":", "：")):
            kept.add(items)
    return [element for element in elements if not element.is_links or element.within.items in kept]


def _narrowed(elements: list[Element]) -> list[Element]:
    """The elements in <main>, or in the only <article> if most of the text is there; else all."""
    texts = [element for element in elements if not element.is_links]
    whole = _amount(texts)
    if _amount(element for element in texts if element.within.main) > _FEW * whole:
        return [each for each in elements if each.within.main]
    articles = {each.within.article for each in elements} - {0}
    if len(articles) == 1 and _amount(each for each in texts if each.within.article) > 0.5 * whole:
        return [each for each in elements if each.within.article]
    return elements


def _amount(elements: Iterable[Element]) -> int:
    return sum(
        len(element.text)
        for element in elements
        if not element.within.level and has_words(element.text)
    )


def outlined(elements: Iterable[Element]) -> Iterator[tuple[tuple[Element, ...], Element]]:
    """(the headings above, element) for each, but for headings: these only if they stand above
    nothing at all.
    """
    listed = list(elements)
    path: tuple[Element, ...] = ()
    for each, following in zip_longest(listed, listed[1:]):
        level = each.within.level
        if not level:
            yield path, each
            continue
        path = tuple(above for above in path if above.within.level < level)
        if each.bare and (following is None or 0 < following.within.level <= level):
            yield path, each
        path = (*path, each)


def lines_of(elements: Iterable[Element]) -> Iterator[tuple[int, str, Element]]:
    """(line of the source in which it begins, text, element) of each line that elements make."""
    for element in elements:
        starts = iter(element.places)
        upcoming = next(starts, None)
        row = int(upcoming[1]) if upcoming else 1
        offset = 0
        for line in element.text.split("\n"):
            while upcoming and upcoming[0] <= offset:
                row = int(upcoming[1])
                upcoming = next(starts, None)
            yield row, line, element
            offset += len(line) + 1


def together(
    elements: Sequence[Element], between: str = "\n", labels: Sequence[str] = ()
) -> Element:
    """Several elements in one, each after its label, if there are any."""
    pieces: list[str] = []
    places: list[Place] = []
    offset = 0
    for number, each in enumerate(elements):
        label = labels[number] if labels else ""
        # A label has no lines of its own here: it goes with what it names.
        places += (
            (offset + (start and start + len(label)), first, last)
            for start, first, last in each.places
        )
        pieces.append(label + each.text)
        offset += len(pieces[-1]) + len(between)
    return Element(
        between.join(pieces),
        tuple(places),
        elements[0].within,
        sum(element.links for element in elements),
    )


def answered(elements: Iterable[Element]) -> Iterator[Element]:
    """The elements, each <dt> or <summary> in one with the first block of its answer."""
    for entry, run in groupby(elements, key=lambda each: each.within.entry):
        listed = list(run)
        asked = 0
        while (
            entry
            and asked < len(listed)
            and listed[asked].within.asked
            and not listed[asked].within.level
        ):
            asked += 1
        if asked:
            asked += asked < len(listed) and not listed[asked].within.level
            yield together(listed[:asked])
        yield from listed[asked:]
