"""What the extractive writer quotes of lists, and of what was only proposed."""

from __future__ import annotations

import re

import pytest

from kb.text import language, terms
from kb.types import Anchor, Document, Hit, Passage, Question
from kb.writers.extractive import Extractive

STEPS = {
    "en": (
        "Ask Wren at the desk for a key to the studio.",
        "Sign the form for the studio.",
        "Leave a deposit of 40 dollars.",
        "Take the studio's key back within a week.",
    ),
    "zh": (
        "先到前台找小满登记录音棚。",
        "在录音棚的单子上签字。",
        "交押金四十元。",
        "一周内归还录音棚的钥匙。",
    ),
}
HOW = {"en": "How do I get a key to the studio?", "zh": "录音棚的钥匙怎么借？"}
WHAT = {"en": "What deposit does the studio want?", "zh": "录音棚的押金是多少？"}


def asking(text):
    return Question(text, language(text), dict.fromkeys(terms(text), 1.0))


def hit(text, rank=1, title="Studio"):
    document = Document("d1", "studio.md", "/studio.md", title, "doc", language(text))
    anchor = Anchor("lines", 1, 1)
    passage = Passage(f"p{rank}", "d1", rank, text, (), language(text), anchor)
    return Hit(rank, 1.0 / rank, passage, document)


def quoted(question, *hits):
    draft = "".join(Extractive(3).write(asking(question), hits))
    return [part.strip() for part in re.split(r"\[\d\]", draft) if part.strip()]


@pytest.mark.parametrize("mark", ["- ", "#. ", ". ", "1. "])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_asks_how_gets_all_steps_in_their_order(lang, mark):
    text = "\n".join(mark + step for step in STEPS[lang])
    assert quoted(HOW[lang], hit(text)) == list(STEPS[lang])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_asks_for_a_thing_does_not_get_the_whole_list(lang):
    text = "\n".join(f"- {step}" for step in STEPS[lang])
    assert len(quoted(WHAT[lang], hit(text))) <= 3


@pytest.mark.parametrize(
    ("question", "holds", "proposed"),
    [
        (
            "What does a lost locker key cost?",
            "A lost locker key costs 15 dollars from Monday.",
            "I suggest 25 dollars for each lost locker key.",
        ),
        (
            "储物柜钥匙丢了赔多少？",
            "储物柜钥匙丢了赔15元，周一起算。",
            "我建议储物柜钥匙丢了赔25元。",
        ),
    ],
)
def test_what_was_only_proposed_does_not_stand_beside_what_holds(question, holds, proposed):
    both = f"{holds}\n\n{proposed}"
    assert quoted(question, hit(both)) == [holds]
    advice = {"en": f"What was suggested? {question}", "zh": f"大家的建议：{question}"}
    assert proposed in quoted(advice[language(question)], hit(both))
