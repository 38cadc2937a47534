"""Questions that compare: in which direction, and which two things."""

from __future__ import annotations

import re
from typing import Literal

Comparison = Literal["higher", "lower"]
_BEFORE = r"(?:[比谁更]|哪[个家种档月年位边间天]|还是|相).{0,16}"  # stands before what is compared
_COMPARISONS: tuple[tuple[Comparison, re.Pattern[str]], ...] = (
    (
        "lower",
        re.compile(
            rf"{_BEFORE}(?:(?<!多)少|低|短|早|便宜)"
            r"|\b(?:less|fewer|lower|smaller|shorter|earlier|cheaper)\b",
            re.I,
        ),
    ),
    (
        "higher",
        re.compile(
            rf"{_BEFORE}(?:多(?!少)|[高贵大长晚差])"
            r"|\b(?:more|higher|bigger|larger|greater|longer|later|dearer|pricier)\b",
            re.I,
        ),
    ),
)
_THINGS = re.compile(
    r"([^，。？！,?!、\s]{1,10}?)(?:和|跟|与|比|还是|、)([^，。？！,?!、\s]{1,10})"
    r"|((?:\b\w{1,30} ){0,2}\b\w{1,30}),? (?:or|than|and|vs\.?|versus) "
    r"(?:(?:in|on|at|the|a|an) )*((?:\w{1,30} ?){1,3})"
)


def comparison(text: str) -> Comparison | None:
    """What a question asks for of two things: the one that has more, or less; None where it
    compares nothing.
    """
    return next((name for name, pattern in _COMPARISONS if pattern.search(text)), None)


def compared_things(text: str) -> tuple[str, str] | None:
    """The words on both sides of the first conjunction, where the names of what is compared are."""
    match = _THINGS.search(text)
    if match is None:
        return None
    return (match[1], match[2]) if match[1] else (match[3], match[4])
