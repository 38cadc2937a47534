"""What servers do wrong while they answer: each fault ends in an answer, a fallback or one line,
and in the journal.
"""

from __future__ import annotations

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from chat_server import DONE, GOOD, ChatServer, delta, event, said
from chat_server import ended as end

from kb.home import Home
from kb.journal import Journal
from tests.patience import SOON

QUESTION = "when are lanterns lit at dusk by the keeper?"
BEGUN = "Lanterns are lit at dusk [1]."
QUOTED = "Lanterns are lit at dusk by the keeper. [1]"
NOTES = {
    "lanterns.md": "# Lanterns\n\nLanterns are lit at dusk by the keeper.\n",
    "ferries.md": "# Ferries\n\nThe ferry leaves at dawn, when lanterns go out.\n",
    "orchard.md": "# Orchard\n\nThe keeper picks apples at dusk in October.\n",
    "tower.md": "# Tower\n\nThe keeper climbs the tower at dusk with two lanterns.\n",
}
QUICK = {
    "KB_OPENAI_CONNECT_TIMEOUT": "2",
    "KB_OPENAI_TIMEOUT": "4",
    "KB_OPENAI_STALL_TIMEOUT": "0.6",
    "KB_OPENAI_TOTAL_TIMEOUT": "8",
}


@pytest.fixture
def keeper(kb, kept, tmp_path_factory):
    """A home with four notes, shared between tests."""
    if "keeper" not in kept:
        folder = tmp_path_factory.mktemp("keeper")
        for name, text in NOTES.items():
            (folder / name).write_text(text)
        shared = type(kb)(tmp_path_factory.mktemp("faults") / "home")
        assert shared("ingest", "-q", folder).code == 0
        kept["keeper"] = shared
    return kept["keeper"]


@pytest.fixture
def ask(keeper, server):
    """`ask(*options)`: ask the question of these tests, through the server, with little patience."""

    def run(*options, writer="openai", question=QUESTION, env=None, stdin="", server=server):
        where = {
            "KB_OPENAI_URL": server.url,
            "KB_OPENAI_MODEL": "tiny",
            "NO_PROXY": "127.0.0.1",
            **QUICK,
        }
        question = [question] if question else []
        return keeper(
            "ask",
            "--writer",
            writer,
            *options,
            *question,
            env={**where, **(env or {})},
            stdin=stdin,
        )

    return run


def journalled(keeper, question):
    """The exchanges in the journal that are about this question, newest first."""
    exchanges = Journal(Home(keeper.home).journal).exchanges(200)
    return [exchange for exchange in exchanges if exchange.question == question]


def unused_url():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/v1"


def refusal(message):
    return json.dumps({"error": {"message": message}}).encode()


@dataclass(frozen=True)
class Fault:
    """What the server does (`turns`, then `body`), and how it must end: the code, what is told,
    what is shown.
    """

    body: object = None
    status: int = 200
    turns: list = field(default_factory=list)
    code: int = 1
    told: tuple = ()
    shown: str = ""
    journalled: str = "error"
    requests: int = 1
    too_long: bool = False
    env: dict = field(default_factory=dict)


# A limit of tokens by the minute, which passes, as two services word it; and a request that is
# beyond it by itself.
TOKENS_A_MINUTE = (
    "Rate limit reached for tiny in organization org-lantern on tokens per min (TPM): Limit 30000, Used 29000, "
    "Requested 2500. Please try again in 3s.",
    "This request would exceed your organization's rate limit of 50,000 input tokens per minute.",
)
TOO_MANY_FOR_A_MINUTE = (
    "Request too large for tiny on tokens per min (TPM): Limit 10000, Requested 12000."
)
BREAKS_OFF = {"code": 1, "shown": BEGUN, "journalled": "unsupported"}
RECOVERS = {"code": 0, "shown": GOOD, "journalled": "answered", "body": said(GOOD)}
FAULTS = {
    "refused": Fault(env={"KB_OPENAI_URL": "unused"}, told=("can't be reached",), requests=0),
    "401": Fault(refusal("Incorrect API key"), 401, told=("401", "Incorrect API key")),
    "404, no such model": Fault(refusal("The model `x` does not exist"), 404, told=("404", "does not exist")),
    "a redirect": Fault(b"", 307, told=("307",)),
    "429 for good": Fault(refusal("slow down"), 429, told=("429", "slow down"), requests=4),
    "429 and Retry-After": Fault(turns=[(429, b"{}", {"Retry-After": "1"})], requests=2, **RECOVERS),
    "429 for too long": Fault(turns=[(429, refusal("later"), {"Retry-After": "90"})], told=("later",), requests=1),
    "429, tokens a minute": Fault(turns=[(429, refusal(TOKENS_A_MINUTE[0]), {"Retry-After": "1"}), (429, refusal(TOKENS_A_MINUTE[1]), {"Retry-After": "1"})], requests=3, **RECOVERS),
    "429, too many tokens for any minute": Fault(refusal(TOO_MANY_FOR_A_MINUTE), 429, told=("Request too large",), requests=3, too_long=True),
    "500 twice": Fault(turns=[(500, b"<html>\n Internal Server Error"), (502, b"")], requests=3, **RECOVERS),
    "503 once": Fault(turns=[(503, refusal("Loading model"))], requests=2, **RECOVERS),
    "a reset": Fault(turns=[(200, None)], requests=2, **RECOVERS),
    "nothing at all, then cut": Fault(turns=[(200, [delta(role="assistant", content=""), None])], requests=2, **RECOVERS),
    "an error event at once": Fault(turns=[(200, event({"error": {"message": "busy", "code": 503}}))], requests=2, **RECOVERS),
    "too long a context": Fault(refusal("maximum context length is 7 tokens"), 400, told=("maximum context",), requests=3, too_long=True),
    "a stall before the first word": Fault([delta(role="assistant", content=""), 30.0], told=("no first word",)),
    "silence": Fault([30.0, said(GOOD)], told=("no first word within 1 s",), env={"KB_OPENAI_TIMEOUT": "1"}),
    "a stall on the way": Fault([delta(content=BEGUN), 30.0], told=("fell silent for 0.6 s",), **BREAKS_OFF),
    "keep-alives for ever": Fault([delta(content=BEGUN), *[b": wait\n\n", 0.1] * 99], told=("fell silent",), **BREAKS_OFF),
    "a drip": Fault([delta(content=BEGUN), *[delta(content=" la"), 0.1] * 99], told=("did not finish within 2 s",), env={"KB_OPENAI_TOTAL_TIMEOUT": "2"}, **BREAKS_OFF),
    "cut on the way": Fault([delta(content=BEGUN), None], told=("broke",), **BREAKS_OFF),
    "cut after thoughts": Fault([delta(content="It stands in [1], the keeper says.</think>"), None], told=("broke",), requests=4),
    "cut while declining": Fault([delta(content="Hmm, what does [1] say?</think>"), delta(content="NO_ANS"), None], told=("broke",)),
    "no end": Fault(delta(content=BEGUN) + delta(content=" The keeper lights"), told=("before the end",), **BREAKS_OFF),
    "aborted": Fault(delta(content=BEGUN) + end("abort") + DONE, told=("before the end",), **BREAKS_OFF),
    "an end before the first word": Fault(delta(role="assistant", content=""), told=("before the end",)),
    "an error event": Fault(delta(content=BEGUN) + event({"error": "out of memory"}), told=("out of memory",), **BREAKS_OFF),
    "an error named so": Fault(delta(content=BEGUN) + b'event: error\ndata: {"message": "gone"}\n\n', told=("gone",), **BREAKS_OFF),
    "garbage": Fault(b"data: \xff\xfe{{{\n\ndata: [[\n\n:\n\x00\n" * 50 + DONE, told=("empty answer",)),
    "a page": Fault(b"<html><body>Welcome to the harbour Wi-Fi.</body></html>", told=("no answer",)),
    "an empty answer": Fault(said("", " \n"), told=("empty answer",)),
    "thoughts alone": Fault(said("<think>", "Is it [1]?"), told=("empty answer",)),
}  # fmt: skip


def ended(keeper, ask, number, fault):
    """Asks while the server has this fault, and asserts how that ends."""
    question = QUESTION + "?" * number  # a question of its own, of the same words
    server = ChatServer()
    server.status, server.body, server.turns = fault.status, fault.body, list(fault.turns)
    env = {**fault.env, **({"KB_OPENAI_URL": unused_url()} if "KB_OPENAI_URL" in fault.env else {})}
    began = time.monotonic()
    run = ask("--format", "markdown", question=question, env=env, server=server)
    server.close()
    assert time.monotonic() - began < SOON
    assert run.code == fault.code, run.err
    assert "Traceback" not in run.err
    assert run.out.startswith(fault.shown)
    assert ("Sources" in run.out) == bool(fault.shown)
    assert len(server.prompts) == fault.requests
    line, *hint = [line for line in run.err.splitlines() if "has no room" not in line] or [""]
    assert ("has no room" in run.err) == fault.too_long
    assert line.startswith("kb: ") == bool(fault.told)
    assert all(word in line for word in fault.told), line
    assert len(hint) <= 1
    assert all(line.startswith("  hint: ") for line in hint)
    (exchange,) = journalled(keeper, question)
    assert exchange.status == fault.journalled
    assert exchange.payload["retrieved"]
    assert all(word in exchange.payload["error"] for word in fault.told)


def test_each_fault_ends_as_it_should(keeper, ask):
    problems = {}

    def attempt(number, name):
        try:
            ended(keeper, ask, number, FAULTS[name])
        except Exception as error:
            problems[name] = error

    with ThreadPoolExecutor(4) as pool:  # most of the time is waiting
        list(pool.map(attempt, *zip(*enumerate(FAULTS), strict=True)))
    assert problems == {}


def test_auto_quotes_the_sources_instead(keeper, ask, server):
    """Where nothing was said yet; a batch goes on, and tells each trouble once."""
    server.turns = [
        (401, refusal("Incorrect API key")),
        (400, refusal("not this one")),
        (200, said("")),
        (200, [delta(content="Lant"), None]),
        (200, b"data: junk\n\n"),
        (200, [30.0]),
    ]
    count = (
        len(server.turns) + 1
    )  # the last one finds the server silent, and left alone for a while
    run = ask(
        "--stdin",
        "--jsonl",
        writer="auto",
        question=None,
        stdin=f"{QUESTION}\n" * count,
        env={"KB_OPENAI_TIMEOUT": "1"},
    )
    assert run.code == 0
    assert [(line["writer"], line["answer"], line["status"]) for line in run.lines] == [
        ("extractive", QUOTED, "answered")
    ] * count
    picked, *notices = run.err.splitlines()
    assert "tiny" in picked
    assert all(notice.endswith("; quoting the sources instead") for notice in notices)
    assert [
        word for word in ("401", "400", "empty", "broke", "first word") if word not in run.err
    ] == []


def test_an_answer_cut_by_the_server_is_told(ask, server):
    """At its limit of tokens, say; with [DONE] or without."""
    for body in (
        delta(content=GOOD) + end("length"),
        said(GOOD).replace(DONE, end("length") + DONE),
    ):
        server.body = body
        run = ask("--format", "json")
        assert (run.code, run.json["answer"]) == (0, GOOD)
        assert (
            run.err
            == "kb: the model's server cut the answer at its limit of tokens, so it may not be whole\n"
        )


def test_auto_keeps_what_was_said(ask, server):
    server.body = [delta(content=BEGUN), None]
    run = ask("--format", "json", writer="auto")
    assert run.code == 1
    assert (run.json["status"], run.json["answer"], run.json["writer"]) == (
        "unsupported",
        BEGUN,
        "openai:tiny",
    )
    assert "broke" in run.json["error"]
    assert run.json["citations"][0]["source"] == "lanterns.md"


def test_a_failed_question_can_be_looked_up(keeper, ask, server):
    server.status, server.body = 401, refusal("Incorrect API key")
    question = "lanterns are lit at dusk by the keeper?"
    assert ask(question=question).code == 1
    listed = keeper("log", "list", "--json").lines[0]
    assert (listed["question"], listed["status"], listed["answer"]) == (question, "error", "")
    shown = keeper("show", listed["id"]).out
    assert "Incorrect API key" in shown
    assert "lanterns.md" in shown


def test_an_interrupted_question_is_journalled(keeper, server):
    server.body = [
        delta(content=f"{BEGUN} The keeper lights"),
        30.0,
    ]  # a sentence is shown when the next begins
    question = "are lanterns lit at dusk by the keeper?"
    env = {"KB_OPENAI_URL": server.url, "KB_OPENAI_MODEL": "tiny", "NO_PROXY": "127.0.0.1"}
    process = keeper.start("ask", "--writer", "openai", question, env=env)
    assert process.stdout.read(8) == b"Lanterns"
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=SOON) == 130
    (exchange,) = journalled(keeper, question)
    assert exchange.status == "error"


def test_fewer_passages_where_the_context_is_too_small(ask, server):
    """What fits is remembered for the rest of the batch, and told once."""
    server.turns = [(400, refusal("This model's maximum context length is 4096 tokens."))]
    server.body = said(GOOD)
    run = ask("--stdin", "--jsonl", question=None, stdin=f"{QUESTION}\n" * 2)
    assert (run.code, [line["answer"] for line in run.lines]) == (0, [GOOD, GOOD])
    assert [prompt[1]["content"].count("<source-") for prompt in server.prompts] == [4, 2, 2]
    assert run.err == "kb: the model has no room for 4 passages, so it is given 2\n"


def test_an_answer_of_10_mb_is_cut_off(ask, server):
    sentence = f"{BEGUN} "
    for body in (said(sentence * 350_000), [*[delta(content=sentence * 300)] * 1200, DONE]):
        server.body = body
        run = ask("--format", "json")
        assert run.code == 0
        assert "cut off" in run.err
        assert 10_000 < len(run.json["answer"]) <= 20_000
    server.body = [b"data: ", *[b"x" * 1_000_000] * 20]
    run = ask("--format", "json")
    assert (run.code, run.out) == (1, "")
    assert "without end" in run.err
