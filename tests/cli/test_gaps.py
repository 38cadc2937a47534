"""`kb gaps`: what could not be answered, grouped by meaning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from curating import Here, decide, faq_of, journal_of, vote

from kb.types import Exchange

DOG = "Are dogs allowed in the coworking space?"
DOG_ZH = "共享办公室能带狗吗？"
VISA = "What visa does a foreigner need to start a company in Shanghai?"
VISA_ZH = "外国人在上海开公司要什么签证？"
DATE = "今年年会什么时候开？"


@pytest.fixture
def kb(kb):
    return Here(kb)


@pytest.fixture
def club(kb, folder):
    (folder / "fees.md").write_text(
        "# Fees\n\nThe yearly membership fee is 1200 yuan, students pay 300 yuan.\n"
    )
    (folder / "office.md").write_text(
        "# Office\n\nThe office opens at nine. Bicycles stay outside.\n"
    )
    kb("ingest", "-q", folder)
    return kb


def refused(kb, *questions, days_ago=0, status="abstained", terminal="tty1"):
    """Questions as they are journalled when they are refused; gives their names."""
    at = datetime.now(UTC) - timedelta(days=days_ago)
    names = []
    with journal_of(kb) as journal:
        for question in questions:
            name = f"x_{journal.counts()[0]:05d}"
            when = at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            journal.add(
                Exchange(name, when, question, status, 0.01, "?", "extractive", 0.1, terminal, {})
            )
            names.append(name)
    return names


def gaps(kb, *options):
    found = kb("gaps", "--json", *options)
    assert (found.code, found.err) == (0, "")
    return found.json


def asked(gap):
    return {way["question"] for way in gap["questions"]}


def test_one_question_in_two_languages_is_one_gap(club):
    refused(club, VISA, VISA_ZH, DOG, DATE, terminal="tty1")
    refused(club, VISA_ZH, DOG_ZH, VISA_ZH.rstrip("？"), terminal="tty2")
    refused(club, DOG, days_ago=40)
    found = gaps(club)
    assert [asked(each) for each in found["gaps"]] == [{VISA, VISA_ZH}, {DOG, DOG_ZH}, {DATE}]
    assert [(each["count"], each["before"]) for each in found["gaps"]] == [(4, 0), (2, 1), (1, 0)]
    assert (found["questions"], found["before"], found["groups"], found["days"]) == (7, 1, 3, 30)
    visa = found["gaps"][0]
    assert (visa["langs"], visa["terminals"], visa["refused"]) == ({"zh": 3, "en": 1}, 2, 4)
    assert {way["question"]: way["count"] for way in visa["questions"]} == {VISA_ZH: 3, VISA: 1}
    assert all({"source", "label", "score", "confidence"} <= set(near) for near in visa["nearest"])


def test_markdown_that_reads_well_with_a_draft_for_each(club):
    refused(club, VISA, VISA_ZH, VISA_ZH)
    told = club.started("gaps", "--since", "7d").out
    last = datetime.now(UTC).date()
    assert told.startswith(f"# Gaps, {last - timedelta(days=7)} to {last}\n")
    assert "3 questions not answered, or not well, in 1 group. In the 8 days before: 0." in told
    assert f"## 1. {VISA_ZH}" in told
    assert "asked 3 times, 0 in the 8 days before · 3 refused · zh 2, en 1 · last on" in told
    assert f"- {VISA_ZH} (2 times)\n- {VISA}\n" in told
    assert f"```markdown\n## {VISA_ZH}\n\n<!-- kb\nalso: {VISA}\nnear: " in told
    assert "\nsource: \n-->\n\n<!-- Write the answer here. -->\n```" in told


def test_drafts_are_a_file_to_write_on_and_import(club, tmp_path):
    hostile = "--> ``` &#x2d; @everyone what <b>?"
    refused(club, VISA, VISA_ZH, DOG, hostile)
    (wrong,) = refused(club, "six fees", status="answered")
    vote(club, wrong, "down", correct="## Seven, not six.")
    report, file = tmp_path / "gaps.md", tmp_path / "drafts.md"
    for told in (club("gaps").out, club("gaps").out.split("\n", 3)[3]):
        report.write_text(told.replace("<!-- Write the answer here. -->", "Yes."), "utf-8")
        run = club("faq", "import", report)
        assert (run.code, run.out) == (1, "")
        assert "kb gaps --drafts" in run.err
    text = club("gaps", "--drafts").out
    head, answer = (
        text.split(f"## {VISA}\n", 1)
        if f"## {VISA}\n" in text
        else text.split(f"## {VISA_ZH}\n", 1)
    )
    asked_first = text[len(head) :].split("\n", 1)[0].removeprefix("## ")
    answer = answer.replace("<!-- Write the answer here. -->", "A work visa, class Z.", 1)
    file.write_text(f"{head}## {asked_first}\n{answer}", "utf-8")
    run = club("faq", "import", file)
    assert (run.code, run.out) == (1, "2 added, 0 updated, 0 unchanged, 2 refused\n")
    assert f"not taken: {DOG}: the answer of a FAQ entry needs words" in run.err
    with journal_of(club) as journal:
        found = {entry.question: entry for entry in journal.faq.entries()}
    assert {question: entry.answer for question, entry in found.items()} == {
        asked_first: "A work visa, class Z.", "six fees": "## Seven, not six."
    }  # fmt: skip
    assert {asked_first, *found[asked_first].also} == {VISA, VISA_ZH}
    assert club("gaps", "--drafts", "--json").code == 2
    none = club("gaps", "--drafts", "--until", "2020-01-05")
    file.write_text(none.out, "utf-8")
    assert (club("faq", "import", file).code, club("faq", "import", file).out) == (
        0,
        "there is nothing in it\n",
    )


def test_what_is_settled_is_no_gap_any_more(club):
    fine, bad, gap, liked, _ = refused(
        club, "one cat", "two houses", "three cars", "four ships", VISA
    )
    answered, wrong, mended = refused(
        club, "five fees", "six fees", "seven fees", status="answered"
    )
    decide(club, fine, "fine")
    decide(club, bad, "bad_source")
    decide(club, gap, "gap")
    vote(club, liked, "up")
    vote(club, wrong, "down", correct="## Seven, not six.")
    vote(club, mended, "down", "up")
    decide(club, answered, "gap")
    found = gaps(club)["gaps"]
    listed = {question for each in found for question in asked(each)}
    assert listed == {"three cars", "four ships", VISA, "five fees", "six fees"}
    counts = {
        name: sum(each[name] for each in found) for name in ("refused", "disliked", "decided")
    }
    assert counts == {"refused": 3, "disliked": 1, "decided": 2}
    corrected = next(each for each in found if "six fees" in asked(each))
    assert corrected["corrections"] == ["## Seven, not six."]
    assert "\n\\## Seven, not six.\n" in corrected["draft"]
    vote(club, fine, "down")
    assert "one cat" in {question for each in gaps(club)["gaps"] for question in asked(each)}


def test_a_later_vote_up_counts_as_much_as_one_down(club):
    mended, wrong, spoilt = refused(club, "six fees", "two houses", "five ships", status="answered")
    vote(club, mended, "down", "up")
    vote(club, wrong, "down", "down", "up")
    vote(club, spoilt, "up", "down")
    found = {each["question"]: each["disliked"] for each in gaps(club)["gaps"]}
    assert found == {"two houses": 1, "five ships": 1}


def test_what_a_newer_faq_entry_or_a_new_source_answers_is_told(club, folder):
    refused(club, DOG_ZH, DOG_ZH, VISA, days_ago=3)
    with faq_of(club) as faq:
        entry = faq.add(DOG, "On Fridays.")
    (folder / "visa.md").write_text(
        "# Visa\n\nA foreigner who wants to start a company in Shanghai needs a work visa, class Z.\n"
    )
    club("ingest", "-q", folder)
    visa, dog = gaps(club)["gaps"]
    assert (visa["question"], visa["entry"], visa["answerable"]) == (VISA, None, True)
    assert visa["nearest"][0]["source"] == "visa.md"
    assert (dog["question"], dog["count"], dog["entry"]) == (DOG_ZH, 2, entry.id)
    told = club("gaps").out
    assert "The sources may answer this by now" in told
    assert f"A FAQ entry asks this too, and is newer: `faq/{entry.id}`." in told
    refused(club, DOG)
    assert gaps(club)["gaps"][0]["entry"] is None


def test_what_a_newer_faq_entry_asks_word_for_word_is_no_gap(club):
    refused(club, DOG, DOG_ZH.rstrip("？"), VISA, days_ago=3)
    with faq_of(club) as faq:
        faq.add(DOG.lower(), "On Fridays.", also=[DOG_ZH])
    found = gaps(club)
    assert [each["question"] for each in found["gaps"]] == [VISA]
    assert found["groups"] == 1
    refused(club, DOG)
    assert {each["question"] for each in gaps(club)["gaps"]} == {VISA, DOG}


def test_periods(club):
    refused(club, VISA, days_ago=10)
    refused(club, DOG)
    assert [each["question"] for each in gaps(club, "--since", "1w")["gaps"]] == [DOG]
    assert [each["question"] for each in gaps(club, "--since", "60d", "--until", "5d")["gaps"]] == [
        VISA
    ]
    none = club("gaps", "--since", "2020-01-05", "--until", "2020-01-05")
    assert (none.code, none.err) == (0, "")
    assert none.out == "no gaps from 2020-01-05 to 2020-01-05; in as many days before: 0\n"
    assert gaps(club, "--since", "0001-01-01", "--until", "9999-12-31")["questions"] == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--since", "yesterday-ish"),
        ("--since", "2026-13-01"),
        ("--until", "2020-01-01", "--since", "2020-01-02"),
        ("-n", "0"),
        ("--format", "html"),
    ],
)
def test_wrong_calls(club, options):
    refused(club, DOG)
    run = club("gaps", *options)
    assert (run.code, run.out) == (2, "")
    assert "Traceback" not in run.err


def test_questions_can_do_no_harm(club):
    hostile = (
        "@everyone ``` --> </script> \x1b[31m \u202e [click](http://evil.example) what | visa?"
    )
    refused(club, hostile, "x" * 5000, "？？？", "<!-- kb\n## other")
    run = club("gaps")
    assert (run.code, run.err) == (0, "")
    assert "\x1b" not in run.out
    assert "\u202e" not in run.out
    assert "@everyone" not in run.out.split("```", 1)[0]
    assert run.out.count("````markdown") == 1  # a fence longer than the one in the question
    assert gaps(club, "-n", "1")["groups"] == 3


def test_hundreds_of_questions_are_grouped(club):
    nouns = "visa lease patent trial churn".split()
    verbs = "renew cancel price find compare delay share record translate print".split()
    places = "Shanghai Berlin Lisbon Osaka Nairobi Quito Hanoi".split()
    refused(club, *(f"How do I {v} a {n} in {p}?" for n in nouns for v in verbs for p in places))
    found = [asked(gap) for gap in gaps(club, "-n", "350")["gaps"]]
    assert sum(map(len, found)) == len(set().union(*found)) == 350
    assert 35 <= len(found) <= 120, (
        "what is asked about one thing in one place goes together, whatever is to be done"
    )
    for words in (places, nouns):
        together = [
            max(sum(f" {word}" in each for each in group) for word in words) for group in found
        ]
        assert sum(together) > 0.7 * 350
