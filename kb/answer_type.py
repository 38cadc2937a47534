"""The expected answer type of a question (Li and Roth 2002, coarsely), and whether a sentence could hold such an answer.

Rules over question words, both languages. A type that a rule can't tell is None, and then nothing is expected.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal

AnswerType = Literal["number", "date", "who", "where", "why"]

_ASKED: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    ("why", re.compile(r"\bwhy\b|\bhow come\b|\breasons?\b|\bcauses?\b|为什么|为何|为啥|因何|原因|何以", re.I)),
    (
        "date",
        re.compile(
            r"\bwhen\b|\b(?:what|which) (?:year|month|day|date|century|decade|time)\b|\bhow (?:soon|recently)\b"
            r"|何时|什么时候|什么时间|哪[一]?[年月天日]|几[月号点]|哪个?(?:年代|世纪|时期|朝代)|什么(?:年代|日期)|截止日期",
            re.I,
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|long|old|far|often|large|big|high|tall|deep|wide|fast|heavy)\b"
            r"|\bwhat (?:percent(?:age)?|number|amount|fraction|share|proportion|price|population|size)\b"
            r"|多少|几[个名位次种家条天年岁人场部本届只把成]|多[大长高久远重深宽快]|第几|百分之几|几成",
            re.I,
        ),
    ),
    ("who", re.compile(r"\bwho(?:m|se)?\b|\b(?:which|what) (?:person|people|man|woman|author|company)\b|谁|何人|哪位|什么人", re.I)),
    (
        "where",
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:country|city|state|place|location|region|town|continent)\b"
            r"|哪里|哪儿|何处|何地|什么地方|哪个?(?:国家?|城市?|省|地方|地区|县|镇)|位于哪",
            re.I,
        ),
    ),
)  # fmt: skip
_DIGITS = re.compile(r"\d")
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|thousands?|millions?"
    r"|billions?|half|third|quarter|twice|once|none|no one|several|both|single|double)\b"
    r"|[零〇一二两三四五六七八九十百千万亿半][个名位次种家条天年月日岁人场部本届只成倍米元公里]|百分之|第[一二三四五六七八九十]",
    re.I,
)
_DATE = re.compile(
    r"\b\d{3,4}s?\b|\d+\s*[年月日号]|\d世纪|\b(?:january|february|march|april|may|june|july|august|september|october"
    r"|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|yesterday|centur(?:y|ies)"
    r"|spring|summer|autumn|winter|noon|midnight)\b|[一二三四五六七八九十〇零]+[年月日]|世纪|年代|时期|朝|春|夏|秋|冬|\d:\d\d"
    r"|\b(?:after|before|during|until|since|once|while|when)\b|之后|之前|以后|以前|期间",
    re.I,
)
_NAME = re.compile(r"\b[A-Z][\w’'-]*(?:\s+(?:of|the|de|von|van|and)?\s*[A-Z][\w’'-]*)*")
_PLACE = re.compile(r"\b(?:in|at|on|near|from|to|across|through|between|outside|inside|north|south|east|west)\b|[省市县国州区镇村路街山河湖海岛洲港里中]")
_REASON = re.compile(
    r"\b(?:because|since|due to|owing to|so that|in order to|as a result|therefore|thus|hence|caused?|reasons?|lead(?:s|ing)? to"
    r"|led to|to avoid|to prevent|to ensure|for the purpose)\b|因为|由于|因此|所以|因而|以便|为了|原因|导致|致使|使得|是因|故此|从而|以免|避免",
    re.I,
)  # fmt: skip


def answer_type(question: str) -> AnswerType | None:
    """What a question asks for; None where no rule tells."""
    return next((kind for kind, pattern in _ASKED if pattern.search(question)), None)


def could_answer(kind: AnswerType, sentence: str, question_words: Collection[str] = ()) -> bool:
    """Whether a sentence has something of the type; a name must be another than those in the question (folded words)."""
    match kind:
        case "number":
            return bool(_DIGITS.search(sentence) or _NUMBER_WORD.search(sentence))
        case "date":
            return bool(_DATE.search(sentence))
        case "why":
            return bool(_REASON.search(sentence))
        case "where" | "who":
            if sentence.isascii():
                names = (part for name in _NAME.findall(sentence)[0:] for part in name.split())
                return any(name.lower() not in question_words for name in names)
            return kind == "who" or bool(_PLACE.search(sentence))
