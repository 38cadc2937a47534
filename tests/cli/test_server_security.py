"""`kb serve` against who may not, and against what is no request: nothing gets through, nothing
fails with 500, nothing that is secret is written down.
"""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from serving import serving

from kb.access import Access
from tests.conftest import Cli
from tests.patience import PATIENCE, SOON

QUESTION = "when are lanterns lit?"
ROUTES = (  # each with the right that it asks for
    ("POST", "/v1/ask", {"question": QUESTION}, "ask"),
    ("POST", "/v1/search", {"question": QUESTION}, "search"),
    ("GET", "/v1/passages/p_0", None, "search"),
    ("GET", "/v1/exchanges/x_0", None, "ask"),
    ("POST", "/v1/feedback", {"exchange": "x_0", "verdict": "up"}, "feedback"),
    ("GET", "/v1/sources", None, "search"),
    ("GET", "/v1/faq", None, "search"),
    ("GET", "/v1/gaps", None, "review"),
    ("GET", "/v1/deliveries", None, "ask"),
    ("GET", "/v1/models", None, "ask"),
    ("POST", "/v1/responses", {"input": QUESTION}, "ask"),
    (
        "POST",
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": QUESTION}]},
        "ask",
    ),
)
OTHERS = (
    ("GET", "/metrics"), ("POST", "/mcp"), ("GET", "/"), ("POST", "/ask"), ("GET", "/x/x_0"), ("GET", "/p/p_0"),
    ("GET", "/faq"), ("GET", "/sources"), ("GET", "/review"), ("GET", "/gaps"), ("GET", "/report"),
)  # fmt: skip
LINKING = ("/v1/chat/completions", "/v1/responses")  # they link to the server's own page
LARGEST = 256 * 1024


class Guarded:
    """A server with tokens: `guarded.asks(method, path, body, token)` gives its reply."""

    def __init__(self, home, served, tokens):
        self.home = home
        self.served = served
        self.tokens = tokens

    def asks(self, method, path, body=None, token="", headers=None, **given):
        key = {"Authorization": f"Bearer {self.tokens.get(token, token)}"} if token else {}
        return self.served.client.request(
            method, path, json=body, headers={**key, **(headers or {})}, **given
        )


def home_of_notes(root):
    (root / "notes").mkdir()
    (root / "notes" / "lanterns.md").write_text(
        "# Lanterns\n\nLanterns are lit at dusk by the night crew.\n", "utf-8"
    )
    kb = Cli(root / "home")
    assert kb("ingest", "-q", root / "notes").code == 0
    return kb


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    kb = home_of_notes(tmp_path_factory.mktemp("guarded"))
    rights = {
        "ada": "ask,search,feedback",
        "bo": "ask,feedback",
        "reviewer": "review,ask",
        "admin": "admin",
    }
    rights |= {f"only-{right}": right for right in ("ask", "search", "feedback", "review")}
    rights |= {"revoked": "admin"}
    tokens = {
        name: kb("token", "add", name, "--can", can).out.strip() for name, can in rights.items()
    }
    assert kb("token", "revoke", "revoked").code == 0
    access = Access(kb.home)
    past = (datetime.now(UTC) - timedelta(seconds=1)).isoformat(timespec="milliseconds")
    tokens["expired"] = access.add("expired", ["admin"], channel="", expires_at=past, by="test")
    access.close()
    with serving(kb, env={"KB_SERVER_RATE": "0"}) as served:
        yield Guarded(kb.home, served, tokens)


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A server without tokens, which serves this machine."""
    with serving(
        home_of_notes(tmp_path_factory.mktemp("open")), env={"KB_SERVER_RATE": "0"}
    ) as served:
        yield served


@pytest.mark.parametrize("token", ["", "expired", "revoked", "kb_wrong"])
def test_without_a_valid_token_nothing_is_told(guarded, token):
    for method, path, body, _ in ROUTES:
        reply = guarded.asks(method, path, body, token)
        assert reply.status_code in (401, 429), path  # 429: too many wrong ones
        assert set(reply.json()) == {"error"}
        assert reply.status_code == 429 or reply.headers["WWW-Authenticate"] == "Bearer"
    for method, path in OTHERS:
        reply = guarded.asks(method, path, token=token, follow_redirects=False)
        assert reply.status_code in (303, 401, 403, 429), path
        assert "dusk" not in reply.text
        assert "lanterns.md" not in reply.text


def test_a_token_opens_what_it_may_and_nothing_else(guarded):
    for method, path, body, needed in ROUTES:
        opening = {needed, "review"} if "/exchanges/" in path else {needed}
        for right in ("ask", "search", "feedback", "review"):
            reply = guarded.asks(method, path, body, f"only-{right}")
            assert (reply.status_code == 403) == (right not in opening), (path, right)
        assert guarded.asks(method, path, body, "admin").status_code in (200, 404), path


def test_a_token_that_is_revoked_opens_nothing_from_the_next_request_on(tmp_path, serve):
    kb = home_of_notes(tmp_path)
    token = kb("token", "add", "ada", "--can", "ask").out.strip()
    served = serve(kb, token=token)
    assert served.post("/v1/ask", {"question": QUESTION}).status_code == 200
    assert kb("token", "revoke", "ada").code == 0
    assert served.post("/v1/ask", {"question": QUESTION}).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Basic a2I6a2I=", "Bearer {0}x", "bearer\t{0}", "Bearer é", "Bearer {0} {0}", "{0}", "Bearer " + "k" * 8000],
)  # fmt: skip
def test_a_token_is_sent_in_one_way(guarded, header):
    value = header.format(guarded.tokens["admin"]).encode("utf-8")
    reply = guarded.served.client.get("/v1/sources", headers={b"Authorization": value})
    assert reply.status_code in (401, 429)


def test_an_exchange_of_somebody_else_is_none(guarded):
    mine = guarded.asks("POST", "/v1/ask", {"question": QUESTION}, "ada").json()["id"]
    verdict = {"exchange": mine, "verdict": "down", "correct": "At noon."}
    assert guarded.asks("GET", f"/v1/exchanges/{mine}", token="ada").status_code == 200
    assert guarded.asks("GET", f"/v1/exchanges/{mine}", token="reviewer").status_code == 200
    assert guarded.asks("GET", f"/v1/exchanges/{mine}", token="bo").status_code == 404
    assert guarded.asks("POST", "/v1/feedback", verdict, "bo").status_code == 404
    seen = guarded.asks("GET", f"/v1/exchanges/{mine}", token="ada").json()
    assert seen["verdicts"] == []
    part = guarded.asks("GET", f"/v1/exchanges/{mine[:-3]}", token="ada")
    assert part.status_code == 404
    assert guarded.asks("GET", "/v1/exchanges/last", token="ada").status_code == 404


def test_a_conversation_of_somebody_else_is_not_continued(guarded):
    body = {"question": QUESTION, "conversation": "talk"}
    guarded.asks("POST", "/v1/ask", body, "ada")
    body = {"question": "and by whom?", "conversation": "talk"}
    assert "rewritten" not in guarded.asks("POST", "/v1/ask", body, "bo").json()
    body = {"question": "and by whom?", "conversation": "/talk"}
    assert "rewritten" not in guarded.asks("POST", "/v1/ask", body, "ada").json()


def test_nothing_of_the_machine_is_told(guarded):
    for method, path, body, _ in ROUTES:
        text = guarded.asks(method, path, body, "admin").text
        assert guarded.served.url not in text or path in LINKING
        assert [place for place in ("/tmp/", "/dev/shm/", "/home") if place in text] == []


NAMES = (
    "../sources", "..%2Fsources", "%2e%2e%2fsources", "..%5c..%5c", "p_0%00", "%00", "%ff", "%ed%a0%80", "p_0/../../faq",
    "p_" + "a" * 5000, "p_0;p_1", "p_0'--", "%25", "p_*", "%0d%0aX-Evil:%201", quote("页面"), "last", "-", "~", "%20",
)  # fmt: skip


@pytest.mark.parametrize("folder", ["/v1/passages", "/v1/exchanges", "/v1/models"])
def test_names_in_paths_are_only_names(opened, folder):
    for name in NAMES:
        reply = raw(
            opened,
            f"GET {folder}/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
        )
        status = int(reply.split(b" ", 2)[1])
        assert status in (400, 404, 414, 422), (name, reply[:200])
        assert b"X-Evil" not in reply.partition(b"\r\n\r\n")[0]


def nested(depth):
    return b'{"question":' + b"[" * depth + b"]" * depth + b"}"


BODIES = (
    b"", b"null", b"[]", b"1", b'"x"', b"{", b"\xff\xfe", b'{"question": "\\ud800"}', b'{"question": "a\\u0000b"}',
    b'{"question": NaN}', b'{"question": 1e999}', nested(100), nested(100_000), b'{"question": "x", "k": 1e400}',
    b'{"question": "lit", "k": 0}', b'{"question": "lit", "k": 99999999999999999999}', b'{"question": "lit", "extra": 1}',
    b'{"question": "lit", "where": {"a": {}}}', b'{"question": "lit", "where": {"\\ud800": "\\udfff"}}',
    b'{"question": "lit", "conversation": "\\ud800"}', b'{"question": "lit", "channel": "\\u0000\\udc00"}',
    b'{"question": "lit", "kind": "\\u0000"}', b'{"question": "lit", "format": "html"}',
    b'{"model": "kb:\\ud800", "messages": [{"role": "user", "content": "lit \\udc00"}]}',
    b'{"model": "kb", "messages": [{"role": "\\ud800", "content": [{"type": "\\ud800", "text": "\\ud800"}]}]}',
    b'{"exchange": "\\ud800", "verdict": "up"}', b'{"exchange": "x_0", "verdict": "up", "id": "\\ud800", "by": "\\u0000"}',
    json.dumps({"messages": [{"role": "user", "content": "那上海呢？" * 600}] * 20}, ensure_ascii=False).encode(),
    b'{"question": "' + b"lit " * 60_000 + b'"}', b'{"question": "' + "‮‏﷽".encode() * 3000 + b'"}',
)  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/v1/ask", "/v1/search", "/v1/feedback", "/v1/chat/completions", "/v1/responses"]
)
def test_bodies_that_are_no_requests(opened, path):
    for body in BODIES:
        for accept in ("application/json", "text/event-stream"):
            headers = {"Content-Type": "application/json", "Accept": accept}
            reply = opened.client.post(path, content=body, headers=headers)
            assert reply.status_code in (200, 400, 404, 422), (body[:80], reply.text)
            assert "bug in kb" not in reply.text
    assert opened.get("/health").status_code == 200


def test_an_oversize_body_is_refused_however_it_comes(opened):
    large = b'{"question": "' + b"x" * LARGEST + b'"}'
    headers = {"Content-Type": "application/json"}
    told = opened.client.post("/v1/ask", content=large, headers=headers)
    assert told.status_code == 413
    form = {"Origin": opened.url, "Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/v1/ask", "/v1/chat/completions", "/mcp", "/ask", "/login"):
        pieces = (large[at : at + 30_000] for at in range(0, len(large), 30_000))
        kind = headers if path.startswith(("/v1", "/mcp")) else form
        chunked = opened.client.post(path, content=pieces, headers=kind)
        assert chunked.status_code == 413, (path, chunked.text)
        assert path != "/v1/ask" or chunked.json()["error"]["code"] == "too_large"
    for length in ("99999999999999999999", "-1", "1e3", "0x10", "१"):
        head = f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        assert raw(opened, head.encode()).split(b" ", 2)[1] in (b"400", b"413")


def raw(served, request):
    """What comes back for bytes that are sent as they are, until the server closes."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as connection:
        connection.sendall(request)
        reply = b""
        while piece := connection.recv(65536):
            reply += piece
            if b"Content-Length" not in reply and b"content-length" not in reply:
                continue
            head, _, body = reply.partition(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(body) >= length:
                break
    return reply


def all_of(connection):
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.long
def test_slow_clients_are_let_go_while_others_are_answered(opened):
    assert opened.post("/v1/ask", {"question": QUESTION}).status_code == 200
    slow = []
    for begun in (
        b"GET /health HT",
        b"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{",
    ):
        for _ in range(20):
            connection = socket.create_connection(("127.0.0.1", opened.port), timeout=PATIENCE)
            connection.sendall(begun)
            slow.append(connection)
    began = time.monotonic()
    assert opened.post("/v1/ask", {"question": QUESTION}).status_code == 200
    assert time.monotonic() - began < SOON
    ends = [all_of(connection) for connection in slow]
    assert not any(b" 200 " in end for end in ends)
    assert {end.partition(b"\r\n")[0] for end in ends[20:]} == {b"HTTP/1.1 408 Request Timeout"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Host": ""}, 421),
        ({"Host": "evil.example:80@localhost"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://localhost:1"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "file://"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Host": "localhost"}, 200),
        ({"Host": "[::1]:8765"}, 200),
    ],
)
def test_pages_of_other_sites_get_nothing(opened, headers, status):
    """DNS rebinding and forged requests."""
    for path, body in (("/v1/ask", {"question": QUESTION}), ("/v1/search", {"question": QUESTION})):
        reply = opened.post(path, body, headers=headers)
        assert reply.status_code == status
        assert "access-control-allow-origin" not in reply.headers
        if status != 200:
            assert "dusk" not in reply.text
    for path in ("/", "/sources", "/mcp", "/openapi.json", "/metrics") if status != 200 else ():
        assert opened.get(path, headers=headers).status_code == status, path


def test_forms_of_other_sites_are_no_requests(opened):
    """What a page may send without being asked first: its types are those of forms."""
    before = opened.get("/metrics").text.count("kb_answers_total{")
    text = json.dumps({"question": QUESTION})
    for kind in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
    ):
        headers = {"Content-Type": kind, "Sec-Fetch-Site": "cross-site"}
        reply = opened.client.post("/v1/ask", content=text, headers=headers)
        assert reply.status_code in (403, 415, 422), kind
    preflight = opened.client.options("/v1/ask", headers={"Access-Control-Request-Method": "POST"})
    assert preflight.status_code == 405
    assert opened.get("/metrics").text.count("kb_answers_total{") == before


def test_too_many_wrong_tokens_are_slowed_down(tmp_path, serve):
    kb = home_of_notes(tmp_path)
    token = kb("token", "add", "ada", "--can", "search").out.strip()
    served = serve(kb)
    statuses = [
        served.get("/v1/sources", headers={"Authorization": f"Bearer kb_{at}"}).status_code
        for at in range(25)
    ]
    assert statuses[0] == 401
    assert statuses[-1] == 429
    right = served.get("/v1/sources", headers={"Authorization": f"Bearer {token}"})
    assert right.status_code == 200


def test_too_many_requests_are_told_when_to_come_again(tmp_path, serve):
    kb = home_of_notes(tmp_path)
    served = serve(kb, env={"KB_SERVER_RATE": "3"})
    replies = [served.get("/v1/sources") for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert 0 < int(replies[-1].headers["Retry-After"]) <= 60


def test_no_secret_and_no_question_is_written_down(guarded):
    secret_question = "when are the zanzibar lanterns lit?"
    for token in ("ada", "kb_wrong_zanzibar"):
        guarded.asks("POST", "/v1/ask", {"question": secret_question}, token)
        guarded.asks("POST", "/v1/ask?q=zanzibar", {"question": 1}, token)
        guarded.asks("GET", "/v1/exchanges/zanzibar", None, token)
    metrics = guarded.asks("GET", "/metrics", token="admin").text
    for text in (guarded.served.log, metrics):
        assert "zanzibar" not in text
        assert not any(token in text for token in guarded.tokens.values())
    files = [path for path in guarded.home.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    assert not any(token.encode() in kept for token in guarded.tokens.values())
