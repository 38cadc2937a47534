"""The pages on which people ask: the question, the answer with its sources, and a source's passage."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request, Response

from cli.formats.inert import live_url
from cli.server import service
from cli.server.gate import Caller
from cli.server.page import exchange_page
from cli.server.page.page_route import PageRoute, see, visitor
from cli.server.page.rendering import channel, page
from cli.server.routes import DeskOf, MetricsOf
from cli.server.workers import View
from kb.text import without_halves

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Asker = Annotated[Caller, Depends(visitor("ask"))]
Critic = Annotated[Caller, Depends(visitor("feedback"))]
Anyone = Annotated[Caller, Depends(visitor())]
_Long = Annotated[str, Form(max_length=20_000)]


@router.get("/", response_model=None)
async def start(request: Request, caller: Anyone) -> Response:
    """The page to ask on; the review for who may not ask."""
    if not caller.may("ask") and caller.may("review"):
        return see("/review")
    caller.check("ask")
    return page(request, "ask", conversation=exchange_page.new_conversation())


@router.post("/ask", response_model=None)
async def ask(
    request: Request,
    caller: Asker,
    desk: DeskOf,
    metrics: MetricsOf,
    question: Annotated[str, Form(max_length=100_000)] = "",
    conversation: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Answer a question without the page's script, and go on to the page of its answer; what is
    kept nowhere, such as the reply to thanks, is shown at once.
    """
    asked = service.Asked(
        without_halves(question), asker=caller.name, channel=channel(caller),
        conversation=conversation,
    )  # fmt: skip
    answer, is_kept = await desk.run(
        lambda view: _answered(view, asked), caller.viewer_in(asked.channel)
    )
    metrics.answers.labels(answer["status"]).inc()
    if is_kept:
        return see(f"/x/{answer['id']}#{answer['id']}")
    turns = (exchange_page.turn(answer),)
    shown = exchange_page.Conversation(turns, conversation or exchange_page.new_conversation())
    return page(request, "exchange", conversation=shown, confidence=exchange_page.confidence)


def _answered(view: View, asked: service.Asked) -> tuple[dict[str, Any], bool]:
    """The answer as the contract has it, and whether it was kept."""
    from retrieval.contract import asked_json

    answer = asked_json(service.ask(view, asked))
    with suppress(service.NotFound):
        service.exchange(view, answer["id"], asked.asker)
        return answer, True
    return answer, False


@router.get("/x/{name}", response_model=None)
async def exchange(request: Request, name: str, caller: Asker, desk: DeskOf) -> Response:
    """A question of yours and its answer, after those that it follows. Reviewers see all."""
    shown = await desk.run(
        lambda view: exchange_page.conversation(view, name, caller.own, caller.name),
        caller.viewer,
    )
    return page(request, "exchange", conversation=shown, confidence=exchange_page.confidence)


@router.post("/x/{name}/verdict", response_model=None)
async def verdict(
    name: str,
    caller: Critic,
    desk: DeskOf,
    value: Annotated[Literal["up", "down"], Form()],
    comment: _Long = "",
    correct: _Long = "",
) -> Response:
    """Keep what somebody says of an answer."""
    details = {
        "comment": without_halves(comment).strip() or None,
        "correct": without_halves(correct).strip() or None,
        "by": caller.name,
    }
    await desk.run(
        lambda view: service.add_verdict(view, name, value, caller.own, details, caller.name),
        caller.viewer,
    )
    return see(f"/x/{name}#{name}")


@router.get("/p/{name}", response_model=None)
async def passage(
    request: Request, name: str, caller: Anyone, desk: DeskOf, x: str = "", n: int = 0
) -> Response:
    """A passage with those around it; citation `n` of exchange `x` is marked in it."""
    if not x:
        caller.check("search")
    shown = await desk.run(lambda view: _passage(view, name, x, n, caller), caller.viewer)
    return page(request, "passage", **shown)


def _passage(view: View, name: str, x: str, n: int, caller: Caller) -> dict[str, Any]:
    """The passage, the quote in it, and where its source stands elsewhere. Raises NotFound.

    Who may not search sees what an answer of theirs cites.
    """
    citation = _citation(view, x, n, caller) if x else None
    if citation is None or citation["passage"] != name:
        caller.check("search")
        citation = None
    shown = service.passage(view, name)
    url = citation["url"] if citation else _url(shown["meta"])
    return {
        "passage": shown,
        "citation": citation,
        "exchange": x,
        "pieces": [_piece(each, name, citation) for each in shown["around"]],
        "link": live_url(str(url or "")),
    }


def _citation(view: View, x: str, n: int, caller: Caller) -> Mapping[str, Any] | None:
    """Citation `n` of an exchange; of a held one's draft for reviewers, who alone see that."""
    exchange = service.exchange(view, x, caller.own)
    hold = view.journal.holds.hold(x) if caller.may("review") else None
    drafted = hold is not None and not exchange.get("citations")
    return exchange_page.cited(hold.draft if hold and drafted else exchange, n)


def _piece(piece: Mapping[str, Any], name: str, citation: Mapping[str, Any] | None) -> Any:
    """A passage of those around, and what of it stands before, in and after the quote."""
    is_meant = piece["passage"] == name
    text = str(piece["text"])
    quote = str(citation["quote"]) if citation and is_meant else ""
    before, found, after = text.partition(quote) if quote else (text, "", "")
    return {**piece, "is_meant": is_meant, "before": before, "quote": found, "after": after}


def _url(meta: Mapping[str, Any]) -> Any:
    return meta.get("url") or meta.get("link")
