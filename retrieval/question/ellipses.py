"""Ellipses put with the question before as one would ask: a bare question word, a fragment that
nothing is like.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from kb.text import terms, words
from retrieval.question import cues

_PERSON = re.compile(
    "[人者员員生师師商户戶客]$|员工|員工|同学|同學|老板|老闆|经理|經理|团队|團隊|公司$|企业$|企業$|机构$|機構$"
)
_LONGEST = 200  # characters of a question that are looked at
_SAME_ACT = 0.15  # cosine from which an act takes the place of another
_ARTICLE = re.compile(r"\b(?:a|an|the|my|our|your)\b", re.I)
_NEXT_WORD = re.compile(r"\s+([\w'-]+)")
_AUXILIARY = re.compile(r"\b(?:do|does|did|can|could|should|would|will|must|may|might)\s+\Z", re.I)
Alike = Callable[[str, str], float]
"""How alike two phrases are: a cosine."""


def also_asked(asked: str, question: str) -> str:
    """The question with a bare question word behind it, as in: how do I find users, and why."""
    question, chinese = without_tail(question), _is_han(question)
    if asked.lower() not in question.lower():
        question += f"，{asked}" if chinese else f", and {asked[0].lower()}{asked[1:]}"
    return question + ("？" if chinese else "?")


def without_tail(question: str) -> str:
    """A question without its end mark, and without a bare question word that was put behind it."""
    question = cues.END.sub("", question.strip())
    head, _, tail = question.rpartition("，" if _is_han(question) else ", and ")
    return head if head and not terms(tail) else question


def one_who(question: str, topic: str) -> str:
    """Whom a Chinese question is about: 担任导师的人 of 导师由谁担任, 投资人 of 怎么找到投资人;
    else empty.
    """
    filler = cues.ZH_FILLER.match(question)
    body = question[filler.end() if filler else 0 :]
    if found := cues.ZH_BY_WHOM.fullmatch(body):
        return f"{found['act']}{found['what']}的人" if found["act"] else found["what"]
    if cues.ZH_WHO_DOES.fullmatch(body):
        return f"{body[1:]}的人"
    thing = object_of(topic)
    return thing if thing != topic and _PERSON.search(thing) else ""


def object_of(act: str) -> str:
    """What something is done to: 退款 of 批准退款; the whole where no verb stands before it."""
    from rjieba import tag

    (verb, kind), *others = tag(act[:_LONGEST]) or [("", "")]
    return act[len(verb) :] if kind == "v" and verb != "有" and others else act


def has_subject(question: str, topical: list[str]) -> bool:
    """Whether a Chinese question starts with a noun of its topic that is nothing of the topic, such
    as its prize.
    """
    from rjieba import tag

    word, kind = next(iter(tag(question[:_LONGEST])), ("", ""))
    return (
        kind.startswith("n")
        and kind != "ns"
        and word in topical
        and not cues.ZH_LEANING.search(word)
    )


def is_thing(phrase: str) -> bool:
    """Whether a Chinese phrase is made of nouns, and of what describes them."""
    from rjieba import tag

    return all(kind[0] in "anml" or kind == "eng" for _, kind in tag(phrase[:_LONGEST]))


def chinese(fragment: str, question: str, topic: str, alike: Alike) -> tuple[str, str]:
    """The question with a fragment put in by what it is, and its topic.

    A thing takes the place of a thing, an act of an act; people, times and places stand before what
    they do; what only asks, such as the cost, is asked of the topic. Else both stand side by side.
    """
    from rjieba import tag

    defined = re.fullmatch("((?:什么|什麼)是).+", question)
    if defined:
        return f"{defined[1]}{fragment}？", fragment
    exclude = cues.ZH_ONLY_ASKING.split()
    cut = tag(fragment) or [("", "x")]
    last, kind = cut[-1]
    if terms(fragment) and (
        set(terms(fragment)).issubset(exclude) or (kind == "n" and last in exclude)
    ):
        return f"{topic}的{fragment}呢？", topic
    sort = kind if kind == "ns" else kind[0]
    found = [
        word
        for word, of in tag(question[:_LONGEST])
        if len(word) > 1
        and of.startswith(sort)
        and word not in exclude
        and word in terms(question[:_LONGEST])
    ]
    is_clause = len(cut) > 1 and cut[0][1][0] == "v"
    asked = cues.ZH_THING_ASKED.match(question)
    if (
        is_clause
        and asked
        and not _PERSON.search(fragment)
        and not re.match("[没沒不有]", fragment)
    ):
        return f"{fragment}{question[asked.end() :]}？", topic.replace(asked["thing"], fragment)
    if _PERSON.search(fragment) or is_clause or sort in "tfs" or (sort == "ns" and not found):
        return f"{fragment}{question}？", f"{fragment}{topic}"
    best = max(found, key=lambda word: alike(word, fragment), default="")
    if best and (sort != "v" or alike(best, fragment) >= _SAME_ACT):
        return f"{question.replace(best, fragment, 1)}？", topic.replace(best, fragment, 1)
    return f"{question}？{fragment}呢？", f"{topic}{fragment}"


def english(fragment: str, question: str, alike: Alike) -> tuple[int, int] | None:
    """Where in the question the thing stands whose place a fragment with an article takes."""
    found = list(_things(question))
    return max(found, key=lambda span: alike(question[span[0] : span[1]], fragment), default=None)


def _things(question: str) -> Iterator[tuple[int, int]]:
    """Articles with the words behind them that carry the topic; behind does or should the last of
    several is a verb.
    """
    question = question[:_LONGEST]
    carrying = set(terms(question))
    for article in _ARTICLE.finditer(question):
        ends = [article.end()]
        while (word := _NEXT_WORD.match(question, ends[-1])) and carrying.issuperset(
            words(word[1])
        ):
            ends.append(word.end())
        if len(ends) > 2 and _AUXILIARY.search(question[: article.start()]):
            ends.pop()
        if len(ends) > 1:
            yield article.start(), ends[-1]


def _is_han(text: str) -> bool:
    return re.search("[\u3400-\u9fff]", text) is not None
