"""`kb people` and `kb match`: who is shown to whom, why somebody fits, and what is never shown."""

import contextlib
import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cli.main import main

ADA = """---
name: Ada Example
offers: [pricing advice, B2B sales coaching]
seeks: 种子轮投资人
city: Shanghai
consent: public
contact: ada@example.org
---
# Ada Example

Ada has built two software companies.
"""
COLUMNS = "姓名,能提供,需要,城市,阶段,联系方式,同意公开,投资金额"
TALK = """WEBVTT

00:00:01.000 --> 00:00:09.000
<v Ada Example>Pricing advice begins with what the customer would lose without you.</v>
"""


@pytest.fixture
def members(kb, folder):
    """`kb` with four members: one public, two named, one private."""
    (folder / "ada.md").write_text(ADA)
    (folder / "members.csv").write_text(
        f"{COLUMNS}\n"
        "林样例,供应链对接 lin@example.org,技术合伙人,杭州,种子轮,lin@example.org,实名,\n"
        "Bo Sample,seed investment,founders who sell software,Berlin,seed,bo@example.org,named,$50K-200K\n"
        "Cy Hidden,pricing advice,anything,Shanghai,seed,cy@example.org,私密,\n"
    )
    (folder / "talk.vtt").write_text(TALK)
    assert kb("ingest", "-q", folder).code == 0
    return kb


def test_people_are_listed_by_what_they_allow(members):
    listed = members("people", "list", "--json").lines
    assert [each["name"] for each in listed] == ["Ada Example", "Bo Sample", "林样例"]
    assert [each["contact"] for each in listed] == [["ada@example.org"], [], []]
    assert listed[2]["label"] == "L2"
    shown = members("people", "show", "林样例")
    assert "供应链对接" in shown.out
    assert "lin@example.org" not in shown.out


def test_a_private_person_is_as_unknown_as_one_who_is_not_there(members):
    private, nobody = members("people", "show", "Cy Hidden"), members("people", "show", "No Body")
    assert (private.code, nobody.code) == (1, 1)
    assert private.err.replace("Cy Hidden", "No Body") == nobody.err


def test_a_match_says_why_and_where_and_what_was_said(members):
    done = members("match", "who gives pricing advice in 上海?", "--json")
    assert done.code == 0
    match = done.json["matches"][0]
    assert match["name"] == "Ada Example"
    assert {"field": "offers", "text": "pricing advice", "citation": "ada.md"} in match["reasons"]
    assert "city" in [each["field"] for each in match["reasons"]]
    assert match["said"][0]["citation"].startswith("talk.vtt 00:00:01")
    assert "Hidden" not in done.out


def test_an_offer_finds_who_seeks_it_and_tickets_are_ranges(members):
    done = members("match", "founders who sell software", "--offer", "--json")
    assert done.json["matches"][0]["name"] == "Bo Sample"
    for amount, fits in (("$100K", True), ("$3M", False)):
        found = members("match", f"seed investment of {amount}", "--json").json["matches"]
        fields = [each["field"] for each in found[0]["reasons"]]
        assert ("ticket" in fields) is fits


def test_nobody_fits_is_an_answer(members):
    done = members("match", "a veterinarian for my parrot")
    assert done.code == 3
    assert "nobody fits" in done.out


def test_an_opt_out_outlives_an_ingest(members, folder):
    assert members("people", "optout", "bo sample").code == 0
    (folder / "members.csv").write_text(
        f"{COLUMNS}\nBo Sample,seed investment,x,Berlin,seed,,public,\n"
    )
    assert members("ingest", "-q", folder).code == 0
    assert "Bo Sample" not in members("people", "list").out
    assert members("match", "seed investment").out.count("Bo Sample") == 0
    assert members("people", "optin", "Bo Sample").code == 0
    assert "Bo Sample" in members("people", "list").out


def test_the_strictest_consent_of_a_person_holds_even_from_an_unseen_source(members, folder):
    (folder / "team.md").write_text(
        ADA.replace("consent: public", "consent: private\naudience: team")
    )
    assert members("ingest", "-q", folder).code == 0
    assert "Ada" not in members("people", "list", "--audience", "public").out


def test_people_of_a_source_that_an_audience_may_not_see_are_not_shown(members, folder):
    (folder / "members.csv.meta.yaml").write_text("audience: team\n")
    assert members("ingest", "-q", folder).code == 0
    assert "Bo Sample" in members("people", "list", "--audience", "team").out
    assert "Bo Sample" not in members("people", "list", "--audience", "public").out


def test_an_introduction_is_held_for_a_person_and_capped(members):
    ask = ("match", "供应链对接", "--for", "Bo Sample", "--introduce", "林样例")
    held = members(*ask, "--json")
    assert held.code == 5
    draft = members("review", "list", "--json").lines[0]
    assert draft["exchange"] == held.json["id"]
    assert "致 林样例" in draft["draft"]["answer"]
    assert "To Bo Sample" in draft["draft"]["answer"]
    assert "@example.org" not in json.dumps(draft)
    assert members(*ask).code == 5
    capped = members(*ask)
    assert capped.code == 1
    assert "within a week" in capped.err
    assert members("review", "decline", held.json["id"]).code == 0
    assert members(*ask).code == 5


NAMES = ("Ada Example", "Bo Sample", "林样例", "Cy Hidden")
PEOPLE = st.lists(
    st.tuples(
        st.sampled_from(NAMES),
        st.sampled_from(["private", "named", "public", "私密", "实名", "公开", "", "maybe"]),
        st.booleans(),  # whether the contact stands among the offers as well
    ),
    min_size=1,
    max_size=6,
)
CALLS = (
    ("people", "list"), ("match", "pricing advice"), ("match", "seed investors", "--offer", "--json"),
    ("match", "--for", "Bo Sample"),
    ("match", "pricing advice", "--for", "Bo Sample", "--introduce", "林样例", "--json"),
    ("review", "list", "--json"), ("log", "list"),
)  # fmt: skip
GIVEN = {"named": 1, "实名": 1, "public": 2, "公开": 2}


def shown(*arguments):
    """What a command writes, in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        main(list(arguments))
    return out.getvalue()


@pytest.mark.long
@settings(max_examples=25, deadline=None, database=None)
@given(PEOPLE, st.sets(st.sampled_from(NAMES), max_size=2))
def test_no_command_shows_more_than_was_consented_to(rows, gone):
    with tempfile.TemporaryDirectory() as at, pytest.MonkeyPatch.context() as patch:
        patch.setenv("KB_HOME", f"{at}/home")
        patch.setenv("KB_EMBEDDER", "static")
        source = Path(at, "src")
        source.mkdir()
        with (source / "members.csv").open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(["name", "offers", "seeks", "contact", "consent"])
            for number, (name, consent, slipped) in enumerate(rows):
                contact = f"c{NAMES.index(name)}n{number}@example.org"
                offers = f"pricing advice {contact if slipped else ''}"
                table.writerow([name, offers, "seed investors", contact, consent])
        shown("ingest", "-q", str(source))
        for name in gone:
            shown("people", "optout", name)
        listed = shown("people", "list", "--json")
        out = listed + "".join(shown(*call) for call in CALLS)
        out += "".join(shown("people", "show", name, "--json") for name in NAMES)
        for number, name in enumerate(NAMES):
            levels = [GIVEN.get(consent, 0) for who, consent, _ in rows if who == name]
            level = 0 if name in gone else min(levels, default=0)
            assert (name in listed) is (level > 0)
            assert level > 0 or name not in out
            assert (f"c{number}n" in listed) is (level > 1)
            assert level > 1 or f"c{number}n" not in out
