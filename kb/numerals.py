"""Numbers written out: the values of Chinese numerals and of English number words."""

from __future__ import annotations

import re

HAN_DIGITS = "零〇一二三四五六七八九两"
HAN_NUMBER = f"[{HAN_DIGITS}十百千万亿廿卅]"
_DIGIT = {digit: value for value, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_SMALL = {"十": 10, "百": 100, "千": 1000}
_LARGE = {"万": 10**4, "亿": 10**8}

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_WORDS = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * n for n, word in enumerate(_TENS, start=2)
}
_WORDS["dozen"] = 12
SCALES = {
    "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "k": 10**3, "m": 10**6, "mn": 10**6, "mm": 10**6, "mil": 10**6, "b": 10**9, "bn": 10**9,
    "百": 10**2, "千": 10**3, "万": 10**4, "十万": 10**5, "百万": 10**6, "千万": 10**7, "亿": 10**8, "十亿": 10**9,
    "百亿": 10**10, "千亿": 10**11, "万亿": 10**12,
}  # fmt: skip
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth"
    " sixteenth seventeenth eighteenth nineteenth twentieth"
).split()
ORDINALS = {word: value for value, word in enumerate(_ORDINALS, start=1)}
_ANY_WORD = "|".join(
    [
        *sorted(_WORDS, key=len, reverse=True),
        "hundred",
        "thousand",
        "million",
        "billion",
        "trillion",
    ]
)
ENGLISH_NUMBER = (
    rf"\b(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    rf"(?:(?:[ -]|(?<=hundred) and |(?<=thousand) and |(?<=million) and )(?:{_ANY_WORD})){{0,12}}\b"
    r"|\b(?:a|several) (?:hundred|thousand|million|billion|trillion|dozen)\b"
)


def han_value(text: str) -> float | None:
    """The value of a Chinese numeral, 二〇一九 or 三万五千; None when it is none, as 万千."""
    if not any(char in _SMALL or char in _LARGE or char in "廿卅" for char in text):
        return _digit_by_digit(text)
    if len(text) > 30:
        return None
    total = section = digit = 0
    unit = 1
    pending = False  # a digit that waits for its unit
    for char in text.replace("廿", "二十").replace("卅", "三十"):
        if char in _DIGIT:
            if pending and digit:
                return None
            digit, pending = _DIGIT[char], True
        elif char in _SMALL:
            unit = _SMALL[char]
            if not pending and char != "十":
                return None
            section += (digit if pending else 1) * unit
            digit, pending = 0, False
        else:
            unit = _LARGE[char]
            if not section + digit and not total:
                return None
            section += digit
            total = (total + section) * unit if char == "亿" else total + section * unit
            section, digit, pending = 0, 0, False
    if pending and digit and unit >= 100 and text[-2:-1] not in ("零", "〇"):
        digit *= unit // 10  # 三万五 is 35,000
    return float(total + section + digit)


def _digit_by_digit(text: str) -> float | None:
    digits = [_DIGIT[char] for char in text if char in _DIGIT]
    if not len(text) == len(digits) in range(1, 16):
        return None
    if len(digits) == 2 and digits[1] == digits[0] + 1 and digits[0]:
        return None  # 七八个 are seven or eight
    return float(int("".join(map(str, digits))))


def english_value(text: str) -> float | None:
    """The value of English number words, as of `two hundred and five`; None for `five six`."""
    total = current = 0
    last = None
    for word in re.split(r"[ -]|,? and |, ", text.lower()):
        if word in ("a", "and", ""):
            current = current or 1 if word == "a" else current
            continue
        if word == "several":
            return None
        if word == "dozen":
            current = (current or 1) * 12
        elif word == "hundred":
            current = (current or 1) * 100
        elif word in SCALES:
            total += (current or 1) * SCALES[word]
            current = 0
        else:
            value = _WORDS[word]
            if last is not None and not (value < 10 and 20 <= last < 100) and last < 100:
                return None
            current += value
        last = _WORDS[word] if word in _WORDS and word != "dozen" else 100
    return float(total + current)


# --- the forms --------------------------------------------------------------------------------------
