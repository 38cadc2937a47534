"""Who may come in: names and origins, tokens and rights, how much and how often.

A page of another site must not reach a server on its visitor's own machine (DNS rebinding, forged
requests): only requests to a known name are heard, and none that come from another origin.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from cli.server.replies import Refused, Reply, problem_reply
from kb.access import Access, Right
from kb.audience import Viewer
from kb.settings import Settings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = ("localhost", "127.0.0.1", "::1")
_NO_CHANNEL = "api"
LOCAL = "local"
COOKIE = "kb_token"
_OPEN_RIGHTS: tuple[Right, ...] = ("ask", "search", "feedback")
_BODY_SECONDS = 20.0
_UNKNOWN_A_MINUTE = 20  # wrong tokens from one address
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")  # links from other sites are followed
_OTHER_SITES = ("cross-site", "same-site")  # another port of a machine is the same site


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of a token, or `local` where there are no tokens, and what it may do."""

    name: str
    rights: tuple[Right, ...]
    channel: str = ""
    audiences: tuple[str, ...] = ()

    def may(self, right: Right) -> bool:
        """Whether it has a right; an administrator has all."""
        return right in self.rights or "admin" in self.rights

    def check(self, *rights: Right) -> None:
        """Raise Refused where it has none of these rights."""
        if not any(self.may(right) for right in rights):
            hint = f"make a token that may: kb token add NAME --can {rights[0]}"
            whose = (
                "nobody may {} without a token" if self.name == LOCAL else "this token may not {}"
            )
            raise Refused(403, "forbidden", whose.format(rights[0]), hint)

    @property
    def own(self) -> str | None:
        """Whose exchanges it sees: its own, or all, as None, where it reviews."""
        return None if self.may("review") else self.name

    @property
    def viewer(self) -> Viewer:
        """Whose sources it sees."""
        return Viewer(self.audiences, self.channel)

    def viewer_in(self, channel: str) -> Viewer:
        """Whose sources it sees in a channel that it asks in."""
        return Viewer(self.audiences, self.channel, channel)

    def channel_for(self, wanted: str) -> str:
        """The channel that it asks in: the token's own, else the one that it names, else `api`, so
        that rules for channels without a table hold here. Raises Refused for another than its own.
        """
        if self.channel and wanted not in ("", self.channel):
            hint = f"leave it out, or ask in {self.channel}"
            raise Refused(403, "wrong_channel", "this token asks in another channel", hint)
        return wanted or self.channel or _NO_CHANNEL


class Gatekeeper:
    """Tells callers by their tokens, and how often each may ask."""

    def __init__(self, access: Access, settings: Settings) -> None:
        self._access = access
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._rate = settings.server_rate

    def caller(self, request: Request, *rights: Right) -> Caller:
        """The caller of a request. Raises Refused: 401 unknown, 403 without any of the rights, if
        some are named, 429 too often.
        """
        address = request.client.host if request.client else ""
        caller = self.known(token_of(request), address)
        if rights:
            caller.check(*rights)
        if self._rate:
            self._count(self._rate, "caller", caller.name, address)
        return caller

    def still_knows(self, request: Request, caller: Caller) -> bool:
        """Whether a request that goes on for long would still be heard as that caller's."""
        try:
            return self.known(token_of(request), "") == caller
        except Refused:
            return False

    def known(self, text: str, address: str) -> Caller:
        """The caller with that token, empty for none. Raises Refused: 401 unknown, 429 after many
        unknown ones from that address.
        """
        token = self._access.token(text) if text else None
        if token is None:
            # Whatever came instead of a token: OpenAI's clients can't send none.
            if self._access.is_open():
                return Caller(LOCAL, _OPEN_RIGHTS)
            if text:
                self._count(_UNKNOWN_A_MINUTE, "unknown", address)
            raise Refused(
                401,
                "unauthorized",
                "the token is unknown or has expired" if text else "a token is needed",
                "send: Authorization: Bearer TOKEN",
            )
        return Caller(token.name, token.rights, token.channel, token.audiences)

    def _count(self, most: int, *key: str) -> None:
        item = RateLimitItemPerMinute(most)
        if not self._limiter.hit(item, *key):
            reset = self._limiter.get_window_stats(item, *key).reset_time
            raise Refused.busy("too many requests", reset)


def token_of(request: Request) -> str:
    """The token that a request carries, in its header or in the page's cookie; empty for none."""
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text.strip():
        return text.strip()
    return request.cookies.get(COOKIE, "")


class Gate:
    """What is refused before a request is read: foreign names and origins, bodies that are too
    large or too slow.
    """

    def __init__(self, app: App, settings: Settings, reply: Reply = problem_reply) -> None:
        self._app = app
        self._reply = reply
        given = (name.strip().lower() for name in settings.server_names.split(","))
        self._names = {*LOOPBACK, settings.server_host.lower(), *filter(None, given)}
        self._most = settings.server_body_kb * 1024

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refused = self._refused(request)
        if refused:
            await self._reply(refused, request)(scope, receive, send)
            return
        try:
            await self._app(scope, self._limited(receive), send)
        except Refused as error:
            await self._reply(error, request)(scope, receive, send)

    def _refused(self, request: Request) -> Refused | None:
        if _host(request.headers.get("host", "")) not in self._names:
            hint = "add it to server_names in kb.toml"
            return Refused(421, "wrong_host", "this server is not known by that name", hint)
        origin = request.headers.get("origin")
        is_foreign = origin and not self._is_own(origin, request)
        site = request.headers.get("sec-fetch-site", "")
        if is_foreign or (site in _OTHER_SITES and not _is_followed_link(request)):
            return Refused(403, "wrong_origin", "requests from other sites are refused")
        length = request.headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 12 or int(length) > self._most:
            return self._too_large()
        return None

    def _is_own(self, origin: str, request: Request) -> bool:
        """Whether an origin is this server itself, on the port that was asked."""
        try:
            parts = urlsplit(origin)
            return parts.netloc.lower() == request.headers.get("host", "").lower()
        except ValueError:
            return False

    def _too_large(self) -> Refused:
        most = f"at most {self._most // 1024} kilobytes are taken"
        return Refused(413, "too_large", f"the request is too large: {most}")

    def _limited(self, receive: Receive) -> Receive:
        """`receive`, which gives up on bodies that are too large or take too long."""
        size = 0
        is_whole = False
        deadline = asyncio.get_running_loop().time() + _BODY_SECONDS

        async def limited() -> Message:
            nonlocal size, is_whole
            if is_whole:
                return await receive()  # whether the client is still there
            left = deadline - asyncio.get_running_loop().time()
            try:
                message = await asyncio.wait_for(receive(), max(0.0, left))
            except TimeoutError:
                raise Refused(408, "too_slow", "the request did not arrive in time") from None
            size += len(message.get("body", b""))
            is_whole = not message.get("more_body", False)
            if size > self._most:
                raise self._too_large()
            return message

        return limited


def _is_followed_link(request: Request) -> bool:
    """Whether somebody has followed a link to one of the pages, which changes nothing."""
    is_navigation = request.headers.get("sec-fetch-mode") == "navigate"
    path = request.url.path
    return is_navigation and request.method in _SAFE_METHODS and not path.startswith("/v1")


def _host(header: str) -> str:
    """The name in a Host header, without its port and brackets."""
    header = header.strip().lower()
    if header.startswith("["):
        return header[1:].partition("]")[0]
    return header.rpartition(":")[0] if header.count(":") == 1 else header
