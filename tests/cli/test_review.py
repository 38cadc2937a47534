"""The review, driven key by key in a pseudo-terminal."""

from __future__ import annotations

import shutil
import signal
import sys
import unicodedata
from contextlib import contextmanager

import pytest
from typist import KEYS, Typist

from kb.journal import Journal

HARBOUR = """# The harbour

## Lanterns

Lanterns on the north pier are lit at dusk by the keeper, who counts them twice.

## Ferries

The ferry to Cold Island leaves at seven in the morning and costs four crowns.

## Oil

Lamp oil is delivered on Mondays by the chandler, in barrels of forty litres.
"""
OTHER = (
    "# Timetable\n\nFrom May on, the ferry to Cold Island leaves at nine and costs five crowns.\n"
)
FERRY = "when does the ferry to Cold Island leave?"
LANTERNS = "who lights the lanterns on the north pier?"
OIL = "when is lamp oil delivered?"
DENTIST = "which dentist treats horses?"
FINE = "fine\n"


@pytest.fixture
def asked(kb, kept, tmp_path_factory):
    """`kb` in which four questions were asked; one of them is refused. Gives their exchanges by
    question.
    """
    if "harbour" not in kept:
        made = type(kb)(tmp_path_factory.mktemp("harbour") / "home")
        folder = tmp_path_factory.mktemp("piers")
        (folder / "harbour.md").write_text(HARBOUR)
        (folder / "timetable.md").write_text(OTHER)
        assert made("ingest", "-q", folder).code == 0
        lines = made(
            "ask", "--stdin", "--jsonl", stdin="\n".join((FERRY, LANTERNS, OIL, DENTIST))
        ).lines
        assert [line["status"] for line in lines] == [
            "answered",
            "answered",
            "answered",
            "abstained",
        ]
        kept["harbour"] = made, {line["question"]: line for line in lines}
    made, exchanges = kept["harbour"]
    shutil.copytree(made.home, kb.home)
    return exchanges


@pytest.fixture
def sit(kb):
    """A reviewer sits down at a terminal of their own."""
    opened = []

    def start(*arguments, **env):
        opened.append(Typist(kb, "feedback", "review", *arguments, env=env))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def editor(tmp_path):
    """An editor that keeps what it is given, and changes it: `editor(old, new)` gives its EDITOR."""

    def make(old="", new="", *, code=0):
        script = tmp_path / "editor.py"
        script.write_text(
            f"import pathlib, sys\npath = pathlib.Path(sys.argv[-1])\ntext = path.read_text('utf-8')\n"
            f"pathlib.Path({str(tmp_path / 'given.md')!r}).write_text(text, 'utf-8')\n"
            f"if {old!r}:\n    path.write_text(text.replace({old!r}, {new!r}), 'utf-8')\nsys.exit({code})\n"
        )
        return {"EDITOR": f"{sys.executable} {script}", "VISUAL": ""}

    return make


@contextmanager
def journal(kb):
    opened = Journal(kb.home / "journal.sqlite3")
    yield opened
    opened.close()


def down(kb, exchange, **said):
    with journal(kb) as opened:
        opened.add_verdict(exchange["id"], "down", **said)


def decided(kb, exchange):
    """What stands of the decisions on an exchange."""
    with journal(kb) as opened:
        return [
            (decision.kind, decision.by) for decision in opened.reviews.standing(exchange["id"])
        ]


class TestKeys:
    def test_a_correction_is_promoted_and_answers_the_next_question(
        self, kb, asked, sit, editor, tmp_path
    ):
        down(kb, asked[FERRY], comment="an old time", correct="It leaves at eight.", by="Bao")
        ines = sit(**editor(FERRY, "At what hour does the Cold Island ferry leave?"))
        shown = ines.decide("p", "promoted: FAQ entry")
        assert "voted down" in shown
        assert FERRY in shown
        assert "Bao" in shown
        assert "an old time" in shown
        assert "leaves at seven in the morning" in shown
        given = (tmp_path / "given.md").read_text("utf-8")
        assert "It leaves at eight." in given
        assert "[1]" not in given
        assert "harbour.md" in given
        ines.decide("q")
        assert ines.end()[0] == 0
        for question in (FERRY, "At what hour does the Cold Island ferry leave?"):
            answer = kb("ask", "--no-log", "--format", "json", question).json
            assert "It leaves at eight." in answer["answer"]
            assert answer["citations"][0]["anchor"]["label"].startswith("FAQ · reviewed 20")
        assert decided(kb, asked[FERRY]) == [("promoted", "ines")]

    def test_undoing_a_promotion_takes_its_entry_out_again(self, kb, asked, sit, editor):
        down(kb, asked[FERRY], correct="It leaves at eight.")
        ines = sit(**editor("It leaves", "The ferry leaves"))
        ines.decide("p", "promoted: FAQ entry")
        ines.decide("u", "undone: promoted")
        assert FERRY in ines.decide("q")
        assert ines.end()[0] == 0
        assert "eight" not in kb("ask", "--no-log", FERRY).out
        assert decided(kb, asked[FERRY]) == []

    def test_what_is_not_saved_is_promoted_only_when_the_reviewer_says_so(
        self, kb, asked, sit, editor
    ):
        down(kb, asked[LANTERNS])
        ines = sit(**editor())
        ines.decide("p", "promote it as it stands?")
        ines.press("n")
        ines.see("not promoted")
        ines.decide("p", "promote it as it stands?")
        ines.press("y")
        ines.see("promoted: FAQ entry")
        ines.decide("q")
        assert ines.end()[0] == 0
        assert "FAQ · reviewed" in kb("ask", "--no-log", LANTERNS).out

    @pytest.mark.parametrize(
        ("old", "new", "code", "told"),
        [
            ("#: Answer", "", 0, "are gone"),
            ("Lanterns", "", 7, "Editing failed"),
            ("#: Question", "#: Question\n!", 0, ""),
        ],
        ids=["without its marks", "editor failed", "no words"],
    )
    def test_what_can_not_be_used_is_kept_and_opened_again(
        self, kb, asked, sit, editor, old, new, code, told, tmp_path
    ):
        down(kb, asked[LANTERNS])
        if not told:
            old, new, told = LANTERNS, "???", "needs words"
        ines = sit(TMPDIR=str(tmp_path), **editor(old, new, code=code))
        assert told in ines.decide("p", KEYS)
        (file,) = tmp_path.glob("kb-faq-*")
        editor(file.read_text("utf-8"), f"#: Question\n{LANTERNS}\n#: Answer\nThe keeper does.\n")
        ines.press("p")
        ines.see("promoted: FAQ entry")
        assert list(tmp_path.glob("kb-faq-*")) == []

    def test_what_is_kept_outlives_a_second_look_and_its_loss_is_told(
        self, kb, asked, sit, editor, tmp_path
    ):
        down(kb, asked[LANTERNS])
        ines = sit(TMPDIR=str(tmp_path), **editor(LANTERNS, "???"))
        assert "what you wrote is kept in" in ines.decide("p", KEYS)
        (file,) = tmp_path.glob("kb-faq-*")
        file.write_text(f"#: Question\n{LANTERNS}\n#: Answer\nThe keeper does.\n")
        editor()
        ines.press("p")
        ines.see("promote it as it stands?")
        ines.press("n")
        assert "what you wrote is kept in" in ines.see(KEYS)
        assert "The keeper does." in file.read_text()
        file.unlink()
        ines.press("p")
        assert "can't be read" in ines.see(KEYS)
        editor("\n\n#: Answer", "?\n\n#: Answer")
        ines.press("p")
        ines.see("promoted: FAQ entry")

    def test_every_line_of_an_answer_is_kept(self, kb, asked, sit, editor):
        down(kb, asked[LANTERNS], correct="#: The keeper does.\n#: Twice.")
        ines = sit(**editor("Twice.", "Twice, at dusk.\n#: And alone."))
        ines.decide("p", "promoted: FAQ entry")
        with journal(kb) as opened:
            (entry,) = opened.faq.entries()
        assert entry.answer == "#: The keeper does.\n#: Twice, at dusk.\n#: And alone."

    def test_an_undo_that_fails_can_be_tried_again(self, kb, asked, sit):
        ines = sit("--all")
        first, second = ines.decide("f", FINE), ines.decide("g", "gap\n")
        (gap,) = (question for question in asked if f"{question}" in second)
        with journal(kb) as opened:
            opened._db.execute(
                "CREATE TRIGGER failing BEFORE INSERT ON decisions WHEN NEW.kind = 'undo'"
                " BEGIN SELECT RAISE(ABORT, 'no luck'); END"
            )
            assert "no luck" in ines.decide("u", KEYS)
            opened._db.execute("DROP TRIGGER failing")
        ines.press("u")
        assert "undone: a gap" in ines.see(KEYS)
        assert decided(kb, asked[gap]) == []
        assert FINE in first

    def test_a_bad_source_ranks_lower_and_is_listed_until_undone(self, kb, asked, sit):
        before = kb("search", "--json", "-k", "2", FERRY).json["hits"]
        down(kb, asked[FERRY], comment="that was last year")
        ines = sit()
        cited = asked[FERRY]["citations"]
        shown = ines.decide("b", "which one?" if len(cited) > 1 else "is marked stale")
        if len(cited) > 1:
            ines.press("1")
            ines.see("is marked stale")
        ines.decide("q")
        assert ines.end()[0] == 0
        after = kb("search", "--json", "-k", "2", FERRY).json["hits"]
        assert [hit["passage"] for hit in after] == [hit["passage"] for hit in before][::-1], shown
        assert [hit.get("stale") for hit in after] == [None, True]
        (group,) = kb("sources", "stale", "--json").json
        assert group["owner"] == "harbour.md"
        (mark,) = group["passages"][0]["marks"]
        assert (mark["reason"], mark["by"], mark["question"]) == (
            "that was last year",
            "ines",
            FERRY,
        )
        assert "⚠ stale" in kb("search", FERRY).out
        again = sit()
        again.decide("u", "undone: a bad source")
        again.decide("q")
        again.end()
        assert [
            hit["passage"] for hit in kb("search", "--json", "-k", "2", FERRY).json["hits"]
        ] == [hit["passage"] for hit in before]
        assert kb("sources", "stale", "--json").json == []

    def test_fine_gap_skip_undo_of_each_and_the_order(self, kb, asked, sit):
        down(kb, asked[OIL])
        down(kb, asked[LANTERNS])
        down(kb, asked[LANTERNS], comment="twice")
        ines = sit()
        order = [
            ines.decide(key, told) for key, told in (("f", FINE), ("s", "skipped"), ("g", "a gap"))
        ]
        for shown, question in zip(order, (LANTERNS, OIL, DENTIST), strict=True):
            assert f"Q: {question}" in shown
        ines.see("u undo · q quit\n> ")
        for question, told in ((DENTIST, "a gap"), (OIL, "skipped"), (LANTERNS, "fine")):
            ines.press("u")
            ines.see(f"undone: {told}")
            assert f"Q: {question}" in ines.see(KEYS)
        ines.press("u")
        ines.see("nothing to undo")
        ines.decide("q")
        code, shown = ines.end()
        assert (code, "kept" in shown) == (0, False)
        assert all(decided(kb, asked[question]) == [] for question in (OIL, LANTERNS, DENTIST))

    def test_long_comments_are_cut(self, kb, asked, sit):
        down(kb, asked[OIL], comment="too " * 50_000, correct="油" * 200_000)
        shown = sit().see(KEYS)
        assert len(shown) < 5000
        assert shown.count("…") == 2

    def test_keys_that_mean_nothing_decide_nothing(self, kb, asked, sit):
        down(kb, asked[OIL])
        ines = sit()
        for key in ("x", "\x1b[A", "é", "?", " "):
            ines.decide(key, "q · quit; every decision is kept already")
        ines.decide("Ｆ", FINE)


class TestSessions:
    def test_quit_and_go_on(self, kb, asked, sit):
        for question in (FERRY, LANTERNS, OIL):
            down(kb, asked[question])
        ines = sit()
        assert f"Q: {OIL}" in ines.decide("s", "skipped")
        assert f"Q: {LANTERNS}" in ines.decide("f", FINE)
        ines.decide("q")
        assert ines.end()[0] == 0
        ines = sit()
        assert f"Q: {FERRY}" in ines.decide("f", FINE)
        assert f"Q: {DENTIST}" in ines.decide("f", FINE)
        assert f"Q: {OIL}" in ines.decide("q"), "what was skipped comes last"
        bao = sit("--by", "Bao")
        assert f"Q: {OIL}" in bao.decide("f", FINE)
        bao.see("that was all")
        bao.press("q")
        assert bao.end()[0] == 0
        assert "nothing to review" in sit().end()[1]

    def test_ctrl_c_and_a_closed_terminal_give_back_what_was_looked_at(self, kb, asked, sit):
        down(kb, asked[OIL])
        down(kb, asked[FERRY])
        ines = sit()
        ines.decide("f", FINE)
        ines.decide("\x03")
        assert ines.end()[0] == 130
        ines = sit()
        assert f"Q: {FERRY}" in ines.see(KEYS)
        ines.hang_up()
        ines = sit("--limit", "1")
        assert f"Q: {FERRY}" in ines.decide("f", "that was all")
        ines.press("q")
        assert ines.end()[0] == 0
        assert decided(kb, asked[OIL]) == [("fine", "ines")]

    @pytest.mark.parametrize("signalled", [True, False])
    def test_a_terminal_that_is_gone_leaves_no_report_of_a_bug(
        self, kb, asked, sit, tmp_path, signalled
    ):
        down(kb, asked[OIL])
        ines = sit(HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))
        ines.see(KEYS)
        assert ines.lose(signalled=signalled) == 0
        assert list(tmp_path.rglob("error-*.txt")) == []

    def test_what_was_asked_and_answered_alike_is_decided_at_once(self, kb, asked, sit):
        again = kb("ask", "--stdin", "--jsonl", stdin=f"{DENTIST}\n{OIL}\n").lines
        assert [line["status"] for line in again] == ["abstained", "answered"]
        down(kb, asked[OIL])
        ines = sit("--all")
        assert f"Q: {OIL}" in ines.decide("s", "skipped")
        assert "asked 2 times" in ines.decide("g", "a gap")
        for _ in (FERRY, LANTERNS, OIL):
            assert DENTIST not in ines.decide("f", FINE)
        ines.see("that was all")

    def test_killed_right_after_a_decision(self, kb, asked, sit):
        down(kb, asked[OIL])
        ines = sit()
        ines.decide("g", "a gap")
        ines.process.send_signal(signal.SIGKILL)
        ines.process.wait()
        assert decided(kb, asked[OIL]) == [("gap", "ines")]

    def test_who_was_killed_keeps_nothing_from_the_others(self, kb, asked, sit):
        down(kb, asked[OIL])
        ines = sit()
        assert f"Q: {OIL}" in ines.see(KEYS)
        ines.process.send_signal(
            signal.SIGKILL
        )  # not waited for: a process that ended looks at nothing either
        bao = sit("--by", "Bao", "--limit", "1")
        assert f"Q: {OIL}" in bao.decide("f", FINE)

    def test_what_is_known_to_be_alive_or_of_another_host_keeps_its_claim(self, kb, asked):
        from kb.journal.reviews import is_gone, new_claimant

        mine = new_claimant()
        name, host, pid, born = mine.split()
        assert not is_gone(mine)
        assert not is_gone(f"{name} other{host} 999999999 {born}")
        assert not is_gone(name)
        assert is_gone(f"{name} {host} 999999999 {born}")
        if born != "-":
            assert is_gone(f"{name} {host} {pid} 1")

    def test_two_at_once_see_different_exchanges_and_do_not_overwrite_each_other(
        self, kb, asked, sit
    ):
        for question in (FERRY, LANTERNS, OIL):
            down(kb, asked[question])
        ines, bao = sit(), sit("--by", "Bao")
        first, second = ines.see(KEYS), bao.see(KEYS)
        taken = [
            next(q for q in (FERRY, LANTERNS, OIL) if f"Q: {q}" in shown)
            for shown in (first, second)
        ]
        assert taken[0] != taken[1]
        run = kb("feedback", "resolve", asked[taken[0]]["id"], "--as", "gap", "--by", "Chidi")
        assert run.code == 0, run.err
        ines.press("f")
        shown = ines.see(KEYS)
        assert "Chidi has decided meanwhile: gap" in shown
        assert f"Q: {taken[0]}" not in shown
        bao.press("f")
        bao.see(FINE)
        bao.see(KEYS)  # by now the last one is Bao's
        assert decided(kb, asked[taken[0]]) == [("gap", "Chidi")]
        assert decided(kb, asked[taken[1]]) == [("fine", "Bao")]
        ines.press("f")
        ines.see(FINE)
        bao.press("f")
        bao.see(FINE)
        bao.see("that was all")

    @pytest.mark.parametrize("votes", [0, 2])
    def test_what_is_undone_after_it_was_opened_again_waits_once(self, kb, asked, sit, votes):
        down(kb, asked[OIL])
        assert kb("feedback", "resolve", asked[OIL]["id"], "--as", "fine", "--by", "ines").code == 0
        down(kb, asked[OIL])
        for _ in range(votes):
            down(kb, asked[FERRY])
        ines, left = sit(), 3 if votes else 2
        assert f"{left} left" in ines.decide("u", "undone: fine")
        shown = ines.see(KEYS)
        assert f"Q: {OIL}" in shown
        assert f"{left} left" in shown

    def test_others_are_told_of_only_as_long_as_they_look(self, kb, asked, sit):
        down(kb, asked[FERRY])
        down(kb, asked[OIL])
        ines = sit()
        ines.see(KEYS)
        bao = sit("--by", "Bao")
        bao.see(KEYS)
        chidi = sit("--by", "Chidi")
        chidi.see(KEYS)
        bao.press("q")
        assert "1 more: others are looking at them now" in bao.end()[1]
        ines.press("f")
        ines.see(FINE)
        ines.decide("q")
        ines.end()
        chidi.press("q")
        assert "more" not in chidi.end()[1]

    def test_a_vote_down_after_a_decision_opens_it_again(self, kb, asked, sit):
        assert kb("feedback", "resolve", asked[OIL]["id"], "--as", "fine", "--by", "Bao").code == 0
        down(kb, asked[OIL], comment="no: on Tuesdays")
        ines = sit()
        shown = ines.see(KEYS)
        assert f"Q: {OIL}" in shown
        assert "decided before" in shown
        down(kb, asked[OIL], comment="and again")
        ines.press("g")
        ines.see("a gap")
        again = sit()
        assert "and again" in again.see(KEYS), (
            "what came while it was looked at is not answered by the decision"
        )

    def test_a_named_persons_newer_vote_replaces_the_older(self, kb, asked):
        from retrieval.feedback.review_queue import open_cases

        down(kb, asked[OIL], by="Bao")
        down(kb, asked[FERRY], by="Bao")
        down(kb, asked[FERRY])
        with journal(kb) as opened:
            for question in (OIL, FERRY):
                opened.add_verdict(asked[question]["id"], "up", by="Bao")
            waiting = {case.exchange.question: len(case.complaints) for case in open_cases(opened)}
        assert waiting == {FERRY: 1, DENTIST: 0}


class TestTerminals:
    def test_forty_columns_and_nothing_but_text(self, kb, asked, sit):
        down(
            kb,
            asked[FERRY],
            comment="很久以前的时间，现在已经不是这样了，请大家看看新的时刻表再来坐船吧。",
            correct="八点。",
        )
        ines = sit(COLUMNS="40", LC_ALL="C.UTF-8")
        shown = ines.decide("q")
        assert "\x1b" not in shown
        widths = [
            sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
            for line in shown.split("\n")
        ]
        assert max(widths) <= 40, shown

    def test_without_a_terminal_it_says_what_to_use_instead(self, kb, asked):
        run = kb("feedback", "review")
        assert (run.code, run.out) == (2, "")
        assert "needs a terminal" in run.err
        assert "kb feedback resolve" in run.err
