"""E-mail."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from web_made import CHINESE, message, whole


def test_the_text_of_a_message_is_read_with_its_lines(read):
    text = "Hello Jo,\n\nCount the months,\nthen the weeks.\n\n-- \nInes\n"
    (passage,) = read("a.eml", bytes(message(text))).passages
    assert passage.text == "Hello Jo,\n\nCount the months,\nthen the weeks.\n\n-- \nInes"
    assert passage.anchor.label == "body · L1–7"
    assert passage.headings == ()


def test_headers_become_title_and_metadata(read):
    mail = message(
        Subject="定价 and pricing",
        From="苏禾 <su@example.org>",
        To="Jo <jo@example.org>, ines@example.org",
        Cc="Lee <lee@example.org>",
        Date="Fri, 01 May 2026 23:34:00 +0800",
        Message_ID="<1@example.org>",
    )
    mail.add_attachment(b"...", maintype="application", subtype="pdf", filename="计划.pdf")
    mail.add_attachment("rows", filename="notes.txt")
    reading = read("a.eml", bytes(mail))
    assert reading.document.title == "定价 and pricing"
    assert reading.document.meta == {
        "author": "苏禾",
        "from": "苏禾 <su@example.org>",
        "to": ["Jo <jo@example.org>", "ines@example.org"],
        "cc": "Lee <lee@example.org>",
        "date": "2026-05-01",
        "message-id": "<1@example.org>",
        "attachments": ["计划.pdf", "notes.txt"],
    }
    assert reading.texts == ["Count the months."]


def test_a_text_with_a_name_is_an_attachment_though_shown_inline(read):
    mail = message()
    mail.add_attachment("rows", disposition="inline", filename="notes.txt")
    reading = read("a.eml", bytes(mail))
    assert reading.texts == ["Count the months."]
    assert reading.document.meta["attachments"] == ["notes.txt"]


def test_a_byte_order_mark_hides_no_header(read):
    assert read("a.eml", b"\xef\xbb\xbfSubject: Runway\n\nCount months.").document.title == "Runway"


def test_of_two_forms_of_a_text_the_plain_one_is_read(read):
    mail = message("The plain one.\n")
    mail.add_alternative("<p>The other one.</p>", subtype="html")
    assert read("a.eml", bytes(mail)).texts == ["The plain one."]


@pytest.mark.parametrize("plain", [None, " \n"])
def test_a_message_in_html_alone_is_read_as_lines_of_it(read, plain):
    mail = message(plain)
    markup = "<html><body>\n<div class=footer>Count the months,<br>\nthen the weeks.</div>\n<p style='display:none'>x</p>\n"
    if plain:
        mail.add_alternative(markup, subtype="html")
    else:
        mail.set_content(markup, subtype="html")
    (passage,) = read("a.eml", bytes(mail)).passages
    assert passage.text == "Count the months,\nthen the weeks."
    assert passage.anchor.label == "body · L2–3"


def test_all_texts_of_a_message_are_read(read):
    mail = message(None)
    mail.make_mixed()
    for text in ("First words.", "More words."):
        part = EmailMessage()
        part.set_content(text)
        mail.attach(part)
    labels = [
        (passage.anchor.label, passage.text) for passage in read("a.eml", bytes(mail)).passages
    ]
    assert labels == [("body · L1", "First words."), ("body 2 · L1", "More words.")]


def test_messages_attached_are_read_too(read):
    inner = message("Innermost words.\n", Subject="Innermost")
    middle = message("Inner words.\n", Subject="内部")
    middle.add_attachment(inner)
    outer = message("Outer words.\n")
    outer.add_attachment(middle)
    assert [(p.anchor.label, p.headings, p.text) for p in read("a.eml", bytes(outer)).passages] == [
        ("body · L1", (), "Outer words."),
        ("attached message 1 · L1", ("内部",), "Inner words."),
        ("attached message 2 · L1", ("Innermost",), "Innermost words."),
    ]


HEAD = b"From: ines@example.org\nSubject: Runway\nMIME-Version: 1.0\n"


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("gb2312", "gb18030"),
        ("x-unknown", "gb18030"),
        ("", "gb18030"),
        ("us-ascii", "utf-8"),
        ("utf-8", "gb18030"),
        ("hex", "utf-8"),
        ("idna", "utf-8"),
        ("punycode", "utf-8"),
        ("undefined", "utf-8"),
        ("utf-8", "utf-8-sig"),
    ],
)
def test_the_charset_of_a_body_may_be_missing_or_wrong(read, declared, encoding):
    kind = (
        f"Content-Type: text/plain; charset={declared}\nContent-Transfer-Encoding: 8bit\n"
        if declared
        else ""
    )
    assert read("a.eml", HEAD + kind.encode() + b"\n" + CHINESE.encode(encoding)).texts == [CHINESE]


@pytest.mark.parametrize(
    ("declared", "data", "text"),
    [("gb2312", "镕".encode("gbk"), "镕"), ("iso-8859-1", b"\x93months\x94", "“months”")],
)
def test_a_charset_stands_for_the_larger_one_that_is_meant(read, declared, data, text):
    assert read(
        "a.eml", HEAD + f"Content-Type: text/plain; charset={declared}\n\n".encode() + data
    ).texts == [text]


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("Subject: 定价".encode(), "定价"),
        ("Subject: 定价上线了".encode("gb18030"), "定价上线了"),
        (b"Subject: =?gb2312?B?tqi82w==?=\n =?gb2312?B?yc/P3w==?=", "定价上线"),
        (b"Subject: =?utf-8?B?5a6a5Lu3?= and more", "定价 and more"),
        (b"Subject: =?x-unknown?Q?price?=", "price"),
        (b"Subject: =?utf-8?B?a?=", "=?utf-8?B?a?="),
        (b"Subject: folded\r\n\tover lines", "folded over lines"),
        (b"Subject: " + b"long " * 50_000, ("long " * 60).strip()),
        (b"Subject:", "mail"),
    ],
)
def test_subjects(read, header, title):
    assert (
        read(
            "mail.eml", b"From: a@example.org\n" + header + b"\n\nCount months."
        ).document.title.strip()
        == title
    )


@pytest.mark.parametrize(
    "header",
    [
        b"Date: yesterday",
        b"Date: Fri, 99 May 99999 23:34:00 +9999",
        b"To: " + b"(" * 5000,
        b"To: " + b"a@example.org, " * 50_000,
        b"Content-Type: text/plain" + b";" * 300_000,
        b"Content-Type: ;;;",
        b"Content-Type: text/plain; charset*=a'b'c; charset*0*=x",
        b"Content-Transfer-Encoding: x-unknown",
        b"Content-Transfer-Encoding: uuencode",
        b"Content-Type: multipart/mixed",
        b"Content-Type: multipart/mixed; boundary=never",
        b"X: y\n" * 50_000 + b"Z: z",
        b": no name",
    ],
)
def test_malformed_headers_lose_nothing_but_themselves(read, header):
    assert read("a.eml", HEAD + header + b"\n\nCount months.").texts == ["Count months."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty file"),
        (b"Count the months.\n\nThen the weeks.", "not an e-mail message"),
        (bytes(range(256)) * 10, "not an e-mail message"),
        (HEAD, "no text in it"),
        (HEAD + b"Content-Type: application/pdf; name=a.pdf\n\nJVBERi0", "no text in it"),
        (
            HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\n\nAAAA",
            "an encrypted e-mail message",
        ),
        (
            HEAD + b"Content-Type: multipart/encrypted; boundary=b\n\n"
            b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
            b"--b\nContent-Type: application/octet-stream\n\nAAAA\n--b--\n",
            "an encrypted e-mail message",
        ),
        (
            HEAD
            + b"".join(
                b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (n, n)
                for n in range(1500)
            ),
            "too deeply nested",
        ),
        (HEAD + b"Content-Type: message/rfc822\n\n" * 3000, "too deeply nested"),
    ],
)
def test_what_is_no_readable_message_is_refused(refusal, content, reason):
    assert refusal("a.eml", content) == reason


def test_messages_made_by_another_program(shared, read_file):
    reading = read_file(shared / "nasty/docling/email/sources/eml_with_attachment.eml")
    assert reading.document.meta["attachments"] == ["test.txt"]
    assert (
        whole(reading) == "Hello Bob,\n\nThis email contains an attachment.\n\nBest regards,\nAlice"
    )
