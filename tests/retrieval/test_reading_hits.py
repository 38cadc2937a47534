"""Reading the first hits: by kind of answer, by what is silent, and without another look at what
was read.
"""

from __future__ import annotations

import numpy as np
import pytest

from kb.embedders.built_in import ContextualEmbedder, cut, states
from kb.embedders.late_interaction import NOTHING, read
from kb.text import language, terms
from kb.types import Anchor, Document, Hit, Passage, Question
from kb.writers.extractive import Extractive
from retrieval.search.confidence import confidence
from retrieval.search.fusion import LegScores

ENGLISH = "The Larkspur circle was founded by Mara Quill. The Larkspur circle was founded in 2019."
CHINESE = "山雀社由林小满创办。山雀社创办于2019年。"


def asking(text):
    return Question(text, language(text), dict.fromkeys(terms(text), 1.0))


def hit(text, rank=1, title="Notes", headings=()):
    document = Document(f"d{rank}", f"{rank}.md", f"/{rank}.md", title, "doc", language(text))
    return Hit(
        rank,
        1.0 / rank,
        Passage(f"p{rank}", f"d{rank}", 0, text, headings, language(text), Anchor("lines", 1, 1)),
        document,
    )


def test_states_are_those_that_the_vectors_are_means_of():
    text = "How do we find our first users? 如何找到第一批用户？"
    (found,) = states([cut([text], special=True)[0].ids])
    mean = found.mean(0) / np.linalg.norm(found.mean(0))
    assert mean @ ContextualEmbedder().passages([text])[0] > 0.98


@pytest.mark.parametrize(
    ("text", "question", "said"),
    [
        (ENGLISH, "Who founded the Larkspur circle?", "Mara Quill"),
        (ENGLISH, "When was the Larkspur circle founded?", "2019"),
        (CHINESE, "山雀社是谁创办的？", "林小满"),
        (CHINESE, "山雀社是哪一年创办的？", "2019"),
    ],
)
def test_of_sentences_with_the_same_words_the_one_with_the_kind_of_answer_is_quoted(
    text, question, said
):
    (quoted,) = Extractive(1).write(asking(question), [hit(text)])
    assert said in quoted


def test_a_passage_that_answers_tells_so_and_one_that_is_silent_does_not():
    question = asking("What does a desk cost a month?")
    answers = read(
        question, [hit("The room has nine desks. You pay 80 euros for each desk every month.")]
    )
    silent = read(
        question, [hit("The room has nine desks. The room is open until ten in the evening.")]
    )
    assert max(answers.worth.values()) > max(silent.worth.values())


def test_nothing_is_read_where_there_is_nothing():
    assert read(asking("Who pays?"), []) == NOTHING
    assert read(asking("Who pays?"), [hit("—")]).signals == pytest.approx(
        read(asking("Who pays?"), [hit("—")]).signals
    )


@pytest.mark.parametrize(
    ("embedder", "counts"),
    [(ContextualEmbedder.name, True), ("another", False)],
)
def test_a_passage_near_in_meaning_raises_the_confidence_by_the_built_in_encoder_alone(
    embedder, counts
):
    """Other embedders' cosines lie elsewhere: 0.8 may be far."""
    question = asking("What does a desk set one back a month?")
    hits = [hit("You pay 80 euros for each place every month.")]
    near, far = (
        confidence(question, hits, evidence(cosine, embedder), reads=True) for cosine in (0.8, 0.2)
    )
    assert (near > 2 * far) is counts


def evidence(cosine, embedder):
    return LegScores({}, {}, 20.0, {"p1": cosine}, {}, {}, (), embedder=embedder)
