"""HTML: the main text of a page, block by block, each part of it with the line of the source that
it stands in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ingest.parsed import Composer, File, Parsed
from ingest.parsing.page import Element, answered, outlined
from ingest.parsing.page_parser import parse
from kb.types import Anchor

_CANVAS = 'class="quip-canvas-content"'
_HEAD = 2000  # characters in which a page says what it is


def read(file: File) -> Parsed:
    """Read a web page: its main text, or all of a canvas of Slack, which is a document and no page
    among others. Raises Unreadable without any.
    """
    page = parse(file.text)
    composer = Composer()
    compose(composer, page.shown if _CANVAS in file.text[:_HEAD] else page.main)
    return composer.parsed("doc", page.title, page.lang, page.meta)


def compose(
    composer: Composer,
    elements: Iterable[Element],
    group: int = 0,
    part: str | None = None,
    headings: tuple[str, ...] = (),
    context: str = "",
    meta: Mapping[str, Any] | None = None,
) -> int:
    """Add elements as blocks below `headings`, a group for each of their own, from `group` on;
    gives the next group. All are found with `context`, and have `meta`.
    """
    above: tuple[Element, ...] = ()
    for path, each in outlined(answered(elements)):
        group += path != above
        above = path
        own = (heading.text for heading in path)
        own_place = anchor(each, part)
        path_here = (*headings, *own)
        composer.add(
            each.text, own_place, group, path_here, each.places, meta, each.record, context=context
        )
    return group + 1


def anchor(element: Element, part: str | None = None, entry: str | None = None) -> Anchor:
    """The lines that an element stands in; those of a FAQ entry, where one is named."""
    first, last = (
        min(place[1] for place in element.places),
        max(place[2] for place in element.places),
    )
    return Anchor("faq" if entry else "lines", first, last, part=part, entry=entry)
