"""Every door gives the terminal's answer: the same text, status, confidence, sentences and
citations, streamed or not.
"""

from __future__ import annotations

import asyncio
import json
from shutil import copytree

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from serving import events, serving

from cli.formats import PLATFORMS
from tests.conftest import Cli
from tests.patience import PATIENCE

pytestmark = pytest.mark.long

NOTES = {
    "tours.md": "# Tours\n\nThe lighthouse tour costs 12 euros for every guest.\n",
    "prices.md": "# Prices\n\nThe lighthouse tour costs 14 euros for every guest.\n",
    "meeting-rooms.md": "# 会议室\n\n会议室需要提前两天预订，每次最多三小时。\n",
    "house-rules.md": "# 手册\n\n会议室需要提前五天预订，每次最多三小时。\n",
    "desks.csv": "Desk,Seats,Price per day\nHeron,6,$40\nCurlew,12,$90\nPlover,30,$210\n",
    "fees.md": "# 工位费\n\n| 工位 | 月费（元） |\n|---|---|\n| 临窗 | 980 |\n| 靠墙 | 600 |\n| 独立间 | 2,800 |\n",
    "visa.md": "# The founders' visa\n\nThe founders' visa takes nine weeks. The founders' visa costs 300 dollars.\n",
    "linked.md": "---\nurl: https://docs.example/lanterns\n---\n# Lanterns\n\nLanterns are lit at dusk by the night crew.\n",
}
QUESTIONS = (
    "How do I find my first users?",
    "怎么找到第一批用户？",
    "how should cofounders split equity",
    "会费多少，可以减免吗？",  # an FAQ entry
    "who was Callum Strathie's first hire?",  # in a recording
    "how much does the lighthouse tour cost?",  # sources differ
    "会议室要提前几天预订？",
    "average price of the desks per day",  # computed from a table
    "三种工位的月费分别是多少",
    "when are lanterns lit?",  # a source with a link of its own
    "who won the chess world cup in 1987?",  # nothing of it anywhere
    "月球背面的氦三储量是多少？",
    "种子用户 interview 怎么做",
    "thanks!",
)
PIER = "pier"  # a channel whose answers wait for a person
CONVERSATIONS = (
    ("What is the founders' visa?", "How long does it take?", "and how much does it cost?"),
    ("会费多少，可以减免吗？", "谢谢", "那中途退会呢？"),
)
# What differs from one answer to the next, and what only doors that keep a talk's exchanges know.
_OF_ITS_OWN = ("id", "seconds", "line_id", "continues")


def comparable(answer):
    return {name: value for name, value in answer.items() if name not in _OF_ITS_OWN}


@pytest.fixture(scope="module")
def home(corpora_home, tmp_path_factory):
    """`kb` on our corpora and a few notes with tables, links and contradictions."""
    root = tmp_path_factory.mktemp("doors")
    kb = Cli(copytree(corpora_home, root / "home"), embedder="builtin")
    (root / "notes").mkdir()
    for name, text in NOTES.items():
        (root / "notes" / name).write_text(text, "utf-8")
    assert kb("ingest", "-q", root / "notes").code == 0
    (kb.home / "community.toml").write_text(f'[channel.{PIER}]\nhold = "always"\n', "utf-8")
    return kb


@pytest.fixture(scope="module")
def server(home):
    with serving(home, env={"KB_SERVER_RATE": "0"}) as served:
        yield served


@pytest.fixture(scope="module")
def terminal_answers(home):
    """What the terminal answers to all questions."""
    lines = "".join(f"{question}\n" for question in QUESTIONS)
    run = home("ask", "--stdin", "--jsonl", "--no-log", stdin=lines)
    assert run.code == 0, run.err
    return dict(zip(QUESTIONS, run.lines, strict=True))


def rest_bodies(turns, channel):
    talk = turns[0] if len(turns) > 1 else ""
    return [{"question": turn, "conversation": talk, "channel": channel} for turn in turns]


def rest(server, *turns, channel=""):
    """The answer to the last of these questions, by POST /v1/ask."""
    for body in rest_bodies(turns, channel):
        reply = server.post("/v1/ask", body)
        assert reply.status_code == 200, reply.text
    return reply.json()


def rest_streamed(server, *turns, channel=""):
    """The same as server-sent events, whose text is the answer."""
    for body in rest_bodies(turns, channel):
        headers = {"Accept": "text/event-stream"}
        with server.client.stream("POST", "/v1/ask", json=body, headers=headers) as stream:
            *streamed, (last, answer) = events(stream)
        assert last == "answer"
    answer = json.loads(answer)
    stretches = [json.loads(data) for _, data in streamed]
    text = "".join(stretch["text"] for stretch in stretches)
    is_silent = answer["status"] in ("abstained", "held")
    assert text.strip() == ("" if is_silent else answer["answer"])
    cited = {citation["passage"] for stretch in stretches for citation in stretch["citations"]}
    assert cited.issubset({citation["passage"] for citation in answer.get("citations", ())})
    return answer


def chat_body(turns, channel="", **further):
    messages = [{"role": "system", "content": "Answer like a pirate."}]
    for turn in turns[:-1]:
        messages += [{"role": "user", "content": turn}, {"role": "assistant", "content": "Aye."}]
    last = {"role": "user", "content": [{"type": "text", "text": turns[-1]}]}
    model = f"kb:{channel}" if channel else "kb"
    return {"model": model, "messages": [*messages, last], **further}


def as_answer(question, content, reply):
    """The object of `kb ask --format json`, put together from what OpenAI's clients get."""
    return {
        "question": question,
        "answer": content,
        "citations": reply["citations"],
        **reply["kb"],
    }


def openai(server, *turns, channel=""):
    """The answer by POST /v1/chat/completions."""
    reply = server.post("/v1/chat/completions", chat_body(turns, channel)).json()
    assert reply["choices"][0]["finish_reason"] == "stop"
    return as_answer(turns[-1], reply["choices"][0]["message"]["content"], reply)


def openai_streamed(server, *turns, channel=""):
    """The same in chunks."""
    body = chat_body(turns, channel, stream=True)
    with server.client.stream("POST", "/v1/chat/completions", json=body) as stream:
        *chunks, done = [data for _, data in events(stream)]
    assert done == "[DONE]"
    chunks = [json.loads(chunk) for chunk in chunks]
    content = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
    return as_answer(turns[-1], content, chunks[-1])


def openai_responses(server, *turns, channel=""):
    """The answer by POST /v1/responses."""
    body = chat_body(turns, channel)
    reply = server.post("/v1/responses", {**body, "input": body.pop("messages")}).json()
    return as_answer(turns[-1], reply["output"][0]["content"][0]["text"], reply)


def assistants(server, question):
    """The answer by the tool `ask` of the Model Context Protocol."""

    async def talk():
        async with (
            httpx2.AsyncClient(timeout=PATIENCE) as http,
            Client(streamable_http_client(f"{server.url}/mcp", http_client=http)) as client,
        ):
            result = await client.call_tool("ask", {"question": question})
        return result.structured_content

    return asyncio.run(talk())


TALKS = (rest, rest_streamed, openai, openai_streamed, openai_responses)


def doors(*functions):
    return pytest.mark.parametrize("door", functions, ids=lambda door: door.__name__)


def test_the_questions_are_of_all_kinds(terminal_answers):
    answers = terminal_answers.values()
    assert {answer["status"] for answer in answers} == {"answered", "abstained"}
    assert sum(bool(answer.get("differing")) for answer in answers) >= 2
    anchors = {citation["anchor"]["type"] for answer in answers for citation in answer["citations"]}
    assert {"lines", "time", "faq"} <= anchors
    assert any(citation["url"] for answer in answers for citation in answer["citations"])


@doors(*TALKS, assistants)
def test_it_answers_as_the_terminal_does(server, terminal_answers, door):
    for question, expected in terminal_answers.items():
        assert comparable(door(server, question)) == comparable(expected)


@doors(*TALKS)
@pytest.mark.parametrize("turns", CONVERSATIONS, ids=("en", "zh"))
def test_it_follows_a_conversation_as_the_terminal_does(home, server, kept, turns, door):
    if turns not in kept:
        home("ask", "--format", "json", turns[0])
        *_, kept[turns] = (home("ask", "--format", "json", "-c", turn) for turn in turns[1:])
    expected = kept[turns].json
    assert expected["rewritten"]
    assert comparable(door(server, *turns)) == comparable(expected)


@doors(*TALKS)
def test_a_held_answer_says_so_and_no_more(home, server, terminal_answers, door):
    question = QUESTIONS[0]
    run = home("ask", "--format", "json", "--channel", PIER, question)
    assert run.code == 5
    expected, answer = run.json, door(server, question, channel=PIER)
    message = answer["hold"].pop("message")
    assert answer.pop("answer", message) == message
    assert answer["id"] in message
    assert answer.pop("citations", []) == []
    assert expected["hold"].pop("message") == message.replace(answer["id"], expected["id"])
    assert comparable(answer) == comparable(expected)
    draft = terminal_answers[question]
    assert not any(sentence["text"] in json.dumps(answer) for sentence in draft["sentences"])


@pytest.mark.parametrize("style", PLATFORMS)
def test_it_formats_as_the_terminal_does(home, server, style):
    for question in (QUESTIONS[1], QUESTIONS[5], QUESTIONS[10]):
        shown = home("ask", "--no-log", "--format", style, question).out.rstrip("\n")
        rest = server.post("/v1/ask", {"question": question, "format": style}).json()
        assert "\n\n".join(rest["messages"]).rstrip("\n") == shown
        body = {**chat_body([question]), "model": f"kb-{style}"}
        chat = server.post("/v1/chat/completions", body).json()
        assert chat["choices"][0]["message"]["content"].rstrip("\n") == shown
