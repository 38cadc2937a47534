"""The bot on Feishu: a real `kb bot feishu`, against a stand-in for Feishu's API and stream mode."""

from __future__ import annotations

from importlib.util import find_spec

import pytest
from bots import QUESTION, eventually, ingest, running

pytestmark = pytest.mark.skipif(
    not (find_spec("lark_oapi") and find_spec("aiohttp")), reason="needs the extra bots"
)


@pytest.fixture
def feishu():
    from feishu_stand_in import FeishuStandIn  # imports Feishu's SDK, which takes seconds

    opened = FeishuStandIn()
    yield opened
    opened.close()


@pytest.fixture
def asked_kb(kb, tmp_path):
    return ingest(kb, tmp_path / "library")


@pytest.mark.long
def test_it_answers_in_threads_and_keeps_what_people_say_of_answers(asked_kb, feishu):
    with running(asked_kb, "feishu", feishu):
        for _ in range(2):  # delivered twice
            feishu.message("om_1", QUESTION)
        answer = feishu.next_post()
        assert answer["root"] == "om_1"
        assert answer["reply_in_thread"] is True
        assert "by hand. [1]" in answer["text"]
        feishu.message("om_2", "and the price?", root="om_1", user="ou_2", at=False)
        assert feishu.next_post()["root"] == "om_1"
        feishu.message("om_3", "the price?", at=False)
        feishu.message("om_4", "the price?", root="om_9", at=False)
        for _ in range(2):
            feishu.react(answer["id"], "THUMBSUP")
        feishu.react(answer["id"], "HEART")
        feishu.message("om_5", "更正：二十个用户", root="om_1", parent=answer["id"], at=False)
        assert "会有人查看" in feishu.next_post()["text"]
        feishu.message("om_6", "第一批用户怎么找？", chat="oc_2", kind="p2p", at=False)
        assert feishu.next_post()["chat"] == "oc_2"
        feishu.drop()
        feishu.failures += [99991400]
        feishu.message("om_7", QUESTION)
        assert "by hand" in feishu.next_post()["text"]
        eventually(lambda: len(feishu.acknowledged) >= 11)
        eventually(lambda: len(asked_kb("feedback", "list", "--json").lines) == 2)
    assert len(feishu.posts) == 5
    kept = asked_kb("feedback", "list", "--json").lines
    first = asked_kb("log", "list", "--json").lines[-1]["id"]
    assert {(v["exchange"], v["value"], v["by"], v["correct"]) for v in kept} == {
        (first, "up", "feishu:ou_2", None),
        (first, "down", "feishu:ou_1", "二十个用户"),
    }


@pytest.mark.long
def test_a_wrong_secret_is_an_error_that_does_not_show_it(asked_kb, feishu):
    env = {**feishu.environment, "FEISHU_APP_SECRET": "secret-wrong-one"}
    ended = asked_kb("bot", "feishu", env=env)
    assert (ended.code, ended.out) == (1, "")
    assert "does not know this app" in ended.err
    assert "wrong-one" not in ended.err
