"""Personal data in what audiences are shown: covered for all but those that the owner names."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Cli

DATA = {
    "phone": "+1 415 555 2671",
    "mobile": "13812345678",
    "email": "ada@lanternfish.example",
    "card": "4111 1111 1111 1111",
}
NOTES = f"""---
contact: {DATA["email"]}
---
# Lanternfish club, call {DATA["phone"]}

The treasurer of the Lanternfish club is Ada Example, phone {DATA["phone"]}, who answers on Mondays.

## Dues by {DATA["email"]}

Dues of the club are paid by card {DATA["card"]} before the tenth of each month.

社团秘书的手机是 {DATA["mobile"]}，周三可以打电话。
"""
MEMBERS = f"""member,contact,joined
Ada Example,{DATA["email"]},2021
Bo Sample,{DATA["mobile"]},2022
"""
ASKED = (
    "Who is the treasurer of the Lanternfish club?",
    "How are the dues of the club paid?",
    "社团秘书的手机是多少？",
    "Which members joined in 2022?",
    "List all members and their contact",
)
COMMANDS = (
    *(("ask", question) for question in ASKED),
    *(("ask", "--format", "json", question) for question in ASKED),
    *(("search", question) for question in ASKED),
    *(("search", "--json", question) for question in ASKED),
    ("faq", "list"),
    ("faq", "list", "--json"),
    ("log", "list"),
    ("log", "list", "--json"),
    ("sources",),
    ("sources", "--json"),
)
SETTING = '[privacy]\nanswers = ["phone", "email", "card"]\nunmasked = "staff"\n'
RULES = '[audience]\ndefault = ["public", "staff"]\n'


def bare(text):
    """A text as data are compared: digits and letters alone."""
    return re.sub(r"[\W_]+", "", text.casefold())


def shown(text):
    """The kinds of data that a text gives away."""
    return {kind for kind, datum in DATA.items() if bare(datum) in bare(text)}


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    root = tmp_path_factory.mktemp("covered")
    kb, notes = Cli(root / "home"), root / "notes"
    notes.mkdir()
    (notes / "club.md").write_text(NOTES)
    (notes / "members.csv").write_text(MEMBERS)
    kb("ingest", notes)
    question, answer = f"Is {DATA['email']} the treasurer?", f"Yes, call {DATA['phone']}."
    kb("faq", "add", "--question", question, "--answer", answer)
    (kb.home / "kb.toml").write_text(SETTING + RULES)
    return kb


def test_a_passage_is_shown_covered_to_an_audience_and_as_it_is_to_the_named_one(club):
    ids = sorted(set(re.findall(r"p_[0-9a-f]+", club("search", "Lanternfish member dues").out)))
    seen = {
        who: "".join(club("show", name, *who).out for name in ids)
        for who in (("--audience", "public"), ("--audience", "staff"), ())
    }
    public, staff, owner = seen.values()
    assert not shown(public)
    assert "treasurer" in public
    assert shown(staff) == shown(owner) == set(DATA)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_shows_data_to_an_audience(club, command):
    run = club(*command, "--audience", "public")
    assert not shown(run.out + run.err)


def test_answers_still_cite_what_stands_around_the_data(club):
    answer = club("ask", ASKED[1], "--audience", "public").out
    assert re.search("Dues of the club .*•.* before the tenth", answer)
    assert DATA["card"] in club("ask", ASKED[1]).out


@pytest.mark.parametrize("part", ["2671", "13812345678", "4111 1111"])
def test_no_part_of_a_datum_finds_what_has_it(club, part):
    assert "•" not in club("search", part, "--audience", "public").out
    assert part in club("search", part).out
