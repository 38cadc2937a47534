"""The routes that OpenAI's clients know: a knowledge base as a model that is called `kb`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from cli.server import service
from cli.server.openai_replies import Completion, Fields, reply
from cli.server.openai_schemas import ChatRequest, format_and_channel, model_names
from cli.server.replies import Json, Refused, as_refused, openai_problem
from cli.server.routes import Asker, DeskOf, MetricsOf, error_replies
from kb.errors import KbError

if TYPE_CHECKING:
    from cli.server.workers import View
    from retrieval.answer.answer import OnText, StreamedText
    from retrieval.exchange import AnsweredExchange

router = APIRouter(
    prefix="/v1", default_response_class=Json, responses={400: error_replies[422], **error_replies}
)


@router.get("/models", summary="The models of OpenAI's clients", response_model=None)
async def models(caller: Asker) -> Response:
    """`kb` gives the answer alone, the others give it in a format with its sources below."""
    return Json({"object": "list", "data": [_model(name) for name in model_names()]})


@router.get("/models/{name}", summary="One of these models", response_model=None)
async def model(name: str, caller: Asker) -> Response:
    """What is known of a model: that there is one."""
    format_and_channel(name)
    return Json(_model(name))


def _model(name: str) -> Fields:
    return {"id": name, "object": "model", "created": 0, "owned_by": "kb"}


@router.post("/chat/completions", summary="Answer as OpenAI's models do", response_model=None)
async def chat(
    asked: ChatRequest, caller: Asker, desk: DeskOf, metrics: MetricsOf, request: Request
) -> Response:
    """The answer to the last question of a conversation. Sources are in the message's
    `annotations` and in `citations`; `kb` has its status, confidence and sentences.
    """
    style, channel = format_and_channel(asked.model)
    text, earlier = asked.questions()
    channel = caller.channel_for(channel)
    question = service.Asked(text, asker=caller.name, channel=channel, earlier=earlier)
    completion = Completion(asked.model, str(request.base_url).rstrip("/"))
    if not asked.stream:
        answered = await desk.run(lambda view: service.ask(view, question))
        metrics.answers.labels(answered.answer.status).inc()
        return Json(completion.whole(reply(answered, style)))

    def answer(view: View, put: OnText) -> AnsweredExchange:
        return service.ask(view, question, put)

    pieces = desk.stream(answer)
    first = await anext(pieces)  # what fails before it still has a status to be told by
    chunks = _chunks(completion, _after(first, pieces), metrics, style)
    usage = bool(asked.stream_options and asked.stream_options.include_usage)
    return StreamingResponse(
        _events(chunks, completion.usage_chunk() if usage else None),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


Pieces = AsyncIterator["StreamedText | AnsweredExchange"]


async def _after(first: StreamedText | AnsweredExchange, others: Pieces) -> Pieces:
    yield first
    async for piece in others:
        yield piece


async def _chunks(
    completion: Completion, pieces: Pieces, metrics: MetricsOf, style: str
) -> AsyncIterator[Fields]:
    """The chunks of an answer, which joined are the answer: what is in no format comes sentence by
    sentence, the rest at its end.
    """
    from retrieval.answer.answer import StreamedText

    written = sent = ""
    yield completion.chunk(role="assistant", content="")
    async for piece in pieces:
        if not isinstance(piece, StreamedText):
            metrics.answers.labels(piece.answer.status).inc()
            given = reply(piece, style)
            if rest := given.content.removeprefix(sent):
                yield completion.chunk(content=rest)
            yield completion.last_chunk(given)
        elif not style:
            written += piece.text
            ready = written.rstrip()  # an answer ends without white space
            if ready != sent:
                yield completion.chunk(content=ready[len(sent) :])
                sent = ready


async def _events(chunks: AsyncIterator[Fields], usage: Fields | None) -> AsyncIterator[str]:
    """The chunks as events. A failure is one too: its status can't be told any more."""
    try:
        async for chunk in chunks:
            yield _event(chunk)
    except (Refused, KbError) as error:
        refused = as_refused(error) if isinstance(error, KbError) else error
        yield _event({"error": openai_problem(refused)})
        return
    if usage:
        yield _event(usage)
    yield "data: [DONE]\n\n"


def _event(data: Fields) -> str:
    return f"data: {json.dumps(data, ensure_ascii=True)}\n\n"
