"""The ask pipeline: Question -> Hits -> Draft -> Answer | Refusal -> Exchange -> journal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from kb.errors import KbError, in_one_line
from kb.journal import Journal
from kb.journal.ids import new_name, now, text_hash
from kb.knowledge import KnowledgeBase
from kb.types import Answer, Exchange, Hit, Kind, Question, Results
from kb.writers import Writer, WritesTogether
from retrieval.answer.answer import OnText, answer
from retrieval.answer.interruption import Interruptible
from retrieval.checks import open_judge
from retrieval.contract import answer_json
from retrieval.search.search import Where, check_question, search
from retrieval.search.surroundings import with_neighbours, with_replies

if TYPE_CHECKING:
    from retrieval.question.conversation import Continued

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer and the exchange that stands for it."""

    answer: Answer
    exchange: Exchange


def ask(
    kb: KnowledgeBase,
    writer: Writer,
    question: str,
    *,
    limit: int,
    where: Where = (),
    kind: Kind | None = None,
    terminal: str = "",
    journal: Journal | None = None,
    on_text: OnText = lambda text: None,
    continued: Continued | None = None,
) -> Asked:
    """Answer a question and, with a journal, keep the exchange. Raises KbError when the writer
    fails.

    A follow-up is searched and answered as it was `continued`, and kept in the user's own words. An
    answer is never lost to a journal that can't be written: the user is told instead. A question
    that got none, for whatever reason, is kept too.
    """
    began = time.perf_counter()
    results = search(
        kb, continued.question if continued else question, limit=limit, where=where, kind=kind
    )
    narrowed = _narrowed(limit, where, kind)
    return _asked(
        kb,
        results,
        writer,
        on_text,
        Receipt(question, terminal, journal, began, narrowed, continued),
    )


def ask_all(
    kb: KnowledgeBase,
    writer: Writer,
    questions: Sequence[tuple[str, Where]],
    *,
    limit: int,
    kind: Kind | None = None,
    terminal: str = "",
    journal: Journal | None = None,
) -> Iterator[Asked | KbError]:
    """The exchange of each question, or what is wrong with it, in their order.

    A writer that is quicker with several at once is given all those that have hits worth writing
    from; of the time that this takes, each of the questions is said to have taken its share.
    """
    began = time.perf_counter()

    def found(question: str, where: Where) -> Results:
        return search(kb, check_question(question), limit=limit, where=where, kind=kind)

    searched = [_or_error(partial(found, *each)) for each in questions]
    drafted = _drafted(kb, searched, writer)
    share = (time.perf_counter() - began) / max(1, len(questions))
    for (_, where), results, who in zip(questions, searched, drafted, strict=True):
        if isinstance(results, KbError):
            yield results
        else:
            receipt = Receipt(
                results.question.text,
                terminal,
                journal,
                time.perf_counter() - share,
                _narrowed(limit, where, kind),
            )
            yield _or_error(partial(_asked, kb, results, who, _unheard, receipt))


def _unheard(text: str) -> None:
    """Where what is said while it is written goes, when nobody listens."""


def _or_error(work: Callable[[], T]) -> T | KbError:
    try:
        return work()
    except KbError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Drafted:
    """A writer whose draft from these hits was written before it was asked for."""

    writer: Writer
    hits: Sequence[Hit]
    draft: str | KbError

    @property
    def name(self) -> str:
        return self.writer.name

    def check(self) -> None:
        return

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        if hits != self.hits:
            yield from self.writer.write(question, hits)
        elif isinstance(self.draft, KbError):
            raise self.draft
        else:
            yield self.draft


def _drafted(kb: KnowledgeBase, found: Sequence[Results | KbError], writer: Writer) -> list[Writer]:
    """For each of the results, a writer that has its draft already; the writer itself where none
    will be needed.
    """
    who: list[Writer] = [writer] * len(found)
    if not isinstance(writer, WritesTogether):
        return who
    wanted = {
        place: _offered(kb, results, writer)
        for place, results in enumerate(found)
        if not isinstance(results, KbError)
        and results.hits
        and results.confidence >= kb.settings.min_confidence
    }
    drafts = writer.write_all([(results.question, results.hits) for results in wanted.values()])
    for (place, results), draft in zip(wanted.items(), drafts, strict=True):
        who[place] = _Drafted(writer, results.hits, draft)
    return who


@dataclass(frozen=True, slots=True)
class Receipt:
    """What is kept of a question beside its answer. `began` is when it was asked, in seconds of
    `perf_counter`.

    `asked` is what else it was asked with, so that it can be asked again.
    """

    question: str
    terminal: str
    journal: Journal | None
    began: float
    asked: Mapping[str, Any]
    continued: Continued | None = None


def _narrowed(limit: int, where: Where, kind: Kind | None) -> dict[str, Any]:
    """What a question was asked with: how many passages, and which ones could be among them."""
    return {"k": limit, "where": [list(pair) for pair in where], "kind": kind}


def _asked(
    kb: KnowledgeBase, results: Results, writer: Writer, on_text: OnText, receipt: Receipt
) -> Asked:
    try:
        given = replace(_answer(kb, results, writer, on_text), question=receipt.question)
    except BaseException as error:  # also when the asker interrupts, or nobody reads on
        _keep(kb, receipt.journal, _failed(results, writer, error, receipt))
        raise
    exchange = _exchange(results, given, receipt)
    _keep(kb, receipt.journal, exchange)
    if given.error:
        kb.notify(f"{given.error}; the answer breaks off there")
    return Asked(given, exchange)


def _keep(kb: KnowledgeBase, journal: Journal | None, exchange: Exchange) -> None:
    if journal is None:
        return
    try:
        journal.add(exchange)
    except KbError as error:
        kb.notify(f"this question could not be logged: {error}")


def _answer(kb: KnowledgeBase, results: Results, writer: Writer, on_text: OnText) -> Answer:
    """The answer; when nobody insisted on a server that fails before its first word, the extractive
    one.
    """
    said: list[str] = []
    interruptible = Interruptible(writer)

    def tell(text: str) -> None:
        said.append(text)
        on_text(text)

    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    try:
        given = answer(
            _offered(kb, results, writer),
            interruptible,
            kb.settings,
            tell,
            judge=judge,
            notify=kb.notify,
        )
        return interruptible.told(given)
    except KbError as error:
        if kb.settings.writer != "auto" or writer.name == "extractive" or said:
            raise
        from kb.writers.extractive import Extractive

        kb.notify(f"{error}; quoting the sources instead")
        extractive = Extractive(kb.settings.sentences, reads=kb.settings.reads)
        return answer(_offered(kb, results, extractive), extractive, kb.settings, tell, judge=judge)


def _offered(kb: KnowledgeBase, results: Results, writer: Writer) -> Results:
    """The results with what a writer is given beside the hits; their own ranks stay."""
    hits = with_replies(kb, results.hits)
    if writer.name != "extractive":
        hits = with_neighbours(kb, hits, kb.settings.neighbours, kb.settings.context_tokens)
    return replace(results, hits=hits)


def _exchange(results: Results, given: Answer, receipt: Receipt) -> Exchange:
    seconds = time.perf_counter() - receipt.began
    continued = receipt.continued
    exchange_id = new_name("x")
    payload: dict[str, Any] = answer_json(given, exchange_id, seconds)
    if continued:
        payload |= {
            "continues": continued.exchange,
            "rewritten": continued.rewritten,
            "topic": continued.topic,
        }
    payload |= {"asked": receipt.asked, "search_seconds": round(results.seconds, 4)}
    cited = (citation.hit for citation in given.citations)
    used = {hit.passage.id: hit for hit in (*results.hits, *cited)}
    payload["retrieved"] = [_receipt(hit) for hit in used.values()]
    return Exchange(
        exchange_id,
        now(),
        given.question,
        given.status,
        given.confidence,
        given.text,
        given.writer,
        round(seconds, 4),
        receipt.terminal,
        payload,
    )


def _failed(results: Results, writer: Writer, error: BaseException, receipt: Receipt) -> Exchange:
    """The exchange of a question that got no answer."""
    told = str(error) if isinstance(error, KbError) else in_one_line(error)
    nothing = Answer(
        receipt.question, "unsupported", "", (), (), results.confidence, writer.name, error=told
    )
    exchange = _exchange(results, nothing, receipt)
    return replace(exchange, status="error", payload={**exchange.payload, "status": "error"})


def _receipt(hit: Hit) -> dict[str, Any]:
    """What is kept of a hit: enough to tell later whether its passage is still what was answered
    from.
    """
    return {
        "passage": hit.passage.id,
        "text_hash": text_hash(hit.passage.text),
        "source": hit.document.source,
        "label": hit.passage.anchor.label,
        "score": hit.score,
    }
