"""Searching and answering over a small knowledge base, in process, with real indexes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.backends import open_writer
from kb.errors import UsageError
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import load
from retrieval.answer.answer import answer
from retrieval.question.question import check_question, weigh
from retrieval.search.fusion import FusionWeights, LegScores, fuse
from retrieval.search.search import search

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="module")
def corpus(corpora_home: Path) -> KnowledgeBase:
    """The project's own corpus."""
    return open_knowledge_base(Home(corpora_home), load(corpora_home, {}).settings)


def found(kb: KnowledgeBase, question: str, **options: object) -> list[str]:
    options = {"limit": 5, **options}
    return [hit.document.source for hit in search(kb, weigh(kb, question), **options).hits]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "source"),
    [
        ("多久不发言会被移出微信群？", "docs/zh/community-rules.md"),
        (
            "2024 年 6 月以前注册的公司，注册资本最晚什么时候缴足？",
            "docs/zh/company-registration-and-contracts.md",
        ),
        ("期权池算在投前还是投后，对创始团队差多少？", "docs/zh/first-angel-round.md"),
        ("签一年以上不满三年的劳动合同，试用期最长多久？", "docs/zh/hiring-first-five.md"),
        ("打八折要多卖多少客户才能赚回同样毛利？", "docs/zh/pricing-saas.md"),
        ("给小区团长返佣之后续订率怎么样？", "transcripts/2026-05-zh-growth-night.srt"),
        ("录播课买了不满意能退吗？", "faq/community-faq.md"),
        ("What is the deadline for filing an 83(b) election?", "docs/en/splitting-equity.md"),
        ("How many customer interviews are enough?", "docs/en/customer-interviews.md"),
        (
            "How do we answer a security questionnaire before we have SOC 2?",
            "docs/en/first-sales-and-pilots.md",
        ),
        ("In what order should a startup cut costs before layoffs?", "docs/en/runway-and-cash.md"),
        (
            "What does a 1x non-participating liquidation preference pay in a $10m sale?",
            "faq/fundraising-faq.csv",
        ),
        ("What does an employer of record cost?", "transcripts/2026-04-en-hiring-ama.srt"),
    ],
)
def test_a_question_finds_the_source_that_answers_it(corpus, question, source):
    assert source in found(corpus, question)[:3]


def test_filters_hold_in_both_legs(corpus):
    # A misspelt word is found by the dense leg alone, a common one by both.
    for question in ("equity", "liquidaton preferense"):
        for where, kind in (
            ([("lang", "zh")], None),
            ([("tags", "fundraising")], None),
            ([], "faq"),
            ([("kind", "faq")], "doc"),
        ):
            results = search(corpus, weigh(corpus, question), limit=50, where=where, kind=kind)
            for hit in results.hits:
                assert kind is None or hit.document.kind == kind
                for key, value in where:
                    assert key != "lang" or value in (hit.passage.lang, hit.document.lang)
                    assert key != "tags" or value in hit.meta["tags"]
    assert found(corpus, "equity", where=[("kind", "faq")], kind="doc") == []


def test_a_misspelt_word_is_still_found(corpus):
    assert "faq/fundraising-faq.csv" in found(corpus, "liquidaton preference")


def test_full_width_and_case_make_no_difference(corpus):
    plain, fancy = (
        search(corpus, weigh(corpus, q), limit=5)
        for q in ("SAFE post-money", "ｓａｆｅ ＰＯＳＴ－ＭＯＮＥＹ")
    )
    assert [h.passage.id for h in plain.hits] == [h.passage.id for h in fancy.hits]


def test_near_duplicates_collapse_into_one_that_names_the_others(tmp_path):
    text = "Kindling refunds recorded courses within seven days if no more than two lessons were watched by the buyer."
    for name in ("a.md", "b.md", "c.md"):
        (tmp_path / name).write_text(
            f"# Refunds\n\n{text}{' Ask the desk.' if name == 'c.md' else ''}\n"
        )
    (tmp_path / "other.md").write_text(
        "# Desks\n\nA desk in the recorded course studio costs nothing for members.\n"
    )
    home = Home(tmp_path / "home")
    kb = open_knowledge_base(home, load(home.path, {}).settings, create=True)
    ingest(kb, [tmp_path])
    hits = search(kb, weigh(kb, "refund for recorded courses"), limit=8).hits
    assert len(hits) == 2
    assert sorted([hits[0].document.source, *hits[0].also]) == ["a.md", "b.md", "c.md"]


@pytest.mark.parametrize("question", ["", "   ", "？！…", "x" * 4001])
def test_questions_that_cannot_be_searched_for(question):
    with pytest.raises(UsageError):
        check_question(question)


def evidence(words=None, translated=None, cosines=None, foreign=()):
    return LegScores(words or {}, translated or {}, 20.0, cosines or {}, {}, {}, foreign)


def test_fusing_lets_the_leg_decide_that_has_something_to_say():
    said, near = {"a": 15.0, "b": 10.0}, {"c": 0.4, "a": 0.3}
    assert fuse(evidence(words=said), FusionWeights())[0][0] == "a"
    assert fuse(evidence(cosines=near), FusionWeights())[0][0] == "c"
    assert [name for name, _ in fuse(evidence(said, cosines=near), FusionWeights())] == [
        "a",
        "b",
        "c",
    ]
    few = {
        "a": 1.0,
        "b": 1.0,
    }  # a twentieth of the question's weight tells nothing beside a close vector
    assert fuse(evidence(few, cosines={"c": 0.6, "a": 0.1}), FusionWeights())[0][0] == "c"
    assert all(
        0.0 <= score <= 1.0 for _, score in fuse(evidence(said, cosines=near), FusionWeights())
    )


def test_a_name_found_in_another_language_does_not_outweigh_what_is_meant():
    ranked = fuse(
        evidence({"name": 8.0}, {"meant": 8.0}, {"name": 0.2, "meant": 0.5}, {"name", "meant"}),
        FusionWeights(),
    )
    assert [name for name, _ in ranked] == ["meant", "name"]


@pytest.mark.parametrize(
    "question", ["What is the capital of Mongolia?", "蒙古国的首都是哪里？", "zxqv wubble"]
)
def test_a_question_about_something_else_is_refused_with_what_came_closest(corpus, question):
    results = search(corpus, weigh(corpus, question), limit=8)
    given = answer(results, open_writer(corpus.settings), corpus.settings)
    assert given.status == "abstained"
    assert given.citations == ()
    assert given.text in ("The sources do not answer this.", "资料里没有这个问题的答案。")


@pytest.mark.parametrize(
    ("question", "words", "source"),
    [
        ("多久不发言会被移出微信群？", "90 天", "docs/zh/community-rules.md"),
        (
            "What is the deadline for filing an 83(b) election?",
            "30 days",
            "docs/en/splitting-equity.md",
        ),
        ("What does an employer of record cost?", "month", "transcripts/2026-04-en-hiring-ama.srt"),
    ],
)
def test_extractive_answers_hold_the_answer_and_quote_it_exactly(corpus, question, words, source):
    results = search(corpus, weigh(corpus, question), limit=8)
    given = answer(results, open_writer(corpus.settings), corpus.settings)
    assert given.status == "answered"
    assert words in given.text
    assert source in [citation.hit.document.source for citation in given.citations]
    for citation in given.citations:
        assert citation.quote in citation.hit.passage.text
    assert all(sentence.citations for sentence in given.sentences)
