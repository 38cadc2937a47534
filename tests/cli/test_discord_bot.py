"""The bot on Discord: a real `kb bot discord`, against a stand-in for Discord's API and gateway."""

from __future__ import annotations

import pytest

pytest.importorskip("discord", reason="needs the extra bots")

from bots import QUESTION, eventually, ingest, program, running
from discord_stand_in import BOT, CHANNEL, DiscordStandIn

AT = f"<@{BOT['id']}>"


@pytest.fixture
def discord():
    opened = DiscordStandIn()
    yield opened
    opened.close()


@pytest.fixture
def asked_kb(kb, tmp_path):
    return ingest(kb, tmp_path / "library")


@pytest.mark.long
def test_it_answers_in_threads_and_keeps_what_people_say_of_answers(asked_kb, discord):
    with running(asked_kb, "discord", discord):
        for _ in range(2):  # delivered twice
            discord.message("101", f"{AT} {QUESTION}")
        answer = discord.next_post()
        assert answer["channel"] == "101"
        assert "how do founders find" in discord.threads["101"]
        assert "by hand. [1]" in answer["content"]
        discord.message("102", "and the price?", user="2", channel="101")
        assert discord.next_post()["channel"] == "101"
        discord.message("103", "the price?", channel=CHANNEL)
        for _ in range(2):
            discord.react(answer["id"], "👍🏽")
        discord.react(answer["id"], "🎉")
        discord.message("104", "correct: twenty users", channel="101", under=answer["id"])
        assert "look at your correction" in discord.next_post()["content"]
        discord.message("105", "第一批用户怎么找？", channel="30", guild=None)
        assert discord.next_post()["channel"] == "30"
        discord.drop()
        discord.failures.append((403, {"message": "Missing Permissions", "code": 50013}))
        discord.message("106", f"{AT} {QUESTION}")
        eventually(lambda: not discord.failures)
        discord.message("107", f"{AT} @everyone what of the price?")
        assert "@everyone" not in discord.next_post()["content"]
        eventually(lambda: len(asked_kb("feedback", "list", "--json").lines) == 2)
    assert len(discord.posts) == 5
    assert set(discord.threads) == {"101", "106", "107"}
    kept = asked_kb("feedback", "list", "--json").lines
    first = asked_kb("log", "list", "--json").lines[-1]["id"]
    assert {(v["exchange"], v["value"], v["by"], v["correct"]) for v in kept} == {
        (first, "up", "discord:2", None),
        (first, "down", "discord:1", "twenty users"),
    }


@pytest.mark.long
def test_a_wrong_token_is_an_error_that_does_not_show_it(asked_kb, discord):
    wrong = {"DISCORD_TOKEN": "token.wrong.one"}
    process = asked_kb.start_python(program("discord", discord), env=wrong)
    out, err = process.communicate()
    assert (process.returncode, out) == (1, b"")
    assert b"does not know this token" in err
    assert b"wrong.one" not in err
