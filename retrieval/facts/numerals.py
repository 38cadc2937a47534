"""Numbers as they are written: in digits, in Chinese, in English words, as parts of a whole.

Where two forms could begin at the same place the first of `FORMS` is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kb.numerals import ENGLISH_NUMBER, HAN_NUMBER, SCALES, english_value, han_value
from retrieval.facts.units import Unit

DIGITS = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_HAN_SCALE = "|".join(
    sorted((scale for scale in SCALES if not scale.isascii()), key=len, reverse=True)
)
_LATIN_SCALE = r"hundred|thousand|million|billion|trillion|mil|mn|mm|bn|k|m|b"
_RATIO = Unit("ratio")
_PERCENT = Unit("ratio", 0.01)
_PARTS = {
    "half": 1 / 2, "quarter": 1 / 4, "third": 1 / 3, "thirds": 2 / 3, "quarters": 3 / 4, "一半": 1 / 2, "半数": 1 / 2,
}  # fmt: skip
_NO_NUMBER = frozenset("千万 万一 万千 百万千 一一 万万 千百".split())  # by all means, in case, …


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it is written at [start, end), whatever it counts; `value` is None if it is none.

    `scale` is the word after it, as million of 3 million, and `unit` what its form alone tells.
    """

    value: float | None
    text: str
    start: int
    end: int
    form: str
    scale: str = ""
    unit: Unit | None = None


Reading = tuple[float | None, Unit | None, str]
"""The value of a number, the unit that its form tells, and its scale."""


def _fraction(match: re.Match[str]) -> Reading:
    by = int(match["by"])
    return (int(match["of"]) / by if by else None), _RATIO, ""


def _digits(match: re.Match[str]) -> Reading:
    scale = match["scale"] or match["latin"] or ""
    return float(match["digits"].replace(",", "")) * SCALES.get(scale.lower(), 1.0), None, scale


def _percentage(match: re.Match[str]) -> Reading:
    unit = _PERCENT if match["of"] == "百" else Unit("ratio", 0.001)
    return _decimal(match["share"]), unit, ""


def _parts(match: re.Match[str]) -> Reading:
    by, of = han_value(match["by"]), han_value(match["of"])
    return (of / by if by and of is not None else None), _RATIO, ""


def _tenths(match: re.Match[str]) -> Reading:
    more = match["more"]
    extra = 0.5 if more == "半" else (_decimal(more) or 0.0) / 10 if more else 0.0
    return ((_decimal(match["tenths"]) or 0.0) + extra) * 10, _PERCENT, ""


def _han(match: re.Match[str]) -> Reading:
    return (None if match[0] in _NO_NUMBER else _decimal(match[0])), None, ""


def _part(match: re.Match[str]) -> Reading:
    return _PARTS[re.split(r"[ -]", match[0].lower())[-1]], _RATIO, ""


def _words(match: re.Match[str]) -> Reading:
    return english_value(match[0]), None, match[0].split(" ")[-1]


FORMS: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], Reading]], ...] = tuple(
    (name, re.compile(pattern, re.I), read)
    for name, pattern, read in (
        ("fraction", r"(?<![\w.])(?P<of>\d{1,3})[/⁄](?P<by>\d{1,3})(?![\w./])", _fraction),
        (
            "digits",
            rf"(?P<digits>(?<![A-Za-z_])(?<![\d][.,])(?<!\d)(?:{DIGITS}))"
            rf"(?:[ ]?(?P<scale>{_HAN_SCALE})(?!分之)|(?:[ -]?)(?P<latin>{_LATIN_SCALE})(?![A-Za-z]))?",
            _digits,
        ),
        (
            "percentage",
            rf"(?P<of>[百千])分之(?P<share>{HAN_NUMBER}+(?:点{HAN_NUMBER}+)?|{DIGITS})",
            _percentage,
        ),
        ("parts", rf"(?<!{HAN_NUMBER})(?P<by>{HAN_NUMBER}+)分之(?P<of>{HAN_NUMBER}+)", _parts),
        (
            "tenths",
            r"(?P<tenths>[一二三四五六七八九两\d])成(?P<more>[一二三四五六七八九半])?"
            r"(?![立为功员长本果就人分年交都熟绩型名效家对])",
            _tenths,
        ),
        (
            "han",
            rf"(?!一半){HAN_NUMBER}+(?:点[〇零一二三四五六七八九]+(?![十分])(?:万亿|[万亿])?)?",
            _han,
        ),
        (
            "part",
            r"(?<!first )(?<!last )(?<!next )(?<!this )(?<!second )\b(?:a |one[ -])?half\b"
            r"|\b(?:a |one[ -])(?:third|quarter)\b(?! party)|\bquarter(?= (?:the|a)\b| of (?!\d))"
            r"|\btwo[ -]thirds\b|\bthree[ -]quarters\b|一半|半数",
            _part,
        ),
        ("words", ENGLISH_NUMBER, _words),
    )
)


def numerals(text: str) -> Iterator[Numeral]:
    """The numbers in a text in order, none within another."""
    ahead = [pattern.search(text) for _, pattern, _ in FORMS]
    at = 0
    while True:
        for number, (_, pattern, _) in enumerate(FORMS):
            match = ahead[number]
            if match is not None and match.start() < at:
                ahead[number] = pattern.search(text, at)
        order = [(match.start(), number) for number, match in enumerate(ahead) if match is not None]
        if not order:
            return
        _, first = min(order)
        match = ahead[first]
        assert match is not None
        name, _, read = FORMS[first]
        value, unit, scale = read(match)
        yield Numeral(value, match[0], match.start(), match.end(), name, scale, unit)
        at = match.end()


def _decimal(written: str) -> float | None:
    """The value of digits, or of a Chinese numeral with 点: 三点五万."""
    if written[0].isdigit() and written[0].isascii():
        return float(written.replace(",", ""))
    whole, _, after = written.partition("点")
    digits = after.rstrip("万亿")
    value = han_value(whole)
    fraction = han_value(digits) if digits else None
    if value is None or (digits and fraction is None):
        return None
    scale = SCALES.get(after[len(digits) :], 1.0)
    return (value + (fraction or 0.0) / float(10 ** len(digits))) * scale
