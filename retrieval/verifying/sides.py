"""On which side of a time limit something holds: within 30 days, or after them, which denied says the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.text import terms
from retrieval.verifying.figures import figures
from retrieval.verifying.polarity import DENIES, polarity

_WITHIN_BEFORE = re.compile(
    r"(?:\bwithin(?: the)?(?: first)?|\b(?:in|during|for) the first|\bno later than|\bnot later than|前)[ ]?\Z", re.I
)
_AFTER_BEFORE = re.compile(r"(?:\b(?:after|past|beyond|later than)(?: the)?(?: first)?|超过|过了|满)[ ]?\Z", re.I)
_WITHIN_AFTER = re.compile(r"[ ]?(?:之内|以内|内)")
_AFTER_AFTER = re.compile(r"[ ]?(?:之后|以后|过后|后)|(?: or| and)? (?:later|on|onwards?)\b", re.I)
_ANY = re.compile(r"\b(?:within|first|later|after|past|beyond|on)\b|内|前|超过|过|满|后", re.I)
_CLAUSE = re.compile(r"[^,;，；。！？!?\n]+")
# Denials that no rule of polarity counts: which side is meant is not known.
_UNSURE = re.compile(
    r"\b(?:only after|until|unless|except|without|refus|reject|den(?:y|ied)|forfeit|lose|lost|expire|invalid|void"
    r"|stop|end|cease|clos|ineligible|too late)|无效|作废|失效|过期|截止|停止|拒绝|除非|除外|失去|取消|才",
    re.I,
)
_LIGHT = frozenset(
    "within after first onli past beyond later day week month year hour 天 日 周 月 年 小时 仍 仍然 后 内".split()
)


@dataclass(frozen=True, slots=True)
class _Side:
    """A limit (its dimension and value), whether what is said holds within it, and the words that say what holds."""

    limit: tuple[str, float]
    holds: bool
    about: frozenset[str]


def agrees(said: str, told: str) -> bool | None:
    """Whether a text tells the same on the same side of a limit, or on the other; None where neither."""
    found: bool | None = None
    claims = list(_sides(said))
    known = list(_sides(told)) if claims else []
    for claim in claims:
        near = [side for side in known if side.limit == claim.limit and side.about & claim.about]
        if near and all(side.holds is not claim.holds for side in near):
            return False
        if near:
            found = True
    return found


def _sides(text: str) -> Iterator[_Side]:
    for match in _CLAUSE.finditer(text):
        clause = match[0]
        if not _ANY.search(clause) or _UNSURE.search(clause):
            continue
        for number in figures(clause, everything=True).numbers:
            if number.unit is None or number.unit.dimension not in ("time", "months"):
                continue
            before = clause[: number.start]
            within = bool(_WITHIN_BEFORE.search(before) or _WITHIN_AFTER.match(clause, number.end))
            after = bool(_AFTER_BEFORE.search(before) or _AFTER_AFTER.match(clause, number.end))
            if within is after:
                continue
            counted = {*terms(number.text), *_LIGHT, *DENIES}
            about = frozenset(word for word in terms(clause) if word not in counted and not word[0].isdigit())
            denials = polarity(clause).denials + len(re.findall(r"\bnon-?(?=[a-z])", clause, re.I))
            yield _Side((number.unit.dimension, number.base), within is (denials % 2 == 0), about)
