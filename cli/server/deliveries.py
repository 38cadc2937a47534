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
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from hashlib import sha256
from typing import Any

import httpx

from cli.server.desk import Desk
from cli.server.replies import Refused
from cli.server.workers import View
from kb.errors import KbError
from kb.journal.held_answers import Hold
from kb.journal.reviews import new_claimant
from kb.settings import Settings

log = logging.getLogger("kb.server")
_EVERY = 1.0  # seconds between two looks at what was decided
_PULSE = 15.0  # seconds after which a silent stream says that it lives
_PATIENCE = (0.0, 1.0, 5.0, 25.0, 120.0)  # seconds before each attempt at a webhook
_ATTEMPT_SECONDS = 20.0


def delivery_json(view: View, hold: Hold) -> dict[str, Any]:
    """A decided answer as its asker gets it: the exchange as it stands, without what only the
    journal keeps.
    """
    from retrieval.contract import outcome_json

    return outcome_json(view.journal, view.journal.exchange(hold.exchange))


def handed_out(view: View, channel: str | None, asker: str | None) -> list[dict[str, Any]]:
    """The decided answers of a channel and an asker (None: of all) that nobody was given yet."""
    given: list[dict[str, Any]] = []
    claimant = new_claimant()
    for hold in view.journal.holds.deliverable(channel):
        if asker in (None, hold.asker) and view.journal.holds.claim_delivery(hold, claimant):
            view.journal.holds.delivered(hold, claimant)
            given.append(delivery_json(view, hold))
    return given


async def stream(desk: Desk, channel: str | None, asker: str | None) -> AsyncIterator[str]:
    """The events of decided answers as they come, until the client goes."""
    spoken = time.monotonic()
    while True:
        with suppress(Refused, KbError):  # busy, or out of room: the next look comes soon
            for given in await desk.run(lambda view: handed_out(view, channel, asker)):
                spoken = time.monotonic()
                yield f"event: decided\ndata: {json.dumps(given)}\n\n"
        if time.monotonic() - spoken > _PULSE:
            spoken = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_EVERY)


async def deliver(desk: Desk, settings: Settings) -> None:
    """Apply time-outs and send what is decided to the webhook, for as long as the server runs."""
    sending: set[asyncio.Task[None]] = set()
    async with httpx.AsyncClient(timeout=_ATTEMPT_SECONDS) as client:
        while True:
            with suppress(Refused, KbError):
                for hold, body, claimant in await desk.run(lambda view: _claimed(view, settings)):
                    task = asyncio.create_task(_send(client, desk, settings, hold, body, claimant))
                    sending.add(task)
                    task.add_done_callback(sending.discard)
            await asyncio.sleep(_EVERY)


def _claimed(view: View, settings: Settings) -> list[tuple[Hold, bytes, str]]:
    """What is to be sent now: each answer with its body and who claimed it."""
    from retrieval.holding.policy import load_community
    from retrieval.holding.timeouts import apply_timeouts

    apply_timeouts(view.journal, load_community(view.kb.home.path))
    if not settings.server_webhook_url:
        return []
    claimed: list[tuple[Hold, bytes, str]] = []
    for hold in view.journal.holds.deliverable(None):
        claimant = new_claimant()
        if view.journal.holds.claim_delivery(hold, claimant):
            body = json.dumps(delivery_json(view, hold), ensure_ascii=True).encode()
            claimed.append((hold, body, claimant))
    return claimed


async def _send(
    client: httpx.AsyncClient,
    desk: Desk,
    settings: Settings,
    hold: Hold,
    body: bytes,
    claimant: str,
) -> None:
    """Send an answer, several times where the webhook fails; then it is a dead letter."""
    reason = ""
    for wait in _PATIENCE:
        await asyncio.sleep(wait)
        headers = signed(settings.server_webhook_secret, hold.exchange, body, int(time.time()))
        try:
            reply = await client.post(settings.server_webhook_url, content=body, headers=headers)
        except httpx.HTTPError as error:
            reason = type(error).__name__
            continue
        if reply.is_success:
            await desk.run(lambda view: view.journal.holds.delivered(hold, claimant))
            return
        reason = f"HTTP {reply.status_code}"
        if reply.is_client_error and reply.status_code not in (408, 429):
            break  # it will not be taken the next time either
    log.warning("the webhook did not take %s: %s", hold.exchange, reason)
    await desk.run(lambda view: view.journal.holds.failed_delivery(hold, claimant, reason))


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
