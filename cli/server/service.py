"""What every door calls: questions, passages, exchanges, feedback, as the JSON of the contract.

Each function takes the `View` of a worker's thread. Routes, tools and bots only translate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal

from cli.server.workers import View
from kb.errors import KbError
from kb.types import Kind

if TYPE_CHECKING:
    from kb.types import Exchange
    from retrieval.answer.answer import OnText
    from retrieval.exchange import AnsweredExchange
    from retrieval.question.conversation import FollowUp

Where = tuple[tuple[str, str], ...]
_GAP_DAYS = 30
_GAPS = 20


class NotFound(KbError):
    """Nothing has that name, or it is not the asker's."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as a door takes it.

    `asker` is the name of the token, `conversation` what the door calls the talk that it belongs
    to; questions of one conversation follow each other. `earlier` are the questions before, of
    doors that send them each time. `person` is who asks, where a door speaks for several.
    """

    question: str
    where: Where = ()
    kind: Kind | None = None
    limit: int | None = None
    asker: str = "local"
    channel: str = ""
    conversation: str = ""
    earlier: tuple[str, ...] = ()
    person: str = ""

    @property
    def place(self) -> str:
        """Where it was asked, as the journal names terminals."""
        return f"server:{self.asker}/{self.conversation}"


def ask(view: View, asked: Asked, on_text: OnText | None = None) -> AnsweredExchange:
    """Answer a question and keep the exchange. Raises KbError, and UsageError for no question."""
    from retrieval.answer.answer import ignore_text
    from retrieval.ask import ask as answer
    from retrieval.question.question import check_question

    text = check_question(asked.question)
    return answer(
        view.kb, view.writer, text, limit=asked.limit or view.kb.settings.hits, where=asked.where,
        kind=asked.kind, terminal=asked.place, journal=view.journal,
        on_text=on_text or ignore_text, follow_up=_follow_up(view, asked, text),
        channel=asked.channel, asker=asked.person or asked.asker,
    )  # fmt: skip


def _follow_up(view: View, asked: Asked, text: str) -> FollowUp | None:
    """The question as a follow-up to those before it; None where it begins a conversation."""
    from retrieval.question.conversation import after_questions, follow_up
    from retrieval.question.courtesy import courtesy

    if courtesy(text):
        return None
    if earlier := [question for question in asked.earlier if not courtesy(question)]:
        return after_questions(text, earlier, view.writer)
    last = view.journal.newest(asked.place) if asked.conversation else None
    return follow_up(text, last, view.writer) if last else None


def search(view: View, asked: Asked) -> dict[str, Any]:
    """The object of `kb search --json`. Raises UsageError for no question."""
    from time import perf_counter

    from retrieval.contract import results_json
    from retrieval.question.question import check_question, weigh
    from retrieval.search.search import search as find

    began = perf_counter()
    question = weigh(view.kb, check_question(asked.question))
    limit = asked.limit or view.kb.settings.hits
    return results_json(
        find(view.kb, question, limit=limit, where=asked.where, kind=asked.kind, began=began)
    )


def passage(view: View, name: str) -> dict[str, Any]:
    """A passage with those around it. Raises NotFound."""
    from retrieval.contract import passage_json

    found = view.kb.catalog.passages([name]).get(name)
    document = view.kb.catalog.document(found.document) if found else None
    if found is None or document is None:
        raise NotFound(f"no passage is called {name}", "it may have changed since: search again")
    ordinals = range(max(0, found.ordinal - 1), found.ordinal + 2)
    around = view.kb.catalog.passages_of(document.id, ordinals)
    return _without_path(passage_json(document, found, around))


def exchange(view: View, name: str, asker: str | None) -> dict[str, Any]:
    """An exchange with what became of it. Raises NotFound, also for one of somebody else than
    `asker`; None for a reviewer, who sees all, also what was found and decided.

    An asker who reads what was decided has got it: it can't be taken back, nor is it sent again.
    """
    from retrieval.contract import exchange_json, outcome_json

    kept = _kept_exchange(view, name, asker)
    if asker is None:
        return exchange_json(view.journal, kept)
    view.journal.holds.hand_over(name)
    kept = view.journal.exchange(name)  # undone meanwhile, it waits again
    shown = exchange_json(view.journal, kept)
    return {**outcome_json(view.journal, kept), "verdicts": shown["verdicts"]}


def _kept_exchange(view: View, name: str, asker: str | None) -> Exchange:
    """The exchange of that name. Raises NotFound, also for one of somebody else than `asker`."""
    try:
        kept = view.journal.exchange(name)
    except KbError as error:
        raise NotFound(str(error)) from error
    if kept.id != name or (asker is not None and not kept.terminal.startswith(f"server:{asker}/")):
        raise NotFound(f"no exchange is called {name}")
    return kept


def add_verdict(
    view: View,
    name: str,
    value: Literal["up", "down"],
    asker: str | None,
    details: Mapping[str, str | None],
    sender: str = "",
) -> dict[str, Any]:
    """Keep a verdict (comment, correct, by, client in `details`); raises NotFound as `exchange`.

    `sender` is the token that sends it: its ids (`client`) are its own, whatever others call theirs.
    """
    from retrieval.contract import verdict_json

    _kept_exchange(view, name, asker)
    client = details.get("client")
    own = {**details, "client": f"{sender}:{client}" if client else None}
    return verdict_json(view.journal.add_verdict(name, value, **own))


def sources(view: View) -> list[dict[str, Any]]:
    """What was ingested, as `kb sources list --json`, but for paths of the machine."""
    from retrieval.contract import sources_json

    return list(map(_without_path, sources_json(view.kb)))


def _without_path(shown: dict[str, Any]) -> dict[str, Any]:
    """What is told of a document elsewhere: where it lies on this machine is nobody's matter."""
    return {name: value for name, value in shown.items() if name != "path"}


def gaps(view: View, days: int = _GAP_DAYS, most: int = _GAPS) -> dict[str, Any]:
    """What could not be answered in the last `days`, as `kb gaps --json`."""
    from cli.commands.gaps import gaps_json
    from retrieval.feedback.gaps import Period, find_gaps, today

    last = today()
    period = Period(last - timedelta(days=days - 1), last)
    return gaps_json(find_gaps(view.kb, view.journal, period, most))


def faq(view: View) -> list[dict[str, Any]]:
    """The FAQ entries that hold, as `kb faq list --json`."""
    from cli.entry_text import entry_json
    from kb.faq import due

    entries = view.journal.faq.entries()
    lapsed = due(view.kb.catalog, view.journal, entries)
    return [entry_json(entry, lapsed.get(entry.id, [])) for entry in entries]


def counts(view: View) -> dict[str, Any]:
    """How much there is, and what waits to be indexed. Raises KbError where no question could be
    answered.
    """
    from retrieval.holding.policy import load_community

    load_community(view.kb.home.path)
    catalog = view.kb.catalog
    number = catalog.counts()
    exchanges, verdicts = view.journal.counts()
    return {
        "documents": number.documents,
        "passages": number.passages,
        "exchanges": exchanges,
        "verdicts": verdicts,
        "pending": catalog.pending() + catalog.unfilled_count(),
    }
