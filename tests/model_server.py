"""A server on loopback that embeds and reranks as such servers do, and misbehaves when told to."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def vector(text, dimensions=8):
    """How often letters stand in a text, folded: never zero, never of unit length."""
    counts = [1.0] + [0.0] * (dimensions - 1)
    for letter in text.lower():
        counts[(LETTERS.find(letter) + 1) % dimensions] += 1.0
    return counts


def overlap(question, text):
    """The share of the question's words that stand in a text."""
    asked = set(question.lower().split())
    return len(asked & set(text.lower().split())) / max(1, len(asked))


class ModelServer:
    """Embeds at /v1/embeddings and reranks at /rerank. What it was asked is kept in `asked`, with
    the headers.

    Each of `turns` is what the next request gets instead: (status, body, headers) or a function
    from the right answer to the one to send. `most` texts of `longest` characters are taken, and no
    more. `takes` are the shapes of /rerank requests that it knows; `stall` is how many seconds it
    says nothing; `drips` how many headers it sends, ten a second.
    """

    def __init__(self):
        self.asked = []
        self.headers = []
        self.turns = []
        self.longest = 100_000
        self.most = 10_000
        self.takes = ("documents", "texts")
        self.raw = False
        self.stall = 0.0
        self.drips = 0
        self._released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                server.asked.append(asked)
                server.headers.append(dict(self.headers))
                server._released.wait(server.stall)
                status, body = server.answer(self.path, asked)
                headers = {}
                if server.turns:
                    turn = server.turns.pop(0)
                    status, body, headers = (200, turn(body), {}) if callable(turn) else turn
                sent = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                try:
                    for number in range(server.drips):
                        self.send_header(f"X-Drip-{number}", "1")
                        self.flush_headers()
                        server._released.wait(0.1)
                    self.send_header("Content-Length", str(len(sent)))
                    self.end_headers()
                    self.wfile.write(sent)
                except OSError:
                    return  # the other side has waited enough

            def log_message(self, *arguments):
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, path, asked):
        """The status and body of a well-behaved answer."""
        if path == "/v1/embeddings":
            texts = asked["input"]
            return self._refusal(texts) or (200, self._embedded(texts, asked.get("dimensions", 8)))
        if path in ("/rerank", "/v1/rerank"):
            shape = "documents" if "documents" in asked else "texts"
            if shape not in self.takes:
                return 422, {"error": f"missing field `{self.takes[0]}`"}
            return self._refusal(asked[shape]) or (
                200,
                self._reranked(shape, asked["query"], asked[shape]),
            )
        return 404, {"detail": "Not Found"}

    def _refusal(self, texts):
        if len(texts) > self.most:
            return 422, {
                "error": f"batch size {len(texts)} > maximum allowed batch size {self.most}"
            }
        if any(len(text) > self.longest for text in texts):
            return 400, {
                "error": {"message": f"maximum context length is {self.longest}", "code": 400}
            }
        return None

    def _embedded(self, texts, dimensions):
        data = [
            {"object": "embedding", "index": i, "embedding": vector(t, dimensions)}
            for i, t in enumerate(texts)
        ]
        return {"object": "list", "data": data, "model": "tiny", "usage": {"total_tokens": 9}}

    def _reranked(self, shape, question, texts):
        name = "relevance_score" if shape == "documents" else "score"
        scores = [overlap(question, text) for text in texts]
        items = [
            {"index": i, name: 9 * score - 5 if self.raw else score}
            for i, score in enumerate(scores)
        ]
        items.sort(key=lambda item: -item[name])
        return {"results": items} if shape == "documents" else items
