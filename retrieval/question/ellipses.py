"""Elliptical follow-ups resolved with the question before: a bare question word, and a fragment
without a similar phrase.
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


def with_question_word(asked: str, question: str) -> str:
    """The question with a bare question word appended, as in "how do I find users, and why?"."""
    question, is_chinese = without_tail(question), _is_han(question)
    if asked.lower() not in question.lower():
        question += f"，{asked}" if is_chinese else f", and {asked[0].lower()}{asked[1:]}"
    return question + ("？" if is_chinese else "?")


def without_tail(question: str) -> str:
    """The question without its end mark and without an appended question word."""
    question = cues.END.sub("", question.strip())
    head, _, tail = question.rpartition("，" if _is_han(question) else ", and ")
    return head if head and not terms(tail) else question


def person_asked_about(question: str, topic: str) -> str:
    """The person that a Chinese question asks about: 担任导师的人 of 导师由谁担任, 投资人 of
    怎么找到投资人; else empty.
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
    """The object of a Chinese verb phrase: 退款 of 批准退款; the whole phrase where no verb begins it."""
    from rjieba import tag

    (verb, kind), *others = tag(act[:_LONGEST]) or [("", "")]
    return act[len(verb) :] if kind == "v" and verb != "有" and others else act


def has_own_subject(question: str, topical: list[str]) -> bool:
    """Whether a Chinese question begins with a topical noun that is no mere attribute."""
    from rjieba import tag

    word, kind = next(iter(tag(question[:_LONGEST])), ("", ""))
    return (
        kind.startswith("n")
        and kind != "ns"
        and word in topical
        and not cues.ZH_LEANING.search(word)
    )


def is_thing(phrase: str) -> bool:
    """Whether a Chinese phrase consists of nouns and their modifiers."""
    from rjieba import tag

    return all(kind[0] in "anml" or kind == "eng" for _, kind in tag(phrase[:_LONGEST]))


def chinese_with_fragment(
    fragment: str, question: str, topic: str, alike: Alike
) -> tuple[str, str]:
    """The question before with the fragment inserted by its part of speech, and the topic of that.

    A noun replaces a noun, a verb phrase a verb phrase; people, times and places go before what
    they do; a word that only asks, such as the cost, is asked of the topic. Else both stand side by
    side.
    """
    from rjieba import tag

    defined = re.fullmatch("((?:什么|什麼)是).+", question)
    if defined:
        return f"{defined[1]}{fragment}？", fragment
    only_asking = cues.ZH_ONLY_ASKING.split()
    cut = tag(fragment) or [("", "x")]
    last, kind = cut[-1]
    if terms(fragment) and (
        set(terms(fragment)).issubset(only_asking) or (kind == "n" and last in only_asking)
    ):
        return f"{topic}的{fragment}呢？", topic
    is_person, is_act = _PERSON.search(fragment), len(cut) > 1 and cut[0][1][0] == "v"
    asked = cues.ZH_THING_ASKED.match(question)
    if is_act and asked and not is_person and not re.match("[没沒不有]", fragment):
        return f"{fragment}{question[asked.end() :]}？", topic.replace(asked["thing"], fragment)
    sort = kind if kind == "ns" else kind[0]
    same_sort = _words_of_sort(sort, question[:_LONGEST])
    if is_person or is_act or sort in "tfs" or (sort == "ns" and not same_sort):
        return f"{fragment}{question}？", f"{fragment}{topic}"
    best = max(same_sort, key=lambda word: alike(word, fragment), default="")
    if best and (sort != "v" or alike(best, fragment) >= _SAME_ACT):
        return f"{question.replace(best, fragment, 1)}？", topic.replace(best, fragment, 1)
    return f"{question}？{fragment}呢？", f"{topic}{fragment}"


def _words_of_sort(sort: str, question: str) -> list[str]:
    """The topical words of a Chinese question with that part of speech."""
    from rjieba import tag

    topical = set(terms(question)).difference(cues.ZH_ONLY_ASKING.split())
    return [
        word
        for word, kind in tag(question)
        if len(word) > 1 and kind.startswith(sort) and word in topical
    ]


def replaceable_thing(fragment: str, question: str, alike: Alike) -> tuple[int, int] | None:
    """The span of the noun phrase that a fragment with an article replaces; None without one."""
    found = list(_things(question))
    return max(found, key=lambda span: alike(question[span[0] : span[1]], fragment), default=None)


def _things(question: str) -> Iterator[tuple[int, int]]:
    """The spans of articles and the topical words after them, without a verb at the end."""
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
