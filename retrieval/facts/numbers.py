"""Numbers with what they count, their units, bounds and periods, and whether one may be another."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from retrieval.facts.text import CLAUSE_END, entries

# --- units and currencies, so that 5 km is not 5 miles --------------------------------------------


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted, such as `length` or `money usd`, in multiples of its smallest unit."""

    dimension: str
    factor: float = 1.0


_CURRENCIES = {
    "us$": "money usd", "usd": "money usd", "$": "money dollar", "hk$": "money hkd", "nt$": "money twd",
    "a$": "money aud", "c$": "money cad", "€": "money eur", "eur": "money eur", "£": "money gbp", "gbp": "money gbp",
    "¥": "money ¥", "rmb": "money cny", "cny": "money cny", "人民币": "money cny", "₹": "money inr", "₩": "money krw",
    "美元": "money usd", "新台币": "money twd", "港币": "money hkd",
}  # fmt: skip
_CURRENCY = re.compile(
    rf"(?:{'|'.join(re.escape(sign) for sign in sorted(_CURRENCIES, key=len, reverse=True))})[ ]?\Z",
    re.I,
)
_FAMILIES = ({"money dollar", "money usd"}, {"money pound", "money gbp"}, {"money ¥", "money cny"})
_BROAD = {  # what a bare sign may mean
    "money dollar": ("money hkd", "money twd", "money aud", "money cad"),
    "money ¥": ("money jpy",),
}


@lru_cache(maxsize=1)
def _known_units() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for line in (*entries("en/units"), *entries("zh/units")):
        dimension, factor, *names = line.split(",")
        table |= dict.fromkeys(names, Unit(dimension, float(factor)))
    return table


@lru_cache(maxsize=1)
def _unit_pattern() -> re.Pattern[str]:
    names = sorted(_known_units(), key=len, reverse=True)
    chinese = "|".join(re.escape(name) for name in names if not name[0].isascii())
    latin = "|".join(re.escape(name) for name in names if name[0].isascii() and name != "%")
    return re.compile(rf"[ -]?(?:(?P<han>{chinese})|(?P<latin>%|(?:{latin})(?![A-Za-z])))", re.I)


def unit_after(text: str, at: int) -> tuple[Unit | None, int]:
    """The unit that follows a number which ends at `at`, and where the unit ends."""
    name = _unit_pattern().match(text, at)
    if name is None:
        return None, at
    return _known_units()[(name["han"] or name["latin"]).lower()], name.end()


def unit_before(text: str, at: int) -> tuple[Unit | None, int]:
    """The currency sign that precedes a number which begins at `at`, and where it begins."""
    sign = _CURRENCY.search(text, max(0, at - 8), at)
    if sign is None:
        return None, at
    begin = sign.start()
    if text[begin].isalpha() and text[begin].isascii() and begin and text[begin - 1].isalpha():
        return None, at
    return Unit(_CURRENCIES[sign[0].strip().lower()]), begin


def same_dimension(claimed: str, stated: str) -> bool:
    """Whether a claim may count what a source counts: `$5` may be HK$5, but HK$5 isn't `$5`."""
    return (
        claimed == stated
        or any(claimed in family and stated in family for family in _FAMILIES)
        or stated in _BROAD.get(claimed, ())
        or {claimed, stated} == {"money pound", "mass"}
    )


# --- numbers --------------------------------------------------------------------------------------

Bound = Literal["", "least", "most"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit, if that is known, as written at [start, end) of a text.

    `counts`: whether it counts things without a unit, as in 5 million users. `bound`: whether it is
    the least or the most of what is meant. `periods`: what it may be meant per, as in 5 a day.
    `is_rough`: whether it is rounded, as in about 40.
    """

    value: float
    unit: Unit | None
    text: str
    start: int
    end: int
    ordinal: bool = False
    counts: bool = False
    bound: Bound = ""
    periods: frozenset[str] = frozenset()
    is_rough: bool = False

    @property
    def base(self) -> float:
        """Its value in the smallest unit of its dimension."""
        return self.value * self.unit.factor if self.unit else self.value

    @property
    def dimension(self) -> str:
        """What it counts; empty where no unit tells."""
        return self.unit.dimension if self.unit else ""

    def opposes(self, other: Number) -> bool:
        """Whether one is the least and the other the most, or the two are per different periods."""
        if self.periods and other.periods and self.periods.isdisjoint(other.periods):
            return True
        return bool(self.bound and other.bound) and self.bound != other.bound

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money."""
        return self.dimension.startswith("money")

    @property
    def precision(self) -> float:
        """The worth of its last digit that is not zero: 100,000 of 1,500,000."""
        digits = f"{self.value:.10g}"
        if "." in digits:
            return float(10 ** -len(digits.split(".")[1]))
        return float(10 ** (len(digits) - len(digits.rstrip("0")))) if self.value else 1.0


def matches(claim: Number, stated: Number) -> bool:
    """Whether the number that a source states may be the one that is claimed."""
    if claim.opposes(stated) or (claim.ordinal and not stated.ordinal and stated.unit):
        return False
    if claim.unit is None or stated.unit is None:
        return _matches_without_unit(claim, stated)
    if not same_dimension(claim.dimension, stated.dimension):
        return False
    if claim.unit.factor == stated.unit.factor:
        return _may_be(claim, claim.value, stated.value)
    return abs(claim.base - stated.base) <= 0.002 * abs(stated.base)  # 26.2 miles are 42.2 km


def _matches_without_unit(claim: Number, stated: Number) -> bool:
    if claim.dimension in ("ratio", "points"):
        return False  # 20 is not 20%
    if claim.is_money and stated.counts:
        return False  # 5 million users are not $5 million
    return _may_be(claim, claim.value, stated.value) or (
        stated.dimension == "ratio" and _may_be(claim, claim.value, stated.base)
    )


def _may_be(claim: Number, claimed: float, stated: float) -> bool:
    """Whether two values are equal, or the claimed one, if it is rough, is the other rounded."""
    if claim.is_rough:
        return abs(claimed - stated) <= min(claim.precision / 2, 0.1 * abs(stated))
    return abs(claimed - stated) <= 1e-9 * max(1.0, abs(stated))


# --- bounds: up to 30, 30人以上 -------------------------------------------------------------------

_NEGATED = (
    r"(?:(?:\b(?:no|not|never|cannot|without)|n't) (?:\w+ ){0,2}?"
    r"|不得?|不能|不可以?|不会|不应该?|不要|没有?|未|别)"
)
_MORE = r"\b(?:more|greater|higher|larger) than|\bover|\babove|\bexceed(?:s|ed|ing)?|超过|超出|逾|多于|高于|大于"
_LESS = r"\b(?:less|fewer|lower|smaller) than|\bunder|\bbelow|低于|少于|小于"
_BEFORE = re.compile(
    r"(?P<least>\bat least|\bminimum (?:\w+ ){0,2}?(?:of|is)|\bstart(?:s|ing)? (?:at|from)"
    r"|至少|最少|最低\w{0,4}?|起码|不下)\s?\Z"
    rf"|(?P<most>\bat most|\bup to|\bmaximum of|\bnearly|\balmost|至多|最多|不到|不足|未满|不满|将近|接近)\s?\Z"
    rf"|(?P<negated>{_NEGATED})?(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\s?\Z",
    re.I,
)
_AFTER = re.compile(
    r"(?:[个名位家项条件次]?人?(?:[及或和含])?|(?: [a-z]+)? (?:or|and) |[ ]?)"
    r"(?:(?P<least>起(?!\w)|以上|(?<=or |nd )(?:more|above|over|older|higher|greater)\b)"
    r"|(?P<most>以下|以内|之内|(?<=or |nd )(?:less|fewer|below|under|younger|lower)\b))",
    re.I,
)


def bound(text: str, begin: int, end: int) -> Bound:
    """Whether the number with its unit at [begin, end) is a least or a most, or neither."""
    after = _AFTER.match(text, end)
    if after:
        return "least" if after["least"] else "most"
    before = _BEFORE.search(text, max(0, begin - 40), begin)
    if before is None:
        return ""
    if before["least"] or before["most"]:
        return "least" if before["least"] else "most"
    return "least" if bool(before["more"]) is not bool(before["negated"]) else "most"


# --- periods: $480 a year, 每月480元, an annual fee ------------------------------------------------

_PERIODS = {
    "hour": "hour", "hourly": "hour", "hr": "hour", "小时": "hour", "钟头": "hour", "时": "hour",
    "day": "day", "daily": "day", "天": "day", "日": "day",
    "week": "week", "weekly": "week", "wk": "week", "周": "week", "星期": "week", "礼拜": "week",
    "month": "month", "monthly": "month", "mo": "month", "月": "month",
    "quarter": "quarter", "quarterly": "quarter", "季度": "quarter", "季": "quarter",
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "annum": "year", "yr": "year", "年": "year",
}  # fmt: skip
_HAN = r"(?P<han>小时|钟头|季度?|月|年|天|日|(?:周|星期|礼拜)(?![一二三四五六日天末]))"
_ENGLISH = r"(?P<english>hour|day|week|month|quarter|year|annum)\b(?! (?:ago|later|earlier|before|after|old|of)\b)"
_BESIDE = re.compile(
    rf"[ ]?/[ ]?(?:{_HAN}|(?P<short>hour|hr|day|week|wk|month|mo|quarter|year|yr)\b)"
    r"|(?: (?!(?:in|for|of|within|after|than|once|about|over|at|by|and|to|or|from|half)\b)[a-z]+){0,2}"
    rf" (?:an?|per|each|every) {_ENGLISH}",
    re.I,
)
_BESIDE_HAN = re.compile(rf"[ ]?(?:[元块次人位个名]|美元|美金)?[ ]?[每一]个?{_HAN}")
_ANYWHERE = re.compile(
    rf"\b(?:per|each|every) {_ENGLISH}|\b(?P<ly>annual(?:ly)?|(?:year|month|week|dai|quarter|hour)ly)\b",
    re.I,
)
_ANYWHERE_HAN = re.compile(rf"每个?{_HAN}|(?P<of>[年月周日时])(?:度?会?费|薪|租金?|收入|营收|活)")
_REACH = 120


def periods(text: str, begin: int, end: int, *, everything: bool) -> frozenset[str]:
    """The periods per which the number at [begin, end) is meant; empty where none is told.

    That is the one beside the number, else those in its clause. With `everything`, for sources, it
    is both.
    """
    beside = _BESIDE.match(text, end) or _BESIDE_HAN.match(text, end)
    named = {_period(beside)} if beside else set()
    if named and not everything:
        return frozenset(named)
    before = [match.end() for match in CLAUSE_END.finditer(text, max(0, begin - _REACH), begin)]
    after = CLAUSE_END.search(text, end, end + _REACH)
    clause = text[
        before[-1] if before else max(0, begin - _REACH) : after.start() if after else end + _REACH
    ]
    for pattern in (_ANYWHERE, _ANYWHERE_HAN):
        named.update(_period(match) for match in pattern.finditer(clause))
    return frozenset(named)


def _period(match: re.Match[str]) -> str:
    return next(_PERIODS[word.lower()] for word in match.groupdict().values() if word)


PER_QUARTER = re.compile(
    r"\b(?:per|each|every) quarter\b|(?<=[a-z]s) a quarter\b(?! (?:of|to|past|century|mile|million|billion)\b)",
    re.I,
)
"""A quarter of a year, which a number is told per, and not a fourth part of something."""
