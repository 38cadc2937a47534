"""Assistants: the tools over both transports, asked by the protocol's own client."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from contextlib import asynccontextmanager

import httpx
import pytest

pytest.importorskip("mcp", reason="needs the extra serve")

import httpx2
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from serving import serving

from cli.server.tools import TOOLS
from tests.patience import PATIENCE

ZH = "怎么找到第一批用户？"
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "a test", "version": "1"},
    },
}


def talk(opened, conversation):
    """What a conversation gives: a coroutine function of a client."""

    async def run():
        async with opened as client:
            return await conversation(client)

    return asyncio.run(run())


def on_streams(kb, *options):
    """A client of a real `kb mcp`."""
    program, *arguments = kb.argv("mcp", *options)
    server = StdioServerParameters(command=program, args=arguments, env=kb.environment())
    return Client(stdio_client(server))


@asynccontextmanager
async def over_http(server, token=""):
    """A client of a real `kb serve`."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http,
        Client(streamable_http_client(f"{server}/mcp", http_client=http)) as client,
    ):
        yield client


@pytest.fixture
def asked_kb(kb, library_files):
    kb("ingest", library_files)
    return kb


@pytest.fixture
def library_files(tmp_path):
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / "users.md").write_text(
        "# Finding users\n\nFounders find their first ten users by writing to each of them by"
        " hand.\n\n# Prices\n\nRaise the price until one customer in five says no.\n"
    )
    (folder / "用户.md").write_text("# 第一批用户\n\n第一批用户要一个一个地去找，先从熟人开始。\n")
    return folder


def text_of(result):
    return "\n".join(block.text for block in result.content if block.type == "text")


@pytest.fixture(params=["streams", "http"])
def client(request, asked_kb):
    """A client of either transport, without tokens."""
    if request.param == "streams":
        yield lambda: on_streams(asked_kb)
        return
    with serving(asked_kb) as server:
        yield lambda: over_http(server.url)


def test_tools_are_the_same_over_both_transports_and_say_what_they_change(client):
    async def conversation(client):
        return (await client.list_tools()).tools

    tools = {tool.name: tool for tool in talk(client(), conversation)}
    assert set(tools) >= {"search", "get", "ask", "sources"}
    for tool in tools.values():
        assert tool.annotations.read_only_hint == (tool.name != "feedback")
        assert not tool.annotations.destructive_hint
        assert tool.input_schema["type"] == "object"
    assert tools["ask"].input_schema["required"] == ["question"]


def test_an_answer_has_the_contracts_json_a_text_with_citations_and_links(client, asked_kb):
    expected = asked_kb("ask", "how do founders find their first users?", "--format", "json").json

    async def conversation(client):
        result = await client.call_tool("ask", {"question": expected["question"]})
        links = [block for block in result.content if block.type == "resource_link"]
        read = await client.read_resource(str(links[0].uri))
        got = await client.call_tool("get", {"id": result.structured_content["id"]})
        return result, links, read.contents[0].text, got

    result, links, passage, got = talk(client(), conversation)
    shown = result.structured_content
    assert not result.is_error
    for field in ("status", "answer", "sentences", "citations", "confidence"):
        assert shown[field] == expected[field]
    assert [link.uri for link in links] == [
        f"kb://passage/{citation['passage']}" for citation in shown["citations"]
    ]
    assert "[1]" in text_of(result)
    assert "users.md" in text_of(result)
    assert shown["citations"][0]["quote"] in passage
    assert got.structured_content["answer"] == shown["answer"]


def test_a_search_gives_the_hits_of_the_terminal_in_both_languages(client, asked_kb):
    expected = asked_kb("search", ZH, "--json").json

    async def conversation(client):
        return await client.call_tool("search", {"question": ZH, "k": 3})

    result = talk(client(), conversation)
    ours, theirs = expected["hits"], result.structured_content["hits"]
    assert [hit["passage"] for hit in theirs] == [hit["passage"] for hit in ours[:3]]
    assert "先从熟人开始" in text_of(result)


def test_what_is_refused_is_a_result_with_a_line_and_a_hint(client):
    calls = [
        ("ask", {}, "question: Field required"),
        ("ask", {"question": "x" * 5000}, "at most 4,000"),
        ("ask", {"question": "users?", "format": "slack"}, "format: Extra inputs"),
        ("get", {"id": "p_unknown"}, "no passage is called p_unknown"),
        ("get", {"id": "x_unknown"}, "x_unknown"),
        ("get", {"id": "../kb.toml"}, "an id is that of a passage"),
        ("delete", {}, "there is no tool called 'delete'"),
    ]

    async def conversation(client):
        results = [await client.session.call_tool(name, given) for name, given, _ in calls]
        with pytest.raises(MCPError, match="no such resource"):
            await client.read_resource("kb://passage/p_unknown")
        with pytest.raises(MCPError, match="no such resource"):
            await client.read_resource("file:///etc/passwd")
        return results

    for result, (_, _, line) in zip(talk(client(), conversation), calls, strict=True):
        assert result.is_error
        assert line in text_of(result)
        assert "Traceback" not in text_of(result)


def test_results_stay_within_their_bytes_and_say_what_was_left_out(kb, tmp_path):
    for number in range(30):
        about = f"Users of kind {number} are found by letters. " * 15
        (tmp_path / f"users-{number}.md").write_text(f"# Users {number}\n\n{about}\n")
    kb("ingest", tmp_path)

    async def conversation(client):
        given = {"question": "how are users found by letters?", "k": 20, "max_bytes": 4000}
        return (
            await client.call_tool("search", given),
            await client.call_tool("sources", {"max_bytes": 2000}),
            await client.call_tool("sources", {"contains": "users-7"}),
        )

    found, sources, seven = talk(on_streams(kb), conversation)
    for result, most in ((found, 4000), (sources, 2000)):
        shown = result.structured_content
        assert len(json.dumps(shown, ensure_ascii=False).encode()) <= most
        assert (
            sum(len(b.model_dump_json()) for b in result.content if b.type == "text") <= most + 200
        )
        assert any(count for count in shown["left_out"].values())
        assert "left out to stay within" in text_of(result)
    assert found.structured_content["hits"]
    assert sources.structured_content["total"] == 30
    assert [row["source"].rpartition("/")[2] for row in seven.structured_content["sources"]] == [
        "users-7.md"
    ]


def test_feedback_only_where_it_is_allowed(asked_kb):
    async def refused(client):
        names = [tool.name for tool in (await client.list_tools()).tools]
        return names, await client.call_tool("feedback", {"exchange": "x_1", "verdict": "up"})

    names, result = talk(on_streams(asked_kb), refused)
    assert "feedback" not in names
    assert "--allow-feedback" in text_of(result)

    async def allowed(client):
        asked = await client.call_tool("ask", {"question": "how do founders find users?"})
        given = {"exchange": asked.structured_content["id"], "verdict": "down", "id": "once"}
        for _ in range(2):
            kept = await client.call_tool("feedback", {**given, "correct": "by letter"})
        return kept

    kept = talk(on_streams(asked_kb, "--allow-feedback"), allowed)
    assert kept.structured_content["value"] == "down"
    assert [v["correct"] for v in asked_kb("feedback", "list", "--json").lines] == ["by letter"]


def test_questions_of_a_conversation_follow_each_other(asked_kb):
    async def conversation(client):
        for question in ("how do founders find their first users?", "and the price?"):
            asked = await client.call_tool("ask", {"question": question, "conversation": "a"})
        return asked.structured_content

    assert talk(on_streams(asked_kb), conversation)["continues"].startswith("x_")


def test_rights_over_http_are_the_tokens(asked_kb):
    def token(name, can):
        return asked_kb("token", "add", name, "--can", can).out.strip()

    searcher, critic, reviewer = (
        token("searcher", "search"),
        token("critic", "ask,feedback"),
        token("reviewer", "review"),
    )
    with serving(asked_kb) as server:

        async def search_only(client):
            names = {tool.name for tool in (await client.list_tools()).tools}
            return names, await client.call_tool("ask", {"question": "users?"})

        names, result = talk(over_http(server.url, searcher), search_only)
        assert names == {"search", "get", "sources"}
        assert "ask is not allowed here" in text_of(result)

        async def ask(client):
            asked = await client.call_tool("ask", {"question": "how do founders find users?"})
            return asked.structured_content["id"], [
                t.name for t in (await client.list_tools()).tools
            ]

        exchange, names = talk(over_http(server.url, critic), ask)
        assert set(names) == {"ask", "get", "feedback"}

        async def pry(client):
            return await client.call_tool("get", {"id": exchange})

        assert talk(over_http(server.url, searcher), pry).is_error
        for headers, status in (
            ({}, 401),
            ({"Authorization": "Bearer kb_wrong"}, 401),
            ({"Authorization": f"Bearer {reviewer}"}, 403),
            ({"Authorization": f"Bearer {critic}", "Origin": "http://evil.example"}, 403),
            ({"Authorization": f"Bearer {critic}", "Host": "evil.example"}, 421),
        ):
            reply = httpx.post(f"{server.url}/mcp", json=HELLO, headers=headers)
            assert reply.status_code == status
            assert set(reply.json()["error"]) == {"code", "message", "hint"}
        allowed = {"Authorization": f"Bearer {critic}", "Accept": "application/json"}
        assert httpx.get(f"{server.url}/mcp", headers=allowed).status_code == 405
        bad = httpx.post(
            f"{server.url}/mcp",
            content=b"{",
            headers={**allowed, "Content-Type": "application/json"},
        )
        assert bad.status_code == 400
        plain = httpx.post(
            f"{server.url}/mcp", content=b"{}", headers={**allowed, "Content-Type": "text/plain"}
        )
        assert plain.status_code == 400


def test_a_held_answer_is_got_by_its_id_once_it_is_decided(asked_kb):
    (asked_kb.home / "community.toml").write_text('[channel.pier]\nhold = "always"\n')
    token = asked_kb("token", "add", "critic", "--can", "ask", "--channel", "pier").out.strip()
    with serving(asked_kb) as server:

        async def ask(client):
            return await client.call_tool("ask", {"question": "how do founders find users?"})

        asked = talk(over_http(server.url, token), ask)
        name = asked.structured_content["id"]
        assert asked.structured_content["status"] == "held"
        assert "waiting for a person" in text_of(asked)
        assert "by hand" not in asked.model_dump_json()
        assert asked_kb("review", "approve", name).code == 0

        async def get(client):
            return await client.call_tool("get", {"id": name})

        assert "by hand" in text_of(talk(over_http(server.url, token), get))


def test_a_home_without_sources_is_an_error_and_stdout_stays_empty(kb):
    for _ in range(2):
        ended = kb("mcp")
        assert (ended.code, ended.out) == (1, "")
        assert "kb ingest PATH" in ended.err
        kb("token", "list")


def test_stdout_carries_the_protocol_alone_and_closed_input_ends_it_quietly(asked_kb):
    ended = asked_kb.in_own_process("mcp", stdin=json.dumps(HELLO) + "\nno json\n")
    assert (ended.code, ended.err) == (0, "")
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in ended.out.splitlines())
    assert json.loads(ended.out.splitlines()[0])["result"]["serverInfo"]["name"] == "kb"


def test_what_was_asked_before_the_input_ended_is_answered(asked_kb):
    call = {"name": "ask", "arguments": {"question": ZH}}
    lines = [
        HELLO,
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        *({"jsonrpc": "2.0", "id": n, "method": "tools/call", "params": call} for n in (2, 3)),
    ]
    ended = asked_kb.in_own_process("mcp", stdin="".join(json.dumps(each) + "\n" for each in lines))
    assert (ended.code, ended.err) == (0, "")
    replies = {reply["id"]: reply for reply in map(json.loads, ended.out.splitlines())}
    assert set(replies) == {1, 2, 3}
    assert replies[3]["result"]["structuredContent"]["status"] == "answered"


def test_ctrl_c_ends_it_quietly(asked_kb):
    process = subprocess.Popen(
        asked_kb.argv("mcp"), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, env=asked_kb.environment(),
    )  # fmt: skip
    process.stdin.write(json.dumps(HELLO).encode() + b"\n")
    process.stdin.flush()
    assert b"serverInfo" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    assert process.stderr.read() == b""


def test_without_the_packages_it_says_what_to_install(asked_kb):
    code = (
        "import sys; sys.modules['mcp'] = None; from cli.main import main; sys.exit(main(['mcp']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=asked_kb.environment(), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert 'pip install "founders-kb[serve]"' in done.stderr


def test_every_tool_tells_assistants_what_its_arguments_are():
    for tool in TOOLS:
        for name, field in tool.arguments.model_json_schema()["properties"].items():
            assert field.get("description") or "enum" in field, (tool.name, name)
