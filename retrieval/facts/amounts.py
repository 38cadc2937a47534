"""Numbers read from a text, however they are written: with what they count, halves, ordinals."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kb.numerals import ENGLISH_NUMBER, HAN_NUMBER, ORDINALS, SCALES, english_value, han_value
from retrieval.facts.numbers import Number, Unit, bound, unit_after, unit_before

# --- as written: in digits, in Chinese, in English words, as parts of a whole ---------------------

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


def _read_digits(match: re.Match[str]) -> Reading:
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
            _read_digits,
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
"""The forms of numerals by name; of two that begin at one place the first here is taken."""


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


# --- with what they count -------------------------------------------------------------------------

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

_HAN_COUNT = rf"(?<![\d.])(?:\d{{1,3}}|{HAN_NUMBER}{{1,3}})"
_ENGLISH = rf"(?:(?<![\d.])\d{{1,3}}|\b(?:an?|{ENGLISH_NUMBER})\b)"
_UNIT = "second|minute|hour|day|week|month|year|decade|mile|pound|inch|percent"
_HALVES = re.compile(
    rf"(?P<count>{_HAN_COUNT})个半(?P<of>小时|钟头|月|星期|礼拜)"  # 三个半月
    # 两年半
    rf"|(?P<whole>{_HAN_COUNT})(?P<unit>年|个月|天|周|个?小时|分钟|个?星期)半(?![导径夜路价数决场山成职途个载])"
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
