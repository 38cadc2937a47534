"""A stand-in for Slack: the few methods of its Web API that a bot calls, and socket mode."""

from __future__ import annotations

import json

from aiohttp import WSMsgType, web
from chat_stand_in import ChatStandIn

BOT = "U0BOT"
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-lantern", "SLACK_APP_TOKEN": "xapp-lantern"}


class SlackStandIn(ChatStandIn):
    """`say` sends an event to the bot, `acknowledged` are the envelopes that it confirmed."""

    def __init__(self):
        self.acknowledged = []
        super().__init__()

    @property
    def environment(self):
        return {**TOKENS, "SLACK_API_URL": f"http://127.0.0.1:{self.port}/api/"}

    def routes(self):
        return [web.post("/api/{method}", self._method), web.get("/socket", self._socket)]

    async def _method(self, request):
        method = request.match_info["method"]
        given = dict(await request.post())
        if request.content_type == "application/json":
            given = await request.json()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in TOKENS.values():
            return web.json_response({"ok": False, "error": "invalid_auth"})
        if method == "auth.test":
            return web.json_response({"ok": True, "user_id": BOT})
        if method == "apps.connections.open":
            return web.json_response({"ok": True, "url": f"ws://127.0.0.1:{self.port}/socket"})
        if method == "chat.postMessage":
            return self._post(given)
        return web.json_response({"ok": False, "error": "unknown_method"})

    def _post(self, given):
        if self.failures:
            status, body, headers = self.failures.pop(0)
            return web.json_response(body, status=status, headers=headers)
        given["ts"] = f"1700000000.{len(self.posts) + 1:06d}"
        self.posted(given)
        return web.json_response({"ok": True, "ts": given["ts"], "channel": given["channel"]})

    async def _socket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        self.opened(socket)
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        return socket

    def say(self, envelope="e1", **event):
        """Send an event."""
        payload = {"type": "event_callback", "event": event}
        body = {"type": "events_api", "envelope_id": envelope, "payload": payload}
        self.wait(self.sockets[-1].send_json(body))
