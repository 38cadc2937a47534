"""The routes of /v1: thin doors to `service`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse

from cli.server import deliveries, service
from cli.server.desk import Desk
from cli.server.gate import Caller, Gatekeeper
from cli.server.metrics import Metrics
from cli.server.replies import Json, Refused, as_refused, problem
from cli.server.schemas import AskRequest, ErrorReply, SearchRequest, VerdictRequest
from kb.access import Right
from kb.errors import KbError

if TYPE_CHECKING:
    from cli.server.workers import View
    from retrieval.answer.answer import OnText
    from retrieval.exchange import AnsweredExchange

_STATUSES = (401, 403, 404, 408, 413, 421, 422, 429, 503)
error_replies: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorReply} for status in _STATUSES
}
router = APIRouter(prefix="/v1", default_response_class=Json, responses=error_replies)


def allowed(*rights: Right) -> Callable[[Request], Caller]:
    """A dependency that gives the caller of a request, who has one of these rights."""

    def caller(request: Request) -> Caller:
        known: Caller = request.app.state.gatekeeper.caller(request, *rights)
        return known

    async def checked(request: Request) -> Caller:
        return caller(request)

    return checked  # type: ignore[return-value]  # FastAPI awaits it


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


DeskOf = Annotated[Desk, Depends(_desk)]
MetricsOf = Annotated[Metrics, Depends(_metrics)]
Asker = Annotated[Caller, Depends(allowed("ask"))]
Searcher = Annotated[Caller, Depends(allowed("search"))]
Critic = Annotated[Caller, Depends(allowed("feedback"))]
Reader = Annotated[Caller, Depends(allowed("ask", "review"))]
Reviewer = Annotated[Caller, Depends(allowed("review"))]


@router.post("/ask", summary="Answer a question, citing the sources", response_model=None)
async def ask(
    asked: AskRequest, caller: Asker, desk: DeskOf, metrics: MetricsOf, request: Request
) -> Response:
    """The object of `kb ask --format json`; with `Accept: text/event-stream`, its sentences while
    they are verified, with what they cite (`event: sentence`), then that object (`event:
    answer`).
    """
    question = _in_conversation(asked, caller)
    if "text/event-stream" in request.headers.get("accept", ""):
        events = _events(desk, metrics, question, asked.format, caller)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)
    viewer = caller.viewer_in(question.channel)
    answered = await desk.run(lambda view: service.ask(view, question), viewer)
    metrics.answers.labels(answered.answer.status).inc()
    return Json(_shown(answered, asked.format))


def _in_conversation(asked: AskRequest, caller: Caller) -> service.Asked:
    from dataclasses import replace

    return replace(
        asked.asked(caller.name),
        channel=caller.channel_for(asked.channel),
        conversation=asked.conversation,
    )


def _shown(answered: AnsweredExchange, style: str) -> dict[str, Any]:
    """The answer as JSON, and as messages of a platform where they are asked for."""
    from retrieval.contract import asked_json

    shown = asked_json(answered)
    if style == "json" or shown["status"] == "held":
        return shown
    from cli.formats import open_format
    from cli.formats.messages import messages
    from cli.formats.notes import whole

    return {**shown, "messages": messages(whole(answered.answer), open_format(style))}


async def _events(
    desk: Desk, metrics: Metrics, question: service.Asked, style: str, caller: Caller
) -> AsyncIterator[str]:
    """The events of an answer. A failure is one too: its status can't be told any more."""
    from retrieval.answer.answer import StreamedText
    from retrieval.contract import citation_json

    def answer(view: View, put: OnText) -> AnsweredExchange:
        return service.ask(view, question, put)

    try:
        async for item in desk.stream(answer, caller.viewer_in(question.channel)):
            if isinstance(item, StreamedText):
                cited = [citation_json(citation) for citation in item.citations]
                yield _event("sentence", {"text": item.text, "citations": cited})
            else:
                metrics.answers.labels(item.answer.status).inc()
                yield _event("answer", _shown(item, style))
    except (Refused, KbError) as error:
        refused = as_refused(error) if isinstance(error, KbError) else error
        yield _event("error", {"error": problem(refused)})


def _event(name: str, data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n"


@router.post("/search", summary="Find the passages that fit a question", response_model=None)
async def search(asked: SearchRequest, caller: Searcher, desk: DeskOf) -> Response:
    """The object of `kb search --json`."""
    question = asked.asked(caller.name)
    return Json(await desk.run(lambda view: service.search(view, question), caller.viewer))


@router.get("/passages/{name}", summary="A passage with those around it", response_model=None)
async def passage(name: str, caller: Searcher, desk: DeskOf) -> Response:
    """The object of `kb show p_... --json`."""
    return Json(await desk.run(lambda view: service.passage(view, name), caller.viewer))


@router.get("/exchanges/{name}", summary="A question of yours and its answer", response_model=None)
async def exchange(name: str, caller: Reader, desk: DeskOf) -> Response:
    """The exchange, what was said of it, and what became of a held answer. Reviewers see all."""
    return Json(
        await desk.run(lambda view: service.exchange(view, name, caller.own), caller.viewer)
    )


@router.get("/deliveries", summary="Held answers that were decided since", response_model=None)
async def decided(
    caller: Asker,
    desk: DeskOf,
    request: Request,
    channel: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Each decided answer once: to one of those who ask for it, and to no other. With `Accept:
    text/event-stream`, as they come.
    """
    caller.channel_for(channel)  # refuses another channel than the token's
    place = channel or caller.channel or None
    if "text/event-stream" in request.headers.get("accept", ""):
        gatekeeper: Gatekeeper = request.app.state.gatekeeper
        streams: deliveries.Streams = request.app.state.streams
        events = streams.events(caller, place, lambda: gatekeeper.still_knows(request, caller))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(events, media_type="text/event-stream", headers=headers)
    return Json(
        await desk.run(lambda view: deliveries.handed_out(view, place, caller.name), caller.viewer)
    )


@router.post("/feedback", summary="Say what was good or wrong", response_model=None)
async def feedback(verdict: VerdictRequest, caller: Critic, desk: DeskOf) -> Response:
    """Keep a verdict on an exchange, and give it back once it is on disk."""
    return Json(
        await desk.run(
            lambda view: service.add_verdict(
                view,
                verdict.exchange,
                verdict.verdict,
                caller.own,
                verdict.details(),
                caller.name,
            ),
            caller.viewer,
        )
    )


@router.get("/sources", summary="What was ingested", response_model=None)
async def sources(caller: Searcher, desk: DeskOf) -> Response:
    """The objects of `kb sources list --json`."""
    return Json(await desk.run(service.sources, caller.viewer))


@router.get("/faq", summary="The FAQ entries that hold", response_model=None)
async def faq(caller: Searcher, desk: DeskOf) -> Response:
    """The objects of `kb faq list --json`."""
    return Json(await desk.run(service.faq, caller.viewer))


@router.get("/gaps", summary="What could not be answered", response_model=None)
async def gaps(
    caller: Reviewer, desk: DeskOf, days: Annotated[int, Query(ge=1, le=3650)] = 30
) -> Response:
    """The object of `kb gaps --json`, of the last `days`."""
    return Json(await desk.run(lambda view: service.gaps(view, days), caller.viewer))
