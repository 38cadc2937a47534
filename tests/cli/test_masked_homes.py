"""A home that masks: what its settings name is in none of its files, and can still be asked about."""

import json
import re
import sqlite3
from contextlib import closing

import pytest

PHONE, MAIL, NAME = "13800138000", "lin@example.org", "Lin Example"
NOTE = f"""---
contact: {MAIL}
---
# Desk of {NAME}

The refund desk is open on weekdays. Call {PHONE} or write to {MAIL}.

| Person | Phone |
|---|---|
| {NAME} | {PHONE} |
| Desk | +1 415 555 2671 |
"""
CHAT = f"""WEBVTT

00:00:01.000 --> 00:00:04.000
<v {NAME}>You reach the refund desk at {PHONE}.

00:00:05.000 --> 00:00:08.000
<v Host>Thanks, and by mail at {MAIL}?
"""
SECRETS = (PHONE, "555 2671", "lin@", NAME)


@pytest.fixture
def masked(kb, folder):
    """A home that masks phones, e-mail addresses and one name, with a note and a talk."""
    (folder / "desk.md").write_text(NOTE)
    (folder / "talk.vtt").write_text(CHAT)
    kb.home.mkdir()
    (kb.home / "kb.toml").write_text('[privacy]\nmask = ["phone", "email", "name"]\n')
    (kb.home / "names.txt").write_text(f"{NAME}, 林示例\n")
    run = kb("ingest", folder, "--meta", f"owner={MAIL}")
    told = "kb: masked before it was stored: phone 4, email 3, name 4\n"
    assert (run.code, run.err) == (0, told)
    return kb


def holds(home, secret):
    """The files of a home in whose bytes a text stands, but for the list of names."""
    files = (path for path in home.rglob("*") if path.is_file() and path.name != "names.txt")
    return [path.name for path in files if secret.encode() in path.read_bytes()]


def journal(home):
    """All that the journal's tables hold, as one text."""
    with closing(sqlite3.connect(home / "journal.sqlite3")) as db:
        return "\n".join(db.iterdump())


def test_what_is_masked_is_in_no_file_of_the_home(masked):
    asked = masked("ask", f"Does {NAME} answer at {PHONE} or {MAIL}?")
    assert asked.code in (0, 3)
    told = masked("feedback", "add", "last", "down", "--comment", f"ask {NAME}", "--correct", MAIL)
    assert told.code == 0
    added = ("faq", "add", "--question", f"Who is {NAME}?", "--answer", f"The desk, {PHONE}.")
    assert masked(*added).code == 0
    assert {secret: holds(masked.home, secret) for secret in SECRETS} == {s: [] for s in SECRETS}
    assert "[name " in journal(masked.home)


def test_one_datum_has_one_pseudonym_wherever_it_stands(masked):
    hits = masked("search", "refund desk phone", "--json").json["hits"]
    texts = "\n".join(hit["text"] for hit in hits)
    assert len(set(re.findall(r"\[phone \w+\]", texts))) == 2  # the desk's, and the other one
    assert len(set(re.findall(r"\[email \w+\]", texts))) == 1
    talk = next(hit for hit in hits if hit["source"] == "talk.vtt")
    assert re.fullmatch(r"\[name \w+\]", talk["anchor"]["speaker"])
    assert talk["anchor"]["start"] == 1


def test_it_is_found_by_its_own_words_and_by_its_pseudonym(masked):
    by_number = masked("search", f"{PHONE}", "--json").json
    assert by_number["hits"]
    name = re.search(r"\[phone (\w+)\]", by_number["question"])[1]
    by_pseudonym = masked("search", name, "--json").json
    assert name in by_pseudonym["hits"][0]["text"]


def test_quotes_are_what_is_stored_and_lines_are_the_files_own(masked):
    answer = masked("ask", "When is the refund desk open?", "--format", "json").json
    (citation,) = [each for each in answer["citations"] if each["source"] == "desk.md"][:1]
    shown = masked("show", citation["passage"], "--json").json
    assert citation["quote"] in json.dumps(shown, ensure_ascii=False)
    assert citation["anchor"]["start"] == 6  # as in the file, front matter and all


def test_masking_more_reads_the_sources_again(kb, folder):
    (folder / "desk.md").write_text(NOTE)
    assert kb("ingest", folder).code == 0
    (kb.home / "kb.toml").write_text('[privacy]\nmask = "all"\n')
    assert kb("ingest", folder, "--json").json["updated"] == 1
    assert kb("ingest", folder, "--json").json["unchanged"] == 1
    (kb.home / "names.txt").write_text(NAME)
    assert kb("ingest", folder, "--json").json["updated"] == 1
    found = kb("search", "refund desk", "--json").out
    assert not [secret for secret in SECRETS if secret in found]


def test_the_journal_alone_may_be_masked(kb, folder):
    (folder / "desk.md").write_text(NOTE)
    kb.home.mkdir()
    (kb.home / "kb.toml").write_text('[privacy]\njournal = "phone, email"\n')
    assert kb("ingest", folder).code == 0
    answer = kb("ask", f"What is the phone of the refund desk, {PHONE}?")
    assert PHONE in answer.out
    assert PHONE not in journal(kb.home)


def test_an_import_into_a_masked_journal_is_masked_and_known_the_second_time(kb, folder, tmp_path):
    (folder / "desk.md").write_text(NOTE)
    assert kb("ingest", folder).code == 0
    assert kb("ask", f"Is {PHONE} the refund desk?").code in (0, 3)
    file = tmp_path / "journal.jsonl"
    assert kb("journal", "export", file).code == 0
    other = type(kb)(tmp_path / "other")
    other.home.mkdir()
    (other.home / "kb.toml").write_text('[privacy]\nmask = "phone"\n')
    assert other("journal", "import", file, "--json").json["added"]["exchange"] == 1
    assert PHONE not in journal(other.home)
    again = other("journal", "import", file, "--json").json
    assert again["known"]["exchange"] == 1
    assert not again["refused"]


def test_an_unknown_kind_is_named_before_anything_is_read(kb, folder):
    (folder / "desk.md").write_text(NOTE)
    kb.home.mkdir()
    (kb.home / "kb.toml").write_text('[privacy]\nmask = "phone, fax"\n')
    run = kb("ingest", folder)
    assert run.code == 1
    assert "no kind of personal data is called 'fax'" in run.err
    assert "one of: all, " in run.err


def test_a_damaged_key_stops_before_pseudonyms_change(masked, folder):
    (masked.home / "privacy.key").write_text("00")
    run = masked("ingest", folder)
    assert run.code == 1
    assert "privacy.key is damaged" in run.err
