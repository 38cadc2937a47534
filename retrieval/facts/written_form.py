"""Texts in the forms in which two of them are compared, whatever script or typography they use."""

from __future__ import annotations

import re
import unicodedata

from kb.text import simplified

_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>()\[\]]+|\b[\w.+-]+@[\w-]+\.[\w.]+", re.I)
_SPACED_DATE = re.compile(  # 10 月 17 日, 下午 2 点
    r"(?<=\d) (?=[年月日号点时分])|(?<=[年月午晨晚早]) (?=\d)"
)
_FOREIGN_DIGIT = re.compile(r"[^\D0-9]")
_NOT_QUOTED = re.compile(r"(?<!\d)[.,:/-]|[.,:/-](?!\d)|[^\w$€£¥₩₹%‰°+.,:/-]|_")
_UNACCENTED = str.maketrans(  # letters that Unicode does not take for a plain one with an accent
    {"ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ı": "i", "æ": "ae", "œ": "oe"}
)


def comparable(text: str) -> str:
    """The text that facts are read from: NFKC, Simplified Chinese, ASCII digits, no addresses.

    Upper and lower case stay as they are.
    """
    text = _SPACED_DATE.sub("", unicodedata.normalize("NFKC", text))
    text = _FOREIGN_DIGIT.sub(lambda match: str(int(match[0])), text)
    text = _ADDRESS.sub(lambda match: " " * len(match[0]), text)
    return simplified(text).replace("兆", "万亿")


def squash(text: str) -> str:
    """Its letters and digits alone, in lower case and without accents: Temür is temur."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text).translate(_UNACCENTED)
    return "".join(char for char in text.casefold() if char.isalnum())


def quotation_key(text: str) -> str:
    """What two texts share that quote each other: all but case, space and punctuation.

    The marks that figures are written with stay, as in 3.5, 10:30 and $5.
    """
    return _NOT_QUOTED.sub("", text.casefold())


def blanked(text: str, spans: list[tuple[int, int]]) -> str:
    """The text with spaces in place of some spans, so that all others keep their place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
