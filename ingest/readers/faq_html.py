"""FAQs in HTML: <details> with its <summary>, <dt> with its <dd>, or headings that ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.entries import CALLED_FAQ
from ingest.parsing.page import Element, Entry, Page, answered, outlined, together
from ingest.parsing.page_parser import parse
from ingest.readers.html import anchor

_NAMED = re.compile(rf"{CALLED_FAQ.pattern}|frequently asked", re.I)
# Parsing takes long, and most pages have none of this.
_MAY_FIT = re.compile(
    rf"<(?:summary|dd)\b|<(?:title|h1)\b[\s\S]{{0,300}}?(?:{_NAMED.pattern})", re.I
)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of the page under its headings: an entry, or (with nothing asked) a text outside of
    entries.
    """

    path: tuple[Element, ...]
    asked: tuple[Element, ...]
    said: tuple[Element, ...]
    id: str = ""

    @property
    def asks(self) -> bool:
        """Whether it is an entry that is written as a question."""
        return bool(self.asked) and _asks(self.asked[-1])


def fits(file: File) -> bool:
    """True for two or more <details> or <dt> that mostly ask, or for a page called FAQ that has
    questions.
    """
    if not (_NAMED.search(file.name) or _MAY_FIT.search(file.text)):
        return False
    page = parse(file.text)
    tagged = list(_by_tags(page))
    asking = sum(part.asks for part in tagged)
    if asking >= 2 and _mostly_ask(tagged):
        return True
    tops = (element.text for element in page.elements if element.within.level == 1)
    if not any(map(_NAMED.search, (file.name, page.title, *tops))):
        return False
    return asking > 0 or any(part.asks for part in _by_headings(page))


def read(file: File) -> Parsed:
    """Read a FAQ. Each entry is one block, question and answer. Raises Unreadable without any.

    What stands outside entries is kept too, as ordinary text.
    """
    page = parse(file.text)
    composer = Composer()
    above: tuple[Element, ...] | None = None
    group = number = 0
    for part in _parts(page):
        group += bool(part.asked) or part.path != above
        headings = tuple(each.text for each in part.path)
        if part.asked:
            number += 1
            above = None
            question = together(part.asked, " ")
            entry = together([question, *part.said])
            composer.add(
                entry.text,
                anchor(entry, entry=part.id or str(number)),
                group,
                (*headings, question.text),
            )
        else:
            above = part.path
            text = together(part.said)
            composer.add(text.text, anchor(text), group, headings, text.places)
    return composer.parsed("faq", page.title, page.lang, page.meta)


def _parts(page: Page) -> list[_Part]:
    """The page with its entries: those by tags if they ask, else those by headings."""
    tagged = list(_by_tags(page))
    if _mostly_ask(tagged):
        return tagged
    headed = list(_by_headings(page))
    for parts in (headed, tagged):
        if any(part.asked for part in parts):
            return parts
    raise Unreadable("no questions found in it")


def _mostly_ask(parts: Iterable[_Part]) -> bool:
    entries = [part for part in parts if part.asked]
    return 2 * sum(part.asks for part in entries) > len(entries)


def _asks(element: Element) -> bool:
    return element.text.endswith(("?", "？"))


def _by_tags(page: Page) -> Iterator[_Part]:
    """The page with <details> and <dt> as entries, if they have both a question and an answer."""
    entries: dict[Entry, list[Element]] = {}
    for each in page.main:
        if each.within.entry:
            entries.setdefault(each.within.entry, []).append(each)
    whole = {
        entry for entry, held in entries.items() if len({each.within.asked for each in held}) == 2
    }
    left: list[Element] = []
    for each in page.main:
        entry = each.within.entry
        if entry not in whole:
            left.append(each)
        elif each is entries[entry][0]:  # stands for the entry, also where it is a heading
            left.append(replace(each, within=replace(each.within, level=0)))
    for path, each in outlined(left):
        entry = each.within.entry
        if entry is not None and entry in whole:
            asked = tuple(part for part in entries[entry] if part.within.asked)
            yield _Part(
                path,
                asked,
                tuple(part for part in entries[entry] if not part.within.asked),
                entry.id,
            )
        else:
            yield _Part(path, (), (each,))


def _by_headings(page: Page) -> Iterator[_Part]:
    """The page with headings that ask as entries, each with what stands under it."""
    parts: list[
        tuple[tuple[Element, ...], list[Element]]
    ] = []  # (headings down to the one that asks, text)
    seen: dict[Element, list[Element]] = {}
    shown: set[Element] = set()
    for path, each in outlined(answered(page.main)):
        depth = max(
            (number for number, heading in enumerate(path, start=1) if _asks(heading)), default=0
        )
        if not depth:
            parts.append((path, [each]))
            continue
        if path[depth - 1] not in seen:
            parts.append((path[:depth], seen.setdefault(path[depth - 1], [])))
        below = [heading for heading in path[depth:] if heading not in shown]
        shown.update(below)
        seen[path[depth - 1]] += [*below, each]
    for path, said in parts:
        if path and path[-1] in seen:
            yield _Part(path[:-1], path[-1:], tuple(said), path[-1].within.id)
        else:
            yield _Part(path, (), tuple(said))
