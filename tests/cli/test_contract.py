"""What CONTRACT.md promises to users, scripts and checks."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import termios
import time
from datetime import datetime
from pathlib import Path

import pytest
from homes import problems

from tests.patience import PATIENCE

EQUITY = "how should cofounders split equity?"
UNKNOWN = "which tram goes to the botanical garden in Ghent on Sundays?"
# Everything that a terminal would obey: C0 controls but tab and line feed, DEL, C1 controls, marks
# that turn writing round.
CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def assert_fields(found, wanted):
    """`found` has at least the fields `wanted`, each of its type."""
    for name, kind in wanted.items():
        assert name in found, f"no field {name!r}"
        assert isinstance(found[name], kind), f"{name} is {found[name]!r}"
        assert not isinstance(found[name], bool) or kind is bool


NUMBER = (int, float)
ANCHOR = {"type": str, "label": str, "start": NUMBER, "end": NUMBER}
HIT = {
    "rank": int, "score": float, "passage": str, "document": str, "source": str, "title": str, "kind": str, "lang": str,
    "meta": dict, "text": str, "anchor": dict,
}  # fmt: skip
SEARCH = {"id": str, "question": str, "seconds": float, "confidence": float, "hits": list}
ANSWER = {
    "id": str, "question": str, "status": str, "confidence": float, "answer": str, "writer": str, "seconds": float,
    "sentences": list, "citations": list,
}  # fmt: skip
SENTENCE = {"text": str, "citations": list, "supported": bool, "reason": (str, type(None))}
CITATION = {
    "n": int, "passage": str, "document": str, "source": str, "title": str, "quote": str, "url": (str, type(None)), "anchor": dict,
}  # fmt: skip


class TestJson:
    def test_ingest(self, kb, folder):
        (folder / "note.md").write_text("Lanterns are lit at dusk.")
        (folder / "empty.md").write_text("")
        run = kb("ingest", "--json", folder)
        assert (run.code, run.err, run.out.count("\n")) == (0, "", 1)
        whole = dict.fromkeys(("added", "updated", "unchanged", "removed", "passages"), int)
        assert_fields(run.json, {**whole, "seconds": float, "skipped": list})
        assert run.json["skipped"] == [{"source": "empty.md", "reason": "empty file"}]
        assert (run.json["added"], run.json["passages"]) == (1, 1)

    def test_search(self, library):
        run = library("search", "--json", "-k", "5", EQUITY)
        assert (run.code, run.err, run.out.count("\n")) == (0, "", 1)
        found = run.json
        assert_fields(found, SEARCH)
        assert found["question"] == EQUITY
        assert 0 <= found["confidence"] <= 1
        assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4, 5]
        scores = [hit["score"] for hit in found["hits"]]
        assert scores == sorted(scores, reverse=True)
        for hit in found["hits"]:
            assert_fields(hit, HIT)
            assert_fields(hit["anchor"], ANCHOR)
            assert hit["passage"].startswith("p_")
            assert hit["document"].startswith("d_")

    @pytest.mark.parametrize(
        ("kind", "anchor", "label"),
        [
            ("doc", "lines", r"L\d+(–\d+)?"),
            ("transcript", "time", r"\d\d:\d\d:\d\d( · .+)?"),
            ("faq", "faq", r"#\S+ · L\d+(–\d+)?"),
        ],
    )
    def test_anchors(self, library, kind, anchor, label):
        found = library("search", "--json", "investors and equity", "--kind", kind).json["hits"]
        assert found
        for hit in found:
            assert (hit["kind"], hit["anchor"]["type"]) == (kind, anchor)
            assert re.fullmatch(label, hit["anchor"]["label"]), hit["anchor"]["label"]
            assert 0 <= hit["anchor"]["start"] <= hit["anchor"]["end"]

    def test_the_lines_of_an_anchor_are_the_lines_of_the_file(self, library):
        for hit in library("search", "--json", EQUITY, "--kind", "doc").json["hits"]:
            path = library("show", "--json", hit["passage"]).json["path"]
            with open(path, encoding="utf-8") as stream:
                lines = stream.read().split("\n")[hit["anchor"]["start"] - 1 : hit["anchor"]["end"]]
            assert hit["text"] in "\n".join(lines)

    @pytest.mark.parametrize(
        "question", [EQUITY, "what makes an investor pass at demo day?", "种子用户怎么找？"]
    )
    def test_ask(self, library, question):
        run = library("ask", "--no-log", "--format", "json", question)
        assert (run.code, run.err, run.out.count("\n")) == (0, "", 1)
        given = run.json
        assert_fields(given, ANSWER)
        assert given["id"].startswith("x_")
        assert (given["question"], given["status"], given["writer"]) == (
            question,
            "answered",
            "extractive",
        )
        assert 0 <= given["confidence"] <= 1
        numbers = [citation["n"] for citation in given["citations"]]
        assert numbers == list(range(1, len(numbers) + 1))
        marks = [int(mark) for mark in re.findall(r"\[(\d+)\]", given["answer"])]
        assert list(dict.fromkeys(marks)) == numbers
        for sentence in given["sentences"]:
            assert_fields(sentence, SENTENCE)
            assert sentence["supported"]
            assert set(sentence["citations"]) <= set(numbers)
        for citation in given["citations"]:
            assert_fields(citation, CITATION)
            assert_fields(citation["anchor"], ANCHOR)
            shown = library("show", "--json", citation["passage"]).json
            assert any(
                citation["quote"] in piece["text"]
                for piece in shown["around"]
                if piece["passage"] == citation["passage"]
            )

    def test_ask_cites_a_talk_at_its_second(self, library):
        (citation, *_) = library(
            "ask",
            "--no-log",
            "--format",
            "json",
            "--kind",
            "transcript",
            "what makes an investor pass in the first ten minutes?",
        ).json["citations"]
        assert_fields(citation["anchor"], {**ANCHOR, "speaker": str})
        assert citation["anchor"]["type"] == "time"
        assert citation["anchor"]["label"].endswith(f" · {citation['anchor']['speaker']}")
        assert (
            citation["url"]
            == f"https://video.example.org/watch/demo-day-panel-2026-02#t={int(citation['anchor']['start'])}"
        )

    def test_a_refusal(self, library):
        run = library("ask", "--no-log", "--format", "json", UNKNOWN)
        assert (run.code, run.err) == (3, "")
        assert_fields(run.json, ANSWER)
        assert run.json["status"] == "abstained"
        assert (run.json["sentences"], run.json["citations"]) == ([], [])
        assert run.json["answer"]

    def test_stats(self, kb, folder):
        (folder / "note.md").write_text("Lanterns are lit at dusk.")
        (folder / "questions.csv").write_text(
            "question,answer\nWhen do gates open?,At nine.\nWhen do gates close?,At ten.\n"
        )
        kb("ingest", folder)
        kb("ask", "when are lanterns lit?")
        run = kb("stats", "--json")
        whole = dict.fromkeys(("documents", "passages", "faq", "exchanges", "pending"), int)
        assert_fields(run.json, {**whole, "embedder": str})
        assert {name: run.json[name] for name in whole} == {
            "documents": 2,
            "passages": 3,
            "faq": 2,
            "exchanges": 1,
            "pending": 0,
        }

    def test_doctor_of_a_healthy_home(self, library):
        run = library("doctor", "--json")
        assert run.json["healthy"] is True
        assert {check["problem"] for check in run.json["checks"]} == {""}
        assert (run.code, run.err) == (0, "")
        assert library("doctor").code == 0

    def test_times_are_utc(self, kb, folder):
        (folder / "note.md").write_text("Lanterns are lit at dusk.")
        kb("ingest", folder, env={"TZ": "Asia/Shanghai"})
        kb("ask", "when are lanterns lit?", env={"TZ": "Asia/Shanghai"})
        times = [
            kb("sources", "list", "--json").json[0]["ingested_at"],
            kb("log", "list", "--json").lines[0]["at"],
        ]
        now = time.time()
        for text in times:
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", text)
            assert abs(datetime.fromisoformat(text).timestamp() - now) < 600


class TestExitCodes:
    """0, 1 and 2 stand all over these tests; 4 in test_openai_writer.py."""

    @pytest.mark.parametrize("style", ["text", "markdown", "plain", "json"])
    def test_3_when_the_sources_do_not_answer(self, library, style):
        run = library("ask", "--no-log", "--format", style, UNKNOWN)
        assert (run.code, run.err) == (3, "")
        assert "do not answer" in run.out
        assert "[1]" not in run.out

    def test_3_for_everything_when_nothing_is_left_by_a_filter(self, library):
        run = library("ask", "--no-log", "--where", "tags=nothing like it", EQUITY)
        assert run.code == 3

    def interrupt(self, kb, process):
        """Press Ctrl-C: all processes of the terminal get the signal."""
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, out, err.decode().strip()) == (130, b"", "kb: interrupted")

    def start(self, kb, *arguments):
        """Start `kb` in a process of its own, where those that it starts have names of theirs."""
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            kb.argv(*arguments), env=kb.environment(), start_new_session=True, **pipes
        )

    def write_crates(self, folder, number):
        for each in range(number):
            (folder / f"{each}.md").write_text(
                f"# Crate {each}\n\n" + f"Crate {each} holds lanterns. " * 100
            )

    def test_130_when_interrupted_while_ingesting(self, kb, folder):
        self.write_crates(folder, 200)
        process = kb.start("ingest", folder, new_session=True)
        until(lambda: documents(kb) > 0)
        self.interrupt(kb, process)
        again = kb("ingest", "--json", folder)
        assert (again.code, again.err) == (0, "")
        assert again.json["unchanged"] > 0, "what was done before the interruption is done"
        assert kb("stats", "--json").json["documents"] == 200
        assert problems(kb) == {}

    @pytest.mark.skipif(
        not Path("/proc/self/stat").exists(), reason="there is no /proc to see a process start"
    )
    @pytest.mark.parametrize(
        "milliseconds",
        [
            0,
            pytest.param(20, marks=pytest.mark.slow),
            40,
            pytest.param(70, marks=pytest.mark.slow),
            110,
            pytest.param(160, marks=pytest.mark.slow),
        ],
    )
    def test_130_when_interrupted_while_the_reading_processes_start(self, kb, folder, milliseconds):
        self.write_crates(folder, 20)
        process = self.start(kb, "ingest", folder)
        until(lambda: "spawn_main" in command_lines_in(process.pid))
        time.sleep(milliseconds / 1000)
        self.interrupt(kb, process)

    def test_130_when_interrupted_while_waiting_for_a_question(self, library):
        process = library.start("ask", "-", new_session=True)
        process.stdin.write(b"when are")
        process.stdin.flush()
        until(lambda: unread(process.stdin) == 0)
        self.interrupt(library, process)


def documents(kb):
    """How many documents there are; 0 as long as the knowledge base is only being made."""
    stats = kb("stats", "--json") if (kb.home / "catalog.sqlite3").exists() else None
    return stats.json["documents"] if stats and stats.code == 0 else 0


def until(done, seconds=PATIENCE):
    """Wait until something is the case."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def unread(pipe):
    """The bytes in a pipe that nobody has read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def command_lines_in(session):
    """The command lines of all processes of a session."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[3]) == session:
                found.append((entry / "cmdline").read_text())
        except OSError:
            continue
    return "\n".join(found)


class TestQuestion:
    def test_from_the_argument_a_dash_and_a_pipe(self, library):
        asked = [
            library("ask", "--no-log", "--format", "json", EQUITY).json,
            library("ask", "--no-log", "--format", "json", "-", stdin=f"{EQUITY}\n").json,
            library("ask", "--no-log", "--format", "json", stdin=f"  {EQUITY}\r\n\n").json,
        ]
        assert [each["question"] for each in asked] == [EQUITY] * 3
        assert asked[0]["answer"] == asked[1]["answer"] == asked[2]["answer"]

    def test_on_a_terminal_without_one(self, library, terminal):
        code, shown = terminal("--home", library.home, "ask")
        assert code == 2
        assert shown.startswith("kb: there is no question\n  hint: ")

    def test_with_a_leading_dash_after_two_dashes(self, library):
        run = library("search", "--json", "--", "--equity split")
        assert (run.code, run.json["question"]) == (0, "--equity split")


class TestFormats:
    def test_markdown_in_a_pipe(self, library):
        run = library("ask", "--no-log", EQUITY)
        assert (run.code, run.err) == (0, "")
        assert run.out == library("ask", "--no-log", "--format", "markdown", EQUITY).out
        answer, sources = run.out.split("\n\n**Sources**\n\n")
        assert "[1]" in answer
        assert re.match(r"1\. .+ — `docs/en/splitting-equity\.md` L\d+", sources)
        assert "   > " in sources

    @pytest.mark.parametrize("style", ["text", "plain"])
    def test_plain_and_text(self, library, style):
        run = library("ask", "--no-log", "--format", style, EQUITY)
        assert (run.code, run.err) == (0, "")
        answer, sources = run.out.split("\n\nSources\n")
        assert "[1]" in answer
        assert re.match(r"\[1\] .+ — docs/en/splitting-equity\.md  L\d+", sources)
        assert "**" not in run.out

    def test_text_on_a_terminal(self, library, terminal):
        code, shown = terminal("--home", library.home, "ask", "--no-log", EQUITY)
        assert code == 0
        assert "\n\nSources\n[1] " in re.sub(r"\x1b\[[\d;]*m", "", shown)
        assert "**Sources**" not in shown

    def test_every_format_says_the_same(self, library):
        answer = library("ask", "--no-log", "--format", "json", EQUITY).json["answer"]
        for style in ("text", "markdown", "plain"):
            assert library("ask", "--no-log", "--format", style, EQUITY).out.startswith(
                f"{answer}\n"
            )

    def test_search_for_reading(self, library):
        run = library("search", "-k", "2", EQUITY)
        assert (run.code, run.err) == (0, "")
        assert re.search(
            r"^1\. .+\(\d\.\d\d\)\n   docs/en/splitting-equity\.md  L\d+.*  p_\w+\n   \S", run.out
        )
        assert "\n2. " in run.out
        assert "\n3. " not in run.out

    def test_tables_are_tab_separated_in_a_pipe_and_aligned_on_a_terminal(self, library, terminal):
        run = library("sources", "list")
        assert (run.code, run.err, len(run.out.splitlines())) == (0, "", 20)
        assert all(line.count("\t") == 4 for line in run.out.splitlines())
        code, shown = terminal("--home", library.home, "sources", "list")
        assert code == 0
        assert "\t" not in shown
        assert "splitting-equity.md" in shown


class TestBatch:
    LINES = (
        "how do I find my first users?",
        '{"id": "with-filter", "question": "equity", "where": {"kind": "faq"}}',
        '{"question": "种子用户怎么找？"}',
        '{"id": 7, "question": "how long should a runway be?"}',
    )
    BAD = (
        "",
        "   ",
        "?!",
        "{not json",
        '{"id": "no-question"}',
        '{"id": "w", "question": "equity", "where": "kind=faq"}',
    )

    def test_search(self, library):
        run = library("search", "--stdin", "--jsonl", "-k", "3", stdin="\n".join(self.LINES) + "\n")
        assert (run.code, run.err) == (0, "")
        assert [line["id"] for line in run.lines] == ["1", "with-filter", "3", "7"]
        questions = [line["question"] for line in run.lines]
        assert questions == [
            self.LINES[0],
            "equity",
            "种子用户怎么找？",
            "how long should a runway be?",
        ]
        for line in run.lines:
            assert_fields(line, SEARCH)
            assert len(line["hits"]) == 3
        assert {hit["kind"] for hit in run.lines[1]["hits"]} == {"faq"}
        one_by_one = library("search", "--json", "-k", "3", questions[2]).json
        assert run.lines[2]["hits"] == one_by_one["hits"]

    @pytest.mark.parametrize("command", ["search", "ask"])
    def test_half_an_emoji_and_a_byte_order_mark_hurt_no_line(self, library, command):
        lines = [
            f'{{"id": "k", "question": "{EQUITY} \\ud83d", "where": {{"lang": "en"}}}}',
            f'{{"id": "\\ud83d", "question": "{EQUITY}", "where": {{"lang": "\\ud83d"}}}}',
            EQUITY,
        ]
        run = library(
            command, "--stdin", "--jsonl", stdin=b"\xef\xbb\xbf" + "\n".join(lines).encode()
        )
        assert [line["question"] for line in run.lines] == [f"{EQUITY} \ufffd", EQUITY, EQUITY]
        if command == "search":
            assert [line["id"] for line in run.lines] == ["k", "\ufffd", "3"]
            assert [bool(line["hits"]) for line in run.lines] == [True, False, True]
        else:
            logged = library("log", "show", run.lines[0]["id"]).out
            assert EQUITY in logged

    def test_ask(self, library):
        run = library("ask", "--no-log", "--stdin", "--jsonl", stdin="\n".join(self.LINES))
        assert (run.code, run.err) == (0, "")
        assert [line["line_id"] for line in run.lines] == ["1", "with-filter", "3", "7"]
        for line in run.lines:
            assert_fields(line, ANSWER)
            assert line["id"].startswith("x_")
        assert len({line["id"] for line in run.lines}) == 4
        shown = library("show", "--json", run.lines[1]["citations"][0]["passage"]).json
        assert shown["kind"] == "faq"

    def test_filters_of_the_call_and_of_the_line_both_hold(self, library):
        lines = [
            json.dumps({"question": "equity", "where": {"lang": lang}}) for lang in ("en", "zh")
        ]
        run = library("search", "--stdin", "--jsonl", "--kind", "faq", stdin="\n".join(lines))
        assert [{(hit["kind"], hit["lang"]) for hit in line["hits"]} for line in run.lines] == [
            {("faq", "en")},
            {("faq", "zh")},
        ]

    @pytest.mark.parametrize("command", ["search", "ask"])
    def test_bad_lines_get_an_error_and_the_rest_is_answered(self, library, command):
        lines = [line for bad in self.BAD for line in (bad, "how do I find my first users?")]
        options = ["--no-log"] if command == "ask" else []
        run = library(command, *options, "--stdin", "--jsonl", stdin="\n".join(lines) + "\n")
        assert (run.code, run.err) == (1, "")
        assert len(run.lines) == len(lines)
        for bad, good in zip(run.lines[::2], run.lines[1::2], strict=True):
            assert bad["error"]
            assert "error" not in good
            assert good["hits"] if command == "search" else good["answer"]

    @pytest.mark.parametrize("question", [None, 7, ["equity"], {"text": "equity"}])
    def test_a_question_that_is_no_text(self, library, question):
        run = library(
            "search", "--stdin", "--jsonl", stdin=json.dumps({"id": "a", "question": question})
        )
        assert run.lines[0]["id"] == "a"
        assert run.lines[0]["error"]

    @pytest.mark.parametrize(
        "line", ['{"id": "a"}', '{"id": "a", "question": "equity", "where": [1]}']
    )
    def test_an_error_carries_the_id_of_its_line(self, library, line):
        run = library("search", "--stdin", "--jsonl", stdin=line)
        assert run.lines[0]["error"]
        assert run.lines[0]["id"] == "a"

    def test_answers_come_as_the_questions_do(self, library):
        """A program may hold a conversation: each answer is there before the next question is
        asked.
        """
        process = library.start("search", "--stdin", "--jsonl")
        for number in (1, 2):
            process.stdin.write(f"question number {number} on equity\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == str(number)
        assert process.communicate(timeout=PATIENCE)[0] == b""
        assert process.returncode == 0


class TestJournal:
    @pytest.fixture
    def asked(self, kb, folder):
        """A home in which one question was answered and another was not."""
        (folder / "lanterns.md").write_text(
            "# Lanterns\n\nLanterns are lit at dusk by the keeper.\n"
        )
        kb("ingest", folder)
        answered = kb("ask", "--format", "json", "when are lanterns lit?").json
        abstained = kb("ask", "--format", "json", UNKNOWN).json
        return answered["id"], abstained["id"]

    def test_log_list(self, kb, asked):
        lines = kb("log", "list", "--json").lines
        assert [line["id"] for line in lines] == [asked[1], asked[0]], "newest first"
        assert [line["status"] for line in lines] == ["abstained", "answered"]
        assert kb("log", "list", "-n", "1", "--json").lines == lines[:1]
        rows = kb("log", "list").out.splitlines()
        assert [row.split("\t")[0] for row in rows] == [asked[1], asked[0]]
        assert "when are lanterns lit?" in rows[1]
        assert kb("log").out == kb("log", "list").out

    @pytest.mark.parametrize("arguments", [("log", "show"), ("show",)], ids=" ".join)
    def test_show_an_exchange(self, kb, asked, arguments):
        run = kb(*arguments, asked[0])
        assert (run.code, run.err) == (0, "")
        assert "Q: when are lanterns lit?" in run.out
        assert "A: Lanterns are lit at dusk by the keeper. [1]" in run.out
        assert "[1] lanterns.md  L3" in run.out
        found = kb(*arguments, asked[0], "--json").json
        assert_fields(found, ANSWER)
        assert found["retrieved"][0]["source"] == "lanterns.md"
        assert kb(*arguments, asked[0][:-2]).code == 0, "the beginning of an id is enough"

    def test_show_a_passage(self, library):
        passage = library("search", "--json", EQUITY).json["hits"][0]["passage"]
        run = library("show", passage)
        assert (run.code, run.err) == (0, "")
        assert run.out.count("▶") == 1
        found = library("show", "--json", passage).json
        assert found["passage"] == passage
        assert passage in [piece["passage"] for piece in found["around"]]
        assert 2 <= len(found["around"]) <= 3

    def test_what_is_not_to_be_logged_is_not(self, kb, asked):
        assert kb("ask", "--no-log", "when are lanterns lit?").code == 0
        assert len(kb("log", "list", "--json").lines) == 2

    def test_every_line_of_a_batch_is_logged(self, kb, asked):
        run = kb(
            "ask",
            "--stdin",
            "--jsonl",
            stdin="when are lanterns lit?\nwhen are lanterns lit at dusk?\n",
        )
        assert [line["id"] for line in kb("log", "list", "--json", "-n", "2").lines] == [
            line["id"] for line in run.lines
        ][::-1]

    def test_feedback_on_an_exchange(self, kb, asked):
        added = kb(
            "feedback",
            "add",
            asked[0],
            "down",
            "--comment",
            "too short",
            "--correct",
            "At nightfall.",
            "--by",
            "Adaeze",
        )
        assert (added.code, added.err) == (0, "")
        assert asked[0] in added.out
        assert kb("feedback", "add", asked[1], "up").code == 0
        newest, oldest = kb("feedback", "list", "--json").lines
        assert (newest["exchange"], newest["value"], newest["comment"]) == (asked[1], "up", None)
        assert oldest["exchange"] == asked[0]
        assert [oldest[name] for name in ("value", "comment", "correct", "by")] == [
            "down",
            "too short",
            "At nightfall.",
            "Adaeze",
        ]
        assert len(kb("feedback", "list").out.splitlines()) == 2
        assert len(kb("feedback", "list", "-n", "1").out.splitlines()) == 1
        shown = kb("show", asked[0]).out
        assert "too short" in shown
        assert "At nightfall." in shown
        assert kb("show", asked[0], "--json").json["verdicts"][0]["by"] == "Adaeze"

    def test_last_is_the_last_of_this_terminal(self, kb, asked, terminal):
        assert terminal("ask", "when are lanterns lit at dusk?")[0] == 0
        kb("ask", "--format", "json", "when are lanterns lit?")
        code, shown = terminal("feedback", "add", "last", "up")
        assert code == 0, shown
        assert "when are lanterns lit at dusk?" in shown
        (verdict,) = kb("feedback", "list", "--json").lines
        (mine,) = [
            line["id"]
            for line in kb("log", "list", "--json").lines
            if line["question"] == "when are lanterns lit at dusk?"
        ]
        assert verdict["exchange"] == mine

    def test_last_in_scripts_is_the_last_of_the_session(self, kb, asked):
        added = kb("feedback", "add", "last", "up")
        assert added.code == 0
        assert asked[1] in added.out


class TestSources:
    def test_list(self, library):
        found = library("sources", "list", "--json").json
        fields = dict.fromkeys(
            ("document", "source", "path", "title", "kind", "lang", "ingested_at"), str
        )
        for source in found:
            assert_fields(source, {**fields, "meta": dict, "passages": int})
        assert len(found) == library("stats", "--json").json["documents"] == 20
        assert (
            sum(source["passages"] for source in found)
            == library("stats", "--json").json["passages"]
        )
        assert {source["kind"] for source in found} == {"doc", "transcript", "faq"}
        assert library("sources").out == library("sources", "list").out

    @pytest.mark.parametrize("field", ["source", "path", "document", "end"])
    def test_remove(self, kb, folder, field):
        (folder / "sub").mkdir()
        (folder / "sub" / "pier.md").write_text("The pier is made of oak.")
        (folder / "quay.md").write_text("The quay is made of stone.")
        kb("ingest", folder)
        (pier,) = [
            source
            for source in kb("sources", "list", "--json").json
            if source["source"] == "sub/pier.md"
        ]
        run = kb("sources", "remove", {**pier, "end": "pier.md"}[field])
        assert (run.code, run.out, run.err) == (0, "removed sub/pier.md\n", "")
        assert [
            hit["source"] for hit in kb("search", "--json", "what is the pier made of").json["hits"]
        ] == ["quay.md"]
        assert kb("show", pier["document"].replace("d_", "p_")).code == 1


class TestFilters:
    # no such words are indexed: what is found, the vectors found
    DENSE_ONLY = "cofoundrs splitt equitty vestting"

    @pytest.mark.parametrize("question", [EQUITY, DENSE_ONLY], ids=["words", "vectors"])
    @pytest.mark.parametrize(
        ("options", "field", "value"),
        [
            (["--kind", "faq"], "kind", "faq"),
            (["--where", "kind=transcript"], "kind", "transcript"),
            (
                ["--where", "source=docs/en/splitting-equity.md"],
                "source",
                "docs/en/splitting-equity.md",
            ),
            (
                ["--where", "SOURCE=Docs/EN/splitting-equity.md"],
                "source",
                "docs/en/splitting-equity.md",
            ),
        ],
    )
    def test_both_legs_are_filtered(self, library, question, options, field, value):
        found = library("search", "--json", "-k", "50", *options, question).json["hits"]
        assert found
        assert {hit[field] for hit in found} == {value}

    def test_both_legs_find_something(self, library):
        for question in (EQUITY, self.DENSE_ONLY):
            assert (
                library("search", "--json", question).json["hits"][0]["source"]
                == "docs/en/splitting-equity.md"
            )

    def test_filters_add_up(self, library):
        both = library(
            "search", "--json", "-k", "50", "--where", "lang=zh", "--kind", "faq", EQUITY
        ).json["hits"]
        assert {(hit["lang"], hit["kind"]) for hit in both} == {("zh", "faq")}
        none = library("search", "--json", "--where", "kind=doc", "--kind", "faq", EQUITY)
        assert (none.code, none.json["hits"], none.json["confidence"]) == (0, [], 0.0)

    def test_one_of_several_values(self, library):
        found = library("search", "--json", "-k", "50", "--where", "tags=demo-day", EQUITY).json[
            "hits"
        ]
        assert {hit["source"] for hit in found} == {"transcripts/2026-02-en-demo-day-panel.vtt"}
        assert library("search", "--json", "--where", "tags=demo", EQUITY).json["hits"] == []

    def test_the_columns_of_a_table(self, library):
        found = library(
            "search", "--json", "-k", "50", "--where", "category=outreach", "investors"
        ).json["hits"]
        assert found
        assert {hit["meta"]["category"] for hit in found} == {"outreach"}

    def test_nothing_found_is_said_beside_the_result(self, library):
        run = library("search", "--where", "tags=nothing like it", EQUITY)
        assert (run.code, run.out) == (0, "")
        assert "no passage has tags=nothing like it" in run.err
        assert run.err.endswith("kb: nothing found\n")

    def test_answers_only_quote_what_the_filter_lets_through(self, library):
        given = library(
            "ask",
            "--no-log",
            "--format",
            "json",
            "--kind",
            "faq",
            "how do I ask for a warm introduction?",
        ).json
        assert given["status"] == "answered"
        assert {citation["source"] for citation in given["citations"]} == {
            "faq/fundraising-faq.csv"
        }


class TestConfig:
    def test_where_values_come_from(self, kb, folder):
        kb.home.mkdir(mode=0o700)
        (kb.home / "kb.toml").write_text(
            'hits = 5\nsentences = 2\nopenai_api_key = "sk-from-the-file"\n'
        )
        run = kb(
            "config", "show", env={"KB_SENTENCES": "4", "KB_OPENAI_URL": "http://127.0.0.1:9/v1"}
        )
        assert (run.code, run.err) == (0, "")
        rows = {
            row[0]: row[1:3]
            for row in (line.split("\t") for line in run.out.splitlines())
            if len(row) > 2
        }
        assert rows["hits"] == ["5", "kb.toml"]
        assert rows["sentences"] == ["4", "KB_SENTENCES"]
        assert rows["openai_url"] == ["http://127.0.0.1:9/v1", "KB_OPENAI_URL"]
        assert rows["passage_chars"] == ["900", "default"]
        assert rows["openai_api_key"][1] == "kb.toml"
        assert f"home\t{kb.home}" in run.out
        assert "sk-from-the-file" not in run.out

    @pytest.mark.parametrize(
        "command",
        [
            ("config", "show"),
            ("doctor",),
            ("stats",),
            ("ask", "--no-log", EQUITY),
            ("search", EQUITY),
        ],
    )
    def test_secrets_are_never_printed(self, library, command):
        run = library(*command, env={"KB_OPENAI_API_KEY": "sk-never-to-be-seen"})
        assert run.code == 0, run.err
        assert "sk-never" not in run.out + run.err

    def test_flags_come_before_variables_before_the_file(self, kb, folder):
        (folder / "long.md").write_text(
            "\n\n".join(
                f"## Lantern {n}\n\nLantern number {n} hangs at door {n}." for n in range(9)
            )
        )
        kb("ingest", folder)
        (kb.home / "kb.toml").write_text("hits = 2\n")
        counts = [
            len(kb("search", "--json", "lantern", *flags, env=env).json["hits"])
            for flags, env in (((), {}), ((), {"KB_HITS": "3"}), (("-k", "4"), {"KB_HITS": "3"}))
        ]
        assert counts == [2, 3, 4]

    def test_the_home(self, kb, folder, tmp_path):
        (folder / "note.md").write_text("Lanterns are lit at dusk.")
        by_flag = tmp_path / "by flag"
        assert kb("--home", by_flag, "ingest", folder).code == 0
        assert kb("stats", "--home", by_flag, "--json").json["home"] == str(by_flag)
        assert not kb.home.exists()
        inner = folder / "deep" / "er"
        inner.mkdir(parents=True)
        (folder / ".kb").mkdir()
        nearest = kb("ingest", "note.md", cwd=folder, env={"KB_HOME": ""})
        assert nearest.code == 0, nearest.err
        assert kb("stats", "--json", cwd=inner, env={"KB_HOME": ""}).json["home"] == str(
            folder / ".kb"
        )

    def test_formats(self, kb):
        run = kb("formats")
        assert (run.code, run.err) == (0, "")
        for ending in (".md", ".txt", ".vtt", ".srt", ".csv"):
            assert ending in run.out


class TestHelp:
    def test_it_lists_every_command_and_each_has_its_own(self, kb):
        whole = kb("--help")
        assert (whole.code, whole.err) == (0, "")
        listed = re.findall(r"^  ([a-z]+)  +\S", whole.out.partition("Commands:")[2], re.M)
        assert {
            "ingest",
            "search",
            "ask",
            "show",
            "sources",
            "reindex",
            "config",
            "formats",
            "log",
        } <= set(listed)
        assert {"feedback", "stats", "doctor"} <= set(listed)
        for name in listed:
            run = kb(name, "--help")
            assert (run.code, run.err) == (0, "")
            assert run.out.startswith(f"Usage: kb {name}")
            assert kb(name, "-h").out == run.out
        assert not kb.home.exists()

    def test_without_a_command(self, kb):
        run = kb()
        assert (run.code, run.out) == (2, "")
        assert "Usage: kb" in run.err

    def test_the_version(self, kb):
        assert re.fullmatch(r"kb \d+\.\d+\S*\n", kb("--version").out)


class TestClosedStreams:
    @pytest.mark.parametrize(
        ("command", "code"),
        [
            ("ask <&-", 2),
            ("ask --stdin --jsonl <&-", 0),
            ("search --stdin --jsonl <&-", 0),
            ("feedback add --stdin --jsonl <&-", 0),
            ("journal import - <&-", 1),
            ("stats >&-", 0),
            ("search equity >&-", 0),
            ("ask --no-log equity 2>&-", 0),
        ],
    )
    def test_a_stream_that_the_caller_closed_is_as_if_empty(self, library, command, code):
        whole = shlex.join(map(str, library.argv())) + f" {command}"
        done = subprocess.run(
            ["bash", "-c", whole],
            env=library.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, "bug" in done.stderr) == (code, False), done.stderr


class TestEmptyArguments:
    @pytest.mark.parametrize(
        "arguments",
        [
            ("show", ""),
            ("show", "  "),
            ("log", "show", ""),
            ("feedback", "add", "", "up"),
            ("sources", "remove", ""),
            ("feedback", "resolve", "", "--as", "fine"),
            ("replay", ""),
        ],
    )
    def test_an_empty_name_is_told_in_one_line(self, kb, arguments):
        run = kb(*arguments)
        assert (run.code, run.out) == (2, "")
        line, hint = run.err.splitlines()
        assert line.startswith("kb: ")
        assert line.endswith(" is empty")
        assert hint.startswith("  hint: ")

    def test_a_question_without_end_is_not_counted_wrongly(self, kb):
        run = kb("ask", "-", stdin="a" * 2_000_000)
        assert (run.code, run.out) == (2, "")
        assert "more than 1,000,000 bytes; at most 4,000 characters" in run.err


class TestStreams:
    EVIL = "\x1b[31mred\x1b]0;title\x07 \x9b2J \u202eesrever\u202c bell\x07 back\x08 \x7f"

    @pytest.fixture
    def hostile(self, kb, folder):
        """Sources full of what a terminal would obey: in text, titles, headings, metadata, names,
        questions and speakers.
        """
        calm = (
            "The lantern keeper of the north pier lights all lanterns at dusk and writes it down in the book. "
            * 8
        )
        front = f"---\ntitle: {json.dumps('Keeper ' + self.EVIL)}\ntags: [{json.dumps(self.EVIL)}]\n---\n"
        oil = f"Oil {self.EVIL} is delivered on Mondays."
        (folder / "keeper\x1b[2J\x07.md").write_text(
            f"{front}# Lanterns {self.EVIL}\n\n{calm}\n\n{oil}\n\n{calm}\n"
        )
        wicks = (
            f"Who trims the wicks {self.EVIL}?,The keeper {self.EVIL} trims the wicks.,{self.EVIL}"
        )
        (folder / "questions.csv").write_text(
            f"question,answer,note\n{wicks}\nWhat else?,{calm * 2},\n"
        )
        horn = f"<v Ada{self.EVIL}>The fog horn {self.EVIL} sounds at night and in the morning fog."
        cues = f"00:00:01.000 --> 00:00:09.000\n{horn}\n\n00:00:10.000 --> 00:00:50.000\n<v Ben>{calm * 2}\n"
        (folder / "talk.vtt").write_text(f"WEBVTT\n\n{cues}")
        (folder / "junk\x1b[31m.md").write_bytes(bytes(range(256)) * 40)
        run = kb("ingest", folder)
        assert (run.code, run.out.split(" · ")[0]) == (
            0,
            "3 added, 0 updated, 0 unchanged, 0 removed, 1 skipped",
        )
        assert not CONTROLS.search(run.out + run.err)
        return kb

    QUESTIONS = (
        "when is the oil delivered?",
        "who trims the wicks?",
        "when does the fog horn sound?",
    )

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_nothing_of_it_reaches_a_pipe(self, hostile, question):
        runs = [hostile("search", question), hostile("search", "--json", question)]
        runs += [
            hostile("ask", "--format", style, question)
            for style in ("text", "markdown", "plain", "json")
        ]
        assert all(run.code == 0 for run in runs)
        hits, given = runs[1].json["hits"], runs[-1].json
        runs += [hostile("show", hits[0]["passage"]), hostile("show", "--json", hits[0]["passage"])]
        runs += [
            hostile("show", given["id"]),
            hostile("log", "list"),
            hostile("log", "show", "--json", given["id"]),
        ]
        runs += [
            hostile("sources", "list"),
            hostile("sources", "list", "--json"),
            hostile("sources", "remove", "unknown" + self.EVIL),
        ]
        for run in runs:
            assert not CONTROLS.search(run.out + run.err)
        assert "\x1b" in hits[0]["text"], "in JSON, the source's text stays what it is"

    def test_nothing_of_it_reaches_a_terminal(self, hostile, terminal):
        for arguments in (
            ("ask", self.QUESTIONS[0]),
            ("search", self.QUESTIONS[1]),
            ("sources", "list"),
            ("log", "list"),
        ):
            code, shown = terminal(*arguments)
            assert code == 0
            calm = re.sub(r"\x1b\[[\d;]*m", "", shown)  # bold table headers are ours
            assert not CONTROLS.search(calm), repr(calm)
            assert "\x1b[31m" not in shown

    def test_a_hostile_question_is_shown_without_it(self, hostile):
        asked = f"when is the oil delivered {self.EVIL}"
        for run in (
            hostile("ask", asked),
            hostile("ask", "--format", "json", asked),
            hostile("log", "list"),
            hostile("log", "list", "--json"),
        ):
            assert not CONTROLS.search(run.out + run.err)

    def test_results_go_to_stdout_and_notices_to_stderr(self, kb, folder):
        (folder / "note.md").write_text("Lanterns are lit at dusk.")
        (folder / "empty.md").write_text("")
        run = kb("ingest", folder)
        assert run.err == "kb: skipped empty.md: empty file\n"
        assert len(run.out.splitlines()) == 1
        quiet = kb("ingest", "-q", folder)
        assert (quiet.code, quiet.out, quiet.err) == (0, "", "")

    @pytest.mark.xfail(strict=False, reason="click itself may end with 1 before kb can end with 0")
    def test_a_reader_that_has_heard_enough(self, library):
        process = subprocess.Popen(
            library.argv("search", "--stdin", "--jsonl"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=library.environment(),
        )
        process.stdout.close()
        process.stdin.write(b"equity\n" * 50)
        process.stdin.close()
        err = process.stderr.read()
        assert (process.wait(timeout=PATIENCE), err) == (0, b"")
        process.stderr.close()

    @pytest.mark.parametrize("environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}])
    def test_any_locale(self, library, environment):
        for arguments in (
            ("ask", "--no-log", "种子用户怎么找？"),
            ("search", "--json", "种子用户怎么找？"),
            ("sources", "list"),
        ):
            run = library(*arguments, env=environment)
            assert (run.code, run.err) == (0, "")
