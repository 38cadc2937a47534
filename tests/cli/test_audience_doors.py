"""Audiences at the doors of a server: a token sees its own, and what is outside is not there."""

import asyncio
from types import SimpleNamespace

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from serving import serving

from tests.conftest import Cli
from tests.patience import PATIENCE

SECRET = "zorbleflux"  # stands in the minutes of the board and nowhere else
MINUTES = f"# Minutes\n\nThe {SECRET} committee said that the runway is eleven months.\n"
GUIDE = "# Guide\n\nAn interview with a potential user takes half an hour.\n"
QUESTION = f"What did the {SECRET} committee say of the runway?"
RULES = '[audience]\n"minutes.md" = "board"\n[audience.channels]\nden = ["board", "public"]\n'
TOKENS = {
    "visitor": ("ask,search,feedback",),
    "board": ("ask,search,feedback", "--audience", "board"),
    "both": ("ask,search", "--audience", "board", "--audience", "public"),
    "den": ("ask,search", "--channel", "den"),
    "reviewer": ("review,ask,search",),
    "owner": ("admin", "--audience", "*"),
}


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    """A server over minutes for the board and a guide for all, and `asks(token, path, body)`."""
    root = tmp_path_factory.mktemp("club")
    kb = Cli(root / "home")
    (root / "notes").mkdir()
    (root / "notes" / "minutes.md").write_text(MINUTES)
    (root / "notes" / "guide.md").write_text(GUIDE)
    assert kb("ingest", "-q", root / "notes").code == 0
    (kb.home / "kb.toml").write_text(RULES)
    tokens = {
        name: kb("token", "add", name, "--can", rights, *options).out.strip()
        for name, (rights, *options) in TOKENS.items()
    }
    with serving(kb, env={"KB_SERVER_RATE": "0"}) as served:

        def asks(token, path, body=None, **given):
            headers = {"Authorization": f"Bearer {tokens[token]}"}
            method = "GET" if body is None else "POST"
            return served.client.request(method, path, json=body, headers=headers, **given)

        yield SimpleNamespace(kb=kb, served=served, asks=asks, tokens=tokens)


def sources(club, token):
    return {each["source"] for each in club.asks(token, "/v1/sources").json()}


@pytest.fixture(scope="module")
def hidden(club):
    """The passage of the minutes, and an exchange of the board's about it."""
    found = club.asks("board", "/v1/search", {"question": QUESTION}).json()
    asked = club.asks("board", "/v1/ask", {"question": QUESTION}).json()
    assert "eleven months" in asked["answer"]
    return found["hits"][0]["passage"], asked["id"]


def test_a_token_sees_the_sources_of_its_audiences(club):
    assert sources(club, "visitor") == {"guide.md"}
    assert sources(club, "board") == {"minutes.md"}
    assert sources(club, "both") == sources(club, "owner") == {"minutes.md", "guide.md"}
    assert sources(club, "den") == {"minutes.md", "guide.md"}
    assert sources(club, "reviewer") == {"guide.md"}


def test_naming_a_channel_gives_a_token_no_more(club):
    body = {"question": "How long is the runway?", "channel": "den"}
    assert "eleven" not in club.asks("visitor", "/v1/ask", body).text
    assert "eleven" in club.asks("both", "/v1/ask", body).text


@pytest.mark.parametrize("token", ["visitor", "reviewer"])
def test_what_is_outside_is_not_there_and_never_forbidden(club, hidden, token):
    for path in (f"/v1/passages/{hidden[0]}", f"/p/{hidden[0]}"):
        assert club.asks(token, path).status_code == 404
    for path in (f"/v1/exchanges/{hidden[1]}", f"/x/{hidden[1]}"):
        assert club.asks(token, path).status_code == 404
    unknown = club.asks(token, "/v1/exchanges/x_1a22e40c5afb535fd").json()
    there = club.asks(token, f"/v1/exchanges/{hidden[1]}").json()
    assert str(there).replace(hidden[1], "x_1a22e40c5afb535fd") == str(unknown)
    if token == "visitor":
        verdict = {"exchange": hidden[1], "verdict": "up"}
        assert club.asks(token, "/v1/feedback", verdict).status_code == 404


def test_no_door_lets_a_word_of_it_out(club, hidden):
    replies = [
        club.asks("visitor", "/v1/search", {"question": "runway of the committee"}),
        club.asks("visitor", "/v1/ask", {"question": "How long is the runway?"}),
        club.asks("visitor", "/v1/faq"),
        club.asks("visitor", "/sources"),
        club.asks("visitor", "/faq"),
        club.asks("reviewer", "/v1/gaps"),
        club.asks("reviewer", "/gaps"),
        club.asks("reviewer", "/review"),
        club.asks("reviewer", "/report"),
        club.asks("reviewer", f"/review/{hidden[1]}"),
        club.asks("visitor", "/v1/responses", {"input": "How long is the runway?"}),
        club.asks(
            "visitor",
            "/v1/chat/completions",
            {"messages": [{"role": "user", "content": "How long is the runway?"}], "stream": True},
        ),
    ]
    for reply in replies:
        assert reply.status_code in (200, 404), reply.text
        assert SECRET not in reply.text
        assert "minutes.md" not in reply.text
        assert "eleven" not in reply.text


def test_assistants_get_no_more(club, hidden):
    async def tools(token):
        headers = {"Authorization": f"Bearer {club.tokens[token]}"}
        http = httpx2.AsyncClient(headers=headers, timeout=PATIENCE)
        async with (
            http,
            Client(streamable_http_client(f"{club.served.url}/mcp", http_client=http)) as client,
        ):
            calls = (
                ("search", {"question": "runway of the committee"}),
                ("ask", {"question": "How long is the runway?"}),
                ("sources", {}),
                ("get", {"id": hidden[0]}),
                ("get", {"id": hidden[1]}),
            )
            return "".join([str(await client.call_tool(name, given)) for name, given in calls])

    assert SECRET not in asyncio.run(tools("visitor"))
    assert SECRET in asyncio.run(tools("board"))


def test_a_rule_that_changes_counts_from_the_next_request_on(club):
    try:
        (club.kb.home / "kb.toml").write_text('[audience]\n"guide.md" = "board"\n')
        assert sources(club, "visitor") == {"minutes.md"}
        (club.kb.home / "kb.toml").write_text(RULES)
        assert sources(club, "visitor") == {"guide.md"}
    finally:
        (club.kb.home / "kb.toml").write_text(RULES)


def test_what_is_ingested_meanwhile_is_for_whom_it_says(club):
    notes = club.kb.home.parent / "notes"
    assert sources(club, "visitor") == {"guide.md"}
    (notes / "late.md").write_text(f"---\naudience: board\n---\n# Late\n\nThe {SECRET} is late.\n")
    (notes / "open.md").write_text("# Open\n\nThe door is open at noon.\n")
    assert club.kb("ingest", "-q", notes).code == 0
    assert sources(club, "visitor") == {"guide.md", "open.md"}
    assert sources(club, "board") == {"minutes.md", "late.md"}
    (notes / "open.md").write_text(
        "---\naudience: board\n---\n# Open\n\nThe door is open at noon.\n"
    )
    assert club.kb("ingest", "-q", notes).code == 0
    assert sources(club, "visitor") == {"guide.md"}


def test_tokens_are_listed_with_their_audiences(club):
    listed = {each["name"]: each["audience"] for each in club.kb("token", "list", "--json").json}
    assert listed["visitor"] == []
    assert listed["both"] == ["board", "public"]
