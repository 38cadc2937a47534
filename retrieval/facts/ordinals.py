"""Ordinals, centuries, decades and multiples: 第三, 21st century, 1990s, doubled."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.numerals import HAN_NUMBER, ORDINALS, han_value
from retrieval.facts.numbers import Number
from retrieval.facts.units import Unit, unit_after

_ORDINAL = re.compile(
    rf"第[ ]?(?P<digits>\d+)|第(?P<han>{HAN_NUMBER}+)|(?<![\d.])(?P<suffixed>\d+)(?:st|nd|rd|th)\b"
    r"|(?!(?<=\bone[ -])third\b)(?!(?<=\ba )third of\b)"  # 1/3
    rf"\b(?P<word>{'|'.join(ORDINALS)})\b(?P<period>[ -](?:quarter|half)\b)?"
    rf"|(?P<century>\d{{1,2}}|{HAN_NUMBER}{{1,3}})世纪",
    re.I,
)
_DECADE = re.compile(
    r"(?<!\d)(?P<full>[12]\d{3})s\b|'?(?<!\d)(?P<short>\d0)s\b|(?P<han>\d0|[二三四五六七八九]十)年代"
)
_MULTIPLE = re.compile(
    r"\b(?P<two>twice|doubled?|doubling)\b|\b(?P<three>tripled?|tripling|thrice)\b|翻倍|翻番|翻了一番",
    re.I,
)


def ordinals(text: str, *, everything: bool) -> Iterator[Number]:
    """The ordinals of a text. `everything`: also "first" and "second", which may count nothing."""
    for match in _ORDINAL.finditer(text):
        word = (match["word"] or "").lower()
        written = match["digits"] or match["han"] or match["suffixed"] or match["century"]
        value = float(ORDINALS[word]) if word else _value(written)
        quarter = (match["period"] or "").endswith("quarter")
        if value is None or (word and not everything and value < 3 and not quarter):
            continue
        unit, stop = None, match.end()
        if match["digits"] or match["han"]:
            unit, stop = unit_after(text, stop)
        yield Number(value, unit, text[match.start() : stop], match.start(), stop, ordinal=True)


def decades(text: str) -> Iterator[Number]:
    """The decades of a text, of two digits each: 90 for the 1990s, the '90s and 九十年代."""
    for match in _DECADE.finditer(text):
        value = _value(match["full"] or match["short"] or match["han"])
        if value is not None:
            short = value % 100 if value % 100 or value < 100 else value
            yield Number(short, Unit("decade"), match[0], *match.span())


def multiples(text: str) -> Iterator[Number]:
    """What is said to be twice or three times as much."""
    for match in _MULTIPLE.finditer(text):
        yield Number(3.0 if match["three"] else 2.0, Unit("fold"), match[0], *match.span())


def _value(written: str) -> float | None:
    return float(written) if written.isdigit() else han_value(written)
