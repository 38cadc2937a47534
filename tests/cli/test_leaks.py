"""No word of what is outside a caller's audiences leaves kb: random audiences over all commands that
read, in all formats, over what servers call, over the routes and pages of a real server, and over
what a real bot posts.

Each source holds a secret word that no other has: in its name, title, text, metadata and cells. So
does each FAQ entry, and each past question, answered or held. Whose they are changes with every example, by the rules
of kb.toml; no secret of what is outside may stand in what a command writes, to either stream.

    KB_LEAK_RUNS=5000 python -m pytest -n 0 -m slow tests/cli/test_leaks.py
"""

from __future__ import annotations

import json
import os
import shutil

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from leak_club import (
    AUDIENCES,
    SOURCES,
    TOPICS,
    Club,
    entry_secret,
    file_name,
    question_secret,
    run,
    source_secret,
    text_of,
)
from leak_doors import HELD_DOORS, SERVER_DOORS, made_tokens, server, slack_bot

from cli.formats import FORMATS
from cli.server import service
from cli.server.workers import Workers
from kb.audience import Viewer
from kb.errors import KbError
from kb.home import Home
from kb.journal import Journal
from tests.conftest import Cli

SETS = st.sets(st.sampled_from(AUDIENCES), min_size=1, max_size=3).map(sorted)
BOUNDED, MANY = 40, int(os.environ.get("KB_LEAK_RUNS", "300"))


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    root = tmp_path_factory.mktemp("leaks")
    environment = Cli(root / "home").environment()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("KB_HOME", "KB_EMBEDDER", "KB_LANG"):
            patch.setenv(name, environment[name])
        yield made_club(root)


def made_club(root):
    """Ten sources, five entries, 18 questions under six sets of audiences, each with a verdict."""
    notes = root / "notes"
    notes.mkdir()
    for number in range(SOURCES):
        (notes / file_name(number)).write_text(text_of(number))
    done("ingest", "-q", str(notes))
    club = Club(root / "home", root / "journal", {}, [], [], [])
    for number, rests_on in enumerate([(0,), (1, 2), (3, 4, 5), (), (6,)]):
        secret, topic = entry_secret(number), TOPICS[number]
        done(
            "faq", "add", "--question", f"Who decides on {topic}, {secret}?", "--answer",
            f"On {topic} {secret} decides.", *(x for n in rests_on for x in ("--source", file_name(n))),
        )  # fmt: skip
        club.entries[json.loads(done("faq", "list", "--json"))[-1]["id"]] = rests_on
    club.rules([AUDIENCES[number % 4 :][:2] for number in range(SOURCES)])
    under = [None, *map(tuple, (["amber"], ["birch"], ["cedar", "public"], ["public"], AUDIENCES))]
    for number in range(18):
        asked_under = under[number % 6]
        options = [x for name in asked_under or () for x in ("--audience", name)]
        question = f"Who settles {TOPICS[number % 5]} in weeks, {question_secret(number)}?"
        asked = json.loads(done("ask", question, "--format", "json", *options))["id"]
        club.asked.append((asked, asked_under))
        comment = f"wrong, says {question_secret(number)}"
        done("feedback", "add", asked, "down" if number % 3 else "up", "--comment", comment)
    (club.home / "community.toml").write_text('[channel.pier]\nhold = "always"\n')
    hold_questions(club)
    found = [json.loads(done("search", topic, "-k", "20", "--json"))["hits"] for topic in TOPICS]
    club.passages += sorted({hit["passage"] for hits in found for hit in hits})
    journal = Journal(club.home / "journal.sqlite3")
    journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # all into the one file
    journal.close()
    shutil.copy(club.home / "journal.sqlite3", club.journal)
    return club


def hold_questions(club):
    """Six questions in a channel whose answers are held; of three it is decided."""
    for number in range(18, 24):
        under = (AUDIENCES[number % 4], AUDIENCES[(number + 1) % 4])
        options = [x for name in under for x in ("--audience", name)]
        question = f"Who settles {TOPICS[number % 5]} in weeks, {question_secret(number)}?"
        code, out, err = run(
            "ask", question, "--channel", "pier", "--format", "json",
            "--asker", f"asker {question_secret(number)}", *options,
        )  # fmt: skip
        assert code == 5, err
        club.held.append(json.loads(out)["id"])
        club.asked.append((club.held[-1], under))
    note = f"ask {question_secret(20)} at the pier"
    done("review", "approve", club.held[0], "--by", "Ines Example")
    done("review", "decline", club.held[2], "--by", "Ines Example", "--note", note)
    edited = f"It is {question_secret(22)} who settles it."
    done("review", "edit", club.held[4], "--by", "Ines Example", "--text", edited)


def done(*arguments):
    """What a command writes that does not fail."""
    code, out, err = run(*arguments)
    assert code in (0, 3), err
    return out


QUESTIONS = st.one_of(
    st.sampled_from([f"Who settles the {topic} of the Lanternfish club?" for topic in TOPICS]),
    st.sampled_from(["谁决定跑道？", "How many weeks does it take?", "average weeks by topic"]),
    st.lists(st.sampled_from(TOPICS), min_size=1, max_size=4).map(" ".join),
)


def reading_commands(club):
    """Commands that read, as lists of arguments, some with standard input."""
    asking = st.builds(
        lambda question, style, channel: [
            "ask", question, "--format", style, *(["--channel", channel] if channel else []),
        ],
        QUESTIONS, st.sampled_from(FORMATS), st.sampled_from(["", "", "pier"]),
    )  # fmt: skip
    ids = st.sampled_from([*club.passages, *club.entries, *(name for name, _ in club.asked)])
    exchanges = st.sampled_from([name for name, _ in club.asked])
    fixed = [
        ["sources", "list"], ["sources", "list", "--json"], ["sources", "stale", "--json"],
        ["gaps"], ["gaps", "--json"], ["gaps", "--drafts"],
        ["digest", "*"], ["digest", "*", "--json"], ["digest", "*", "--format", "mail"], ["digest", "*", "--format", "chat"],
        ["faq", "list"], ["faq", "list", "--json"], ["faq", "list", "--due"], ["faq", "export"],
        ["log", "list"], ["log", "list", "--json", "-n", "100"],
        ["feedback", "list"], ["feedback", "list", "--json"], ["feedback", "export"],
        ["feedback", "report"], ["feedback", "report", "--json"], ["feedback", "report", "--html", "-"],
        ["people", "list"], ["people", "list", "--json"], ["match", "Who keeps the runway?", "--json"],
        ["review", "list"], ["review", "list", "--all"], ["review", "list", "--all", "--json"],
        ["review", "list", "--channel", "pier"], ["review", "undelivered", "--json"],
        ["stats"], ["stats", "--json"], ["journal", "export"], ["show", "last"],
        ["search", "runway", "--where", "owner=nobody"], ["search", "runway", "--where", "x=y", "--json"],
    ]  # fmt: skip
    return st.one_of(
        asking,
        st.builds(
            lambda q, extra: ["search", q, *extra], QUESTIONS, st.sampled_from([[], ["--json"]])
        ),
        st.builds(
            lambda name, extra: ["show", name, *extra], ids, st.sampled_from([[], ["--json"]])
        ),
        st.builds(
            lambda name, extra: ["replay", name, *extra],
            exchanges,
            st.sampled_from([[], ["--json"]]),
        ),
        st.builds(lambda name: ["log", "show", name], exchanges),
        st.sampled_from(fixed),
        st.just(["ask", "-c", "And how long?", "--format", "json"]),
        st.builds(
            lambda q, extra: ["recommend", q, *extra],
            QUESTIONS,
            st.sampled_from([[], ["--json", "--again"]]),
        ),
        st.sampled_from(
            [
                ["recommend", "--letter"],
                ["recommend", "--letter", "--json"],
                ["recommend", "--mine"],
            ]
        ),
        st.integers(0, SOURCES - 1).map(
            lambda n: ["recommend", "--source", file_name(n), "--again"]
        ),
        st.just(["ask", "--stdin", "--jsonl"]),
        st.just(["search", "--stdin", "--jsonl"]),
        st.sampled_from(DOORS).map(lambda door: ["door", door]),
    )


DOORS = ("search", "ask", "passage", "exchange", "sources", "gaps", "faq", "counts")


def door(workers, name, caller, question, passage, exchange):
    """What a server's callers get of one of its functions."""
    viewer, asked = Viewer(tuple(caller)), service.Asked(question)
    calls = {
        "search": lambda view: service.search(view, asked),
        "ask": lambda view: service.ask(view, asked).exchange.payload,
        "passage": lambda view: service.passage(view, passage),
        "exchange": lambda view: service.exchange(view, exchange, None),
        "sources": service.sources,
        "gaps": service.gaps,
        "faq": service.faq,
        "counts": service.counts,
    }
    try:
        return json.dumps(workers.run(calls[name], viewer).result(), ensure_ascii=False)
    except KbError as error:
        return f"{error} {error.hint}"


def check(club, data, workers):
    """One run: an example's audiences, caller and command, and no secret in what comes of it."""
    audiences = data.draw(st.lists(SETS, min_size=SOURCES, max_size=SOURCES), label="sources")
    caller = data.draw(SETS, label="caller")
    command = data.draw(reading_commands(club), label="command")
    question = data.draw(QUESTIONS, label="question")
    club.rules(audiences)
    secrets = club.outside(audiences, caller)
    if command[0] == "door":
        passage = data.draw(st.sampled_from(club.passages), label="passage")
        exchange = data.draw(st.sampled_from([name for name, _ in club.asked]), label="exchange")
        written = door(workers, command[1], caller, question, passage, exchange)
    else:
        options = [option for name in caller for option in ("--audience", name)]
        code, out, err = run(*command, *options, stdin=f"{question}\n")
        written = out + err
        assert "this is a bug" not in err, err
        assert code in (0, 1, 3, 5), (code, err)
    # An error repeats the name that the caller gave, which tells nothing.
    given = " ".join(command).casefold()
    leaked = [secret for secret in secrets if secret in written.casefold() and secret not in given]
    assert not leaked, (command, caller, leaked, written[:2000])


def check_server(club, data, served):
    """One run at a door of a real server."""
    audiences = data.draw(st.lists(SETS, min_size=SOURCES, max_size=SOURCES), label="sources")
    caller = data.draw(SETS, label="caller")
    way = data.draw(st.one_of(st.sampled_from(SERVER_DOORS), st.sampled_from(HELD_DOORS)))
    question = data.draw(QUESTIONS, label="question")
    names = {
        "held": data.draw(st.sampled_from(club.held), label="held"),
        "exchange": data.draw(st.sampled_from([name for name, _ in club.asked]), label="exchange"),
        "passage": data.draw(st.sampled_from(club.passages), label="passage"),
    }
    club.rules(audiences)
    status, text = served.reply(way, caller, question, **names)
    assert status in (200, 404), (way, status, text[-1500:])
    check_text(club.outside(audiences, caller), text, (way, caller))


def check_bot(club, data, bot):
    """One question to a real bot."""
    audiences = data.draw(st.lists(SETS, min_size=SOURCES, max_size=SOURCES), label="sources")
    caller = data.draw(SETS, label="channel")
    question = data.draw(QUESTIONS, label="question")
    club.rules(audiences, caller)
    check_text(club.outside(audiences, caller), bot.says(question), (question, caller))


def check_text(secrets, text, what):
    """No secret stands in what was told."""
    leaked = [secret for secret in secrets if secret in text.casefold()]
    assert not leaked, (what, leaked, text[:2000])


@pytest.fixture(scope="module")
def tokens(club):
    """What reviewers of all sets of audiences show to a server."""
    return made_tokens(club.home, AUDIENCES)


@pytest.fixture
def served(club, tokens):
    """A server over the home."""
    restore(club)
    with server(club.home, tokens) as opened:
        yield opened


@pytest.fixture
def bot(club):
    """A bot over the home, on a stand-in for Slack."""
    pytest.importorskip("slack_sdk", reason="needs the extra bots")
    restore(club)
    with slack_bot(club.home) as opened:
        yield opened


def restore(club):
    """Put the journal back as it was before the runs; who still has the other open keeps that."""
    for name in ("journal.sqlite3-wal", "journal.sqlite3-shm"):
        (club.home / name).unlink(missing_ok=True)
    shutil.copy(club.journal, club.home / "journal.sqlite3.new")
    (club.home / "journal.sqlite3.new").replace(club.home / "journal.sqlite3")


@pytest.fixture
def workers(club):
    """Threads that answer as a server's do."""
    restore(club)
    made = Workers(Home(club.home))
    yield made
    made.stop()


PLAINLY = settings(
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a run tells by itself what it tried
    suppress_health_check=[
        HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large,
    ],
)  # fmt: skip


@settings(PLAINLY, max_examples=BOUNDED, derandomize=True)
@given(data=st.data())
def test_no_secret_of_another_audience_is_told(club, workers, data):
    check(club, data, workers)


@settings(PLAINLY, max_examples=BOUNDED, derandomize=True)
@given(data=st.data())
def test_none_is_told_by_a_server(club, served, data):
    check_server(club, data, served)


@settings(PLAINLY, max_examples=BOUNDED // 4, derandomize=True)
@given(data=st.data())
def test_none_is_told_by_a_bot(club, bot, data):
    check_bot(club, data, bot)


@pytest.mark.slow
@settings(PLAINLY, max_examples=MANY)
@given(data=st.data())
def test_none_is_told_by_a_server_in_thousands_of_runs(club, served, data):
    check_server(club, data, served)


@pytest.mark.slow
@settings(PLAINLY, max_examples=MANY)
@given(data=st.data())
def test_none_is_told_by_a_bot_in_thousands_of_runs(club, bot, data):
    check_bot(club, data, bot)


@pytest.mark.slow
@settings(PLAINLY, max_examples=MANY)
@given(data=st.data())
def test_none_is_told_in_thousands_of_runs(club, workers, data):
    check(club, data, workers)


def test_whoever_has_all_audiences_is_told_all(club):
    """The secrets are there to be told, so that the tests above could fail."""
    club.rules([["amber"]] * SOURCES)
    code, out, _ = run("search", " ".join(TOPICS), "-k", "30", "--json", "--audience", "amber")
    assert code == 0
    assert all(source_secret(number) in out for number in range(SOURCES))


def test_a_reviewer_with_the_audiences_is_shown_what_is_held(club, served):
    """The same for the pages of a server."""
    club.rules([["amber"]] * SOURCES)
    names = {"exchange": club.held[1], "passage": club.passages[0]}
    for held, number in ((1, 19), (2, 20), (5, 23)):
        for way in HELD_DOORS:
            caller = ["amber", "birch", "public"]
            status, text = served.reply(way, caller, "", held=club.held[held], **names)
            assert (status, question_secret(number) in text) == (200, True), (way, number)


def test_a_bot_tells_what_its_channel_may_know(club, bot):
    """The same for what a bot posts."""
    club.rules([["amber"]] * SOURCES, ["amber"])
    said = bot.says("Who settles the runway of the Lanternfish club?")
    assert any(source_secret(number) in said for number in range(SOURCES))
