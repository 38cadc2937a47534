"""A question as it is searched: checked, its words weighed by how rare they are in the knowledge
base at hand, and put in the other languages that this holds.
"""

from __future__ import annotations

from datetime import date
from itertools import chain
from math import log

from kb.errors import UsageError
from kb.index_words import date_groups, question_words
from kb.knowledge import KnowledgeBase
from kb.stages import stage
from kb.text import has_words, language
from kb.types import Group, Question
from retrieval.facts.translation import frequencies, widen

_UNSEEN = 1.3  # how much more a word weighs that the knowledge base has never seen
LONGEST_QUESTION = 4000  # characters


def check_question(text: str) -> str:
    """The question stripped of white space. Raises UsageError where it is unsearchable."""
    question = text.strip()
    if not question:
        raise UsageError(
            "the question is empty", 'ask like this: kb ask "how do I find my first users?"'
        )
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are taken",
            "ask something shorter",
        )
    if not has_words(question):
        raise UsageError("there is no word in the question")
    return question


@stage("widen")
def weigh(kb: KnowledgeBase, text: str) -> Question:
    """The question with its word weights in the knowledge base, and its translations.

    What is masked in the sources is masked in it too: so it finds them, and no model server sees it.
    """
    text = kb.redactor.text(text) if kb.redactor else text
    if kb.sight and kb.sight.cover:
        text = kb.sight.cover.text(text)  # so a number isn't told to be here, nor who has it
    groups: tuple[Group, ...] = ()
    if kb.languages - {language(text)} and kb.glossary is not None:
        groups = tuple(chain.from_iterable(widen(text, kb.languages, kb.glossary).values()))
    asked = question_words(text)
    translations = (word for group in groups for way in group.ways for word in way)
    holding = kb.index.document_frequency([*dict.fromkeys([*asked, *translations])])
    anywhere = holding | frequencies(groups, holding)
    passages = kb.index.passages()
    weights = {word: weight(min(anywhere.get(word, 0), passages), passages) for word in asked}
    dates = date_groups(text, date.today().isoformat())
    return Question(text, language(text), weights, groups, dates)


def weight(holding: int, passages: int) -> float:
    """The inverse document frequency, as in BM25, of a word that `holding` of the passages have."""
    return log(1 + (passages - holding + 0.5) / (holding + 0.5)) * (1.0 if holding else _UNSEEN)
