"""The sentences and index words of passages, which several signals of a search share."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from kb.index_words import findable_words
from kb.text import flat, sentences
from kb.types import Passage, Question

Words = tuple[str, ...]


@lru_cache(maxsize=1024)  # the same passages are the first for many questions of a batch
def sentence_words(text: str) -> tuple[Words, ...]:
    """The index words of each sentence of `text`, markup aside, in order."""
    shown = flat(text)
    return tuple(tuple(findable_words(shown[start:end])) for start, end in sentences(shown))


def passage_words(text: str) -> Words:
    """The index words of `text`, markup aside, in order."""
    return tuple(chain.from_iterable(sentence_words(text)))


@lru_cache(maxsize=1024)
def surrounding_words(title: str, headings: tuple[str, ...], context: str) -> frozenset[str]:
    """The index words of what a passage stands under: title, headings, the question it answers."""
    return frozenset(findable_words("\n".join((title, *headings, context))))


def coverages(question: Question, title: str, passage: Passage) -> list[tuple[float, float]]:
    """Each sentence's share of the question, 0 to 1: alone, and with its headings."""
    around = surrounding_words(title, passage.headings, passage.context)
    return [
        (question.coverage(own), question.coverage(around.union(own)))
        for own in sentence_words(passage.text)
    ]
