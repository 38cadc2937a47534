"""The period that a number is meant per, in both languages: $480 a year, 每月480元, an annual fee."""

from __future__ import annotations

import re

_PERIODS = {
    "hour": "hour", "hourly": "hour", "hr": "hour", "小时": "hour", "钟头": "hour", "时": "hour",
    "day": "day", "daily": "day", "天": "day", "日": "day",
    "week": "week", "weekly": "week", "wk": "week", "周": "week", "星期": "week", "礼拜": "week",
    "month": "month", "monthly": "month", "mo": "month", "月": "month",
    "quarter": "quarter", "quarterly": "quarter", "季度": "quarter", "季": "quarter",
    "year": "year", "yearly": "year", "annual": "year", "annually": "year", "annum": "year", "yr": "year", "年": "year",
}  # fmt: skip
_HAN = r"(?P<han>小时|钟头|季度?|月|年|天|日|(?:周|星期|礼拜)(?![一二三四五六日天末]))"
_ENGLISH = r"(?P<english>hour|day|week|month|quarter|year|annum)\b(?! (?:ago|later|earlier|before|after|old|of)\b)"
_BESIDE = re.compile(
    rf"[ ]?/[ ]?(?:{_HAN}|(?P<short>hour|hr|day|week|wk|month|mo|quarter|year|yr)\b)"
    r"|(?: (?!(?:in|for|of|within|after|than|once|about|over|at|by|and|to|or|from|half)\b)[a-z]+){0,2}"
    rf" (?:an?|per|each|every) {_ENGLISH}",
    re.I,
)
_BESIDE_HAN = re.compile(rf"[ ]?(?:[元块次人位个名]|美元|美金)?[ ]?[每一]个?{_HAN}")
_ANYWHERE = re.compile(
    rf"\b(?:per|each|every) {_ENGLISH}|\b(?P<ly>annual(?:ly)?|(?:year|month|week|dai|quarter|hour)ly)\b",
    re.I,
)
_ANYWHERE_HAN = re.compile(rf"每个?{_HAN}|(?P<of>[年月周日时])(?:度?会?费|薪|租金?|收入|营收|活)")
_CUT = re.compile(r"[,;:!?|\n，、；：。！？]|\.(?!\d)")
_REACH = 120


def periods(text: str, begin: int, end: int, *, everything: bool) -> frozenset[str]:
    """The periods per which the number at [begin, end) is meant; empty where none is told.

    That is the one beside the number, else those in its clause. With `everything`, for sources, it
    is both.
    """
    beside = _BESIDE.match(text, end) or _BESIDE_HAN.match(text, end)
    named = {_period(beside)} if beside else set()
    if named and not everything:
        return frozenset(named)
    before = [match.end() for match in _CUT.finditer(text, max(0, begin - _REACH), begin)]
    after = _CUT.search(text, end, end + _REACH)
    clause = text[
        before[-1] if before else max(0, begin - _REACH) : after.start() if after else end + _REACH
    ]
    for pattern in (_ANYWHERE, _ANYWHERE_HAN):
        named.update(_period(match) for match in pattern.finditer(clause))
    return frozenset(named)


def _period(match: re.Match[str]) -> str:
    return next(_PERIODS[word.lower()] for word in match.groupdict().values() if word)


PER_QUARTER = re.compile(
    r"\b(?:per|each|every) quarter\b|(?<=[a-z]s) a quarter\b(?! (?:of|to|past|century|mile|million|billion)\b)",
    re.I,
)
"""A quarter of a year, which a number is told per, and not a fourth part of something."""
