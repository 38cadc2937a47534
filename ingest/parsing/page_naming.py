"""What the tag, role, class and id of an element say about its part of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ingest.parsing.page import Why, Within
from ingest.parsing.page_tags import BLOCKS, HEADINGS

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
_NEVER_NAMED = HEADINGS | frozenset("html body main article".split())
_NOTE_WORDS = frozenset(
    "note tip hint warning caution important info callout admonition footnote footnotes".split()
)
_HIDDEN_CLASSES = frozenset(
    "sr-only visually-hidden visuallyhidden screen-reader-text mw-editsection headerlink".split()
)
_QUESTION_WORDS = frozenset("accordion question faq".split())
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+")
_UNSHOWN = re.compile(r"display\s*:\s*none", re.I)
Attributes = Mapping[str, str]


class Named:
    """What the tag, role, class and id of an element say about it."""

    def __init__(self, tag: str, attributes: Attributes) -> None:
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
        if opens and self._tag in BLOCKS:
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
