"""Ranges of money as investors and founders write them: 50-200万, $500K–2M, up to €1M."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import inf

from kb.numerals import SCALES
from kb.text import compatible

_UNIT = "亿|千万|百万|十万|万|million|thousand|billion|mn|bn|k|m|w"
_SIGN = r"us\$|hk\$|[$€£¥]|usd|rmb|cny|eur|gbp"
_WORD = "美元|美金|人民币|欧元|英镑|元|usd|rmb|cny|eur|gbp"
_AMOUNT = rf"(?:{_SIGN})?\s?\d[\d,]*(?:\.\d+)?\s?(?:(?:{_UNIT})(?![a-z]))?\s?(?:{_WORD})?"
_SPAN = re.compile(rf"(?P<low>{_AMOUNT})(?:\s?(?:-|–|—|~|至|到|to)\s?(?P<high>{_AMOUNT}))?")
_PART = re.compile(
    rf"(?P<sign>{_SIGN})?\s?(?P<number>\d[\d,]*(?:\.\d+)?)\s?(?P<unit>(?:{_UNIT})(?![a-z]))?\s?(?P<word>{_WORD})?"
)
_CURRENCIES = {
    "$": "USD", "us$": "USD", "usd": "USD", "美元": "USD", "美金": "USD", "€": "EUR", "eur": "EUR",
    "欧元": "EUR", "£": "GBP", "gbp": "GBP", "英镑": "GBP", "hk$": "HKD", "¥": "CNY", "rmb": "CNY",
    "cny": "CNY", "人民币": "CNY", "元": "CNY",
}  # fmt: skip
_MOST = re.compile(r"up to\s*$|at most\s*$|under\s*$|不超过\s*$|至多\s*$|最多\s*$")
_MOST_AFTER = re.compile(r"\s*(?:以内|以下|or less)")
_LEAST = re.compile(r"at least\s*$|from\s*$|over\s*$|至少\s*$|不低于\s*$")
_LEAST_AFTER = re.compile(r"\s*(?:以上|起|\+|or more)")


@dataclass(frozen=True, slots=True)
class MoneyRange:
    """From `low` to `high`, in whole units of a currency; which one may not be told."""

    low: float
    high: float
    currency: str = ""

    def overlaps(self, other: MoneyRange) -> bool | None:
        """Whether some amount is in both; None where they are in different currencies."""
        if self.currency and other.currency and self.currency != other.currency:
            return None
        return self.low <= other.high and other.low <= self.high


def money_range(text: str, *, unmarked: bool = False) -> MoneyRange | None:
    """The first range or amount of money in a text; None for none.

    A number counts as one that has a currency or a scale, such as 万; with `unmarked` any does.
    """
    plainly = compatible(text).lower()
    for span in _SPAN.finditer(plainly):
        ends = [_PART.match(part) for part in span.groups() if part]
        parts = [end for end in ends if end]
        marked = any(part["sign"] or part["unit"] or part["word"] for part in parts)
        if not parts or not (marked or unmarked):
            continue
        unit = next((part["unit"] for part in reversed(parts) if part["unit"]), "")
        values = [_value(part, unit) for part in parts]
        marks = [part["sign"] or part["word"] for part in parts if part["sign"] or part["word"]]
        currency = _CURRENCIES[marks[0]] if marks else "CNY" if _is_han(unit) else ""
        low, high = min(values), max(values)
        if len(values) == 1:
            low, high = _open(plainly, span, low)
        return MoneyRange(low, high, currency)
    return None


def _open(text: str, span: re.Match[str], value: float) -> tuple[float, float]:
    before, after = text[: span.start()], text[span.end() :]
    if _MOST.search(before) or _MOST_AFTER.match(after):
        return 0.0, value
    if _LEAST.search(before) or _LEAST_AFTER.match(after):
        return value, inf
    return value, value


def _value(part: re.Match[str], unit: str) -> float:
    scale = part["unit"] or unit or ""
    factor = 10_000 if scale == "w" else SCALES.get(scale, 1)
    return float(part["number"].replace(",", "")) * factor


def _is_han(unit: str) -> bool:
    return unit == "w" or (bool(unit) and not unit.isascii())
