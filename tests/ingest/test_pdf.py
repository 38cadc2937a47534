"""PDF."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from office_made import headed
from pdfs import make_pdf, with_more

from ingest.parsing import recognition

# --- PDF: pages -----------------------------------------------------------------------------------

SCANNED = 'a scanned PDF without a text layer: to read it, pip install "founders-kb[ocr]"'


def test_a_passage_of_a_pdf_never_spans_pages(read):
    pdf = make_pdf([["Count the months", "twice."], ["先算账，", "Then the weeks."]])
    assert headed(read("a.pdf", pdf)) == [
        ("p. 1", (), "Count the months\ntwice."),
        ("p. 2", (), "先算账，\nThen the weeks."),
    ]


def test_metadata_of_a_pdf(read):
    info = {
        "Title": "Pricing 定价",
        "Author": "Ines Valcourt",
        "Subject": "Money",
        "Keywords": "a, b",
        "CreationDate": "D:20260219101112+08'00'",
    }
    document = read("a.pdf", with_more(make_pdf([["先算账。"]], lang="zh-CN"), info)).document
    assert (document.title, document.lang) == ("Pricing 定价", "zh")
    assert document.meta == {
        "author": "Ines Valcourt",
        "date": "2026-02-19",
        "subject": "Money",
        "keywords": "a, b",
    }


@pytest.mark.parametrize(
    "title",
    [
        "untitled",
        "(anonymous)",
        "Microsoft Word - plan.doc",
        "plan.indd",
        "Slide 1",
        "文档1",
        "\0 ",
    ],
)
def test_titles_that_programs_make_up_are_none(read, title):
    assert (
        read("runway.pdf", with_more(make_pdf([["Months."]]), {"Title": title})).document.title
        == "runway"
    )


@pytest.mark.parametrize(
    "title", ["Slide decks", "Title insurance", "Documents that matter", "Version 2.1"]
)
def test_titles_that_look_alike_are_kept(read, title):
    assert (
        read("runway.pdf", with_more(make_pdf([["Months."]]), {"Title": title})).document.title
        == title
    )


def test_a_date_that_is_none_is_left_out(read):
    pdf = with_more(make_pdf([["Months."]]), {"CreationDate": "D:20269999", "Author": "unknown"})
    assert read("a.pdf", pdf).document.meta == {}


def test_rare_characters_and_emoji_are_kept(read):
    assert read("a.pdf", make_pdf([["𠮷野家 says yes 😀"]])).texts == ["𠮷野家 says yes 😀"]


def test_pages_without_text_are_told(read):
    reading = read("a.pdf", make_pdf([["One."], [], ["Three."], [], [], ["Six."]]))
    assert [passage.anchor.label for passage in reading.passages] == ["p. 1", "p. 3", "p. 6"]
    assert reading.document.meta == {"pages_without_text": "2, 4-5"}


def test_paragraphs_begin_after_a_short_line_with_a_full_stop(read):
    lines = [
        "Count the months that the cash will last at the present rate",
        "and write it down.",
    ] * 2
    first, second = read("a.pdf", make_pdf([lines]), chars=100).texts
    assert first == second == "\n".join(lines[:2])


# --- PDF: hyphens and wrapped words ---------------------------------------------------------------


def test_a_hyphen_at_the_end_of_a_line_goes_where_the_word_stands_whole_elsewhere(read):
    text = read(
        "a.pdf",
        make_pdf([["Some founders think of con-", "firming it later.", "They confirm it."]]),
    ).texts[0]
    assert text == "Some founders think of confirming\nit later.\n\nThey confirm it."


def test_a_hyphen_stays_where_the_word_has_one_elsewhere(read):
    text = read(
        "a.pdf",
        make_pdf([["Some founders write long-", "term plans.", "A long-term plan: longterm."]]),
    ).texts[0]
    assert text == "Some founders write long-term\nplans.\n\nA long-term plan: longterm."


def test_a_hyphen_stays_as_it_stands_where_nothing_is_known(read):
    lines = ["Some founders build chat-", "based products, 2019-", "2020, and 中文-", "混排 too."]
    assert read("a.pdf", make_pdf([lines])).texts == ["\n".join(lines)]


def test_a_chinese_word_that_the_line_end_parts_is_one(read):
    lines = [
        "创业公司在第一年里最要紧的事情是弄清楚自己的客",
        "户到底愿意为什么付钱，愿意付多少，又会不会再来，",
        "然后再定价。",
    ]
    text = read("a.pdf", make_pdf([["定价", *lines, "销售"]])).texts[0]
    assert text == "定价\n" + lines[0] + lines[1] + "\n" + lines[2] + "\n\n销售"


def test_short_chinese_lines_are_never_put_together(read):
    # of two characters: PDFium itself joins lines of one where it finds a Chinese font
    lines = ["深圳", "市场", "客源", "户口"]
    assert read("a.pdf", make_pdf([lines])).texts == ["\n".join(lines)]


# --- PDF: what recurs on every page ---------------------------------------------------------------


def numbered(count: int, footer: Callable[[int], str], header: Callable[[int], str] = str) -> bytes:
    return make_pdf(
        [
            [header(n), f"Words {'abcdefghij'[n]} here.", f"More of {n * n}.", footer(n)]
            for n in range(count)
        ]
    )


@pytest.mark.parametrize(
    "footer",
    [
        lambda n: str(n + 12),
        lambda n: f"- {n + 1} -",
        lambda n: f"Page {n + 1} of 6",
        lambda n: f"第 {n + 1} 页",
    ],
)
def test_page_numbers_are_left_out(read, footer):
    texts = read("a.pdf", numbered(6, footer, lambda n: "abcdef"[n])).texts
    assert texts == [
        f"{'abcdef'[n]}\nWords {'abcdef'[n]} here.\n\nMore of {n * n}." for n in range(6)
    ]


def test_headers_and_footers_are_kept_only_once(read):
    def header(n):
        return "Handbook 手册" if n % 2 else f"Founders of Example 2026 | {n + 1}"

    texts = read("a.pdf", numbered(8, lambda n: "Confidential", header)).texts
    assert [("Handbook" in text, "Example" in text, "Confidential" in text) for text in texts] == [
        (False, True, True),
        (True, False, False),
        *[(False, False, False)] * 6,
    ]


def test_first_and_last_lines_that_differ_are_kept(read):
    texts = read(
        "a.pdf", numbered(6, lambda n: f"{n * 7} months", lambda n: f"Lesson {n + 1}")
    ).texts
    assert all(
        f"Lesson {n + 1}" in text and f"{n * 7} months" in text for n, text in enumerate(texts)
    )


def test_few_pages_keep_all_their_lines(read):
    assert [text[-1] for text in read("a.pdf", numbered(3, lambda n: str(n + 1))).texts] == [
        "1",
        "2",
        "3",
    ]


# --- PDF: the outline as headings -----------------------------------------------------------------


def test_bookmarks_are_headings_from_where_their_words_stand(read):
    pages = [
        ["Foreword", "Hello."],
        ["Still hello.", "1 Pricing", "Start low.", "1.1 Costs", "人力最贵。"],
        ["More costs."],
    ]
    outline = [(0, "Foreword", 1, 800), (0, "Pricing", 2, 786), (1, "Costs", 2, 758)]
    assert headed(read("a.pdf", with_more(make_pdf(pages), outline=outline))) == [
        ("p. 1", ("Foreword",), "Foreword\nHello."),
        ("p. 2", ("Foreword",), "Still hello."),
        ("p. 2", ("Pricing",), "1 Pricing\nStart low."),
        ("p. 2", ("Pricing", "Costs"), "1.1 Costs\n人力最贵。"),
        ("p. 3", ("Pricing", "Costs"), "More costs."),
    ]


def test_a_heading_over_two_lines_is_found(read):
    pdf = with_more(
        make_pdf([["Before.", "定价与", "成本", "人力最贵。"]]), outline=[(0, "定价与成本", 1, 700)]
    )
    assert headed(read("a.pdf", pdf))[1] == ("p. 1", ("定价与成本",), "定价与\n成本\n人力最贵。")


@pytest.mark.parametrize(("height", "first"), [(None, ("Cover",)), (790, ("Cover",)), (300, ())])
def test_a_bookmark_whose_words_are_not_on_the_page_counts_from_its_top_or_from_the_next_page(
    read, height, first
):
    pdf = with_more(make_pdf([["Hello."], ["More."]]), outline=[(0, "Cover", 1, height)])
    assert headed(read("a.pdf", pdf)) == [("p. 1", first, "Hello."), ("p. 2", ("Cover",), "More.")]


def test_text_before_the_first_bookmark_has_no_heading(read):
    pdf = with_more(make_pdf([["Hello."], ["Costs", "More."]]), outline=[(0, "Costs", 2, 800)])
    assert [passage.headings for passage in read("a.pdf", pdf).passages] == [(), ("Costs",)]


# --- PDF: refusals --------------------------------------------------------------------------------


def test_a_pdf_with_a_password_is_refused(refusal):
    pdf = with_more(make_pdf([["Secret."]]), user_password="s", owner_password="t")
    assert refusal("a.pdf", pdf) == "password-protected PDF"


def test_a_pdf_that_only_its_owner_may_change_is_read(read):
    pdf = with_more(make_pdf([["Not so secret."]]), user_password="", owner_password="t")
    assert read("a.pdf", pdf).texts == ["Not so secret."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (make_pdf([[], []]), "a PDF without text"),
        (b"%PDF-1.7\nnothing that follows", "a damaged PDF"),
        (make_pdf([["Months."]])[:300], "a damaged PDF"),
        (b"<html>Not found</html>", "not a PDF"),
        (b"", "empty file"),
    ],
)
def test_pdfs_that_are_refused(refusal, content, reason):
    assert refusal("a.pdf", content) == reason


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("019-grayscale-image/grayscale-image.pdf", SCANNED),
        ("007-imagemagick-images/imagemagick-lzw.pdf", SCANNED),
        (
            "005-libreoffice-writer-password/libreoffice-writer-password.pdf",
            "password-protected PDF",
        ),
    ],
)
def test_real_pdfs_that_are_refused(shared, refusal, path, reason, monkeypatch):
    monkeypatch.setattr(recognition, "is_available", lambda: False)
    assert refusal("a.pdf", (shared / f"nasty/pdf_samples/{path}").read_bytes()) == reason


def test_real_outlines(shared, read_file):
    reading = read_file(shared / "nasty/pdf_samples/006-pdflatex-outline/pdflatex-outline.pdf")
    starts = [
        (p.headings, p.text.split("\n")[0])
        for p in reading.passages
        if re.match(r"\d (Foo|Bar|Baz)\n", p.text)
    ]
    assert starts == [
        ((name,), f"{number} {name}")
        for number, name in enumerate("Foo Bar Baz Foo Bar Baz Foo Bar Baz".split(), 1)
    ]
