"""Connectors: real readers of llama-index-core as sources."""

from __future__ import annotations

import json

import pytest

FOLDER = "llamahub:llama_index.core:SimpleDirectoryReader"
STRINGS = "llamahub:llama_index.core.readers:StringIterableReader"


@pytest.fixture
def kb(kb):
    """`kb` in forks of a process that has llama-index, which takes seconds to import."""
    return type(kb)(kb.home, libraries=("llama_index.core.readers",))


@pytest.fixture
def notes(folder):
    """Two files for a connector to find."""
    (folder / "pier.md").write_text("# Pier\n\nThe pier is made of oak.\n")
    (folder / "quay.txt").write_text("The quay is made of stone.\n")
    return folder


def ingest(kb, connector, **arguments):
    given = [
        f"{key}={value if isinstance(value, str) else json.dumps(value)}"
        for key, value in arguments.items()
    ]
    return kb("ingest", "--json", connector, *(part for each in given for part in ("--arg", each)))


def counts(run):
    assert (run.code, run.err) == (0, "")
    return tuple(run.json[name] for name in ("added", "updated", "unchanged", "removed"))


def test_what_a_connector_gives_is_found_and_cited(kb, notes):
    assert counts(ingest(kb, FOLDER, input_dir=str(notes))) == (2, 0, 0, 0)
    (citation,) = kb("ask", "--format", "json", "--no-log", "what is the pier made of?").json[
        "citations"
    ]
    assert citation["source"].endswith("/pier.md")
    assert citation["quote"] == "The pier is made of oak."
    assert citation["anchor"]["label"] == "L3"
    assert kb("search", "--json", "quay", "--where", "file_name=quay.txt").json["hits"][0]["meta"][
        "file_type"
    ]


def test_only_what_changed_is_stored_again(kb, notes):
    ingest(kb, FOLDER, input_dir=str(notes))
    assert counts(ingest(kb, FOLDER, input_dir=str(notes))) == (0, 0, 2, 0)
    (notes / "quay.txt").write_text("The quay is made of slate.\n")
    assert counts(ingest(kb, FOLDER, input_dir=str(notes))) == (0, 1, 1, 0)
    (notes / "pier.md").unlink()
    assert counts(ingest(kb, FOLDER, input_dir=str(notes))) == (0, 0, 1, 1)


def test_a_connector_and_folders_leave_each_others_sources_alone(kb, notes):
    assert counts(ingest(kb, FOLDER, input_dir=str(notes))) == (2, 0, 0, 0)
    assert counts(ingest(kb, STRINGS, texts=["The lighthouse is white.", "灯塔是白色的。"])) == (
        2,
        0,
        0,
        0,
    )
    assert counts(kb("ingest", "--json", notes)) == (2, 0, 0, 0)
    assert counts(ingest(kb, STRINGS, texts=["灯塔是白色的。"])) == (
        1,
        0,
        0,
        0,
    )  # other arguments, other sources
    assert kb("stats", "--json").json["documents"] == 7


@pytest.mark.parametrize(
    ("name", "options", "code", "said"),
    [
        ("llamahub:nowhere_at_all:Reader", [], 1, "pip install llama-index-readers-nowhere-at-all"),
        ("llamahub:llama_index.core:NoSuchReader", [], 1, "llama_index.core has no NoSuchReader"),
        (FOLDER, [], 1, "SimpleDirectoryReader failed: ValueError"),
        (FOLDER, ["--arg", "input_dir=/no/such/folder"], 1, "SimpleDirectoryReader failed"),
        (FOLDER, ["--arg", "input_dir"], 2, "--arg takes KEY=VALUE"),
        ("llamahub:notion", [], 2, "not llamahub:MODULE:CLASS"),
    ],
)
def test_what_goes_wrong_is_told_in_a_line_and_nothing_is_lost(
    kb, notes, name, options, code, said
):
    kb("ingest", notes)
    run = kb("ingest", name, *options)
    assert run.code == code
    assert said in run.err
    assert len(run.err.strip().splitlines()) <= 2
    assert kb("stats", "--json").json["documents"] == 2


def test_arguments_without_a_connector_are_a_usage_error(kb, notes):
    assert kb("ingest", notes, "--arg", "k=v").code == 2
