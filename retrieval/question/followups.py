"""Rules that make a follow-up stand alone: what it leaves out is taken from the question before.

Three things make a question depend on the one before: a pronoun that nothing earlier in the
question explains, a fragment ("and in Shanghai?", "那上海呢？"), and a question that names no topic
("How much?", "需要哪些材料？"). A fragment replaces the phrase of the question before that is most similar
to it, by the cosine of the static table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from kb.dates import dates
from kb.embedders.built_in import StaticEmbedder
from kb.text import language, terms, words
from retrieval.question import cues, ellipses

_LONGEST_TOPIC = 200
_ALIKE = 0.28  # cosine from which a fragment takes the place of a phrase
_ALIKE_KIND = 0.18  # the same, where both are names, or follow the same preposition
_LENGTH = 0.005  # cosine that a longer phrase must have more, a character of Chinese or a word
_LONGEST_PHRASE = 6  # characters of Chinese
_ENOUGH = 2  # words with a topic of its own that a whole question has


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be understood by itself, and its topic, for the follow-ups to come."""

    question: str
    topic: str


def topic_of(question: str) -> str:
    """The question without the words that only ask, at most 200 characters."""
    body = cues.END.sub("", question.strip())
    if _is_chinese(question):
        body = _without(cues.ZH_FILLER, body)
        if found := cues.ZH_WHO_DOES.fullmatch(body):
            named = ellipses.object_of(found["act"])
        elif (found := cues.ZH_HAS.fullmatch(body)) and ellipses.is_thing(found["what"]):
            named = f"{found['where']}的{found['what']}" if found["where"] else found["what"]
        else:
            named = cues.ZH_WHOM.sub("", body)
        topic = cues.ZH_ASKING.sub("", _without(cues.ZH_MAY, named))
        topic = re.sub(r"[的是在要]$", "", topic.strip("，, 、：:"))
    else:
        body = _without(cues.FILLER, body)
        if found := cues.WHAT_IS.fullmatch(body):
            topic = found["what"] or found["told"] or found["meant"]
        elif (found := cues.WHAT_DOES.fullmatch(body)) and terms(found["who"]):
            topic = found["who"]
        elif found := cues.HOW_TO.fullmatch(body) or cues.MAY_I.fullmatch(body):
            topic = f"to {found['act']}"
        elif found := cues.WHO_DOES.fullmatch(body):
            topic = found["what"]
        elif may := cues.MAY.match(
            body
        ):  # a clause keeps the word by which it is told from a thing
            thing = cues.LAST_THING.fullmatch(body, may.end())
            topic = thing["what"] if thing else body[0].lower() + body[1:]
        else:
            topic = cues.STATE.sub("", cues.ASKING.sub("", body))
    return _clipped(topic or body)


def standalone(text: str, previous: str, topic: str) -> Standalone | None:
    """The follow-up completed from the previous question; None where it stands alone."""
    body = cues.END.sub("", text.strip())
    question = ellipses.without_tail(previous)
    read = _chinese if _is_chinese(text) else _english
    return read(body, question, topic) or _of_same_period(body, question)


def _of_same_period(body: str, previous: str) -> Standalone | None:
    """A follow-up that asks how many, of the period that was asked about before; None where one of
    them does not count, or the follow-up says when.
    """
    if not (cues.COUNT.search(body) and cues.COUNT.search(previous)):
        return None
    periods = [date.text for date in dates(previous)]
    if len(periods) != 1 or any(True for _ in dates(body)):
        return None
    with_period = f"{periods[0]}{body}？" if _is_chinese(body) else f"{body} ({periods[0]})?"
    return Standalone(with_period, topic_of(with_period))


def _english(body: str, previous: str, topic: str) -> Standalone | None:
    rest = _without(cues.FILLER, body)
    fragment = _without(cues.ABOUT, rest)
    led = fragment != body or bool(cues.PREPOSITION.match(fragment))
    if (
        not cues.OPENING.match(fragment)
        and not cues.PEOPLE.search(fragment)
        and not cues.THING.search(fragment)
    ):
        return _with_fragment(fragment, previous, topic, led) if fragment else None
    expletive = cues.IT_IS_NOBODY.search(rest)
    if not expletive and (found := _unexplained(cues.THING, rest)):
        return Standalone(_with_topic(rest, found, topic), topic)
    if found := _unexplained(cues.PEOPLE, rest):
        return Standalone(_in_parentheses(rest, topic), topic)
    if _has_subject(rest) or _is_whole(
        rest, cues.DEFINED, _ENOUGH + bool(cues.THERE_IS.match(rest))
    ):
        return None
    if cues.HOW_TO.fullmatch(rest) or len(terms(rest)) > 0:
        return Standalone(_appended(rest, topic), topic)
    return Standalone(ellipses.with_question_word(rest, previous), topic)


def _chinese(body: str, previous: str, topic: str) -> Standalone | None:
    rest = _without(cues.ZH_FILLER, body)
    if (
        not cues.ZH_ASKS.search(rest)
        and not cues.ZH_THING.search(rest)
        and not cues.ZH_PEOPLE.search(rest)
    ):
        fragment = _without(cues.ZH_ABOUT, re.sub(r"(?:的话|的話)?呢$", "", rest))
        led = rest != body or fragment != rest
        return (
            _with_fragment(fragment, previous, topic, led)
            if fragment
            else Standalone(_in_parentheses(body, topic), topic)
        )
    if found := cues.ZH_TOO.fullmatch(rest):
        return _with_fragment(_without(cues.ZH_ABOUT, found[1]), previous, topic, led=True)
    if found := _unexplained(cues.ZH_THING, rest):
        return Standalone(f"{rest[: found.start()]}{topic}{rest[found.end() :]}？", topic)
    if found := _unexplained(cues.ZH_PEOPLE, rest):
        one = ellipses.person_asked_about(previous, topic)
        rewriting = (
            f"{rest[: found.start()]}{one}{rest[found.end() :]}？"
            if one
            else _in_parentheses(rest, topic)
        )
        return Standalone(rewriting, topic)
    if cues.ZH_WITHIN.match(rest):
        return Standalone(f"{topic}{rest}？", topic)
    if ellipses.has_own_subject(rest, _topical(rest)) or _is_whole(rest, cues.ZH_DEFINED, _ENOUGH):
        return None
    if re.match(r"[为為][什何]|怎么说|例如|比如", rest) or not terms(rest):
        return Standalone(ellipses.with_question_word(rest, previous), topic)
    return Standalone(f"{topic}{rest}？", topic)


def _with_fragment(fragment: str, previous: str, topic: str, led: bool) -> Standalone | None:
    """The question before with the fragment in the place of the most similar phrase, or else added
    to it; None where the fragment stands alone.

    `led`: whether words such as "and" or "what about" come before it.
    """
    question = cues.END.sub("", previous.strip())
    rewriting = _with_phrase_replaced(fragment, question, topic)
    if rewriting is None:
        if not led and len(terms(fragment)) >= _ENOUGH:
            return None  # keywords of another topic
        rewriting = _with_fragment_added(fragment, question, topic)
    return replace(rewriting, question=_with_end_mark(rewriting.question)) if rewriting else None


def _with_phrase_replaced(fragment: str, question: str, topic: str) -> Standalone | None:
    """The question with its most similar phrase replaced; None without such a phrase."""
    prefix = cues.PREPOSITION.match(fragment)
    whole_bare = fragment[prefix.end() :] if prefix else fragment
    bare = re.sub(r"(?<=\w)\s+ones?$", "", whole_bare)
    article = cues.DETERMINER.match(bare)
    naked = bare[article.end() :] if article else bare
    if place := _most_alike(naked, question, prefix[1] if prefix else ""):
        start, end = place
        before, phrase = question[:start], question[start:end]
        naked = naked.removesuffix("的") if question.startswith("的", end) else naked
        if article and (its_article := re.search(r"\b(?:a|an|the)\s+$", before, re.I)):
            before, naked = before[: its_article.start()], bare
        whole = f"{before}{naked}{question[end:]}"
        return Standalone(
            whole, topic.replace(phrase, naked) if phrase in topic else topic_of(whole)
        )
    if prefix:
        return None
    if (
        article
        and bare == whole_bare
        and (place := ellipses.replaceable_thing(naked, question, _cosine))
    ):
        start, end = place
        whole = f"{question[:start]}{bare}{question[end:]}"
        return Standalone(whole, topic.replace(question[start:end], bare))
    is_thing = cues.DEFINED.match(question) or article or _is_name(fragment)
    if topic in question and is_thing and not _is_chinese(question):
        return Standalone(question.replace(topic, fragment), fragment)
    return None


def _with_fragment_added(fragment: str, question: str, topic: str) -> Standalone | None:
    """The question with the fragment added; None where the fragment is a question of its own."""
    if _is_chinese(question):
        return Standalone(*ellipses.chinese_with_fragment(fragment, question, topic, _cosine))
    if cues.PREPOSITION.match(fragment):
        added = fragment[0].lower() + fragment[1:]
        return Standalone(f"{question} {added}", f"{topic} {added}")
    if len(terms(fragment)) > _ENOUGH:
        return None
    return Standalone(f"{question}? And {fragment}", f"{topic} {fragment}")


def _with_end_mark(question: str) -> str:
    """The question with a question mark, which comes before a topic in parentheses."""
    bare = cues.END.sub("", question)
    return bare if bare.endswith(("）", ")")) else bare + ("？" if _is_chinese(bare) else "?")


def _most_alike(fragment: str, question: str, preposition: str) -> tuple[int, int] | None:
    """The span of the phrase most similar to the fragment; None where none is."""
    own = set(words(fragment))
    if not terms(fragment) or len(fragment) > _LONGEST_TOPIC:
        return None
    static = StaticEmbedder()
    vector = static.question(fragment)
    best, place = 0.0, None
    for start, end in _phrases(question[:_LONGEST_TOPIC]):
        phrase = question[start:end]
        cosine = float(static.question(phrase) @ vector)
        behind = bool(preposition) and re.search(
            rf"\b{preposition}\s+(?:\w+\s+)?$", question[:start], re.I
        )
        same_kind = behind or (
            not preposition and start and _is_name(phrase) and _is_name(fragment)
        )
        score = cosine - _LENGTH * (len(phrase.split()) if phrase.isascii() else len(phrase))
        if (
            cosine >= (_ALIKE_KIND if same_kind else _ALIKE)
            and score > best
            and not own.issuperset(words(phrase))
        ):
            best, place = score, (start, end)
    return place


def _cosine(one: str, other: str) -> float:
    static = StaticEmbedder()
    return float(static.question(one) @ static.question(other))


def _is_name(phrase: str) -> bool:
    return bool(re.search("[A-Z]", phrase))


def _phrases(question: str) -> Iterator[tuple[int, int]]:
    """The spans of the question that may be replaced: up to three adjacent topical words."""
    if _is_chinese(question):
        yield from _chinese_phrases(question)
        return
    carrying = set(terms(question))
    run: list[tuple[int, int]] = []
    for word in re.finditer(r"[^\W_]+(?:'[^\W_]+)*", question):
        run = [*run, word.span()][-3:] if carrying.issuperset(words(word[0])) else []
        yield from ((start, word.end()) for start, _ in run)


def _chinese_phrases(question: str) -> Iterator[tuple[int, int]]:
    """The same for Chinese, where index words overlap."""
    carrying = terms(question)
    spans = [(begin, begin + len(word)) for word in carrying if (begin := question.find(word)) >= 0]
    found = [
        (a, b) for a, b in spans if not any(a < c < b < d or c < a < d < b for c, d in spans)
    ]  # 书馆 of 图书馆
    others = [word for word in set(words(question)) if word not in carrying]
    for start in {start for start, end in found if end - start > 1}:
        for end in {end for _, end in found}:
            phrase = question[start:end]
            if 1 < end - start <= _LONGEST_PHRASE and not any(word in phrase for word in others):
                yield start, end


def _unexplained(pronoun: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first pronoun in a text that names nothing before it for the pronoun to refer to."""
    found = pronoun.search(text)
    before = text[: found.start()] if found else ""
    named = len(_topical(before)) >= _ENOUGH or (
        cues.GOES_ON.search(before) and _has_subject(before)
    )
    return None if named else found


def _is_whole(text: str, defined: re.Pattern[str], enough: int) -> bool:
    """Whether a question names enough topical words; a definition needs only one."""
    return len(_topical(text)) >= (1 if defined.match(text) else enough)


def _has_subject(text: str) -> bool:
    """Whether an English question names a subject that is no mere attribute."""
    found = cues.SUBJECT.match(text) or cues.WHO_DOES.fullmatch(text)
    return bool(found and _topical(found[1]) and not cues.LEANING.search(text))


def _topical(text: str) -> list[str]:
    """The words that name a topic, not those that only ask about one, such as cost."""
    return [
        word
        for word in terms(text)
        if word not in _only_asking() and not word.isdigit() and not cues.ZH_ASKS.fullmatch(word)
    ]


@lru_cache(maxsize=1)
def _only_asking() -> frozenset[str]:
    return frozenset([*words(cues.ONLY_ASKING), *cues.ZH_ONLY_ASKING.split()])


def _with_topic(body: str, pronoun: re.Match[str], topic: str) -> str:
    """The question with its pronoun replaced by the topic; an act goes after the question."""
    if cues.CLAUSE.search(topic):
        return _in_parentheses(body, topic)
    after = body[pronoun.end() :]
    if topic.startswith("to "):
        asked = cues.IT_DOES.search(body[: pronoun.start()]) and re.fullmatch(r"\s+\w+", after)
        return f"{body} {topic}?" if asked else _in_parentheses(body, topic)
    if pronoun[0].lower() in ("this", "that", "these", "those") and re.match(
        r"\s+(?!is\b|was\b|are\b|do)\w", after
    ):
        return _in_parentheses(body, topic)
    own = "'s" if pronoun[0].lower() == "its" else ""
    return f"{body[: pronoun.start()]}{topic}{own}{after}?"


def _appended(body: str, topic: str) -> str:
    if cues.CLAUSE.search(topic):
        return _in_parentheses(body, topic)
    return f"{body} {topic if topic.startswith('to ') else f'for {topic}'}?"


def _in_parentheses(body: str, topic: str) -> str:
    bare = topic.removeprefix("to ")
    return f"{body}？（{bare}）" if _is_chinese(body) else f"{body} ({bare})?"


def _without(lead: re.Pattern[str], text: str) -> str:
    found = lead.match(text)
    return text[found.end() :].strip() if found else text


def _clipped(topic: str) -> str:
    topic = " ".join(topic.split())
    return topic if len(topic) <= _LONGEST_TOPIC else topic[:_LONGEST_TOPIC].rsplit(" ", 1)[0]


def _is_chinese(text: str) -> bool:
    return language(text) == "zh" or bool(re.search("[呢吗嗎]$", cues.END.sub("", text)))
