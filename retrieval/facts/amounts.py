"""Numbers read from a text: with what they count, with halves in words, and ordinals."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.numerals import ENGLISH_NUMBER, HAN_NUMBER, ORDINALS, SCALES, english_value, han_value
from retrieval.facts.numbers import Number, bound
from retrieval.facts.numerals import Numeral, numerals
from retrieval.facts.units import Unit, unit_after, unit_before

_ROUGHLY = re.compile(r"(?:about|around|roughly|approximately|some|circa|c\.|~|约|大约)\s?\Z", re.I)
_ROUGHLY_REACH = 16
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
    for numeral in numerals(text):
        number = _amount(text, numeral, everything)
        if number is not None:
            yield number


def _amount(text: str, numeral: Numeral, everything: bool) -> Number | None:
    value, unit, end = numeral.value, numeral.unit, numeral.end
    if value is None:
        return None
    following, stop = unit_after(text, end)
    if numeral.form == "digits" and following is None and _is_term(text, end):  # 3D, 4G
        return Number(value, None, numeral.text, numeral.start, end) if everything else None
    sign, begin = unit_before(text, numeral.start)
    if not everything and not _is_meant(text, numeral, following):
        return None
    unit = _unit(unit, sign, following)
    return Number(
        value,
        unit,
        text[begin:stop].strip(),
        numeral.start,
        max(end, stop),
        counts=unit is None and _COUNTED.match(text, end) is not None,
        bound=bound(text, begin, stop),
        is_rough=_is_rough(text, begin, stop),
    )


def _is_rough(text: str, begin: int, stop: int) -> bool:
    before = _ROUGHLY.search(text, max(0, begin - _ROUGHLY_REACH), begin)
    return before is not None or text[stop : stop + 2] in ("左右", "上下")


def _is_term(text: str, end: int) -> bool:
    return end < len(text) and text[end].isascii() and text[end].isalpha()


def _unit(own: Unit | None, sign: Unit | None, following: Unit | None) -> Unit | None:
    if sign is not None and following is not None:
        if following.dimension == "money dollar":  # HK$5 dollars
            following = sign
        if following.dimension.startswith("money"):
            return following
    return own or sign or following


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


# --- with a half: 半年, 两年半, half an hour, two and a half years ---------------------------------

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


# --- ordinals: 第三, 21st century, 1990s ---------------------------------------------------------

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


def _value(written: str) -> float | None:
    return float(written) if written.isdigit() else han_value(written)
