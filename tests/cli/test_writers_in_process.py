"""Writers of the user's own on the command line: language models of llama-index by path,
transformers in batches.
"""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from kb.backends import open_writer
from kb.settings import Settings
from tests.patience import PATIENCE, SOON


@pytest.fixture
def shelf(kb, kept, tmp_path_factory):
    """`kb` with two notes, shared between tests."""
    if "shelf" not in kept:
        root = tmp_path_factory.mktemp("shelf")
        (root / "sources").mkdir()
        (root / "sources" / "lanterns.md").write_text(
            "# Lanterns\n\nThe lanterns are lit at dusk by the keeper.\n"
        )
        (root / "sources" / "ferries.md").write_text(
            "# Ferries\n\nThe ferry has to leave the harbour at dawn.\n"
        )
        kept["shelf"] = type(kb)(root / "home")
        assert kept["shelf"]("ingest", "-q", root / "sources").code == 0
    return kept["shelf"]


@pytest.fixture
def ask(shelf):
    """`ask(class, options, ...)` with a class of llama-index."""
    path = os.pathsep.join([shelf.environment()["PYTHONPATH"], str(Path(__file__).parents[1])])

    def run(
        name, options=None, *arguments, question="When are the lanterns lit?", env=None, **given
    ):
        named = {
            "KB_LLAMA_INDEX_CLASS": name,
            "KB_LLAMA_INDEX_OPTIONS": json.dumps(options or {}),
            "PYTHONPATH": path,
        }
        asked = [] if question is None else [question]
        return shelf("ask", "--no-log", *arguments, *asked, env={**named, **(env or {})}, **given)

    return run


def test_a_class_of_llama_index(ask):
    run = ask("scripted_llms:Scripted", None, "--format", "json", "--writer", "llama_index")
    assert run.code == 0, run.err
    assert run.json["answer"] == "The lanterns are lit at dusk [1]."
    assert run.json["writer"] == "llama_index:Scripted"
    assert run.json["citations"][0]["quote"] == "The lanterns are lit at dusk by the keeper."
    assert "thinking aloud" in run.err


def test_what_goes_wrong_is_one_line(ask):
    run = ask("nobodys_models:Scripted", None, "--writer", "llama_index")
    assert run.code == 1
    assert "no module nobodys_models" in run.err
    assert "Traceback" not in run.err


def test_auto_quotes_the_sources_when_it_fails(ask):
    run = ask("scripted_llms:Scripted", {"fails": "the model fell over"}, "--format", "json")
    assert run.code == 0
    assert run.json["writer"] == "extractive"
    assert "the model fell over" in run.err


def test_options_may_be_a_table_and_are_not_shown(kb):
    kb.home.mkdir(mode=0o700)
    (kb.home / "kb.toml").write_text(
        'llama_index_class = "a:B"\n[llama_index_options]\napi_key = "quite secret"\n'
    )
    shown = kb("config", "show").out
    assert "a:B" in shown
    assert "quite secret" not in shown


# --- transformers ---------------------------------------------------------------------------------


@pytest.fixture
def model(kept, tmp_path_factory):
    """The folder of a tiny model that knows when lanterns are lit and ferries leave."""
    pytest.importorskip("torch", reason="the extra gpu is not installed")
    pytest.importorskip("transformers", reason="the extra gpu is not installed")
    if "model" not in kept:
        from scripted_model import script_model

        scripts = {
            "lit?": "The lanterns are lit at dusk [1].",
            "leave?": "Every ferry leaves by dawn [1].",
            "早?": "早上 [1]。",
            "round?": " ".join(["Moons", *(f"wax{n}" for n in range(30))]),
        }
        kept["model"] = script_model(
            tmp_path_factory.mktemp("model") / "tiny-chat", scripts, window=1500
        )
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
    began = time.monotonic()
    run = ask(
        "",
        None,
        "--stdin",
        "--jsonl",
        question=None,
        stdin="\n".join(lines),
        env={"KB_TRANSFORMERS_MODEL": model},
    )
    took = time.monotonic() - began
    assert [answer["line_id"] for answer in run.lines] == ["1", "2", "b", "4", "5", "6", "7"]
    statuses = [answer["status"] for answer in run.lines]
    assert statuses == [
        "answered",
        "error",
        "answered",
        "error",
        statuses[4],
        "abstained",
        "answered",
    ]
    assert run.lines[2]["answer"] == "Every ferry leaves by dawn [1]."
    assert run.code == 1
    assert (
        0 < sum(answer.get("seconds", 0) for answer in run.lines) < took
    )  # side by side: each has its share


def test_an_answer_cut_at_the_limit_of_tokens_is_told(ask, model):
    env = {"KB_TRANSFORMERS_MODEL": model, "KB_TRANSFORMERS_TOKENS": "16"}
    told = "kb: transformers:tiny-chat stopped at its limit of 16 tokens, so an answer may not be whole"
    run = ask(
        "",
        None,
        "--format",
        "json",
        "--writer",
        "transformers",
        question="Are lanterns at dusk round?",
        env=env,
    )
    assert told in run.err
    whole = ask("", None, "--format", "json", "--writer", "transformers", env=env)
    assert (whole.code, whole.err) == (0, "")
    lines = "When are the lanterns lit?\nAre lanterns at dusk round?\n"
    batch = ask(
        "",
        None,
        "--stdin",
        "--jsonl",
        "--writer",
        "transformers",
        question=None,
        stdin=lines,
        env=env,
    )
    assert told in batch.err


def test_who_asks_line_by_line_gets_each_answer_at_once(shelf, model):
    env = shelf.environment({"KB_TRANSFORMERS_MODEL": model})
    asking = subprocess.Popen(
        shelf.argv("ask", "--stdin", "--jsonl"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=env,
    )
    for asked in ("When are the lanterns lit?", "When does the ferry leave?"):
        asking.stdin.write(f"{asked}\n".encode())
        asking.stdin.flush()
        assert json.loads(asking.stdout.readline())["question"] == asked
    asking.send_signal(2)  # while it waits for a line
    began = time.monotonic()
    out, _ = asking.communicate(timeout=PATIENCE)
    assert asking.returncode == 130
    assert out == b""
    assert time.monotonic() - began < SOON


def test_auto_takes_what_is_configured():
    assert open_writer(Settings()).name == "extractive"
    assert open_writer(Settings(llama_index_class="a:B")).name == "llama_index:B"
    assert (
        open_writer(Settings(llama_index_class="a:B", transformers_model="m")).name
        == "transformers:m"
    )
