"""Dates and times of day in both languages, as values that can be compared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.numerals import HAN_NUMBER, han_value
from kb.scanning import matches_near

_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_MONTH = {name: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH |= {name[:3]: number for name, number in _MONTH.items()} | {"sept": 9}
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_HAN_DAYS = {day: number for number, day in enumerate("一二三四五六日", start=1)} | {"天": 7}

_NAMED = (
    r"(?P<month>(?i:jan(?:uary)?|feb(?:ruary)?|apr(?:il)?|june?|july?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    # words of their own in lower case
    r"|dec(?:ember)?)|Mar(?:ch)?|MAR(?:CH)?|May|MAY|Aug(?:ust)?|AUG(?:UST)?)\b\.?"
)
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12]\d{3})"
_N = rf"(?:\d{{1,2}}|{HAN_NUMBER}{{1,3}})"
_HAN_YEAR = re.compile(
    r"(?P<year>[12]\d{3}|[〇零一二三四五六七八九]{4})[ ]?年(?:度)?"
    rf"(?:[ ]?(?P<month>{_N})[ ]?月(?:份)?(?:[ ]?(?P<day>{_N})[ ]?[日号])?)?(?!代)"
)
# Texts are looked through for what each kind of date holds before they are for such dates, which
# takes many times as long and is in vain for most texts.
_NAME = (
    r"[jfmasondJFMASOND](?<=\b.)(?:(?i:(?<=j)(?:an|un|ul)|(?<=f)eb|(?<=a)pr|(?<=s)ep|(?<=o)ct|(?<=n)ov|(?<=d)ec)"
    r"|(?<=M)(?:a[ry]|A[RY])|(?<=A)(?:ug|UG))"
)
_EITHER = re.compile(
    r"(?<![\d.\-/])(?P<day>\d{1,2})(?P<sep>[-/.])(?P<month>\d{1,2})(?P=sep)(?P<year>[12]\d{3})(?!\d)"
)
_MONTHLY = re.compile(
    r"(?<![\d.,\-/$€£¥])(?P<year>(?:19|20)\d\d)[-/.](?P<month>0[1-9]|1[0-2])(?!\d|[.,\-/]\d|[ ]?[%万亿元点])"
)
_DATES = [(re.compile(hint), patterns) for hint, patterns in (
    ("年", [_HAN_YEAR]),
    ("月", [re.compile(
        rf"(?<![\d.])(?P<month>{_N})[ ]?月(?!球|亮|饼|经)(?:份)?(?:[ ]?(?P<day>{_N})[ ]?[日号])?"
    )]),
    (r"[12]\d{3}[-/.]\d", [
        re.compile(rf"(?<![\d.\-/]){_YEAR}(?P<sep>[-/.])(?P<month>[01]?\d)(?P=sep)(?P<day>[0-3]?\d)(?![\d])"),
        _MONTHLY,
    ]),
    (r"\d[-/.][12]\d{3}", [_EITHER]),
    (_NAME, [
        re.compile(rf"\b{_NAMED} {_DAY}(?:,? {_YEAR})?(?!\d)"),
        re.compile(rf"(?<!\d){_DAY} (?:of )?{_NAMED}(?:,? {_YEAR})?(?!\d)"),
        re.compile(rf"\b{_NAMED},? (?:of )?{_YEAR}(?!\d)"),
        re.compile(rf"(?<![\w]){_NAMED}(?! [a-z]*ing\b)"),
    ]),
    ("[日号]", [re.compile(rf"(?<!\d)(?P<day>{_N})[ ]?[日号](?!本|元|圆|称|码|召|角)")]),
)]  # fmt: skip
_CLOCK_HINT = re.compile(r"[\d一二三四五六七八九十两](?::|[ ]?(?:[点时]|[apAP]\.?[mM]))")
_CLOCK = re.compile(
    r"(?<![\d:.])(?P<hour>[0-2]?\d):(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:])[ ]?(?P<half>[ap]\.?m\b\.?)?"
    r"|(?<![\d:.])(?P<hour2>1?\d)[ ]?(?P<half2>[ap]\.?m\b\.?)"
    r"|(?P<han>凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|晚间)[ ]?"
    r"(?P<hour3>[0-2]?\d|[一二三四五六七八九十两]{1,3})[ ]?[点时]"
    r"(?:[ ]?(?P<minute3>[0-5]?\d)(?:[ ]?分)?|[ ]?(?P<half3>半))?"
    r"|(?<![\d:.])(?P<bare>[0-2]?\d|[一二三四五六七八九十两]{1,3}(?=点[钟整半]))[ ]?(?:点|时(?![代间期候尚辰段长常速]))"
    r"(?P<exactly>[ ]?(?P<minute4>[0-5]\d(?!\d)|\d(?=[ ]?分))(?:[ ]?分)?|(?P<half4>半)|[钟整])?",
    re.I,
)
# Where 点 after a number is the hour, and no point of several: 9点开始, 周一9点, but not 3点建议.
_HOUR_BEFORE = re.compile(r"(?:[到至~—–\-日号晚在于]|每天|(?:周|星期|礼拜)[一二三四五六天])[ ]?\Z")
_HOUR_AFTER = re.compile(r"[ ]?(?:之?[前后]|以[前后]|[到至起开关~—–\-]|结束|截止|左右|[上下]班)")
_POINTS_BEFORE = re.compile(r"[涨跌升降了有共][ ]?\Z")
_WEEKDAY = re.compile(
    rf"\b(?P<name>{'|'.join(day.title() for day in _WEEKDAYS)})s?\b"
    # 每周三次 is three times a week, 周五天 five days of one.
    r"|(?:星期|周|礼拜)(?P<han>[一二三四五六日天])(?![年岁期个月次回遍场百千万]|小时|分钟|天(?!气))"
)


# the keys of a document's and a passage's metadata for the days from and until when it holds
VALID_FROM, VALID_UNTIL = "valid_from", "valid_until"


@dataclass(frozen=True, slots=True)
class Date:
    """What is said of a date; what isn't is None. `text` is as written, at `start` to `end`.

    `either`: whether its month may be its day, as in 5/3/2024.
    """

    year: int | None
    month: int | None
    day: int | None
    text: str
    start: int
    end: int
    either: bool = False

    def fits(self, other: Date) -> bool:
        """Whether the two share a part and differ in none; 5/3/2024 may be either reading of it."""
        if (
            self.either
            and not other.either
            and replace(self, month=self.day, day=self.month, either=False).fits(other)
        ):
            return True
        if other.either:
            swapped = replace(other, month=other.day, day=other.month, either=False)
            if self.fits(swapped):
                return True
        pairs = ((self.year, other.year), (self.month, other.month), (self.day, other.day))
        both = [one == other for one, other in pairs if one is not None and other is not None]
        return bool(both) and all(both)

    @property
    def iso(self) -> str:
        """The date as far as it is told, `2026-07-15`, `2026-07` or `2026`; empty without a year."""
        if not self.year:
            return ""
        return "-".join(
            (f"{self.year}", *(f"{part:02}" for part in (self.month, self.day) if part))
        )

    def parts(self) -> tuple[int, ...]:
        """The numbers in it."""
        return tuple(part for part in (self.year, self.month, self.day) if part is not None)


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day in minutes, or (with `weekday`) a day of the week from 1. `exact` is False
    without a.m. or p.m.
    """

    value: int
    exact: bool
    weekday: bool
    text: str
    start: int
    end: int

    def fits(self, other: Moment) -> bool:
        """Whether both may mean the same time."""
        if self.weekday != other.weekday:
            return False
        if self.value == other.value:
            return True
        is_vague = not (self.weekday or (self.exact and other.exact))
        return is_vague and (self.value - other.value) % 720 == 0


def dates(text: str) -> Iterator[Date]:
    """The dates in a text (NFKC, Simplified Chinese), those that say most first; none overlaps
    another.
    """
    taken: list[tuple[int, int]] = []
    for pattern in _patterns(text):
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < stop and begin < end for begin, stop in taken):
                continue
            found = match.groupdict()
            year, month, day = (_number(found.get(part)) for part in ("year", "month", "day"))
            numeric = pattern is _EITHER
            if numeric and month is not None and day is not None and month > 12:
                month, day = day, month
            if pattern is _MONTHLY and year is not None and month == (year + 1) % 100:
                continue  # the season 2011/12
            if (month is not None and not 1 <= month <= 12) or (
                day is not None and not 1 <= day <= 31
            ):
                continue
            taken.append((start, end))
            yield Date(
                year, month, day, match[0], start, end, numeric and max(month or 0, day or 0) <= 12
            )


def _patterns(text: str) -> Iterator[re.Pattern[str]]:
    """The patterns of dates that a text may hold."""
    for hint, patterns in _DATES:
        if hint.search(text):
            yield from patterns


def iso_date(text: str) -> str:
    """The first date in a text (NFKC, Simplified Chinese) that has a year, in the form of ISO 8601
    as far as it is told: `2026-07-15`, `2026-07` or `2026`. Empty without one.
    """
    dated = [date for date in dates(text) if date.year and not date.either]
    if not dated:
        return text if re.fullmatch(r"(?:19|20)\d\d", text) else ""
    return min(dated, key=lambda date: date.start).iso


def _number(written: str | None) -> int | None:
    if not written:
        return None
    if written.isdigit() and written.isascii():
        return int(written)
    if (named := _MONTH.get(written.lower().rstrip("."))) is not None:
        return named
    value = han_value(written)
    return None if value is None else int(value)


def moments(text: str, everything: bool = True) -> Iterator[Moment]:
    """The times of day and the days of the week in a text; not `everything`: without 3点 that may
    be three points.
    """
    yield from times_of_day(text, everything)
    for match in _WEEKDAY.finditer(text):
        number = (
            _WEEKDAYS.index(match["name"].lower()) + 1 if match["name"] else _HAN_DAYS[match["han"]]
        )
        yield Moment(number, True, True, match[0], *match.span())


def times_of_day(text: str, everything: bool = True) -> Iterator[Moment]:
    """The times of day in a text; not `everything`: without 3点 that may be three points."""
    for match in matches_near(_CLOCK, _CLOCK_HINT, text, reach=6, longest=32):
        hour = _number(match["hour"] or match["hour2"] or match["hour3"] or match["bare"]) or 0
        if match["bare"] and not everything and not _is_hour(text, match, hour):
            continue
        minute = 30 if match["half3"] or match["half4"] else 0
        minute = minute or int(match["minute"] or match["minute3"] or match["minute4"] or 0)
        half = (match["half"] or match["half2"] or "").lower().replace(".", "")
        late = (
            half == "pm"
            or match["han"] in ("下午", "傍晚", "晚上", "晚间")
            or (match["han"] == "中午" and hour < 3)
        )
        if hour > 24:
            continue
        if half == "am" and hour == 12:
            hour = 0
        if late and hour < 12:
            hour += 12
        exact = bool(half or match["han"]) or hour > 12
        yield Moment(hour * 60 + minute, exact, False, match[0].strip(), *match.span())


def _is_hour(text: str, match: re.Match[str], hour: int) -> bool:
    """Whether a number before 点 or 时 is meant as the time."""
    if match["exactly"] or "时" in match[0]:
        return True
    before = text[max(0, match.start() - 4) : match.start()]
    if _HOUR_BEFORE.search(before) or _HOUR_AFTER.match(text, match.end()):
        return True
    return hour > 12 and not _POINTS_BEFORE.search(before)
