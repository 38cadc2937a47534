"""Weighing a question: what its words tell in the knowledge base at hand, and how it reads in other
languages.
"""

from __future__ import annotations

from itertools import chain
from math import log

from kb.knowledge import KnowledgeBase
from kb.text import language, terms
from kb.types import Group, Question
from retrieval.question.translation import frequencies, widen

_UNSEEN = 1.3  # how much more a word weighs that the knowledge base has never seen


def weigh(kb: KnowledgeBase, text: str) -> Question:
    """A question with its words weighed against a knowledge base, and put in the other languages
    that it holds.
    """
    groups: tuple[Group, ...] = ()
    if kb.languages - {language(text)} and kb.glossary is not None:
        groups = tuple(chain.from_iterable(widen(text, kb.languages, kb.glossary).values()))
    asked = terms(text)
    translations = (word for group in groups for way in group.ways for word in way)
    holding = kb.index.document_frequency([*dict.fromkeys([*asked, *translations])])
    anywhere = holding | frequencies(groups, holding)
    passages = kb.index.passages()
    weights = {word: weight(min(anywhere.get(word, 0), passages), passages) for word in asked}
    return Question(text, language(text), weights, groups)


def weight(holding: int, passages: int) -> float:
    """The inverse document frequency of BM25 of a word that stands in `holding` of so many
    passages.
    """
    return log(1 + (passages - holding + 0.5) / (holding + 0.5)) * (1.0 if holding else _UNSEEN)
