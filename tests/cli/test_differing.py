"""Sources that contradict each other: told under the answer, side by side, and only where a rule is sure."""

from __future__ import annotations

import pytest

NOTES = {
    "advisors.md": "# Advisors\n\nAn advisor usually gets 0.5% of the equity, over two years. Meet them every month.\n",
    "handbook.md": "# Handbook\n\nAn advisor usually gets 1% of the equity, over two years. Write it down.\n",
    "rooms.md": "# 会议室\n\n会议室需要提前两天预订，每次最多三小时。\n",
    "rules.md": "# 手册\n\n会议室需要提前五天预订，每次最多三小时。\n",
    "demo.md": "# Demo day\n\nThe demo day takes place on 4 May in the main hall.\n",
    "calendar.md": "# Calendar\n\nThe demo day takes place on 11 May in the main hall.\n",
    "north.md": "# North pier\n\nThe ferry to Northport leaves at 9:00 from the old pier.\n",
    "south.md": "# South pier\n\nThe ferry to Southport leaves at 10:00 from the old pier.\n",
    "fees.md": "# Fees\n\nThe membership fee is 30 euros a month for every founder.\n",
    "prices.md": "# Prices\n\nThe membership fee is thirty euros a month for every founder.\n",
    "team.md": "# Team\n\nThe incubator has about 40 mentors in three cities.\n",
    "about.md": "# About us\n\nThe incubator has 41 mentors in three cities.\n",
}


@pytest.fixture
def notes(kb, kept, tmp_path_factory):
    """A home with notes of which some contradict each other."""
    if "differing" not in kept:
        folder = tmp_path_factory.mktemp("differing")
        for name, text in NOTES.items():
            (folder / name).write_text(text, "utf-8")
        shared = type(kb)(tmp_path_factory.mktemp("differing_home") / "home")
        assert shared("ingest", "-q", folder).code == 0
        kept["differing"] = shared
    return kept["differing"]


@pytest.mark.parametrize(
    ("question", "told", "files"),
    [
        ("how much equity does an advisor get?", {"0.5%", "1%"}, {"advisors.md", "handbook.md"}),
        ("when does the demo day take place?", {"4 May", "11 May"}, {"demo.md", "calendar.md"}),
        ("会议室要提前几天预订？", {"两天", "五天"}, {"rooms.md", "rules.md"}),
    ],
)
def test_both_values_are_told_with_their_sources(notes, question, told, files):
    run = notes("ask", "--no-log", "--format", "json", question)
    assert run.code == 0
    (differing,) = run.json["differing"]
    assert {value["says"] for value in differing["values"]} == told
    cited = {citation["n"]: citation for citation in run.json["citations"]}
    assert {cited[value["n"]]["source"] for value in differing["values"]} == files
    for value in differing["values"]:
        assert value["says"] in cited[value["n"]]["quote"]


@pytest.mark.parametrize("style", ["text", "markdown", "plain", "slack", "discord", "wechat"])
def test_every_format_says_so_in_the_language_of_the_question(notes, style):
    english = notes("ask", "--no-log", "--format", style, "when does the demo day take place?").out
    chinese = notes("ask", "--no-log", "--format", style, "会议室要提前几天预订？").out
    assert "⚠ The sources differ: [1] says " in english
    assert "⚠ 资料说法不一：[1] 为 " in chinese
    for shown, files in ((english, ("demo.md", "calendar.md")), (chinese, ("rooms.md", "rules.md"))):
        assert [name for name in files if name.split(".")[0] not in shown] == []


@pytest.mark.parametrize(
    "question",
    [
        "when does the ferry leave from the old pier?",  # of two places
        "how much is the membership fee a month?",  # the same in words
        "how many mentors does the incubator have?",  # about 40 are 41
    ],
)
def test_what_may_both_be_true_is_no_contradiction(notes, question):
    run = notes("ask", "--no-log", "--format", "json", question)
    assert run.code == 0
    assert "differing" not in run.json


def test_the_exchange_keeps_it(notes):
    given = notes("ask", "--format", "json", "how much equity does an advisor get?").json
    assert "⚠ The sources differ: [1] says " in notes("show", given["id"]).out
