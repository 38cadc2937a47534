"""Signing in with a token, which becomes a cookie that no script and no other site gets at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from cli.server.gate import COOKIE
from cli.server.page.page_route import PageRoute, own_path, see
from cli.server.page.rendering import LANGUAGE_COOKIE, page
from cli.server.replies import Refused

router = APIRouter(route_class=PageRoute, include_in_schema=False)
_MONTH = 30 * 24 * 3600
_YEAR = 365 * 24 * 3600


@router.get("/login", response_model=None)
async def sign_in(request: Request, next: str = "/") -> Response:
    """The form that takes a token."""
    return page(request, "login", next=own_path(next), problem="")


@router.post("/login", response_model=None)
async def signed_in(
    request: Request,
    token: Annotated[str, Form(max_length=200)] = "",
    next: Annotated[str, Form()] = "/",
) -> Response:
    """Keep a valid token in a cookie, and go on; show the form again for another one."""
    address = request.client.host if request.client else ""
    try:
        request.app.state.gatekeeper.known(token.strip(), address)
    except Refused as error:
        if error.status != 401:
            raise
        return page(request, "login", 403, next=own_path(next), problem=error.message)
    reply = see(own_path(next))
    reply.set_cookie(
        COOKIE, token.strip(), max_age=_MONTH, httponly=True, samesite="strict",
        secure=_is_secure(request),
    )  # fmt: skip
    return reply


@router.post("/logout", response_model=None)
async def signed_out(request: Request) -> Response:
    """Forget the token."""
    reply = see("/login")
    reply.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=_is_secure(request))
    return reply


@router.post("/language", response_model=None)
async def language(
    to: Annotated[str, Form(pattern="^(en|zh)$")], next: Annotated[str, Form()] = "/"
) -> Response:
    """Keep the language that a reader chose."""
    reply = see(own_path(next))
    reply.set_cookie(LANGUAGE_COOKIE, to, max_age=_YEAR, httponly=True, samesite="strict")
    return reply


def _is_secure(request: Request) -> bool:
    """Whether the browser came over https: a proxy before the server takes that off, but not the
    origin that the browser names.
    """
    origin = request.headers.get("origin", "")
    return request.url.scheme == "https" or origin.startswith("https://")
