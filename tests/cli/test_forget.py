"""`kb forget`: what goes, what stays, what is kept out afterwards, and the proof of it."""

from __future__ import annotations

import json
import sqlite3

import pytest
from homes import problems

PANEL = """WEBVTT

00:00:01.000 --> 00:00:09.000
<v Cy Sample>A term sheet is a page of terms, and we signed ours after 41 days.

00:00:10.000 --> 00:00:19.000
<v Di Example>We paid 5 percent to the agent, and Cy Sample told us about it.
"""
REFUNDS = """# Refunds

Members get a refund within 14 days of paying. Ask cy  sample or 赵例 of the office.

## Exceptions

Recorded courses can be returned within 7 days.
"""
ROOMS = "room,keeper,seats\nharbour,Cy Sample,12\norchard,Bo Sample,30\n"
BRIDGE = "# Bridge\n\nThe bridge loan took nineteen weeks, says the ledger of the quay.\n"
BRIDGE_QUESTION = "how long did the bridge loan take?"


@pytest.fixture
def community(kb, folder, tmp_path):
    """`kb` on a home with four sources, and a data folder of its own."""
    for name, text in (
        ("panel.vtt", PANEL), ("refunds.md", REFUNDS), ("rooms.csv", ROOMS), ("bridge.md", BRIDGE),
    ):  # fmt: skip
        (folder / name).write_text(text)
    data = {"XDG_DATA_HOME": str(tmp_path / "data")}

    def call(*arguments, **options):
        return kb(*arguments, env=data, **options)

    call.home = kb.home
    assert call("ingest", "-q", folder).code == 0
    return call


def in_bytes(home, text):
    """The files of a home in which a text stands."""
    files = (path for path in home.rglob("*") if path.is_file())
    return [path.name for path in files if text.encode() in path.read_bytes()]


def forget(community, *what):
    """Forget something; gives the receipt."""
    run = community("forget", *what, "--json")
    assert run.code == 0, run.out + run.err
    assert run.json["probe"] == {"clean": True, "traces": []}
    return run.json


def test_a_source_goes_with_all_that_rests_on_it(community, folder):
    asked = community("ask", "--format", "json", BRIDGE_QUESTION).json
    assert asked["citations"][0]["source"] == "bridge.md"
    community("feedback", "add", "last", "up", "--comment", "the quay's ledger is right")
    community("faq", "add", "--question", BRIDGE_QUESTION, "--answer", "Nineteen weeks.", "--source", "bridge.md")  # fmt: skip
    others = community("search", "--json", "how many days for a refund?").json["hits"]

    dry = community("forget", "bridge.md", "--dry-run", "--json").json
    assert dry["sources"][0] == "bridge.md"
    assert len(in_bytes(community.home, "nineteen weeks")) > 0
    receipt = forget(community, "bridge.md")
    assert receipt["counts"] == dry["counts"]
    assert (receipt["counts"]["exchanges"], receipt["counts"]["faq"]) == (1, 1)

    assert in_bytes(community.home, "nineteen weeks") == []
    assert in_bytes(community.home, "bridge") == []
    assert community("log", "show", asked["id"]).code == 1
    assert community("faq", "list", "--json").json == []
    assert [hit["source"] for hit in community("search", "--json", BRIDGE_QUESTION).json["hits"]]
    again = community("search", "--json", "how many days for a refund?").json["hits"]
    kept = [hit["passage"] for hit in others if hit["source"] in ("refunds.md", "rooms.csv")]
    assert [hit["passage"] for hit in again if hit["passage"] in kept] == kept
    assert problems(community) == {}


def test_it_is_kept_out_until_that_is_lifted(community, folder):
    entry = forget(community, "bridge.md")["forgotten"][0]["id"]
    (folder / "bridge.md").rename(folder / "renamed.md")
    run = community("ingest", "--json", folder)
    assert [(skip["source"], skip["reason"][:12]) for skip in run.json["skipped"]] == [
        ("renamed.md", "forgotten on")
    ]
    assert in_bytes(community.home, "renamed.md") == []
    assert community("sources", "list", "--json").out.count("renamed") == 0
    assert community("forget", "--lift", entry).code == 0
    assert community("ingest", "--json", folder).json["added"] == 1


def test_a_person_goes_from_all_texts(community, folder):
    sheet = community("ask", "--format", "json", "after how many days was the term sheet signed?")
    assert sheet.json["citations"][0]["anchor"]["speaker"] == "Cy Sample"
    keeper = community("ask", "--format", "json", "who keeps the harbour room?").json
    community("feedback", "add", keeper["id"], "up", "--by", "Cy Sample")
    community(
        "feedback", "add", keeper["id"], "up", "--by", "Di Example", "--comment", "CY SAMPLE!"
    )
    community("faq", "add", "--question", "Who helps?", "--answer", "Cy Sample does.", "--by", "Cy Sample")  # fmt: skip

    receipt = forget(community, "--person", "Cy Sample", "--person", "赵例")
    assert receipt["counts"]["turns"] == 1
    assert receipt["counts"]["verdicts"] == 1

    for spelling in ("Cy Sample", "cy  sample", "CY SAMPLE", "赵例", "signed ours after 41 days"):
        assert in_bytes(community.home, spelling) == [], spelling
    assert community("log", "show", sheet.json["id"]).code == 1
    kept = community("log", "show", keeper["id"], "--json").json
    assert kept["answer"] == keeper["answer"].replace("Cy Sample", "[forgotten]")
    verdicts = kept["verdicts"]
    assert [(each["by"], each["comment"]) for each in verdicts] == [("Di Example", "[forgotten]!")]
    passage = kept["citations"][0]["passage"]
    assert kept["citations"][0]["quote"] in community("show", passage).out.replace("\\", "")
    assert community("faq", "list", "--json").json[0]["by"] is None
    assert problems(community) == {}


def test_a_person_stays_out_of_what_is_read_later(community, folder):
    forget(community, "--person", "Cy Sample")
    (folder / "refunds.md").write_text(REFUNDS + "\nAnd Cy Sample lights the lantern.\n")
    (folder / "Cy Sample.md").write_text("# About\n\nKeeps the oars dry.\n")
    (folder / "talk.vtt").write_text(PANEL.replace("Di Example", "Ed Example"))
    run = community("ingest", "--json", folder)
    assert (run.json["added"], run.json["updated"], len(run.json["skipped"])) == (1, 1, 1)
    hit = community("search", "--json", "who lights the lantern?").json["hits"][0]
    assert "[forgotten] lights the lantern" in hit["text"]
    assert (hit["anchor"]["start"], hit["anchor"]["end"]) == (7, 9)
    for text in ("Cy Sample", "signed ours", "oars dry"):
        assert in_bytes(community.home, text) == [], text
    assert problems(community) == {}


def test_an_author_goes_with_the_documents(community, folder):
    (folder / "essay.md").write_text("---\nauthor: Fi Sample\n---\n# Essay\n\nPiers are of oak.\n")
    (folder / "note.md").write_text("# Note\n\nFi Sample wrote an essay.\n")
    assert community("ingest", "-q", folder).code == 0
    assert forget(community, "--author", "Fi Sample")["counts"]["sources"] == 1
    assert in_bytes(community.home, "Piers are of oak") == []
    assert "Fi Sample" in community("search", "--json", "who wrote an essay?").out
    (folder / "essay.md").rename(folder / "other.md")
    (folder / "other.md").write_text("---\nauthor: Fi Sample\n---\n# Other\n\nPiers are of elm.\n")
    assert community("ingest", "--json", folder).json["added"] == 0


def test_a_time_goes(community, folder):
    (folder / "minutes.md").write_text(
        "---\ndate: 2020-02-03\n---\n# Minutes\n\nThe mast is of pine.\n"
    )
    assert community("ingest", "-q", folder).code == 0
    community("ask", BRIDGE_QUESTION)
    counts = forget(community, "--since", "2020-01-01", "--until", "2020-12-31")["counts"]
    assert (counts["sources"], counts["exchanges"]) == (1, 0)
    assert in_bytes(community.home, "mast is of pine") == []
    assert forget(community, "--since", "1d")["counts"]["exchanges"] == 1
    assert community("log", "list", "--json").out == ""


def test_an_import_brings_nothing_back(community, folder, tmp_path):
    asked = community("ask", "--format", "json", BRIDGE_QUESTION).json
    community("ask", "who keeps the harbour room?")
    community("journal", "export", tmp_path / "journal.jsonl")
    forget(community, "bridge.md", "--person", "Cy Sample")
    assert community("journal", "import", tmp_path / "journal.jsonl").code == 0
    assert community("log", "show", asked["id"]).code == 1
    for text in ("nineteen weeks", "Cy Sample"):
        assert in_bytes(community.home, text) == []


def test_the_receipt_names_nobody(community):
    receipt = forget(community, "--person", "Cy Sample", "--by", "Cy Sample")
    assert receipt["by"] is None
    kept = community("forget", "--list", "--json").json
    assert kept["receipts"] == [receipt]
    assert "Sample" not in json.dumps(kept)


@pytest.mark.parametrize("stage", ["erase", "rebuild", "purge"])
def test_what_is_interrupted_is_gone_on_with(community, folder, stage, monkeypatch):
    """The process ends at each stage; the next ingest, or the doctor, carries it to its end."""
    from kb.erasure import forgetting
    from kb.home import Home
    from kb.knowledge import open_knowledge_base
    from kb.settings import Settings

    community("ask", "who keeps the harbour room?")
    knowledge_base = open_knowledge_base(Home(community.home), Settings(embedder="static"))
    monkeypatch.setattr(forgetting, stage, lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        forgetting.forget(knowledge_base, forgetting.Target(people=("Cy Sample",)), None)
    assert "forgetting" in problems(community)
    if stage == "erase":
        assert community("ingest", "-q", folder).code == 0
    else:
        assert community("doctor", "--repair").code == 0
    assert in_bytes(community.home, "Cy Sample") == []
    assert problems(community) == {}


@pytest.mark.parametrize("stage", ["erase", "rebuild", "purge"])
def test_the_same_command_again_goes_on(community, stage, monkeypatch):
    """Also where the source that it names is gone already."""
    from kb.erasure import forgetting
    from kb.home import Home
    from kb.knowledge import open_knowledge_base
    from kb.settings import Settings

    knowledge_base = open_knowledge_base(Home(community.home), Settings(embedder="static"))
    target = forgetting.Target(tuple(knowledge_base.catalog.documents_called("bridge.md")))
    monkeypatch.setattr(forgetting, stage, lambda *given: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        forgetting.forget(knowledge_base, target, None)
    again = community("forget", "bridge.md")
    assert again.code == 0
    assert "finished now" in again.err
    assert in_bytes(community.home, "nineteen weeks") == []
    assert problems(community) == {}


def test_unclear_calls_are_refused(community):
    assert community("forget").code == 2
    assert community("forget", "--person", "x").code == 2
    assert community("forget", "nowhere.md").code == 1
    assert community("forget", "--lift", "g_0").code == 1


def test_the_ledger_holds_no_name(community):
    forget(community, "bridge.md", "--person", "Cy Sample")
    database = sqlite3.connect(community.home / "forgotten.sqlite3")
    rows = [str(tuple(row)) for row in database.execute("SELECT * FROM entries")]
    database.close()
    assert len(rows) == 2
    assert not any("Sample" in row or "bridge" in row for row in rows)


def test_later_questions_do_not_bring_a_name_back(community):
    forget(community, "--person", "Cy Sample")
    community("ask", "what did Cy Sample say of the harbour room?")
    community("feedback", "add", "last", "down", "--comment", "Cy Sample knows it")
    assert in_bytes(community.home, "Cy Sample") == []
    assert "[forgotten]" in community("log", "show", "last").out


def test_the_same_words_of_two_speakers_are_told_apart(community, folder):
    """An id is a hash of what is said: who stays gets that of who goes, and is no trace."""
    said = "The lantern of the northern pier is lit at seven by whoever keeps the oars."
    (folder / "duet.vtt").write_text(
        f"WEBVTT\n\n00:00:01.000 --> 00:00:09.000\n<v Gil Sample>{said}\n\n"
        f"00:00:10.000 --> 00:00:19.000\n<v Hed Example>{said}\n"
    )
    assert community("ingest", "-q", folder).code == 0
    assert forget(community, "--person", "Gil Sample")["counts"]["turns"] == 1
    hit = community("search", "--json", "who lights the lantern?").json["hits"][0]
    assert (hit["anchor"]["speaker"], hit["anchor"]["start"]) == ("Hed Example", 10.0)
    assert problems(community) == {}
