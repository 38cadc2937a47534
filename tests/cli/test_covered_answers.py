"""Personal data in what audiences are shown: covered for all but those that the owner names."""

from __future__ import annotations

import re
import shutil
from types import SimpleNamespace

import pytest
from serving import serving

from kb.errors import ABSTAINED, FAILED, OK
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
    ("sources", "list"),
    ("sources", "list", "--json"),
)
SETTING = '[privacy]\nanswers = ["phone", "email", "card"]\nunmasked = "staff"\n'
AUDIENCES = {
    "public": ("--audience", "public"),
    "staff": ("--audience", "public", "--audience", "staff"),
}
REFUSAL = "personal data are covered here, and their marks must not be stored"
RULES = '[audience]\ndefault = ["public", "staff"]\n'


def rows(exported):
    """The rows of a journal's export, without its first and last line, which tell its time."""
    return exported.splitlines()[1:-1]


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
    assert run.code in (OK, ABSTAINED)
    assert run.out.strip() or command[:2] == ("log", "list")  # nothing that it asked is there yet
    assert not shown(run.out + run.err)


def test_answers_still_cite_what_stands_around_the_data(club):
    answer = club("ask", ASKED[1], "--audience", "public").out
    assert re.search("Dues of the club .*•.* before the tenth", answer)
    assert DATA["card"] in club("ask", ASKED[1]).out


@pytest.mark.parametrize("part", ["2671", "13812345678", "4111 1111"])
def test_no_part_of_a_datum_finds_what_has_it(club, part):
    run = club("search", part, "--audience", "public")
    assert run.code in (OK, ABSTAINED)
    assert "•" not in run.out
    assert part in club("search", part).out


@pytest.mark.parametrize(
    "command",
    [
        ("faq", "export"),
        ("journal", "export"),
        ("digest", "club.md", "--faq"),
        ("match", "a treasurer", "--for", "Bo Sample", "--introduce", "Ada Example"),
    ],
    ids=" ".join,
)
def test_nothing_that_would_be_stored_is_made_for_an_audience(club, command):
    refused = club(*command, "--audience", "public")
    assert refused.code == FAILED
    assert refused.out == ""
    assert REFUSAL in refused.err
    assert REFUSAL not in club(*command, "--audience", "staff").err
    assert REFUSAL not in club(*command).err


def test_without_the_setting_an_audience_exports_what_is_stored(club, tmp_path):
    plain = Cli(shutil.copytree(club.home, tmp_path / "home"))
    (plain.home / "kb.toml").write_text(RULES)
    run = plain("faq", "export", "--audience", "public")
    assert run.code == OK
    assert shown(run.out) == {"email", "phone"}


def test_what_was_answered_covered_becomes_no_entry_with_marks(club):
    asked = club("ask", "--format", "json", ASKED[1], "--audience", "public").json
    assert "•" in asked["answer"]
    refused = club("feedback", "resolve", asked["id"], "--as", "promote")
    assert refused.code == FAILED
    assert "marks must not be stored" in refused.err
    reworded = "Dues are paid by card before the tenth."
    again = club("feedback", "resolve", asked["id"], "--as", "promote", "--answer", reworded)
    assert again.code == FAILED  # the lines that it cites are kept with an entry
    uncovered = club("ask", "--format", "json", ASKED[1]).json["id"]
    assert club("feedback", "resolve", uncovered, "--as", "promote").code == OK
    assert "••" not in club("faq", "export").out


@pytest.fixture(scope="module")
def served(club, tmp_path_factory):
    """A server over a copy of the club's home: `asks(token, path, body)` gives a reply."""
    kb = Cli(shutil.copytree(club.home, tmp_path_factory.mktemp("served") / "home"))
    rights = "ask,search,feedback,review"
    tokens = {
        name: kb("token", "add", name, "--can", rights, *audiences).out.strip()
        for name, audiences in AUDIENCES.items()
    }
    with serving(kb, env={"KB_SERVER_RATE": "0"}) as server:

        def asks(token, path, body=None, form=None):
            return server.client.request(
                "GET" if body is None and form is None else "POST", path, json=body, data=form,
                headers={"Authorization": f"Bearer {tokens[token]}", "Origin": server.url},
            )  # fmt: skip

        yield SimpleNamespace(kb=kb, asks=asks)


def test_no_door_of_a_server_shows_data_to_a_token_of_an_audience(served):
    question = {"question": ASKED[0]}
    found = served.asks("public", "/v1/search", question).json()["hits"]
    passages = [hit["passage"] for hit in found]
    seen = {}
    for token in ("public", "staff"):
        replies = [
            served.asks(token, "/v1/ask", question),
            served.asks(token, "/v1/search", question),
            served.asks(token, "/v1/faq"),
            *(served.asks(token, f"/v1/passages/{name}") for name in passages),
            *(served.asks(token, f"/p/{name}") for name in passages),
            served.asks(token, "/faq"),
            served.asks(token, "/sources"),
        ]
        assert {reply.status_code for reply in replies} == {200}
        seen[token] = [shown(reply.text) for reply in replies]
    assert passages
    assert not any(seen["public"])
    assert all(seen["staff"][:3])


def test_a_reviewer_from_whom_data_are_kept_decides_nothing(served):
    name = served.asks("public", "/v1/ask", {"question": ASKED[1]}).json()["id"]
    before = served.kb("journal", "export").out
    forms = {
        f"/review/{name}/decide": {"seen": "0", "kind": "fine"},
        f"/review/{name}/promote": {
            "seen": "0", "question": ASKED[1], "answer": "By card, each month.",
        },
    }  # fmt: skip
    for path, form in forms.items():
        reply = served.asks("public", path, form=form)
        assert reply.status_code == 422, path
        assert "marks must not be stored" in reply.text
    assert rows(served.kb("journal", "export").out) == rows(before)
    kept = served.asks("staff", (path := f"/review/{name}/promote"), form=forms[path])
    assert kept.status_code == 303
    assert "••" not in served.kb("faq", "export").out
    assert len(rows(served.kb("journal", "export").out)) > len(rows(before))


def test_a_held_answer_is_let_out_only_by_one_who_sees_it(served):
    (served.kb.home / "community.toml").write_text('[channel.lobby]\nhold = "always"\n')
    body = {"question": ASKED[1], "channel": "lobby"}
    asked = served.asks("public", "/v1/ask", body).json()
    assert asked["status"] == "held"
    form = {"seen": "0", "text": "By card, each month.", "anyway": "true"}
    for action in ("approve", "edit", "decline"):
        reply = served.asks("public", f"/held/{asked['id']}/{action}", form=form)
        assert reply.status_code == 422, action
        assert REFUSAL in reply.text
    waiting = served.kb("review", "list", "--json").out
    assert asked["id"] in waiting
    approved = served.asks("staff", f"/held/{asked['id']}/approve", form=form)
    assert approved.status_code in (200, 303)
    assert asked["id"] not in served.kb("review", "list", "--json").out
