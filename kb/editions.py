"""Editions of a document: which of several of one title is the later."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from kb.dates import VALID_FROM, dates
from kb.numerals import han_value
from kb.text import compatible, simplified, words
from kb.types import Hit

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_HAN = "[一二三四五六七八九十]"
_NAMES = "first second third fourth fifth sixth seventh eighth ninth tenth".split()
_REVISED = frozenset("年 月 日 版 修订 修订版 新版 new revis edit version updat".split())
_VERSION = re.compile(
    rf"第(?P<han>{_HAN}{{1,3}}|\d{{1,3}})(?:次修订)?版"
    r"|(?:版本|\b(?:version|ver|v)\.?)[ ]?(?P<number>\d{1,3}(?:\.\d{1,3})?)(?!\.?\d|[^\W\d_])"
    r"|\b(?P<nth>\d{1,2})(?:st|nd|rd|th) (?:edition|revision)\b"
    rf"|\b(?P<name>{'|'.join(_NAMES)}) (?:edition|revision)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Edition:
    """What tells editions apart: the words of the title without figures and version, the day from
    which it holds or on which it was written (ISO 8601, as far as that is known), and the version.
    """

    title: frozenset[str]
    day: str
    version: float

    def is_later(self, other: Edition) -> bool:
        """Whether it is a later edition of the same document, as far as the two tell."""
        if self.title != other.title:
            return False
        if self.version and other.version:
            return self.version > other.version
        known = min(len(self.day), len(other.day))
        return known > 0 and self.day[:known] > other.day[:known]


def edition(hit: Hit) -> Edition:
    """The edition that a hit's document is."""
    title = simplified(compatible(hit.document.title))
    name = f"{title}\n{simplified(compatible(hit.document.source))}"
    match = _VERSION.search(name)
    named = (word for word in words(_VERSION.sub(" ", title)) if not word[0].isdigit())
    own = frozenset(named) - _REVISED
    day = str(hit.document.meta.get(VALID_FROM) or hit.document.meta.get("date") or "")[:10]
    if not day[:4].isdigit():
        day = max(_YEAR.findall(name), default="")
    return Edition(own, day, _version(match) if match else 0.0)


def standing_edition(asked: str, best: Hit, others: Iterable[Hit]) -> Hit:
    """The first of the other hits, best first, that is of the latest edition of the best one's
    document, or of the edition of a year that is asked about; else the best one itself.
    """
    years = {f"{date.year}" for date in dates(asked) if date.year}
    of = edition(best)
    for hit in [best, *others] if years else others:
        its = edition(hit)
        if years and its.title == of.title and its.day[:4] in years:
            return hit
        if not years and its.is_later(of):
            best, of = hit, its
    return best


def _version(match: re.Match[str]) -> float:
    if match["name"]:
        return _NAMES.index(match["name"].lower()) + 1.0
    written = match["han"] or match["number"] or match["nth"]
    if written[0].isdigit():
        major, _, minor = written.partition(".")
        return float(major) + (float(minor) / 1000 if minor else 0.0)
    return float(han_value(written) or 0)
