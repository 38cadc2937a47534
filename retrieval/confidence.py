"""Weighing questions, and how far to trust what was found."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain
from math import log

from kb.knowledge import KnowledgeBase
from kb.text import language, terms
from kb.types import Group, Hit, Question
from retrieval.reading import name_words, passage_words
from retrieval.widening import frequencies, widen

_FIRST_HITS = 5
_UNSEEN = 1.3  # how much more a word weighs that the knowledge base has never seen


def weigh(kb: KnowledgeBase, text: str) -> Question:
    """A question with its words weighed against a knowledge base, and put in the other languages that it holds."""
    groups: tuple[Group, ...] = ()
    if kb.languages - {language(text)} and kb.glossary is not None:
        groups = tuple(chain.from_iterable(widen(text, kb.languages, kb.glossary).values()))
    asked = terms(text)
    translations = (word for group in groups for way in group.ways for word in way)
    holding = kb.index.document_frequency([*dict.fromkeys([*asked, *translations])])
    anywhere = holding | frequencies(groups, holding)
    passages = kb.index.passages()
    weights = {word: _weight(min(anywhere.get(word, 0), passages), passages) for word in asked}
    return Question(text, language(text), weights, groups)


def _weight(holding: int, passages: int) -> float:
    """The inverse document frequency of BM25 of a word that stands in `holding` of so many passages."""
    return log(1 + (passages - holding + 0.5) / (holding + 0.5)) * (1.0 if holding else _UNSEEN)


def hit_words(hit: Hit) -> frozenset[str]:
    """The words of a hit: its title, headings and text."""
    return name_words(hit.document.title, hit.passage.headings).union(passage_words(hit.passage.text))


def confidence(question: Question, hits: Collection[Hit]) -> float:
    """How likely the hits hold an answer, 0 to 1: the best coverage of the question's words by one of the first hits.

    A word that the knowledge base has never seen weighs most, so a question about something else scores low. Figures:
    `python -m tests.bench.answers`.
    """
    return max((question.coverage(hit_words(hit)) for hit in list(hits)[:_FIRST_HITS]), default=0.0)
