"""Dates that lean on the day on which something is said: 上周三, next Thursday, 去年5月, this year.

They are resolved against that day, as far as it is known: of a source that only tells its year,
this year is known and tomorrow is not. Weekdays alone are not resolved, since they may lie on
either side of the day.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kb.numerals import HAN_NUMBER, han_value
from kb.scanning import matches_near

_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "昨晚": -1, "今天": 0, "今日": 0, "今晚": 0, "今早": 0,
    "明天": 1, "明日": 1, "明晚": 1, "明早": 1, "后天": 2, "大后天": 3,
    "the day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0, "tonight": 0,
    "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1,
    "the day after tomorrow": 2,
}  # fmt: skip
_YEARS = {"前年": -2, "去年": -1, "今年": 0, "本年": 0, "本年度": 0, "明年": 1, "后年": 2}
_SHIFTS = {
    "上上": -2, "上": -1, "上一": -1, "本": 0, "这": 0, "当": 0, "下": 1, "下一": 1, "下下": 2,
    "last": -1, "this": 0, "next": 1,
}  # fmt: skip
_HAN_WEEKDAYS = "一二三四五六日"
_WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
_MONTHS = (
    "january february march april may june july august september october november december".split()
)
_UNITS = {"day": 1, "week": 7}
_N = rf"(?:\d{{1,2}}|{HAN_NUMBER}{{1,3}})"
_SHIFT = r"(?P<shift>上上|上一?|本|这|当|下下|下一?)个?"
_RELATIVE = re.compile(
    # 先天后天 are no days, 月底 of 12月底 is told by its month, and 每月底 is any.
    rf"(?P<day>大前天|(?<![提目以之])前天|昨[天日晚]|今[天日晚早]|明[天日晚早]|大后天|(?<![先今以之天\d])后天)"
    rf"|(?P<year>(?<![提目之以])前年|去年|今年|本年度?|明年|(?<![今以之])后年)"
    rf"(?:度)?(?:的)?(?:[ ]?(?P<month>{_N})[ ]?月份?(?:[ ]?(?P<date>{_N})[ ]?[日号])?|(?P<year_end>[年]?[底末]))?"
    rf"|{_SHIFT}(?:周|星期|礼拜)(?P<weekday>[一二三四五六日天](?![岁年个月期]))?"
    rf"|{_SHIFT.replace('shift', 'shift2')}月份?(?:[ ]?(?P<date2>{_N})[ ]?[日号]|(?P<month_end>[底末]))?"
    rf"|{_SHIFT.replace('shift', 'shift3')}季度"
    rf"|(?<![\d一二三四五六七八九十每各个本这上下])(?P<this_month_end>月[底末])"
    r"|\b(?:(?P<en_day>the day (?:before yesterday|after tomorrow)|yesterday|last night|today|tonight"
    r"|this (?:morning|afternoon|evening)|tomorrow)"
    rf"|(?P<en_shift>last|this|next) (?:(?P<en_weekday>{'|'.join(_WEEKDAYS)})"
    rf"|(?P<en_unit>week|month|quarter|year)|(?P<en_month>{'|'.join(_MONTHS)}))"
    r"|(?:the )?end of (?:(?P<end_shift>last|this|next|the) )month"
    r"|(?P<count>\d{1,3}|a|an|one|two|three|four|five|six) (?P<ago>day|week|month|year)s? ago)\b",
    re.I,
)
_COUNTS = {word: n for n, word in enumerate("one two three four five six".split(), 1)}
_COUNTS |= {"a": 1, "an": 1}
# What every relative date holds, in forms that a text is looked through for in no time.
_HINT = re.compile(
    r"[前昨今明后後去本上这這当當下月](?:(?<=[前昨今明后後])[天日晚早年]|(?<=[去本])年|(?<=月)[底末]"
    r"|(?<=[上本这這当當下])一?[个個]?[周週星禮礼月季])"
    r"|[ytlnaeYTLNAE](?<=\b.)(?i:(?<=y)esterday|(?<=t)o(?:day|night|morrow)|(?<=a)go\b|(?<=e)nd of "
    r"|(?:(?<=l)ast|(?<=t)his|(?<=n)ext) (?:mo|tu|we|th|fr|s[aue]|qu|ye|ja|fe|ma|ap|ju|au|oc|no|de|ni|af|ev))"
)
_KNOWN = re.compile(r"([12]\d{3})(?:-(\d\d)(?:-(\d\d))?)?")


@dataclass(frozen=True, slots=True)
class RelativeDate:
    """A relative date as it is written, at `start` to `end`, and what it means: `first` to `last`,
    both included.
    """

    text: str
    start: int
    end: int
    first: date
    last: date

    @property
    def written(self) -> str:
        """What it means, in the form of ISO 8601: a day, a month, a year, or a week in its year; of
        a quarter `2026 Q3`.
        """
        year, month = f"{self.first.year}", f"{self.first:%Y-%m}"
        days = (self.last - self.first).days + 1
        if days == 1:
            return self.first.isoformat()
        if days == 7:
            return "{}-W{:02}".format(*self.first.isocalendar()[:2])
        if days <= 31:
            return month
        return f"{year} Q{(self.first.month + 2) // 3}" if days < 100 else year

    def days(self) -> Iterator[str]:
        """The days of a week, or the one day that it means; none of a longer time."""
        length = (self.last - self.first).days + 1
        for number in range(length if length <= 7 else 0):
            yield (self.first + timedelta(number)).isoformat()


def said_on(document: Mapping[str, Any], passage: Mapping[str, Any]) -> str:
    """The day on which a passage was said or written, in the form of ISO 8601, by its metadata and
    its document's: `2026-07-15`, `2026-07` or `2026`; empty where that is not known.
    """
    at = str(passage.get("time") or "")
    day = at if "-" in at else str(document.get("date") or "")
    return day[:10] if day[:4].isdigit() else ""


def is_hinted(text: str) -> bool:
    """Whether a text, as it is written, may hold a relative date: most hold none."""
    return _HINT.search(text) is not None


def relative_dates(text: str, said: str) -> Iterator[RelativeDate]:
    """The relative dates in a text (NFKC, Simplified Chinese) that is said on a day, in a month or
    in a year: `said` is that in the form of ISO 8601, or empty where it is not known.
    """
    known = _KNOWN.match(said)
    if not known or not is_hinted(text):
        return
    year, month, day = (int(part) if part else None for part in known.groups())
    try:
        on = date(year or 1, month or 1, day or 1)
    except ValueError:
        return
    finest = "day" if day else "month" if month else "year"
    for match in matches_near(_RELATIVE, _HINT, text, reach=24, longest=64):
        try:
            meant = _meant(match, on, finest)
        except (ValueError, OverflowError):  # 去年2月30日
            continue
        if meant is not None:
            yield RelativeDate(match[0], *match.span(), *meant)


Span = tuple[date, date]


def _meant(match: re.Match[str], on: date, finest: str) -> Span | None:
    """The first and last day of what is meant; None where `on` is not known well enough to tell."""
    found = {key: value.lower() for key, value in match.groupdict().items() if value}
    if "year" in found or found.get("en_unit") == "year" or found.get("ago") == "year":
        return _in_year(found, on)
    if finest == "year":
        return None
    if "shift2" in found or "shift3" in found or found.get("en_unit") in ("month", "quarter"):
        return _in_month(found, on)
    if "this_month_end" in found or "end_shift" in found:
        shift = _SHIFTS.get(found.get("end_shift", ""), 0)
        return (_month(on, shift)[1],) * 2
    if "en_month" in found:
        return _named_month(_SHIFTS[found["en_shift"]], _MONTHS.index(found["en_month"]) + 1, on)
    if found.get("ago") == "month":
        return _month(on, -_count(found["count"]))
    return _in_days(found, on) if finest == "day" else None


def _in_year(found: dict[str, str], on: date) -> Span:
    if "ago" in found:
        year = on.year - _count(found["count"])
    else:
        year = on.year + (_YEARS[found["year"]] if "year" in found else _SHIFTS[found["en_shift"]])
    if "year_end" in found:
        return date(year, 12, 1), date(year, 12, 31)
    if "month" not in found:
        return date(year, 1, 1), date(year, 12, 31)
    month = _number(found["month"])
    if "date" in found:
        return (date(year, month, _number(found["date"])),) * 2
    return _month(date(year, month, 1), 0)


def _in_month(found: dict[str, str], on: date) -> Span:
    shift = _SHIFTS[found.get("shift2") or found.get("shift3") or found["en_shift"]]
    if "shift3" in found or found.get("en_unit") == "quarter":
        first, _ = _month(on, 3 * shift - (on.month - 1) % 3)
        return first, _month(first, 2)[1]
    first, last = _month(on, shift)
    if "month_end" in found:
        return last, last
    return (first.replace(day=_number(found["date2"])),) * 2 if "date2" in found else (first, last)


def _in_days(found: dict[str, str], on: date) -> Span:
    if "ago" in found:
        day = on - timedelta(_UNITS[found["ago"]] * _count(found["count"]))
        return day, day
    if "day" in found or "en_day" in found:
        day = on + timedelta(_DAYS[found.get("day") or found["en_day"]])
        return day, day
    shift = _SHIFTS[found.get("shift") or found["en_shift"]]
    monday = on - timedelta(on.weekday()) + timedelta(7 * shift)
    if "weekday" in found:
        day = monday + timedelta(_HAN_WEEKDAYS.index(found["weekday"].replace("天", "日")))
        return day, day
    if "en_weekday" in found:
        number = _WEEKDAYS.index(found["en_weekday"])
        # The last one is the last before the day, which may be in the same week.
        before = on - timedelta((on.weekday() - number - 1) % 7 + 1)
        return (before,) * 2 if shift < 0 else (monday + timedelta(number),) * 2
    return monday, monday + timedelta(6)


def _named_month(shift: int, month: int, on: date) -> Span:
    """Last, this or next March: the one before, of, or after the month of the day."""
    year = on.year
    if shift < 0:
        year -= month >= on.month
    elif shift > 0:
        year += month <= on.month
    return _month(date(year, month, 1), 0)


def _month(on: date, shift: int) -> Span:
    """The month that many months after that of a day."""
    months = on.year * 12 + on.month - 1 + shift
    year, month = months // 12, months % 12 + 1
    return date(year, month, 1), date(year, month, monthrange(year, month)[1])


def _count(written: str) -> int:
    return _COUNTS.get(written) or int(written)


def _number(written: str) -> int:
    return int(written) if written.isdigit() else int(han_value(written) or 0)
