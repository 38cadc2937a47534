"""`kb recommend`: what comes next, why, and nothing that was read already."""

from __future__ import annotations

import pytest

PAGES = {
    "docs/en/pricing.md": "# Pricing\n\nSet the price of a product by what it saves the customer each month.\n",
    "docs/zh/pricing.md": "# 定价\n\n产品的价格，按它每个月替客户省下多少钱来定。\n",
    "docs/en/discounts.md": "# Discounts\n\nA discount lowers the price of a product for a customer who pays a year ahead.\n",
    "docs/en/contracts.md": "# Contracts\n\nA customer signs a contract that names the price of the product and the notice.\n",
    "docs/en/garden.md": "# Garden\n\nTomatoes in the courtyard want water twice a week, and roses want shade.\n",
}
QUESTION = "How do I set the price of a product?"


@pytest.fixture
def club(kb, folder):
    for name, text in PAGES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    assert kb("ingest", "-q", folder).code == 0
    return kb


def named(run):
    return [each["source"] for each in run.json["recommendations"]]


def pages(run):
    return [name.rpartition("/")[2] for name in named(run)]


def test_a_question_gets_its_sources_with_words_and_the_place_where_they_stand(club):
    run = club("recommend", QUESTION, "--json")
    assert run.code == 0, run.err
    first = run.json["recommendations"][0]
    reason = first["reason"]
    assert {"price", "product"} <= set(reason["words"])
    shown = club("show", reason["citation"]["passage"], "--json").json
    text = next(p["text"] for p in shown["around"] if p["passage"] == shown["passage"])
    assert reason["citation"]["quote"] in text
    assert shown["source"] == first["source"]
    assert "garden.md" not in pages(run)


def test_a_page_in_two_languages_is_one_recommendation(club):
    run = club("recommend", QUESTION, "--json")
    assert pages(run).count("pricing.md") == 1
    (page,) = (e for e in run.json["recommendations"] if e["source"].endswith("pricing.md"))
    assert {page["source"], *page["versions"]} == {"docs/en/pricing.md", "docs/zh/pricing.md"}


def test_what_an_answer_cited_is_not_recommended_nor_its_translation(club):
    asked = club("ask", QUESTION, "--format", "json").json
    cited = {citation["source"].rpartition("/")[2] for citation in asked["citations"]}
    assert cited
    assert not cited & set(pages(club("recommend", QUESTION, "--json")))
    assert cited <= set(pages(club("recommend", QUESTION, "--again", "--json")))


def test_what_is_named_as_seen_is_left_out(club):
    seen = "docs/en/discounts.md"
    assert seen in named(club("recommend", QUESTION, "--json"))
    assert seen not in named(club("recommend", QUESTION, "--seen", seen, "--json"))
    assert club("recommend", QUESTION, "--seen", "nowhere.md").code == 1


def test_after_a_source_come_others_that_are_like_it(club):
    run = club("recommend", "--source", "docs/en/pricing.md", "--json")
    assert run.code == 0, run.err
    assert {"discounts.md", "contracts.md"} & set(pages(run)[:2])
    assert "pricing.md" not in pages(run)
    like = run.json["recommendations"][0]["reason"]["like"]
    assert like["source"] == "docs/en/pricing.md"
    text = club("recommend", "--source", "docs/en/pricing.md").out
    assert like["source"] in text
    assert like["anchor"]["label"] in text


def test_ones_own_questions_count_and_nobody_elses(club):
    nobody = club("recommend", "--mine")
    assert nobody.code == 1
    assert "no answer in this terminal" in nobody.err
    assert club("ask", QUESTION).code == 0
    mine = club("recommend", "--mine", "--json")
    assert mine.code == 0, mine.err
    from contextlib import closing

    from kb.journal import Journal

    with closing(Journal(club.home / "journal.sqlite3")) as journal:
        journal._db.execute("UPDATE exchanges SET terminal = 'tty-of-somebody'")
        journal._db.commit()
    assert club("recommend", "--mine").code == 1


def test_a_subject_of_which_nothing_is_known_gets_nothing(club):
    run = club("recommend", "zeppelin telescopes")
    assert (run.code, run.out) == (3, "")
    assert "nothing unread" in run.err


def test_one_thing_at_a_time(club):
    for call in ((), (QUESTION, "--mine"), ("--since", "7d", QUESTION), (" ",)):
        assert club("recommend", *call).code == 2


class TestLetter:
    @pytest.fixture
    def lively(self, club):
        asked = club("ask", QUESTION, "--format", "json").json["id"]
        assert club("feedback", "add", asked, "up").code == 0
        entry = ("--question", "Who waters the roses?", "--answer", "Ada Example waters them.")
        assert club("faq", "add", *entry, "--source", "docs/en/garden.md").code == 0
        return club

    def test_it_tells_of_sources_entries_and_answers_each_with_its_place(self, lively):
        letter = lively("recommend", "--letter", "--json").json
        assert {line["title"] for line in letter["sources"]} >= {"Garden", "Contracts"}
        assert [line["title"] for line in letter["faq"]] == ["Who waters the roses?"]
        assert [line["title"] for line in letter["answers"]] == [QUESTION]
        for line in (*letter["sources"], *letter["faq"], *letter["answers"]):
            assert line["citations"]
            assert all(place["source"] for place in line["citations"])

    def test_every_line_of_the_draft_is_cited(self, lively):
        text = lively("recommend", "--letter").out
        lines = [line for line in text.splitlines() if line.startswith("- ")]
        assert len(lines) >= 5
        assert all("`docs/" in line or "`faq/" in line for line in lines), text

    def test_an_answer_that_was_voted_down_is_not_told(self, lively):
        (line,) = lively("recommend", "--letter", "--json").json["answers"]
        for name in ("Bo Sample", "Cy Sample"):
            assert lively("feedback", "add", line["id"], "down", "--by", name).code == 0
        assert lively("recommend", "--letter", "--json").json["answers"] == []

    def test_a_later_period_has_nothing(self, lively):
        letter = lively("recommend", "--letter", "--since", "2999-01-01", "--json").json
        assert (letter["sources"], letter["faq"], letter["answers"]) == ([], [], [])

    def test_what_is_not_for_everybody_is_left_out(self, lively):
        (lively.home / "kb.toml").write_text('[audience]\n"contracts.md" = "board"\n')
        assert "Contracts" not in lively("recommend", "--letter").out
        assert "Contracts" in lively("recommend", "--letter", "--audience", "board").out

    def test_a_hostile_title_is_text(self, lively, folder):
        (folder / "docs/evil.md").write_text(
            "# [win](http://x.example) @channel *now*\n\nText of it that is long enough.\n"
        )
        lively("ingest", "-q", folder)
        text = lively("recommend", "--letter", "-n", "20").out
        assert "[win](" not in text.replace("\\[", "")
        assert "@channel" not in text
