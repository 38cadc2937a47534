"""What a writer is given beside the hits: replies to questions, and the neighbours that go on with
a thought.
"""

from __future__ import annotations

import pytest

from ingest.pipeline import ingest
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.types import Hit
from kb.writers.prompts import messages, packed, tokens
from retrieval.ask import ask
from retrieval.question.question import weigh
from retrieval.search.surroundings import with_neighbours, with_replies

GUIDE = "# Guide\n\n## Prices\n\n" + "".join(
    f"Rule {n} of prices is to ask what the customer saves.\n\n" for n in range(9)
)
TALK = [
    ("Ines", "So how did you two split the equity between you?"),
    ("Jo", "Sixty forty, because I had paid the first invoices out of my own pocket for a year."),
    ("Ines", "And then you moved to the coast."),
]


@pytest.fixture
def kb(tmp_path) -> KnowledgeBase:
    folder = tmp_path / "sources"
    folder.mkdir()
    (folder / "guide.md").write_text(f"{GUIDE}## Places\n\nSell where the customers are.\n")
    cues = (
        f"00:{n:02}:00.000 --> 00:{n:02}:59.000\n<v {who}>{said}\n"
        for n, (who, said) in enumerate(TALK)
    )
    (folder / "talk.vtt").write_text("WEBVTT\n\n" + "\n".join(cues))
    opened = open_knowledge_base(Home(tmp_path / "home"), Settings(passage_chars=110), create=True)
    ingest(opened, [folder])
    return opened


def hits(kb: KnowledgeBase, *said: str) -> list[Hit]:
    everything = [(d, p) for d in kb.catalog.documents() for p in kb.catalog.passages_of(d.id)]
    found = [next((d, p) for d, p in everything if words in p.text) for words in said]
    return [
        Hit(rank, 1.0 / rank, passage, document)
        for rank, (document, passage) in enumerate(found, start=1)
    ]


def test_a_question_leads_to_its_reply(kb):
    question, reply = with_replies(kb, hits(kb, "split the equity"))
    assert (question.rank, reply.rank) == (1, 2)
    assert reply.passage.text.startswith("Sixty forty")
    assert reply.passage.anchor.speaker == "Jo"


def test_statements_and_replies_that_were_found_bring_nothing_new(kb):
    for found in (
        hits(kb, "Sixty forty"),
        hits(kb, "split the equity", "Sixty forty"),
        hits(kb, "Rule 3"),
    ):
        assert with_replies(kb, found) == tuple(found)


def test_neighbours_of_the_same_section_stand_around_a_hit_with_numbers_of_their_own(kb):
    (middle,) = hits(kb, "Rule 4")
    before, hit, after = with_neighbours(kb, [middle], 1, 12000)
    assert hit == middle
    assert [each.passage.ordinal - hit.passage.ordinal for each in (before, after)] == [-1, 1]
    assert {before.rank, after.rank} == {2, 3}
    assert before.passage.anchor.end < hit.passage.anchor.start


def test_neighbours_never_cross_sections_or_turns(kb):
    for said in ("Sell where", "Sixty forty"):
        found = hits(kb, said)
        assert with_neighbours(kb, found, 3, 12000) == tuple(found)
    headings = {each.passage.headings for each in with_neighbours(kb, hits(kb, "Rule 8"), 3, 12000)}
    assert len(headings) == 1


def test_no_hit_gives_way_to_a_neighbour(kb):
    found = hits(kb, "Rule 4", "Sixty forty", "Sell where")
    room = sum(tokens(hit.passage.text) + 50 for hit in found)
    assert with_neighbours(kb, found, 2, room) == tuple(found)
    assert len(with_neighbours(kb, found, 2, room + 75)) == 4
    assert with_neighbours(kb, found, 0, 12000) == tuple(found)
    question = weigh(kb, "rules of prices?")
    offered = with_neighbours(kb, found, 2, 12000)
    prompt = messages(question, packed(offered, 12000))[1]["content"]
    assert all(hit.passage.text in prompt for hit in offered)


class Last:
    """A writer that cites the last source it is given, word for word."""

    name = "last"

    def write(self, question, hits):
        yield f"{hits[-1].passage.text} [{hits[-1].rank}]"

    def check(self):
        pass


def test_what_a_model_cites_of_a_neighbour_stands_at_the_neighbours_own_place(kb):
    asked = ask(kb, Last(), "rule 4 of prices?", limit=1)
    (citation,) = asked.answer.citations
    retrieved = [each["passage"] for each in asked.exchange.payload["retrieved"]]
    assert len(retrieved) == 2
    assert citation.hit.passage.id == retrieved[1]
    assert citation.quote in citation.hit.passage.text
    assert citation.anchor.start >= citation.hit.passage.anchor.start
    source = (kb.home.path.parent / "sources" / "guide.md").read_text().split("\n")
    assert citation.quote in "\n".join(
        source[int(citation.anchor.start) - 1 : int(citation.anchor.end)]
    )
