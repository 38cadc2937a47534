"""Pages that exist in Chinese and in English, cut into sections, and which section is which in the
other language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from kb.text import HAN, flat, terms

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$")
_FENCE = re.compile(r"^[ \t]*(`{3,}|~{3,})")
_FRONT = re.compile(r"\A---\n(.*?)\n---[ \t]*\n", re.S)
_TITLE = re.compile(r"^(?:title|sidebarTitle):[ \t]*[\"']?(.+?)[\"']?[ \t]*$", re.M)
_ANCHOR = re.compile(r"[ \t]*\{#[^}]*\}")
_HAN = re.compile(f"[{HAN}]")
_LEAST = (
    80  # Latin letters that a section must have to be looked for; a Chinese character counts as 2.5
)


@dataclass(slots=True)
class Section:
    """A heading, the text below it up to the next heading, and the sections within it."""

    level: int
    path: tuple[str, ...]
    body: str = ""
    within: list[Section] = field(default_factory=list)

    @property
    def long_enough(self) -> bool:
        text = flat(self.body)
        return len(text) + 1.5 * len(_HAN.findall(text)) >= _LEAST


@dataclass(frozen=True, slots=True)
class Page:
    """A page of one language: its name, the same in both languages, its title, and its sections as
    a tree.
    """

    name: str
    title: str
    root: Section


def read_pages(folder: Path, endings: tuple[str, ...] = (".md", ".mdx")) -> dict[str, Page]:
    """The pages below a folder that have a title or a heading, by name relative to it."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in endings)
    pages = (
        read_page(path.relative_to(folder).as_posix(), path.read_text("utf-8")) for path in paths
    )
    return {page.name: page for page in pages if page.title}


def read_page(name: str, text: str) -> Page:
    """The sections of a Markdown page."""
    front = _FRONT.match(text)
    named = _TITLE.search(front[1]) if front else None
    root = Section(0, ())
    open_ = [root]
    fence = ""
    for line in text[front.end() if front else 0 :].splitlines():
        mark = _FENCE.match(line)
        if mark and (not fence or line.strip().startswith(fence)):
            fence = "" if fence else mark[1]
        heading = None if fence or mark else _HEADING.match(line)
        if heading is None:
            open_[-1].body += line + "\n"
            continue
        while open_[-1].level >= len(heading[1]):
            open_.pop()
        section = Section(len(heading[1]), (*open_[-1].path, flat(_ANCHOR.sub("", heading[2]))))
        open_[-1].within.append(section)
        open_.append(section)
    first = root.within[0].path[0] if root.within else ""
    return Page(name, named[1] if named else first, root)


def aligned(one: Section, other: Section) -> Iterator[tuple[Section, Section]]:
    """The section pairs of two versions of a page: by order, and only as deep as both have the same
    structure.
    """
    yield one, other
    if [each.level for each in one.within] == [each.level for each in other.within]:
        for here, there in zip(one.within, other.within, strict=True):
            yield from aligned(here, there)


def every(section: Section) -> Iterator[Section]:
    """A section and all within it."""
    yield section
    for each in section.within:
        yield from every(each)


@dataclass(frozen=True, slots=True)
class Found:
    """A section with its page; `key` is the same for both versions of an aligned section."""

    key: str
    page: Page
    section: Section

    @property
    def headings(self) -> tuple[str, ...]:
        return self.section.path

    @property
    def heading(self) -> str:
        return self.section.path[-1] if self.section.path else self.page.title


def pair_up(zh: Mapping[str, Page], en: Mapping[str, Page]) -> tuple[list[Found], list[Found]]:
    """All sections of both languages that say something. Those of one key are each other's
    translation.
    """
    sides: tuple[list[Found], list[Found]] = ([], [])
    for name in sorted({*zh, *en}):
        keys: dict[int, str] = {}
        if name in zh and name in en:
            for number, (one, other) in enumerate(aligned(zh[name].root, en[name].root)):
                if one.long_enough and other.long_enough:
                    keys[id(one)] = keys[id(other)] = f"{name}#{number}"
        for side, pages, lang in ((sides[0], zh, "zh"), (sides[1], en, "en")):
            for number, section in enumerate(every(pages[name].root) if name in pages else ()):
                if section.long_enough:
                    side.append(
                        Found(keys.get(id(section), f"{name}#{lang}{number}"), pages[name], section)
                    )
    return sides


def questions(side: Sequence[Found], other: Sequence[Found]) -> Iterator[tuple[str, str]]:
    """(question, key): the headings of sections that the other side has too.

    A heading that stands more than once, or says too little by itself, is led by the heading or
    title above it; one that still is not the only one is left out.
    """
    there = {each.key for each in other}
    alone = Counter(each.heading.casefold() for each in side)
    asked = {
        each.key: each.heading
        if alone[each.heading.casefold()] == 1 and len(terms(each.heading)) > 1
        else _led(each)
        for each in side
        if each.key in there
    }
    times = Counter(asked.values())
    yield from ((question, key) for key, question in asked.items() if times[question] == 1)


def _led(found: Found) -> str:
    above = found.headings[-2] if len(found.headings) > 1 else found.page.title
    return found.heading if above == found.heading else f"{above} {found.heading}"
