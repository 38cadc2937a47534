"""`kb tune`: feedback changes settings where that is surely better, and nothing else does."""

from __future__ import annotations

import csv
import random
import shutil
import tomllib

import pytest

from kb.errors import KbError
from kb.journal import Journal
from kb.settings import load
from kb.types import Exchange

COUNT = 60
DETUNED = "fusion_words = 0.0\nfusion_sentence = 0.0\nfusion_heading = 0.0\n"
THINGS = "harbour lantern orchard ferry workshop kettle meadow quarry bakery compass".split()
_DRAWN = random.Random(5)
QUESTIONS = [
    f"the {' or the '.join(_DRAWN.sample(THINGS, 2))}: who handles {1000 + n}?"
    for n in range(COUNT)
]


def write_table(path):
    """Entries that only the number in them tells apart."""
    drawn = random.Random(1)
    with path.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["question", "answer"])
        for n in range(2 * COUNT):
            one, other = drawn.sample(THINGS, 2)
            table.writerow(
                [
                    f"Which vendor takes crate number {1000 + n} to the {one}?",
                    f"The {other} vendor does, on day {n}.",
                ]
            )


@pytest.fixture
def community(kb, kept, folder):
    """A home where each question was asked once and voted on by whether the answer is right; one
    vote in ten is not.
    """
    if "tuned" not in kept:
        write_table(folder / "vendors.csv")
        assert kb("ingest", "-q", folder).code == 0
        asked = kb("ask", "--stdin", "--jsonl", stdin="\n".join(QUESTIONS)).lines
        journal, drawn = Journal(kb.home / "journal.sqlite3"), random.Random(2)
        for number, each in enumerate(asked):
            right = f"on day {number}." in each["answer"]
            if each["status"] == "answered":
                journal.add_verdict(each["id"], "up" if right != (drawn.random() < 0.1) else "down")
        journal.close()
        assert len([each for each in asked if each["status"] == "answered"]) > 40
        kept["tuned"] = folder.parent / "kept"
        shutil.copytree(kb.home, kept["tuned"])
    shutil.rmtree(kb.home, ignore_errors=True)
    shutil.copytree(kept["tuned"], kb.home)
    return kb


def tune(kb, *arguments):
    run = kb("tune", *arguments)
    assert (run.code, run.err) == (0, "")
    return run


def origins(kb):
    rows = (line.split("\t") for line in kb("config", "show").out.splitlines()[1:])
    return {row[0]: (row[1], row[2]) for row in rows}


def first_hits(kb):
    """For how many questions the right entry is found first."""
    found = kb("search", "--stdin", "--jsonl", stdin="\n".join(QUESTIONS)).lines
    return sum(f"on day {number}." in each["hits"][0]["text"] for number, each in enumerate(found))


def ranking(told):
    return next(part for part in told["parts"] if part["name"] == "ranking")


def test_weights_that_feedback_speaks_against_are_mended_and_can_be_taken_back(community):
    kb = community
    usual = first_hits(kb)
    (kb.home / "tuned.toml").write_text(DETUNED)
    assert origins(kb)["fusion_words"] == ("0.0", "tuned.toml")
    detuned = first_hits(kb)
    assert detuned < usual - 5

    dry = tune(kb, "--dry-run", "--json").json
    assert dry["changed"] is False
    assert (kb.home / "tuned.toml").read_text() == DETUNED
    told = tune(kb, "--json").json
    part = ranking(told)
    assert part == ranking(dry)
    assert told["changed"] is True
    assert part["before"]["value"] < part["after"]["value"]
    assert part["change"]["low"] > 0
    assert part["change"]["value"] == pytest.approx(
        part["after"]["value"] - part["before"]["value"], abs=0.001
    )
    assert part["values"]["fusion_words"] > 0
    assert first_hits(kb) > detuned + 5

    run = tune(kb, "--undo")
    assert f"fusion_words: {part['values']['fusion_words']:g} -> 0" in run.out.splitlines()
    assert tomllib.loads((kb.home / "tuned.toml").read_text())["fusion_words"] == 0
    again = kb("tune", "--undo")
    assert (again.code, again.out) == (1, "")
    assert "nothing to take back" in again.err


def test_feedback_that_agrees_changes_nothing(community):
    run = tune(community)
    assert "nothing was changed" in run.out
    assert "left as it is" in run.out
    assert not (community.home / "tuned.toml").exists()


def test_noise_is_not_adopted(community):
    """Votes that have nothing to do with what they are about."""
    kb = community
    journal = Journal(kb.home / "journal.sqlite3")
    ids = [
        hit["passage"]
        for hit in kb("search", "--json", "-k", "100", "which vendor takes the crate?").json["hits"]
    ]
    drawn = random.Random(3)
    for number, question in enumerate(QUESTIONS):
        for nth in range(2):  # more than what was voted before
            name = f"x_noise{number}.{nth}"
            cited = [{"passage": drawn.choice(ids), "source": "vendors.csv"}]
            journal.add(exchange(name, question, drawn.random(), citations=cited))
            journal.add_verdict(name, drawn.choice(["up", "down"]))
    for seed in (0, 1):
        told = tune(kb, "--seed", str(seed), "--json").json
        assert ranking(told)["judged"] >= 50
        assert told["changed"] is False
    assert not (kb.home / "tuned.toml").exists()


def exchange(name, question, confidence, status="answered", **payload):
    return Exchange(
        name,
        "2026-03-02T10:00:00.000000Z",
        question,
        status,
        confidence,
        "a",
        "w",
        0.1,
        "tty",
        payload,
    )


def test_with_few_judged_questions_nothing_is_tried(community):
    for path in community.home.glob("journal.sqlite3*"):
        path.unlink()
    assert community("tune").code == 1  # nothing was asked yet
    journal = Journal(community.home / "journal.sqlite3")
    passage = community("search", "--json", QUESTIONS[0]).json["hits"][0]["passage"]
    journal.add(
        exchange(
            "x_1", QUESTIONS[0], 0.5, citations=[{"passage": passage, "source": "vendors.csv"}]
        )
    )
    journal.add_verdict("x_1", "up")
    run = tune(community)
    assert "ranking: 1 judged questions" in run.out
    assert "30 judged questions are needed" in run.out
    assert "nothing was changed" in run.out
    assert not (community.home / "tuned.toml").exists()


def test_what_kb_toml_sets_is_left_alone(community):
    (community.home / "kb.toml").write_text(
        f"min_confidence = 0.1\n[fusion]\n{DETUNED.replace('fusion_', '')}"
    )
    told = tune(community, "--json").json
    assert sorted(told["fixed"]) == [
        "fusion_heading",
        "fusion_sentence",
        "fusion_words",
        "min_confidence",
    ]
    assert not set(told["fixed"]) & {name for part in told["parts"] for name in part["values"]}
    assert "set elsewhere, and left alone: min_confidence (kb.toml)" in tune(community).out


def test_the_threshold_follows_what_people_wanted_answered(community):
    kb = community
    for path in kb.home.glob("journal.sqlite3*"):
        path.unlink()
    journal = Journal(kb.home / "journal.sqlite3")
    drawn = random.Random(4)
    for number in range(100):
        name, good = f"x_{number}", number % 2 == 0
        confidence = drawn.uniform(0.45, 0.9) if good else drawn.uniform(0.17, 0.5)
        journal.add(exchange(name, f"question {number}?", round(confidence, 4)))
        journal.add_verdict(name, "up" if good != (drawn.random() < 0.1) else "down")
    journal.add(exchange("x_gap", "what else?", 0.2))
    journal.reviews.decide("x_gap", "gap", by="Ada")
    told = tune(kb, "--json").json
    part = next(part for part in told["parts"] if part["name"] == "abstention")
    assert 0.35 < part["values"]["min_confidence"] < 0.6
    assert part["change"]["low"] > 0
    tuned = tomllib.loads((kb.home / "tuned.toml").read_text())
    assert tuned["min_confidence"] == part["values"]["min_confidence"]
    assert tune(kb, "--json").json["changed"] is False  # there is nothing left to gain
    assert kb("ask", "where do ferries winter?").code == 3
    tune(kb, "--undo")
    assert origins(kb)["min_confidence"][1] == "default"
    assert not (kb.home / "tuned.toml").exists()


def test_an_answer_that_was_promoted_as_it_stands_does_not_tell_to_refuse(community):
    """Nobody voted: its entry says that the question is worth an answer, not that this one was
    wrong.
    """
    for path in community.home.glob("journal.sqlite3*"):
        path.unlink()
    journal = Journal(community.home / "journal.sqlite3")
    for name, verdict in (("x_liked", "up"), ("x_unsure", None), ("x_wrong", "down")):
        journal.add(exchange(name, f"{name}?", 0.3))
        journal.reviews.decide(name, "promoted", by="Ada", detail={"entry": "f_1", "version": 1})
        if verdict:
            journal.add_verdict(name, verdict)
    told = tune(community, "--json").json
    assert {part["name"]: part["judged"] for part in told["parts"]}["abstention"] == 2


def test_without_a_knowledge_base_there_is_nothing_to_undo_and_none_is_made(kb):
    run = kb("tune", "--undo")
    assert (run.code, run.out) == (1, "")
    assert "there is no knowledge base at" in run.err
    assert not kb.home.exists()


def test_a_damaged_file_is_told_in_one_line(kb):
    kb.home.mkdir(mode=0o700)
    path = kb.home / "tuned.toml"
    for text in (
        "hits = 3",
        "fusion_words = -1.0",
        "fusion_words = nan",
        'fusion_words = "x"',
        "former = 1",
        "\xff",
    ):
        path.write_bytes(text.encode("latin-1"))
        with pytest.raises(KbError, match=r"tuned\.toml|fusion_words must lie between"):
            load(kb.home, {})
    path.write_text("fusion_words = ")
    run = kb("config", "show")
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith(f"kb: {path} is not valid TOML")
    assert len(run.err.splitlines()) == 2
