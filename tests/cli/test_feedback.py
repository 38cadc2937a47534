"""Verdicts from chat bots, decisions from scripts, stale sources by owner."""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3

import pytest
from curating import Here, faq_of
from homes import limited

TIDES = """---
owner: [Noor Vega, Harbour office]
---
# Tides

High water is at six in the morning on the day of the regatta.

# Boats

A rowing boat costs nine crowns an hour, and a sail boat twenty.
"""
CATS = "---\nauthor: Sunniva\n---\n# Cats\n\nThe harbour cat is called Admiral and sleeps in the customs house.\n"
TIDE, CAT, MOON = (
    "when is high water on the day of the regatta?",
    "what is the harbour cat called?",
    "who owns the moon?",
)


@pytest.fixture
def asked(kb, kept, tmp_path_factory):
    """`kb` in which three questions were asked, the last one in vain. Gives their exchanges;
    `kept["quay"]`, its folder.
    """
    if "tides" not in kept:
        made, folder = (
            type(kb)(tmp_path_factory.mktemp("tides") / "home"),
            tmp_path_factory.mktemp("quay"),
        )
        (folder / "tides.md").write_text(TIDES)
        (folder / "cats.md").write_text(CATS)
        assert made("ingest", "-q", folder).code == 0
        lines = made("ask", "--stdin", "--jsonl", stdin="\n".join((TIDE, CAT, MOON))).lines
        assert [line["status"] for line in lines] == ["answered", "answered", "abstained"]
        kept["tides"], kept["quay"] = (
            (made, dict(zip((TIDE, CAT, MOON), lines, strict=True))),
            folder,
        )
    made, exchanges = kept["tides"]
    shutil.copytree(made.home, kb.home)
    return exchanges


def lines(*verdicts):
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in verdicts)


def add_lines(kb, text):
    return kb("feedback", "add", "--stdin", "--jsonl", stdin=text)


def resolve(kb, exchange, choice, *more):
    return kb("feedback", "resolve", exchange["id"], "--as", choice, *more)


class TestFromChatBots:
    def test_every_line_is_answered_and_sending_them_again_changes_nothing(self, kb, asked):
        sent = lines(
            {"id": "slack-1", "exchange": asked[TIDE]["id"], "value": "up"},
            {
                "id": "slack-2",
                "exchange": asked[TIDE]["id"],
                "value": "down",
                "comment": "old",
                "by": "  Bao ",
            },
            {"id": 3, "exchange": asked[CAT]["id"], "value": "down", "correct": "Commodore 🐈"},
        )
        first, second = add_lines(kb, sent), add_lines(kb, sent)
        assert (first.code, first.err) == (0, "")
        assert [line["id"] for line in first.lines] == ["slack-1", "slack-2", "3"]
        assert second.out == first.out
        found = kb("feedback", "export").lines
        assert [line["client"] for line in found] == ["slack-1", "slack-2", "3"]
        assert [line["uid"] for line in found] == [line["verdict"] for line in first.lines]
        assert (
            found[1] | {"value": "down", "comment": "old", "by": "Bao", "question": TIDE}
            == found[1]
        )
        assert found[2]["correct"] == "Commodore 🐈"
        assert found[2]["sources"][0]["source"] == "cats.md"
        assert found[2]["decision"] is None

    def test_bad_lines_are_told_and_the_others_kept(self, kb, asked):
        good = {"exchange": asked[TIDE]["id"], "value": "up"}
        bad = [
            "no json", "[]", '{"id": "a"}', lines({"id": "", **good}).strip(), lines({"id": True, **good}).strip(),
            lines({"id": "b", "exchange": "x_none", "value": "up"}).strip(),
            lines({"id": "c", **good, "value": "meh"}).strip(), lines({"id": "d", **good, "comment": 5}).strip(),
            lines({"id": "e", **good, "exchange": ""}).strip(), "[" * 100_000, '{"id": "' + "x" * 2_000_000 + '"}',
        ]  # fmt: skip
        run = add_lines(
            kb,
            "\n".join([*bad, "", json.dumps({"id": "\ud800", **good, "comment": "\udfff\u0000"})]),
        )
        assert (run.code, run.err) == (1, "")
        assert ["error" in line for line in run.lines] == [True] * len(bad) + [False]
        named = [line["id"] or line["line"] for line in run.lines]
        assert named == [1, 2, "a", 4, 5, "b", "c", "d", "e", 10, 11, "?"]
        wrong = ("JSON", "not {", "exchange is missing", "id must be", "id must be", "no exchange is called x_none",
                 'value must be "up" or "down", not "meh"', "comment must be text", "exchange must be", "JSON",
                 "more than 1,000,000 bytes")  # fmt: skip
        for line, told in zip(run.lines, wrong, strict=False):
            assert told in line["error"]
        assert len(kb("feedback", "list", "--json").lines) == 1
        conflict = add_lines(kb, lines({"id": "f", **good}, {"id": "f", **good, "value": "down"}))
        assert "already" in conflict.lines[1]["error"]
        assert conflict.code == 1
        assert add_lines(kb, lines({"id": "f", **good})).code == 0, "still that verdict"

    def test_a_byte_order_mark_is_none_of_the_line(self, kb, asked):
        run = add_lines(
            kb, "\ufeff" + lines({"id": "bom", "exchange": asked[TIDE]["id"], "value": "up"})
        )
        assert [line["id"] for line in run.lines] == ["bom"]
        assert (run.code, "verdict" in run.lines[0]) == (0, True)

    def test_what_was_acknowledged_survives_being_killed(self, kb, asked):
        process = kb.start("feedback", "add", "--stdin", "--jsonl")
        for number in range(20):
            process.stdin.write(
                lines({"id": str(number), "exchange": asked[CAT]["id"], "value": "up"}).encode()
            )
        process.stdin.flush()
        told = [json.loads(process.stdout.readline()) for _ in range(7)]
        process.send_signal(signal.SIGKILL)
        process.communicate()
        kept = {line["client"] for line in kb("feedback", "export").lines}
        assert {line["id"] for line in told} <= kept

    def test_on_a_full_disk_what_is_not_kept_is_not_acknowledged(self, kb, asked):
        sent = [
            {"id": str(n), "exchange": asked[CAT]["id"], "value": "up", "comment": "x" * 3000}
            for n in range(60)
        ]
        size = max(path.stat().st_size for path in kb.home.glob("journal.sqlite3*"))
        run = limited(
            kb,
            "feedback",
            "add",
            "--stdin",
            "--jsonl",
            stdin=lines(*sent).encode(),
            file_bytes=size + 80_000,
        )
        told = [json.loads(line) for line in run.stdout.splitlines()]
        assert (run.returncode, len(told)) == (1, 60)
        assert b"Traceback" not in run.stderr
        good = {line["id"] for line in told if "verdict" in line}
        assert 0 < len(good) < 60
        assert all("no space" in line["error"] for line in told if "error" in line)
        assert {line["client"] for line in kb("feedback", "export").lines} == good
        assert [line for line in add_lines(kb, lines(*sent)).lines if "error" in line] == []

    def test_how_it_is_called(self, kb, asked):
        for wrong in (["--stdin"], ["last", "--stdin", "--jsonl"], ["last"]):
            assert kb("feedback", "add", *wrong).code == 2


def test_a_verdict_is_listed_with_its_comment_and_its_correction(kb, asked):
    kb(
        "feedback",
        "add",
        asked[CAT]["id"],
        "down",
        "--comment",
        "she moved",
        "--correct",
        "Commodore.",
    )
    kb("feedback", "add", asked[TIDE]["id"], "down", "--correct", "At seven.")
    first, second = kb("feedback", "list").out.splitlines()
    assert "she moved; correct: Commodore." in second
    assert first.endswith("correct: At seven.")


class TestResolve:
    def test_once_and_then_only_again(self, kb, asked):
        assert resolve(kb, asked[TIDE], "fine", "--by", "Bao").code == 0
        second = resolve(kb, asked[TIDE], "gap")
        assert second.code == 1
        assert "Bao has decided on 20" in second.err
        assert "--again" in second.err
        assert resolve(kb, asked[TIDE], "gap", "--again", "--by", "Chidi").code == 0
        assert "Chidi" in resolve(kb, asked[TIDE], "skip").err
        kb("feedback", "add", asked[TIDE]["id"], "down")
        assert resolve(kb, asked[TIDE], "fine", "--by", "Dag").code == 0, "voted down since"
        assert "Dag" in resolve(kb, asked[TIDE], "fine").err
        for name, told in (
            ("Dag", "undone: fin"),
            ("Chidi", "undone: a g"),
            ("Bao", "undone: fin"),
        ):
            assert resolve(kb, asked[TIDE], "undo", "--by", name).out.startswith(told)
        assert "nothing was decided" in resolve(kb, asked[TIDE], "undo").err

    def test_promote(self, kb, asked):
        run = resolve(
            kb, asked[MOON], "promote", "--answer", "Nobody owns the moon; ask the council.",
            "--question", "Does somebody own the moon?", "--also", "月亮是谁的？", "--by", "Bao",
        )  # fmt: skip
        assert run.code == 0, run.err
        answer = kb("ask", "--no-log", "--format", "json", MOON).json
        assert answer["citations"][0]["anchor"]["label"].startswith("FAQ · reviewed")
        kb("feedback", "add", asked[MOON]["id"], "up")
        (line,) = kb("feedback", "export").lines
        assert (line["decision"]["kind"], line["decision"]["by"]) == ("promoted", "Bao")
        again = resolve(kb, asked[MOON], "promote", "--again", "--answer", "Nobody but the tide.")
        assert again.code == 0
        assert "version 2" in again.out
        assert resolve(kb, asked[MOON], "undo", "--by", "Chidi", "--again").code == 0
        assert "ask the council" in kb("ask", "--no-log", MOON).out
        first, _, restored = kb("show", kb("faq", "list", "--json").json[0]["id"], "--json").json[
            "versions"
        ]
        assert [restored[name] for name in ("at", "by")] == [
            first[name] for name in ("at", "by")
        ], "when it was reviewed"
        assert resolve(kb, asked[MOON], "undo", "--by", "Bao").code == 0
        assert kb("ask", "--no-log", MOON).code == 3

    def test_what_another_decided_is_undone_only_again(self, kb, asked):
        assert (
            resolve(
                kb, asked[MOON], "promote", "--answer", "Nobody owns the moon.", "--by", "Mira"
            ).code
            == 0
        )
        (entry,) = kb("faq", "list", "--json").json
        run = resolve(kb, asked[MOON], "undo", "--by", "Bo")
        assert (run.code, run.out) == (1, "")
        assert f"promoted to the FAQ ({entry['id']}), not Bo" in run.err
        assert "Mira has decided on 20" in run.err
        assert "--again" in run.err
        assert kb("faq", "list", "--json").json == [entry]
        assert resolve(kb, asked[MOON], "undo", "--by", "Bo", "--again").out.startswith(
            "undone: promoted"
        )
        assert kb("faq", "list", "--json").json == []

    def test_the_last_decision_is_the_last_by_time(self, kb, asked):
        assert resolve(kb, asked[TIDE], "fine").code == 0
        database = sqlite3.connect(
            kb.home / "journal.sqlite3"
        )  # as an import of an older journal brings it
        database.execute(
            "INSERT INTO decisions (uid, exchange, kind, at, detail) VALUES ('r_1', ?, 'skip', '2026-01-01T00:00:00Z', '{}')",
            (asked[TIDE]["id"],),
        )
        database.commit()
        database.close()
        assert resolve(kb, asked[TIDE], "undo").out.startswith("undone: fine")

    def test_all_that_was_said_of_an_exchange_is_shown(self, kb, asked):
        add_lines(
            kb,
            lines(
                *({"id": f"m{n}", "exchange": asked[CAT]["id"], "value": "up"} for n in range(101))
            ),
        )
        assert len(kb("show", asked[CAT]["id"], "--json").json["verdicts"]) == 101

    def test_a_promotion_rests_on_what_was_cited(self, kb, asked):
        assert resolve(kb, asked[TIDE], "promote").code == 0
        row = sqlite3.connect(kb.home / "journal.sqlite3").execute(
            "SELECT question, also, answer, sources FROM faq"
        )
        question, also, answer, sources = row.fetchone()
        assert (question, json.loads(also)) == (TIDE, [])
        assert "[1]" not in answer
        (support,) = json.loads(sources)
        cited = asked[TIDE]["citations"][0]
        assert (support["passage"], support["quote"], support["source"]) == (
            cited["passage"],
            cited["quote"],
            "tides.md",
        )
        assert support["text_hash"]

    def test_a_correction_rests_only_on_what_still_bears_it_out(self, kb, asked):
        cited = asked[TIDE]["citations"][0]["quote"]
        assert "at six" in cited
        for answer, rests in (
            ("Ask the council of the harbour for the tables.", []),
            ("At six in the morning.", ["tides.md"]),
            ("High water is at seven in the morning on the day of the regatta.", ["tides.md"]),
        ):
            assert resolve(kb, asked[TIDE], "promote", "--answer", answer).code == 0
            (entry,) = kb("faq", "list", "--json").json
            assert [each["source"] for each in entry["sources"]] == rests
            assert resolve(kb, asked[TIDE], "undo").code == 0
        kb(
            "feedback",
            "add",
            asked[TIDE]["id"],
            "down",
            "--correct",
            "Nobody knows; ask the pilot.",
        )
        assert resolve(kb, asked[TIDE], "promote").code == 0
        assert kb("faq", "list", "--json").json[0]["sources"] == []

    def test_what_is_promoted_again_was_read_again(self, kb, asked, kept):
        assert resolve(kb, asked[TIDE], "promote").code == 0
        tides = kept["quay"] / "tides.md"
        tides.write_text(TIDES.replace("at six in the morning", "at seven in the morning"))
        try:
            kb("ingest", "-q", kept["quay"])
            assert [each["id"] for each in kb("faq", "list", "--due", "--json").json] != []
            assert (
                resolve(
                    kb, asked[TIDE], "promote", "--again", "--answer", "At seven in the morning."
                ).code
                == 0
            )
            assert kb("faq", "list", "--due", "--json").json == []
        finally:
            tides.write_text(TIDES)

    def test_an_entry_edited_since_stays_when_its_promotion_is_undone(self, kb, asked):
        from kb.journal import Journal

        assert resolve(kb, asked[CAT], "promote").code == 0
        journal = Journal(kb.home / "journal.sqlite3")
        (entry,) = journal.faq.entries()
        journal.faq.edit(entry, question=CAT, answer="Commodore.", also=(), sources=(), by="Bao")
        run = resolve(kb, asked[CAT], "undo")
        assert run.code == 0
        assert f"kb faq remove {entry.id}" in run.out
        assert len(journal.faq.entries()) == 1
        journal.close()

    def test_a_refusal_has_nothing_to_promote_unless_it_is_given(self, kb, asked):
        run = resolve(kb, asked[MOON], "promote")
        assert (run.code, "--answer" in run.err) == (2, True)

    @pytest.mark.parametrize(
        "wrong",
        [["fine", "--answer", "x"], ["gap", "--citation", "1"], ["promote", "--reason", "x"]],
    )
    def test_options_of_another_decision(self, kb, asked, wrong):
        assert resolve(kb, asked[TIDE], *wrong).code == 2


class TestStale:
    def test_listed_to_their_owners_until_they_change(self, kb, asked, kept):
        folder = kept["quay"]
        kb("feedback", "add", asked[TIDE]["id"], "down", "--comment", "last year's tide")
        tide = asked[TIDE]["citations"][0]["passage"]
        assert resolve(kb, asked[TIDE], "bad-source", "--passage", tide, "--by", "Bao").code == 0
        assert (
            resolve(
                kb,
                asked[CAT],
                "bad-source",
                "--citation",
                "1",
                "--reason",
                "she moved",
                "--by",
                "Bao",
            ).code
            == 0
        )
        first, second = kb("sources", "stale", "--json").json
        assert [first["owner"], second["owner"]] == ["Noor Vega, Harbour office", "Sunniva"]
        assert [first["passages"][0]["marks"][0][name] for name in ("reason", "by", "question")] == [
            "last year's tide", "Bao", TIDE,
        ]  # fmt: skip
        shown = kb("sources", "stale")
        assert "Sunniva" in shown.out
        assert "she moved" in shown.out
        answer = kb("ask", "--no-log", "--format", "json", CAT).json
        assert answer["citations"][0]["stale"] is True
        assert "⚠ stale" in kb("ask", "--no-log", "--format", "plain", CAT).out
        (folder / "cats.md").write_text(CATS.replace("Admiral", "Commodore"))
        assert kb("ingest", "-q", folder).code == 0
        run = kb("sources", "stale", "--json")
        assert [group["owner"] for group in run.json] == ["Noor Vega, Harbour office"]
        assert "changed since" in run.err
        assert "stale" not in kb("ask", "--no-log", "--format", "json", CAT).json["citations"][0]
        kb("feedback", "add", asked[CAT]["id"], "down")
        assert "changed since" in resolve(kb, asked[CAT], "bad-source").err

    def test_which_source_must_be_told_where_there_are_several(self, kb, asked):
        run = resolve(kb, asked[TIDE], "bad-source", "--passage", "p_none")
        assert (run.code, "--citation" in run.err) == (2, True)

    def test_needs_no_journal(self, kb, asked):
        from kb.home import Home
        from kb.knowledge import open_knowledge_base
        from kb.settings import Settings

        opened = open_knowledge_base(Home(kb.home), Settings(embedder="static"))
        kb.home.joinpath("journal.sqlite3").rename(kb.home / "away")
        assert opened.stale == {}
        assert not kb.home.joinpath("journal.sqlite3").exists()


class TestEntriesTakenForWhatTheyDoNotAnswer:
    def test_a_bad_source_is_one_for_its_question_alone(self, kb, tmp_path):
        kb = Here(type(kb)(tmp_path / "builtin", embedder="builtin"))
        (tmp_path / "hall.md").write_text(
            "# The hall\n\n## Cleaning\n\nCleaning the lantern hall takes the guests an hour; the brooms are behind the door.\n"
        )
        assert kb("ingest", "-q", tmp_path / "hall.md").code == 0
        with faq_of(kb) as faq:
            entry = faq.add(
                "How do I clean the lantern hall?",
                "Lanterns are wiped with a dry cloth.",
                also=["怎么打扫灯笼厅？"],
            )
        asked, again, own = (
            "What does cleaning the lantern hall take?",
            "what does the cleaning of the lantern hall take",
            entry.question,
        )
        source = f"faq/{entry.id}"
        answer = kb("ask", asked, "--format", "json").json
        assert answer["citations"][0]["source"] == source
        run = kb(
            "feedback",
            "resolve",
            answer["id"],
            "--as",
            "bad-source",
            "--citation",
            "1",
            "--by",
            "Rita",
        )
        assert (run.code, run.out) == (0, f"[1] {source} is not taken for this question any more\n")
        for question in (asked, again):
            found = kb("search", question, "--json").json["hits"]
            assert found[0]["source"] == "hall.md"
            assert [hit.get("stale") for hit in found if hit["source"] == source] in ([], [True])
            assert source not in [
                each["source"]
                for each in kb("ask", question, "--no-log", "--format", "json").json["citations"]
            ]
        for question in (own, "怎么打扫灯笼厅？"):
            hit = kb("search", question, "--json").json["hits"][0]
            assert (hit["source"], hit.get("stale")) == (source, None)
        assert kb("faq", "list", "--due", "--json").json == []
        assert kb("feedback", "resolve", answer["id"], "--as", "undo", "--by", "Rita").code == 0
        assert kb("search", asked, "--json").json["hits"][0]["source"] == source

    def test_for_its_own_question_it_is_due_until_somebody_reads_it_again(self, kb, tmp_path):
        kb = Here(type(kb)(tmp_path / "builtin", embedder="builtin"))
        own = "How much is the lantern hall?"
        entry = (
            kb("faq", "add", "--question", own, "--answer", "40 coins.").out.split()[1].rstrip(":")
        )
        answer = kb("ask", "how much is the lantern hall", "--format", "json").json
        run = kb("feedback", "resolve", answer["id"], "--as", "bad-source", "--by", "Rita")
        assert run.out.endswith("so it is due for review: kb faq list --due\n")
        assert kb("ask", own, "--no-log").code == 3
        (due,) = kb("faq", "list", "--due", "--json").json
        assert (due["id"], due["due"]) == (entry, [f"a bad source for {own!r}"])
        assert kb("stats", "--json").json["due"] == 1
        assert f"due for review: a bad source for {own!r}" in kb("show", entry).out
        assert kb("faq", "edit", entry, "--confirm").code == 0
        assert kb("ask", own, "--no-log").code == 0
        assert kb("faq", "list", "--due", "--json").json == []
