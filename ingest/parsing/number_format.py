"""Number formats of spreadsheets: a value as its cell shows it, by the format code of Office Open XML
(ECMA-376, 18.8.30).
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[(?:black|blue|cyan|green|magenta|red|white|yellow'
    r"|color ?\d+|dbnum\d|~\w+)\]|(general)|([0#?][0#?,.]*|\.[0#?]+)|(.)",
    re.I | re.S,
)
_DATE_TOKEN = re.compile(r'"([^"]*)"|\\(.)|\[\$[^\]]*\]|(y+|m+|d+)|;.*|([^"\\;@])', re.I | re.S)
_UNREAD = frozenset("ymdhse@[/")  # dates, times, exponents, text, conditions, fractions
_BEGIN = date(1899, 12, 30)
_LARGEST = 1e15


class _Pattern(NamedTuple):
    before: str
    digits: str
    after: str
    percent: int


def shown_number(value: float, code: str) -> str | None:
    """A number as a format code shows it; None for a code that shows no plain number."""
    if abs(value) >= _LARGEST:
        return None
    patterns = _patterns(code)
    if patterns is None:
        return None
    negative = value < 0
    pattern = patterns[0]
    if negative and len(patterns) > 1:
        pattern, value, negative = patterns[1], -value, False
    elif value == 0 and len(patterns) > 2:
        pattern = patterns[2]
    if not pattern.digits:
        return (pattern.before + pattern.after).strip() or None
    text = _digits(value * 100**pattern.percent, pattern.digits, abs(value))
    if text is None:
        return None
    sign = "-" if negative and text.strip("0.,") else ""
    return f"{sign}{pattern.before}{text}{pattern.after}".strip()


def shown_date(value: datetime | date | float, code: str) -> str | None:
    """A date as a format code of years, months and days shows it, `2026年5月`; None for others."""
    if isinstance(value, int | float):
        if not 0 < value < 2_958_466:
            return None
        value = _BEGIN + timedelta(days=int(value))
    text: list[str] = []
    for match in _DATE_TOKEN.finditer(code):
        quoted, escaped, token, other = match.groups()
        if token:
            text.append(_date_part(value, token.lower()))
        elif other and other.lower() in "hsegb[a/":
            return None  # times, eras; and with a slash nobody knows which is the month
        else:
            text.append(quoted or escaped or other or "")
    return "".join(text).strip() or None


def _date_part(value: date, token: str) -> str:
    if token[0] == "y":
        return f"{value.year:04d}" if len(token) > 2 else f"{value.year % 100:02d}"
    if len(token) > 2:
        return value.strftime(
            {"mmm": "%b", "mmmm": "%B", "ddd": "%a", "dddd": "%A"}.get(token, "%m")
        )
    number = value.month if token[0] == "m" else value.day
    return f"{number:02d}" if len(token) == 2 else str(number)


@lru_cache(maxsize=512)
def _patterns(code: str) -> tuple[_Pattern, ...] | None:
    sections = re.findall(r'(?:"[^"]*"|\\.|\[[^\]]*\]|[^;"\\\[])+', code)
    patterns = [_pattern(section) for section in sections[:3]]
    if not patterns or any(pattern is None for pattern in patterns):
        return None
    return tuple(pattern for pattern in patterns if pattern is not None)


def _pattern(section: str) -> _Pattern | None:
    before: list[str] = []
    after: list[str] = []
    digits = ""
    for match in _TOKEN.finditer(section):
        quoted, escaped, currency, general, number, other = match.groups()
        if general or (number and digits) or (other and other.lower() in _UNREAD):
            return None
        if number:
            digits = number
        else:
            (after if digits else before).append(quoted or escaped or currency or other or "")
    text = "".join(before) + "".join(after)
    return _Pattern("".join(before), digits, "".join(after), text.count("%"))


def _digits(value: float, pattern: str, size: float) -> str | None:
    """The digits of a number that is not negative in sign, by a pattern such as `#,##0.00`."""
    whole, _, part = pattern.partition(".")
    thousandths = (
        len(whole) - len(whole.rstrip(",")) if not part else len(part) - len(part.rstrip(","))
    )
    part = part.rstrip(",")
    grouped = "," in whole.rstrip(",")
    least = whole.count("0")
    try:
        number = Decimal(repr(abs(value))) / 1000**thousandths
        rounded = number.quantize(Decimal(1).scaleb(-len(part)), ROUND_HALF_UP)
    except InvalidOperation:
        return None
    text = f"{rounded:,f}" if grouped else f"{rounded:f}"
    integer, _, fraction = text.partition(".")
    while fraction and part[len(fraction) - 1] in "#?" and fraction.endswith("0"):
        fraction = fraction[:-1]
    integer = integer.rjust(least, "0") if least else integer.lstrip("0")
    return f"{integer}.{fraction}" if fraction else integer
