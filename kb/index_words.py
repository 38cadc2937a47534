"""Index words: what passages are found by, and what questions ask for.

Beside the words of a text these are words for its dates, times of day, quarters and amounts: one
spelling for every way to write them, so that 7月15号 finds 2026-07-15, and 一万二 finds 12,000. A
date gives a word for each of its parts in the forms of ISO 8601, among them `2026-07-15`,
`2026-07`, `--07-15` and `--07`: so a question that says less finds a passage that says more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.dates import Date, dates, times_of_day
from kb.numerals import HAN_NUMBER, SCALES, han_value
from kb.relative_dates import is_hinted, relative_dates
from kb.text import compatible, plain, simplified, terms, words_of
from kb.types import Group, Phrase

IndexWords = tuple[str, str, str, str]

_MONTH_AND_DAY = re.compile(
    r"(?<![\d/.,-])(?P<month>1[0-2]|0?[1-9])/(?P<day>[12]\d|3[01]|0?[1-9])(?![\d/%.])"
)
_QUARTER = re.compile(
    r"(?:第[ ]?)?(?P<han>[一二三四1-4])[ ]?季度|\b(?:Q(?P<after>[1-4])|(?P<before>[1-4])Q)\b"
    r"|\b(?P<name>first|second|third|fourth) quarter\b",
    re.I,
)
_QUARTERS = {name: number for number, name in enumerate("first second third fourth".split(), 1)}
_QUARTERS |= {name: number for number, name in enumerate("一二三四", 1)}
_HALF_PAST = re.compile(
    r"\bhalf past (?P<hour>one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b", re.I
)
# Most texts hold no value, or none of some kind: these tell it many times as fast as the patterns.
_HINT = re.compile(
    rf"[\d{HAN_NUMBER[1:-1]}qQ季hHjfmasondJFMASOND](?:(?<=\d)(?:[-/.:]\d|[ ]?[万亿千百十ktmbKTMBapAP年月日号点时季qQ])"
    rf"|(?<={HAN_NUMBER})[{HAN_NUMBER[1:-1]}年月日号点时季:]|(?<=[qQ季])(?:[1-4]|uarter|UARTER|度)"
    r"|(?<=\b.)(?:(?i:(?<=h)alf past|(?<=j)(?:an|un|ul)|(?<=f)eb|(?<=a)pr|(?<=s)ep|(?<=o)ct|(?<=n)ov|(?<=d)ec)"
    r"|(?<=M)(?:a[ry]|A[RY])|(?<=A)(?:ug|UG)))"
)
_QUARTER_HINT = re.compile(r"[qQ季](?:[1-4]|uarter|UARTER|度|(?<=[1-4].))")
_SLASH_HINT = re.compile(r"\d/\d")
_HOURS = "one two three four five six seven eight nine ten eleven twelve".split()
_SCALE_NAMES = "万亿|千亿|百亿|十亿|亿|千万|百万|十万|万|千(?![米克瓦])|k|thousand|million|billion"
_SCALED = re.compile(
    rf"(?<![\d.,])(?P<number>\d{{1,3}}(?:,\d{{3}})+|\d{{1,9}}(?:\.\d{{1,4}})?)[ ]?(?P<scale>{_SCALE_NAMES})(?![a-z])",
    re.I,
)
_SCALE_HINT = re.compile(r"\d[ ]?[万亿千百十ktmbKTMB]")
_HAN_AMOUNT = re.compile(rf"{HAN_NUMBER}{{2,15}}")


def index_words(title: str, headings: tuple[str, ...], text: str, context: str = "") -> IndexWords:
    """The index words of a passage's title, headings, body and context, markup aside, each joined
    by spaces.
    """
    about = _joined(title), _joined(" ".join(headings))
    return *about, " ".join(findable_words(plain(text))), _joined(plain(context))


@lru_cache(
    maxsize=256
)  # the passages of a document share their title and, by sections, their headings
def _joined(text: str) -> str:
    return " ".join(findable_words(text))


def findable_words(text: str, said: str = "") -> list[str]:
    """The words of `text` in order, and after them those of its values; where it is known on which
    day it is `said` (ISO 8601), relative dates have words too.
    """
    plainly = simplified(compatible(text))
    values = [word for value in value_words(plainly) for word in value.words]
    if said and is_hinted(text):
        for date in relative_dates(plainly, said):
            values += findable_words(date.written)
    return [*words_of(plainly), *values]


def question_words(text: str) -> list[str]:
    """The distinct words of a question that carry its topic; none when it has no topic.

    Of a value these are only the words for it: the 7 of 7月 is no other 7.
    """
    text = simplified(compatible(text))
    values = value_words(text)
    rest = list(text)
    for value in values:
        rest[value.start : value.end] = " " * (value.end - value.start)
    own = (word for value in values for word in value.words)
    return list(dict.fromkeys([*terms("".join(rest)), *own]))


def date_groups(text: str, said: str) -> tuple[Group, ...]:
    """For each relative date in what is asked on a day, the other ways to write that date."""
    groups = []
    for date in relative_dates(simplified(compatible(text)), said):
        ways: dict[Phrase, float] = {(day,): 1.0 for day in date.days()}
        ways[tuple(question_words(date.written))] = 1.0
        groups.append(Group(tuple(terms(date.text)), ways))
    return tuple(group for group in groups if group.of)


@dataclass(frozen=True, slots=True)
class ValueWords:
    """The index words that stand for `text[start:end]`."""

    start: int
    end: int
    words: tuple[str, ...]


def value_words(text: str) -> list[ValueWords]:
    """The values in a text (NFKC, Simplified Chinese), in order; none overlaps another."""
    if not _HINT.search(text):
        return []
    values: list[ValueWords] = []
    taken: set[int] = set()
    for value in _values(text):
        span = range(value.start, value.end)
        if taken.isdisjoint(span):
            taken.update(span)
            values.append(value)
    return sorted(values, key=lambda value: value.start)


def _values(text: str) -> Iterator[ValueWords]:
    """The values in a text, of those that overlap first the one that is meant."""
    for date in dates(text):
        yield ValueWords(date.start, date.end, _date_words(date))
    for match in _QUARTER.finditer(text) if _QUARTER_HINT.search(text) else ():
        number = match["han"] or match["after"] or match["before"] or match["name"].lower()
        yield ValueWords(*match.span(), (f"q{_QUARTERS.get(number, number)}",))
    for match in _HALF_PAST.finditer(text) if "past" in text.lower() else ():
        hour = _HOURS.index(match["hour"].lower()) + 1
        yield ValueWords(*match.span(), _time_words(hour * 60 + 30, exact=False))
    for moment in times_of_day(text, everything=False):
        yield ValueWords(moment.start, moment.end, _time_words(moment.value, moment.exact))
    for match in _MONTH_AND_DAY.finditer(text) if _SLASH_HINT.search(text) else ():
        month, day = int(match["month"]), int(match["day"])
        written = (match["month"], match["day"])  # it may be a fraction
        yield ValueWords(*match.span(), (*written, f"--{month:02}", f"--{month:02}-{day:02}"))
    for match in _SCALED.finditer(text) if _SCALE_HINT.search(text) else ():
        amount = float(match["number"].replace(",", "")) * SCALES[match["scale"].lower()]
        yield ValueWords(*match.span(), (f"{amount:.10g}" if amount < 1e9 else f"{amount:.0f}",))
    for match in _HAN_AMOUNT.finditer(text):
        value = han_value(match[0])
        if value is not None:
            yield ValueWords(*match.span(), (f"{value:.0f}",))


def _date_words(date: Date) -> tuple[str, ...]:
    year = f"{date.year}" if date.year else ""
    month = f"{date.month:02}" if date.month else ""
    day = f"{date.day:02}" if date.day else ""
    if day and not (month or year):
        return f"{date.day}", f"---{day}"  # 3号 may be a number too
    words = [
        year,
        f"--{month}" if month else "",
        f"---{day}" if day else "",
        f"--{month}-{day}" if month and day else "",
        f"{year}-{month}" if year and month else "",
        f"{year}-{month}-{day}" if year and month and day else "",
    ]
    return tuple(filter(None, words))


def _time_words(minutes: int, exact: bool) -> tuple[str, ...]:
    """A word for a time on a clock of twelve hours, and where that is known one of 24."""
    hour, minute = divmod(minutes % 1440, 60)
    dial = f"t{hour % 12:02}:{minute:02}"
    return (dial, f"T{hour:02}:{minute:02}") if exact else (dial,)
