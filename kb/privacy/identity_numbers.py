"""Numbers of people's and companies' papers, held against the check digits that some have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.privacy.spans import Datum

_STARTS, _ENDS = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_PROVINCES = "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[123]"
_RESIDENT = re.compile(
    rf"{_STARTS}(?:{_PROVINCES})\d{{4}} ?"
    rf"(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d ?\d{{3}}[\dXx]{_ENDS}"
)
_SOCIAL_SECURITY = re.compile(r"(?<![\w-])\d{3}-\d{2}-\d{4}(?![\w-])")
_HONG_KONG = re.compile(rf"{_STARTS}([A-Z]{{1,2}})(\d{{6}})[（(]([\dA])[)）]")
_SINGAPORE = re.compile(rf"{_STARTS}([STFG])(\d{{7}})([A-Z]){_ENDS}")
_COMPANY = re.compile(
    rf"{_STARTS}[1-9A-HJ-NPQRTUWXY][1239]\d{{6}}[0-9A-HJ-NPQRTUWXY]{{9}}[0-9A-HJ-NPQRTUWXY]{_ENDS}"
)
_EMPLOYER = re.compile(r"\bEIN\b[^\d\n]{0,12}(?P<number>\d{2}-\d{7})(?![\d-])")
_PASSPORT = re.compile(
    r"(?:护照|(?i:\bpassport\b))[^\dA-Z\n]{0,16}(?:(?i:No|Number)\b[^\dA-Z\n]{0,4})?"
    rf"(?P<number>[A-Z]{{1,2}}\d{{7,8}}|\d{{9}}){_ENDS}"
)


def identity_numbers(text: str) -> Iterator[Datum]:
    """Identity numbers of China's residents, of Hong Kong and Singapore, and US social security
    numbers.
    """
    from stdnum.iso7064 import mod_11_2
    from stdnum.us import ssn

    # The library's own check of these knows no more than today's counties, and people are older.
    for match in _RESIDENT.finditer(text):
        if mod_11_2.is_valid(match[0].replace(" ", "").upper()):
            yield Datum(match.start(), match.end(), match[0])
    for match in _SOCIAL_SECURITY.finditer(text):
        if ssn.is_valid(match[0]):
            yield Datum(match.start(), match.end(), match[0])
    for pattern, is_valid in ((_HONG_KONG, _is_of_hong_kong), (_SINGAPORE, _is_of_singapore)):
        for match in pattern.finditer(text):
            if is_valid(*match.groups()):
                yield Datum(match.start(), match.end(), match[0])


def company_codes(text: str) -> Iterator[Datum]:
    """China's unified social credit codes, and US employer numbers behind their name."""
    from stdnum.cn import uscc

    for match in _COMPANY.finditer(text):
        # One in 31 numbers of residents has the check digit of a company too: not of those with 9.
        is_plausible = match[0][0] == "9" or not match[0].isdigit()
        if is_plausible and uscc.is_valid(match[0]):
            yield Datum(match.start(), match.end(), match[0])
    for match in _EMPLOYER.finditer(text):
        yield Datum(match.start("number"), match.end("number"), match["number"])


def passport_numbers(text: str) -> Iterator[Datum]:
    """Passport numbers, which have no check digits: only behind a word for passport."""
    for match in _PASSPORT.finditer(text):
        yield Datum(match.start("number"), match.end("number"), match["number"])


def _is_of_hong_kong(letters: str, digits: str, check: str) -> bool:
    first = 36 if len(letters) == 1 else ord(letters[0]) - 55
    values = (first, ord(letters[-1]) - 55, *map(int, digits), 10 if check == "A" else int(check))
    return (
        sum(weight * value for weight, value in zip(range(9, 0, -1), values, strict=True)) % 11 == 0
    )


def _is_of_singapore(letter: str, digits: str, check: str) -> bool:
    total = sum(w * int(d) for w, d in zip((2, 7, 6, 5, 4, 3, 2), digits, strict=True))
    total += 4 if letter in "TG" else 0
    return ("JZIHGFEDCBA" if letter in "ST" else "XWUTRQPNMLK")[total % 11] == check
