"""Discord."""

from __future__ import annotations

import pytest
from chats_made import said, server


@pytest.mark.parametrize(
    "kind", ["GuildMemberJoin", "ChannelPinnedMessage", "ThreadCreated", "RecipientAdd", "20"]
)
def test_what_tells_of_the_channel_is_left_out(read, kind):
    chat = server(
        said(1, 0, "Ines", "Count months."), said(2, 1, "Jo", "Started a thread.", type=kind)
    )
    assert read("a.json", chat).texts == ["Ines: Count months."]


def test_a_nameless_nickname_gives_way_to_the_user_name(read):
    chat = server(
        {**said(1, 0, "Ines", "Count months."), "author": {"name": "ines.v", "nickname": None}}
    )
    assert read("a.json", chat).texts == ["ines.v: Count months."]


def test_names_of_files_are_findable(read):
    files = [{"fileName": "cash plan.xlsx"}, {"fileName": "跑道.pdf"}]
    chat = server(
        said(1, 0, "Ines", "", attachments=files),
        said(2, 1, "Jo", "See there.", attachments=files[:1]),
    )
    assert read("a.json", chat).texts == [
        "Ines: [file: cash plan.xlsx]\n[file: 跑道.pdf]\n\nJo: See there.\n[file: cash plan.xlsx]"
    ]


def test_the_cards_of_a_bot_are_its_words(read):
    card = {
        "title": "New signup",
        "description": "Plan: team",
        "fields": [{"name": "Seats", "value": "12"}],
    }
    chat = server(said(1, 0, "Robot", "", embeds=[card]), said(2, 1, "Jo", "Nice.", embeds=[card]))
    assert read("a.json", chat).texts == ["Robot: New signup\nPlan: team\nSeats: 12\n\nJo: Nice."]


def test_a_message_passed_on_is_no_answer(read):
    passed = said(3, 90, "Jo", "", reference={"messageId": "1", "channelId": "222"})
    passed["forwardedMessage"] = {"content": "Count months."}
    assert read("a.json", server(said(1, 0, "Ines", "Count months."), passed)).texts == [
        "Ines: Count months.",
        "Jo: Count months.",
    ]


def test_an_answer_to_another_channel_is_no_thread_here(read):
    elsewhere = said(
        2, 1, "Jo", "Why?", answers=1, reference={"messageId": "1", "channelId": "999"}
    )
    chat = server(said(1, 0, "Ines", "Count months."), elsewhere, said(3, 2, "Kim", "Lunch?"))
    assert read("a.json", chat).texts == ["Ines: Count months.\n\nJo: Why?\n\nKim: Lunch?"]


def test_a_direct_chat_of_discord_links_to_ones_own(read):
    chat = server(said(7, 0, "Ines", "Hello."), guild={"id": "0", "name": "Direct Messages"})
    assert read("a.json", chat).passages[0].meta["url"] == "https://discord.com/channels/@me/222/7"


def test_odd_ids_make_no_links(read):
    chat = server(said(7, 0, "Ines", "Hello."), guild={"id": "../x", "name": "Founders"})
    assert "url" not in read("a.json", chat).passages[0].meta
