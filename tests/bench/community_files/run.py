"""Asking a community's questions as `kb ask` does, and what came of it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.backends import open_writer
from kb.home import silent
from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.settings import Settings
from kb.types import Answer
from kb.writers import Writer
from retrieval.ask import ask
from retrieval.question.conversation import follow_up
from tests.bench.community_files.grading import CommunityQuestion, Grade, grade
from tests.bench.community_files.material import COMMUNITIES, knowledge_base


@dataclass(frozen=True, slots=True)
class GradedAnswer:
    """A question, the answer that it got, and how good that is."""

    asked: CommunityQuestion
    answer: Answer
    grade: Grade


class Asker:
    """Asks the questions of one community; a follow-up after the questions that it follows."""

    def __init__(self, kb: KnowledgeBase, writer: Writer, journal: Journal) -> None:
        self._kb, self._writer, self._journal = kb, writer, journal

    def ask(self, asked: CommunityQuestion) -> GradedAnswer:
        """The graded answer to the last question of a conversation. Raises KbError."""
        last = None
        for text in (*asked.before, asked.question):
            follows = follow_up(text, last, self._writer) if last else None
            answered = ask(
                self._kb,
                self._writer,
                text,
                limit=self._kb.settings.hits,
                journal=self._journal,
                terminal=asked.id,
                follow_up=follows,
            )
            last = answered.exchange
        return GradedAnswer(asked, answered.answer, grade(asked, answered.answer))


def graded(asked: Sequence[CommunityQuestion], settings: Settings) -> Iterator[GradedAnswer]:
    """The graded answers to questions, a community after the other, each from a knowledge base of
    its own that is made for this with these settings.
    """
    for community in COMMUNITIES:
        own = [question for question in asked if question.community == community]
        if not own:
            continue
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
            kb = knowledge_base(community, Path(folder), settings)
            writer = open_writer(kb.settings, silent)
            asker = Asker(kb, writer, Journal(kb.home.journal))
            yield from map(asker.ask, own)
