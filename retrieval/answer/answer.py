"""Answering: Question -> Hits -> Draft -> Answer, or a refusal when the sources are silent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from kb.home import Notify, silent
from kb.injection_filter import disregarding
from kb.settings import Settings
from kb.types import Answer, Hit, Results, Status
from kb.writers import NO_ANSWER, THOUGHT, Writer
from kb.writers.extractive import Extractive
from kb.writers.prompts import refusal
from retrieval.answer.citations import Marks, quotes
from retrieval.answer.contradictions import differing
from retrieval.answer.draft_review import Reviewed, review
from retrieval.checks import Judge, open_judge

_CLOSEST = 3
OnText = Callable[[str], None]


def answer(
    results: Results,
    writer: Writer,
    settings: Settings,
    on_text: OnText = lambda text: None,
    *,
    judge: Judge | None = None,
    notify: Notify = silent,
) -> Answer:
    """Answer from what a search found. `on_text` gets the answer, sentence by sentence, while it is
    written.

    Refuses when the confidence is below the threshold, or when the writer finds no answer in the
    hits. A draft of which no sentence is supported is never shown: the sources are quoted instead,
    and the user is told. Hence the first piece comes with the first supported sentence. A writer
    that finds no answer in hits of which some speak to a language model is asked once more, without
    what these say to it. Raises KbError when the writer fails.
    """
    if not results.hits or results.confidence < settings.min_confidence:
        return _refuse(results, writer)
    judge = judge or open_judge(settings, lambda: None, notify)
    marks = Marks(results.hits)
    shown = _written(results, results.hits, writer, judge, marks, on_text)
    if shown is None and (heard := disregarding(results.hits)) != list(results.hits):
        # A source that tells the model to say nothing must not silence what stands beside it.
        heard = [hit for hit in heard if hit.passage.text.strip()]
        marks = Marks(results.hits)
        shown = _written(results, heard, writer, judge, marks, on_text) if heard else None
    if shown is None:
        return _refuse(results, writer)
    sentences = tuple(each.sentence for each in shown if each.sentence)
    if writer.name != Extractive.name and not any(sentence.supported for sentence in sentences):
        notify(f"nothing that {writer.name} wrote is in the sources; quoting these instead")
        return answer(
            results,
            Extractive(settings.sentences, reads=settings.reads),
            settings,
            on_text,
            judge=judge,
            notify=notify,
        )
    status: Status = (
        "answered"
        if sentences and all(sentence.supported for sentence in sentences)
        else "unsupported"
    )
    text = "".join(each.text for each in shown).strip()
    citations = quotes(sentences, marks.cited, results.question)
    otherwise, citations = differing(results.question.text, sentences, citations, results.hits)
    return Answer(
        results.question.text,
        status,
        text,
        sentences,
        citations,
        results.confidence,
        writer.name,
        differing=otherwise,
    )


def _written(
    results: Results,
    given: Sequence[Hit],
    writer: Writer,
    judge: Judge,
    marks: Marks,
    on_text: OnText,
) -> list[Reviewed] | None:
    """What a writer makes of the hits that it is given, reviewed; None where it finds no answer in
    them.
    """
    draft = writer.write(results.question, given)
    opening = _opening(draft)
    if _bare(opening).upper().startswith(NO_ANSWER) or not opening.strip():
        return None
    reviewed = review(chain([opening.lstrip()], draft), results.hits, marks, judge)
    shown = _told(reviewed, marks, on_text, writer.name == Extractive.name)
    declined = any(each.declines for each in shown)
    return (
        None
        if declined and not any(each.sentence and each.sentence.supported for each in shown)
        else shown
    )


def _told(
    pieces: Iterable[Reviewed], marks: Marks, on_text: OnText, founded: bool
) -> list[Reviewed]:
    """All pieces, told one by one as they come from the first supported sentence on."""
    shown: list[Reviewed] = []
    told = 0
    for piece in pieces:
        if piece.thought and not told:  # what was told can't be taken back
            shown.clear()
            marks.forget()
            continue
        shown.append(piece)
        founded = founded or (piece.sentence is not None and piece.sentence.supported)
        if founded:
            on_text("".join(each.text for each in shown[told:]))
            told = len(shown)
    return shown


def _opening(draft: Iterator[str]) -> str:
    """The first pieces: as many as it takes to know that they don't say NO_ANSWER."""
    opening = ""
    for piece in draft:
        opening = "" if piece == THOUGHT else opening + piece
        if len(_bare(opening)) > len(NO_ANSWER):
            break
    return opening


def _bare(text: str) -> str:
    """Text without the quotes and marks that models like to put around a single word."""
    return text.lstrip(" \n\t*_`\"'“”「『【[(（")


def _refuse(results: Results, writer: Writer) -> Answer:
    text = refusal(results.question.lang)
    closest = sorted(results.hits, key=lambda hit: hit.rank)[:_CLOSEST]
    return Answer(
        results.question.text,
        "abstained",
        text,
        (),
        (),
        results.confidence,
        writer.name,
        tuple(closest),
    )
