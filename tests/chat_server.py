"""A server on loopback that streams chat completions as such servers do, and misbehaves when told
to.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = "Lanterns are lit at dusk [1]. The keeper lights them [1]."
DONE = b"data: [DONE]\n\n"


class ChatServer:
    """A server on loopback. What it is asked is kept in `requests`; what it answers is `status` and
    `body`.

    `body` is bytes, or pieces of them and pauses in seconds, sent one after the other; None resets
    the connection. With `turns`, each request gets the next of these (status, body) or (status,
    body, headers) instead; a body may be a function from what is asked to (status, body).
    """

    def __init__(self):
        self.requests = []
        self.status = 200
        self.body = said(GOOD)
        self.turns = []
        self.models = {"data": [{"id": "tiny-model"}, {"id": "other-model"}]}
        self.length = None
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                server.requests.append((self.path, dict(self.headers), None))
                if self.path != "/v1/models" or server.models is None:
                    self.send_error(404)
                    return
                self.answer(200, json.dumps(server.models).encode())

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.requests.append((self.path, dict(self.headers), asked))
                status, body, *headers = (
                    server.turns.pop(0) if server.turns else (server.status, server.body)
                )
                if callable(body):
                    status, body = body(asked)
                self.answer(status, body, headers[0] if headers else {})

            def answer(self, status, body, headers=()):
                if body is None:
                    return self.reset()
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "text/event-stream")
                if server.length is not None:
                    self.send_header("Content-Length", str(server.length))
                self.end_headers()
                try:
                    for piece in [body] if isinstance(body, bytes) else body:
                        if piece is None:
                            return self.reset()
                        if isinstance(piece, bytes):
                            self.wfile.write(piece)
                            self.wfile.flush()
                        else:
                            server.released.wait(piece)
                except OSError:
                    return None  # the other side has heard enough

            def reset(self):
                """End the connection as a crashed server's system does."""
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                self.rfile.close()
                self.connection.close()

            def log_message(self, *arguments):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def prompts(self):
        """The messages of every completion asked for."""
        return [asked["messages"] for _, _, asked in self.requests if asked]

    @property
    def prompt(self):
        """The messages of the last completion asked for."""
        return self.prompts[-1]


def event(value):
    return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()


def delta(**fields):
    return event({"choices": [{"index": 0, "delta": fields}]})


def ended(reason="stop"):
    """The last event of a completion, with the reason for its end."""
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def said(*texts):
    """A stream with one delta for each text."""
    return b"".join(delta(content=text) for text in texts) + DONE
