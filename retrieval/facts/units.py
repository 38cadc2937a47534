"""Units and currencies in both languages: what a number counts, so that 5 km is not 5 miles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from retrieval.facts.word_lists import entries


@dataclass(frozen=True, slots=True)
class Unit:
    """What is counted, such as `length` or `money usd`, in multiples of its smallest unit."""

    dimension: str
    factor: float = 1.0


_SIGNS = {
    "us$": "money usd", "usd": "money usd", "$": "money dollar", "hk$": "money hkd", "nt$": "money twd",
    "a$": "money aud", "c$": "money cad", "€": "money eur", "eur": "money eur", "£": "money gbp", "gbp": "money gbp",
    "¥": "money ¥", "rmb": "money cny", "cny": "money cny", "人民币": "money cny", "₹": "money inr", "₩": "money krw",
    "美元": "money usd", "新台币": "money twd", "港币": "money hkd",
}  # fmt: skip
_SIGN = re.compile(
    rf"(?:{'|'.join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))})[ ]?\Z",
    re.I,
)
_FAMILIES = ({"money dollar", "money usd"}, {"money pound", "money gbp"}, {"money ¥", "money cny"})
_BROAD = {  # what a bare sign may mean
    "money dollar": ("money hkd", "money twd", "money aud", "money cad"),
    "money ¥": ("money jpy",),
}


@lru_cache(maxsize=1)
def _units() -> dict[str, Unit]:
    table: dict[str, Unit] = {}
    for line in (*entries("en/units"), *entries("zh/units")):
        dimension, factor, *names = line.split(",")
        table |= dict.fromkeys(names, Unit(dimension, float(factor)))
    return table


@lru_cache(maxsize=1)
def _name() -> re.Pattern[str]:
    names = sorted(_units(), key=len, reverse=True)
    chinese = "|".join(re.escape(name) for name in names if not name[0].isascii())
    latin = "|".join(re.escape(name) for name in names if name[0].isascii() and name != "%")
    return re.compile(rf"[ -]?(?:(?P<han>{chinese})|(?P<latin>%|(?:{latin})(?![A-Za-z])))", re.I)


def unit_after(text: str, at: int) -> tuple[Unit | None, int]:
    """The unit that follows a number which ends at `at`, and where the unit ends."""
    name = _name().match(text, at)
    if name is None:
        return None, at
    return _units()[(name["han"] or name["latin"]).lower()], name.end()


def unit_before(text: str, at: int) -> tuple[Unit | None, int]:
    """The currency sign that precedes a number which begins at `at`, and where it begins."""
    sign = _SIGN.search(text, max(0, at - 8), at)
    if sign is None:
        return None, at
    begin = sign.start()
    if text[begin].isalpha() and text[begin].isascii() and begin and text[begin - 1].isalpha():
        return None, at
    return Unit(_SIGNS[sign[0].strip().lower()]), begin


def same_dimension(claimed: str, stated: str) -> bool:
    """Whether a claim may count what a source counts: `$5` may be HK$5, but HK$5 isn't `$5`."""
    return (
        claimed == stated
        or any(claimed in family and stated in family for family in _FAMILIES)
        or stated in _BROAD.get(claimed, ())
        or {claimed, stated} == {"money pound", "mass"}
    )
