"""Decided answers on their way to who asked: handed out when asked for, or sent to a webhook.

Each is claimed in the journal first, so that it is handed out at most once, whichever process,
stream or poll comes first. One whose process died after the claim is a dead letter, not sent again
by itself: nobody knows how far it came.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from hashlib import sha256
from typing import Any

import httpx

from cli.server.desk import Desk
from cli.server.gate import Caller
from cli.server.replies import Refused
from cli.server.workers import View
from kb.audience import OWNER
from kb.errors import KbError
from kb.journal.held_answers import Hold
from kb.journal.reviews import new_claimant
from kb.settings import Settings

log = logging.getLogger("kb.server")
_EVERY = 1.0  # seconds between two looks at what was decided
_PULSE = 15.0  # seconds after which a silent stream says that it lives
_PATIENCE = (0.0, 1.0, 5.0, 25.0, 120.0)  # seconds before each attempt at a webhook
_ATTEMPT_SECONDS = 20.0
_RECORD_ATTEMPTS = 60
_STREAMS = 8  # of one caller
_BOTS = "server:/"  # how the places of bots begin in the journal
_GONE = "its stream ended as it was sent"
_Claimed = tuple[Hold, str, dict[str, Any]]  # with who claimed it, and what is shown
stopping = threading.Event()
"""Set once the server is asked to stop: streams end, which it would else wait for."""


def delivery_json(view: View, hold: Hold) -> dict[str, Any]:
    """A decided answer as its asker gets it: the exchange as it stands, without what only the
    journal keeps.
    """
    from retrieval.contract import outcome_json

    return outcome_json(view.journal, view.journal.exchange(hold.exchange))


def handed_out(view: View, channel: str | None, asker: str) -> list[dict[str, Any]]:
    """The decided answers to an asker, in a channel or anywhere, that nobody was given yet."""
    given: list[dict[str, Any]] = []
    while claimed := _claimed(view, channel, asker):
        hold, claimant, shown = claimed
        view.journal.holds.delivered(hold, claimant)
        given.append(shown)
    return given


def _claimed(view: View, channel: str | None, asker: str) -> _Claimed | None:
    """The next decided answer to an asker; None for none."""
    claimant = new_claimant()
    for hold in view.journal.holds.deliverable(channel):
        if hold.asker == asker:
            shown = delivery_json(view, hold)
            if view.journal.holds.claim_delivery(hold, claimant):
                return hold, claimant, shown
    return None


class Streams:
    """The open streams of decided answers. Each caller has a few, and all end with the server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: Counter[str] = Counter()
        self._ending: set[asyncio.Task[None]] = set()

    def events(
        self, asker: Caller, channel: str | None, is_allowed: Callable[[], bool]
    ) -> AsyncIterator[str]:
        """The events of decided answers as they come, until the client goes, the server stops or
        the caller is allowed no more. Raises Refused where it has too many streams.
        """
        if self._open[asker.name] >= _STREAMS:
            raise Refused.busy("too many streams are open")
        return self._events(asker, channel, is_allowed)

    async def _events(
        self, asker: Caller, channel: str | None, is_allowed: Callable[[], bool]
    ) -> AsyncIterator[str]:
        self._open[asker.name] += 1
        spoken = time.monotonic()
        try:
            while is_allowed() and not stopping.is_set():
                claimed = await self._next(asker, channel)
                if claimed is not None:
                    try:
                        yield f"event: decided\ndata: {json.dumps(claimed[-1])}\n\n"
                    except BaseException:  # the client is gone: it may have got it, or not
                        self._end(claimed, _GONE)
                        raise
                    await asyncio.shield(self._end(claimed))
                    spoken = time.monotonic()
                    continue
                if time.monotonic() - spoken > _PULSE:
                    spoken = time.monotonic()
                    yield ": still here\n\n"
                await asyncio.sleep(_EVERY)
        finally:
            self._open[asker.name] -= 1

    async def _next(self, asker: Caller, channel: str | None) -> _Claimed | None:
        """The next answer, claimed. Where the client goes while it is claimed, it is given back."""
        claiming = asyncio.ensure_future(
            self._desk.run(lambda view: _claimed(view, channel, asker.name), asker.viewer)
        )
        try:
            with suppress(Refused, KbError):  # busy, or out of room: the next look comes soon
                return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            self._keep(self._given_back(claiming))
            raise
        return None

    async def _given_back(self, claiming: asyncio.Future[_Claimed | None]) -> None:
        with suppress(Refused, KbError):
            if claimed := await claiming:
                hold, claimant, _ = claimed
                await recorded(
                    self._desk, lambda view: view.journal.holds.release_delivery(hold, claimant)
                )

    def _end(self, claimed: _Claimed, failure: str = "") -> asyncio.Task[None]:
        """Write down how a delivery ended, also where its stream is cancelled meanwhile."""
        hold, claimant, _ = claimed

        def written(view: View) -> None:
            if failure:
                view.journal.holds.failed_delivery(hold, claimant, failure)
            else:
                view.journal.holds.delivered(hold, claimant)

        return self._keep(recorded(self._desk, written))

    def _keep(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A task that is kept until it is done: the loop would drop it otherwise."""
        task = asyncio.create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
        return task


async def recorded(desk: Desk, work: Callable[[View], None]) -> None:
    """Write down how a delivery ended, trying again while the server is busy or out of room."""
    for _ in range(_RECORD_ATTEMPTS):
        try:
            await desk.run(work, OWNER)
            return
        except (Refused, KbError) as error:
            reason = str(error)
            await asyncio.sleep(_EVERY)
    log.error("how a delivery ended could not be written down: %s", reason)


async def deliver(desk: Desk, settings: Settings) -> None:
    """Apply time-outs and send what is decided to the webhook, for as long as the server runs."""
    sending: dict[str, asyncio.Task[None]] = {}
    warned = ""
    async with httpx.AsyncClient(timeout=_ATTEMPT_SECONDS) as client:
        webhook = _Webhook(client, desk, settings)
        try:
            while True:
                try:
                    for hold in await desk.run(lambda view: _due(view, settings), OWNER):
                        if hold.exchange not in sending:
                            sending[hold.exchange] = asyncio.create_task(webhook.send(hold))
                    sending = {name: task for name, task in sending.items() if not task.done()}
                    warned = ""
                except Exception as error:  # the next round may go well: nobody else would deliver
                    if str(error) != warned:
                        log.warning("held answers can't be seen to: %s", error)
                    warned = str(error)
                await asyncio.sleep(_EVERY)
        finally:
            for task in sending.values():
                task.cancel()
            await asyncio.gather(*sending.values(), return_exceptions=True)


def _due(view: View, settings: Settings) -> list[Hold]:
    """What is decided and to be sent now, once time-outs are applied. Bots post their own."""
    from retrieval.holding.policy import load_community
    from retrieval.holding.timeouts import apply_timeouts

    apply_timeouts(view.journal, load_community(view.kb.home.path))
    if not settings.server_webhook_url:
        return []
    return [
        hold
        for hold in view.journal.holds.deliverable(None)
        if not view.journal.exchange(hold.exchange).terminal.startswith(_BOTS)
    ]


class _Webhook:
    """Sends decided answers to the URL that is set."""

    def __init__(self, client: httpx.AsyncClient, desk: Desk, settings: Settings) -> None:
        self._client = client
        self._desk = desk
        self._url = settings.server_webhook_url
        self._secret = settings.server_webhook_secret

    async def send(self, hold: Hold) -> None:
        """Send an answer, several times where the webhook fails; then it is a dead letter."""
        claimant = new_claimant()

        def claimed(view: View) -> bytes | None:
            body = json.dumps(delivery_json(view, hold), ensure_ascii=True).encode()
            return body if view.journal.holds.claim_delivery(hold, claimant) else None

        try:
            body = await self._desk.run(claimed, OWNER)
        except (Refused, KbError):  # the next round tries it again
            return
        if body is None:
            return
        reason = await self._sent(hold.exchange, body)
        if not reason:
            await recorded(self._desk, lambda view: view.journal.holds.delivered(hold, claimant))
            return
        log.warning("the webhook did not take %s: %s", hold.exchange, reason)
        await recorded(
            self._desk, lambda view: view.journal.holds.failed_delivery(hold, claimant, reason)
        )

    async def _sent(self, name: str, body: bytes) -> str:
        """Why the webhook did not take it; empty where it did."""
        reason = ""
        for wait in _PATIENCE:
            await asyncio.sleep(wait)
            headers = signed(self._secret, name, body, int(time.time()))
            try:
                reply = await self._client.post(self._url, content=body, headers=headers)
            except Exception as error:  # of the connection, or of a URL that is none
                reason = type(error).__name__
                continue
            if reply.is_success:
                return ""
            reason = f"HTTP {reply.status_code}"
            if reply.is_client_error and reply.status_code not in (408, 429):
                break  # it will not be taken the next time either
        return reason


def signed(secret: str, name: str, body: bytes, now: int) -> dict[str, str]:
    """The headers of a delivery. The signature is HMAC-SHA256, in hexadecimal, of the time, a full
    stop and the body: who checks it also refuses old ones. The delivery's name stays the same when
    it is sent again, for who received it already.
    """
    signature = hmac.new(secret.encode(), f"{now}.".encode() + body, sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-KB-Delivery": name,
        "X-KB-Signature": f"t={now},v1={signature}" if secret else "",
    }
