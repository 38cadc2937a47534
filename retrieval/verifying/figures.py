"""Figures: numbers, amounts, shares, ordinals, dates and times, found in a text and held against
another's.

Of a source everything that may be a number is taken; of an answer only what is meant as one.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kb.text import simplified
from retrieval.verifying.bounds import bound
from retrieval.verifying.dates import Date, Moment, dates, moments
from retrieval.verifying.halves import halves
from retrieval.verifying.numbers import Hedge, Number, matches
from retrieval.verifying.numerals import (
    ENGLISH_NUMBER,
    HAN_NUMBER,
    ORDINALS,
    SCALES,
    english_value,
    han_value,
    roman_value,
)
from retrieval.verifying.rates import PER_QUARTER, rates
from retrieval.verifying.units import Unit, unit_after, unit_before

_URL = re.compile(r"\b(?:https?://|www\.)[^\s<>()\[\]]+|\b[\w.+-]+@[\w-]+\.[\w.]+", re.I)
_SPACED = re.compile(
    r"(?<=\d) (?=[年月日号点时分])|(?<=[年月午晨晚早]) (?=\d)"
)  # 10 月 17 日, 下午 2 点
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")  # ९, ٥: one character each, as the digit that it is
_DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SCALE = "|".join(sorted((scale for scale in SCALES if not scale.isascii()), key=len, reverse=True))
_LATIN_SCALE = r"hundred|thousand|million|billion|trillion|mil|mn|mm|bn|k|m|b"
_NUMBER = re.compile(
    rf"(?P<fraction>(?<![\w.])(?P<of>\d{{1,3}})[/⁄](?P<by>\d{{1,3}})(?![\w./]))"
    rf"|(?P<digits>(?<![A-Za-z_])(?<![\d][.,])(?<!\d)(?:{_DIGITS}))"
    rf"(?:[ ]?(?P<scale>{_SCALE})(?!分之)|(?:[ -]?)(?P<latin>(?i:{_LATIN_SCALE}))(?![A-Za-z]))?"
    rf"|(?P<share>百分之|千分之)(?P<share_of>{HAN_NUMBER}+(?:点{HAN_NUMBER}+)?|{_DIGITS})"
    rf"|(?P<parts>{HAN_NUMBER}+)分之(?P<part>{HAN_NUMBER}+)"
    rf"|(?P<tenths>[一二三四五六七八九两\d])成(?P<half>[一二三四五六七八九半])?(?![立为功员长本果就人分年交都熟绩型名效家对])"
    rf"|(?P<han>(?!一半){HAN_NUMBER}+(?:点[〇零一二三四五六七八九]+(?![十分])(?:万亿|[万亿])?)?)"
    r"|(?P<few>(?<!first )(?<!last )(?<!next )(?<!this )(?<!second )\b(?:a |one[ -])?half\b"
    r"|\b(?:a |one[ -])(?:third|quarter)\b(?! party)|\bquarter(?= (?:the|a)\b| of (?!\d))"
    r"|\btwo[ -]thirds\b|\bthree[ -]quarters\b|一半|半数)"
    rf"|(?P<words>{ENGLISH_NUMBER})",
    re.I,
)  # fmt: skip
_FEW = {
    "half": 1 / 2,
    "quarter": 1 / 4,
    "third": 1 / 3,
    "thirds": 2 / 3,
    "quarters": 3 / 4,
    "一半": 1 / 2,
    "半数": 1 / 2,
}
_ORDINAL = re.compile(
    rf"第[ ]?(?P<digits>\d+)|第(?P<han>{HAN_NUMBER}+)|(?<![\d.])(?P<suffixed>\d+)(?:st|nd|rd|th)\b"
    r"|(?!(?<=\bone[ -])third\b)(?!(?<=\ba )third of\b)"  # 1/3
    rf"\b(?P<word>{'|'.join(ORDINALS)})\b(?P<period>[ -](?:quarter|half)\b)?"
    rf"|(?P<century>\d{{1,2}}|{HAN_NUMBER}{{1,3}})世纪",
    re.I,
)
_VERSION = re.compile(
    r"\bv(?:ersion)?[ .]?(\d+(?:\.\d+)*[\w-]*)|(?<![\d.,])(\d+(?:\.\d+){2,}[\w-]*)", re.I
)
_DECADE = re.compile(
    r"(?<!\d)(?P<full>[12]\d{3})s\b|'?(?<!\d)(?P<short>\d0)s\b|(?P<han>\d0|[二三四五六七八九]十)年代"
)
_FOLD = re.compile(
    r"\b(?P<two>twice|doubled?|doubling)\b|\b(?P<three>tripled?|tripling|thrice)\b|(?P<han>翻倍|翻番|翻了一番)",
    re.I,
)
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
_MEASURES = (
    "个名位人家项次件条种年月日天周岁元块倍轮届期章节册部篇座所间支队组场步点"
    "层级代季国省市县街号楼万亿多余小分米公平吨"
)
# What is counted without a unit: plurals, and what Chinese counts by its classifier.
_COUNTED = re.compile(
    r"[ ](?:(?:active|new|paying|monthly|weekly|daily|registered|different|other) )*"
    r"(?!(?:series|bucks|comes|goes|means|covers|pays|helps|gives|takes|makes|adds|plus|across|towards|always|perhaps)\b)"
    r"[a-z]{3,}(?<![suia])s\b|[个名位家项条件座所间支台辆份股张套款种]|用户|粉丝|客户|会员|订单"
)
_NO_NUMBER = frozenset("千万 万一 万千 百万千 一一 万万 千百".split())


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a text. `versions` are compared as written."""

    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]
    moments: tuple[Moment, ...]
    versions: frozenset[str]
    raw: frozenset[float]

    def lacking(self, claimed: Figures) -> list[str]:
        """What of the claimed figures does not stand here, as written there."""
        missing = [each.text for each in claimed.numbers if not self._holds(each)]
        missing += [each.text for each in claimed.dates if not self._dated(each)]
        missing += [
            each.text
            for each in claimed.moments
            if not any(each.fits(told) for told in self.moments)
        ]
        missing += [each for each in sorted(claimed.versions) if not self._versioned(each)]
        return list(dict.fromkeys(missing))

    def opposing(self, claimed: Figures) -> list[str]:
        """Those that stand here as another bound, or per something else."""
        return [
            each.text
            for each in claimed.numbers
            if any(each.value == told.value and each.opposes(told) for told in self.numbers)
        ]

    def sorted(self) -> list[tuple[str, str]]:
        """(what sort of figure, or its value, as written) of each: only what shares one of these
        can be mistaken.
        """
        sorts = [
            (each.unit.dimension.split()[0] if each.unit else "number", each.text)
            for each in self.numbers
        ]
        sorts += [(f"{each.value:g}", each.text) for each in self.numbers]
        for date in self.dates:
            parts = (("year", date.year), ("month", date.month), ("day", date.day))
            sorts += [(sort, date.text) for sort, part in parts if part is not None]
        return [*sorts, *(("time", each.text) for each in self.moments)]

    def written(self) -> list[str]:
        """All of them as written."""
        found: tuple[Number | Date | Moment, ...] = (*self.numbers, *self.dates, *self.moments)
        return [each.text for each in found]

    def widened(self) -> Figures:
        """The same with every number in it, of dates too, as one that may be meant alone."""
        return replace(
            self, raw=self.raw | {float(part) for date in self.dates for part in date.parts()}
        )

    def _holds(self, claim: Number) -> bool:
        if any(matches(claim, told) for told in self.numbers):
            return True
        if any(claim.opposes(told) and claim.value == told.value for told in self.numbers):
            return False
        # A number of no known unit may be a part of a date: "in 2019", "on the 3rd".
        return claim.unit is None and claim.value in self.raw

    def _dated(self, claim: Date) -> bool:
        if any(claim.fits(told) and set(claim.parts()) <= set(told.parts()) for told in self.dates):
            return True
        if claim.year is not None and claim.month is None:
            return claim.year in self.raw
        near = [told for told in self.dates if claim.fits(told) and told.month is not None]
        if not near:
            return False
        # The month and day of one place with the year, or the month, of another: a heading, a
        # sentence before.
        if claim.day is not None and all(told.day is None for told in near):
            return False
        return claim.year is None or claim.year in self.raw

    def _versioned(self, claim: str) -> bool:
        return claim in self.versions or (
            claim.count(".") <= 1 and _is_number(claim) and float(claim) in self.raw
        )


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\d+(?:\.\d+)?", text) is not None


def comparable(text: str) -> str:
    """The text in which figures are looked for: NFKC, Simplified, ASCII digits, without addresses;
    case stays.
    """
    text = _SPACED.sub("", unicodedata.normalize("NFKC", text))
    text = _FOREIGN_DIGIT.sub(lambda match: str(int(match[0])), text)
    text = _URL.sub(lambda match: " " * len(match[0]), text)
    return simplified(text).replace("兆", "万亿")


def figures(text: str, *, everything: bool = False) -> Figures:
    """The figures of a text that `comparable` gave. `everything`: also what may not be meant as
    one.
    """
    found_dates = tuple(
        each for each in dates(text) if everything or each.month is not None or "年" in each.text
    )
    found_moments = tuple(moments(text, everything))
    blank = _without(text, (*found_dates, *found_moments))
    blank = PER_QUARTER.sub(lambda match: " " * len(match[0]), blank)
    versions = frozenset(
        re.sub(r"(?:\.0)+\Z", "", (match[1] or match[2]).lower())
        for match in _VERSION.finditer(blank)
    )
    rest = _VERSION.sub(lambda match: " " * len(match[0]), blank)
    ordinals = tuple(_ordinals(rest, everything))
    rest = _without(rest, ordinals)
    decades = tuple(_decades(rest))
    rest = _without(rest, decades)
    halved = tuple(halves(rest))
    found = (
        *ordinals,
        *decades,
        *halved,
        *_numbers(_without(rest, halved), everything),
        *_folds(rest),
    )
    numbers = [
        replace(each, rates=rates(text, each.start, each.end, everything=everything))
        for each in found
    ]
    raw = {number.value for number in numbers} | {
        float(part) for date in found_dates for part in date.parts()
    }
    if everything:
        raw |= {float(digits.replace(",", "")) for digits in re.findall(_DIGITS, text)}
        raw |= {
            float(value)
            for match in re.finditer(r"\b[IVXLCDM]+\b", text)
            if (value := roman_value(match[0]))
        }
    return Figures(tuple(numbers), found_dates, found_moments, versions, frozenset(raw))


def _without(text: str, found: Iterable[Date | Moment | Number]) -> str:
    for each in found:
        text = text[: each.start] + " " * (each.end - each.start) + text[each.end :]
    return text


def _ordinals(text: str, everything: bool) -> Iterator[Number]:
    for match in _ORDINAL.finditer(text):
        written = match["digits"] or match["han"] or match["suffixed"] or match["century"]
        value = (
            (float(written) if written.isdigit() else han_value(written))
            if written
            else float(ORDINALS[match["word"].lower()])
        )
        if value is None:
            continue
        if (
            match["word"]
            and not everything
            and value < 3
            and not (match["period"] or "").endswith("quarter")
        ):
            continue  # "first, ..." and "a second" count nothing
        unit, stop = (
            unit_after(text, match.end())
            if match["digits"] or match["han"]
            else (None, match.end())
        )
        yield Number(value, unit, text[match.start() : stop], match.start(), stop, ordinal=True)


def _decades(text: str) -> Iterator[Number]:
    for match in _DECADE.finditer(text):
        written = match["full"] or match["short"] or match["han"]
        value = float(written) if written.isdigit() else han_value(written)
        if value is not None:
            yield Number(
                value % 100 if value % 100 or value < 100 else value,
                Unit("decade"),
                match[0],
                *match.span(),
            )


def _folds(text: str) -> Iterator[Number]:
    for match in _FOLD.finditer(text):
        yield Number(3.0 if match["three"] else 2.0, Unit("fold"), match[0], *match.span())


def _numbers(text: str, everything: bool) -> Iterator[Number]:
    waiting: Number | None = None
    for match in _NUMBER.finditer(text):
        number = _number(text, match, everything)
        if waiting is not None:
            between = text[waiting.end : match.start()]
            if number is not None and _RANGE.fullmatch(between):
                scale = _scale(match)
                shared = replace(
                    waiting, value=waiting.value * scale, unit=waiting.unit or number.unit
                )
                if everything:
                    yield waiting
                # The scale of "3 to 5 million" belongs to both; of "900 to 1 million" only to one.
                waiting = (
                    shared
                    if waiting.value * scale <= number.value
                    else replace(waiting, unit=shared.unit)
                )
            elif (
                number is not None
                and not between
                and match["scale"]
                and number.value < waiting.value
            ):
                waiting = replace(
                    number, value=waiting.value + number.value, text=waiting.text + number.text
                )
                continue  # 1亿2000万
            yield waiting
        waiting = number
    if waiting is not None:
        yield waiting


def _scale(match: re.Match[str]) -> float:
    written = match["scale"] or (match["latin"] or (match["words"] or "").split(" ")[-1]).lower()
    return float(SCALES.get(written, 1.0))


def _number(text: str, match: re.Match[str], everything: bool) -> Number | None:
    start, end = match.span()
    value, unit = _value(match)
    if value is None:
        return None
    if (
        match["digits"]
        and end < len(text)
        and text[end].isascii()
        and text[end].isalpha()
        and unit is None
    ):
        unit, stop = unit_after(text, end)
        if unit is None:
            return (
                Number(value, None, match[0], start, end) if everything else None
            )  # 3D, 4G: a term, no number
    sign, begin = unit_before(text, start)
    following, stop = unit_after(text, end)
    if (
        match["latin"]
        and match["latin"].lower() == "m"
        and sign is None
        and following is None
        and not match["latin"].isupper()
        and not _COUNTED.match(text, end)
    ):
        value, following, stop = (
            value / SCALES["m"],
            Unit("length"),
            end,
        )  # 5m is five metres, $5m five million
    if following is not None and following.dimension == "money dollar" and sign is not None:
        following = sign
    unit = unit or sign or following
    if sign is not None and following is not None and following.dimension.startswith("money"):
        unit = following
    if match["han"] and not everything and not _meant(text, match["han"], value, end, following):
        return None
    if match["words"] and not everything and value < 2:
        return None
    limit = bound(text, begin, stop)
    hedge: Hedge = next(
        (kind for kind, words in _HEDGES.items() if words.search(text, max(0, begin - 16), begin)),
        "",
    )
    if not hedge and re.match(r"多|余|\+", text[end : end + 1]):
        hedge = "above"
    elif not hedge and text[stop : stop + 2] in ("左右", "上下"):
        hedge = "about"
    if limit and hedge in ("above", "below"):
        hedge = "above" if limit == "least" else "below"  # "no more than" is not "more than"
    counts = unit is None and _COUNTED.match(text, end) is not None
    return Number(
        value,
        unit,
        text[begin:stop].strip(),
        start,
        max(end, stop),
        hedge,
        counts=counts,
        bound=limit,
    )


def _value(match: re.Match[str]) -> tuple[float | None, Unit | None]:
    ratio = Unit("ratio")
    if match["fraction"]:
        by = int(match["by"])
        return (int(match["of"]) / by if by else None), ratio
    if match["digits"]:
        return float(match["digits"].replace(",", "")) * _scale(match), None
    if match["share"]:
        value = _han_decimal(match["share_of"])
        return value, Unit("ratio", 0.01 if match["share"] == "百分之" else 0.001)
    if match["parts"]:
        by_parts, of = han_value(match["parts"]), han_value(match["part"])
        return (of / by_parts if by_parts and of is not None else None), ratio
    if match["tenths"]:
        tenths = _han_decimal(match["tenths"]) or 0.0
        more = (
            0.5
            if match["half"] == "半"
            else (_han_decimal(match["half"]) or 0.0) / 10
            if match["half"]
            else 0.0
        )
        return (tenths + more) * 10, Unit("ratio", 0.01)
    if match["han"]:
        return (None if match["han"] in _NO_NUMBER else _han_decimal(match["han"])), None
    if match["words"]:
        return english_value(match["words"]), None
    return _FEW[re.split(r"[ -]", match["few"].lower())[-1]], ratio


def _han_decimal(written: str) -> float | None:
    if written[0].isdigit() and written[0].isascii():
        return float(written.replace(",", ""))
    whole, _, after = written.partition("点")
    digits = after.rstrip("万亿")
    value = han_value(whole)
    fraction = han_value(digits) if digits else None
    if value is None or (digits and fraction is None):
        return None
    return (value + (fraction or 0.0) / float(10 ** len(digits))) * SCALES.get(
        after[len(digits) :], 1.0
    )


def _meant(text: str, written: str, value: float, end: int, unit: Unit | None) -> bool:
    """Whether a Chinese numeral in an answer counts something: 三个, 三万五, but not 统一, 万一,
    四川.
    """
    if value < 2:
        return False
    if len(written) >= 3 or (len(written) == 2 and any(char in "十百千万亿" for char in written)):
        return True
    return unit is not None or (end < len(text) and text[end] in _MEASURES)
