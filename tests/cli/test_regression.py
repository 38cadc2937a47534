"""`kb eval --from-feedback`: what was good must stay good."""

from __future__ import annotations

import pytest
from chat_server import said
from curating import Here, decide, faq_of, journal_of, vote

from kb.types import Support

RULES = "# Rules\n\nMembers who stay silent for ninety days leave the chat group after a private message.\n"
FEES = "# Fees\n\nThe yearly membership fee is 1200 yuan, students pay 300 yuan.\n"
SILENT = "After how many days do silent members leave the chat group?"
FEE = "What is the yearly membership fee?"
TELESCOPE = "Which telescope photographed Jupiter?"


@pytest.fixture
def kb(kb):
    return Here(kb)


@pytest.fixture
def club(kb, folder):
    (folder / "rules.md").write_text(RULES)
    (folder / "fees.md").write_text(FEES)
    kb("ingest", "-q", folder)
    return kb


def ask(kb, question, *verdicts):
    exchange = kb("ask", question, "--format", "json").json
    vote(kb, exchange["id"], *verdicts)
    return exchange


def run(kb, *options):
    found = kb("eval", "--from-feedback", "--json", *options)
    assert found.err == ""
    return found.code, {each["case"]: each["state"] for each in found.json["outcomes"]}, found.json


def test_a_confirmed_answer_whose_source_is_removed_fails_until_it_is_back(club, folder):
    ours = ask(club, SILENT, "up")["id"]
    fee = ask(club, FEE, "up")["id"]
    (folder / "rules.md").unlink()
    club("ingest", "-q", folder)
    dry = run(club, "--no-keep")
    assert dry[:2] == (1, {ours: "regressed", fee: "passed"})
    assert (dry[2]["regressed"], dry[2]["run"]) == (1, None)
    told = club.started("eval", "--from-feedback")
    assert told.code == 1
    assert "regressed\t1\tFAILS, AND PASSED BEFORE" in told.out
    assert f"REGRESSED: {ours}" in told.out
    assert f"question: {SILENT}" in told.out
    assert "expected: an answer from rules.md L3: “Members who stay silent" in told.out
    assert "its source is gone: rules.md" in told.out
    assert run(club)[:2] == (1, {ours: "regressed", fee: "passed"})
    (folder / "rules.md").write_text(RULES)
    club("ingest", "-q", folder)
    assert run(club)[:2] == (0, {ours: "newly_passing", fee: "passed"})


def test_a_confirmed_answer_passed_when_it_was_given(club, folder):
    ours = ask(club, SILENT, "up")["id"]
    (folder / "rules.md").write_text("# Rules\n\nWho pays in cash gets a receipt.\n")
    club("ingest", "-q", folder)
    assert run(club)[:2] == (1, {ours: "regressed"})


def test_an_answer_from_the_same_words_elsewhere_in_its_source_passes(club, folder):
    ours = ask(club, SILENT, "up")["id"]
    (folder / "rules.md").write_text(
        RULES.replace("# Rules\n", "# House rules\n\nBe kind.\n\n## Silence\n")
    )
    club("ingest", "-q", folder)
    assert run(club)[:2] == (0, {ours: "passed"})


def test_every_question_of_a_promoted_entry_must_cite_it(club, server):
    dog, dog_zh = "May I bring my dog to the office?", "办公室可以带狗吗？"
    with faq_of(club) as faq:
        entry = faq.add(dog, "Dogs may come to the office on Fridays.", also=[dog_zh])
    code, states, whole = run(club)
    assert (code, set(states.values())) == (0, {"passed"})
    assert {each["question"]: each["sources"] for each in whole["outcomes"]} == {
        dog: [{"source": f"faq/{entry.id}"}],
        dog_zh: [{"source": f"faq/{entry.id}"}],
    }
    (club.home / "kb.toml").write_text(f'openai_url = "{server.url}"\nopenai_model = "tiny"\n')
    written = ("--writer", "openai", "-k", "1")
    server.body = said("NO_ANSWER")
    assert set(run(club, *written)[1].values()) == {
        "failing"
    }  # it never passed by this writer: nothing got worse
    server.body = said("Dogs may come on Fridays [1].")
    assert set(run(club, *written)[1].values()) == {"newly_passing"}
    server.body = said("NO_ANSWER")
    told = club("eval", "--from-feedback", *written)
    assert told.code == 1
    assert (
        f"REGRESSED: faq/{entry.id}\n  question: {dog}\n  expected: an answer from faq/{entry.id}\n"
        in told.out
    )
    assert "  got: no answer (confidence " in told.out
    with faq_of(club) as faq:
        faq.remove(faq.entry(entry.id), by="Rita")
    assert run(club)[:2] == (0, {})


def test_a_reviewed_entry_may_take_the_place_of_what_it_rests_on(club, folder):
    exchange = ask(club, SILENT, "up")
    with faq_of(club) as faq:
        rests_on = [Support("rules.md", exchange["citations"][0]["passage"])]
        entry = faq.add(
            SILENT, "Silent members leave the chat group after ninety days.", sources=rests_on
        )
    (folder / "rules.md").write_text("# Rules\n\nWho pays in cash gets a receipt.\n")
    club("ingest", "-q", folder)
    code, states, whole = run(club)
    assert (code, states) == (0, {f"faq/{entry.id}": "passed", exchange["id"]: "passed"})
    assert all(f"faq/{entry.id}" in each["got"]["sources"] for each in whole["outcomes"])


def test_an_entry_for_another_question_does_not_take_the_place_of_what_it_rests_on(club, folder):
    exchange = ask(club, SILENT, "up")
    cited = exchange["citations"][0]
    supports = [Support("rules.md", cited["passage"], quote=cited["quote"])]
    with faq_of(club) as faq:
        dog = faq.add("May I bring my dog to the office?", "On Fridays.", sources=supports)
        near = faq.add("When must the silent leave?", cited["quote"], sources=supports)
    (case,) = [
        each for each in run(club, "--no-keep")[2]["outcomes"] if each["case"] == exchange["id"]
    ]
    assert [each["source"] for each in case["sources"]] == ["rules.md", f"faq/{near.id}"]
    assert dog.id not in club("eval", "--from-feedback", "--no-keep").out


def test_what_was_rightly_refused_may_be_answered_from_something_new_only(club, folder):
    refused = ask(club, TELESCOPE, "up")["id"]
    (club.home / "kb.toml").write_text("min_confidence = 0\n")
    assert run(club, "--no-keep")[:2] == (1, {refused: "regressed"})
    (club.home / "kb.toml").unlink()
    (folder / "sky.md").write_text("# Sky\n\nThe Owl telescope photographed Jupiter in May.\n")
    club("ingest", "-q", folder)
    assert run(club)[:2] == (0, {refused: "filled"})
    assert (
        "rightly refused then, answered now from something new"
        in club("eval", "--from-feedback").out
    )


def test_a_wrong_answer_that_was_decided_to_be_a_gap_must_not_be_given_again(club, folder):
    wrong = ask(club, FEE, "down")["id"]
    decide(club, wrong, "gap")
    assert run(club)[:2] == (0, {wrong: "failed_before"})
    (folder / "fees.md").unlink()
    club("ingest", "-q", folder)
    assert run(club)[:2] == (0, {wrong: "newly_passing"})
    (folder / "fees.md").write_text(FEES)
    club("ingest", "-q", folder)
    assert run(club)[:2] == (1, {wrong: "regressed"})


def test_only_what_people_stand_behind_is_a_case(club):
    ask(club, FEE)
    one = ask(club, FEE, "up", "down")["id"]
    other = ask(club, FEE, "up")["id"]
    decide(club, other, "bad_source")
    none = club("eval", "--from-feedback")
    assert (none.code, none.err) == (0, "")
    assert (
        none.out == "there is no case yet: no FAQ entry was promoted and no answer was confirmed\n"
    )
    decide(club, one, "fine")
    decide(club, other, "fine")
    vote(club, other, "down", "up")
    assert run(club)[1] == {one: "passed", other: "passed"}
    vote(club, one, "down")
    assert run(club)[1] == {other: "passed"}


def test_one_vote_up_after_many_down_is_no_case_but_a_gap(club):
    ask(club, FEE, *["down"] * 5, "up")
    liked = ask(club, SILENT, "down", "up", "up")["id"]
    assert run(club)[:2] == (0, {liked: "passed"})
    assert [(each["question"], each["count"]) for each in club("gaps", "--json").json["gaps"]] == [
        (FEE, 1)
    ]


def test_a_case_is_narrowed_as_the_question_was(club):
    narrowed = club("ask", FEE, "--where", "source=rules.md", "--format", "json").json["id"]
    vote(club, narrowed, "up")
    code, states, _ = run(club)
    assert (code, states) == (0, {narrowed: "passed"})


def test_another_writer_is_compared_with_itself(club, server):
    ours = ask(club, FEE, "up")["id"]
    server.body = said("The yearly membership fee is 1200 yuan [1].")
    (club.home / "kb.toml").write_text(f'openai_url = "{server.url}"\nopenai_model = "tiny"\n')
    code, states, whole = run(club, "--writer", "openai")
    assert (code, set(states), whole["writer"]) == (0, {ours}, "openai:tiny")
    assert whole["outcomes"][0]["passed_ever"] is None
    with journal_of(club) as journal:
        assert len(journal.cases.past([f"{ours} openai:tiny", f"{ours} extractive"])) == 1


def test_wrong_calls(club):
    assert club("eval").code == 2
    assert club("eval", "--no-keep").code == 2
    assert club("eval", __file__, "--from-feedback").code == 2
    nothing = club("eval", "--from-feedback")
    assert nothing.code == 1
    assert "nothing was asked yet" in nothing.err
