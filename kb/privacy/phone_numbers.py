"""Telephone numbers, by Google's metadata of numbers in all countries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_SEPARATOR = r"[ \u00a0\t.\-–()（）/]"
_CANDIDATE = re.compile(
    r"(?<![\w.,:/=\-+])(?:\+|00|\(|（)?\d(?:" + _SEPARATOR + r"{0,3}\d){6,16}(?![\w]|[.,:/\-]\d)"
)


def phone_numbers(text: str) -> Iterator[Datum]:
    """The telephone numbers in a text."""
    for match in _CANDIDATE.finditer(text):
        if number := _international(match[0]):
            yield Datum(match.start(), match.end(), number)


def _international(written: str) -> str:
    import phonenumbers  # its tables take 40 ms, which only who masks waits for

    try:
        number = phonenumbers.parse(written, "CN")
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_valid_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
