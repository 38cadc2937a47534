"""Tables in PDFs: which lines are one, what of it goes on, and what is none."""

from __future__ import annotations

import time

import pytest
from pdfs import draw_pdf
from pypdfium2 import PdfDocument

LEFT = (50, 200, 350)


def in_columns(lines, top: float = 780, pitch: float = 16, columns=LEFT):
    return [
        (x, top - pitch * at, cell)
        for at, line in enumerate(lines)
        for x, cell in zip(columns, line, strict=False)
        if cell
    ]


def rows(read, pdf: bytes) -> list[tuple[str, str]]:
    return [
        (passage.anchor.label, line)
        for passage in read("a.pdf", pdf).passages
        for line in passage.text.split("\n")
        if line
    ]


GRID = [
    *((40, y, 500, y) for y in range(640, 801, 20)),
    *((x, 640, x, 800) for x in (40, 190, 340, 500)),
]


@pytest.mark.parametrize("rules", [GRID, ()], ids=["ruled", "open"])
def test_a_table_goes_on_on_the_next_page_under_its_header(read, rules):
    names = ("Mentor", "City", "Hours")
    first = [names, *((f"Mentor {n}", "Bern", str(n)) for n in range(1, 8))]
    second = [names, *((f"Mentor {n}", "苏州", str(n)) for n in range(8, 15))]
    pages = [in_columns(lines, 785, 20) for lines in (first, second)]
    assert rows(read, draw_pdf(pages, rules=rules)) == [
        ("p. 1" if n < 8 else "p. 2", f"Mentor: Mentor {n} · City: {'Bern' if n < 8 else '苏州'} · Hours: {n}")
        for n in range(1, 15)
    ]  # fmt: skip


def test_what_stands_around_a_table_stays_where_it_is(read):
    table = in_columns([("Plan", "Price"), ("Seed", "98"), ("Team", "¥198")], 740)
    pdf = draw_pdf([[(50, 780, "Fees of this year."), *table, (50, 650, "All of them monthly.")]])
    assert [line for _, line in rows(read, pdf)] == [
        "Fees of this year.", "Plan: Seed · Price: 98", "Plan: Team · Price: ¥198", "All of them monthly.",
    ]  # fmt: skip


def test_tables_side_by_side_do_not_mix(read):
    first = [("Plan", "Price"), ("Seed", "98"), ("Team", "198")]
    second = [("Room", "Seats"), ("Loft", "12"), ("Cellar", "40")]
    lines = [(*one, *other) for one, other in zip(first, second, strict=True)]
    texts = [
        (50, 820, "Before."),
        *in_columns(lines, columns=(50, 120, 320, 400)),
        (50, 600, "After."),
    ]
    rules = [
        *((x, y, x + 140, y) for x in (40, 310) for y in range(734, 799, 16)),
        *((x, 734, x, 798) for x in (40, 110, 180, 310, 380, 450)),
    ]  # fmt: skip
    assert [line for _, line in rows(read, draw_pdf([texts], rules=rules))] == [
        "Before.", "Plan: Seed · Price: 98", "Plan: Team · Price: 198",
        "Room: Loft · Seats: 12", "Room: Cellar · Seats: 40", "After.",
    ]  # fmt: skip


def test_a_cell_over_several_lines_is_one(read):
    open_cells = [
        (50, 780, "Item"), (200, 780, "What it is"), (350, 780, "Price"),
        (50, 760, "Desk"), (200, 760, "a place by"), (350, 760, "90"), (200, 748, "the window"),
        (50, 728, "Room"), (200, 728, "for eight"), (350, 728, "140"),
    ]  # fmt: skip
    expected = [
        "Item: Desk · What it is: a place by the window · Price: 90",
        "Item: Room · What it is: for eight · Price: 140",
    ]
    assert [line for _, line in rows(read, draw_pdf([open_cells]))] == expected
    rules = [
        *((40, y, 500, y) for y in (795, 774, 742, 720)),
        *((x, 720, x, 795) for x in (40, 190, 340, 500)),
    ]
    assert [line for _, line in rows(read, draw_pdf([open_cells], rules=rules))] == expected


@pytest.mark.parametrize(
    "lines",
    [
        [("We met in the hall and spoke", "of what it takes to begin, in")] * 12,  # two columns
        [("In 2024 we had 12 members and", "by 2026 there were 90 of them")] * 12,
        [("Introduction . . . . . . . .", "3"), ("The hall . . . . . .", "7")] * 6,  # contents
        [("Tea", "3.50"), ("Coffee", "4.20"), ("Cake", "5.00")],  # no names
        [("Breakfast", "in the hall"), ("Talk", "upstairs"), ("Lunch", "outside")],
    ],
)
def test_lines_that_are_no_table_stay_text(read, catalog, lines):
    reading = read("a.pdf", draw_pdf([in_columns(lines, columns=(50, 300))]))
    assert catalog.tables_of(reading.document.id) == []


def test_boxes_around_text_are_no_table(read, catalog):
    texts = [
        (50, 785, "We spoke of rooms"), (250, 785, "and of what they cost"),
        (50, 745, "From here on this line runs over the rule"), (320, 745, "x"),
    ]  # fmt: skip
    rules = [
        *((40, y, 500, y) for y in (800, 770, 730)),
        *((x, 730, x, 800) for x in (40, 200, 500)),
    ]
    reading = read("a.pdf", draw_pdf([texts], rules=rules))
    assert catalog.tables_of(reading.document.id) == []


def test_a_character_that_marks_tables_is_text_where_a_source_has_it(read):
    table = in_columns([("Plan", "Price"), ("Seed", "98"), ("Team", "198")])
    pdf = draw_pdf([[*table, (50, 700, "\U000f0000"), (50, 650, "That was all.")]])
    assert sum("Seed" in line for _, line in rows(read, pdf)) == 1


@pytest.mark.parametrize("kind", ["grid", "lines", "figures", "crossed"])
def test_pages_full_of_rules_or_figures_take_little_time(read, kind):
    fine = [i * 0.4 for i in range(1, 1400)]
    rules = {
        "grid": [*((0, y, 590, y) for y in fine), *((x, 0, x, 840) for x in fine)],
        "lines": [(0, y, 590, y) for y in fine * 4],
        "crossed": [(x, y, x + 9, y) for x in fine[::20] for y in fine[::20]]
        + [(x, y, x, y + 9) for x in fine[::20] for y in fine[::20]],
    }.get(kind, [])
    figures = [(x, y, "12") for y in range(5, 840, 4) for x in range(5, 590, 16)]
    pdf = draw_pdf([[(50, 790, "Item"), (250, 790, "Price"), *figures]], rules=rules)
    assert len(PdfDocument(pdf)) == 1
    began = time.process_time()
    read("a.pdf", pdf)
    assert time.process_time() - began < 5
