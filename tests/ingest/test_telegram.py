"""Telegram."""

from __future__ import annotations

from chats_made import chat, dumped, sent


def test_a_chat_of_telegram(read):
    told = chat(
        {"id": 1, "type": "service", "date": "2026-05-01T11:00:00", "actor": "Ines", "action": "create_group", "text": ""},
        sent(2, 0, "Ines", "Who sets prices?"),
        sent(3, 1, "Kim", "Lunch?"),
        sent(4, 90, "苏禾", "你。", reply_to_message_id=2),
    )  # fmt: skip
    reading = read("result.json", told)
    assert reading.texts == ["Ines: Who sets prices?", "苏禾: 你。", "Kim: Lunch?"]
    assert reading.passages[0].anchor.at == "2026-05-01 12:00"  # as written, not in UTC
    assert reading.document.title == "Pricing 定价"
    assert reading.document.meta == {
        "channel": "Pricing 定价",
        "date": "2026-05-01",
        "speakers": ["Ines", "Kim", "苏禾"],
    }
    assert "url" not in reading.passages[0].meta


def test_text_in_pieces_is_put_together(read):
    pieces = [
        "See ",
        {"type": "bold", "text": "the "},
        {"type": "text_link", "text": "guide", "href": "https://example.org/g"},
        {"type": "link", "text": " https://example.org"},
        " 好",
        7,
    ]
    assert read("result.json", chat(sent(1, 0, "Ines", pieces))).texts == [
        "Ines: See the guide (https://example.org/g) https://example.org 好"
    ]


def test_files_polls_and_what_is_passed_on(read):
    poll = {"question": "Which price?", "answers": [{"text": "10"}, {"text": "20"}]}
    told = chat(
        sent(1, 0, "Ines", "", file="files/plan.xlsx", file_name="plan.xlsx"),
        sent(
            2,
            1,
            "Ines",
            "",
            file="(File not included.)",
            media_type="sticker",
            file_name="sticker.webp",
        ),
        sent(3, 2, "Ines", "", photo="photos/photo_1.jpg"),
        sent(4, 3, "Jo", "", poll=poll),
        sent(5, 4, "Jo", "Count months.", forwarded_from="Kim"),
        sent(6, 5, None, "Who am I?"),
    )
    assert read("result.json", told).texts == [
        "Ines: [file: plan.xlsx]\n\nWho am I?",
        "Jo: Which price?\n10\n20\n\nJo: [forwarded from Kim] Count months.",
    ]


def test_topics_of_a_forum_are_sections_not_threads(read):
    told = chat(
        {"id": 1, "type": "service", "date": "2026-05-01T11:00:00", "action": "topic_created", "title": "Hiring", "text": ""},
        sent(2, 0, "Ines", "Whom first?", reply_to_message_id=1),
        sent(3, 1, "Kim", "Lunch?"),
        sent(4, 2, "Jo", "An engineer.", reply_to_message_id=2),
        sent(5, 3, "Jo", "By the way.", reply_to_message_id=1),
    )  # fmt: skip
    found = [(passage.headings, passage.text) for passage in read("result.json", told).passages]
    assert found == [
        (("Pricing 定价", "Hiring"), "Ines: Whom first?"),
        (("Pricing 定价", "Hiring"), "Jo: An engineer."),
        (("Pricing 定价", "Hiring"), "Jo: By the way."),
        (("Pricing 定价",), "Kim: Lunch?"),
    ]


def test_a_public_chat_links_where_its_address_is_given(read):
    reading = read(
        "result.json",
        chat(sent(5, 0, "Ines", "Hello.")),
        meta={"url": "https://t.me/example_founders"},
    )
    assert reading.passages[0].meta["url"] == "https://t.me/example_founders/5"


def test_a_whole_account_gives_its_groups_but_private_chats(read):
    groups = [
        {
            "name": "Pricing",
            "type": "private_group",
            "id": 1,
            "messages": [sent(1, 0, "Ines", "Count months.")],
        },
        {
            "name": "Jo",
            "type": "personal_chat",
            "id": 2,
            "messages": [sent(1, 0, "Jo", "Just for you.")],
        },
        {"type": "saved_messages", "id": 3, "messages": [sent(1, 0, "Ines", "Note to self.")]},
        {
            "name": "News",
            "type": "public_channel",
            "id": 4,
            "messages": [sent(1, 1, "News", "先算账。")],
        },
    ]
    account = {
        "about": "",
        "personal_information": {"phone_number": "1"},
        "chats": {"about": "", "list": groups},
    }
    reading = read("result.json", dumped(account))
    assert [(passage.headings, passage.text) for passage in reading.passages] == [
        (("Pricing",), "Ines: Count months."),
        (("News",), "News: 先算账。"),
    ]


def test_an_account_of_private_chats_is_refused_with_a_hint(refusal):
    private = [
        {
            "name": "Jo",
            "type": "personal_chat",
            "id": 2,
            "messages": [sent(1, 0, "Jo", "Just for you.")],
        }
    ]
    assert "export one" in refusal("result.json", dumped({"chats": {"list": private}}))


def test_a_private_chat_exported_by_itself_is_read(read):
    assert read("result.json", chat(sent(1, 0, "Jo", "Hello."), type="personal_chat")).texts == [
        "Jo: Hello."
    ]
