"""`kb privacy scan`: what would be masked where, and never the whole of it."""

import zipfile

import pytest

PHONE, MAIL = "13800138000", "lin@example.org"


@pytest.fixture
def files(folder):
    """A note, a talk, a table and an archive, each with something personal."""
    (folder / "note.md").write_text(f"# Desk\n\nOpen on weekdays.\n\nCall {PHONE}.\n")
    talk = f"WEBVTT\n\n00:00:05.000 --> 00:00:09.000\nWrite to {MAIL} any time.\n"
    (folder / "talk.vtt").write_text(talk)
    (folder / "people.csv").write_text(f"Name,Phone\nDesk,{PHONE}\nPier,01062345678\n")
    with zipfile.ZipFile(folder / "old.zip", "w") as archive:
        archive.writestr("inner.txt", f"The old desk was at {PHONE}, it says.")
    return folder


def test_it_tells_where_each_datum_stands(kb, files):
    shown = kb("privacy", "scan", files, "--json").json
    places = {(each["source"], each["where"], each["kind"]) for each in shown["data"]}
    assert places == {
        ("note.md", "L5", "phone"),
        ("talk.vtt", "00:00:05", "email"),
        ("people.csv", "L2", "phone"),
        ("people.csv", "L3", "phone"),
        ("old.zip/inner.txt", "L1", "phone"),
    }
    assert shown["counts"] == {"phone": 4, "email": 1}
    assert shown["documents"] == 4


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_datum_is_shown_whole_and_nothing_is_stored(options, kb, files):
    run = kb("privacy", "scan", files, *options)
    assert run.code == 0
    assert PHONE not in run.out
    assert MAIL not in run.out
    assert "13…00" in run.out
    assert not kb.home.exists()


def test_kinds_are_those_asked_for_else_those_of_the_settings(kb, files):
    assert kb("privacy", "scan", files, "--kinds", "email", "--json").json["counts"] == {"email": 1}
    kb.home.mkdir()
    (kb.home / "kb.toml").write_text('[privacy]\nmask = "email"\n')
    assert kb("privacy", "scan", files, "--json").json["counts"] == {"email": 1}
    assert kb("privacy", "scan", files, "--kinds", "fax").code == 1


def test_an_ingest_masks_as_much_as_the_scan_tells(kb, files):
    counts = kb("privacy", "scan", files, "--json").json["counts"]
    kb.home.mkdir()
    (kb.home / "kb.toml").write_text('[privacy]\nmask = "all"\n')
    assert kb("ingest", files, "--json").json["masked"] == counts
