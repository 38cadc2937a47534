"""The routes that OpenAI's clients know: a knowledge base as a model that is called `kb`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from cli.server import service
from cli.server.desk import Desk
from cli.server.gate import Caller
from cli.server.metrics import Metrics
from cli.server.openai_replies import Completion, Fields, Reply, ResponseReply, reply
from cli.server.openai_schemas import (
    ChatRequest,
    ResponseRequest,
    format_and_channel,
    model_names,
)
from cli.server.replies import Json, Refused, as_refused, openai_problem
from cli.server.routes import Asker, DeskOf, MetricsOf, error_replies
from kb.errors import KbError

if TYPE_CHECKING:
    from cli.server.workers import View
    from retrieval.answer.answer import OnText
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
    request: Request, asked: ChatRequest, caller: Asker, desk: DeskOf, metrics: MetricsOf
) -> Response:
    """The answer to the last question of a conversation. Sources are in the message's
    `annotations` and in `citations`; `kb` has its status, confidence and sentences.
    """
    style, question = asked.asked(caller)
    completion = Completion(asked.model, _pages(request))
    answering = _Answering(desk, metrics, question, style, caller)
    if not asked.stream:
        return Json(completion.whole(await answering.whole()))
    usage = bool(asked.stream_options and asked.stream_options.include_usage)
    pieces = await answering.pieces()
    return _event_stream(_chat_events(completion, pieces, usage))


@router.post("/responses", summary="The same by OpenAI's newer route", response_model=None)
async def respond(
    request: Request, asked: ResponseRequest, caller: Asker, desk: DeskOf, metrics: MetricsOf
) -> Response:
    """The answer as one message, its sources in the `annotations` of its text."""
    style, question = asked.asked(caller)
    reply = ResponseReply(asked.model, _pages(request))
    answering = _Answering(desk, metrics, question, style, caller)
    if not asked.stream:
        return Json(reply.whole(await answering.whole()))
    return _event_stream(_response_events(reply, await answering.pieces()))


def _pages(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _event_stream(events: AsyncIterator[str]) -> Response:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(events, media_type="text/event-stream", headers=headers)


Pieces = AsyncIterator[str | Reply]


@dataclass(frozen=True, slots=True)
class _Answering:
    """A question that is being answered, in a format or, where that is empty, in none."""

    desk: Desk
    metrics: Metrics
    question: service.Asked
    style: str
    caller: Caller

    async def whole(self) -> Reply:
        """The answer. Raises Refused and KbError."""
        viewer = self.caller.viewer_in(self.question.channel)
        answered = await self.desk.run(lambda view: service.ask(view, self.question), viewer)
        return self._reply(answered)

    async def pieces(self) -> Pieces:
        """The pieces of the answer's text, which joined are that, and the answer. What fails before
        the first one is raised at once, while there is a status to tell it by.
        """
        pieces = self._pieces()
        first = await anext(pieces)

        async def all_pieces() -> Pieces:
            yield first
            async for piece in pieces:
                yield piece

        return all_pieces()

    async def _pieces(self) -> Pieces:
        """Text in no format comes sentence by sentence, the rest at its end."""
        from retrieval.answer.answer import StreamedText

        def answer(view: View, put: OnText) -> AnsweredExchange:
            return service.ask(view, self.question, put)

        written = sent = ""
        async for piece in self.desk.stream(answer, self.caller.viewer_in(self.question.channel)):
            if not isinstance(piece, StreamedText):
                given = self._reply(piece)
                if rest := given.content.removeprefix(sent):
                    yield rest
                yield given
            elif not self.style:
                written += piece.text
                ready = written.rstrip()  # an answer ends without white space
                if ready != sent:
                    yield ready[len(sent) :]
                    sent = ready

    def _reply(self, answered: AnsweredExchange) -> Reply:
        self.metrics.answers.labels(answered.answer.status).inc()
        return reply(answered, self.style)


async def _chat_events(
    completion: Completion, pieces: Pieces, has_usage: bool
) -> AsyncIterator[str]:
    yield _event(completion.chunk(role="assistant", content=""))
    try:
        async for piece in pieces:
            if isinstance(piece, str):
                yield _event(completion.chunk(content=piece))
            else:
                yield _event(completion.last_chunk(piece))
    except (Refused, KbError) as error:
        yield _event({"error": _problem(error)})
        return
    if has_usage:
        yield _event(completion.usage_chunk())
    yield "data: [DONE]\n\n"


async def _response_events(reply: ResponseReply, pieces: Pieces) -> AsyncIterator[str]:
    numbers = count()

    def event(data: Fields) -> str:
        numbered = {**data, "sequence_number": next(numbers)}
        return f"event: {data['type']}\n{_event(numbered)}"

    for opening in reply.opening():
        yield event(opening)
    try:
        async for piece in pieces:
            for data in [reply.delta(piece)] if isinstance(piece, str) else reply.ending(piece):
                yield event(data)
    except (Refused, KbError) as error:
        yield event({**_problem(error), "type": "error"})


def _problem(error: Refused | KbError) -> Fields:
    """A failure in a stream, where its status can't be told any more."""
    return openai_problem(as_refused(error) if isinstance(error, KbError) else error)


def _event(data: Fields) -> str:
    return f"data: {json.dumps(data, ensure_ascii=True)}\n\n"
