"""Chats of Slack, Discord, Telegram, WeChat, QQ, WhatsApp and LINE: threads, what is kept of each, what is refused."""

from __future__ import annotations

import io
import json
import zipfile
from contextlib import suppress

import pytest

from ingest.parsed import File, Unreadable
from ingest.parsing.slack_export import channels, is_export
from ingest.readers import chat_text, choose_format, discord, slack, telegram


def dumped(value: object, indent: int | None = 1) -> str:
    return json.dumps(value, ensure_ascii=False, indent=indent)


def chosen(name: str, text: str) -> str:
    return choose_format(File(name, text.encode()), None).reader


# --- threads and conversations (by way of Discord) ------------------------------------------------------------------


def said(number: int, minute: int, author: str, text: str, answers: int | None = None, **more: object) -> dict:
    """A message of Discord's, so many minutes after noon."""
    message = {
        "id": str(number),
        "type": "Default" if answers is None else "Reply",
        "timestamp": f"2026-05-01T{12 + minute // 60:02}:{minute % 60:02}:30.125+00:00",
        "content": text,
        "author": {"id": "9", "name": author.lower(), "nickname": author, "isBot": False},
        "attachments": [],
        "embeds": [],
        "mentions": [],
    }
    if answers is not None:
        message["reference"] = {"messageId": str(answers), "channelId": "222", "guildId": "111"}
    return {**message, **more}


def server(*messages: dict, **more: object) -> str:
    return dumped(
        {
            "guild": {"id": "111", "name": "Founders"},
            "channel": {"id": "222", "type": "GuildTextChat", "category": "Talk", "name": "pricing"},
            "messages": messages,
            **more,
        }
    )


def test_messages_in_a_row_are_a_conversation(read):
    reading = read("a.json", server(said(1, 0, "Ines", "Count months."), said(2, 29, "苏禾", "先算账。")))
    assert reading.texts == ["Ines: Count months.\n\n苏禾: 先算账。"]
    assert reading.document.kind == "transcript"


def test_a_pause_ends_a_conversation(read):
    said_late = server(said(1, 0, "Ines", "Count months."), said(2, 30, "Jo", "Why?"), said(3, 61, "Jo", "Anyone?"))
    assert read("a.json", said_late).texts == ["Ines: Count months.\n\nJo: Why?", "Jo: Anyone?"]


def test_a_message_and_all_that_answers_it_are_a_thread_however_late(read):
    chat = server(
        said(1, 0, "Ines", "Who sets prices?"),
        said(2, 1, "Kim", "Lunch?"),
        said(3, 90, "Jo", "You do.", answers=1),
        said(4, 200, "Ines", "Thanks.", answers=3),
    )
    assert read("a.json", chat).texts == ["Ines: Who sets prices?\n\nJo: You do.\n\nInes: Thanks.", "Kim: Lunch?"]


def test_a_thread_interrupts_no_conversation(read):
    chat = server(
        said(1, 0, "Kim", "Count months."),
        said(2, 1, "Ines", "Who sets prices?"),
        said(3, 2, "Jo", "You do.", answers=2),
        said(4, 3, "Kim", "Then weeks."),
    )
    assert read("a.json", chat).texts == [
        "Kim: Count months.\n\nKim: Then weeks.",
        "Ines: Who sets prices?\n\nJo: You do.",
    ]


def test_answers_to_one_message_that_is_not_in_the_export_are_a_thread(read):
    chat = server(
        said(5, 0, "Ines", "Yes.", answers=1), said(6, 1, "Kim", "Lunch?"), said(7, 2, "Jo", "Same.", answers=1)
    )
    assert read("a.json", chat).texts == ["Ines: Yes.\n\nJo: Same.", "Kim: Lunch?"]


def test_answers_in_a_circle_are_a_thread(read):
    chat = server(said(1, 0, "Ines", "One.", answers=2), said(2, 1, "Jo", "Two.", answers=1))
    assert read("a.json", chat).texts == ["Ines: One.\n\nJo: Two."]


def test_a_message_that_answers_itself_is_read(read):
    assert read("a.json", server(said(1, 0, "Ines", "One.", answers=1))).texts == ["Ines: One."]


def test_messages_are_put_in_order_of_time(read):
    assert read("a.json", server(said(2, 5, "Jo", "Second."), said(1, 0, "Ines", "First."))).texts == [
        "Ines: First.\n\nJo: Second."
    ]


def test_the_anchor_gives_the_lines_of_the_messages_and_when_the_first_was_sent(read):
    (passage,) = read("a.json", server(said(1, 0, "Ines", "Count months."), said(2, 29, "苏禾", "先算账。"))).passages
    lines = server(said(1, 0, "Ines", "Count months."), said(2, 29, "苏禾", "先算账。")).split("\n")
    places = [(offset, "\n".join(lines[int(first) - 1 : int(last)])) for offset, first, last in passage.places]
    assert passage.anchor.type == "lines"
    assert passage.anchor.at == "2026-05-01 12:00"
    assert [offset for offset, _ in places] == [0, passage.text.index("苏禾")]
    assert [json.loads(lines.rstrip(", \n"))["id"] for _, lines in places] == ["1", "2"]


def test_a_speaker_stands_where_one_alone_speaks(read):
    alone = server(said(1, 0, "Ines", "Count months."), said(2, 1, "Ines", "Then weeks."), said(3, 90, "Jo", "Why?"))
    assert [passage.anchor.speaker for passage in read("a.json", alone).passages] == ["Ines", "Jo"]
    both = server(said(1, 0, "Ines", "Count months."), said(2, 1, "Jo", "Why?"))
    assert [passage.anchor.speaker for passage in read("a.json", both).passages] == [None]


def test_a_passage_knows_who_speaks_when_and_where_in_its_thread(read):
    chat = server(said(1, 0, "Ines", "Who sets prices?"), said(3, 90, "Jo", "You do.", answers=1))
    for passage in read("a.json", chat, chars=10).passages:
        assert passage.headings == ("pricing",)
        assert passage.meta == {
            "author": ["Ines", "Jo"],
            "time": "2026-05-01T12:00",
            "url": "https://discord.com/channels/111/222/1",
            "channel": "pricing",
        }


def test_a_document_knows_all_speakers_its_channel_and_its_first_day(read):
    document = read("a.json", server(said(1, 0, "Ines", "Count months."), said(2, 90, "Jo", "Why?"))).document
    assert document.title == "#pricing"
    assert document.meta == {
        "speakers": ["Ines", "Jo"],
        "date": "2026-05-01",
        "channel": "pricing",
        "category": "Talk",
        "server": "Founders",
    }


def test_a_long_conversation_gives_passages_of_readable_size_each_with_its_own_time(read):
    chat = server(*(said(n, n, "Ines", f"Point {n}. " + "Count the months. " * 15) for n in range(1, 10)))
    passages = read("a.json", chat).passages
    assert len(passages) >= 3
    assert all(len(passage.text) <= 900 for passage in passages)
    assert passages[0].anchor.at == "2026-05-01 12:01" < passages[1].anchor.at
    assert len({passage.anchor.label for passage in passages}) == len(passages)


def test_a_crowd_does_not_weigh_down_each_passage(read):
    chat = server(*(said(n, n % 50, f"Person {n}", "Hello.") for n in range(1, 120)))
    assert all(len(passage.meta["author"]) <= 30 for passage in read("a.json", chat).passages)


def test_line_breaks_within_a_message_are_kept(read):
    assert read("a.json", server(said(1, 0, "Ines", "First,\nthen second."))).texts == ["Ines: First,\nthen second."]


def test_an_export_without_any_message_is_refused(refusal):
    assert refusal("a.json", server(said(1, 0, "Ines", " "), said(2, 1, "Jo", "joined", type="GuildMemberJoin"))) == (
        "no messages in it"
    )


@pytest.mark.parametrize("end", [-30, -2, -1])
def test_a_cut_off_export_is_refused(refusal, end):
    assert refusal("a.json", server(said(1, 0, "Ines", "Count months."))[:end]).startswith("malformed JSON")


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


# --- Discord --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GuildMemberJoin", "ChannelPinnedMessage", "ThreadCreated", "RecipientAdd", "20"])
def test_what_tells_of_the_channel_is_left_out(read, kind):
    chat = server(said(1, 0, "Ines", "Count months."), said(2, 1, "Jo", "Started a thread.", type=kind))
    assert read("a.json", chat).texts == ["Ines: Count months."]


def test_a_nameless_nickname_gives_way_to_the_user_name(read):
    chat = server({**said(1, 0, "Ines", "Count months."), "author": {"name": "ines.v", "nickname": None}})
    assert read("a.json", chat).texts == ["ines.v: Count months."]


def test_names_of_files_are_findable(read):
    files = [{"fileName": "cash plan.xlsx"}, {"fileName": "跑道.pdf"}]
    chat = server(said(1, 0, "Ines", "", attachments=files), said(2, 1, "Jo", "See there.", attachments=files[:1]))
    assert read("a.json", chat).texts == [
        "Ines: [file: cash plan.xlsx]\n[file: 跑道.pdf]\n\nJo: See there.\n[file: cash plan.xlsx]"
    ]


def test_the_cards_of_a_bot_are_its_words(read):
    card = {"title": "New signup", "description": "Plan: team", "fields": [{"name": "Seats", "value": "12"}]}
    chat = server(said(1, 0, "Robot", "", embeds=[card]), said(2, 1, "Jo", "Nice.", embeds=[card]))
    assert read("a.json", chat).texts == ["Robot: New signup\nPlan: team\nSeats\n12\n\nJo: Nice."]


def test_a_message_passed_on_is_no_answer(read):
    passed = said(3, 90, "Jo", "", reference={"messageId": "1", "channelId": "222"})
    passed["forwardedMessage"] = {"content": "Count months."}
    assert read("a.json", server(said(1, 0, "Ines", "Count months."), passed)).texts == [
        "Ines: Count months.",
        "Jo: Count months.",
    ]


def test_an_answer_to_another_channel_is_no_thread_here(read):
    elsewhere = said(2, 1, "Jo", "Why?", answers=1, reference={"messageId": "1", "channelId": "999"})
    chat = server(said(1, 0, "Ines", "Count months."), elsewhere, said(3, 2, "Kim", "Lunch?"))
    assert read("a.json", chat).texts == ["Ines: Count months.\n\nJo: Why?\n\nKim: Lunch?"]


def test_a_direct_chat_of_discord_links_to_ones_own(read):
    chat = server(said(7, 0, "Ines", "Hello."), guild={"id": "0", "name": "Direct Messages"})
    assert read("a.json", chat).passages[0].meta["url"] == "https://discord.com/channels/@me/222/7"


def test_odd_ids_make_no_links(read):
    chat = server(said(7, 0, "Ines", "Hello."), guild={"id": "../x", "name": "Founders"})
    assert "url" not in read("a.json", chat).passages[0].meta


# --- Slack ----------------------------------------------------------------------------------------------------------

PEOPLE = {"U1": "Ines Valcourt", "U2": "苏禾"}


def wrote(ts: float, user: str, text: str, **more: object) -> dict:
    """A message of Slack's; 1777636800 is noon of the first of May 2026 in UTC."""
    named = {"user_profile": {"real_name": PEOPLE[user], "name": user.lower()}} if user in PEOPLE else {}
    return {"type": "message", "user": user, "ts": f"{1777636800 + ts:.6f}", "text": text, **named, **more}


@pytest.fixture
def day(folder, read):
    """`day(messages)`: a day of the channel #pricing."""

    def _day(*messages: dict, **options: object):
        (folder / "pricing").mkdir(exist_ok=True)
        return read("pricing/2026-05-01.json", dumped(messages), **options)

    return _day


def test_a_day_of_slack(day):
    reading = day(wrote(0, "U1", "Count months."), wrote(60, "U2", "先算账。"))
    (passage,) = reading.passages
    assert passage.text == "Ines Valcourt: Count months.\n\n苏禾: 先算账。"
    assert passage.anchor.at == "2026-05-01 12:00"
    assert passage.anchor.part is None
    assert passage.headings == ("pricing",)
    assert reading.document.title == "#pricing 2026-05-01"
    assert reading.document.meta == {
        "speakers": ["Ines Valcourt", "苏禾"],
        "channel": "pricing",
        "date": "2026-05-01",
    }


def test_a_file_not_named_for_its_day_names_its_channel(read):
    reading = read("random.json", dumped([wrote(0, "U1", "Count months.")]))
    assert (reading.document.title, reading.document.meta["channel"]) == ("#random", "random")


def test_threads_of_slack(day):
    root = wrote(0, "U1", "Who sets prices?")
    ts = root["ts"]
    reading = day(
        {**root, "thread_ts": ts, "reply_count": 2},
        wrote(30, "U2", "Lunch?"),
        wrote(7200, "U2", "You do.", thread_ts=ts),
        wrote(7300, "U1", "Thanks.", thread_ts=ts, subtype="thread_broadcast"),
    )
    assert reading.texts == [
        "Ines Valcourt: Who sets prices?\n\n苏禾: You do.\n\nInes Valcourt: Thanks.",
        "苏禾: Lunch?",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask <@U2> or <@U9>", "ask @苏禾 or @U9"),
        ("ask <@U9|kim>", "ask @kim"),
        ("see <#C1|general> and <#C2>", "see #general and #C2"),
        ("<https://example.org/a?b=1&amp;c=2|the guide>", "the guide (https://example.org/a?b=1&c=2)"),
        ("<https://example.org>", "https://example.org"),
        ("<http://example.org|example.org>", "http://example.org"),
        ("<mailto:ines@example.org|ines@example.org>", "ines@example.org"),
        ("<!here> <!subteam^S1|@sales> <!subteam^S2>", "@here @sales @S2"),
        ("due <!date^1777636800^{date}|May 1>", "due May 1"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2, &amp;lt; too", "1 < 2 && 3 > 2, &lt; too"),
        ("well :tada: *bold* `code`", "well :tada: *bold* `code`"),
        ("a < b > c <> d", "a < b > c <> d"),
    ],
)
def test_slacks_markup_is_decoded(day, text, shown):
    assert day(wrote(0, "U1", text), wrote(7200, "U2", "Yes.")).texts[0] == f"Ines Valcourt: {shown}"


@pytest.mark.parametrize(
    "kind", ["channel_join", "channel_leave", "pinned_item", "channel_topic", "tombstone", "bot_add"]
)
def test_what_slack_tells_of_the_channel_is_left_out(day, kind):
    assert day(wrote(0, "U1", "Count months."), wrote(1, "U2", "<@U2> has joined", subtype=kind)).texts == [
        "Ines Valcourt: Count months."
    ]


def test_files_of_slack_go_by_their_titles(day):
    files = [{"title": "Cash plan", "name": "cash.xlsx"}, {"name": "跑道.pdf"}]
    assert day(wrote(0, "U1", "", files=files, subtype="file_share")).texts == [
        "Ines Valcourt: [file: Cash plan]\n[file: 跑道.pdf]"
    ]


def test_a_bot_goes_by_its_name_and_its_cards_are_its_words(day):
    card = {
        "pretext": "New signup",
        "title": "Acme",
        "text": "Plan: team",
        "fields": [{"title": "Seats", "value": "12"}],
    }
    rich = {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [{"type": "text", "text": "Ask "}, {"type": "user", "user_id": "U2"}],
            },
            {"type": "rich_text_section", "elements": [{"type": "link", "url": "https://example.org", "text": "here"}]},
        ],
    }
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Report"}, "fields": [{"text": "7 days"}]}
    reading = day(
        {"type": "message", "subtype": "bot_message", "username": "Robot", "ts": "1777636800.0", "text": "", "attachments": [card]},
        {"type": "message", "user": "B7", "bot_profile": {"name": "Digest"}, "ts": "1777636801.0", "text": "", "blocks": [rich, section]},
        wrote(3, "U2", "Fine.", attachments=[card]),
    )  # fmt: skip
    assert reading.texts == [
        "Robot: New signup\nAcme\nPlan: team\nSeats\n12\n\n"
        "Digest: Ask @苏禾\nhere (https://example.org)\nReport\n7 days\n\n苏禾: Fine."
    ]


def test_links_of_slack_need_the_workspace_and_the_channel(day):
    message = wrote(0, "U1", "Count months.")
    assert "url" not in day(message, meta={"url": "https://example.slack.com"}).passages[0].meta
    assert (
        day({**message, "permalink": "https://example.slack.com/archives/C1/p1"})
        .passages[0]
        .meta["url"]
        .endswith("/p1")
    )
    known = day(message, meta={"url": "https://example.slack.com/archives/C1"}).passages[0].meta["url"]
    assert known == "https://example.slack.com/archives/C1/p1777636800000000"


def test_a_broken_timestamp_costs_no_message(day):
    messages = [wrote(0, "U1", "Count months."), {**wrote(1, "U2", "先算账。"), "ts": "soon"}]
    (passage,) = day(*messages).passages
    assert "先算账。" in passage.text


@pytest.mark.parametrize("name", ["D024BE91L", "mpdm-ines--jo-1"])
def test_direct_messages_of_slack_are_refused(folder, refusal, name):
    (folder / name).mkdir()
    assert "private" in refusal(f"{name}/2026-05-01.json", dumped([wrote(0, "U1", "Just for you.")]))


# --- a whole export of Slack ----------------------------------------------------------------------------------------

ROOT = wrote(0, "U1", "Who sets prices?", user_profile=None)
EXPORT = {
    "users.json": [
        {"id": "U1", "name": "ines", "profile": {"real_name": "Ines Valcourt", "display_name": "ines", "email": "i@example.org"}},
        {"id": "U2", "name": "suhe", "profile": {"real_name": "", "display_name": "苏禾"}},
        {"id": "U3", "name": "jo", "profile": {}},
    ],
    "channels.json": [
        {"id": "C1", "name": "general", "topic": {"value": "All of us"}, "purpose": {"value": "News"}},
        {"id": "C2", "name": "空的"},
    ],
    "groups.json": [{"id": "G1", "name": "founders-only"}],
    "dms.json": [{"id": "D024BE91L", "members": ["U1", "U2"]}],
    "mpims.json": [{"id": "G9", "name": "mpdm-ines--jo-1"}],
    "general/2026-05-01.json": [ROOT, wrote(60, "U3", "See <#C2> and <#C1|>", user_profile=None)],
    "general/2026-05-02.json": [wrote(86400, "U2", "You do, <@U1>.", user_profile=None, thread_ts=ROOT["ts"])],
    "founders-only/2026-05-01.json": [wrote(0, "U2", "先算账。", user_profile=None)],
    "D024BE91L/2026-05-01.json": [wrote(0, "U1", "Just for you.")],
    "mpdm-ines--jo-1/2026-05-01.json": [wrote(0, "U1", "Just for you two.")],
}  # fmt: skip


def packed(files: dict[str, object], top: str = "") -> zipfile.ZipFile:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, value in files.items():
            archive.writestr(top + name, value if isinstance(value, bytes) else dumped(value))
    return zipfile.ZipFile(stream)


def unpacked(files: dict[str, object], top: str = "") -> dict[str, bytes]:
    archive = packed(files, top)
    return dict(channels(archive.namelist(), archive.read))


@pytest.mark.parametrize("top", ["", "Founders Slack export/"])
def test_an_export_is_known_by_its_lists(top):
    assert is_export([top + name for name in EXPORT])
    assert not is_export([top + name for name in EXPORT if name != "users.json"])
    assert not is_export([top + name for name in EXPORT if name.endswith("s.json")])
    assert not is_export([f"a/b/{name}" for name in EXPORT])


@pytest.mark.parametrize("top", ["", "Founders Slack export/"])
def test_an_export_gives_a_file_for_each_channel_but_direct_messages(top):
    assert list(unpacked(EXPORT, top)) == ["founders-only.slack.json", "general.slack.json"]


def test_a_channel_of_an_export(read):
    reading = read("general.slack.json", unpacked(EXPORT)["general.slack.json"])
    first, second, third = reading.passages
    assert first.text == "Ines Valcourt: Who sets prices?"
    assert second.text == "苏禾: You do, @Ines Valcourt."  # of the same thread, but in another file
    assert third.text == "jo: See #空的 and #general"
    assert [passage.anchor.part for passage in reading.passages] == [
        "general/2026-05-01.json",
        "general/2026-05-02.json",
        "general/2026-05-01.json",
    ]
    assert first.meta == second.meta
    assert reading.document.title == "#general"
    assert reading.document.meta == {
        "channel": "general",
        "date": "2026-05-01",
        "speakers": ["Ines Valcourt", "jo", "苏禾"],
        "topic": "All of us",
        "purpose": "News",
    }


def test_a_channel_of_an_export_links_to_its_workspace(read):
    data = unpacked(EXPORT)["general.slack.json"]
    passage = read("general.slack.json", data, meta={"url": "https://example.slack.com/"}).passages[0]
    assert passage.meta["url"] == "https://example.slack.com/archives/C1/p1777636800000000"


def test_damaged_days_cost_no_others(read):
    damaged = {**EXPORT, "general/2026-05-02.json": b"[{", "general/2026-05-03.json": b"\0\1\2", "users.json": b"{"}
    reading = read("general.slack.json", unpacked(damaged)["general.slack.json"])
    assert reading.texts == ["U1: Who sets prices?\n\nU3: See #空的 and #general"]


def test_a_day_that_can_not_be_unpacked_costs_no_others():
    archive = packed(EXPORT)

    def opened(name: str) -> bytes:
        if name.endswith("02.json"):
            raise zipfile.BadZipFile("Bad CRC-32")
        return archive.read(name)

    found = json.loads(dict(channels(archive.namelist(), opened))["general.slack.json"])
    assert list(found["days"]) == ["2026-05-01.json"]


def test_an_export_without_readable_lists_still_leaves_direct_messages_out():
    for listed in (b"[{", b"[{}]", b"3"):
        damaged = {**EXPORT, "channels.json": listed, "groups.json": b"", "dms.json": b""}
        assert list(unpacked(damaged)) == ["founders-only.slack.json", "general.slack.json"]


def test_a_newcomer_elsewhere_leaves_a_channel_as_it_was():
    more = [*EXPORT["users.json"], {"id": "U4", "profile": {"real_name": "Kim"}}]
    assert unpacked({**EXPORT, "users.json": more}) == unpacked(EXPORT)


def test_a_large_channel_comes_in_several_files(monkeypatch):
    monkeypatch.setattr("ingest.parsing.slack_export._LARGEST", 300)
    found = unpacked(EXPORT)
    assert list(found) == ["founders-only.slack.json", "general.slack.json", "general (2).slack.json"]
    assert [list(json.loads(data)["days"]) for data in found.values()][1:] == [["2026-05-01.json"], ["2026-05-02.json"]]


# --- Telegram -------------------------------------------------------------------------------------------------------


def sent(number: int, minute: int, author: str | None, text: object, **more: object) -> dict:
    return {
        "id": number,
        "type": "message",
        "date": f"2026-05-01T{12 + minute // 60:02}:{minute % 60:02}:30",
        "date_unixtime": str(1777629600 + minute * 60),
        "from": author,
        "from_id": "user7",
        "text": text,
        "text_entities": [],
        **more,
    }


def chat(*messages: dict, **more: object) -> str:
    return dumped({"name": "Pricing 定价", "type": "private_supergroup", "id": 3, "messages": messages, **more})


def test_a_chat_of_telegram(read):
    told = chat(
        {"id": 1, "type": "service", "date": "2026-05-01T11:00:00", "actor": "Ines", "action": "create_group", "text": ""},
        sent(2, 0, "Ines", "Who sets prices?"),
        sent(3, 1, "Kim", "Lunch?"),
        sent(4, 90, "苏禾", "你。", reply_to_message_id=2),
    )  # fmt: skip
    reading = read("result.json", told)
    assert reading.texts == ["Ines: Who sets prices?\n\n苏禾: 你。", "Kim: Lunch?"]
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
        sent(2, 1, "Ines", "", file="(File not included.)", media_type="sticker", file_name="sticker.webp"),
        sent(3, 2, "Ines", "", photo="photos/photo_1.jpg"),
        sent(4, 3, "Jo", "", poll=poll),
        sent(5, 4, "Jo", "Count months.", forwarded_from="Kim"),
        sent(6, 5, None, "Who am I?"),
    )
    assert read("result.json", told).texts == [
        "Ines: [file: plan.xlsx]\n\nJo: Which price?\n10\n20\n\nJo: [forwarded from Kim] Count months.\n\nWho am I?"
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
        (("Pricing 定价", "Hiring"), "Ines: Whom first?\n\nJo: An engineer."),
        (("Pricing 定价", "Hiring"), "Jo: By the way."),
        (("Pricing 定价",), "Kim: Lunch?"),
    ]


def test_a_public_chat_links_where_its_address_is_given(read):
    reading = read("result.json", chat(sent(5, 0, "Ines", "Hello.")), meta={"url": "https://t.me/example_founders"})
    assert reading.passages[0].meta["url"] == "https://t.me/example_founders/5"


def test_a_whole_account_gives_its_groups_but_private_chats(read):
    groups = [
        {"name": "Pricing", "type": "private_group", "id": 1, "messages": [sent(1, 0, "Ines", "Count months.")]},
        {"name": "Jo", "type": "personal_chat", "id": 2, "messages": [sent(1, 0, "Jo", "Just for you.")]},
        {"type": "saved_messages", "id": 3, "messages": [sent(1, 0, "Ines", "Note to self.")]},
        {"name": "News", "type": "public_channel", "id": 4, "messages": [sent(1, 1, "News", "先算账。")]},
    ]
    account = {"about": "", "personal_information": {"phone_number": "1"}, "chats": {"about": "", "list": groups}}
    reading = read("result.json", dumped(account))
    assert [(passage.headings, passage.text) for passage in reading.passages] == [
        (("Pricing",), "Ines: Count months."),
        (("News",), "News: 先算账。"),
    ]


def test_an_account_of_private_chats_is_refused_with_a_hint(refusal):
    private = [{"name": "Jo", "type": "personal_chat", "id": 2, "messages": [sent(1, 0, "Jo", "Just for you.")]}]
    assert "export one" in refusal("result.json", dumped({"chats": {"list": private}}))


def test_a_private_chat_exported_by_itself_is_read(read):
    assert read("result.json", chat(sent(1, 0, "Jo", "Hello."), type="personal_chat")).texts == ["Jo: Hello."]


# --- which format ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        (dumped([wrote(0, "U1", "Hello.")]), "slack"),
        (dumped([wrote(0, "U1", "Hello.")], None), "slack"),
        (server(said(1, 0, "Ines", "Hello.")), "discord"),
        (chat(sent(1, 0, "Ines", "Hello.")), "telegram"),
        (dumped({"chats": {"list": [{"name": "A", "messages": [sent(1, 0, "Ines", "Hello.")]}]}}), "telegram"),
    ],
)
def test_exports_are_told_apart(text, reader):
    assert chosen("a.json", text) == reader


@pytest.mark.parametrize(
    "value",
    [
        [{"type": "message", "text": "no timestamp"}],
        [{"question": "Why?", "answer": "So."}],
        {"messages": [{"role": "user", "content": "Hello."}]},
        {"guild": {}, "channel": {}, "messages": "none"},
        {"segments": [{"start": 0, "end": 1, "text": "Hello."}]},
        {"kb": "other", "days": {}},
        [],
        {},
        7,
    ],
)
def test_other_json_is_no_chat(value):
    file = File("a.json", dumped(value).encode())
    assert [reader.fits(file) for reader in (slack, discord, telegram)] == [False, False, False]


# --- text -----------------------------------------------------------------------------------------------------------

WECHAT = """\
2026-05-01 12:34:56 苏禾
先算账。

再定价。

2026-05-01 12:35:10 Jo
好的

2026-05-01 14:35:10 Jo
[图片]

2026-05-01 14:36:10 苏禾
收到
"Jo" 撤回了一条消息
"""
COPIED = """\
苏禾 2026/5/1 12:34
先算账

Jo 2026/5/1 12:36
明天 12:30
见

苏禾 2026/5/1 下午1:40
好
"""
DAYS = """\
—————  2026-05-01  —————

苏禾 12:34
先算账

Jo 12:36
好

—————  2026-05-02  —————

苏禾 08:40
早
"""
QQ = """\
消息记录（此消息记录为文本格式，不支持重新导入）

================================================================
消息分组:我的QQ群
================================================================
消息对象:产品群
================================================================

2026-05-01 8:34:56 【管理员】苏禾(123456789)
先算账。

2026-05-01 07:00:00 是昨天的记录

2026-05-01 8:35:10 Jo: the one<jo@example.org>
好的

2026-05-01 8:36:10 系统消息(10000)
Jo加入本群。
"""
BRACKETS = """\
[2026-05-01 12:34:56] 苏禾: 先算账：一笔一笔
[2026-05-01 12:35:00] Jo: https://example.org ok
second line
"""
IPHONE = """\
\u200e[01/05/2026, 12:34:56] Founders: \u200eMessages and calls are end-to-end encrypted. No one outside can read them.
[01/05/2026, 12:34:59] Ines: hello
there
\u200e[13/05/2026, 12:34:59] Jo: \u200eimage omitted
[13/05/2026, 12:35:59] ~\u202fJo: ok
"""
ANDROID = """\
5/1/26, 1:34\u202fPM - Messages and calls are end-to-end encrypted. Tap to learn more.
5/1/26, 1:34\u202fPM - Ines joined using this group's invite link
5/1/26, 1:35\u202fPM - Ines: hello
5/2/26, 12:05\u202fAM - Jo: <Media omitted>
5/13/26, 1:40\u202fPM - Jo: yes: indeed
"""
LINE = """\
[LINE] Chat history with Ines
Saved on: 2026/05/02 10:00

2026/05/01(Fri)
12:34\tInes\t"first
second"
12:35\tJo\t[Sticker]
12:36\tJo joined the group.
12:37\tJo\tok
"""
CLOCKS = "12:34\tInes\tfirst\n12:35\tJo\tok\n13:40\tInes\tagain\n"

TEXTS = {
    "wechat": (
        WECHAT,
        [
            ("2026-05-01 12:34", "苏禾: 先算账。\n\n再定价。\n\nJo: 好的"),
            ("2026-05-01 14:36", "苏禾: 收到"),
        ],
    ),
    "copied": (
        COPIED,
        [("2026-05-01 12:34", "苏禾: 先算账\n\nJo: 明天 12:30\n见"), ("2026-05-01 13:40", "苏禾: 好")],
    ),
    "days": (DAYS, [("2026-05-01 12:34", "苏禾: 先算账\n\nJo: 好"), ("2026-05-02 08:40", "苏禾: 早")]),
    "qq": (QQ, [("2026-05-01 08:34", "苏禾: 先算账。\n\n2026-05-01 07:00:00 是昨天的记录\n\nJo: the one: 好的")]),
    "brackets": (
        BRACKETS,
        [("2026-05-01 12:34", "苏禾: 先算账：一笔一笔\n\nJo: https://example.org ok\nsecond line")],
    ),
    "iphone": (IPHONE, [("2026-05-01 12:34", "Ines: hello\nthere"), ("2026-05-13 12:35", "Jo: ok")]),
    "android": (ANDROID, [("2026-05-01 13:35", "Ines: hello"), ("2026-05-13 13:40", "Jo: yes: indeed")]),
    "line": (LINE, [("2026-05-01 12:34", "Ines: first\nsecond\n\nJo: ok")]),
    "clocks": (CLOCKS, [("12:34", "Ines: first\n\nJo: ok"), ("13:40", "Ines: again")]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_chats_as_text(read, name):
    text, expected = TEXTS[name]
    assert [(passage.anchor.at, passage.text) for passage in read("a.txt", text).passages] == expected


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("encoding", ["gb18030", "utf-16"])
def test_chats_as_text_in_other_encodings(read, name, encoding):
    text, expected = TEXTS[name]
    text = text.replace("\u202f", " ").replace("\u200e", "").replace("\n", "\r\n")
    assert [(passage.anchor.at, passage.text) for passage in read("a.txt", text.encode(encoding)).passages] == expected


def test_numbers_and_addresses_behind_names_are_left_out(read):
    reading = read("a.txt", QQ)
    kept = str(reading.passages) + str(reading.document.meta)
    assert "123456789" not in kept
    assert "example.org" not in kept
    assert reading.document.meta["speakers"] == ["苏禾", "Jo: the one"]


def test_a_qq_chat_goes_by_whom_it_is_with(read):
    reading = read("a.txt", QQ)
    assert (reading.document.title, reading.document.meta["channel"]) == ("产品群", "产品群")
    assert reading.passages[0].headings == ("产品群",)


def test_several_qq_chats_in_one_file_are_sections(read):
    text = f"{QQ}\n{'=' * 64}\n消息对象:二群\n{'=' * 64}\n\n2026-05-01 8:37:00 苏禾(123456789)\n这边也算。\n"
    assert [(passage.headings, passage.text[-5:]) for passage in read("a.txt", text).passages] == [
        (("产品群",), "e: 好的"),
        (("二群",), "这边也算。"),
    ]


def test_a_line_chat_goes_by_whom_it_is_with(read):
    assert read("a.txt", LINE).document.title == "Ines"


def test_the_text_above_a_chat_is_kept_and_may_name_it(read):
    reading = read("a.txt", f"群聊“产品群”的聊天记录\n\n{COPIED}")
    assert reading.document.title == "群聊“产品群”的聊天记录"
    assert reading.texts[0] == "群聊“产品群”的聊天记录"
    assert reading.passages[0].anchor.start == 1
    assert reading.passages[1].anchor.at == "2026-05-01 12:34"


def test_a_chat_that_all_archives_name_alike_goes_by_its_archive():
    file = File("_chat.txt", IPHONE.encode(), path="/home/WhatsApp Chat - Founders.zip/_chat.txt")
    assert chat_text.read(file).title == "WhatsApp Chat - Founders"


@pytest.mark.parametrize(
    ("dates", "first"),
    [
        (("01/05/2026", "02/05/2026"), "2026-05-01"),  # nothing tells: as most of the world has it
        (("05/31/2026", "06/01/2026"), "2026-05-31"),
        (("31.05.2026", "01.06.2026"), "2026-05-31"),
        (("03/01/2026", "01/02/2026"), "2026-01-03"),  # else time would run backwards
        (("01/02/2026", "01/03/2026", "01/04/2026", "02/01/2026"), "2026-01-02"),
        (("2026/5/1", "2026/5/2"), "2026-05-01"),
        (("1/5/26", "2/5/26"), "2026-05-01"),
    ],
)
def test_days_are_read_as_the_whole_file_suggests(read, dates, first):
    text = "".join(f"{date}, 12:34 - {'Ines' if n % 2 else 'Jo'}: hello\n" for n, date in enumerate(dates))
    assert read("a.txt", text).passages[0].anchor.at == f"{first} 12:34"


@pytest.mark.parametrize(
    ("clock", "at"),
    [
        ("上午9:05", "09:05"),
        ("下午1:05", "13:05"),
        ("凌晨12:05", "00:05"),
        ("中午12:05", "12:05"),
        ("1:05 pm", "13:05"),
        ("12:05 AM", "00:05"),
        ("23:05:59", "23:05"),
        ("1:05 p. m.", "13:05"),
    ],
)
def test_halves_of_the_day(read, clock, at):
    text = f"[2026/5/1 {clock}] Ines: hello\n[2026/5/1 {clock}] Jo: hi\n"
    assert read("a.txt", text).passages[0].anchor.at == f"2026-05-01 {at}"


def test_a_name_may_begin_with_a_digit_but_is_no_date(read):
    text = "8号 2026/5/1 12:34\n先算账\n\n5月1日 12:36\n见\n\n2026-05-02 12:36\n也见\n\n8号 2026/5/1 12:37\n好\n"
    assert read("a.txt", text).texts == ["8号: 先算账\n\n5月1日 12:36\n见\n\n2026-05-02 12:36\n也见\n\n8号: 好"]


def test_a_day_that_does_not_exist_costs_no_message(read):
    text = "[2026-02-31 12:34:56] Ines: hello\n[2026-03-01 12:34:56] Jo: hi\n"
    assert read("a.txt", text).passages[0].text == "Ines: hello\n\nJo: hi"


@pytest.mark.parametrize(
    "line",
    [
        "今天 12:34 我加入了群聊，大家好",
        "我撤回了一条消息吗？",
        "he said: this message was deleted, why",
        "[图片] 见上",
        "the image omitted a step",
        "我昨天加入了群聊\n大家好",
    ],
)
def test_what_people_say_is_not_mistaken_for_notices(read, line):
    text = f"2026-05-01 12:34:56 苏禾\n{line}\n\n2026-05-01 12:35:10 Jo\n好的\n"
    assert read("a.txt", text).texts == [f"苏禾: {line}\n\nJo: 好的"]


@pytest.mark.parametrize(
    "text",
    [
        "说话人 1 00:01:23\n你好\n\n说话人 2 00:01:30\n好\n",
        "Ines 00:01:23\nHello.\n\nJo 00:01:30\nHi.\n",
        "00:02:12\tInes:\thello\n00:02:15\tJo:\thi\n",
        "09:50:39 From Ines to Everyone:\n\thello\n09:51:00 From Jo to Everyone:\n\thi\n",
        "2026-05-01 12:34:56 started\n2026-05-01 12:34:57 ready\n",
        "2026-05-01 12:34:56 INFO starting\n2026-05-01 12:34:57 INFO ready\n",
        "2026-05-01 12:34:56 ERROR failed\n  at line 3\n2026-05-01 12:34:57 ERROR failed\n  at line 4\n",
        "[2026-05-01 12:34:56] ERROR: failed\n[2026-05-01 12:34:57] INFO: ready\n",
        "[2026-05-01 12:34:56] app.ERROR: failed\n[2026-05-01 12:34:57] app.INFO: ready\n",
        "Q: What is runway?\nA: Months of cash.\n\nQ: Why?\nA: To live.\n",
        "Count months.\n\nMeet at 12:34\nor at 13:30\n",
        "Updated 2026-05-01 12:34\nCount months.\n\nPublished 2026-05-01 12:35\nThen weeks.\n",
        "\n".join(f"2026-05-{n:02} 12:34 went to {n} meetings\nand then home\n" for n in range(1, 20)),
        "A text.\n\nOf some\n\nlength, where much\n\nstands above\n\n苏禾 2026/5/1 12:34\n先算账\n\nJo 2026/5/1 12:36\n好\n",
        "12:34\tMilan\n12:50\tRome\n13:10\tNaples\n",
        "苏禾 2026/5/1 12:34\n只有一条\n",
    ],
    ids=lambda text: text[:24],
)
def test_other_texts_are_no_chats(text):
    assert not chat_text.fits(File("a.txt", text.encode()))


def test_real_texts_are_no_chats(shared):
    texts = [*(shared / "transcripts").rglob("*.txt"), *(shared / "nasty").rglob("*.txt")]
    assert len(texts) > 20
    assert [
        path.name for path in texts if path.stat().st_size and chat_text.fits(File(path.name, path=str(path)))
    ] == []


@pytest.mark.parametrize(
    ("head", "dates"),
    [
        ("[LINE] 創業同學會的聊天記錄\n儲存日期：2025/05/20 21:00", ("2025/05/14（三）", "2025/05/15（四）")),
        ("[LINE] Chat history with Founders\nSaved on: 05/20/2025 21:00", ("Wed, 05/14/2025", "Thu, 05/15/2025")),
    ],
)
def test_a_short_line_export(read, head, dates):
    text = f"{head}\n\n{dates[0]}\n09:12\t阿宏\t誰有會計師？\n09:15\tInes\tI have one.\n\n{dates[1]}\n10:00\t阿宏\t謝謝！\n"
    reading = read("line.txt", text)
    assert reading.document.kind == "transcript"
    assert reading.document.meta["date"] == "2025-05-14"
    assert [passage.anchor.at for passage in reading.passages] == ["2025-05-14 09:12", "2025-05-15 10:00"]
    assert reading.texts[0] == "阿宏: 誰有會計師？\n\nInes: I have one."


def test_telephone_numbers_in_place_of_names_are_cut_short(read):
    text = (
        "1/15/25, 9:15 PM - Rosa: Which bank?\n1/15/25, 9:17 PM - Karl Heinz: Banco Azul\n"
        "1/16/25, 8:01 AM - +49 170 1234567: thanks!\n"
    )
    reading = read("chat.txt", text)
    assert reading.document.kind == "transcript"
    assert reading.document.meta["speakers"] == ["Rosa", "Karl Heinz", "…567"]
    assert "1234567" not in "".join(reading.texts)
