"""Numbers with a half in words, in both languages: 半年, 两年半, half an hour, two and a half years."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.numerals import (
    ENGLISH_NUMBER,
    HAN_NUMBER,
    SCALES,
    english_value,
    han_value,
)
from retrieval.facts.bounds import bound
from retrieval.facts.numbers import Number
from retrieval.facts.units import unit_after

_HAN = rf"(?<![\d.])(?:\d{{1,3}}|{HAN_NUMBER}{{1,3}})"
_ENGLISH = rf"(?:(?<![\d.])\d{{1,3}}|\b(?:an?|{ENGLISH_NUMBER})\b)"
_UNIT = "second|minute|hour|day|week|month|year|decade|mile|pound|inch|percent"
_HALVES = re.compile(
    rf"(?P<count>{_HAN})个半(?P<of>小时|钟头|月|星期|礼拜)"  # 三个半月
    # 两年半
    rf"|(?P<whole>{_HAN})(?P<unit>年|个月|天|周|个?小时|分钟|个?星期)半(?![导径夜路价数决场山成职途个载])"
    r"|(?<![上下前后大小多老好一])半(?=年(?![报度刊级])|个月|个?小时|个?钟头|分钟|个星期|个礼拜|天)"
    rf"|(?P<words>{_ENGLISH})(?: and (?:a|one)[ -]half| (?P<thing>{_UNIT})s? and a half)\b"
    rf"|\bhalf(?: an? |-)(?=(?:{_UNIT})s?\b|(?P<scale>thousand|million|billion|trillion|dozen)\b)",
    re.I,
)


def halves(text: str) -> Iterator[Number]:
    """The numbers in a text that have a half, which no other recogniser should read again."""
    for match in _HALVES.finditer(text):
        start, end = match.span()
        whole = _whole(match["count"] or match["whole"] or match["words"])
        if whole is None:
            continue
        value, unit = whole + 0.5, None
        scaled = re.compile(r"[ -]?(thousand|million|billion|trillion|dozen)\b", re.I).match(
            text, end
        )
        if scaled:
            value *= SCALES.get(scaled[1].lower(), 12)
            end = scaled.end()
        if inside := match["unit"] or match["thing"]:
            unit, _ = unit_after(inside, 0)
        elif match["of"]:
            unit, _ = unit_after(f"个{match['of']}", 0)
        else:
            unit, end = unit_after(text, end)
        yield Number(value, unit, text[start:end], start, end, bound=bound(text, start, end))


def _whole(written: str | None) -> float | None:
    if written is None:
        return 0.0
    if written.isdigit() and written.isascii():
        return float(written)
    if written.isascii():
        return 1.0 if written.lower() in ("a", "an") else english_value(written)
    return han_value(written)
