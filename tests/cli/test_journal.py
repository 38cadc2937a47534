"""What can't be rebuilt: it moves between homes, is checked, outlives old versions, killed
processes and full disks.
"""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from homes import limited

from kb.journal import Journal
from kb.journal.migrations import MIGRATIONS
from kb.sqlite import connect
from kb.types import Exchange, Support
from retrieval.feedback.review_queue import cases
from tests.patience import PATIENCE

HEAD = '{"format": "kb-journal", "version": 1}'
GUIDE = "# Runway\n\nKeep eighteen months of runway after a round.\n\n# 股权\n\n股权应当分四年兑现，第一年不兑现。\n"


def exchange(name, at="2026-03-02T10:00:00.000000Z", question="how much runway?", **payload):
    return Exchange(
        name,
        at,
        question,
        "answered",
        0.5,
        "Eighteen months [1].",
        "extractive",
        0.25,
        "tty",
        payload,
    )


def filled(path):
    """A journal with something in each table."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    journal = Journal(path / "journal.sqlite3")
    journal.add(exchange("x_a"))
    journal.add(
        exchange(
            "x_b", "2026-03-01T10:00:00.000000Z", "股权怎么分？\x1b[31m\u202e", status="answered"
        )
    )
    journal.add_verdict(
        "x_a", "down", comment="too short", correct="At least eighteen months.", by="Ada"
    )
    journal.add_verdict("x_b", "up", client="bot-1")
    entry, _ = journal.promote(
        "x_a",
        question="How much runway?",
        answer="Eighteen months.",
        also=["跑道多长"],
        sources=[Support("guide.md")],
        by="Ada",
    )
    journal.undo(journal.reviews.decide("x_b", "gap", by="Bo"), "Bo")
    journal.faq.edit(
        entry, question="How much runway?", answer="Two years.", also=(), sources=(), by="Bo"
    )
    journal.cases.keep({"x_a": (True, {"rank": 1}), "x_b": (False, {})})
    return journal


def lines(kb, *arguments):
    run = kb("journal", "export", *arguments)
    assert (run.code, run.err) == (0, "")
    return run.out


def test_an_export_imported_into_an_empty_home_is_the_same_journal(kb, tmp_path):
    filled(kb.home)
    exported = tmp_path / "journal.jsonl"
    assert kb("journal", "export", exported).out.endswith(f"rows written to {exported}\n")
    assert exported.read_text("utf-8") == lines(kb)
    other = type(kb)(tmp_path / "other")
    run = other("journal", "import", exported)
    assert (run.code, run.err) == (0, "")
    assert "exchanges: 2 added" in run.out
    assert lines(other) == exported.read_text("utf-8")
    for command in (
        ("log", "list", "--json"),
        ("feedback", "list", "--json"),
    ):
        assert other(*command).out == kb(*command).out
    here, there = (side("show", "x_a", "--json").json for side in (kb, other))
    assert {**there, "audit": None} == {**here, "audit": None}  # that stays with its home
    assert other("journal", "check").code == 0
    found = other("search", "--json", "how much runway?").json["hits"]
    assert [hit["source"] for hit in found] == [
        "faq/" + Journal(other.home / "journal.sqlite3").faq.entries()[0].id
    ]


def test_what_was_asked_and_answered_moves_too(kb, folder, tmp_path):
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    kb("ingest", "-q", folder)
    assert kb("ask", "股权 怎么 兑现").code == 0
    assert kb("ask", 'Which kettle sings "low"\\?').code == 3
    name = kb("log", "list", "--json").lines[0]["id"]
    kb("feedback", "add", name, "down", "--comment", "是\t吗\n…")
    other = type(kb)(tmp_path / "other")
    assert other("journal", "import", "-", stdin=lines(kb)).code == 0
    assert lines(other) == lines(kb)
    assert other("show", name).out == kb("show", name).out


def test_questions_alone_are_restored_too(kb, folder, tmp_path):
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    kb("ingest", "-q", folder)
    assert kb("ask", "which kettle sings?").code == 3
    (tmp_path / "journal.jsonl").write_text(lines(kb), "utf-8")
    other = type(kb)(tmp_path / "other")
    assert other("journal", "import", tmp_path / "journal.jsonl").out == "exchanges: 1 added\n"
    assert other("gaps", "--json").json["gaps"][0]["question"] == "which kettle sings?"
    assert other("stats", "--json").json["exchanges"] == 1
    for command in ("doctor", "stats"):
        assert (other(command).code, other(command).err) == (0, "")
    assert (other("faq", "list").code, other("faq", "list").out) == (0, "")


def test_importing_again_changes_nothing_and_a_merge_keeps_both(kb, tmp_path):
    filled(kb.home)
    before = lines(kb)
    run = kb("journal", "import", "-", "--json", stdin=before)
    assert run.json == {
        "added": {},
        "known": {"exchange": 2, "verdict": 2, "decision": 3, "faq": 2, "case_run": 2},
        "refused": {},
    }
    assert lines(kb) == before
    other = type(kb)(tmp_path / "other")
    other.home.mkdir(mode=0o700)
    journal = Journal(other.home / "journal.sqlite3")
    journal.add(exchange("x_c", "2026-03-03T10:00:00.000000Z"))
    journal.add_verdict("x_c", "up", by="Chen")
    both = lines(other) + before  # one export after the other is an export too
    assert kb("journal", "import", "-", stdin=both).code == 0
    assert other("journal", "import", "-", stdin=both).code == 0
    assert sorted(lines(kb).splitlines()) == sorted(lines(other).splitlines())
    assert len(kb("log", "list", "--json").lines) == 3


def test_a_verdict_of_a_bot_that_both_journals_took_is_one(kb, tmp_path):
    filled(kb.home)
    other = type(kb)(tmp_path / "other")
    first = [line for line in lines(kb).splitlines() if '"type": "exchange"' in line]
    other("journal", "import", "-", stdin="\n".join([HEAD, *first, '{"type": "end", "rows": 2}']))
    Journal(other.home / "journal.sqlite3").add_verdict("x_b", "up", client="bot-1")
    run = kb("journal", "import", "-", "--json", stdin=lines(other))
    assert run.json["known"] == {"exchange": 2, "verdict": 1}
    assert len(kb("feedback", "list", "--json").lines) == 2


def test_an_entry_that_both_changed_stays_and_is_told(kb, tmp_path):
    journal = filled(kb.home)
    other = type(kb)(tmp_path / "other")
    other("journal", "import", "-", stdin=lines(kb))
    theirs = Journal(other.home / "journal.sqlite3")
    for faq, answer in ((journal.faq, "Three years."), (theirs.faq, "Four years.")):
        (entry,) = faq.entries()
        faq.edit(entry, question=entry.question, answer=answer, also=(), sources=(), by=None)
    (entry,) = theirs.faq.entries()
    theirs.faq.edit(
        entry, question=entry.question, answer="Five years.", also=(), sources=(), by=None
    )
    before = lines(kb)
    run = kb("journal", "import", "-", stdin=lines(other))
    assert run.code == 0
    assert f"version 3 of the FAQ entry {entry.id} is another one here" in run.err
    assert "2 known, 2 kept out" in run.out
    assert lines(kb) == before


def test_an_entry_with_the_question_of_one_of_ours_is_told(kb, tmp_path):
    kb.home.mkdir(mode=0o700)
    (tmp_path / "other").mkdir(mode=0o700)
    other = type(kb)(tmp_path / "other")
    ours = Journal(kb.home / "journal.sqlite3").faq.add("When is it open?", "At nine.")
    theirs = Journal(other.home / "journal.sqlite3").faq.add(
        "Hours?", "At ten.", also=["when is it open"]
    )
    run = kb("journal", "import", "-", stdin=lines(other))
    assert (run.code, run.out) == (0, "versions of FAQ entries: 1 added\n")
    assert run.err == f"kb: {ours.id} and {theirs.id} have the same question; see: kb faq list\n"
    assert kb("journal", "import", "-", stdin=lines(other)).err == ""


def test_a_promotion_whose_version_is_another_one_here_stays_out_with_it(kb, tmp_path):
    journal = filled(kb.home)
    other = type(kb)(tmp_path / "other")
    other("journal", "import", "-", stdin=lines(kb))
    theirs = Journal(other.home / "journal.sqlite3")
    for faq, answer in ((journal.faq, "Three years."), (theirs.faq, "Four years.")):
        (entry,) = faq.entries()
        faq.edit(entry, question=entry.question, answer=answer, also=(), sources=(), by="Ada")
    (entry,) = theirs.faq.entries()
    promoted = theirs.promote(
        "x_b", question=entry.question, answer="Five years.", by="Ada", onto=entry
    )[1]
    theirs.undo(promoted, "Bo")
    theirs.promote(
        "x_b", question=entry.question, answer="Six years.", by="Ada", onto=theirs.faq.entries()[0]
    )
    before = lines(kb)
    for _ in range(2):
        run = kb("journal", "import", "-", "--json", stdin=lines(other))
        assert (run.code, run.json["added"], run.json["refused"]) == (
            0,
            {},
            {"faq": 4, "decision": 3},
        )
        assert lines(kb) == before
    assert "nothing was decided" in kb("feedback", "resolve", "x_b", "--as", "undo").err
    # What an earlier version of kb let in: the decision without its version, or beside another one.
    harm = sqlite3.connect(kb.home / "journal.sqlite3")
    for n, version in enumerate((9, 3)):
        row = (
            f"r_{n}",
            "x_b",
            "promoted",
            "Chen",
            f"2026-05-0{n + 1}T00:00:00Z",
            json.dumps({"entry": entry.id, "version": version}),
        )
        harm.execute(
            'INSERT INTO decisions (uid, exchange, kind, "by", at, detail) VALUES (?,?,?,?,?,?)',
            row,
        )
        harm.commit()
        run = kb("feedback", "resolve", "x_b", "--as", "undo", "--by", "Chen")
        assert (run.code, run.err) == (0, "")
        assert f"kb faq remove {entry.id}" in run.out
    assert [each.answer for each in journal.faq.entries()] == ["Three years."]


def test_a_decision_hears_a_bots_verdict_by_whatever_name_it_has_here(kb, tmp_path):
    kb.home.mkdir(mode=0o700)
    (tmp_path / "other").mkdir(mode=0o700)
    other = type(kb)(tmp_path / "other")
    journals = [Journal(one.home / "journal.sqlite3") for one in (kb, other)]
    names = []
    for journal in journals:
        journal.add(exchange("x_a"))
        names.append(journal.add_verdict("x_a", "down", client="bot-1").uid)
    journals[1].reviews.decide("x_a", "fine", by="Ada", detail={"heard": [names[1]]})
    for _ in range(2):
        assert kb("journal", "import", "-", stdin=lines(other)).code == 0
        (decision,) = journals[0].reviews.history()
        assert decision.detail == {"heard": [names[0]]}
    assert [case.is_decided for case in cases(journals[0])] == [True]
    run = other("journal", "import", "-", "--json", stdin=lines(kb))
    assert (run.json["added"], run.json["refused"]) == ({}, {})


def test_what_begins_at_a_later_version_does_not_come_after_others(kb, tmp_path):
    journal = filled(kb.home)
    (entry,) = journal.faq.entries()
    theirs = Journal(tmp_path / "theirs.sqlite3")
    theirs.faq.restore(replace(entry, action="add", version=3, answer="Ten years."))
    exported = "\n".join(map(json.dumps, theirs.transfer.rows()))
    run = kb("journal", "import", "-", "--json", stdin=exported)
    assert run.json["refused"] == {"faq": 1}
    assert f"of the FAQ entry {entry.id}, the file lacks what came before version 3" in run.err
    assert [each.answer for each in journal.faq.entries()] == [entry.answer]
    assert kb("journal", "check").code == 0


BAD = {
    "no JSON": "{",
    "no object": "[1]",
    "no type": '{"id": "x"}',
    "unknown type": '{"type": "gift"}',
    "no such number": '{"type": "verdict", "uid": NaN}',
    "half a character": '{"type": "verdict", "uid": "\\ud800"}',
    "too deep": '{"type": ' + "[" * 100_000,
    "a missing exchange": '{"type": "verdict", "uid": "v_9", "exchange": "x_9", "value": "up", "comment": null,'
    ' "correct": null, "by": null, "at": "2026-03-01T10:00:00Z", "client": null}',
    "a value that is none": '{"type": "verdict", "uid": "v_9", "exchange": "x_a", "value": "sideways", "comment": null,'
    ' "correct": null, "by": null, "at": "2026-03-01T10:00:00Z", "client": null}',
    "no time": '{"type": "verdict", "uid": "v_9", "exchange": "x_a", "value": "up", "comment": null,'
    ' "correct": null, "by": null, "at": "yesterday", "client": null}',
    "a missing version": '{"type": "faq", "entry": "f_9", "version": 2, "action": "edit", "question": "q", "also": [],'
    ' "answer": "a", "sources": [], "exchange": null, "by": null, "at": "2026-03-01T10:00:00Z"}',
    "an entry without words": '{"type": "faq", "entry": "f_9", "version": 1, "action": "add", "question": "q", "also": [],'
    ' "answer": "---", "sources": [], "exchange": null, "by": null, "at": "2026-03-01T10:00:00Z"}',
    "a promotion to nothing": '{"type": "decision", "uid": "r_9", "exchange": "x_a", "kind": "promoted", "by": null,'
    ' "at": "2026-03-01T10:00:00Z", "detail": {}, "undoes": null}',
    "citations without a title": '{"type": "exchange", "id": "x_9", "at": "2026-03-01T10:00:00Z", "question": "q",'
    ' "status": "answered", "confidence": 1, "answer": "", "writer": "", "seconds": 0, "terminal": "", "payload":'
    ' {"citations": [{"n": 1, "source": "s", "passage": "p", "quote": "q", "anchor": {"label": "L1"}}]}}',
    "asked with what is no filter": '{"type": "exchange", "id": "x_9", "at": "2026-03-01T10:00:00Z", "question": "q",'
    ' "status": "answered", "confidence": 1, "answer": "", "writer": "", "seconds": 0, "terminal": "",'
    ' "payload": {"asked": "x"}}',
    "a field too many": '{"type": "case_run", "run": "e", "case_id": "c", "passed": true, "detail": {},'
    ' "at": "2026-03-01T10:00:00Z", "extra": 1}',
    "an endless confidence": '{"type": "exchange", "id": "x_9", "at": "2026-03-01T10:00:00Z", "question": "q",'
    ' "status": "answered", "confidence": 1e999, "answer": "", "writer": "", "seconds": 0, "terminal": "", "payload": {}}',
    "citations without places": '{"type": "exchange", "id": "x_9", "at": "2026-03-01T10:00:00Z", "question": "q",'
    ' "status": "answered", "confidence": 1, "answer": "", "writer": "", "seconds": 0, "terminal": "",'
    ' "payload": {"citations": [{}]}}',
}


def test_a_bad_line_is_named_and_nothing_is_imported(kb, tmp_path):
    """In one process, as a user's patience and the tests' time are short: the command itself is run
    for one of them.
    """
    from kb.errors import KbError

    filled(tmp_path / "theirs")
    good = type(kb)(tmp_path / "theirs")
    given = lines(good).splitlines()[:-1]
    run = kb("journal", "import", "-", stdin="\n".join([*given, BAD["no time"]]))
    assert (run.code, run.out) == (1, "")
    assert run.err.startswith(f"kb: -: line {len(given) + 1}: at must be a time like")
    assert kb("journal", "export").out.splitlines() == [HEAD, '{"type": "end", "rows": 0}']
    journal = Journal(kb.home / "journal.sqlite3")
    for line in BAD.values():
        with pytest.raises(KbError, match=f"line {len(given) + 1}: .*; nothing was imported"):
            journal.transfer.take(each.encode("utf-8", "replace") for each in [*given, line])
        assert journal.counts() == (0, 0)


def test_what_is_no_export_and_what_a_newer_kb_wrote_is_refused(kb, tmp_path):
    for text, told in (
        ("", "there is nothing to import"),
        ("hello\n", "line 1: not valid JSON"),
        ('{"question": "who?"}\n', "line 1: not the first line of a journal export"),
        (
            HEAD.replace("1}", "2}") + "\n",
            "line 1: written by a newer kb (format 2; this one reads 1)",
        ),
    ):
        run = kb("journal", "import", "-", stdin=text)
        assert (run.code, run.out) == (1, "")
        assert told in run.err
    (tmp_path / "noise").write_bytes(random.Random(1).randbytes(5000))
    for path in (tmp_path / "noise", tmp_path / "nowhere.jsonl", tmp_path):
        run = kb("journal", "import", path)
        assert run.code == 1
        assert "Traceback" not in run.err


def test_a_file_that_was_cut_off_is_refused_whole(kb, tmp_path):
    filled(tmp_path / "theirs")
    given = lines(type(kb)(tmp_path / "theirs")).splitlines(keepends=True)
    assert given[-1] == '{"type": "end", "rows": 11}\n'
    for cut, told in (
        (given[:4], "kb: -: cut off: 3 rows and no end; nothing was imported"),
        (given[:1], "cut off: 0 rows and no end"),
        (given[:-2] + given[-1:], "line 12: not the end of what came before, 10 rows"),
        (given[:-1] + given, "line 13: the export before it is cut off: 11 rows and no end"),
        (given + given[1:], "line 14: not the first line of a journal export"),
        ([*given[:-1], '{"type": "end"}'], "line 13: not the end"),
    ):
        run = kb("journal", "import", "-", stdin="".join(cut))
        assert (run.code, run.out) == (1, "")
        assert told in run.err
        assert Journal(kb.home / "journal.sqlite3").counts() == (0, 0)
    assert kb("journal", "import", "-", stdin="".join(given * 2)).code == 0
    assert lines(kb) == "".join(given)


def test_a_check_finds_what_refers_to_nothing_and_the_doctor_says_it_too(kb, folder):
    (folder / "guide.md").write_text(GUIDE, "utf-8")
    kb("ingest", "-q", folder)
    filled(kb.home)
    sound = kb("journal", "check", "--json").json
    assert sound == {
        "healthy": True,
        "problems": [],
        "exchanges": 2,
        "verdicts": 2,
        "decisions": 3,
        "entries": 1,
    }
    assert (
        kb("journal", "check").out == "ok        2 exchanges, 2 verdicts, 3 decisions, 1 entries\n"
    )
    harm = sqlite3.connect(kb.home / "journal.sqlite3")
    harm.executescript(
        "UPDATE exchanges SET payload = '{' WHERE id = 'x_b'; DELETE FROM exchanges WHERE id = 'x_a';"
        "DELETE FROM faq WHERE version = 1; UPDATE decisions SET undoes = 'r_9' WHERE kind = 'undo'"
    )
    harm.close()
    run = kb("journal", "check", "--json")
    assert run.code == 1
    told = "; ".join(run.json["problems"])
    for what in (
        "exchange whose payload is not JSON: x_b",
        "verdict without its exchange: v_",
        "decision without its exchange: r_",
        "decision that undoes one which is not there: r_",
        "FAQ entry of which a version is missing: f_",
    ):
        assert what in told
    checks = {check["part"]: check["problem"] for check in kb("doctor", "--json").json["checks"]}
    assert checks["journal"] == told
    run = kb("journal", "export")
    assert run.code == 1
    assert "x_b is damaged" in run.err


def test_a_file_that_is_no_journal_ends_in_one_line(kb):
    kb.home.mkdir(mode=0o700)
    (kb.home / "journal.sqlite3").write_bytes(b"not a database, but long enough to look at" * 100)
    run = kb("journal", "check")
    assert (run.code, run.out) == (1, "")
    assert len(run.err.splitlines()) == 2


def test_a_journal_of_the_first_version_opens_and_keeps_everything(kb):
    kb.home.mkdir(mode=0o700)
    path = kb.home / "journal.sqlite3"
    old = connect(path, MIGRATIONS[:1], "FULL")
    row = (
        "x_a",
        "2026-03-02T10:00:00.000000Z",
        "问题?",
        "answered",
        0.5,
        "答案。",
        "extractive",
        0.25,
        "tty",
        "{}",
    )
    old.execute("INSERT INTO exchanges VALUES (?,?,?,?,?,?,?,?,?,?)", row)
    for value in ("up", "down"):
        verdict = ("x_a", value, "因为", None, "Ada", "2026-03-02T10:00:01.000000Z")
        old.execute(
            'INSERT INTO verdicts (exchange, value, comment, correct, "by", at) VALUES (?,?,?,?,?,?)',
            verdict,
        )
    old.close()
    assert [x["question"] for x in kb("log", "list", "--json").lines] == ["问题?"]
    assert [v["value"] for v in kb("feedback", "list", "--json").lines] == ["down", "up"]
    assert kb("journal", "check").code == 0
    exported = lines(kb)
    assert (
        len({json.loads(line)["uid"] for line in exported.splitlines() if '"verdict"' in line}) == 2
    )
    other = type(kb)(kb.home.parent / "other")
    assert other("journal", "import", "-", stdin=exported).code == 0
    assert lines(other) == exported


def test_a_large_journal_is_not_held_in_memory(tmp_path):
    """Exported and imported by a process that grows by far less than the journal has."""
    theirs = tmp_path / "theirs.sqlite3"
    journal = Journal(theirs)
    with journal._db:
        journal._db.execute("BEGIN")
        journal._db.executemany(
            "INSERT INTO exchanges VALUES (?,?,?,?,?,?,?,?,?,?)",
            (
                (f"x_{n:06}", f"2026-03-01T10:{n // 60 % 60:02}:{n % 60:02}Z", "q", "answered", 0.5, "a", "w", 0.1, "t",
                 json.dumps({"text": "word " * 400}))
                for n in range(10_000)
            ),
        )  # fmt: skip
    journal.close()
    script = (
        "import json, resource, sys; from pathlib import Path; from kb.journal import Journal\n"
        "one, other = (Journal(Path(each)) for each in sys.argv[1:])\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "taken = other.transfer.take(json.dumps(row).encode() for row in one.transfer.rows())\n"
        "print(taken.added['exchange'], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    told = subprocess.check_output(
        [sys.executable, "-c", script, theirs, tmp_path / "ours.sqlite3"], timeout=PATIENCE
    )
    added, grown = map(int, told.split())
    assert theirs.stat().st_size > 20_000_000
    assert (added, grown < 8_000) == (10_000, True)  # KB


# --- killed, and out of room ----------------------------------------------------------------------

_ACKNOWLEDGE = """
import sys
from cli.main import main
for number in range(int(sys.argv[1]), 1_000_000):
    if main(["feedback", "add", "x_a", "up", "--comment", str(number)]) != 0:
        break
    print(f"acknowledged {number}", flush=True)
"""


def test_a_process_that_is_killed_has_kept_every_verdict_it_acknowledged(kb):
    kb.home.mkdir(mode=0o700)
    Journal(kb.home / "journal.sqlite3").add(exchange("x_a"))
    drawn = random.Random(6)
    seen = []
    for _ in range(10):
        start = seen[-1] + 10 if seen else 0
        process = kb.start_python(["-c", _ACKNOWLEDGE, str(start)])
        said = b"" + process.stdout.readline()
        time.sleep(drawn.random() * 0.05)
        process.send_signal(signal.SIGKILL)
        said += process.stdout.read()
        process.wait()
        seen += [
            int(line.split()[1])
            for line in said.decode().splitlines()
            if line.startswith("acknowledged ")
        ]
    kept = {int(verdict.comment) for verdict in Journal(kb.home / "journal.sqlite3").verdicts()}
    assert len(seen) > 10
    assert set(seen) <= kept
    assert kb("journal", "check").code == 0


def test_a_full_disk_ends_in_one_line_and_loses_nothing_that_was_acknowledged(kb, tmp_path):
    kb.home.mkdir(mode=0o700)
    Journal(kb.home / "journal.sqlite3").add(exchange("x_a"))
    kept = 0
    for _ in range(20):
        room = (kb.home / "journal.sqlite3").stat().st_size + 30_000
        run = limited(
            kb, "feedback", "add", "x_a", "down", "--comment", "w" * 9_000, file_bytes=room
        )
        if run.returncode:
            break
        kept += 1
    said = run.stderr.decode()
    assert (run.returncode, run.stdout) == (1, b"")
    assert said.startswith("kb: no space left to write the knowledge base")
    assert len(said.splitlines()) == 2
    assert len(kb("feedback", "list", "--json", "-n", "99").lines) == kept
    run = limited(kb, "journal", "import", "-", stdin=_many().encode(), file_bytes=1_000_000)
    assert (run.returncode, run.stdout) == (1, b"")
    assert run.stderr.decode().startswith("kb: no space left")
    target = tmp_path / "kept.jsonl"
    target.write_text("what was there")
    kb("journal", "import", "-", stdin=_many())
    run = limited(kb, "journal", "export", target, file_bytes=1_000_000)
    assert run.returncode == 1
    assert target.read_text() == "what was there"
    assert [path.name for path in tmp_path.iterdir() if "kept" in path.name] == ["kept.jsonl"]
    assert kb("journal", "check").code == 0


def _many():
    rows = (
        {"type": "exchange", "id": f"x_{n}", "at": "2026-03-01T10:00:00Z", "question": "q" * 2000, "status": "answered",
         "confidence": 0.5, "answer": "", "writer": "w", "seconds": 1, "terminal": "", "payload": {}}
        for n in range(1000)
    )  # fmt: skip
    return "\n".join([HEAD, *map(json.dumps, rows), '{"type": "end", "rows": 1000}'])


def test_nobody_waits_for_a_slow_import(kb):
    kb.home.mkdir(mode=0o700)
    Journal(kb.home / "journal.sqlite3").add(exchange("x_a"))
    slow = subprocess.Popen(
        kb.argv("journal", "import", "-"), stdin=subprocess.PIPE, env=kb.environment()
    )
    slow.stdin.write(_many().encode()[:100_000])
    slow.stdin.flush()
    assert kb("feedback", "add", "x_a", "up").code == 0
    slow.kill()
    slow.wait()
