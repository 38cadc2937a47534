"""FAQs in HTML."""

from __future__ import annotations

import pytest
from web_made import FAQ

TERMS = """\
<dl>
<dt id=a>What is runway?<dd>Months of cash.<dd>Count them twice.
<dt>How do I price?<dt>怎么定价？<dd><div style="display:none">先算账。</div>
</dl>
"""


HEADED = """\
<h1>常见问题</h1>
<p>Intro.</p>
<h2 id=q>What is runway?</h2><p>Months of cash.</p><h3>Example</h3><p>Nine of them.</p><p>Or ten.</p>
<h2>About us</h2><p>Nobody.</p>
<h2>怎么定价？</h2><p>先算账。</p>
"""


def entries(reading) -> list[tuple[str | None, tuple[str, ...], str]]:
    return [(passage.anchor.entry, passage.headings, passage.text) for passage in reading.passages]


def test_details_are_entries(read):
    reading = read("help.html", FAQ)
    assert reading.document.kind == "faq"
    assert entries(reading) == [
        (None, ("Help",), "Ask us anything."),
        (
            "runway",
            ("Help", "Money", "What is runway?"),
            "What is runway?\nMonths of cash.\nCount them twice.",
        ),
        ("2", ("Help", "Money", "怎么定价？"), "怎么定价？\n先算账，再定价。"),
        (None, ("Help", "Money"), "That is all."),
    ]
    assert [passage.anchor.label for passage in reading.passages] == [
        "L3",
        "#runway · L5–7",
        "#2 · L8–9",
        "L10",
    ]


def test_terms_are_entries(read):
    assert entries(read("help.html", TERMS)) == [
        ("a", ("What is runway?",), "What is runway?\nMonths of cash.\nCount them twice."),
        ("2", ("How do I price? 怎么定价？",), "How do I price? 怎么定价？\n先算账。"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [("faq.html", HEADED.replace("常见问题", "Help")), ("a.html", f"<title>Help</title>{HEADED}")],
)
def test_headings_that_ask_are_entries_of_a_page_called_faq(read, name, content):
    assert [(entry, text) for entry, _, text in entries(read(name, content))] == [
        (None, "Intro."),
        ("q", "What is runway?\nMonths of cash.\nExample\nNine of them.\nOr ten."),
        (None, "Nobody."),
        ("2", "怎么定价？\n先算账。"),
    ]


def test_an_entry_within_an_entry_is_its_own(read):
    content = (
        "<details><summary>One?</summary>a<details><summary>Two?</summary>b</details>c</details>"
    )
    assert [text for _, _, text in entries(read("a.html", content))] == ["One?\na\nc", "Two?\nb"]


def test_a_question_without_an_answer_stays_text(read):
    content = FAQ + "<details><summary>Anything else?</summary></details>"
    assert entries(read("a.html", content))[-1] == (
        None,
        ("Help", "Money"),
        "That is all.\n\nAnything else?",
    )


@pytest.mark.parametrize(
    "content",
    [
        "<details><summary>More?</summary>Only one of them.</details>",
        "<dl><dt>Coffee<dd>Hot<dt>Milk<dd>Cold<dt>Tea?<dd>Maybe</dl>",
        HEADED.replace("常见问题", "Help"),
        "<h1>FAQ</h1><p>There are no questions yet.</p>",
    ],
)
def test_other_pages_are_no_faq(read, content):
    assert read("a.html", content).document.kind == "doc"


def test_whatever_is_asked_and_answered_counts_if_a_faq_is_asked_for(read):
    content = "<dl><dt>Coffee<dd>Hot</dl>"
    assert entries(read("a.html", content, kind="faq")) == [("1", ("Coffee",), "Coffee\nHot")]


def test_a_page_without_questions_is_no_faq(refusal):
    assert refusal("a.html", "<p>Count months.</p>", kind="faq") == "no questions found in it"
