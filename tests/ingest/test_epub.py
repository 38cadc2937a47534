"""EPUB books."""

from __future__ import annotations

import pytest
from web_made import CONTAINER, ONE, PACKAGE, book

from ingest.readers import epub

FONTS = "http://www.idpf.org/2008/embedding"


CIPHER = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"


def encryption(method: str) -> str:
    return f'<encryption xmlns:e="urn:e"><e:EncryptedData><e:EncryptionMethod Algorithm="{method}"/></e:EncryptedData></encryption>'


def test_a_book_is_read_in_the_order_of_its_spine(read):
    reading = read("a.epub", book())
    assert [(p.headings, p.anchor.label, p.text) for p in reading.passages] == [
        (("二",), "OEBPS/text/two.xhtml · L2–3", "先算账，再定价。"),
        (
            ("One",),
            "OEBPS/text/one a.xhtml · L4–5",
            "Count the months.\n\nA note of the author.\n\nBack.",
        ),
    ]


def test_a_book_says_its_title_language_and_metadata(read):
    document = read("a.epub", book()).document
    assert (document.title, document.lang, document.kind) == ("Counting Runway", "en", "doc")
    assert document.meta == {
        "author": ["Ines Valcourt", "苏禾"],
        "date": "2026-05-01",
        "identifier": "urn:isbn:000",
        "url": "https://example.org/book",
    }


@pytest.mark.parametrize("container", [None, "<container", CONTAINER.replace("book", "other")])
def test_a_package_is_found_without_being_named(read, container):
    assert read("a.epub", book(container=container)).document.title == "Counting Runway"


@pytest.mark.parametrize(
    "package",
    [
        None,
        PACKAGE.replace("<manifest>", "<manifest"),
        '<!DOCTYPE p [<!ENTITY a "b">]><package><spine>&a;</spine></package>',
        "<package><manifest/><spine/></package>",
        PACKAGE.replace("text/", "../../"),
    ],
)
def test_a_book_that_does_not_say_what_is_in_it_is_read_in_order_of_names(read, package):
    pages = {
        "OEBPS/text/10.html": "<p>Ten.",
        "OEBPS/text/2.html": "<p>Two.",
        "OEBPS/nav.xhtml": None,
    }
    assert [
        passage.anchor.part for passage in read("a.epub", book(opf=package, **pages)).passages
    ] == [
        "OEBPS/text/2.html",
        "OEBPS/text/10.html",
        "OEBPS/text/one a.xhtml",
        "OEBPS/text/two.xhtml",
    ]


def test_a_package_that_declares_entities_is_not_believed(read):
    bomb = PACKAGE.replace("<package", '<!DOCTYPE package [<!ENTITY a "b">]><package').replace(
        "Runway<", "&a;<"
    )
    assert read("book.epub", book(opf=bomb)).document.title == "book"


def test_tables_of_contents_are_no_pages(read):
    guide = '<guide><reference type="toc" href="text/two.xhtml"/></guide></package>'
    reading = read("a.epub", book(opf=PACKAGE.replace("</package>", guide)))
    assert {passage.anchor.part for passage in reading.passages} == {"OEBPS/text/one a.xhtml"}


def test_a_book_encrypted_against_copying_is_refused(refusal):
    assert (
        refusal("a.epub", book(**{"META-INF/encryption.xml": encryption(CIPHER)}))
        == "a copy-protected EPUB"
    )


def test_a_book_of_which_only_fonts_are_encrypted_is_read(read):
    assert read("a.epub", book(**{"META-INF/encryption.xml": encryption(FONTS)})).passages


def test_a_book_that_is_too_large_unpacked_is_refused(refusal, monkeypatch):
    monkeypatch.setattr(epub, "_MOST_BYTES", 5_000_000)
    bomb = book(one="<p>" + "bomb " * 1_000_000)
    assert len(bomb) < 100_000
    assert refusal("a.epub", bomb) == "an EPUB of more than 5 MB, unpacked"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"not a zip file", "a damaged EPUB"),
        (book()[:-40], "a damaged EPUB"),
        (
            book(one=ONE * 50).replace(b"one a.xhtml", b"one b.xhtml", 1),
            "a damaged EPUB: OEBPS/text/one a.xhtml can't be unpacked",
        ),
        (book(one="", **{"OEBPS/text/two.xhtml": "<p>…"}), "no text in it"),
    ],
)
def test_a_damaged_book_is_refused(refusal, content, reason):
    assert refusal("a.epub", content) == reason


def test_a_book_behind_a_password_is_refused(refusal):
    locked = bytearray(book())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        position = locked.find(mark)
        while position != -1:
            locked[position + offset] |= 1
            position = locked.find(mark, position + 1)
    assert refusal("a.epub", bytes(locked)) == "a password-protected EPUB"


def test_a_book_made_by_another_program(shared, read_file):
    reading = read_file(shared / "nasty/markitdown/markitdown/tests/test_files/test.epub")
    assert reading.document.title == "Test EPUB Document"
    assert reading.document.meta["author"] == "Test Author"
    assert [p.anchor.part for p in reading.passages] == ["EPUB/chap_1.xhtml", "EPUB/chap_2.xhtml"]
