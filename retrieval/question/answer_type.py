"""The expected answer type of a question (Li and Roth 2002, coarsely): rules over question words,
both languages.
"""

from __future__ import annotations

import re
from typing import Literal

AnswerType = Literal["number", "date", "who", "where", "why"]

_FIRST = r"(?:^\W*(?:\w+\W+)?|, )"  # further on such a word may begin a clause: "what to do when…"
_ASKED: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    ("why", re.compile(r"\bwhy\b|\bhow come\b|\breasons?\b|\bcauses?\b|为什么|为何|为啥|因何|原因|何以", re.I)),
    (
        "date",
        re.compile(
            _FIRST + r"when\b|\b(?:what|which) (?:year|month|day|date|century|decade|time)\b|\bhow (?:soon|recently)\b"
            r"|何时|什么时候|什么时间|哪[一]?[年月天日]|几[月号点]|哪个?(?:年代|世纪|时期|朝代)|什么(?:年代|日期)|截止日期",
            re.I,
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|old|far|large|big|high|tall|deep|wide|fast|heavy)\b"
            r"|\bwhat (?:percent(?:age)?|number|amount|fraction|share|proportion|price|population|size)\b"
            r"|多少|几[个名位次种家条天年岁人场部本届只把成]|多[大长高远重深宽快]|第几|百分之几|几成",
            re.I,
        ),
    ),
    (
        "who",
        re.compile(
            _FIRST + r"who(?:m|se)?\b|\b(?:which|what) (?:person|people|man|woman|author|company)\b"
            r"|谁|何人|哪位|什么人",
            re.I,
        ),
    ),
    (
        "where",
        re.compile(
            _FIRST + r"where\b|\b(?:what|which) (?:country|city|state|place|location|region|town|continent)\b"
            r"|哪里|哪儿|何处|何地|什么地方|哪个?(?:国家?|城市?|省|地方|地区|县|镇)|位于哪",
            re.I,
        ),
    ),
)  # fmt: skip


def answer_type(question: str) -> AnswerType | None:
    """The type of answer that a question asks for; None where no rule applies."""
    return next((kind for kind, pattern in _ASKED if pattern.search(question)), None)
