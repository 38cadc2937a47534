"""Held answers and the community's rules, as askers meet them."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context

import pytest
from chat_server import said
from holding import (
    DENTIST,
    FERRY,
    FERRY_AGAIN,
    KEEPER,
    LANTERNS,
    LIGHTHOUSE,
    SEVEN,
    hold,
    write_rules,
)

from kb.journal import Journal
from kb.journal.migrations import MIGRATIONS
from kb.journal.reviews import new_claimant
from kb.sqlite import connect
from retrieval.holding.policy import load_community
from retrieval.holding.timeouts import apply_timeouts

READERS = (
    ("log", "list"),
    ("log", "list", "--json"),
    ("show", "last"),
    ("show", "last", "--json"),
    ("feedback", "export"),
    ("gaps", "--json"),
    ("feedback", "report"),
)


def writing(server):
    """The settings by which the server writes the answers."""
    return {"KB_OPENAI_URL": server.url, "KB_OPENAI_MODEL": "tiny-model"}


def journal_of(kb):
    return closing(Journal(kb.home / "journal.sqlite3"))


class TestWaiting:
    def test_the_asker_gets_an_id_and_no_word_of_the_draft(self, harbour):
        run = harbour("ask", FERRY, "--channel", "pier", "--asker", "Ada Example")
        assert run.code == 5
        assert "waiting for a person" in run.out
        name = run.out.split()[-1]
        asked = harbour("ask", LANTERNS, "--channel", "pier", "--format", "json")
        assert asked.code == 5
        assert asked.json["status"] == "held"
        assert asked.json["hold"]["state"] == "waiting"
        assert not asked.json.keys() & {"answer", "sentences", "citations", "closest", "retrieved"}
        assert harbour("show", name, "--json").json["status"] == "held"
        assert "waiting for a person" in harbour("show", name).out
        read = [harbour(*each) for each in (*READERS, ("show", name), ("show", name, "--json"))]
        for each in (run, asked, *read):
            assert each.code in (0, 5)
            for word in (SEVEN, KEEPER, "harbour.md"):
                assert word not in each.out + each.err
        assert SEVEN in harbour("review", "list", "--json").out
        assert harbour("stats", "--json").json["held"] == 2

    def test_a_chinese_question_is_told_in_chinese(self, harbour):
        run = harbour("ask", LIGHTHOUSE, "--channel", "pier")
        assert run.code == 5
        assert "正在等待人工审核" in run.out

    def test_nothing_is_streamed_to_a_terminal(self, harbour, terminal):
        code, shown = terminal("ask", FERRY, "--channel", "pier")
        assert code == 5
        assert "waiting for a person" in shown
        assert SEVEN not in shown

    @pytest.mark.parametrize("style", ["plain", "slack", "wechat"])
    def test_chat_formats_say_that_it_waits(self, harbour, style):
        run = harbour("ask", FERRY, "--channel", "pier", "--format", style)
        assert run.code == 5
        assert "waiting for a person" in run.out
        assert SEVEN not in run.out

    def test_each_line_of_a_batch_is_held(self, harbour):
        run = harbour(
            "ask", "--stdin", "--jsonl", "--channel", "pier", stdin=f"{FERRY}\n{LANTERNS}"
        )
        assert run.code == 0
        assert [line["status"] for line in run.lines] == ["held", "held"]
        assert SEVEN not in run.out

    def test_a_follow_up_knows_nothing_of_the_draft(self, harbour, server):
        hold(harbour, FERRY)
        harbour("ask", "-c", "and who counts it?", env=writing(server))
        rewriting = json.dumps(server.requests[0][2])
        assert FERRY in rewriting
        assert SEVEN not in rewriting

    def test_without_a_journal_nothing_is_let_out(self, harbour):
        run = harbour("ask", FERRY, "--channel", "pier", "--no-log")
        assert run.code == 1
        assert "may be held" in run.err
        assert SEVEN not in run.out

    def test_other_channels_and_the_owners_terminal_answer_at_once(self, harbour):
        assert SEVEN in harbour("ask", FERRY).out
        assert SEVEN in harbour("ask", FERRY, "--channel", "quay").out

    def test_thanks_are_not_held(self, harbour):
        assert harbour("ask", "thank you!", "--channel", "pier").code == 0


UNSURE = '[channel.default]\nhold = "unsure"\nbelow = 0.0\n'


class TestUnsure:
    def reasons(self, kb):
        return [
            (reason["kind"], reason["detail"])
            for line in kb("review", "list", "--json").lines
            for reason in line["reasons"]
        ]

    def test_what_is_sure_is_answered(self, harbour):
        write_rules(harbour, UNSURE)
        assert SEVEN in harbour("ask", FERRY, "--channel", "quay").out

    def test_little_confidence(self, harbour):
        write_rules(harbour, UNSURE.replace("0.0", "0.999"))
        hold(harbour, FERRY, channel="quay")
        assert [kind for kind, _ in self.reasons(harbour)] == ["unsure"]

    def test_a_topic_of_question_or_answer_in_any_inflection(self, harbour):
        write_rules(harbour, UNSURE + 'topics = ["cost", "值班"]\n')
        hold(harbour, FERRY, channel="quay")  # its answer says what the ferry costs
        hold(harbour, LIGHTHOUSE, channel="quay")
        assert self.reasons(harbour) == [("topic", "cost"), ("topic", "值班")]
        assert harbour("ask", LANTERNS, "--channel", "quay").code == 0

    def test_the_first_answers_of_a_new_writer(self, harbour):
        write_rules(harbour, UNSURE + "new_writers = 2\n")
        asked = [
            harbour("ask", question, "--channel", "quay", "--asker", name).code
            for name in ("Ada Example", "Bo Sample")
            for question in (FERRY, LANTERNS, LIGHTHOUSE)
        ]
        assert asked == [5, 5, 0, 5, 5, 0]
        assert harbour("ask", FERRY, "--channel", "quay").code == 5  # nobody knows who asks

    def test_a_sentence_without_support(self, harbour, server):
        server.body = said("The ferry leaves at seven in the morning [1]. It costs 9 crowns [1].")
        write_rules(harbour, UNSURE)
        run = harbour("ask", FERRY, "--channel", "quay", "--format", "json", env=writing(server))
        assert run.code == 5, run
        assert [kind for kind, _ in self.reasons(harbour)] == ["unsupported"]


RULES = """[rules]
forbidden_topics = ["horse dentist", "逃税"]
forbidden_words = ["crowns", "登記"]
forbidden_links = ["https://www.spam.example/"]
disclaimers = ["Ask the harbour master before you sail."]

[[rules.disclaimer]]
when = ["keeper"]
text = "The keeper may be late."
"""
REFUSAL = "This community does not answer that here."


class TestRules:
    def test_a_forbidden_topic_is_refused_before_anything_is_written(self, harbour):
        write_rules(harbour, RULES)
        for question in ("Which dentists treat horses?", "怎么逃税？"):
            run = harbour("ask", question, "--format", "json")
            assert (run.code, run.json["status"]) == (3, "abstained")
            assert run.json["citations"] == run.json["closest"] == []
        assert "本社区在这里不回答" in run.out
        assert harbour("gaps", "--json").json["gaps"] == []  # nobody wants them answered

    def test_a_forbidden_word_is_refused_wherever_it_would_be_read(self, harbour, terminal):
        write_rules(harbour, RULES)
        code, shown = terminal("ask", FERRY)
        assert code == 3
        assert REFUSAL in shown
        assert "four crowns" not in shown
        assert harbour("ask", LIGHTHOUSE).code == 3  # 登记, written in the other script

    def test_with_a_policy_it_is_held_for_that_reason(self, harbour):
        write_rules(harbour, UNSURE + RULES)
        hold(harbour, FERRY, channel="quay")
        hold(harbour, DENTIST, channel="quay")
        reasons = [line["reasons"] for line in harbour("review", "list", "--json").lines]
        assert reasons[0] == [{"kind": "forbidden_word", "detail": "crowns"}]
        assert reasons[1][0] == {"kind": "forbidden_topic", "detail": "horse dentist"}

    def test_a_forbidden_link_and_all_below_it(self, harbour, server):
        write_rules(harbour, RULES)
        kept = {"www.spam.example/x": 3, "spam.example": 3, "notspam.example": 0}
        for link, code in kept.items():
            server.body = said(f"Lanterns are lit at dusk by the keeper [1]. See {link} [1].")
            assert harbour("ask", LANTERNS, env=writing(server)).code == code, link

    def test_disclaimers_end_the_answers_that_they_are_for(self, harbour, terminal):
        write_rules(harbour, RULES)
        given = harbour("ask", LANTERNS, "--format", "json").json["answer"]
        assert given.split("\n\n")[-2:] == [
            "Ask the harbour master before you sail.",
            "The keeper may be late.",
        ]
        write_rules(harbour, RULES.replace("crowns", "pennies"))
        shown = terminal("ask", FERRY)[1]
        assert shown.index(SEVEN) < shown.index("Ask the harbour master before you sail.")
        assert "may be late" not in shown

    def test_a_disclaimer_that_an_answer_has_already_is_not_added(self, harbour, terminal):
        write_rules(harbour, RULES)
        answer = "The keeper's son does. Ask the harbour master before you sail."
        assert harbour("faq", "add", "--question", "Who steers?", "--answer", answer).code == 0
        shown = terminal("ask", "Who steers?")[1].partition("Sources")[0]
        assert "The keeper's son does." in shown
        assert shown.count("Ask the harbour master") == 1
        assert shown.count("The keeper may be late.") == 1

    @pytest.mark.parametrize(
        ("text", "place"),
        [
            ("[channel.pier]\nhold = 'sometimes'", "channel.pier.hold must be"),
            ("[channel.pier]\nbelow = 0.5", "channel.pier.below must be left out"),
            ("[channel.pier]\nhold = 'unsure'\nbelow = 2", "channel.pier.below must be a number"),
            ("[channel.pier]\nhold = 'unsure'\ntopics = 'x'", "channel.pier.topics must be text"),
            ("[channel.pier]\ntimeout_hours = 1\non_timeout = 'channel:quay'", "not quay"),
            ("[channel.pier]\nholds = 'always'", "no setting channel.pier.holds"),
            ("[rules]\nforbidden = []", "no setting rules.forbidden"),
            ("[[rules.disclaimer]]\nwhen = ['x']", "rules.disclaimer[1].text must be text"),
            ("[rules", "is not valid TOML"),
        ],
    )
    def test_a_bad_file_is_one_line_with_its_place(self, harbour, text, place):
        write_rules(harbour, text)
        run = harbour("ask", FERRY)
        assert run.code == 1
        assert place in run.err.splitlines()[0]
        assert "community.toml" in run.err.splitlines()[0]
        assert SEVEN not in run.out


class TestPrecedents:
    def test_what_was_declined_stays_declined_in_other_words(self, harbour):
        name = hold(harbour, FERRY)
        assert harbour("review", "decline", name, "--note", "Ask at the quay.").code == 0
        run = harbour("ask", FERRY_AGAIN, "--channel", "pier", "--format", "json")
        assert (run.code, run.json["status"]) == (3, "abstained")
        assert run.json["answer"] == "Ask at the quay."
        assert harbour("review", "list").out == ""
        hold(harbour, LANTERNS)  # another question is another

    def test_what_was_approved_is_answered_without_a_person(self, harbour):
        name = hold(harbour, FERRY)
        assert harbour("review", "approve", name).code == 0
        run = harbour("ask", FERRY_AGAIN, "--channel", "pier", "--format", "json")
        assert (run.code, run.json["status"]) == (0, "answered")
        approved = harbour("show", name, "--json").json
        assert run.json["answer"] == approved["answer"]
        assert run.json["citations"] == approved["citations"]
        assert SEVEN in harbour("ask", FERRY_AGAIN, "--channel", "pier").out

    def test_once_its_source_has_changed_it_waits_again(self, harbour, kept):
        harbour("review", "approve", hold(harbour, FERRY))
        _, path = kept["held harbour"]
        before = path.read_text("utf-8")
        try:
            path.write_text(before.replace("four crowns", "five crowns"), "utf-8")
            assert harbour("ingest", "-q", path.parent).code == 0
            hold(harbour, FERRY)
        finally:
            path.write_text(before, "utf-8")

    def test_what_a_filter_hides_is_not_answered_by_a_precedent(self, harbour):
        harbour("review", "approve", hold(harbour, FERRY))
        hold(harbour, FERRY, "--where", "lang=zh")


TIMEOUTS = """[channel.pier]
hold = "always"
timeout_hours = 2
on_timeout = "{outcome}"
[channel.office]
hold = "always"
timeout_hours = 1
"""


class TestTimeouts:
    def late(self, kb, hours):
        """Apply the time-outs as of so many hours from now."""
        with journal_of(kb) as journal:
            later = datetime.now(UTC) + timedelta(hours=hours)
            return [each.kind for each in apply_timeouts(journal, load_community(kb.home), later)]

    def test_nobody_in_time_declines(self, harbour):
        write_rules(harbour, TIMEOUTS.format(outcome="decline"))
        name = hold(harbour, FERRY)
        assert self.late(harbour, 1.9) == []
        assert self.late(harbour, 2.1) == ["timed_out"]
        assert self.late(harbour, 99) == []
        shown = harbour("show", name, "--json").json
        assert (shown["status"], shown["hold"]["state"]) == ("abstained", "timed_out")
        assert "Nobody could look" in shown["answer"]
        assert harbour("ask", FERRY, "--channel", "pier").code == 5  # no person has declined it

    def test_nobody_in_time_sends(self, harbour):
        write_rules(harbour, TIMEOUTS.format(outcome="send"))
        name = hold(harbour, FERRY)
        assert self.late(harbour, 2.1) == ["timed_out"]
        shown = harbour("show", name, "--json").json
        assert shown["status"] == "answered"
        assert SEVEN in shown["answer"]

    def test_what_is_forbidden_is_never_sent_by_itself(self, harbour):
        rules = '[rules]\nforbidden_words = ["crowns"]\n'
        write_rules(harbour, TIMEOUTS.format(outcome="send") + rules)
        name = hold(harbour, FERRY)
        self.late(harbour, 2.1)
        assert harbour("show", name, "--json").json["status"] == "abstained"

    def test_another_channels_reviewers_are_asked(self, harbour):
        write_rules(harbour, TIMEOUTS.format(outcome="channel:office"))
        name = hold(harbour, FERRY)
        assert self.late(harbour, 2.1) == ["rerouted"]
        assert harbour("review", "list", "--channel", "pier").out == ""
        assert name in harbour("review", "list", "--channel", "office").out
        assert self.late(harbour, 99) == ["timed_out"]

    def test_a_time_out_is_seen_to_when_reviewers_come(self, harbour):
        write_rules(harbour, TIMEOUTS.format(outcome="decline").replace("= 2", "= 0.0000001"))
        hold(harbour, FERRY)
        assert harbour("review", "list").out == ""
        assert "timed out" in harbour("review", "list", "--all").out


def deliver(path, barrier, exchange, results):
    """Claim a delivery at the same moment as others, in a process of its own."""
    with closing(Journal(path)) as journal:
        held = journal.holds.hold(exchange)
        barrier.wait(60)
        results.put(journal.holds.claim_delivery(held, new_claimant()))


def ask_until_killed(path, template, asked):
    """Keep held exchanges one after the other."""
    from dataclasses import replace

    from kb.journal.ids import new_name

    exchange, held = template
    with closing(Journal(path)) as journal:
        while True:
            name = new_name("x")
            journal.add(replace(exchange, id=name), replace(held, exchange=name))
            asked.put(name)


class TestDelivery:
    def test_it_is_claimed_once_by_several_processes(self, harbour):
        name = hold(harbour, FERRY)
        with journal_of(harbour) as journal:
            assert journal.holds.deliverable("pier") == []
            assert not journal.holds.claim_delivery(journal.holds.hold(name), new_claimant())
        harbour("review", "approve", name)
        context = get_context("forkserver")
        barrier, results = context.Barrier(4), context.Queue()
        path = harbour.home / "journal.sqlite3"
        workers = [
            context.Process(target=deliver, args=(path, barrier, name, results)) for _ in range(4)
        ]
        for worker in workers:
            worker.start()
        assert sorted(results.get(timeout=60) for _ in workers) == [False, False, False, True]
        for worker in workers:
            worker.join(60)
        with journal_of(harbour) as journal:
            assert journal.holds.deliverable("pier") == []
            (letter,) = journal.holds.dead_letters()  # its process has ended, and did not say how
            assert (letter.hold.exchange, letter.reason) == (
                name,
                "nobody knows whether it arrived",
            )
            journal.holds.requeue_delivery(letter.hold, "Ada Example")
            (again,) = journal.holds.deliverable("pier")
            by = new_claimant()
            assert journal.holds.claim_delivery(again, by)
            journal.holds.failed_delivery(again, by, "the webhook answered 500")
            assert journal.holds.deliverable("pier") == []
            assert [each.reason for each in journal.holds.dead_letters()] == [
                "the webhook answered 500"
            ]

    def test_what_was_delivered_is_not_taken_back(self, harbour):
        name = hold(harbour, FERRY)
        harbour("review", "approve", name)
        with journal_of(harbour) as journal:
            held, by = journal.holds.deliverable("pier")[0], new_claimant()
            assert journal.holds.claim_delivery(held, by)
            journal.holds.delivered(held, by)
            assert journal.holds.dead_letters() == []
        run = harbour("review", "undo", name, "--again")
        assert run.code == 1
        assert "was delivered already" in run.err


class TestJournal:
    def test_a_kill_leaves_both_exchange_and_draft_or_neither(self, harbour):
        name = hold(harbour, FERRY)
        path = harbour.home / "journal.sqlite3"
        with journal_of(harbour) as journal:
            template = journal.exchange(name), journal.holds.hold(name)
        context = get_context("forkserver")
        acknowledged = {name}
        for kept in (1, 3, 8):
            asked = context.Queue()  # a killed process may die with a queue's lock
            worker = context.Process(target=ask_until_killed, args=(path, template, asked))
            worker.start()
            acknowledged |= {asked.get(timeout=60) for _ in range(kept)}
            worker.kill()
            worker.join(60)
        with journal_of(harbour) as journal:
            assert journal.check() == []
            held = {each.exchange for each in journal.holds.waiting()}
            assert acknowledged <= held == {each.id for each in journal.exchanges()}

    def test_export_and_import_carry_holds(self, harbour, kb, tmp_path):
        names = [hold(harbour, question) for question in (FERRY, LANTERNS, LIGHTHOUSE)]
        harbour("review", "approve", names[0], "--by", "Ada Example")
        harbour("review", "edit", names[1], "--text", "The keeper lights them at dusk. [1]")
        assert harbour("journal", "export", tmp_path / "out.jsonl").code == 0
        other = type(kb)(tmp_path / "other")
        run = other("journal", "import", tmp_path / "out.jsonl")
        assert run.code == 0, run
        for name in names:
            here, there = (side("show", name, "--json").json for side in (harbour, other))
            assert {**there, "audit": None} == {**here, "audit": None}  # that stays with its home
        assert other("journal", "check").code == 0
        again = other("journal", "import", tmp_path / "out.jsonl")
        assert again.code == 0
        assert other("journal", "export", "-").out == harbour("journal", "export", "-").out

    def test_a_journal_of_an_earlier_release_opens(self, tmp_path):
        path = tmp_path / "journal.sqlite3"
        old = connect(path, MIGRATIONS[:2], "FULL")
        values = ("x_0", "2026-05-01T12:00:00Z", "why?", "answered", 0.5, "so", "w", 0.1, "", "{}")
        with old:
            old.execute(f"INSERT INTO exchanges VALUES ({','.join('?' * 10)})", values)
        old.close()
        with closing(Journal(path)) as journal:
            assert journal.exchange("x_0").answer == "so"
            assert journal.holds.all() == []
