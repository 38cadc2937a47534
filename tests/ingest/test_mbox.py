"""Mailboxes: threads of mailing lists and groups."""

from __future__ import annotations

import pytest

LIST = """\
From ke@example.org Wed Oct 14 18:03:00 2026
From: Chen Ke <ke@example.org>
Date: Wed, 14 Oct 2026 18:03:00 +0200
Subject: [founders] Deposit for desks
Message-ID: <1@example.org>

What is the deposit for two desks?

From what I read it was 300.

From jo@example.org Wed Oct 14 18:10:00 2026
From: Jo Marsh <jo@example.org>
Date: Wed, 14 Oct 2026 18:10:00 +0200
Subject: Re: [founders] Deposit for desks
Message-ID: <2@example.org>
In-Reply-To: <1@example.org>

Chen Ke <ke@example.org> writes:

> What is the deposit for two desks?

500 euros since May.

>From now on at least.

From lin@example.org Wed Oct 14 18:08:00 2026
From: Lin Pell <lin@example.org>
Date: Wed, 14 Oct 2026 18:08:00 +0200
Subject: Stands at the fair
Message-ID: <3@example.org>

Stands cost 90 euros.

"""
CHINESE = """\
From wu@example.org Wed Oct 14 18:12:00 2026
From: 吴梓 <wu@example.org>
Date: Wed, 14 Oct 2026 18:12:00 +0800
Subject: 答复: 年会
Message-ID: <4@example.org>
References: <0@example.org>

年会在海曙书房。

在 2026-10-13 18:03，陈可 写道：
> 年会在哪里开？

"""


@pytest.mark.parametrize("name", ["list.mbox", "2026-October.txt"])
def test_a_reply_is_found_with_the_mail_that_it_answers(read, name):
    reading = read(name, LIST)
    asked, reply, other = reading.passages
    assert reading.document.kind == "transcript"
    assert asked.text == (
        "Chen Ke: What is the deposit for two desks?\n\nFrom what I read it was 300."
    )
    assert reply.text == "Jo Marsh: 500 euros since May.\n\nFrom now on at least."
    assert reply.context == "What is the deposit for two desks?"
    assert reply.meta["asked_by"] == "Chen Ke"
    assert (other.text, other.context) == ("Lin Pell: Stands cost 90 euros.", "")


def test_a_mail_is_cited_by_its_lines_time_and_writer(read):
    labels = [passage.anchor.label for passage in read("list.mbox", LIST).passages]
    assert labels == [
        "L1–10 · 2026-10-14 18:03 · Chen Ke",
        "L11–25 · 2026-10-14 18:10 · Jo Marsh",
        "L26–33 · 2026-10-14 18:08 · Lin Pell",
    ]


def test_a_thread_goes_under_the_subject_that_it_began_with(read):
    headings = {passage.headings for passage in read("list.mbox", LIST).passages}
    assert headings == {("Deposit for desks",), ("Stands at the fair",)}


def test_what_is_quoted_of_a_mail_from_elsewhere_stays_under_its_writer(read):
    reading = read("list.mbox", CHINESE)
    quoted, reply = reading.passages
    assert (quoted.text, quoted.anchor.label) == ("陈可: 年会在哪里开？", "L1–12 · 陈可")
    assert (reply.text, reply.context) == ("吴梓: 年会在海曙书房。", "年会在哪里开？")
    assert reading.document.title == "年会"


def test_a_damaged_mail_costs_no_others(read):
    text = LIST + "From x Wed Oct 14 18:12:00 2026\nX-Status: R\n\nnothing\n"
    assert len(read("list.mbox", text).passages) == 3


@pytest.mark.parametrize(
    ("content", "reason"),
    [("Count the months.", "a mailbox without mails"), ("", "empty file")],
)
def test_what_is_no_mailbox_is_refused(refusal, content, reason):
    assert refusal("list.mbox", content) == reason


def test_a_text_that_begins_with_from_is_no_mailbox(read):
    assert (
        read("notes.txt", "From now on we meet at 18:03.\n\nBring chairs.").document.kind == "doc"
    )


def test_mails_without_an_id_or_a_date_keep_their_own_subjects(read):
    """Pipermail's addresses go without an at sign."""
    mail = "From x at example.org Wed Oct 14 18:12:00 2026\nFrom: x at example.org (Ann)\nSubject: {}\n\n{}\n\n"
    text = mail.format("Keys", "Keys by six.") + mail.format("Doors", "Doors at nine.")
    found = {passage.text: passage.headings for passage in read("list.mbox", text).passages}
    assert found == {"Ann: Keys by six.": ("Keys",), "Ann: Doors at nine.": ("Doors",)}
