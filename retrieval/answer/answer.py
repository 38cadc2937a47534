"""Answering: Question and hits -> draft -> Answer, or a refusal when the sources have no answer.

A writer that fails before its first word gives way to quotes of the sources; what it wrote before it
broke off stands, and the answer says that it is not whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from kb.errors import BrokenOff, KbError
from kb.home import Notify, silent
from kb.injection import disregarding
from kb.knowledge import KnowledgeBase
from kb.settings import Settings
from kb.stages import stage
from kb.types import Answer, Citation, Hit, Question, Results
from kb.writers import NO_ANSWER, THOUGHT, Writer
from kb.writers.extractive import Extractive
from kb.writers.prompts import refusal
from retrieval.answer.citations import CitationNumbers, quotes
from retrieval.answer.contradictions import find_contradictions
from retrieval.answer.draft_review import ReviewedPiece, review
from retrieval.answer.table_answer import table_quotes
from retrieval.checks.judge import Judge, open_judge
from retrieval.search.surroundings import with_surroundings

_CLOSEST = 3  # hits that a refusal shows


@dataclass(frozen=True, slots=True)
class StreamedText:
    """A stretch of an answer, passed on once its sentences are verified, with what they cite."""

    text: str
    citations: tuple[Citation, ...] = ()


OnText = Callable[[StreamedText], None]


def ignore_text(text: StreamedText) -> None:
    """The default for `on_text`: nobody reads the answer while it is written."""


def answer(
    results: Results,
    writer: Writer,
    settings: Settings,
    on_text: OnText = ignore_text,
    *,
    judge: Judge | None = None,
    notify: Notify = silent,
) -> Answer:
    """The answer from the results of a search. `on_text` gets it sentence by sentence, while it is
    written.

    It is a refusal when the confidence is below the threshold, or when the writer finds no answer
    in the hits. A draft without a supported sentence is never shown: the sources are quoted
    instead, with a notice. Hence `on_text` is first called with the first supported sentence. A
    writer that finds no answer in hits with text addressed to language models is asked once more
    without that text. Raises KbError when the writer fails.
    """
    if not results.hits or results.confidence < settings.min_confidence:
        return _refusal(results, writer)
    judge = judge or open_judge(settings, lambda: None, notify)
    marks = CitationNumbers(results.hits)
    pieces = _draft(results, results.hits, writer, judge, marks, on_text)
    if pieces is None and (harmless := disregarding(results.hits)) != list(results.hits):
        # A source that tells the model to say nothing must not silence what stands beside it.
        hits = [hit for hit in harmless if hit.passage.text.strip()]
        marks = CitationNumbers(results.hits)
        pieces = _draft(results, hits, writer, judge, marks, on_text) if hits else None
    if pieces is None:
        return _refusal(results, writer)
    supported = any(piece.sentence and piece.sentence.supported for piece in pieces)
    if writer.name != Extractive.name and not supported:
        notify(f"nothing that {writer.name} wrote is in the sources; quoting these instead")
        extractive = Extractive(settings.sentences, reads=settings.reads)
        return answer(results, extractive, settings, on_text, judge=judge, notify=notify)
    return _answer(results, writer, pieces, marks)


def _answer(
    results: Results, writer: Writer, pieces: Sequence[ReviewedPiece], marks: CitationNumbers
) -> Answer:
    """The answer made of the reviewed pieces, with citations and contradictions."""
    sentences = tuple(piece.sentence for piece in pieces if piece.sentence)
    is_supported = sentences and all(sentence.supported for sentence in sentences)
    citations = quotes(sentences, marks.cited, results.question)
    contradictions, citations = find_contradictions(
        results.question.text, sentences, citations, results.hits
    )
    return Answer(
        results.question.text,
        "answered" if is_supported else "unsupported",
        "".join(piece.text for piece in pieces).strip(),
        sentences,
        citations,
        results.confidence,
        writer.name,
        differing=contradictions,
    )


def _draft(
    results: Results,
    hits: Sequence[Hit],
    writer: Writer,
    judge: Judge,
    marks: CitationNumbers,
    on_text: OnText,
) -> list[ReviewedPiece] | None:
    """The writer's draft from the hits, reviewed; None where the writer finds no answer in them."""
    draft = writer.write(results.question, hits)
    opening = _opening(draft)
    if _bare(opening).upper().startswith(NO_ANSWER) or not opening.strip():
        return None
    reviewed = review(chain([opening.lstrip()], draft), results.hits, marks, judge)

    def stream(fresh: Sequence[ReviewedPiece]) -> None:
        stretch = tuple(piece.sentence for piece in fresh if piece.sentence)
        cited = quotes(stretch, marks.cited, results.question)
        on_text(StreamedText("".join(piece.text for piece in fresh), cited))

    pieces = _shown(reviewed, marks, stream, writer.name == Extractive.name)
    declined = any(piece.declines for piece in pieces)
    supported = any(piece.sentence and piece.sentence.supported for piece in pieces)
    return None if declined and not supported else pieces


def _shown(
    pieces: Iterable[ReviewedPiece],
    marks: CitationNumbers,
    stream: Callable[[Sequence[ReviewedPiece]], None],
    is_supported: bool,
) -> list[ReviewedPiece]:
    """All pieces, passed on to `stream` from the first supported sentence on; at once where
    `is_supported` is true from the start.
    """
    kept: list[ReviewedPiece] = []
    shown = 0
    for piece in pieces:
        if piece.thought and not shown:  # what was shown can't be taken back
            kept.clear()
            marks.forget()
            continue
        kept.append(piece)
        is_supported = is_supported or (piece.sentence is not None and piece.sentence.supported)
        if is_supported:
            stream(kept[shown:])
            shown = len(kept)
    return kept


def _opening(draft: Iterator[str]) -> str:
    """The first pieces of a draft, enough to see whether they say NO_ANSWER."""
    opening = ""
    for piece in draft:
        opening = "" if piece == THOUGHT else opening + piece
        if len(_bare(opening)) > len(NO_ANSWER):
            break
    return opening


def _bare(text: str) -> str:
    """The text without the quotes and markup that models put around a single word."""
    return text.lstrip(" \n\t*_`\"'“”「『【[(（")


def _refusal(results: Results, writer: Writer) -> Answer:
    text = refusal(results.question.lang)
    closest = tuple(sorted(results.hits, key=lambda hit: hit.rank)[:_CLOSEST])
    question, sure = results.question.text, results.confidence
    return Answer(question, "abstained", text, (), (), sure, writer.name, closest)


# --- writers that fail ----------------------------------------------------------------------------


@stage("write")
def answer_or_quotes(
    kb: KnowledgeBase, results: Results, writer: Writer, on_text: OnText
) -> Answer:
    """The writer's answer; with the writer `auto`, quotes of the sources where a server fails
    before its first word.
    """
    shown: list[StreamedText] = []

    def show(text: StreamedText) -> None:
        shown.append(text)
        on_text(text)

    if isinstance(writer, Extractive):
        return _quotes(kb, results, writer, show)
    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    found = with_surroundings(kb, results, writer)
    interruptible = Interruptible(writer)
    try:
        given = answer(found, interruptible, kb.settings, show, judge=judge, notify=kb.notify)
        return interruptible.marked(given)
    except KbError as error:
        if kb.settings.writer != "auto" or shown:
            raise
        kb.notify(f"{error}; quoting the sources instead")
        extractive = Extractive(kb.settings.sentences, reads=kb.settings.reads)
        return _quotes(kb, results, extractive, show)


def _quotes(kb: KnowledgeBase, results: Results, extractive: Extractive, on_text: OnText) -> Answer:
    """Quotes of the sources: rows of a table where they answer, else sentences."""
    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    found = with_surroundings(kb, results, extractive)
    best = extractive.best(results.question, found.hits)
    quoted = table_quotes(kb, results, best) if best else None
    if quoted is None:
        return answer(found, extractive, kb.settings, on_text, judge=judge, notify=kb.notify)
    with_rows, rows = quoted
    return rows.vouched(
        answer(with_rows, rows, kb.settings, on_text, judge=judge, notify=kb.notify)
    )


class Interruptible:
    """A writer whose drafts end, instead of failing, where they break off."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._error: KbError | None = None

    @property
    def name(self) -> str:
        """The name of the writer."""
        return self._writer.name

    def check(self) -> None:
        """See `Writer.check`."""
        self._writer.check()

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft, as far as it goes. Raises KbError when that is too short to be shown."""
        self._error = None
        written = ""
        try:
            for piece in self._writer.write(question, hits):
                if piece == THOUGHT:
                    written = ""
                elif len(written) <= len(NO_ANSWER):
                    written += piece
                yield piece
        except BrokenOff as error:
            if len(written.strip()) <= len(NO_ANSWER):
                raise KbError(str(error), error.hint) from error
            self._error = error

    def marked(self, answer: Answer) -> Answer:
        """The answer, with the error and as unsupported where its draft broke off."""
        if self._error is None or answer.writer != self.name:
            return answer
        return replace(answer, status="unsupported", error=str(self._error))
