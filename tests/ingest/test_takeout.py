"""Google Takeout: spaces of Google Chat, and notes of Keep."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ingest.parsed import Unreadable


def said(number: int, author: str, text: str, topic: str, **more: Any) -> dict[str, Any]:
    return {
        "creator": {"name": author, "email": "someone@example.org", "user_type": "Human"},
        "created_date": f"Wednesday, October 14, 2026 at 6:{number:02}:00\u202fPM UTC",
        "text": text,
        "topic_id": topic,
        "message_id": f"s/{topic}/{number}",
        **more,
    }


SPACE = {
    "messages": [
        said(1, "Ines", "who does the payroll?", "a"),
        said(2, "苏禾", "年会在哪里开？", "b"),
        said(3, "Jo", "Brightbooks, 40 a month", "a"),
        said(4, "陆鸣", "海曙书房", "b", attached_files=[{"original_name": "map.pdf"}]),
        said(5, "Kim", "", "c"),
    ]
}


def test_a_space_of_google_chat_is_read_by_topic(read):
    reading = read("messages.json", json.dumps(SPACE, ensure_ascii=False))
    found = {passage.text: passage for passage in reading.passages}
    assert found["Jo: Brightbooks, 40 a month"].context == "who does the payroll?"
    assert found["陆鸣: 海曙书房\n[file: map.pdf]"].context == "年会在哪里开？"
    assert found["Ines: who does the payroll?"].anchor.at == "2026-10-14 18:01"
    assert "example.org" not in str(reading.document.meta)


def test_a_quoted_message_is_what_is_answered(read):
    quoted = {"creator": {"name": "Ines"}, "text": "who does the payroll?", "message_id": "s/a/1"}
    reply = said(6, "Lin", "ask Brightbooks", "d", quoted_message_metadata=quoted)
    reading = read("messages.json", json.dumps({"messages": [*SPACE["messages"], reply]}))
    (passage,) = (each for each in reading.passages if "Lin:" in each.text)
    assert passage.context == "who does the payroll?"


def test_direct_messages_of_google_chat_are_refused(folder, read_file):
    (folder / "DM a1B2c3").mkdir()
    path = folder / "DM a1B2c3" / "messages.json"
    path.write_text(json.dumps(SPACE), "utf-8")
    with pytest.raises(Unreadable, match="direct messages of Google Chat, which are private"):
        read_file(path)


def note(**more: Any) -> str:
    return json.dumps(
        {
            "color": "DEFAULT",
            "isTrashed": False,
            "isPinned": False,
            "isArchived": False,
            "title": "Open day",
            "userEditedTimestampUsec": 1791979200000000,
            "createdTimestampUsec": 1791979200000000,
            "labels": [{"name": "events"}],
            **more,
        }
    )


def test_a_note_of_keep_is_its_text(read):
    reading = read("Open day.json", note(textContent="Doors at nine.\n\nBring badges."))
    assert reading.texts == ["Doors at nine.\n\nBring badges."]
    assert reading.document.title == "Open day"
    assert reading.document.meta == {"date": "2026-10-14", "labels": ["events"]}


def test_a_list_of_keep_says_what_is_done(read):
    items = [{"text": "订场地", "isChecked": True}, {"text": "发邀请", "isChecked": False}]
    assert read("a.json", note(listContent=items)).texts == ["- [x] 订场地\n- [ ] 发邀请"]


def test_a_note_that_was_thrown_away_is_skipped(refusal):
    reason = refusal("a.json", note(textContent="old", isTrashed=True))
    assert reason == "a note that was thrown away"
