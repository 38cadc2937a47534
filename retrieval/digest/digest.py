"""A digest of a source: its chapters, outcomes, questions, quotable lines and who was there."""

from __future__ import annotations

from collections.abc import Sequence

from kb.types import Document, Passage
from retrieval.digest.attendance import attendance
from retrieval.digest.chapters import chapters
from retrieval.digest.lines import lines_of
from retrieval.digest.outcomes import actions, decisions
from retrieval.digest.parts import Digest
from retrieval.digest.questions import questions
from retrieval.digest.quotes import quotable
from retrieval.digest.weights import line_terms, weights


def digest(document: Document, passages: Sequence[Passage]) -> Digest:
    """What these passages of a document, in its order, come to."""
    lines = lines_of(document, passages)
    bags = line_terms(lines)
    weight = weights(bags)
    settled = decisions(lines, bags, weight)
    tasks = actions(lines, bags, weight)
    answered, still_open = questions(lines, bags, weight)
    taken = {line.number for each in answered for line in (each.question, *each.answer)}
    taken |= {each.line.number for each in settled} | {each.line.number for each in tasks}
    return Digest(
        document,
        chapters(lines, bags, weight),
        settled,
        still_open,
        tasks,
        answered,
        quotable(lines, bags, weight, taken),
        attendance(document, lines),
    )
