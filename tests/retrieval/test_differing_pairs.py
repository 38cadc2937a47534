"""Several contradictions of two sources: each is told, whatever value it shares with another."""

from __future__ import annotations

import pytest

from kb.types import Anchor, Citation, Document, Hit, Passage, Sentence
from retrieval.answer.contradictions import find_contradictions

FEE, DISCOUNT = (
    "The lantern fund charges a yearly fee of {} on loans.",
    "The lantern fund gives a discount of {} on loans.",
)


def hit(rank, text):
    document = Document(f"d_{rank}", f"{rank}.md", f"/{rank}.md", "Lantern fund", "doc", "en")
    return Hit(
        rank,
        1.0 / rank,
        Passage(f"p_{rank}", document.id, 0, text, (), "en", Anchor("lines", 1, 1)),
        document,
    )


@pytest.mark.parametrize("discount", ["6%", "5%"])
def test_a_value_that_stands_in_two_of_them_hides_neither(discount):
    said = (FEE.format("5%"), DISCOUNT.format("9%"))
    hits = (hit(1, " ".join(said)), hit(2, f"{FEE.format('7%')} {DISCOUNT.format(discount)}"))
    cited = (Citation(1, hits[0], hits[0].passage.text, hits[0].passage.anchor, None),)
    sentences = [Sentence(text, (1,), True, None) for text in said]
    told, _ = find_contradictions(
        "what fee and discount does the lantern fund have on loans?", sentences, cited, hits
    )
    assert [tuple(value for _, value in each.values) for each in told] == [
        ("5%", "7%"),
        ("9%", discount),
    ]
