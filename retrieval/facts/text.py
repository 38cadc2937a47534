"""Texts as facts are read from them: in comparable form, in clauses and rows, with the word lists."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib.resources import files

from kb.tables import CELL_MARK
from kb.text import HAN, normalise, plain, simplified

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


# --- clauses, headings, rows of tables ------------------------------------------------------------

HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)", re.S)
CLAUSE_END = re.compile(r"[;:!?|\n，；：。！？]|[,.](?!\d)")
_ROW = re.compile(r"\s*\|.*\|\s*\Z", re.S)
_RULE = re.compile(r"\s*\|?[\s|:-]*-{2,}[\s|:-]*\Z")
_BAR = re.compile(r"(?<!\\)\|")
_NAME = re.compile(r"([^:：]{1,80}): ")


def clauses(text: str) -> list[str]:
    """The clauses of a text, which end at any punctuation but in a number and within a list."""
    return [clause for clause in CLAUSE_END.split(text) if clause.strip()]


def is_markdown_row(text: str) -> bool:
    """Whether it is a row of a Markdown table."""
    return _ROW.match(text) is not None


def rules_off(text: str) -> bool:
    """Whether it is the line under the head of a Markdown table."""
    return _RULE.match(text) is not None


def cells(row: str) -> list[str]:
    """The cells of a row, as written."""
    return [cell.strip() for cell in _BAR.split(row.strip().strip("|"))]


def is_named_row(text: str) -> bool:
    """Whether it is a row as readers write it: `name: value · name: value`."""
    return CELL_MARK in text and "\n" not in text.strip() and _NAME.match(text) is not None


def named_cells(row: str) -> list[tuple[str, str]]:
    """(name of the column, cell) of each cell of such a row; no name where it has none."""
    pairs = []
    for cell in row.strip().split(CELL_MARK):
        name = _NAME.match(cell)
        pairs.append((name[1], cell[name.end() :]) if name else ("", cell))
    return pairs


# --- quotes ---------------------------------------------------------------------------------------

# the share of a quote that a passage must hold when the splitter cut the quote in two
_ENOUGH = 0.5
_BESIDE_HAN = re.compile(f"(?<=[{HAN}]) | (?=[{HAN}])")


def squeezed(text: str) -> str:
    """The text as quotes are compared: NFKC, case-folded, with single spaces, and none next to
    Chinese characters.
    """
    return _BESIDE_HAN.sub("", " ".join(normalise(text).split()))


def holds(text: str, quote: str) -> bool:
    """Whether `text` holds `quote`, with or without its markup; "1973" does not hold "7"."""
    squeezed_quote = squeezed(quote)
    if not squeezed_quote:
        return False
    before, after = (
        r"[a-z0-9]" if edge.isascii() and edge.isalnum() else r"(?!)"
        for edge in (squeezed_quote[0], squeezed_quote[-1])
    )
    whole = re.compile(f"(?<!{before}){re.escape(squeezed_quote)}(?!{after})")
    return any(whole.search(form) for form in _forms(text))


def overlaps(text: str, quote: str) -> bool:
    """Whether `text` holds `quote`, or half of it at an end, where a splitter may have cut."""
    if holds(text, quote):
        return True
    squeezed_quote = squeezed(quote)
    least = max(1, round(_ENOUGH * len(squeezed_quote)))
    return any(
        len(form) >= least and (form in squeezed_quote or _meet(form, squeezed_quote, least))
        for form in _forms(text)
    )


def _forms(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((squeezed(text), squeezed(plain(text)))))


def _meet(text: str, quote: str, least: int) -> bool:
    """Whether text and quote overlap by `least` characters at an end of the text."""
    ends = any(text.endswith(quote[:size]) for size in range(len(quote), least - 1, -1))
    return ends or any(text.startswith(quote[-size:]) for size in range(len(quote), least - 1, -1))


# --- word lists: a folder of `lexicon/` for each language, one entry a line -----------------------


@lru_cache(maxsize=32)
def entries(name: str) -> tuple[str, ...]:
    """The lines of one list, such as `en/units`, without comments and empty lines."""
    text = (files("retrieval.facts") / "lexicon" / f"{name}.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=32)
def word_set(*names: str) -> frozenset[str]:
    """The words of one list or several, those of a line apart at its spaces."""
    return frozenset(word for name in names for line in entries(name) for word in line.split())
