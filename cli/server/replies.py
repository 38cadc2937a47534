"""How the server replies: JSON, and one shape for every error."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from cli.server.service import NotFound
from kb.errors import Covered, KbError, UsageError

log = logging.getLogger("kb.server")
_OPENAI = ("/v1/chat/", "/v1/models", "/v1/responses")
_CODES = {400: "bad_request", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}
_MESSAGES = {404: "there is nothing under this address", 405: "this address takes another method"}
Reply = Callable[["Refused", Request], Response]


class Json(JSONResponse):
    """JSON of whatever sources and askers wrote, halves of surrogate pairs among it."""

    def render(self, content: Any) -> bytes:
        """The bytes of a reply."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


class Refused(HTTPException):
    """A request that is not answered: the status, a code for programs, a line and a hint. `param`
    is the field of the request that is wrong, where one is.

    While a body is read, FastAPI takes any other exception for a sign that it is no JSON.
    """

    def __init__(
        self, status: int, code: str, message: str, hint: str = "", param: str | None = None
    ) -> None:
        super().__init__(status, message)
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.param = param
        self.headers: dict[str, str] = {}
        if status == 401:
            self.headers["WWW-Authenticate"] = "Bearer"

    @classmethod
    def busy(cls, message: str, until: float | None = None) -> Refused:
        """429, to come again at that time (in seconds since 1970), or in a second."""
        import time

        refused = cls(429, "too_many_requests", message, "come again after Retry-After seconds")
        wait = 1 if until is None else max(1, math.ceil(until - time.time()))
        refused.headers["Retry-After"] = str(wait)
        return refused


def problem_reply(refused: Refused, request: Request) -> Json:
    """The reply to a request that is refused, as the clients of its route expect it."""
    is_openai = request.url.path.startswith(_OPENAI)
    status = 400 if is_openai and refused.status == 422 else refused.status
    body = openai_problem(refused) if is_openai else problem(refused)
    return Json({"error": body}, status, refused.headers)


def problem(refused: Refused) -> dict[str, Any]:
    """What went wrong, and what to do next."""
    return {"code": refused.code, "message": refused.message, "hint": refused.hint}


def openai_problem(refused: Refused) -> dict[str, Any]:
    """The same with what OpenAI's clients look at."""
    kind = "server_error" if refused.status >= 500 else "invalid_request_error"
    kind = "rate_limit_error" if refused.status == 429 else kind
    return {**problem(refused), "type": kind, "param": refused.param}


def as_refused(error: KbError) -> Refused:
    """A known failure as it is told over HTTP."""
    from cli.render import without_known_secrets

    message, hint = (without_known_secrets(text) for text in (str(error), error.hint))
    if isinstance(error, NotFound):
        return Refused(404, "not_found", message, hint)
    if isinstance(error, Covered):
        return Refused(403, "forbidden", message, hint)
    if isinstance(error, UsageError):
        return Refused(422, "invalid", message, hint)
    log.warning("%s; %s", message, hint)
    return Refused(503, "unavailable", "this can't be answered now", "the server's log says why")


def add_error_replies(app: FastAPI, reply: Reply) -> None:
    """Have every error of the app's routes told by `reply`."""

    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        return reply(error, request)

    @app.exception_handler(KbError)
    async def known(request: Request, error: KbError) -> Response:
        return reply(as_refused(error), request)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"] if part != "body")
        message = f"{place or 'the body'}: {first['msg']}"
        is_json = "json" in request.headers.get("content-type", "json")
        hint = "" if is_json else "send it with: Content-Type: application/json"
        return reply(Refused(422, "invalid", message, hint, param=place or None), request)

    @app.exception_handler(HTTPException)
    async def other(request: Request, error: HTTPException) -> Response:
        status = error.status_code
        message = _MESSAGES.get(status, str(error.detail))
        replied = reply(Refused(status, _CODES.get(status, "error"), message), request)
        replied.headers.update(error.headers or {})
        return replied

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> Response:
        log.error("this is a bug in kb: %s %s", request.method, request.url.path, exc_info=error)
        return reply(
            Refused(500, "internal", "this is a bug in kb", "see the server's log"), request
        )
