"""Conflicts between questions: two that plainly ask for different things, whatever else they share.

Rules over words in both languages. `python -m tests.bench.curated` prints first how often they
object to paraphrases and to other questions.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import Literal

from kb.embedders.built_in import ContextualEmbedder
from kb.glossary import Glossary
from kb.text import terms, words
from retrieval.facts.figures import Figures, figures
from retrieval.facts.text import comparable

_DIGIT = re.compile(r"\d")
_WHETHER = re.compile(
    r"^\W*(?:(?:and|so|but|hi|hello|please)\W+)?"
    r"(?!(?:can|could|would|will|do|does) (?:you|any(?:one|body)|some(?:one|body)) (?:please )?(?:tell|know|explain)\b)"
    r"(?:is|are|was|were|do|does|did|can|could|may|might|must|should|shall|will|would|has|have|am)(?:n't)?\b"
    r"|吗[？?。！!\s]*$|能不能|可不可以|是否|是不是|有没有|能否|可否|要不要|会不会|需不需要",
    re.I,
)
_OFTEN = re.compile(r"\bhow often\b|多久一次|每隔多久", re.I)
_INCOMPATIBLE = {  # what is asked for, and what is surely not asked for with it
    "whether": {"number", "date", "where", "who", "often"},
    "often": {"whether", "where", "who"},
}
_ASKS_INSIDE = re.compile(r"知道|告诉|清楚|记得|了解|[，,]")  # 知道会员费多少钱吗
_EXTREMES = (
    re.compile(
        r"\b(?:minimum|minimal|least|lowest|smallest|fewest|cheapest)\b|最少|最低|最小|至少|最便宜",
        re.I,
    ),
    re.compile(
        r"\b(?:maximum|maximal|max|most|highest|largest|biggest|greatest)\b|最多|最高|最大|至多|最贵",
        re.I,
    ),
    re.compile(r"\b(?:average|median|typical|usual)\b|平均|一般|通常|中位", re.I),
)
_FILLERS = frozenset(
    "a an the my our your his her their this that 的 了 请问 一个".split()
)  # in any frame
_LONGEST_SLOT = 2  # words
_NO_TOPIC = re.compile(
    r"[几哪谁\d]|什么|多少"
)  # 分几次 is 分期; figures are compared by themselves
_LIKE = 0.75  # the share of letters from which two words are one, written otherwise
_NEAR = 0.6  # the cosine of fee and price; lawyer and accountant have 0.5
_MEANS = 0.2  # translations that weigh less are nobody's meaning


def conflicts(asked: str, answered: str, glossary: Glossary | None = None) -> bool:
    """Whether two questions plainly ask for different things.

    Where they ask for answers of different types, for the least and the most, or each name a figure
    that the other does not; or where they are the same but for one word: "Is coffee free at the
    office?" is not about parking. People who mean the same put more than one word otherwise, or one
    that means the same by the dictionary, or is near for the encoder.
    """
    rules = (_types_differ, _figures_differ, _extremes_differ)
    return any(rule(asked, answered) for rule in rules) or _topics_differ(asked, answered, glossary)


def _types_differ(asked: str, answered: str) -> bool:
    types = {answer_type(asked), answer_type(answered)} - {None}
    if len(types) > 1 and types != {"who", "where"}:  # a country may be either
        return True
    one, other = _asked_for(asked), _asked_for(answered)
    return other in _INCOMPATIBLE.get(one, ()) or one in _INCOMPATIBLE.get(other, ())


def _asked_for(question: str) -> str:
    """The type of answer, or `often` for a frequency, or `whether` for yes or no."""
    if _OFTEN.search(question):
        return "often"
    whether = _WHETHER.search(question)
    if whether and whether[0].startswith("吗") and not _ASKS_INSIDE.search(question):
        return "whether"  # 可以分几次付吗
    return answer_type(question) or ("whether" if whether else "")


def _extremes_differ(asked: str, answered: str) -> bool:
    """Whether one asks for the least and the other for the most, or for what is usual."""
    one, other = (
        {number for number, end in enumerate(_EXTREMES) if end.search(text)}
        for text in (asked, answered)
    )
    return bool(one and other and not one & other)


def _figures_differ(asked: str, answered: str) -> bool:
    if not (_DIGIT.search(asked) and _DIGIT.search(answered)):
        return False
    one, other = (figures(comparable(text), everything=True) for text in (asked, answered))
    return bool(one.lacking(_in_digits(other)) and other.lacking(_in_digits(one)))


def _in_digits(found: Figures) -> Figures:
    """The figures that are written in digits: 一 and "one" seldom mean the number, but may match a
    number of the other question.
    """
    return replace(
        found,
        numbers=tuple(each for each in found.numbers if _DIGIT.search(each.text)),
        dates=tuple(each for each in found.dates if _DIGIT.search(each.text)),
    )


def _topics_differ(asked: str, answered: str, glossary: Glossary | None) -> bool:
    one, other = (
        [word for word in words(text) if word not in _FILLERS] for text in (asked, answered)
    )
    changed = [
        op
        for op in SequenceMatcher(None, one, other, autojunk=False).get_opcodes()
        if op[0] != "equal"
    ]
    if len(changed) != 1 or changed[0][0] != "replace":
        return False
    _, begin, end, start, stop = changed[0]
    mine, its = one[begin:end], other[start:stop]
    if max(len(mine), len(its)) > _LONGEST_SLOT or _NO_TOPIC.search("".join((*mine, *its))):
        return False
    topics = set(terms(asked)), set(terms(answered))
    if not (topics[0] & topics[1] and topics[0].intersection(mine) and topics[1].intersection(its)):
        return False
    return not _mean_the_same(mine, its, glossary)


def _mean_the_same(mine: Sequence[str], its: Sequence[str], glossary: Glossary | None) -> bool:
    """Whether two words are spelled alike, one contains the other, they share a translation, or the
    encoder finds them similar.
    """
    one, other = "".join(mine), "".join(its)
    if one in other or other in one or SequenceMatcher(None, one, other).ratio() >= _LIKE:
        return True
    meant = []
    for slot in (mine, its):
        known = (
            glossary.translations([tuple(slot), *((word,) for word in slot)]) if glossary else {}
        )
        meant.append(
            {way for ways in known.values() for way, weight in ways.items() if weight >= _MEANS}
        )
    if meant[0] & meant[1]:
        return True
    one_vector, other_vector = ContextualEmbedder().passages([" ".join(mine), " ".join(its)])
    return float(one_vector @ other_vector) >= _NEAR


# --- the type of answer that is asked for, coarsely as in Li and Roth 2002 ------------------------

AnswerType = Literal["number", "date", "who", "where", "why"]

_FIRST = r"(?:^\W*(?:\w+\W+)?|, )"  # further on such a word may begin a clause: "what to do when…"
_ASKED: tuple[tuple[AnswerType, re.Pattern[str]], ...] = (
    ("why", re.compile(r"\bwhy\b|\bhow come\b|\breasons?\b|\bcauses?\b|为什么|为何|为啥|因何|原因|何以", re.I)),
    (
        "date",
        re.compile(
            _FIRST + r"when\b|\b(?:what|which) (?:year|month|day|date|century|decade|time)\b|\bhow (?:soon|recently)\b"
            r"|何时|(?:什么|啥)时[候间]|哪[一]?[年月天日]|几[月号点]|哪个?(?:年代|世纪|时期|朝代)|什么(?:年代|日期)|截止日期",
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
