"""Translations of questions: each word and phrase with its translations in the glossary.

The best translation of a word counts, not their sum (disjunction max), and a rare one weighs no
more than all of the word's translations together, after Pirkola 1998 (structured queries) and
Darwish & Oard 2003.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from kb.glossary import LONGEST, Glossary
from kb.text import HAN, STOPWORDS, terms, words
from kb.types import Group, Phrase, Ways

# What these are worth was chosen on sentence pairs: Tatoeba, example sentences, command
# descriptions, a manual.
_PART = 0.5  # a word of a phrase that the glossary knows whole
_SOME = 0.6  # one word of a translation of several
_PIECE = 0.5  # a piece of a Chinese word that the glossary does not know

_HAN = re.compile(f"[{HAN}]")
_ENDS = frozenset(".?!:。？！：\n")
_LATIN_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*")


def widen(
    question: str, languages: Collection[str], glossary: Glossary
) -> dict[str, tuple[Group, ...]]:
    """The translations of a question into those of `languages`, zh and en, that some of it is not
    written in.

    A question in both ("churn 太高") is translated into both. `languages` are those of the knowledge
    base.
    """
    asked = words(question)
    topic = terms(question)
    foreign = {
        lang: [word for word in topic if _foreign((word,), lang)]
        for lang in ("zh", "en")
        if lang in languages
    }
    return {
        lang: _translated(lang, question, asked, topic, glossary)
        for lang, some in foreign.items()
        if some
    }


def frequencies(groups: Iterable[Group], holding: Mapping[str, int]) -> dict[str, int]:
    """The number of passages that have each word of the question in any language, given the number
    for every single word.

    Without it, the words of a question in a language that the knowledge base lacks would look as if
    nobody had ever used them.
    """
    found: dict[str, int] = {}
    for group in groups:
        most = max((min(holding.get(word, 0) for word in way) for way in group.ways), default=0)
        for word in group.of:
            found[word] = max(most, found.get(word, 0), holding.get(word, 0))
    return found


def _translated(
    lang: str, question: str, asked: Sequence[str], topic: Sequence[str], glossary: Glossary
) -> tuple[Group, ...]:
    known = glossary.translations(_phrases(asked, lang))
    pieces: dict[str, str] = {}
    phrases = list(_longest_phrases(asked, known, topic))
    unknown = (
        [phrase[0] for phrase in phrases if phrase not in known and _foreign(phrase, "en")]
        if lang == "en"
        else []
    )
    if unknown:
        known |= glossary.translations((piece,) for word in unknown for piece in _pieces(word))
        asked, pieces = _resegmented(phrases, known)
        known |= glossary.translations(_phrases(asked, lang) - known.keys())
    translatable = {*topic, *pieces}
    names = _names(question)
    groups: dict[Phrase, Group] = {}
    for phrase in _longest_phrases(asked, known, translatable):
        if len(phrase) > 1:
            _add(groups, phrase, _with_single_words(known[phrase]), 1.0)
        for word in phrase:
            if word in translatable:
                translations = known.get((word,), {})
                name = word in names and len(phrase) == 1
                own = (
                    {(word,): 1.0}
                    if name or not translations or not _foreign((word,), lang)
                    else {}
                )
                share = (1.0 if len(phrase) == 1 else _PART) * (_PIECE if word in pieces else 1.0)
                _add(groups, (word,), own | _with_single_words(translations), share)
    return tuple(
        replace(group, of=tuple(pieces.get(word, word) for word in group.of))
        for group in groups.values()
    )


def _resegmented(
    phrases: Sequence[Phrase], known: Collection[Phrase]
) -> tuple[list[str], dict[str, str]]:
    """The question with Chinese words that the glossary lacks cut into shorter ones that it has,
    the longest first.

    Also gives the pieces that are no words of the question, each with its word. A word of which no
    piece is known stays.
    """
    anew: list[str] = []
    pieces: dict[str, str] = {}
    asked = {word for phrase in phrases for word in phrase}
    for phrase in phrases:
        if phrase in known or not _HAN.match(phrase[0]):
            anew += phrase
            continue
        (word,) = phrase
        start = 0
        while start < len(word):
            end = next(
                (
                    end
                    for end in range(min(start + 4, len(word)), start, -1)
                    if (word[start:end],) in known
                ),
                0,
            )
            if end:
                anew.append(word[start:end])
                if word[start:end] not in asked and word[start:end] not in STOPWORDS:
                    pieces[word[start:end]] = word
            start = end or start + 1
        if word not in pieces.values():
            anew.append(word)
    return anew, pieces


def _add(groups: dict[Phrase, Group], phrase: Phrase, ways: Ways, share: float) -> None:
    """Add the translations of a phrase; of a repeated one only the heavier ones."""
    known = groups.get(phrase)
    weighed = {way: round(weight * share, 3) for way, weight in ways.items()}
    if known is None or max(known.ways.values()) < max(weighed.values()):
        groups[phrase] = Group(phrase, weighed)


def _with_single_words(translations: Ways) -> dict[Phrase, float]:
    """The translations, and the words of those of several words, at a lower weight."""
    ways = dict(translations)
    for phrase, weight in translations.items():
        if len(phrase) > 1:
            for word in phrase:
                if len(word) == 1 or word in STOPWORDS:
                    continue
                ways[(word,)] = max(ways.get((word,), 0.0), weight * _SOME)
    return ways


def _longest_phrases(
    asked: Sequence[str], known: Collection[Phrase], topic: Collection[str]
) -> Iterator[Phrase]:
    """The question as phrases: at each word the longest in the glossary, else the word."""
    at = 0
    while at < len(asked):
        for end in range(min(len(asked), at + LONGEST), at, -1):
            phrase = tuple(asked[at:end])
            if end == at + 1 or (phrase in known and any(word in topic for word in phrase)):
                yield phrase
                at = end
                break


def _phrases(asked: Sequence[str], lang: str) -> set[Phrase]:
    """The words and phrases of the question that the glossary may have."""
    starts = range(len(asked))
    found = {
        tuple(asked[start:end])
        for start in starts
        for end in range(start + 1, min(start + LONGEST, len(asked)) + 1)
    }
    return {phrase for phrase in found if _foreign(phrase, lang)}


def _pieces(word: str) -> Iterator[str]:
    for start in range(len(word)):
        for end in range(start + 1, min(start + 4, len(word)) + 1):
            if end - start < len(word):
                yield word[start:end]


def _names(question: str) -> set[str]:
    """The index words of names: MVP, SaaS, Python, k8s. They are the same in every language."""
    found: set[str] = set()
    ended = 0
    for word in _LATIN_WORD.finditer(question):
        opens = not ended or not _ENDS.isdisjoint(question[ended : word.start()])
        ended = word.end()
        if any(char.isupper() or char.isdigit() for char in word[0][1:]) or (
            word[0][0].isupper() and not opens
        ):
            found.update(words(word[0]))
    return found


def _foreign(phrase: Phrase, lang: str) -> bool:
    """Whether a phrase has words that are not of `lang`; figures belong to every language."""
    if lang == "zh":
        return any(not _HAN.match(word) and not word.isdigit() for word in phrase)
    return any(_HAN.match(word) for word in phrase)
