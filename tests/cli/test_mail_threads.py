"""Mails in files of their own: a reply knows its question, whichever comes first and goes first."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

ASKED = """\
From: Chen Ke <ke@example.org>
Date: Wed, 14 Oct 2026 18:03:00 +0200
Subject: Desks
Message-ID: <desk-1@example.org>

Hello all,

what is the deposit for two desks in the harbour hall?
"""
REPLY = """\
From: Jo Marsh <jo@example.org>
Date: Wed, 14 Oct 2026 18:10:00 +0200
Subject: Re: Desks
Message-ID: <desk-2@example.org>
In-Reply-To: <desk-1@example.org>
References: <desk-1@example.org>

500 euros since May, and it is paid back in full.
"""
LATER = """\
From: Lin Pell <lin@example.org>
Date: Thu, 15 Oct 2026 09:00:00 +0200
Subject: Re: Desks
Message-ID: <desk-3@example.org>
In-Reply-To: <desk-2@example.org>
Content-Type: text/html

<p>Ours took eight weeks to arrive.</p>
"""
ASKED_ZH = """\
From: 陈可 <ke@example.org>
Subject: 年会
Message-ID: <hui-1@example.org>
Content-Type: text/plain; charset=utf-8

请问今年的年会在哪里开
"""
REPLY_ZH = """\
From: 吴梓 <wu@example.org>
Subject: 答复: 年会
Message-ID: <hui-2@example.org>
In-Reply-To: <hui-1@example.org>
Content-Type: text/plain; charset=utf-8

定在海曙书房二楼，下午两点开始签到。
"""
DEPOSIT = "what is the deposit for two desks in the harbour hall?"


def write(folder, **mails):
    for name, text in mails.items():
        (folder / f"{name}.eml").write_text(text, "utf-8")


def ingest(kb, *paths):
    run = kb("ingest", "--json", *paths)
    assert run.code == 0, run.err
    report = run.json
    return tuple(report[key] for key in ("added", "updated", "unchanged", "removed"))


def hit(kb, question, source):
    """The passage of a source that a question finds, with its metadata."""
    hits = kb("search", "--json", question).json["hits"]
    return next(each for each in hits if each["source"].endswith(source))


@pytest.mark.parametrize(
    ("mails", "question", "answer", "asker"),
    [
        ((ASKED, REPLY), "what is the deposit for desks in the harbour hall", "500", "Chen Ke"),
        ((ASKED_ZH, REPLY_ZH), "今年的年会在哪里开", "海曙书房", "陈可"),
    ],
)
def test_a_reply_is_found_by_the_question_in_another_file(
    kb, folder, mails, question, answer, asker
):
    write(folder, zz_asked=mails[0], a_reply=mails[1])
    assert ingest(kb, folder) == (2, 0, 0, 0)
    found = hit(kb, question, "a_reply.eml")
    assert answer in found["text"]
    assert found["meta"]["asked_by"] == asker
    said = kb("ask", "--no-log", "--format", "json", question).json
    assert said["status"] == "answered"
    assert answer in said["answer"]


def test_a_later_reply_knows_what_began_the_thread(kb, folder):
    write(folder, a=ASKED, b=REPLY, c=LATER)
    ingest(kb, folder)
    assert hit(kb, DEPOSIT, "c.eml")["meta"]["asked_by"] == "Chen Ke"


def test_a_question_that_comes_later_is_known_then_and_one_that_goes_no_more(kb, folder):
    write(folder, reply=REPLY)
    assert ingest(kb, folder) == (1, 0, 0, 0)
    assert "asked_by" not in hit(kb, DEPOSIT, "reply.eml")["meta"]
    write(folder, asked=ASKED)
    assert ingest(kb, folder) == (1, 1, 0, 0)
    assert hit(kb, DEPOSIT, "reply.eml")["meta"]["asked_by"] == "Chen Ke"
    assert ingest(kb, folder) == (0, 0, 2, 0)
    assert ingest(kb, folder / "reply.eml") == (0, 0, 1, 0)
    (folder / "asked.eml").unlink()
    assert ingest(kb, folder) == (0, 1, 0, 1)
    assert "asked_by" not in hit(kb, DEPOSIT, "reply.eml")["meta"]


def test_mails_of_other_folders_are_known_and_moved_ones_stay_what_they_are(kb, tmp_path):
    for name, text in (("may", ASKED), ("june", REPLY)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, mail=text)
        ingest(kb, tmp_path / name)
    assert hit(kb, DEPOSIT, "june/mail.eml")["meta"]["asked_by"] == "Chen Ke"
    (tmp_path / "all").mkdir()
    for name in ("may", "june"):
        (tmp_path / name).rename(tmp_path / "all" / name)
    assert ingest(kb, tmp_path / "all")[2] == 2


def test_mails_in_an_archive_are_linked(kb, folder):
    def pack(*mails):
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for number, text in enumerate(mails):
                archive.writestr(f"mails/{number}.eml", text)
        (folder / "export.zip").write_bytes(stream.getvalue())

    pack(REPLY)
    ingest(kb, folder)
    pack(REPLY, ASKED, LATER)
    assert ingest(kb, folder) == (2, 1, 0, 0)
    for name in ("0.eml", "2.eml"):
        assert hit(kb, DEPOSIT, name)["meta"]["asked_by"] == "Chen Ke"


@pytest.mark.parametrize(
    "asked",
    [
        "Message-ID: <desk-1@example.org>\n\n",
        "Message-ID: <desk-1@example.org>\nIn-Reply-To: <desk-2@example.org>\n\nWhat is it?\n",
        "Message-ID: <desk-1@example.org>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
        + "Content-Type: message/rfc822\n\n" * 3000,
    ],
    ids=["no text", "a circle", "too deep"],
)
def test_a_question_that_can_not_be_read_costs_no_reply(kb, folder, asked):
    write(folder, asked=f"From: ke@example.org\n{asked}", reply=REPLY)
    report = kb("ingest", "--json", folder).json
    assert "reply.eml" not in json.dumps(report["skipped"])
    assert "500 euros" in hit(kb, "euros paid back in full since May", "reply.eml")["text"]
