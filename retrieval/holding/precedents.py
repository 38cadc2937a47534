"""Precedents: what a person decided when the same question was held before, however worded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from kb.embedders.built_in import StaticEmbedder
from kb.journal import Journal
from kb.journal.held_answers import Hold
from kb.knowledge import KnowledgeBase
from kb.text import normalise
from retrieval.question.question_similarity import SAME, likeness
from retrieval.question.same_question import conflicts

_LOOKED_AT = 10  # questions that are compared closely: the nearest by their words


def precedents(kb: KnowledgeBase, journal: Journal, question: str, channel: str) -> Iterator[Hold]:
    """The decided answers of a channel whose question asks the same as this one: those in the same
    words first, the newest before the others, then the likeliest.

    A question is the same from the likelihood on from which `kb gaps` takes two for one, unless
    they plainly ask for different things.
    """
    for exchange, _ in _alike(kb, question, journal.holds.precedents(channel)):
        hold = journal.holds.hold(exchange)
        if hold is not None and hold.decision is not None:
            yield hold


def waiting_alike(kb: KnowledgeBase, journal: Journal, hold: Hold) -> list[Hold]:
    """The other answers that wait in a channel and whose question asks the same as that of a held
    answer: a reviewer may want to decide about them alike.
    """
    waiting = {each.exchange: each for each in journal.holds.waiting()}
    asked = [
        (each.exchange, each.asked_as)
        for each in waiting.values()
        if each.channel == hold.channel and each.exchange != hold.exchange
    ]
    return [waiting[name] for name, _ in _alike(kb, hold.asked_as, asked)]


def earlier_decisions(kb: KnowledgeBase, journal: Journal, hold: Hold, most: int) -> list[Hold]:
    """What was decided about questions like that of a held answer, for its reviewer."""
    return list(islice(precedents(kb, journal, hold.asked_as, hold.channel), most))


def _alike(
    kb: KnowledgeBase, question: str, asked: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Of exchanges with their questions those that ask the same: first those in the same words."""
    exact = [each for each in asked if normalise(each[1]) == normalise(question)]
    near = _nearest(question, [each for each in asked if each not in exact])
    return [*exact, *_asking_the_same(kb, question, near)]


def _asking_the_same(
    kb: KnowledgeBase, question: str, near: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    if not near:
        return []
    odds = likeness([question, *(text for _, text in near)], kb.glossary)[0, 1:]
    order = np.argsort(-odds, kind="stable")
    return [
        near[place]
        for place in order
        if odds[place] >= SAME and not conflicts(question, near[place][1], kb.glossary)
    ]


def _nearest(question: str, asked: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The questions that are nearest by static vectors; all of a few."""
    if len(asked) <= _LOOKED_AT:
        return list(asked)
    vectors = StaticEmbedder().passages([question, *(text for _, text in asked)])
    order = np.argsort(-(vectors[1:] @ vectors[0]), kind="stable")
    return [asked[place] for place in order[:_LOOKED_AT]]
