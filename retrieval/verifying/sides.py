"""On which side of a limit in time something holds: within 30 days or after them, by 15 March or
from then on.

Denied, the one says the same as the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from kb.text import terms
from retrieval.verifying.dates import Date
from retrieval.verifying.figures import figures
from retrieval.verifying.polarity import DENIES, polarity

_LATER = "(?<!no )(?<!not )later than"
_WITHIN_BEFORE = re.compile(
    r"(?:\bwithin(?: the)?(?: first)?|\b(?:in|during|for) the first|\bno later than|\bnot later than|前)[ ]?\Z",
    re.I,
)
_AFTER_BEFORE = re.compile(
    rf"(?:\b(?:after|past|beyond|{_LATER})(?: the)?(?: first)?|超过|过了|满)[ ]?\Z", re.I
)
_WITHIN_AFTER = re.compile(r"[ ]?(?:之内|以内|内)")
_AFTER_AFTER = re.compile(r"[ ]?(?:之后|以后|过后|后)|(?: or| and)? (?:later|on|onwards?)\b", re.I)
_BY_BEFORE = re.compile(
    r"\b(?:by|before|prior to|(?:no|not) later than)(?: the)?(?: \w+day,?)?[ ]?\Z", re.I
)
_BY_AFTER = re.compile(r"[ ]?(?:\(\w+\))?[之以]?前|(?: or| and) (?:before|earlier)\b", re.I)
_FROM_BEFORE = re.compile(
    rf"\b(?:after|from|since|as of|starting(?: on)?|no earlier than|{_LATER})(?: the)?(?: \w+day,?)?[ ]?\Z|自从?\Z",
    re.I,
)
_FROM_AFTER = re.compile(
    r"[ ]?(?:\(\w+\))?(?:[之以]?后|起|开始)|(?: or| and)? (?:later|onwards?)\b", re.I
)
_ANY = re.compile(
    r"\b(?:within|first|later|after|past|beyond|on|onwards?|by|before|prior|from|since|as|starting|earlier)\b"
    r"|内|前|超过|过|满|后|起|开始|自",
    re.I,
)
_CLAUSE = re.compile(r"(?:[^,.;，；。！？!?\n]|\.(?=\d))+")
# Denials that no rule of polarity counts: which side is meant is not known.
_UNSURE = re.compile(
    r"\b(?:only after|until|unless|except|without|refus|reject|den(?:y|ied)|forfeit|lose|lost|expire|invalid|void"
    r"|stop|end|cease|clos|ineligible|too late)|无效|作废|失效|过期|截止|停止|拒绝|除非|除外|失去|取消|才",
    re.I,
)
_LIGHT = frozenset(
    "within after first onli past beyond later day week month year hour 天 日 周 月 年 小时 仍 仍然 后 内"
    " befor prior sinc start onward earlier 前 以前 以后 起 开始 自 须 必须 must".split()
)
_MOSTLY = 0.6  # the share of the words for what holds by a date that a source must have there


@dataclass(frozen=True, slots=True)
class _Side:
    """A limit (its dimension and value, or a date), whether what is said holds within it, and the
    words for that.
    """

    limit: tuple[str, float] | Date
    holds: bool
    about: frozenset[str]

    def meets(self, told: _Side) -> bool:
        """Whether a source's side is of the same limit, and of the same matter as far as words
        tell.
        """
        if isinstance(self.limit, Date) and isinstance(told.limit, Date):
            return self.limit.fits(told.limit) and len(self.about & told.about) >= _MOSTLY * len(
                self.about
            )
        return self.limit == told.limit and bool(self.about & told.about)


def agrees(said: str, told: str) -> bool | None:
    """Whether a text tells the same on the same side of a limit, or on the other; None where
    neither.
    """
    found: bool | None = None
    claims = list(dict.fromkeys(_sides(said)))
    known = list(dict.fromkeys(_sides(told))) if claims else []
    for claim in claims:
        near = [side for side in known if claim.meets(side)]
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
        for limit, within, written in _limits(clause):
            counted = {*terms(written), *_LIGHT, *DENIES}
            about = frozenset(
                word for word in terms(clause) if word not in counted and not word[0].isdigit()
            )
            denials = polarity(clause).denials + len(re.findall(r"\bnon-?(?=[a-z])", clause, re.I))
            yield _Side(limit, within is (denials % 2 == 0), about)


def _limits(clause: str) -> Iterator[tuple[tuple[str, float] | Date, bool, str]]:
    """The limits in a clause, whether it is about what is within each, and how it is written."""
    found = figures(clause, everything=True)
    for number in found.numbers:
        if number.unit is not None and number.unit.dimension in ("time", "months"):
            before = clause[: number.start]
            within = bool(_WITHIN_BEFORE.search(before) or _WITHIN_AFTER.match(clause, number.end))
            after = bool(_AFTER_BEFORE.search(before) or _AFTER_AFTER.match(clause, number.end))
            if within is not after:
                yield (number.unit.dimension, number.base), within, number.text
    for date in found.dates:
        if date.month is not None:
            before = clause[: date.start]
            within = bool(_BY_BEFORE.search(before) or _BY_AFTER.match(clause, date.end))
            after = bool(_FROM_BEFORE.search(before) or _FROM_AFTER.match(clause, date.end))
            if within is not after:
                yield replace(date, text="", start=0, end=0), within, date.text
