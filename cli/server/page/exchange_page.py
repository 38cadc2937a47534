"""What a page shows of an exchange: the answer as blocks, its sources as links, how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from cli.formats.inert import live_url
from cli.formats.markup import Block, blocks
from cli.language import translated
from cli.server import service
from kb.text import language
from kb.writers.prompts import differ
from retrieval.answer.draft_review import UNREAD
from retrieval.feedback.review_queue import UNSURE

if TYPE_CHECKING:
    from cli.server.workers import View

Json = Mapping[str, Any]
_EARLIER = 20  # questions before the last one of a conversation


@dataclass(frozen=True, slots=True)
class SourceLink:
    """A source of an answer: its number, where it stands, the page of its passage, and the URL
    that it has elsewhere with the name of its host; for a recording that begins at the quote.
    """

    n: int
    title: str
    source: str
    label: str
    quote: str
    page: str
    url: str
    host: str
    is_recording: bool
    is_stale: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it: the object of the contract, and what is made of it."""

    exchange: Json
    lang: str
    blocks: tuple[Block, ...]
    citations: tuple[SourceLink, ...]
    closest: tuple[SourceLink, ...]
    unsupported: tuple[str, ...]
    unread: int
    differing: tuple[str, ...]

    @property
    def pages(self) -> dict[str, SourceLink]:
        """The cited sources by their mark: `[1]`."""
        return {f"[{source.n}]": source for source in self.citations}

    @property
    def is_sure(self) -> bool:
        """Whether the answer was given with more than little confidence."""
        return float(self.exchange.get("confidence") or 0.0) >= UNSURE

    @property
    def verdict(self) -> str:
        """The newest verdict on it, up or down; empty for none."""
        verdicts = self.exchange.get("verdicts") or [{"value": ""}]
        return str(verdicts[0]["value"])


@dataclass(frozen=True, slots=True)
class Conversation:
    """The turns that lead to an exchange, that one last, and what goes on from it is asked in."""

    turns: tuple[Turn, ...]
    name: str


def new_conversation() -> str:
    """A name for a conversation that nobody guesses."""
    return token_urlsafe(9)


def conversation(view: View, name: str, asker: str | None, own_name: str) -> Conversation:
    """The conversation up to an exchange. Raises NotFound, also where it is not `asker`'s.

    Of somebody else's, which reviewers see, nothing goes on: what is asked begins a new one.
    """
    shown = [service.exchange(view, name, asker)]
    while len(shown) <= _EARLIER and (earlier := shown[0].get("continues")):
        try:
            shown.insert(0, service.exchange(view, str(earlier), asker))
        except service.NotFound:
            break
    place = view.journal.exchange(name).terminal
    prefix = service.Asked("", asker=own_name).place
    going_on = place.removeprefix(prefix) if place.startswith(prefix) else ""
    return Conversation(tuple(map(turn, shown)), going_on or new_conversation())


def turn(exchange: Json) -> Turn:
    """An exchange, as the contract has it, with what a page makes of it."""
    lang = language(str(exchange["question"]))
    marked = [each for each in exchange.get("sentences") or () if not each["supported"]]
    read = tuple(str(each["text"]) for each in marked if each["reason"] != UNREAD)
    differing = exchange.get("differing") or ()
    return Turn(
        exchange,
        lang,
        tuple(blocks(str(exchange.get("answer") or ""))),
        tuple(source_link(each, exchange) for each in exchange.get("citations") or ()),
        tuple(
            source_link({**each, "n": number, "quote": each["text"]}, exchange)
            for number, each in enumerate(exchange.get("closest") or (), start=1)
        ),
        read,
        len(marked) - len(read),
        tuple(differ([(v["n"], v["says"]) for v in d["values"]], lang) for d in differing),
    )


def source_link(cited: Json, exchange: Json) -> SourceLink:
    """A citation of an exchange, or one of the passages closest to a refused question."""
    live = live_url(str(cited.get("url") or ""))
    query = f"?x={exchange['id']}&n={cited['n']}#quote" if "score" not in cited else "#quote"
    return SourceLink(
        int(cited["n"]),
        str(cited["title"] or cited["source"]),
        str(cited["source"]),
        str(cited["anchor"]["label"]),
        str(cited["quote"]),
        f"/p/{cited['passage']}{query}",
        *(live or ("", "")),
        cited["anchor"]["type"] == "time",
        bool(cited.get("stale")),
    )


def cited(exchange: Json, number: int) -> Json | None:
    """The citation of that number."""
    return next((each for each in exchange.get("citations") or () if each["n"] == number), None)


def confidence(turn: Turn) -> str:
    """How sure the answer is, in words and as a share."""
    percent = f"{float(turn.exchange.get('confidence') or 0.0):.0%}"
    if turn.is_sure:
        return translated("more likely right than not ({percent})", percent=percent)
    return translated("given with little confidence ({percent})", percent=percent)
