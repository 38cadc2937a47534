"""Reading NoMIRACL's prompts, and counting refusals as its authors' models made them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.bench.abstention import Refusals, at_wrong, cases, refusals_of

PROMPT = """I will give you a question and several contexts.

QUESTION:
When does the tide clock stop?

CONTEXTS:
[1] Tide clock: It stops at noon: every day.
It has [2] hands.

[2] Sundial: It needs the sun.

OUTPUT:
"""


@pytest.fixture
def folder(tmp_path):
    for kind, replies in (
        ("relevant", ("Yes, answer is present.", "I don't know.")),
        ("non_relevant", ("I don’t know, as none says it.", "At noon.")),
    ):
        rows = [{"prompt": PROMPT, "results": {"parrot": reply}} for reply in replies]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"en.{kind}.jsonl").write_text(text, encoding="utf-8")
    return tmp_path


def test_a_prompt_is_a_question_and_its_passages(folder):
    case = cases(folder, "en")[0]
    assert case.question == "When does the tide clock stop?"
    assert case.passages == (
        ("Tide clock", "It stops at noon: every day.\nIt has [2] hands."),
        ("Sundial", "It needs the sun."),
    )


def test_a_reply_is_a_refusal_when_it_does_not_know(folder):
    assert refusals_of(cases(folder, "en"), "parrot") == Refusals(wrong=0.5, right=0.5)


def test_kb_is_compared_where_it_refuses_as_many_wrongly():
    there, none = np.array([0.1, 0.5, 0.6, 0.9]), np.array([0.05, 0.3, 0.45, 0.7])
    assert at_wrong(Refusals(0.0, 1.0), there, none) == 0.25
    assert at_wrong(Refusals(0.25, 1.0), there, none) == 0.75
    assert at_wrong(Refusals(1.0, 1.0), there, none) == 1.0
