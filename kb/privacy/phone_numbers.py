"""Telephone numbers: shapes that are written for them, each held against the numbering plans of all
countries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_EXTENSION = r"(?: ?(?:转|分机|ext\.?|x) ?\d{1,5})?"
_ENDS = _EXTENSION + r"(?![\dA-Za-z]|[.,:\-/]\d)"
_STARTS = r"(?<![\dA-Za-z+.,:/=\-])"
_GAP = r"[ ()（）.\-\u00a0]{0,2}"
_INTERNATIONAL = re.compile(
    rf"(?<![\dA-Za-z+])(?<!\d[ -])(?:[+＋]|[（(]?00(?=[1-9]))[ (（]?(?:\d{_GAP}){{7,14}}\d{_ENDS}"
)
_CHINESE = re.compile(
    _STARTS
    + r"(?:[（(]?86[）)]?[- ]?)?"
    + r"(?:1[3-9]\d(?:\d{8}|[- ]\d{4}[- ]\d{4})"  # mobile
    + r"|[（(]?0(?:10|2\d|[3-9]\d{2})[）)]?[- ]?[2-8]\d{2,3}[- ]?\d{4}"  # fixed
    + r"|[48]00[- ]\d{3,4}[- ]\d{3,4})"  # of companies
    + _ENDS
)
_AMERICAN = re.compile(
    _STARTS
    + r"(?:(?:1|001)[-. ])?(?:\([2-9]\d\d\) ?[2-9]\d\d[-. ]|[2-9]\d\d([-.])[2-9]\d\d\1)\d{4}"
    + _ENDS
)
_NAMED = re.compile(
    r"(?:电话|手机|座机|热线|致电|传真|(?i:\b(?:tel|telephone|phone|mobile|cell|desk|call|whatsapp|fax)\b))"
    rf"[^\d+]{{0,12}}(?P<number>[（(]?(?:\d{_GAP}){{6,13}}\d){_ENDS}"
)
_PLAIN_AMERICAN = re.compile(r"[2-9]\d\d[2-9]\d{6}")
_EXTENDED = re.compile(r"(?:转|分机|[ex]).*", re.S)
_REGIONS = ("CN", "US", "GB", "HK", "SG", "TW", "AU", "DE", "IN")


def phone_numbers(text: str) -> Iterator[Datum]:
    """The telephone numbers in a text: international ones, and Chinese and American ones as they
    are written at home; after a word such as phone also those of some other countries.
    """
    for match in _AMERICAN.finditer(text):
        digits = re.sub(r"\D", "", _EXTENDED.sub("", match[0]))
        yield Datum(match.start(), match.end(), f"+1{digits[-10:]}")
    for pattern, regions in (
        (_INTERNATIONAL, ("CN",)),
        (_CHINESE, ("CN",)),
        (_NAMED, _REGIONS),
    ):
        group = "number" if pattern is _NAMED else 0
        for match in pattern.finditer(text):
            if number := _number(_EXTENDED.sub("", match[group]), regions):
                yield Datum(match.start(group), match.end(), number)


def _number(written: str, regions: tuple[str, ...]) -> str:
    """The number in its international form, where one of these countries has such a number."""
    import phonenumbers  # its tables take 40 ms, which only who masks waits for

    digits = re.sub(r"[^\d+]", "", written.replace("＋", "+"))
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
    if "US" in regions and _PLAIN_AMERICAN.fullmatch(digits):
        return f"+1{digits}"
    for region in regions:
        try:
            number = phonenumbers.parse(digits, region)
        except phonenumbers.NumberParseException:
            continue
        # Numbering plans grow faster than the tables: behind a country's code, the length is enough.
        is_foreign = written[0] in "+＋" and number.country_code != 86
        if (phonenumbers.is_possible_number if is_foreign else phonenumbers.is_valid_number)(
            number
        ):
            return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return ""
