"""Lines of a page are read in the order that people read them in, told from where they stand."""

from __future__ import annotations

from math import cos, radians, sin

from ingest.parsing.reading_order import rows
from ingest.parsing.recognition import Line


def line(text, left, top, width, height=20, degrees=0.0):
    corners = [
        (left, top),
        (left + width, top),
        (left + width, top + height),
        (left, top + height),
    ]
    turn, lift = cos(radians(degrees)), sin(radians(degrees))
    turned = tuple((x * turn - y * lift, x * lift + y * turn) for x, y in corners)
    return Line(text, turned, 0.99)


def columns(degrees=0.0):
    title = [line("title", 200, 0, 600, 40, degrees)]
    left = [line(f"left {n}", 0, 80 + 30 * n, 450 - n % 3, degrees=degrees) for n in range(8)]
    right = [line(f"right {n}", 520, 84 + 30 * n, 440 + n % 3, degrees=degrees) for n in range(6)]
    return [*title, *left, *right]


def read(lines):
    return [row.text for row in rows(sorted(lines, key=lambda each: each.corners[0][1]))]


def test_columns_are_read_one_after_the_other_below_the_title():
    assert read(columns()) == [
        "title",
        *(f"left {n}" for n in range(8)),
        *(f"right {n}" for n in range(6)),
    ]


def test_a_page_that_lies_askew_is_read_as_if_it_stood_straight():
    assert read(columns(3.0)) == read(columns(-3.0)) == read(columns())


def test_three_columns_are_three():
    lines = [
        line(f"{name} {n}", 340 * column, 30 * n, 300)
        for column, name in enumerate(("a", "b", "c"))
        for n in range(5)
    ]
    assert read(lines) == [f"{name} {n}" for name in "abc" for n in range(5)]


def test_cells_of_a_row_stay_together():
    cells = [
        line(text, 300 * column, 40 * number, 14 * len(text))
        for number, row in enumerate(
            [("Plan", "Price"), ("Starter", "40 euros"), ("Growth plan", "190"), ("Scale", "900")]
        )
        for column, text in enumerate(row)
    ]
    assert read(cells) == ["Plan Price", "Starter 40 euros", "Growth plan 190", "Scale 900"]


def test_space_parts_paragraphs():
    tops = (0, 26, 52, 110, 136)
    opens = [row.opens for row in rows([line(f"{top}", 0, top, 400) for top in tops])]
    assert opens == [True, False, False, True, False]


def test_a_page_without_lines_has_no_rows():
    assert rows([]) == []
