"""Answering: Question -> Hits -> Draft -> Answer, or a refusal when the sources are silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

from kb.settings import Settings
from kb.types import Answer, Results, Status
from kb.writers import NO_ANSWER, Writer
from kb.writers.prompts import refusal
from retrieval.citing import Marks, resolve

_CLOSEST = 3
OnText = Callable[[str], None]


def answer(results: Results, writer: Writer, settings: Settings, on_text: OnText = lambda text: None) -> Answer:
    """Answer from what a search found. `on_text` gets the answer in pieces while it is written.

    Refuses when the confidence is below the threshold, or when the writer finds no answer in the hits. Raises KbError
    when the writer fails.
    """
    if not results.hits or results.confidence < settings.min_confidence:
        return _refuse(results, writer)
    marks = Marks(results.hits)
    draft = writer.write(results.question, results.hits)
    opening = _opening(draft)
    if _bare(opening).startswith(NO_ANSWER) or not opening.strip():
        return _refuse(results, writer)
    pieces = []
    for piece in marks.apply(chain([opening.lstrip()], draft)):
        pieces.append(piece)
        on_text(piece)
    text = "".join(pieces).strip()
    sentences, citations = resolve(text, marks.cited, results.question)
    status: Status = "answered" if sentences and all(sentence.supported for sentence in sentences) else "unsupported"
    return Answer(results.question.text, status, text, sentences, citations, results.confidence, writer.name)


def _opening(draft: Iterator[str]) -> str:
    """The first pieces: as many as it takes to know that they don't say NO_ANSWER."""
    opening = ""
    for piece in draft:
        opening += piece
        if len(_bare(opening)) > len(NO_ANSWER):
            break
    return opening


def _bare(text: str) -> str:
    """Text without the quotes and marks that models like to put around a single word."""
    return text.lstrip(" \n\t*_`\"'“”「『【[(（")


def _refuse(results: Results, writer: Writer) -> Answer:
    text = refusal(results.question.lang)
    closest = sorted(results.hits, key=lambda hit: hit.rank)[:_CLOSEST]
    return Answer(results.question.text, "abstained", text, (), (), results.confidence, writer.name, tuple(closest))
