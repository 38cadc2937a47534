"""Questions find passages of the other language through the glossary, with the real lexical index."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from kb.catalog.rows import Entry
from kb.glossary import Glossary, build
from kb.index_words import index_words
from kb.projections.lexical import Lexical
from kb.text import language, terms, words
from kb.types import Question
from retrieval.facts.translation import frequencies, widen

PASSAGES = {
    "vc": "Venture capital is not the only way to fund a company.",
    "series": "Our Series A took five months, from the first meeting to the wire.",
    "churn": "Churn went up after the price increase, so we called every customer who left.",
    "mvp": "The MVP was a spreadsheet and 40 emails.",
    "maintainer": "Maintainers burn out when nobody else reviews pull requests.",
    "install": "To install the database, run the script as root.",
    "投资": "风险投资并不是公司唯一的资金来源。",
    "轮": "我们的A轮融资花了五个月。",
    "流失": "涨价之后用户流失变多，于是我们给每个离开的客户打了电话。",
    "原型": "我们的MVP就是一张表格和40封邮件。",
    "维护": "没有人帮忙审查代码，维护者就会倦怠。",
    "安装": "安装数据库时，以管理员身份运行脚本。",
}


@pytest.fixture(scope="module")
def glossary(glossary_folder: Path) -> Glossary:
    return Glossary(build(glossary_folder))


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Lexical:
    lexical = Lexical(tmp_path_factory.mktemp("index") / "lexical")
    nothing = np.zeros(1, np.float32)
    lexical.apply(
        [Entry(name, index_words("", (), text), nothing) for name, text in PASSAGES.items()], []
    )
    return lexical


def first(index: Lexical, glossary: Glossary, question: str, lang: str) -> str:
    """The first passage of that language: names and numbers are found in both."""
    groups = widen(question, {lang}, glossary)[lang]
    within = [name for name, text in PASSAGES.items() if language(text) == lang]
    return index.search([group.ways for group in groups], 5, within)[0][0]


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("如何安装数据库？", "install"),
        ("除了风险投资，公司还能怎么拿钱", "vc"),
        ("A轮要多久？", "series"),
        ("涨价后流失率上升了怎么办", "churn"),
        ("維護者為什麼會過勞", "maintainer"),
        ("MVP 是怎样的一张电子表格", "mvp"),
    ],
)
def test_a_chinese_question_finds_the_english_passage(index, glossary, question, passage):
    assert first(index, glossary, question, "en") == passage


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("How do I install the database?", "安装"),
        ("Where does the money come from without venture capital?", "投资"),
        ("How long does a Series A take?", "轮"),
        ("Our churn is up after we raised the price", "流失"),
        ("Why do maintainers burn out?", "维护"),
        ("Who wrote 40 emails for the MVP?", "原型"),
    ],
)
def test_an_english_question_finds_the_chinese_passage(index, glossary, question, passage):
    assert first(index, glossary, question, "zh") == passage


def test_traditional_questions_are_widened_as_simplified_ones(glossary):
    assert widen("風險投資與股權", {"en"}, glossary) == widen("风险投资与股权", {"en"}, glossary)


def test_a_question_is_not_widened_towards_its_own_language(glossary):
    assert widen("how do I price my product?", {"en"}, glossary) == {}
    assert widen("如何给产品定价", {"zh"}, glossary) == {}
    assert widen("how do I price my product?", set(), glossary) == {}


def test_a_question_of_both_languages_is_put_in_both(glossary):
    put = widen("我们的 churn 太高了", {"zh", "en"}, glossary)
    assert set(put) == {"zh", "en"}
    assert any(("流失",) in group.ways for group in put["zh"])
    assert any(group.ways == {("churn",): 1.0} for group in put["en"])


@pytest.mark.parametrize("name", ["MVP", "SaaS", "B2B", "PMF", "Kubernetes", "k8s", "2024"])
def test_names_and_numbers_stay_as_they_are(glossary, name):
    (word,) = words(name)
    put = widen(f"如何理解 {name} 的意义", {"en"}, glossary)["en"]
    assert any(group.ways.get((word,)) == 1.0 for group in put)
    put = widen(f"what is the meaning of {name} here", {"zh"}, glossary)["zh"]
    assert any(group.ways.get((word,)) == 1.0 for group in put)


def test_words_of_one_language_score_as_ever(index):
    """A word scores the same asked for plainly and as the only way to say it."""
    plain = index.search(terms("venture capital for a company"), 10)
    assert plain == index.search(
        [{(word,): 1.0} for word in terms("venture capital for a company")], 10
    )


def test_the_best_translation_counts_not_their_sum(index):
    one = dict(index.search([{("instal",): 1.0}], 10))
    several = dict(index.search([{("instal",): 1.0, ("databas",): 0.1, ("script",): 0.1}], 10))
    assert several["install"] <= one["install"]


def test_a_phrase_wants_all_its_words(index):
    assert [name for name, _ in index.search([{("ventur", "capit"): 1.0}], 10)] == ["vc"]
    assert index.search([{("ventur", "databas"): 1.0}], 10) == []
    assert index.search([{("unheard", "of"): 1.0, ("nowhere",): 0.5}], 10) == []


def test_a_filter_holds_for_translations_too(index, glossary):
    groups = widen("风险投资", {"en"}, glossary)["en"]
    assert index.search([group.ways for group in groups], 5, ["install", "churn"]) == []


def test_a_word_is_covered_by_its_translation(glossary):
    groups = widen("风险投资的估值 MVP", {"en"}, glossary)["en"]
    question = Question("", "zh", {"风险投资": 2.0, "mvp": 1.0, "估值": 1.0}, groups)
    assert question.coverage(set(words("venture capital and the MVP"))) == 0.75


def test_words_are_as_frequent_as_what_is_said_for_them(index, glossary):
    groups = widen("安装数据库", {"en"}, glossary)["en"]
    holding = index.document_frequency(
        {word for group in groups for way in group.ways for word in way}
    )
    assert frequencies(groups, holding)["安装"] >= 1


def test_a_long_question_is_widened_in_time(glossary):
    assert widen("如何给早期用户定价 " * 400, {"en"}, glossary)["en"]


def test_nothing_is_found_in_a_knowledge_base_of_nothing(tmp_path: Path, glossary):
    empty = Lexical(tmp_path / "empty")
    groups = widen("风险投资", {"en"}, glossary)["en"]
    assert empty.search([group.ways for group in groups], 5) == []
