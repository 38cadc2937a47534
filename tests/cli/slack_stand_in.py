"""A stand-in for Slack: the few methods of its Web API that a bot calls, and socket mode."""

from __future__ import annotations

import asyncio
import json
import queue
import threading

from aiohttp import WSMsgType, web

from tests.patience import PATIENCE

BOT = "U0BOT"


class SlackStandIn:
    """On loopback: `say` sends an event to the bot, `posts` is what it posted, `next_post` waits
    for a post.
    """

    def __init__(self):
        self.posts = []
        self.acknowledged = []
        self.connections = 0
        self.failures = []  # replies to the next posts, before they are taken
        self._arrived = queue.Queue()
        self._connected = threading.Event()
        self._sockets = []
        self._number = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(PATIENCE)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/api/"

    def _run(self):
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.router.add_post("/api/{method}", self._method)
        app.router.add_get("/socket", self._socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(self._runner.setup())
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = self._runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()

    async def _method(self, request):
        method = request.match_info["method"]
        given = dict(await request.post())
        if request.content_type == "application/json":
            given = await request.json()
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in ("xoxb-lantern", "xapp-lantern"):
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
        self._number += 1
        given["ts"] = f"1700000000.{self._number:06d}"
        self.posts.append(given)
        self._arrived.put(given)
        return web.json_response({"ok": True, "ts": given["ts"], "channel": given["channel"]})

    async def _socket(self, request):
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "hello"})
        self.connections += 1
        self._sockets.append(socket)
        self._connected.set()
        async for message in socket:
            if message.type == WSMsgType.TEXT:
                self.acknowledged.append(json.loads(message.data)["envelope_id"])
        return socket

    def wait_connected(self):
        assert self._connected.wait(PATIENCE)

    def drop(self):
        """Close the connection as Slack does every few hours; waits for the next."""
        self._connected.clear()
        asyncio.run_coroutine_threadsafe(self._sockets[-1].close(), self._loop).result(PATIENCE)
        self.wait_connected()

    def say(self, envelope="e1", **event):
        """Send an event."""
        body = {
            "type": "events_api", "envelope_id": envelope,
            "payload": {"type": "event_callback", "event": event},
        }  # fmt: skip
        sent = self._sockets[-1].send_json(body)
        asyncio.run_coroutine_threadsafe(sent, self._loop).result(PATIENCE)

    def next_post(self):
        """The next post that nobody has waited for yet."""
        return self._arrived.get(timeout=PATIENCE)

    def close(self):
        asyncio.run_coroutine_threadsafe(self._runner.cleanup(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
