"""Whether a name stands in a source, be it in another form or at another length."""

from __future__ import annotations

import re

from kb.text import HAN, STOPWORDS, words
from retrieval.facts.names import capitalised_words, chinese_nouns
from retrieval.facts.source_text import SourceText
from retrieval.facts.written_form import squash

# What word cutters take for the end or the beginning of a name, and the kinds of things that a name
# may end with.
_HAN_AROUND = re.compile(r"\A[由是在中和与及被将对向从于为给让叫]|[在于为是会的和与及被将对向从]\Z")
_HAN_KIND = re.compile("(?<=..)(?:时期|时代|地区|[人族文语片样市县区省州镇乡村岛])\\Z")


def has_latin_word(token: str, known: frozenset[str], squashed: str) -> bool:
    """Whether a word stands there, with other accents or in the singular.

    `known` are the index words of the source, `squashed` its letters.
    """
    low = token.lower()
    if all(word in known or word in STOPWORDS for word in words(token)) or (
        len(low) >= 3 and squash(low) in squashed
    ):
        return True
    return token[-1:] == "s" and len(token) > 2 and token[:-1].isupper() and low[:-1] in known


def has_chinese_name(name: str, source: SourceText) -> bool:
    """Whether a name stands there, perhaps at another length.

    At greater length, as 北大 does in 北京大学, or at less: 揆 of 由揆, 荷兰 of 荷兰人.
    """
    if name in source.squashed:
        return True
    spread = re.compile(f"[{HAN}]{{0,3}}".join(name)) if len(name) > 1 else None
    while len(name) > 1 and (around := _HAN_AROUND.search(name) or _HAN_KIND.search(name)):
        name = name[: around.start()] + name[around.end() :]
        if name in source.squashed:
            return True
    return spread is not None and spread.search(source.squashed) is not None


def capitals_lacking(text: str, known: frozenset[str], squashed: str) -> list[str]:
    """The capitalised words of a text, one that opens it too, that a source does not have."""
    return [
        token for token in capitalised_words(text) if not has_latin_word(token, known, squashed)
    ]


def nouns_lacking(text: str, source: SourceText) -> list[str]:
    """The Chinese nouns of a text that a source does not have."""
    return [noun for noun in chinese_nouns(text) if not has_chinese_name(noun, source)]
