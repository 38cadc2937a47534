"""Whether a number is the least or the most that is meant, in both languages: up to 30, 30人以上."""

from __future__ import annotations

import re

from retrieval.facts.numbers import Bound

_NEGATED = (
    r"(?:(?:\b(?:no|not|never|cannot|without)|n't) (?:\w+ ){0,2}?"
    r"|不得?|不能|不可以?|不会|不应该?|不要|没有?|未|别)"
)
_MORE = r"\b(?:more|greater|higher|larger) than|\bover|\babove|\bexceed(?:s|ed|ing)?|超过|超出|逾|多于|高于|大于"
_LESS = r"\b(?:less|fewer|lower|smaller) than|\bunder|\bbelow|低于|少于|小于"
_BEFORE = re.compile(
    r"(?P<least>\bat least|\bminimum (?:\w+ ){0,2}?(?:of|is)|\bstart(?:s|ing)? (?:at|from)"
    r"|至少|最少|最低\w{0,4}?|起码|不下)\s?\Z"
    rf"|(?P<most>\bat most|\bup to|\bmaximum of|\bnearly|\balmost|至多|最多|不到|不足|未满|不满|将近|接近)\s?\Z"
    rf"|(?P<negated>{_NEGATED})?(?:(?P<more>{_MORE})|(?P<less>{_LESS}))\s?\Z",
    re.I,
)
_AFTER = re.compile(
    r"(?:[个名位家项条件次]?人?(?:[及或和含])?|(?: [a-z]+)? (?:or|and) |[ ]?)"
    r"(?:(?P<least>起(?!\w)|以上|(?<=or |nd )(?:more|above|over|older|higher|greater)\b)"
    r"|(?P<most>以下|以内|之内|(?<=or |nd )(?:less|fewer|below|under|younger|lower)\b))",
    re.I,
)
# What lies past a limit claims of nothing that it is more: 超出6个工位的部分, each desk over 6.
_PAST = re.compile(
    r"\b(?:each|every|any|all) (?:extra |additional |further )?\w+ (?:over|above|exceeding|more than)[ ]?\Z",
    re.I,
)
_PAST_AFTER = re.compile(r"\s?\w{0,4}?(?:的?部分|的[,，:：]|[之以]?后(?!\w))")


def bound(text: str, begin: int, end: int) -> Bound:
    """Whether the number with its unit at [begin, end) is a least or a most, or neither."""
    after = _AFTER.match(text, end)
    if after:
        return "least" if after["least"] else "most"
    before = _BEFORE.search(text, max(0, begin - 40), begin)
    if before is None:
        return ""
    if before["least"] or before["most"]:
        return "least" if before["least"] else "most"
    if before["more"] and not before["negated"]:
        past = before["more"].isascii() and _PAST.search(text, max(0, begin - 60), begin)
        if past or (not before["more"].isascii() and _PAST_AFTER.match(text, end)):
            return ""
    return "least" if bool(before["more"]) is not bool(before["negated"]) else "most"
