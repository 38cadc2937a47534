"""Numbers of bank cards and accounts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_CARD = re.compile(
    r"(?<![\w.,+\-])(?:\d{14,19}"
    r"|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{5})"
    r"(?!\w|[.,:\-]\d)"
)
# How the numbers of card schemes begin, and their lengths (ISO/IEC 7812).
_SCHEMES = re.compile(
    r"4(?:\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"
    r"|3[47]\d{13}|62\d{14,17}|6(?:011|5\d\d|4[4-9]\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}"
    r"|3(?:0[0-5]|[68]\d)\d{11}|9558\d{15}"
)
_ACCOUNT = re.compile(
    r"(?:银行卡|卡号|银行账[号户]|收款账[号户]|对公账?户|账号|帐号|(?i:\b(?:card|account) (?:no\.?|number)))"
    r"[^\dA-Za-z\n]{0,8}(?P<number>\d(?:[ -]?\d){11,20})(?![\w]|[.,-]\d)"
)
_CALLED_CARD = re.compile(
    r"(?:卡|(?i:\bcard\b))[^\dA-Za-z\n]{0,8}(?:[a-z]{1,8}[^\dA-Za-z\n]{1,3}){0,2}"
    r"(?P<number>\d(?:[ -]?\d){11,18})(?!\w|[.,:\-]\d)"
)
_IBAN = re.compile(
    r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![0-9A-Za-z])"
)


def card_numbers(text: str) -> Iterator[Datum]:
    """Bank cards by scheme and check digit, and account numbers behind a word for one."""
    from stdnum import luhn

    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        if _SCHEMES.fullmatch(digits) and luhn.is_valid(digits):
            yield Datum(match.start(), match.end(), digits)
    for match in _CALLED_CARD.finditer(text):
        digits = re.sub(r"\D", "", match["number"])
        if luhn.is_valid(digits):
            yield Datum(match.start("number"), match.end("number"), digits)
    for match in _ACCOUNT.finditer(text):
        digits = re.sub(r"\D", "", match["number"])
        yield Datum(match.start("number"), match.end("number"), digits)


def ibans(text: str) -> Iterator[Datum]:
    """International bank account numbers."""
    from stdnum import iban

    for match in _IBAN.finditer(text):
        number = match[0]
        while number and not iban.is_valid(number):  # a word in capitals may follow it
            number = number.rpartition(" ")[0]
        if number:
            yield Datum(match.start(), match.start() + len(number), number)
