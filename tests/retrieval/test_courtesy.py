"""Greetings and thanks are told from questions."""

from __future__ import annotations

import pytest

from retrieval.question.courtesy import courtesy, courtesy_reply
from tests.bench.courtesies import questions

GREETINGS = (
    "你好|您好！|大家好～|哈喽|嗨|在吗？|有人吗|早上好|晚上好，各位|Hi 你好|你好呀|老师好|上午好！|哈囉|在嗎"
    "|hi|Hello!|hey there|Good morning|good afternoon, everyone|Hi all 👋|Hello kb|howdy|How are you?|anyone there?"
)
THANKS = (
    "谢谢|谢谢！|谢谢你的帮助|多谢|非常感谢|太感谢了！|感谢感谢|好的，谢谢|收到，谢谢老师|辛苦了|谢啦|明白了，多谢|謝謝|麻烦您了|谢谢大家🙏"
    "|thanks|Thank you!|Thanks a lot|thx|ty|Many thanks|Great, thanks!|ok thank you so much|Got it, thanks again|cheers"
    "|Thanks for your help|much appreciated|That helps, thank you|Perfect. Thanks!"
)
FAREWELLS = "再见|拜拜|晚安|回头见|bye|Goodbye!|see you tomorrow|Have a nice day"


@pytest.mark.parametrize(
    ("kind", "text"),
    [("greeting", text) for text in GREETINGS.split("|")]
    + [("thanks", text) for text in THANKS.split("|")]
    + [("farewell", text) for text in FAREWELLS.split("|")],
)
def test_a_courtesy_is_known(kind, text):
    assert courtesy(text) == kind
    chinese = any("\u4e00" <= char <= "\u9fff" for char in text)
    assert (courtesy_reply(text) or "").isascii() != chinese


@pytest.mark.parametrize(
    "text",
    [
        "你好，怎么退款？",
        "谢谢，那上海呢",
        "谢谢信怎么写",
        "感谢信",
        "早鸟票多少钱",
        "晚安计划是什么",
        "大家好群的群规",
        "在吗？想问押金退不退",
        "thanks, and in Shanghai?",
        "Hi, who are the mentors?",
        "thank you letter template",
        "How do I say thanks to a mentor?",
        "hello world program",
        "morning session speakers",
        "see you again event date",
        "ok",
        "好的",
        "thanks " * 20 + "what is the fee",
        "你好" * 29 + "吗吧x",
    ],
)
def test_what_may_be_a_question_is_none(text):
    assert courtesy(text) is None


@pytest.mark.parametrize(
    "name",
    [
        "qa/cmrc2018",
        "qa/drcd",
        "qa/squad2_dev",
        "faq/covid_en",
        "meetings/qmsum",
    ],
)
def test_no_real_question_is_taken_for_a_courtesy(name, shared):
    asked = questions(shared / name)
    assert len(asked) > 100
    assert not [text for text in asked if courtesy(text)]
