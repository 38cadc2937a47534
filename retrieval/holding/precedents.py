"""Precedents: what a person decided when the same question was held before, however it was worded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kb.embedders.built_in import StaticEmbedder
from kb.journal import Journal
from kb.journal.held_answers import Hold
from kb.knowledge import KnowledgeBase
from kb.text import normalise
from retrieval.question.question_similarity import SAME, likeness
from retrieval.question.same_question import conflicts

_LOOKED_AT = 10  # questions that are compared closely: the nearest by their words


def precedents(
    kb: KnowledgeBase, question: str, holds: Sequence[Hold], limit: int = _LOOKED_AT
) -> list[Hold]:
    """The held answers whose question asks the same as this one, the likeliest first; among equals
    they keep their order.

    A question is the same from the likelihood on from which `kb gaps` takes two for one, unless
    they plainly ask for different things.
    """
    exact = [hold for hold in holds if normalise(hold.asked_as) == normalise(question)]
    near = _nearest(question, [hold for hold in holds if hold not in exact], limit)
    if not near:
        return exact
    odds = likeness([question, *(hold.asked_as for hold in near)], kb.glossary)[0, 1:]
    order = np.argsort(-odds, kind="stable")
    alike = [
        near[place]
        for place in order
        if odds[place] >= SAME and not conflicts(question, near[place].asked_as, kb.glossary)
    ]
    return [*exact, *alike]


def precedent(kb: KnowledgeBase, journal: Journal, hold: Hold) -> list[Hold]:
    """The earlier decided answers to questions like that of a held one, for its reviewer."""
    decided = journal.holds.decided(hold.channel)
    return precedents(
        kb, hold.asked_as, [each for each in decided if each.exchange != hold.exchange]
    )


def _nearest(question: str, holds: Sequence[Hold], limit: int) -> list[Hold]:
    """The holds whose questions are nearest by static vectors; all of a few."""
    if len(holds) <= limit:
        return list(holds)
    vectors = StaticEmbedder().passages([question, *(hold.asked_as for hold in holds)])
    order = np.argsort(-(vectors[1:] @ vectors[0]), kind="stable")
    return [holds[place] for place in order[:limit]]
