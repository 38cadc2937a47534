"""Passages cut into sentences and words, once for everything that a search looks for in them."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from kb.text import flat, sentences, words

Words = tuple[str, ...]


@lru_cache(maxsize=1024)  # the same passages are the first for many questions of a batch
def sentence_words(text: str) -> tuple[Words, ...]:
    """The index words of each sentence of `text`, markup aside, in order."""
    shown = flat(text)
    return tuple(tuple(words(shown[start:end])) for start, end in sentences(shown))


def passage_words(text: str) -> Words:
    """The index words of `text`, markup aside, in order."""
    return tuple(chain.from_iterable(sentence_words(text)))


@lru_cache(maxsize=1024)
def name_words(title: str, headings: tuple[str, ...]) -> frozenset[str]:
    """The index words of where a passage stands."""
    return frozenset(words("\n".join((title, *headings))))
