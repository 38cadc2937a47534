"""Routes of the page: who may see it, forms that must come from it, and errors that are pages too.

Forms carry no secret of their own: the cookie is SameSite=Strict, so no other site's request has
it, and a form counts only with the browser's word that it was sent from here (Origin, which the
gate compares, or Sec-Fetch-Site).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from cli.server.gate import COOKIE, Caller
from cli.server.page.rendering import page
from cli.server.replies import Refused, as_refused, problem_reply
from kb.access import Right
from kb.errors import KbError

_OWN_PATH = re.compile(r"/(?![/\\])[\w./?=&%~-]{0,500}", re.A)
_FOR_PROGRAMS = ("/v1", "/mcp", "/openapi.json")
SEE_OTHER = 303


class PageRoute(APIRoute):
    """A route whose errors are shown as pages."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler of its requests."""
        handler = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                _check_form(request)
                return await handler(request)
            except Refused as error:
                return _problem(request, error)
            except KbError as error:
                return _problem(request, as_refused(error))
            except RequestValidationError:
                return _problem(request, Refused(422, "invalid", "the form is not as it should be"))
            except HTTPException as error:
                return _problem(request, Refused(error.status_code, "error", str(error.detail)))

        return handled


def visitor(right: Right | None = None) -> Callable[[Request], Caller]:
    """A dependency that gives who looks at a page, who has that right."""

    async def known(request: Request) -> Caller:
        caller: Caller = request.app.state.gatekeeper.caller(request)
        request.state.caller = caller
        if right is not None:
            caller.check(right)
        return caller

    return known  # type: ignore[return-value]  # FastAPI awaits it


def own_path(path: str) -> str:
    """A path of this server to go on to; the first page's for anything else."""
    return path if _OWN_PATH.fullmatch(path) else "/"


def see(path: str) -> RedirectResponse:
    """Have the browser go on to a path of this server."""
    return RedirectResponse(path, SEE_OTHER, {"Cache-Control": "no-store"})


def _check_form(request: Request) -> None:
    """Raise Refused for a form of which the browser doesn't say that it was sent from here."""
    if request.method in ("GET", "HEAD"):
        return
    if "origin" in request.headers:  # the gate has compared it
        return
    if request.headers.get("sec-fetch-site") != "same-origin":
        raise Refused(403, "wrong_origin", "forms are taken from this page only")


def error_reply(refused: Refused, request: Request) -> Response:
    """What a request is told that is refused: a page where a browser asks for one, else JSON."""
    is_page = not request.url.path.startswith(_FOR_PROGRAMS)
    if is_page and "text/html" in request.headers.get("accept", ""):
        return _problem(request, refused)
    return problem_reply(refused, request)


def _problem(request: Request, refused: Refused) -> Response:
    if refused.status == 401:
        return _sign_in_first(request)
    shown = page(request, "problem", refused.status, problem=refused)
    shown.headers.update(refused.headers)
    return shown


def _sign_in_first(request: Request) -> Response:
    if request.method != "GET":
        return see("/login")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.headers.get("sec-fetch-site") == "cross-site" and COOKIE not in request.cookies:
        # Whoever follows a link of another site brings no SameSite=Strict cookie, and may have one.
        return page(request, "moment", to=here)
    return see(f"/login?next={quote(here, safe='')}")
