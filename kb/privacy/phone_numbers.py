"""Telephone numbers: shapes that are written for them, each held against the numbering plans of all
countries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_ENDS = r"(?![\dA-Za-z]|[.,:\-/]\d)"
_STARTS = r"(?<![\dA-Za-z+.,:/=\-])"
_EXTENSION = r"(?: ?(?:转|分机|ext\.?|x) ?\d{1,5})?"
_INTERNATIONAL = re.compile(
    r"(?<![\dA-Za-z+])(?<!\d[ -])(?:[+＋]|[（(]?00(?=[1-9]))[ (（]?\d(?:[ ()（）.\-\u00a0]{0,2}\d){7,14}"
    + _ENDS
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
    _STARTS + r"(?:1[-. ])?(?:\(\d{3}\) ?\d{3}[-. ]|\d{3}([-.])\d{3}\1)\d{4}" + _ENDS
)
_CALLED = re.compile(
    r"(?:电话|手机|座机|热线|致电|传真|(?i:\b(?:tel|phone|mobile|cell|call|whatsapp|fax)\b))"
    r"[^\d\n+]{0,12}(?P<number>[（(]?\d(?:[ ()（）.\-]{0,2}\d){6,13})" + _ENDS
)
_EXTENDS = re.compile(_EXTENSION)
_REGIONS = ("CN", "US", "GB", "HK", "SG", "TW", "AU", "DE", "IN")


def phone_numbers(text: str) -> Iterator[Datum]:
    """The telephone numbers in a text: international ones, and Chinese and American ones as they
    are written at home; after a word such as phone also those of some other countries.
    """
    for pattern, regions in (
        (_INTERNATIONAL, ("CN",)),
        (_CHINESE, ("CN",)),
        (_AMERICAN, ("US",)),
        (_CALLED, _REGIONS),
    ):
        group = "number" if pattern is _CALLED else 0
        for match in pattern.finditer(text):
            if number := _number(match[group], regions):
                extends = _EXTENDS.match(text, match.end(group))
                end = extends.end() if extends else match.end(group)
                yield Datum(match.start(group), end, number)


def _number(written: str, regions: tuple[str, ...]) -> str:
    """The number in its international form, where one of these countries has such a number."""
    import phonenumbers  # its tables take 40 ms, which only who masks waits for

    digits = re.sub(r"[^\d+]", "", written.replace("＋", "+"))
    digits = f"+{digits[2:]}" if digits.startswith("00") else digits
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
