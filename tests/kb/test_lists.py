"""Lists of a passage, however their items are marked."""

from __future__ import annotations

import pytest

from kb.lists import lists
from kb.text import sentences

ITEMS = ("Ask at the desk.", "Sign the form. Both pages.", "Keep the key")
MARKS = {
    "hyphens": ("- ", "- ", "- "),
    "numbers": ("1. ", "2. ", "3. "),
    "Chinese numbers": ("1、", "2、", "3、"),
    "reStructuredText's": ("#. ", "#. ", "#. "),
    "AsciiDoc's": (". ", ". ", ". "),
    "circles": ("① ", "② ", "③ "),
    "steps": ("第一步：", "第二步：", "第三步："),
}


@pytest.mark.parametrize("marks", MARKS.values(), ids=MARKS)
@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_list_reaches_from_its_first_mark_to_the_end_of_its_last_item(marks, between):
    items = between.join(mark + item for mark, item in zip(marks, ITEMS, strict=True))
    text = f"What to do:\n\n{items}\n\nAfterwards nothing is left to do."
    (found,) = lists(text)
    assert text[found.start : found.end] == items


def test_two_lists_are_two():
    one, other = ("\n".join(f"{sign} {item}" for item in ITEMS) for sign in ("-", "*"))
    text = f"{one}\n\nOr else:\n\n{other}"
    assert [text[found.start : found.end] for found in lists(text)] == [one, other]


@pytest.mark.parametrize("text", ["", "- one\n- two", "No list. Just\n3 lines\nof text."])
def test_two_items_or_none_are_no_list(text):
    assert lists(text) == []


@pytest.mark.parametrize("mark", ["#.", ".", "..", "1.", "-"])
def test_the_mark_of_an_item_is_no_sentence(mark):
    text = "\n".join(f"{mark} {item}" for item in ("Ask at the desk.", "Sign the form."))
    assert [text[start:end] for start, end in sentences(text)] == text.split("\n")
