"""A sample file of every format, of any size, in both languages; made by other programs' libraries
or by hand.
"""

from __future__ import annotations

import csv
import io
import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage

NAMES = ("Ines", "苏禾", "Jo")
_WORDS = (
    "founder customer price runway month cash equity vesting churn pilot invoice market interview hire pivot metric "
    "burn margin lead demo round valuation cohort refund onboarding support partner channel budget feature"
).split()
_HAN = "先算账再定价客户能省多少钱问清楚别急着降股权怎么分配创始人要签协议第一批用户从哪里来每周复盘现金流还能撑几个月"


@dataclass(frozen=True)
class Sample:
    """A file name, what makes the file with so many entries, and the reader that is to read it."""

    name: str
    reader: str
    make: Callable[[int], bytes]


def said(count: int) -> Iterator[str]:
    """So many different sentences, every third in Chinese."""
    pick = random.Random(7)
    for number in range(count):
        if number % 3 == 2:
            yield f"第{number}条：{''.join(pick.choices(_HAN, k=24))}。"
        else:
            yield f"Point {number} is about the {' '.join(pick.choices(_WORDS, k=11))}."


def clock(seconds: float, mark: str = ".") -> str:
    whole = int(seconds)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{round(seconds % 1 * 1000):03}"


def lines(template: Callable[[int, str], str], head: str = "") -> Callable[[int], bytes]:
    """What makes a text file: the head, then the template for each (number, sentence)."""
    return lambda count: (
        head + "".join(template(n, text) for n, text in enumerate(said(count)))
    ).encode()


def who(number: int) -> str:
    return NAMES[number // 2 % 3]


def headed(mark: str) -> Callable[[int, str], str]:
    return lambda n, text: (
        f"{mark} Chapter {n // 10}\n\n{text}\n\n" if n % 10 == 0 else f"{text}\n\n"
    )


def underlined(n: int, text: str) -> str:
    title = f"Chapter {n // 10}"
    return f"{title}\n{'=' * len(title)}\n\n{text}\n\n" if n % 10 == 0 else f"{text}\n\n"


def page(number: int, text: str) -> str:
    return (
        f"<h2>Chapter {number // 10}</h2>\n<p>{text}</p>\n"
        if number % 10 == 0
        else f"<p>{text}</p>\n"
    )


def html(count: int) -> bytes:
    body = "".join(page(n, text) for n, text in enumerate(said(count)))
    return f"<!DOCTYPE html><html lang=en><head><title>Guide</title></head><body><main>\n{body}</main></body></html>".encode()


def lake(count: int) -> bytes:
    body = "".join(page(n, text) for n, text in enumerate(said(count)))
    return f"<!doctype lake>\n<title>Guide</title>\n{body}".encode()


def faq_html(count: int) -> bytes:
    body = "".join(
        f"<details><summary>Why {n}?</summary><p>{text}</p></details>\n"
        for n, text in enumerate(said(count))
    )
    return f"<html><head><title>FAQ</title></head><body>{body}</body></html>".encode()


def pdf(count: int) -> bytes:
    """A PDF by hand: ten sentences a page, one a line; the Chinese ones are left out, for want of a
    font.
    """
    kept = [text for text in said(count * 3 // 2 + 2) if text.isascii()][:count]
    pages = [kept[start : start + 10] for start in range(0, len(kept), 10)]
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    kids = []
    for said_here in pages:
        stream = (
            "BT /F1 9 Tf 14 TL 40 800 Td "
            + " ".join(f"({text}) Tj T*" for text in said_here)
            + " ET"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, content in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    out += (
        f"trailer << /Size {len(places) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    )
    return bytes(out)


def docx_transcript(count: int) -> bytes:
    from docx import Document

    document = Document()
    for n, text in enumerate(said(count)):
        document.add_paragraph(f"{who(n)}  {clock(n * 3)[:8]}")
        document.add_paragraph(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def docx(count: int) -> bytes:
    from docx import Document

    document = Document()
    for n, text in enumerate(said(count)):
        if n % 10 == 0:
            document.add_heading(f"Chapter {n // 10}", 1)
        document.add_paragraph(text)
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()


def pptx(count: int) -> bytes:
    from pptx import Presentation

    show = Presentation()
    for n, text in enumerate(said(count)):
        if n % 10 == 0:
            slide = show.slides.add_slide(show.slide_layouts[1])
            slide.shapes.title.text = f"Chapter {n // 10}"
            slide.placeholders[1].text = text
        else:
            slide.placeholders[1].text_frame.add_paragraph().text = text
    stream = io.BytesIO()
    show.save(stream)
    return stream.getvalue()


def xlsx(
    header: tuple[str, ...], row: Callable[[int, str], tuple[object, ...]]
) -> Callable[[int], bytes]:
    def make(count: int) -> bytes:
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        sheet = book.create_sheet("Notes")
        sheet.append(header)
        for n, text in enumerate(said(count)):
            sheet.append(row(n, text))
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return make


def table(
    header: tuple[str, ...], row: Callable[[int, str], tuple[object, ...]], mark: str = ","
) -> Callable[[int], bytes]:
    def make(count: int) -> bytes:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=mark, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(row(n, text) for n, text in enumerate(said(count)))
        return stream.getvalue().encode()

    return make


def epub(count: int) -> bytes:
    stream = io.BytesIO()
    chapters = [list(said(count))[start : start + 100] for start in range(0, count, 100)]
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip")
        book.writestr(
            "META-INF/container.xml",
            '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
            '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>',
        )
        items = "".join(
            f'<item id="c{n}" href="c{n}.xhtml" media-type="application/xhtml+xml"/>'
            for n in range(len(chapters))
        )
        spine = "".join(f'<itemref idref="c{n}"/>' for n in range(len(chapters)))
        book.writestr(
            "OEBPS/book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<dc:title>Guide</dc:title></metadata><manifest>{items}</manifest><spine>{spine}</spine></package>",
        )
        for n, chapter in enumerate(chapters):
            body = "".join(page(m, text) for m, text in enumerate(chapter))
            book.writestr(
                f"OEBPS/c{n}.xhtml",
                f'<html xmlns="http://www.w3.org/1999/xhtml"><body>{body}</body></html>',
            )
    return stream.getvalue()


def eml(count: int) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = (
        "Notes",
        "Ines <ines@example.org>",
        "all@example.org",
    )
    message.set_content("\n\n".join(said(count)), charset="utf-8", cte="base64")
    return message.as_bytes()


def wechat_mail(count: int) -> bytes:
    days = (
        "" if n % 50 else f"—————  2026-10-{n // 50 % 28 + 1:02}  —————\n\n\n" for n in range(count)
    )
    rows = (
        f"{day}{who(n)}  {n % 50 // 3 + 6:02}:{n % 60:02}\n\n{text}\n\n"
        for n, (day, text) in enumerate(zip(days, said(count), strict=True))
    )
    message = EmailMessage()
    message["Subject"], message["From"] = '微信群"Harbour"的聊天记录', "Ines <ines@example.org>"
    head = '微信群"Harbour"的聊天记录如下:\n\n'
    message.set_content(head + "".join(rows), charset="utf-8", cte="base64")
    return message.as_bytes()


def mailbox(count: int) -> bytes:
    return "".join(
        f"From a@example.org Wed Oct 14 18:03:00 2026\nFrom: {who(n)} <a@example.org>\nSubject: Notes\n"
        f"Date: {at(n).replace('/', '-')}\nMessage-ID: <{n}@example.org>\nIn-Reply-To: <{n // 10 * 10}@example.org>\n"
        f"Content-Type: text/plain; charset=utf-8\n\n{text}\n\nOn 14/10/2026 18:03, Jo wrote:\n> {text[::-1]}\n\n"
        for n, text in enumerate(said(count))
    ).encode()


def google_chat(texts: list[str]) -> object:
    return {
        "messages": [
            {
                "creator": {"name": who(n), "email": "a@example.org", "user_type": "Human"},
                "created_date": f"Friday, May {n // 600 % 28 + 1}, 2026 at {n // 60 % 11 + 1}:{n % 60:02}:00\u202fAM UTC",
                "text": text,
                "topic_id": f"t{n // 10}",
                "message_id": f"m{n}",
            }
            for n, text in enumerate(texts)
        ]
    }


def keep(texts: list[str]) -> object:
    return {
        "color": "DEFAULT",
        "isTrashed": False,
        "isPinned": False,
        "isArchived": False,
        "textContent": "\n\n".join(texts),
        "title": "Notes",
        "userEditedTimestampUsec": 1777636800000000,
    }


def discourse(texts: list[str]) -> object:
    posts = [
        {
            "id": n,
            "username": who(n),
            "created_at": f"{at(n).replace(' ', 'T')}.000Z",
            "cooked": f"<p>{text}</p>",
            "post_number": n + 1,
            "post_type": 1,
            "reply_to_post_number": n // 10 * 10 or None,
            "topic_id": 7,
        }
        for n, text in enumerate(texts)
    ]
    return {"post_stream": {"posts": posts}, "title": "Notes", "id": 7}


def notebook(count: int) -> bytes:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": [f"# Chapter {n}\n", "\n", text]}
        if n % 2 == 0
        else {
            "cell_type": "code",
            "metadata": {},
            "source": f'print("{text}")',
            "outputs": [],
            "execution_count": 1,
        }
        for n, text in enumerate(said(count))
    ]
    return json.dumps(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
        ensure_ascii=False,
        indent=1,
    ).encode()


def whole(value: Callable[[list[str]], object]) -> Callable[[int], bytes]:
    """What makes a JSON file of a value made of the sentences."""
    return lambda count: json.dumps(value(list(said(count))), ensure_ascii=False, indent=1).encode()


def at(number: int) -> str:
    return f"2026-05-{1 + number // 1440 % 28:02} {number // 60 % 24:02}:{number % 60:02}:00"


def discord(texts: list[str]) -> object:
    return {
        "guild": {"id": "1", "name": "Founders"},
        "channel": {"id": "2", "name": "general", "type": "GuildTextChat"},
        "messages": [
            {"id": str(n), "type": "Default", "timestamp": f"{at(n).replace(' ', 'T')}+00:00", "content": text,
             "author": {"id": "9", "name": who(n), "nickname": who(n), "isBot": False}, "attachments": [], "embeds": []}
            for n, text in enumerate(texts)
        ],
    }  # fmt: skip


def telegram(texts: list[str]) -> object:
    return {
        "name": "Founders", "type": "private_supergroup", "id": 3,
        "messages": [
            {"id": n, "type": "message", "date": at(n).replace(" ", "T"), "from": who(n), "from_id": "u1", "text": text}
            for n, text in enumerate(texts)
        ],
    }  # fmt: skip


def slack(texts: list[str]) -> object:
    return [
        {"type": "message", "user": f"U{n // 2 % 3}", "ts": f"{1_780_000_000 + n * 60}.000100", "text": text,
         "user_profile": {"real_name": who(n)}}
        for n, text in enumerate(texts)
    ]  # fmt: skip


def whisper(texts: list[str]) -> object:
    segments = [
        {"id": n, "start": n * 3.0, "end": n * 3 + 2.5, "text": f" {text}"}
        for n, text in enumerate(texts)
    ]
    return {"text": " ".join(texts), "segments": segments, "language": "en"}


def function(n: int, text: str) -> str:
    return f'def point_{n}(cash):\n    """{text}"""\n    months = cash // {n + 1}\n    return months\n\n\n'


SAMPLES = {
    "markdown": Sample("guide.md", "markdown", lines(headed("##"), "# Guide\n\n")),
    "mdx": Sample(
        "guide.mdx", "markdown", lines(headed("##"), "import { Card } from 'cards'\n\n# Guide\n\n")
    ),
    "text": Sample("notes.txt", "plain", lines(lambda n, text: f"{text}\n\n")),
    "asciidoc": Sample("guide.adoc", "asciidoc", lines(headed("=="), "= Guide\n\n")),
    "restructuredtext": Sample("guide.rst", "restructuredtext", lines(underlined)),
    "html": Sample("page.html", "html", html),
    "lake": Sample("guide.lake", "lake", lake),
    "pdf": Sample("guide.pdf", "pdf", pdf),
    "docx": Sample("guide.docx", "docx", docx),
    "pptx": Sample("slides.pptx", "pptx", pptx),
    "epub": Sample("book.epub", "epub", epub),
    "eml": Sample("mail.eml", "eml", eml),
    "notebook": Sample("book.ipynb", "notebook", notebook),
    "code": Sample("ledger.py", "code", lines(function)),
    "table csv": Sample("notes.csv", "table", table(("number", "note"), lambda n, text: (n, text))),
    "table xlsx": Sample(
        "notes.xlsx", "table", xlsx(("number", "note"), lambda n, text: (n, text))
    ),
    "faq markdown": Sample(
        "faq.md", "faq_markdown", lines(lambda n, text: f"## Why {n}?\n\n{text}\n\n")
    ),
    "faq lines": Sample(
        "qa.txt", "faq_markdown", lines(lambda n, text: f"Q: Why {n}?\nA: {text}\n\n")
    ),
    "faq csv": Sample(
        "faq.csv",
        "faq_table",
        table(("id", "question", "answer"), lambda n, t: (f"f{n}", f"Why {n}?", t)),
    ),
    "faq xlsx": Sample(
        "faq.xlsx",
        "faq_table",
        xlsx(("编号", "问题", "答案"), lambda n, t: (f"f{n}", f"为什么{n}？", t)),
    ),
    "faq json": Sample(
        "faq.json",
        "faq_data",
        whole(lambda ts: [{"question": f"Why {n}?", "answer": t} for n, t in enumerate(ts)]),
    ),
    "faq jsonl": Sample(
        "faq.jsonl",
        "faq_data",
        lines(lambda n, t: json.dumps({"q": f"Why {n}?", "a": t}, ensure_ascii=False) + "\n"),
    ),
    "faq yaml": Sample(
        "faq.yaml", "faq_data", lines(lambda n, t: f"- question: Why {n}?\n  answer: '{t}'\n")
    ),
    "data json": Sample(
        "notes.json",
        "data_records",
        whole(lambda ts: {"notes": [{"number": n, "note": t} for n, t in enumerate(ts)]}),
    ),
    "data yaml": Sample(
        "notes.yaml", "data_records", lines(lambda n, t: f"- number: {n}\n  note: '{t}'\n")
    ),
    "data toml": Sample(
        "notes.toml",
        "data_records",
        lines(lambda n, t: f"[[notes]]\nnumber = {n}\nnote = '{t}'\n\n"),
    ),
    "faq html": Sample("faq.html", "faq_html", faq_html),
    "vtt": Sample(
        "talk.vtt",
        "subtitles",
        lines(
            lambda n, t: f"{n}\n{clock(n * 3)} --> {clock(n * 3 + 2.5)}\n<v {who(n)}>{t}\n\n",
            "WEBVTT\n\n",
        ),
    ),
    "srt": Sample(
        "talk.srt",
        "subtitles",
        lines(
            lambda n, t: (
                f"{n + 1}\n{clock(n * 3, ',')} --> {clock(n * 3 + 2.5, ',')}\n{who(n)}: {t}\n\n"
            )
        ),
    ),
    "sbv": Sample(
        "talk.sbv",
        "subtitles",
        lines(lambda n, t: f"{clock(n * 3)},{clock(n * 3 + 2.5)}\n{who(n)}: {t}\n\n"),
    ),
    "whisper json": Sample("talk.json", "whisper", whole(whisper)),
    "whisper tsv": Sample(
        "talk.tsv",
        "cue_table",
        table(("start", "end", "text"), lambda n, t: (n * 3000, n * 3000 + 2500, t), "\t"),
    ),
    "zoom chat": Sample(
        "chat.txt", "zoom_chat", lines(lambda n, t: f"{clock(n * 3)[:8]}\t{who(n)}:\t{t}\n")
    ),
    "minutes": Sample(
        "minutes.txt", "minutes", lines(lambda n, t: f"{who(n)} {clock(n * 3)[:8]}\n{t}\n\n")
    ),
    "dialogue": Sample("talk.md", "dialogue", lines(lambda n, t: f"**{who(n)}:** {t}\n\n")),
    "dialogue timed": Sample(
        "timed.md", "dialogue", lines(lambda n, t: f"**{who(n)} ({clock(n * 3)[:8]}):** {t}\n\n")
    ),
    "script json": Sample(
        "script.json",
        "script",
        whole(lambda ts: [{"who": who(n), "sec": n * 3, "line": t} for n, t in enumerate(ts)]),
    ),
    "script yaml": Sample(
        "script.yaml",
        "script",
        lines(lambda n, t: f"- who: {who(n)}\n  sec: {n * 3}\n  line: '{t}'\n"),
    ),
    "slack": Sample("2026-05-01.json", "slack", whole(slack)),
    "discord": Sample("discord.json", "discord", whole(discord)),
    "telegram": Sample("result.json", "telegram", whole(telegram)),
    "chat csv": Sample(
        "chat.csv",
        "chat_table",
        table(("时间", "发送人", "消息内容"), lambda n, t: (at(n), who(n), t)),
    ),
    "chat xlsx": Sample(
        "chat.xlsx",
        "chat_table",
        xlsx(("时间", "发送人", "消息内容"), lambda n, t: (at(n), who(n), t)),
    ),
    "google chat": Sample("messages.json", "google_chat", whole(google_chat)),
    "keep": Sample("note.json", "keep", whole(keep)),
    "discourse": Sample("topic.json", "forum", whole(discourse)),
    "mbox": Sample("list.mbox", "mbox", mailbox),
    "chat mail": Sample("chat.eml", "chat_mail", wechat_mail),
    "docx transcript": Sample("talk.docx", "docx_transcript", docx_transcript),
    "chat text": Sample(
        "wechat.txt", "chat_text", lines(lambda n, t: f"{at(n)} {who(n)}\n{t}\n\n")
    ),
}
