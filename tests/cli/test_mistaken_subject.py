"""A model that gives one plan's price as another's: what is shown as supported is never the wrong
one.
"""

from __future__ import annotations

import pytest
from chat_server import said

PLANS = {
    "basic.md": "# Basic plan\n\nThe basic plan costs 99 dollars a month.\n",
    "premium.md": "# Premium plan\n\nThe premium plan costs 199 dollars a month.\n",
}
ROOMS = {
    "rooms.md": "# Rooms\n\n| room | price |\n|---|---|\n| garden room | 40 euros |\n| attic room | 60 euros |\n"
}
套餐 = {
    "jichu.md": "# 基础套餐\n\n基础套餐每月99元。\n",
    "gaoji.md": "# 高级套餐\n\n高级套餐每月199元。\n",
}
DRAFTS = [
    (
        PLANS,
        "how much does the premium plan cost?",
        "The premium plan costs 99 dollars a month.",
        "199 dollars",
    ),
    (
        PLANS,
        "how much does the basic plan cost?",
        "The basic plan costs 199 dollars a month.",
        "99 dollars",
    ),
    (
        ROOMS,
        "what is the price of the attic room?",
        "The price of the attic room is 40 euros.",
        "60 euros",
    ),
    (套餐, "高级套餐每月多少钱？", "高级套餐每月99元。", "199元"),
]


@pytest.mark.parametrize("mark", ["[1]", "[2]", "[1][2]"])
@pytest.mark.parametrize(("notes", "question", "draft", "right"), DRAFTS)
def test_the_price_of_another_thing_is_never_shown_as_supported(
    kb, server, folder, notes, question, draft, right, mark
):
    for name, text in notes.items():
        (folder / name).write_text(text)
    assert kb("ingest", "-q", folder).code == 0
    server.body = said(f"{draft} {mark}")
    where = {"KB_OPENAI_URL": server.url, "NO_PROXY": "127.0.0.1"}
    given = kb(
        "ask", "--writer", "openai", "--strict", "--format", "json", "--no-log", question, env=where
    )
    assert "nothing that openai" in given.err, "the draft was taken to be right"
    assert given.code == 0
    answer = given.json
    assert answer["writer"] == "extractive"
    assert right in answer["answer"]
    assert draft not in answer["answer"]


def test_beside_a_right_sentence_it_is_marked_with_what_its_own_source_says(kb, server, folder):
    for name, text in PLANS.items():
        (folder / name).write_text(text)
    assert kb("ingest", "-q", folder).code == 0
    server.body = said(
        "The basic plan costs 99 dollars a month [1][2]. The premium plan costs 99 dollars a month [1][2]."
    )
    where = {"KB_OPENAI_URL": server.url, "NO_PROXY": "127.0.0.1"}
    asked = ("ask", "--writer", "openai", "--strict", "--no-log", "how much do the plans cost?")
    given = kb(*asked, "--format", "json", env=where)
    assert given.code == 4
    right, wrong = given.json["sentences"]
    assert right["supported"]
    assert not wrong["supported"]
    assert "99 dollars" in wrong["reason"]
    assert "The premium plan costs 199 dollars a month." in wrong["reason"]
