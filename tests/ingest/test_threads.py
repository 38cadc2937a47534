"""Threads and conversations, by way of Discord."""

from __future__ import annotations

import json
from contextlib import suppress

import pytest
from chats_made import said, server

from ingest.parsed import File, Unreadable
from ingest.readers import discord, slack, telegram


def test_messages_in_a_row_are_a_conversation(read):
    reading = read(
        "a.json", server(said(1, 0, "Ines", "Count months."), said(2, 29, "苏禾", "先算账。"))
    )
    assert reading.texts == ["Ines: Count months.\n\n苏禾: 先算账。"]
    assert reading.document.kind == "transcript"


def test_a_pause_ends_a_conversation(read):
    said_late = server(
        said(1, 0, "Ines", "Count months."), said(2, 30, "Jo", "Why?"), said(3, 61, "Jo", "Anyone?")
    )
    assert read("a.json", said_late).texts == ["Ines: Count months.\n\nJo: Why?", "Jo: Anyone?"]


def test_a_message_and_all_that_answers_it_are_a_thread_however_late(read):
    chat = server(
        said(1, 0, "Ines", "Who sets prices?"),
        said(2, 1, "Kim", "Lunch?"),
        said(3, 90, "Jo", "You do.", answers=1),
        said(4, 200, "Ines", "Thanks.", answers=3),
    )
    passages = read("a.json", chat).passages
    assert [(passage.context, passage.text) for passage in passages] == [
        ("", "Ines: Who sets prices?"),
        ("Who sets prices?", "Jo: You do.\n\nInes: Thanks."),
        ("", "Kim: Lunch?"),
    ]


def test_a_thread_interrupts_no_conversation(read):
    chat = server(
        said(1, 0, "Kim", "Count months."),
        said(2, 1, "Ines", "Who sets prices?"),
        said(3, 2, "Jo", "You do.", answers=2),
        said(4, 3, "Kim", "Then weeks."),
    )
    assert read("a.json", chat).texts == [
        "Kim: Count months.\n\nKim: Then weeks.",
        "Ines: Who sets prices?",
        "Jo: You do.",
    ]


def test_answers_to_one_message_that_is_not_in_the_export_are_a_thread(read):
    chat = server(
        said(5, 0, "Ines", "Yes.", answers=1),
        said(6, 1, "Kim", "Lunch?"),
        said(7, 2, "Jo", "Same.", answers=1),
    )
    assert read("a.json", chat).texts == ["Ines: Yes.\n\nJo: Same.", "Kim: Lunch?"]


def test_answers_in_a_circle_are_a_thread(read):
    chat = server(said(1, 0, "Ines", "One.", answers=2), said(2, 1, "Jo", "Two.", answers=1))
    assert read("a.json", chat).texts == ["Ines: One.\n\nJo: Two."]


def test_a_message_that_answers_itself_is_read(read):
    assert read("a.json", server(said(1, 0, "Ines", "One.", answers=1))).texts == ["Ines: One."]


def test_messages_are_put_in_order_of_time(read):
    assert read(
        "a.json", server(said(2, 5, "Jo", "Second."), said(1, 0, "Ines", "First."))
    ).texts == ["Ines: First.\n\nJo: Second."]


def test_the_anchor_gives_the_lines_of_the_messages_and_when_the_first_was_sent(read):
    (passage,) = read(
        "a.json", server(said(1, 0, "Ines", "Count months."), said(2, 29, "苏禾", "先算账。"))
    ).passages
    lines = server(said(1, 0, "Ines", "Count months."), said(2, 29, "苏禾", "先算账。")).split("\n")
    places = [
        (offset, "\n".join(lines[int(first) - 1 : int(last)]))
        for offset, first, last in passage.places
    ]
    assert passage.anchor.type == "lines"
    assert passage.anchor.at == "2026-05-01 12:00"
    assert [offset for offset, _ in places] == [0, passage.text.index("苏禾")]
    assert [json.loads(lines.rstrip(", \n"))["id"] for _, lines in places] == ["1", "2"]


def test_a_speaker_stands_where_one_alone_speaks(read):
    alone = server(
        said(1, 0, "Ines", "Count months."),
        said(2, 1, "Ines", "Then weeks."),
        said(3, 90, "Jo", "Why?"),
    )
    assert [passage.anchor.speaker for passage in read("a.json", alone).passages] == ["Ines", "Jo"]
    both = server(said(1, 0, "Ines", "Count months."), said(2, 1, "Jo", "Why?"))
    assert [passage.anchor.speaker for passage in read("a.json", both).passages] == [None]


def test_a_passage_knows_who_speaks_when_and_where_in_its_thread(read):
    chat = server(said(1, 0, "Ines", "Who sets prices?"), said(3, 90, "Jo", "You do.", answers=1))
    question, reply = read("a.json", chat).passages
    assert question.headings == reply.headings == ("pricing",)
    assert question.meta == {
        "author": ["Ines"],
        "time": "2026-05-01T12:00",
        "url": "https://discord.com/channels/111/222/1",
        "channel": "pricing",
        "thread": "2026-05-01T12:00",
        "turn": "question",
    }
    assert reply.meta == {
        "author": ["Jo"],
        "time": "2026-05-01T13:30",
        "url": "https://discord.com/channels/111/222/3",
        "channel": "pricing",
        "thread": "2026-05-01T12:00",
        "asked_by": "Ines",
    }


def test_a_document_knows_all_speakers_its_channel_and_its_first_day(read):
    document = read(
        "a.json", server(said(1, 0, "Ines", "Count months."), said(2, 90, "Jo", "Why?"))
    ).document
    assert document.title == "#pricing"
    assert document.meta == {
        "speakers": ["Ines", "Jo"],
        "date": "2026-05-01",
        "channel": "pricing",
        "category": "Talk",
        "server": "Founders",
    }


def test_a_long_conversation_gives_passages_of_readable_size_each_with_its_own_time(read):
    chat = server(
        *(said(n, n, "Ines", f"Point {n}. " + "Count the months. " * 15) for n in range(1, 10))
    )
    passages = read("a.json", chat).passages
    assert len(passages) >= 3
    assert all(len(passage.text) <= 900 for passage in passages)
    assert passages[0].anchor.at == "2026-05-01 12:01" < passages[1].anchor.at
    assert len({passage.anchor.label for passage in passages}) == len(passages)


def test_a_crowd_does_not_weigh_down_each_passage(read):
    chat = server(*(said(n, n % 50, f"Person {n}", "Hello.") for n in range(1, 120)))
    assert all(len(passage.meta["author"]) <= 30 for passage in read("a.json", chat).passages)


def test_line_breaks_within_a_message_are_kept(read):
    assert read("a.json", server(said(1, 0, "Ines", "First,\nthen second."))).texts == [
        "Ines: First,\nthen second."
    ]


def test_an_export_without_any_message_is_refused(refusal):
    assert refusal(
        "a.json",
        server(said(1, 0, "Ines", " "), said(2, 1, "Jo", "joined", type="GuildMemberJoin")),
    ) == ("no messages in it")


@pytest.mark.parametrize("end", [-30, -2, -1])
def test_a_cut_off_export_is_refused(refusal, end):
    assert refusal("a.json", server(said(1, 0, "Ines", "Count months."))[:end]).startswith(
        "malformed JSON"
    )


@pytest.mark.parametrize("reader", [slack, discord, telegram])
@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[",
        "null",
        '{"messages": {}}',
        '{"messages": [1, null, [], "x", {}]}',
        '[{"type": "message", "ts": []}, 7]',
        '{"guild": 1, "channel": [], "messages": [{"type": "Default", "author": 7, "content": 3}]}',
        '{"kb": "slack-channel", "days": {"x": 3, "y": "[", "z": "{}"}, "users": [], "channel": 4}',
        '{"chats": {"list": [{"messages": 3}, 4, {"messages": [{"type": "message", "text": {}}]}]}}',
        '{"a"; 1}',
        "[1 2]",
        "[" * 100_000,
        '{"messages":' * 100_000,
    ],
    ids=lambda text: text[:20] if isinstance(text, str) else None,
)
def test_odd_json_is_refused_in_words(reader, text):
    file = File("a.json", text.encode())
    with suppress(Unreadable):
        assert reader.fits(file) in (True, False)
    with pytest.raises(Unreadable):
        reader.read(file)
