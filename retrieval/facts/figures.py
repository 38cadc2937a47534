"""Figures: the numbers, amounts, dates and times of a text, held against those of another.

Of a source everything is taken that may be a figure; of an answer only what is meant as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from kb.dates import Date, Moment, dates, moments
from retrieval.facts.amounts import DIGITS, amounts, decades, halves, ordinals
from retrieval.facts.numbers import PER_QUARTER, Number, matches, periods
from retrieval.facts.text import blanked

_VERSION = re.compile(
    r"\bv(?:ersion)?[ .]?(\d+(?:\.\d+)*[\w-]*)|(?<![\d.,])(\d+(?:\.\d+){2,}[\w-]*)", re.I
)


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a text.

    `versions` are compared as written; `bare` are all numbers in it, those in dates too, which may
    be meant without what they count.
    """

    numbers: tuple[Number, ...] = ()
    dates: tuple[Date, ...] = ()
    moments: tuple[Moment, ...] = ()
    versions: frozenset[str] = frozenset()
    bare: frozenset[float] = frozenset()

    def lacking(self, claimed: Figures) -> list[str]:
        """What of the claimed figures does not stand here, as written there."""
        missing = [number.text for number in claimed.numbers if not self._has_number(number)]
        missing += [date.text for date in claimed.dates if not self._has_date(date)]
        missing += [
            moment.text
            for moment in claimed.moments
            if not any(moment.fits(own) for own in self.moments)
        ]
        missing += [
            version for version in sorted(claimed.versions) if not self._has_version(version)
        ]
        return list(dict.fromkeys(missing))

    def opposing(self, claimed: Figures) -> list[str]:
        """Those of the claimed that stand here as another bound, or per another period."""
        return [number.text for number in claimed.numbers if self._opposes(number)]

    def by_sort(self) -> list[tuple[str, str]]:
        """Each figure as written under its sort and its value: what shares one may be mistaken."""
        sorts = [
            (number.dimension.split()[0] if number.unit else "number", number.text)
            for number in self.numbers
        ]
        sorts += [(f"{number.value:g}", number.text) for number in self.numbers]
        for date in self.dates:
            parts = (("year", date.year), ("month", date.month), ("day", date.day))
            sorts += [(sort, date.text) for sort, part in parts if part is not None]
        return [*sorts, *(("time", moment.text) for moment in self.moments)]

    def written(self) -> list[str]:
        """All of them as written, but for versions."""
        found: tuple[Number | Date | Moment, ...] = (*self.numbers, *self.dates, *self.moments)
        return [figure.text for figure in found]

    def widened(self) -> Figures:
        """The same figures where each number of a date may also be meant alone."""
        return replace(self, bare=self.bare | _parts(self.dates))

    def _has_number(self, claim: Number) -> bool:
        if any(matches(claim, own) for own in self.numbers):
            return True
        if self._opposes(claim):
            return False
        # A number of no known unit may be a part of a date: "in 2019", "on the 3rd".
        return claim.unit is None and claim.value in self.bare

    def _opposes(self, claim: Number) -> bool:
        return any(claim.value == own.value and claim.opposes(own) for own in self.numbers)

    def _has_date(self, claim: Date) -> bool:
        if any(claim.fits(own) and set(claim.parts()) <= set(own.parts()) for own in self.dates):
            return True
        if claim.year is not None and claim.month is None:
            return claim.year in self.bare
        # The month and day of one place with the year, or the month, of another: a heading, a
        # sentence before.
        near = [own for own in self.dates if claim.fits(own) and own.month is not None]
        if not near or (claim.day is not None and all(own.day is None for own in near)):
            return False
        return claim.year is None or claim.year in self.bare

    def _has_version(self, claim: str) -> bool:
        is_number = re.fullmatch(r"\d+(?:\.\d+)?", claim) is not None
        return claim in self.versions or (is_number and float(claim) in self.bare)


def figures(text: str, *, everything: bool = False) -> Figures:
    """The figures of a `comparable` text. `everything`: also what may be meant as none."""
    all_dates = tuple(
        date for date in dates(text) if everything or date.month is not None or "年" in date.text
    )
    all_moments = tuple(moments(text, everything))
    rest = PER_QUARTER.sub(_blank, _without(text, (*all_dates, *all_moments)))
    versions = frozenset(
        re.sub(r"(?:\.0)+\Z", "", (match[1] or match[2]).lower())
        for match in _VERSION.finditer(rest)
    )
    found: list[Number] = []
    rest = _VERSION.sub(_blank, rest)
    found += ordinals(rest, everything=everything)
    rest = _without(rest, found)
    found += decades(rest)
    rest = _without(rest, found)
    with_half = list(halves(rest))
    found += with_half
    found += amounts(_without(rest, with_half), everything=everything)
    numbers = tuple(
        replace(number, periods=periods(text, number.start, number.end, everything=everything))
        for number in found
    )
    bare = frozenset(number.value for number in numbers) | _parts(all_dates)
    if everything:
        bare |= {float(digits.replace(",", "")) for digits in re.findall(DIGITS, text)}
    return Figures(numbers, all_dates, all_moments, versions, bare)


def _parts(all_dates: Iterable[Date]) -> frozenset[float]:
    return frozenset(float(part) for date in all_dates for part in date.parts())


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _without(text: str, found: Iterable[Date | Moment | Number]) -> str:
    return blanked(text, [(figure.start, figure.end) for figure in found])
