"""Passages of web pages, FAQ in HTML, EPUB books and e-mail are findable at their anchors: the
sources are reopened here without any of our readers, and each word is looked for in the very lines
that its part of the passage names.
"""

from __future__ import annotations

import email
import email.policy
import html
import io
import random
import re
import zipfile
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import lxml.html
import pytest

SAMPLES = 200
REMARK = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>", re.S)
TAG = re.compile(r"<[^<>]*>")
CUT_TAG = re.compile(r"\A[^<>]*>|<[^<>]*\Z")
WORD = re.compile(r"[a-z]+\d+[a-z]\w*|[\u4e00-\u9fff]{2}\d+")


def lines_of(data: bytes, encoding: str = "utf-8-sig") -> list[str]:
    return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def letters(text: str) -> str:
    """What is compared: letters and digits, as superscripts and invisible characters may be shown
    otherwise.
    """
    return "".join(character for character in text if character.isalnum())


def visible(lines: list[str], start: float, end: float) -> str:
    """The letters of the source's lines that are not markup."""
    text = REMARK.sub("", "\n".join(lines[int(start) - 1 : int(end)]))
    return letters(html.unescape(CUT_TAG.sub("", TAG.sub("", text))))


def parts(passage) -> Iterator[tuple[str, float, float]]:
    """(text, first line, last line) of each part of a passage that has a place of its own."""
    if not passage.places:
        yield passage.text, passage.anchor.start, passage.anchor.end
        return
    ends = [offset for offset, _, _ in passage.places[1:]] + [len(passage.text)]
    for (offset, first, last), end in zip(passage.places, ends, strict=True):
        yield passage.text[offset:end], first, last


def header_names(lines: list[str]) -> str:
    """The letters of all cells of tables that rows repeat, far from where they stand: headers, and
    those that span several rows.
    """
    source = "\n".join(lines).encode("utf-16")
    return " ".join(
        letters(cell.text_content())
        for cell in lxml.html.fromstring(source).xpath(
            "//th | //thead//td | //td[@rowspan] | //td[@colspan]"
        )
    )


def assert_in_lines(lines: list[str], passage, names: str = "") -> None:
    """All words of each part are in the lines of its place, but for the names of columns."""
    anchor = passage.anchor
    assert anchor.type in ("lines", "faq")
    assert 1 <= anchor.start <= anchor.end <= len(lines)
    if anchor.type == "lines":
        assert passage.places[0][0] == 0
        assert anchor.start == min(first for _, first, _ in passage.places)
        assert anchor.end == max(last for _, _, last in passage.places)
    for text, first, last in parts(passage):
        shown = visible(lines, first, last)
        lost = [
            word
            for word in re.findall(r"\w+", text)
            if letters(word) not in shown and letters(word) not in names
        ]
        assert lost == [], f"not in L{first:g}–{last:g}: {text!r}"


def sampled(passages: list) -> list:
    return passages if len(passages) <= SAMPLES else random.Random(1).sample(passages, SAMPLES)


# --- a page in two languages in which every word says where it is ---------------------------------


def written(chosen: random.Random, words: int) -> Iterator[str]:
    """Words of their own kind and number, some in markup, broken into lines here and there."""
    for _ in range(words):
        written.number += 1
        word = f"w{written.number}x" if chosen.random() < 0.5 else f"先算{written.number}"
        shape = chosen.choice(
            [
                "{} ",
                "{}\n",
                "<b>{}</b> ",
                "<a\nhref='#'>{}</a>\n  ",
                "&amp; {}<!-- \n --> ",
                "{}&nbsp;",
            ]
        )
        yield shape.format(word)
        if chosen.random() < 0.1:
            yield ".。"[word[0] == "先"] + "\n"


written.number = 0


def large_page(sections: int = 30) -> str:
    """Paragraphs, lists, tables, terms and preformatted text, with a menu above and a script
    between.
    """
    chosen = random.Random(7)
    out = ["<!doctype html>\n<title>Large</title>\n<nav><a href='/'>Menu</a></nav>\n<main>\n"]
    for section in range(sections):
        out += (
            f"<h{section % 3 + 1}>Heading {section}</h{section % 3 + 1}>\n",
            "<p>",
            *written(chosen, 60),
            "</p>\n",
        )
        out += (
            "<ul>\n<li>",
            *written(chosen, 8),
            "\n<li><p>",
            *written(chosen, 8),
            "</ul>\n<script>\nnot(text)\n</script>",
        )
        out += (
            "<table><tr><th>Plan<th>Price\n<tr><td>",
            *written(chosen, 6),
            "<td>",
            *written(chosen, 6),
            "</table>",
        )
        out += ("<dl><dt>", *written(chosen, 2), "<dd>", *written(chosen, 9), "</dl>")
        out += (
            "<pre>",
            *(re.sub("<[^>]*>|&nbsp;", " ", word) for word in written(chosen, 9)),
            "</pre>",
        )
        out += ("<blockquote>", *written(chosen, 5), "<br>", *written(chosen, 5), "</blockquote>\n")
    return "".join((*out, "</main>\n<footer>Nobody</footer>\n"))


PAGE = large_page()


def assert_each_word_in_its_lines(lines: list[str], passages: list, source: str) -> None:
    """Each word stands in the lines of its part, and no word is lost or out of order."""
    for passage in passages:
        for text, first, last in parts(passage):
            there = "\n".join(lines[int(first) - 1 : int(last)])
            assert all(word in there for word in WORD.findall(text))
            assert first == last
    found = [word for passage in passages for word in WORD.findall(passage.text)]
    assert found == WORD.findall(TAG.sub(" ", REMARK.sub("", source)))


@pytest.mark.parametrize("chars", [40, 900])
@pytest.mark.parametrize(
    ("encoding", "line_end"), [("utf-8-sig", "\n"), ("gb18030", "\r\n"), ("utf-16", "\r")]
)
def test_every_word_of_a_large_page(write, read_file, chars, encoding, line_end):
    data = PAGE.replace("\n", line_end).encode(encoding)
    passages = read_file(write("a.html", data), chars=chars).passages
    assert len(passages) >= (SAMPLES if chars < 100 else 30)
    lines = lines_of(data, encoding)
    assert_each_word_in_its_lines(lines, passages, PAGE)
    for passage in sampled(passages):
        assert_in_lines(lines, passage, "Plan Price")


@pytest.mark.parametrize("chars", [40, 900])
def test_every_word_of_a_large_book(write, read_file, chars):
    pages = {
        f"OEBPS/ch{number:02}.xhtml": part
        for number, part in enumerate(re.split("(?=<h1>)", PAGE)[1:])
    }
    items = "".join(
        f'<item id="i{n}" href="{name[6:]}" media-type="text/html"/>'
        for n, name in enumerate(pages)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(pages)))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(
            "OEBPS/book.opf",
            f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        for name, content in pages.items():
            archive.writestr(name, content)
    path = write("a.epub", packed.getvalue())
    passages = read_file(path, chars=chars).passages
    assert len(passages) >= (SAMPLES if chars < 100 else 30)
    with zipfile.ZipFile(path) as archive:
        for name in pages:
            inside = [passage for passage in passages if passage.anchor.part == name]
            data = archive.read(name)
            assert_each_word_in_its_lines(lines_of(data), inside, data.decode())
    assert {passage.anchor.part for passage in passages} == set(pages)


def large_faq() -> str:
    chosen = random.Random(5)
    entries = (
        (
            "<details>\n<summary>",
            *written(chosen, 3),
            "?</summary>\n<p>",
            *written(chosen, 20),
            "</p></details>\n",
        )
        for _ in range(220)
    )
    return "<h1>FAQ</h1>\n" + "".join(word for entry in entries for word in entry)


@pytest.mark.parametrize("chars", [40, 900])
def test_every_entry_of_a_large_faq(write, read_file, chars):
    source = large_faq()
    passages = read_file(write("a.html", source), chars=chars).passages
    lines = source.split("\n")
    for passage in sampled(passages):
        assert_in_lines(lines, passage)
    for passage in passages:
        there = "\n".join(lines[int(passage.anchor.start) - 1 : int(passage.anchor.end)])
        assert all(word in there for word in WORD.findall(passage.text))
    # An entry has lines of its own <details>, and no others.
    ends = [number for number, line in enumerate(lines, start=1) if "</details>" in line]
    for passage in passages:
        number = int(passage.anchor.entry)
        assert (
            ([1, *ends])[number - 1]
            < passage.anchor.start
            <= passage.anchor.end
            <= ends[number - 1]
        )
    assert [word for p in passages for word in WORD.findall(p.text)] == WORD.findall(
        TAG.sub(" ", REMARK.sub("", source))
    )


# --- e-mail ---------------------------------------------------------------------------------------

MAIL_TEXT = "\n".join(
    re.sub(r"<[^>]*>|&\w+;", "", "".join(written(random.Random(n), 14))) + "\n" for n in range(250)
)


@pytest.mark.parametrize("chars", [40, 900])
@pytest.mark.parametrize("charset", ["utf-8", "gb18030"])
@pytest.mark.parametrize("transfer", ["base64", "quoted-printable", "8bit"])
def test_every_line_of_a_message(write, read_file, chars, charset, transfer):
    mail = EmailMessage()
    mail["Subject"] = "Large"
    mail.set_content(MAIL_TEXT, charset=charset, cte=transfer)
    path = write("a.eml", bytes(mail))
    passages = read_file(path, chars=chars).passages
    body = (
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        .get_body()
        .get_content()
    )
    lines = body.replace("\r\n", "\n").split("\n")
    assert len(passages) >= (SAMPLES if chars < 100 else 30)
    for passage in passages:
        assert passage.anchor.part == "body"
        for text, first, last in parts(passage):
            assert first == last
            assert text.strip() in lines[int(first) - 1]
    assert letters("".join(passage.text for passage in passages)) == letters(MAIL_TEXT)


@pytest.mark.parametrize("chars", [40, 900])
def test_every_word_of_a_message_in_html(write, read_file, chars):
    source = PAGE.replace("<nav>", "<p hidden>").replace("</nav>", "</p>")
    mail = EmailMessage()
    mail["Subject"] = "Large"
    mail.set_content(source, subtype="html")
    path = write("a.eml", bytes(mail))
    passages = read_file(path, chars=chars).passages
    body = (
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        .get_body()
        .get_content()
    )
    assert_each_word_in_its_lines(body.split("\n"), passages, source)


# --- real pages, where they are present -----------------------------------------------------------


def pages(shared) -> list[Path]:
    folder = shared / "nasty"
    found = [
        *folder.glob("docling/html/sources/*.html"),
        *folder.glob("markitdown/markitdown/tests/test_files/*.html"),
    ]
    assert len(found) > 30
    return sorted(found)


@pytest.mark.parametrize("chars", [40, 900])
def test_real_pages(shared, read_file, chars):
    read = 0
    for path in pages(shared):
        lines = lines_of(path.read_bytes())
        passages = read_file(path, chars=chars).passages
        read += len(passages)
        names = header_names(lines)
        for passage in sampled(passages):
            assert_in_lines(lines, passage, names)
    assert read >= SAMPLES


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docling/html/sources/*.html", "//body"),
        ("*/*/tests/test_files/test_[bw]*.html", "//main//p | //article//p"),
    ],
)
def test_real_pages_lose_no_words(shared, read_file, name, text):
    """The words that another parser finds are in the passages or their headings: of small pages
    all, else paragraphs.
    """
    paths = list((shared / "nasty").glob(name))
    assert paths
    for path in paths:
        if path.name in ("hyperlink_02.html", "hyperlink_03.html", "kvp_data_example.html"):
            continue  # mostly menus and link lists
        passages = read_file(path).passages
        found = letters(
            "".join((*passages[0].headings, *(p.text + " ".join(p.headings) for p in passages)))
        )
        tree = lxml.html.fromstring(path.read_bytes().decode().encode("utf-16"))
        for element in tree.xpath(text):
            words = element.xpath(".//text()[not(ancestor::script or ancestor::style)]")
            lost = [word for run in words for word in run.split() if letters(word) not in found]
            assert lost == [], path.name
