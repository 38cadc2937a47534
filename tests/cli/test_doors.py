"""Every door gives the terminal's answer."""

from __future__ import annotations

import json

from serving import events


def test_rest(served_corpora):
    reply = served_corpora.post("/v1/ask", {"question": "How do I find my first users?"})
    assert reply.status_code == 200
    assert reply.json()["citations"]
    headers = {"Accept": "text/event-stream"}
    body = {"question": "How do I find my first users?"}
    with served_corpora.client.stream("POST", "/v1/ask", json=body, headers=headers) as stream:
        told = list(events(stream))
    assert json.loads(told[-1][1])["citations"] == reply.json()["citations"]
