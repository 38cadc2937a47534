"""Writers of the user's own on the command line: language models of llama-index by path, transformers in batches."""

from __future__ import annotations

import json
import os
import subprocess
import time

import pytest

from kb.settings import Settings
from kb.writers import open_writer

SAID = '''
"""A language model of somebody's own, which says what it is told to."""

from typing import Any

from llama_index.core.llms import ChatMessage, ChatResponse, CompletionResponse, CustomLLM, LLMMetadata
from llama_index.core.llms.callbacks import llm_completion_callback


class Scripted(CustomLLM):
    answer: str = "The lanterns are lit at dusk [1]."
    fails: str = ""
    model: str = "dusk-1"

    @property
    def metadata(self):
        return LLMMetadata(model_name=self.model)

    @llm_completion_callback()
    def complete(self, prompt, formatted=False, **kwargs):
        print("thinking aloud")
        if self.fails:
            raise RuntimeError(self.fails)
        said = "asked: " + prompt if self.answer == "(prompt)" else self.answer
        return CompletionResponse(text=said)

    @llm_completion_callback()
    def stream_complete(self, prompt, formatted=False, **kwargs):
        whole = ""
        for letter in self.complete(prompt).text:
            whole += letter
            yield CompletionResponse(text=whole, delta=letter)
            if self.fails == "later":
                raise RuntimeError("fell over")


class Unstreamed(Scripted):
    def stream_complete(self, prompt, formatted=False, **kwargs):
        raise NotImplementedError


class Whole(Scripted):
    """Streams what it has said so far, again and again, and no deltas."""

    def stream_complete(self, prompt, formatted=False, **kwargs):
        said = self.complete(prompt).text
        for end in range(1, len(said) + 1):
            yield CompletionResponse(text=said[:end])


class Picky(Scripted):
    def __init__(self, **given):
        raise ValueError("no key\\nwas given")


class NoModel:
    pass
'''


@pytest.fixture
def shelf(kb, kept, tmp_path_factory):
    """`kb` with two notes, and the models beside it, shared between tests."""
    if "shelf" not in kept:
        root = tmp_path_factory.mktemp("shelf")
        (root / "sources").mkdir()
        (root / "sources" / "lanterns.md").write_text("# Lanterns\n\nThe lanterns are lit at dusk by the keeper.\n")
        (root / "sources" / "ferries.md").write_text("# Ferries\n\nThe ferry has to leave the harbour at dawn.\n")
        (root / "somebodys_models.py").write_text(SAID)
        kept["shelf"] = type(kb)(root / "home")
        assert kept["shelf"]("ingest", "-q", root / "sources").code == 0
    return kept["shelf"]


@pytest.fixture
def ask(shelf):
    """`ask(class, options, ...)` with a class of llama-index."""
    path = os.pathsep.join([shelf.environment()["PYTHONPATH"], str(shelf.home.parent)])

    def run(name, options=None, *arguments, question="When are the lanterns lit?", env=None, **given):
        named = {"KB_LLAMA_INDEX_CLASS": name, "KB_LLAMA_INDEX_OPTIONS": json.dumps(options or {}), "PYTHONPATH": path}
        asked = [] if question is None else [question]
        return shelf("ask", "--no-log", *arguments, *asked, env={**named, **(env or {})}, **given)

    return run


@pytest.mark.parametrize("name", ["Scripted", "Unstreamed", "Whole"])
def test_a_class_of_llama_index(ask, name):
    run = ask(f"somebodys_models:{name}", None, "--format", "json", "--writer", "llama_index")
    assert run.code == 0, run.err
    assert run.json["answer"] == "The lanterns are lit at dusk [1]."
    assert run.json["writer"] == f"llama_index:{name}"
    assert run.json["citations"][0]["quote"] == "The lanterns are lit at dusk by the keeper."


def test_its_options_and_what_it_is_asked(ask):
    options = {"model": "dusk-2", "answer": "<think>Hm.</think>At dusk, they are lit [1]."}
    run = ask("somebodys_models:Scripted", options, "--format", "json")
    assert run.json["writer"] == "llama_index:dusk-2"
    assert run.json["answer"] == "At dusk, they are lit [1]."
    shown = ask("somebodys_models:Scripted", {"answer": "(prompt)"}, "--format", "json").json["answer"]
    assert "lit at dusk by the keeper" in shown
    assert "Question: When are the lanterns lit?" in shown


@pytest.mark.parametrize(
    ("name", "options", "told"),
    [
        ("somebodys_models", {}, "MODULE:CLASS"),
        ("nobodys_models:Scripted", {}, "no module nobodys_models"),
        ("somebodys_models:Missing", {}, "has no Missing"),
        ("somebodys_models:NoModel", {}, "no LLM class"),
        ("somebodys_models:Picky", {}, "no key was given"),
        ("somebodys_models:Scripted", {"fails": "the model fell over"}, "the model fell over"),
        ("somebodys_models:Scripted", {"answer": " "}, "empty answer"),
        ("somebodys_models:Scripted", [1], "not a table"),
    ],
)
def test_what_goes_wrong_is_one_line(ask, name, options, told):
    run = ask(name, options, "--writer", "llama_index")
    assert run.code == 1
    assert told in run.err
    assert "Traceback" not in run.err
    assert "thinking" not in run.out


def test_auto_quotes_the_sources_when_it_fails(ask):
    run = ask("somebodys_models:Scripted", {"fails": "the model fell over"}, "--format", "json")
    assert run.code == 0
    assert run.json["writer"] == "extractive"
    assert "the model fell over" in run.err


def test_options_may_be_a_table_and_are_not_shown(kb):
    kb.home.mkdir()
    (kb.home / "kb.toml").write_text('llama_index_class = "a:B"\n[llama_index_options]\napi_key = "quite secret"\n')
    shown = kb("config", "show").out
    assert "a:B" in shown
    assert "quite secret" not in shown


# --- transformers -------------------------------------------------------------------------------------------------


@pytest.fixture
def model(kept, tmp_path_factory):
    """The folder of a tiny model that knows when lanterns are lit and ferries leave."""
    pytest.importorskip("torch", reason="the extra gpu is not installed")
    pytest.importorskip("transformers", reason="the extra gpu is not installed")
    if "model" not in kept:
        from scripted_model import script_model

        scripts = {"lit?": "The lanterns are lit at dusk [1].", "leave?": "Every ferry leaves by dawn [1].", "早?": "早上 [1]。"}
        kept["model"] = script_model(tmp_path_factory.mktemp("model") / "tiny-chat", scripts, window=1500)
    return str(kept["model"])


def test_transformers_writes_and_streams(ask, model):
    run = ask("", None, "--format", "json", env={"KB_TRANSFORMERS_MODEL": model})
    assert run.code == 0, run.err
    assert run.json["answer"] == "The lanterns are lit at dusk [1]."
    assert run.json["writer"] == "transformers:tiny-chat"


def test_a_batch_is_answered_in_order_and_one_bad_line_hurts_no_other(ask, model):
    lines = ["When are the lanterns lit?", "", '{"id": "b", "question": "When does the ferry leave?"}', "{oops",
             "How do penguins mate? " + "word " * 700, '{"question": "When are lanterns lit?", "where": {"kind": "faq"}}',
             "When are lanterns at dusk lit?"]  # fmt: skip
    run = ask(
        "", None, "--stdin", "--jsonl", question=None, stdin="\n".join(lines), env={"KB_TRANSFORMERS_MODEL": model}
    )
    assert [answer["line_id"] for answer in run.lines] == ["1", "2", "b", "4", "5", "6", "7"]
    statuses = [answer["status"] for answer in run.lines]
    assert statuses == ["answered", "error", "answered", "error", statuses[4], "abstained", "answered"]
    assert run.lines[2]["answer"] == "Every ferry leaves by dawn [1]."
    assert run.code == 1


def test_who_asks_line_by_line_gets_each_answer_at_once(shelf, model):
    env = shelf.environment({"KB_TRANSFORMERS_MODEL": model})
    asking = subprocess.Popen(shelf.argv("ask", "--stdin", "--jsonl"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    for asked in ("When are the lanterns lit?", "When does the ferry leave?"):
        asking.stdin.write(f"{asked}\n".encode())
        asking.stdin.flush()
        assert json.loads(asking.stdout.readline())["question"] == asked
    asking.send_signal(2)  # while it waits for a line
    began = time.monotonic()
    out, _ = asking.communicate(timeout=20)
    assert asking.returncode == 130
    assert out == b""
    assert time.monotonic() - began < 15


def test_auto_takes_what_is_configured():
    assert open_writer(Settings()).name == "extractive"
    assert open_writer(Settings(llama_index_class="a:B")).name == "llama_index:B"
    assert open_writer(Settings(llama_index_class="a:B", transformers_model="m")).name == "transformers:m"
