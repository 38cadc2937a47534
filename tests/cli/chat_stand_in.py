"""What the stand-ins for chat platforms have in common: a server on loopback with a socket."""

from __future__ import annotations

import asyncio
import queue
import threading

from aiohttp import web

from tests.patience import PATIENCE


class ChatStandIn:
    """On loopback: `posts` is what the bot posted, `next_post` waits for a post.

    Subclasses add their routes; `sockets` are the connections, the newest last.
    """

    def __init__(self):
        self.posts = []
        self.failures = []  # replies to the next posts, before they are taken
        self.sockets = []
        self.connected = threading.Event()
        self._arrived = queue.Queue()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(PATIENCE)

    def routes(self):
        raise NotImplementedError

    def _run(self):
        asyncio.set_event_loop(self._loop)
        app = web.Application()
        app.add_routes(self.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        self._loop.run_until_complete(self._runner.setup())
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        self._loop.run_until_complete(site.start())
        self.port = self._runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()

    def posted(self, given):
        """Keep a post, numbered; gives its number."""
        self.posts.append(given)
        self._arrived.put(given)
        return len(self.posts)

    def opened(self, socket):
        """Keep a connection."""
        self.sockets.append(socket)
        self.connected.set()

    def wait(self, coroutine):
        """What a coroutine gives in the server's loop."""
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(PATIENCE)

    def wait_connected(self):
        assert self.connected.wait(PATIENCE)

    def drop(self):
        """Close the connection, as platforms do every few hours; waits for the next."""
        self.connected.clear()
        self.wait(self.sockets[-1].close())
        self.wait_connected()

    def next_post(self):
        """The next post that nobody has waited for yet."""
        return self._arrived.get(timeout=PATIENCE)

    def close(self):
        self.wait(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
