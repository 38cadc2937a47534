"""Decided answers reach who asked: once, by polling, by a stream, or by a signed webhook."""

from __future__ import annotations

import asyncio
import hmac
import json
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
from holding import FERRY, hold
from serving import events

from cli.server.deliveries import Streams
from cli.server.gate import Caller
from kb.journal import Journal
from tests.patience import PATIENCE

SECRET = "an-invented-secret-of-tests"


@pytest.fixture
def asker(harbour):
    made = harbour("token", "add", "pier-bot", "--can", "ask", "--channel", "pier", "--json")
    return made.json["token"]


def held(served):
    reply = served.post("/v1/ask", {"question": FERRY}).json()
    assert reply["status"] == "held"
    assert "seven" not in json.dumps(reply)
    return reply["id"]


def test_a_decided_answer_is_handed_out_once(harbour, asker, serve):
    served = serve(harbour, token=asker)
    name = held(served)
    assert served.get("/v1/deliveries").json() == []
    assert harbour("review", "approve", name, "--by", "Ada").code == 0
    (given,) = served.get("/v1/deliveries").json()
    assert (given["id"], given["hold"]["state"]) == (name, "approved")
    assert "seven" in given["answer"]
    assert given["citations"][0]["source"] == "harbour.md"
    assert served.get("/v1/deliveries").json() == []
    again = served.get(f"/v1/exchanges/{name}").json()
    assert again["answer"] == given["answer"]


def test_another_token_is_handed_nothing(harbour, asker, serve):
    other = harbour("token", "add", "other", "--can", "ask,review", "--channel", "pier", "--json")
    served = serve(harbour, token=asker)
    name = held(served)
    harbour("review", "approve", name)
    others = {"Authorization": f"Bearer {other.json['token']}"}
    assert served.get("/v1/deliveries", headers=others).json() == []
    assert [given["id"] for given in served.get("/v1/deliveries").json()] == [name]


def test_a_stream_gives_what_is_decided_while_it_is_open(harbour, asker, serve):
    served = serve(harbour, token=asker)
    name = held(served)
    headers = {"Accept": "text/event-stream"}
    with served.client.stream("GET", "/v1/deliveries", headers=headers) as stream:
        harbour("review", "decline", name, "--note", "Ask the harbour master.")
        event, data = next(events(stream))
    given = json.loads(data)
    assert (event, given["id"], given["hold"]["state"]) == ("decided", name, "declined")
    assert "harbour master" in given["answer"]


def test_what_is_decided_after_a_stream_was_closed_is_still_there(harbour, asker, serve):
    served = serve(harbour, token=asker)
    name = held(served)
    headers = {"Accept": "text/event-stream"}
    with served.client.stream("GET", "/v1/deliveries", headers=headers):
        time.sleep(1.5)
    time.sleep(1.5)
    harbour("review", "approve", name)
    assert [given["id"] for given in served.get("/v1/deliveries").json()] == [name]


def test_a_revoked_token_is_told_no_more_and_an_open_stream_stops_no_server(harbour, asker, serve):
    served = serve(harbour, token=asker)
    headers = {"Accept": "text/event-stream"}
    with served.client.stream("GET", "/v1/deliveries", headers=headers) as stream:
        harbour("token", "revoke", "pier-bot")
        assert list(events(stream)) == []  # it ends
    began = time.monotonic()
    assert served.stop() == 0
    assert time.monotonic() - began < PATIENCE


def test_what_its_asker_has_read_by_its_id_is_not_taken_back(harbour, asker, serve):
    served = serve(harbour, token=asker)
    name = held(served)
    assert "answer" not in served.get(f"/v1/exchanges/{name}").json()
    harbour("review", "approve", name, "--by", "Ada")
    assert harbour("review", "undo", name, "--by", "Ada").code == 0
    harbour("review", "approve", name, "--by", "Ada")
    assert "seven" in served.get(f"/v1/exchanges/{name}").json()["answer"]
    run = harbour("review", "undo", name, "--by", "Ada")
    assert run.code == 1
    assert "delivered already" in run.err
    assert served.get("/v1/deliveries").json() == []


MIRA = Caller("Mira", ("ask",))


class SlowDesk:
    """A desk whose work takes its time and goes on to its end, whoever has gone meanwhile."""

    def __init__(self, journal: Journal) -> None:
        self._view = SimpleNamespace(journal=journal)

    async def run(self, work, viewer):
        await asyncio.sleep(0.2)
        return work(self._view)


@pytest.fixture
def decided(harbour):
    """The journal of a home with a decided answer for Mira, and the answer's id."""
    name = hold(harbour, FERRY, "--asker", "Mira")
    harbour("review", "approve", name)
    return Journal(harbour.home / "journal.sqlite3"), name


def test_an_answer_whose_client_goes_before_it_is_sent_is_still_there(decided):
    journal, name = decided

    async def leave():
        stream = Streams(SlowDesk(journal)).events(MIRA, None, lambda: True)
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0.1)
        reading.cancel()
        await asyncio.sleep(1)

    asyncio.run(leave())
    assert [each.exchange for each in journal.holds.deliverable(None)] == [name]
    assert not journal.holds.dead_letters()


def test_an_answer_whose_client_goes_as_it_is_sent_is_a_dead_letter_at_once(decided):
    journal, name = decided

    async def leave():
        stream = Streams(SlowDesk(journal)).events(MIRA, None, lambda: True)
        assert name in await anext(stream)
        await stream.aclose()
        await asyncio.sleep(1)

    asyncio.run(leave())
    assert not journal.holds.deliverable(None)
    assert [letter.hold.exchange for letter in journal.holds.dead_letters()] == [name]


class Receiver(ThreadingHTTPServer):
    """A webhook that answers with these statuses, one after the other, the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.statuses = list(statuses)
        self.received = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait(self, count: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while len(self.received) < count:
            assert time.monotonic() < deadline, self.received
            time.sleep(0.05)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        statuses = self.server.statuses
        status = statuses.pop(0) if len(statuses) > 1 else statuses[0]
        self.server.received.append((self.headers, body, status))
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return


def hooked(receiver):
    url = f"http://127.0.0.1:{receiver.server_port}/"
    return {"KB_SERVER_WEBHOOK_URL": url, "KB_SERVER_WEBHOOK_SECRET": SECRET}


def test_the_webhook_is_signed_and_tried_again_under_one_name(harbour, asker, serve):
    receiver = Receiver(503, 200)
    served = serve(harbour, token=asker, env=hooked(receiver))
    name = held(served)
    harbour("review", "approve", name)
    receiver.wait(2)
    for headers, body, _ in receiver.received:
        assert headers["X-KB-Delivery"] == name
        signed = dict(part.split("=") for part in headers["X-KB-Signature"].split(","))
        expected = hmac.new(SECRET.encode(), f"{signed['t']}.".encode() + body, sha256).hexdigest()
        assert signed["v1"] == expected
    assert json.loads(receiver.received[-1][1])["id"] == name
    time.sleep(2.5)
    assert len(receiver.received) == 2
    assert SECRET not in served.log
    assert served.get("/v1/deliveries").json() == []


def test_what_a_webhook_refuses_is_a_dead_letter(harbour, asker, serve):
    receiver = Receiver(404)
    served = serve(harbour, token=asker, env=hooked(receiver))
    name = held(served)
    harbour("review", "approve", name)
    receiver.wait(1)
    deadline = time.monotonic() + PATIENCE
    while "did not take" not in served.log:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert len(receiver.received) == 1
    assert name in served.log
    (letter,) = harbour("review", "undelivered", "--json").lines
    assert (letter["exchange"], letter["reason"]) == (name, "HTTP 404")
    receiver.statuses = [200]
    assert harbour("review", "undelivered", "--again", name).code == 0
    receiver.wait(2)
    deadline = time.monotonic() + PATIENCE
    while harbour("review", "undelivered", "--json").lines:
        assert time.monotonic() < deadline
    assert harbour("review", "undelivered", "--again", name).code == 1
