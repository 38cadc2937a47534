"""Whether a name stands in a source, be it in another form: plural, people, other characters."""

from __future__ import annotations

import re
from functools import lru_cache

from kb.text import HAN, STOPWORDS, words
from retrieval.facts.names import capitalised_words, chinese_nouns
from retrieval.facts.pinyin import sounds_as
from retrieval.facts.source_text import SourceText
from retrieval.facts.word_lists import entries
from retrieval.facts.written_form import squash

# What word cutters take for the end or the beginning of a name, and the kinds of things that a name
# may end with.
_HAN_AROUND = re.compile(r"\A[由是在中和与及被将对向从于为给让叫]|[在于为是会的和与及被将对向从]\Z")
_HAN_KIND = re.compile("(?<=..)(?:时期|时代|地区|[人族文语片样市县区省州镇乡村岛])\\Z")
_LONG_NAME = 3  # characters from which a name that only sounds like another is taken for it
_ENDINGS = frozenset("n an ian ese es ish y i ia ic s ns ans ians e any land lands".split()) | {""}


def has_latin_word(token: str, known: frozenset[str], squashed: str) -> bool:
    """Whether a word stands there, with other accents, in the singular, or as a people's country.

    `known` are the index words of the source, `squashed` its letters.
    """
    low = token.lower()
    if all(word in known or word in STOPWORDS for word in words(token)) or (
        len(low) >= 3 and squash(low) in squashed
    ):
        return True
    if token[-1:] == "s" and len(token) > 2 and token[:-1].isupper() and low[:-1] in known:
        return True
    country = _countries().get(low)
    if country and known.issuperset(words(country)):
        return True
    return len(low) >= 5 and any(_differ_in_ending(low, word) for word in known)


def has_chinese_name(name: str, source: SourceText) -> bool:
    """Whether a name stands there, at another length or in other characters that read the same.

    At greater length, as 北大 does in 北京大学, or at less: 揆 of 由揆, 荷兰 of 荷兰人.
    """
    if name in source.squashed:
        return True
    whole, spread = name, re.compile(f"[{HAN}]{{0,3}}".join(name)) if len(name) > 1 else None
    while len(name) > 1 and (around := _HAN_AROUND.search(name) or _HAN_KIND.search(name)):
        name = name[: around.start()] + name[around.end() :]
        if name in source.squashed:
            return True
    if spread and spread.search(source.squashed):
        return True
    return len(whole) >= _LONG_NAME and sounds_as(whole, source.squashed)


def capitals_lacking(text: str, known: frozenset[str], squashed: str) -> list[str]:
    """The capitalised words of a text, one that opens it too, that a source does not have."""
    return [
        token for token in capitalised_words(text) if not has_latin_word(token, known, squashed)
    ]


def nouns_lacking(text: str, source: SourceText) -> list[str]:
    """The Chinese nouns of a text that a source does not have."""
    return [noun for noun in chinese_nouns(text) if not has_chinese_name(noun, source)]


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    return dict(line.split() for line in entries("en/peoples"))


def _differ_in_ending(name: str, word: str) -> bool:
    """German and Germany, Vietnam and Vietnamese: one begins as the other, but for an ending."""
    if len(word) < 4 or name[:4] != word[:4]:
        return False
    shared = 0
    for one, other in zip(name, word, strict=False):
        if one != other:
            break
        shared += 1
    return name[shared:] in _ENDINGS and word[shared:] in _ENDINGS
