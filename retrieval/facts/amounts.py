"""Numbers with their units, hedges and bounds, ranges and Chinese compounds put together."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from kb.numerals import SCALES
from retrieval.facts.bounds import bound
from retrieval.facts.number_forms import Numeral, numerals
from retrieval.facts.numbers import Hedge, Number
from retrieval.facts.units import Unit, unit_after, unit_before

_RANGE = re.compile(r"[ ]?(?:-|–|—|~|～|to|到|至)[ ]?", re.I)
_HEDGES: dict[Hedge, re.Pattern[str]] = {
    "about": re.compile(
        r"(?:about|around|roughly|approximately|some|circa|c\.|~|约|大约|左右|上下)\s?\Z", re.I
    ),
    "above": re.compile(
        r"(?:over|more than|at least|exceeding|above|超过|逾|多于|至少|超)\s?\Z", re.I
    ),
    "below": re.compile(
        r"(?:nearly|almost|up to|less than|under|below|近|将近|接近|不到|不足|至多)\s?\Z", re.I
    ),
}
_HEDGE_REACH = 16
# What a Chinese numeral stands before where it counts something.
_MEASURES = frozenset(
    "个名位人家项次件条种年月日天周岁元块倍轮届期章节册部篇座所间支队组场步点"
    "层级代季国省市县街号楼万亿多余小分米公平吨"
)
# What is counted without a unit: plurals, and what Chinese counts by its classifier.
_COUNTED = re.compile(
    r"[ ](?:(?:active|new|paying|monthly|weekly|daily|registered|different|other) )*"
    r"(?!(?:series|bucks|comes|goes|means|covers|pays|helps|gives|takes|makes|adds|plus|across|towards|always|perhaps)\b)"
    r"[a-z]{3,}(?<![suia])s\b|[个名位家项条件座所间支台辆份股张套款种]|用户|粉丝|客户|会员|订单"
)


def amounts(text: str, *, everything: bool) -> Iterator[Number]:
    """The numbers of a text with their units. `everything`: also what may be meant as none."""
    waiting: Number | None = None
    for numeral in numerals(text):
        number = _amount(text, numeral, everything)
        if waiting is not None and number is not None:
            between = text[waiting.end : numeral.start]
            if _RANGE.fullmatch(between):
                if everything:
                    yield waiting
                waiting = _begin_of_range(waiting, number, numeral.factor)
            elif _continues(waiting, number, numeral, between):
                whole = waiting.value + number.value  # 1亿2000万
                waiting = replace(number, value=whole, text=waiting.text + number.text)
                continue
        if waiting is not None:
            yield waiting
        waiting = number
    if waiting is not None:
        yield waiting


def _begin_of_range(first: Number, last: Number, factor: float) -> Number:
    """The scale of "3 to 5 million" belongs to both; of "900 to 1 million" only to the last."""
    shared = replace(first, value=first.value * factor, unit=first.unit or last.unit)
    return shared if shared.value <= last.value else replace(first, unit=shared.unit)


def _continues(first: Number, number: Number, numeral: Numeral, between: str) -> bool:
    is_scaled = numeral.form == "digits" and bool(numeral.scale) and not numeral.scale.isascii()
    return not between and is_scaled and number.value < first.value


def _amount(text: str, numeral: Numeral, everything: bool) -> Number | None:
    value, unit, end = numeral.value, numeral.unit, numeral.end
    if value is None:
        return None
    following, stop = unit_after(text, end)
    if numeral.form == "digits" and following is None and _is_term(text, end):  # 3D, 4G
        return Number(value, None, numeral.text, numeral.start, end) if everything else None
    sign, begin = unit_before(text, numeral.start)
    if _is_metres(text, numeral, sign, following):
        value, following, stop = value / SCALES["m"], Unit("length"), end
    if not everything and not _is_meant(text, numeral, following):
        return None
    limit = bound(text, begin, stop)
    unit = _unit(unit, sign, following)
    return Number(
        value,
        unit,
        text[begin:stop].strip(),
        numeral.start,
        max(end, stop),
        _hedge(text, begin, end, stop, limit),
        counts=unit is None and _COUNTED.match(text, end) is not None,
        bound=limit,
    )


def _is_term(text: str, end: int) -> bool:
    return end < len(text) and text[end].isascii() and text[end].isalpha()


def _is_metres(text: str, numeral: Numeral, sign: Unit | None, following: Unit | None) -> bool:
    """5m is five metres; $5m, 5M and 5m users are five million."""
    alone = sign is None and following is None and not _COUNTED.match(text, numeral.end)
    return numeral.form == "digits" and numeral.scale == "m" and alone


def _unit(own: Unit | None, sign: Unit | None, following: Unit | None) -> Unit | None:
    if sign is not None and following is not None:
        if following.dimension == "money dollar":  # HK$5 dollars
            following = sign
        if following.dimension.startswith("money"):
            return following
    return own or sign or following


def _hedge(text: str, begin: int, end: int, stop: int, limit: str) -> Hedge:
    hedge: Hedge = next(
        (
            kind
            for kind, words in _HEDGES.items()
            if words.search(text, max(0, begin - _HEDGE_REACH), begin)
        ),
        "",
    )
    if not hedge and text[end : end + 1] in ("多", "余", "+"):
        hedge = "above"
    elif not hedge and text[stop : stop + 2] in ("左右", "上下"):
        hedge = "about"
    if limit and hedge in ("above", "below"):
        return "above" if limit == "least" else "below"  # "no more than" is not "more than"
    return hedge


def _is_meant(text: str, numeral: Numeral, unit: Unit | None) -> bool:
    """Whether a numeral in an answer counts something: 三个, 三万五, but not 统一, 四川 or "one"."""
    if numeral.form not in ("han", "words"):
        return True
    if numeral.value is None or numeral.value < 2:
        return False
    written = numeral.text
    if numeral.form == "words" or len(written) >= 3:
        return True
    if len(written) == 2 and any(char in "十百千万亿" for char in written):
        return True
    return unit is not None or text[numeral.end : numeral.end + 1] in _MEASURES
