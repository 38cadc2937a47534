"""Dates and times of day in both languages, as values that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from retrieval.verifying.numerals import HAN_NUMBER, han_value

_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = {name: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH |= {name[:3]: number for name, number in _MONTH.items()} | {"sept": 9}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_HAN_DAYS = {day: number for number, day in enumerate("一二三四五六日", start=1)} | {"天": 7}

_NAMED = (
    r"(?P<month>(?i:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?)|Mar(?:ch)?|MAR(?:CH)?|May|MAY|Aug(?:ust)?|AUG(?:UST)?)\b\.?"  # words of their own in lower case
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12]\d{3})"
_N = rf"(?:\d{{1,2}}|{HAN_NUMBER}{{1,3}})"
_DATES = [
    re.compile(rf"(?P<year>[12]\d{{3}}|[〇零一二三四五六七八九]{{4}})年(?:度)?(?:(?P<month>{_N})月(?:份)?(?:(?P<day>{_N})[日号])?)?(?!代)"),
    re.compile(rf"(?:民国|昭和)?(?<![\d.])(?P<month>{_N})月(?!球|亮|饼|经)(?:份)?(?:(?P<day>{_N})[日号])?"),
    re.compile(rf"(?<![\d.\-/]){_YEAR}(?P<sep>[-/.])(?P<month>[01]?\d)(?P=sep)(?P<day>[0-3]?\d)(?![\d])"),
    re.compile(rf"\b{_NAMED} {_DAY}(?:,? {_YEAR})?(?!\d)"),
    re.compile(rf"(?<!\d){_DAY} (?:of )?{_NAMED}(?:,? {_YEAR})?(?!\d)"),
    re.compile(rf"\b{_NAMED},? (?:of )?{_YEAR}(?!\d)"),
    re.compile(rf"(?<![\w]){_NAMED}(?! [a-z]*ing\b)"),
    re.compile(rf"(?<!\d)(?P<day>{_N})[日号](?!本|元|圆|称|码|召|角)"),
]  # fmt: skip
_REPUBLIC = re.compile(rf"民国(?P<year>\d{{1,3}}|{HAN_NUMBER}{{1,4}})年")
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>[0-2]?\d):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])[ ]?(?P<half>[ap]\.?m\b\.?)?"
    r"|(?<![\d:.])(?P<hour2>1?\d)[ ]?(?P<half2>[ap]\.?m\b\.?)"
    r"|(?P<han>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间)(?P<hour3>[0-2]?\d|[一二三四五六七八九十两]{1,3})[点时]"
    r"(?:(?P<minute3>[0-5]?\d)分?|(?P<half3>半))?",
    re.I,
)
_WEEKDAY = re.compile(
    rf"\b(?P<name>{'|'.join(day.title() for day in _WEEKDAYS)})s?\b"
    r"|(?:星期|周|礼拜)(?P<han>[一二三四五六日天])(?![年岁期个月])"
)


@dataclass(frozen=True, slots=True)
class Date:
    """What is said of a date; what isn't is None. `text` is as written, at `start` to `end`."""

    year: int | None
    month: int | None
    day: int | None
    text: str
    start: int
    end: int

    def fits(self, told: Date) -> bool:
        """Whether nothing of this date differs from what the other one says, and they share something."""
        pairs = ((self.year, told.year), (self.month, told.month), (self.day, told.day))
        both = [one == other for one, other in pairs if one is not None and other is not None]
        return bool(both) and all(both)

    def parts(self) -> tuple[int, ...]:
        """The numbers in it."""
        return tuple(part for part in (self.year, self.month, self.day) if part is not None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day in minutes, or (with `weekday`) a day of the week from 1. `exact` is False without a.m. or p.m."""

    value: int
    exact: bool
    weekday: bool
    text: str
    start: int
    end: int

    def fits(self, told: Moment) -> bool:
        """Whether both may mean the same time."""
        if self.weekday != told.weekday:
            return False
        if self.value == told.value:
            return True
        return not (self.weekday or (self.exact and told.exact)) and (self.value - told.value) % 720 == 0


def dates(text: str) -> Iterator[Date]:
    """The dates in a text (NFKC, Simplified Chinese), those that say most first; none overlaps another."""
    taken: list[tuple[int, int]] = []
    for match in _REPUBLIC.finditer(text):
        year = _number(match["year"])
        if year is not None:
            yield Date(1911 + year, None, None, match[0], *match.span())
    for pattern in _DATES:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < stop and begin < end for begin, stop in taken):
                continue
            found = match.groupdict()
            year, month, day = (_number(found.get(part)) for part in ("year", "month", "day"))
            if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
                continue
            taken.append((start, end))
            yield Date(year, month, day, match[0], start, end)


def _number(written: str | None) -> int | None:
    if not written:
        return None
    if written.isdigit() and written.isascii():
        return int(written)
    if (named := _MONTH.get(written.lower().rstrip("."))) is not None:
        return named
    value = han_value(written)
    return None if value is None else int(value)


def moments(text: str) -> Iterator[Moment]:
    """The times of day and the days of the week in a text."""
    for match in _CLOCK.finditer(text):
        hour = _number(match["hour"] or match["hour2"] or match["hour3"]) or 0
        minute = 30 if match["half3"] else int(match["minute"] or match["minute3"] or 0)
        half = (match["half"] or match["half2"] or "").lower().replace(".", "")
        late = half == "pm" or match["han"] in ("下午", "傍晚", "晚上", "晚间") or (match["han"] == "中午" and hour < 3)
        if hour > 24:
            continue
        if half == "am" and hour == 12:
            hour = 0
        if late and hour < 12:
            hour += 12
        exact = bool(half or match["han"]) or hour > 12
        yield Moment(hour * 60 + minute, exact, False, match[0].strip(), *match.span())
    for match in _WEEKDAY.finditer(text):
        number = _WEEKDAYS.index(match["name"].lower()) + 1 if match["name"] else _HAN_DAYS[match["han"]]
        yield Moment(number, True, True, match[0], *match.span())
