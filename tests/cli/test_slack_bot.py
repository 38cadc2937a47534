"""The bot on Slack: a real `kb bot slack`, against a stand-in for Slack's API and socket mode."""

from __future__ import annotations

import pytest

pytest.importorskip("slack_sdk", reason="needs the extra bots")
pytest.importorskip("aiohttp", reason="needs the extra bots")

from bots import QUESTION, eventually, ingest, running
from slack_stand_in import BOT, SlackStandIn


@pytest.fixture
def slack():
    opened = SlackStandIn()
    yield opened
    opened.close()


@pytest.fixture
def asked_kb(kb, tmp_path):
    return ingest(kb, tmp_path / "library")


def mention(slack, text, ts="1.1", user="U1", envelope="e1", **more):
    slack.say(
        envelope, type="app_mention", channel="C1", user=user, ts=ts,
        text=f"<@{BOT}> {text}", **more,
    )  # fmt: skip


def test_a_mention_is_answered_once_in_its_thread_and_a_thread_is_a_conversation(asked_kb, slack):
    with running(asked_kb, "slack", slack):
        for envelope in ("e1", "e2"):  # delivered twice
            mention(slack, QUESTION, envelope=envelope)
        answer = slack.next_post()
        assert (answer["channel"], answer["thread_ts"]) == ("C1", "1.1")
        assert "by hand. [1]" in answer["text"]
        assert "`library/users.md`" in answer["text"] or "users.md" in answer["text"]
        slack.say(
            "e3",
            type="message",
            channel="C1",
            user="U2",
            ts="1.2",
            thread_ts="1.1",
            text="and the price?",
        )
        assert slack.next_post()["thread_ts"] == "1.1"
        slack.say(
            "e4",
            type="message",
            channel="C1",
            user="U2",
            ts="2.2",
            thread_ts="2.1",
            text="the price?",
        )
        slack.say("e5", type="message", channel="C1", user="U2", ts="3.1", text="the price?")
        slack.say(
            "e6", type="message", channel="C1", user=BOT, ts="3.2", thread_ts="1.1", text="by me"
        )
        slack.say(
            "e7",
            type="message",
            channel="D1",
            channel_type="im",
            user="U2",
            ts="4.1",
            text="what of the price &amp; users?",
        )
        direct = slack.next_post()
        assert direct["channel"] == "D1"
        assert "thread_ts" not in direct
        eventually(lambda: len(slack.acknowledged) == 7)
    assert len(slack.posts) == 3
    second, first = (
        asked_kb("show", row["id"], "--json").json
        for row in asked_kb("log", "list", "--json").lines[1:3]
    )
    assert second["continues"] == first["id"]


def test_thumbs_and_corrections_become_verdicts(asked_kb, slack):
    with running(asked_kb, "slack", slack):
        mention(slack, QUESTION)
        answer = slack.next_post()
        item = {"type": "message", "channel": "C1", "ts": answer["ts"]}
        for envelope in ("e2", "e3"):
            slack.say(
                envelope, type="reaction_added", user="U2", reaction="+1::skin-tone-2", item=item
            )
        slack.say("e4", type="reaction_added", user="U2", reaction="eyes", item=item)
        slack.say("e5", type="reaction_added", user="U3", reaction="-1", item=item)
        slack.say(
            "e6",
            type="message",
            channel="C1",
            user="U3",
            ts="1.3",
            thread_ts="1.1",
            text="Correct: twenty users",
        )
        assert "look at your correction" in slack.next_post()["text"]
        slack.say(
            "e7",
            type="message",
            channel="D1",
            channel_type="im",
            user="U3",
            ts="9.1",
            text="更正：二十个用户",
        )
        assert "哪个回答" in slack.next_post()["text"]
        eventually(lambda: len(asked_kb("feedback", "list", "--json").lines) == 3)
    kept = asked_kb("feedback", "list", "--json").lines
    assert {(v["value"], v["by"], v["correct"]) for v in kept} == {
        ("up", "slack:U2", None),
        ("down", "slack:U3", None),
        ("down", "slack:U3", "twenty users"),
    }


def test_it_goes_on_after_a_lost_connection_and_a_busy_slack(asked_kb, slack):
    with running(asked_kb, "slack", slack):
        slack.drop()
        slack.failures.append((429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"}))
        mention(slack, QUESTION)
        assert "by hand" in slack.next_post()["text"]
        slack.failures.append((200, {"ok": False, "error": "not_in_channel"}, {}))
        mention(slack, "what of the price?", ts="5.1", envelope="e2")
        eventually(lambda: not slack.failures)
        mention(slack, "", ts="6.1", envelope="e3")
        assert "Ask me something" in slack.next_post()["text"]
    assert len(slack.sockets) == 2


def test_one_person_may_ask_so_often_a_minute_and_silence_may_be_chosen(asked_kb, slack):
    with running(asked_kb, "slack", slack, KB_BOT_RATE="2", KB_BOT_QUIET="1"):
        for number in range(4):
            mention(slack, QUESTION, ts=f"7.{number}", envelope=f"e{number}")
        texts = [slack.next_post()["text"] for _ in range(3)]
        assert sum("by hand" in text for text in texts) == 2
        assert sum("a lot within a minute" in text for text in texts) == 1
        mention(slack, "what does a lantern weigh in Mongolia?", ts="8.1", user="U9")
        slack.say(
            "e9",
            type="message",
            channel="D1",
            channel_type="im",
            user="U8",
            ts="8.2",
            text="what does a lantern weigh in Mongolia?",
        )
        assert slack.next_post()["channel"] == "D1"
    assert len(slack.posts) == 4


def test_a_held_answer_is_posted_once_when_somebody_has_decided(asked_kb, slack):
    (asked_kb.home / "community.toml").write_text('[channel.slack]\nhold = "always"\n')
    with running(asked_kb, "slack", slack):
        mention(slack, QUESTION)
        waiting = slack.next_post()["text"]
        assert "waiting for a person" in waiting
        assert "by hand" not in waiting
        (held,) = asked_kb("review", "list", "--json").lines
        assert asked_kb("review", "approve", held["exchange"]).code == 0
        answer = slack.next_post()
        assert answer["thread_ts"] == "1.1"
        assert "by hand. [1]" in answer["text"]
        mention(slack, "who raises the price?", ts="2.1", envelope="e2")
        slack.next_post()
        (held,) = asked_kb("review", "list", "--json").lines
        asked_kb("review", "decline", held["exchange"], "--note", "Ask <!channel> Ada @here.")
        declined = slack.next_post()["text"]
        assert "Ada" in declined
        assert "<!" not in declined
        assert "@here" not in declined
    assert len(slack.posts) == 4


def test_without_tokens_or_with_wrong_ones_it_says_so(asked_kb, slack):
    ended = asked_kb("bot", "slack")
    assert ended.code == 1
    assert "the variable SLACK_BOT_TOKEN is not set" in ended.err
    wrong = {**slack.environment, "SLACK_BOT_TOKEN": "xoxb-wrong-one"}
    ended = asked_kb("bot", "slack", env=wrong)
    assert ended.code == 1
    assert "invalid_auth" in ended.err
    assert "xoxb" not in ended.err
