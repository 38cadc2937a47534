"""Matching quotes: whether a text holds a quote, regardless of case, white space and markup."""

from __future__ import annotations

import re

from kb.text import HAN, normalise, plain

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
