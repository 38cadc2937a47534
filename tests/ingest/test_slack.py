"""Slack: days of a channel, and whole exports."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from chats_made import dumped, wrote

from ingest.parsing.slack_export import canvases, channels, is_export

# --- Slack ----------------------------------------------------------------------------------------


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
        "Ines Valcourt: Who sets prices?",
        "苏禾: You do.\n\nInes Valcourt: Thanks.",
        "苏禾: Lunch?",
    ]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("ask <@U2> or <@U9>", "ask @苏禾 or @U9"),
        ("ask <@U9|kim>", "ask @kim"),
        ("see <#C1|general> and <#C2>", "see #general and #C2"),
        (
            "<https://example.org/a?b=1&amp;c=2|the guide>",
            "the guide (https://example.org/a?b=1&c=2)",
        ),
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
    assert (
        day(wrote(0, "U1", text), wrote(7200, "U2", "Yes.")).texts[0] == f"Ines Valcourt: {shown}"
    )


@pytest.mark.parametrize(
    "kind",
    ["channel_join", "channel_leave", "pinned_item", "channel_topic", "tombstone", "bot_add"],
)
def test_what_slack_tells_of_the_channel_is_left_out(day, kind):
    assert day(
        wrote(0, "U1", "Count months."), wrote(1, "U2", "<@U2> has joined", subtype=kind)
    ).texts == ["Ines Valcourt: Count months."]


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
            {
                "type": "rich_text_section",
                "elements": [{"type": "link", "url": "https://example.org", "text": "here"}],
            },
        ],
    }
    section = {
        "type": "section",
        "text": {"type": "mrkdwn", "text": "Report"},
        "fields": [{"text": "7 days"}],
    }
    reading = day(
        {"type": "message", "subtype": "bot_message", "username": "Robot", "ts": "1777636800.0", "text": "", "attachments": [card]},
        {"type": "message", "user": "B7", "bot_profile": {"name": "Digest"}, "ts": "1777636801.0", "text": "", "blocks": [rich, section]},
        wrote(3, "U2", "Fine.", attachments=[card]),
    )  # fmt: skip
    assert reading.texts == [
        "Robot: New signup\nAcme\nPlan: team\nSeats: 12\n\n"
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
    known = (
        day(message, meta={"url": "https://example.slack.com/archives/C1"}).passages[0].meta["url"]
    )
    assert known == "https://example.slack.com/archives/C1/p1777636800000000"


def test_a_broken_timestamp_costs_no_message(day):
    messages = [wrote(0, "U1", "Count months."), {**wrote(1, "U2", "先算账。"), "ts": "soon"}]
    (passage,) = day(*messages).passages
    assert "先算账。" in passage.text


@pytest.mark.parametrize("name", ["D024BE91L", "mpdm-ines--jo-1"])
def test_direct_messages_of_slack_are_refused(folder, refusal, name):
    (folder / name).mkdir()
    assert "private" in refusal(
        f"{name}/2026-05-01.json", dumped([wrote(0, "U1", "Just for you.")])
    )


# --- a whole export of Slack ----------------------------------------------------------------------


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
    assert first.meta["thread"] == second.meta["thread"]
    assert second.context == "Who sets prices?"
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
    passage = read("general.slack.json", data, meta={"url": "https://example.slack.com/"}).passages[
        0
    ]
    assert passage.meta["url"] == "https://example.slack.com/archives/C1/p1777636800000000"


def test_damaged_days_cost_no_others(read):
    damaged = {
        **EXPORT,
        "general/2026-05-02.json": b"[{",
        "general/2026-05-03.json": b"\0\1\2",
        "users.json": b"{",
    }
    reading = read("general.slack.json", unpacked(damaged)["general.slack.json"])
    assert reading.texts == ["U1: Who sets prices?", "U3: See #空的 and #general"]


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
    assert list(found) == [
        "founders-only.slack.json",
        "general.slack.json",
        "general (2).slack.json",
    ]
    assert [list(json.loads(data)["days"]) for data in found.values()][1:] == [
        ["2026-05-01.json"],
        ["2026-05-02.json"],
    ]


# --- canvases of an export ------------------------------------------------------------------------


def canvas(*blocks: str) -> bytes:
    """A canvas as Slack gives it: one line, whose blocks carry ids."""
    inner = "".join(block.replace(">", ' id="temp:C:EXA1">', 1) for block in blocks)
    return f'<div class="quip-canvas-content">{inner}</div>'.encode()


DESKS = canvas(
    "<h1>Desk handbook</h1>",
    '<p class="line">The deposit is 500 euros. Ask <a>@U1</a>.</p>',
    "<h2>场地</h2>",
    '<p class="line">两个工位要<b>提前</b>三天约。</p>',
    "<ul><li><lnk href='https://example.org/map'>Map of the hall</lnk></li></ul>",
    "<p class='embedded-file'>File ID: sf:F0BE9MEESC8, File URL: https://x.slack.com/files/U0/F0/fees.csv</p>",
)
SHARED = {
    "id": "F0CANVAS1", "name": "Desk_handbook", "title": "Rooms and desks", "filetype": "quip",
    "mode": "quip", "user": "U2", "created": 1777636800, "permalink": "https://x.slack.com/docs/1",
}  # fmt: skip
USERS = [{"id": "U1234567", "profile": {"real_name": "Ines Valcourt"}}, *EXPORT["users.json"]]


def canvases_of(files: dict[str, object]) -> dict[str, bytes]:
    archive = packed({**EXPORT, "users.json": USERS, **files})
    return dict(canvases(archive.namelist(), archive.read))


@pytest.mark.parametrize("path", ["__uploads/F0CANVAS1/Desk_handbook", "files/F0CANVAS1-Desk.html"])
def test_a_canvas_that_was_shared_in_a_channel_is_a_document(read, path):
    shared = {"general/2026-05-03.json": [wrote(0, "U2", "Here:", files=[SHARED])]}
    mentioning = DESKS.replace(b"@U1", b"@U1234567")
    ((name, page),) = canvases_of({path: mentioning, **shared}).items()
    assert name == f"{path.removesuffix('.html')}.html"
    reading = read("Desk_handbook.html", page)
    assert reading.document.title == "Rooms and desks"
    assert reading.document.meta == {
        "author": "苏禾",
        "date": "2026-05-01",
        "url": "https://x.slack.com/docs/1",
    }
    assert [(p.text, p.headings, p.anchor.label) for p in reading.passages] == [
        ("The deposit is 500 euros. Ask @Ines Valcourt.", ("Desk handbook",), "L3"),
        (
            "两个工位要提前三天约。\n\nMap of the hall\n\n[file: fees.csv]",
            ("Desk handbook", "场地"),
            "L5–7",
        ),
    ]


@pytest.mark.parametrize(
    "about",
    [
        {"channels.json": [{"id": "C1", "name": "general", "properties": {"canvas": {"file_id": "F0CANVAS1"}}}]},
        {"canvases.json": [{"id": "F0CANVAS1", "title": "Desk handbook", "channels": ["C1"]}]},
    ],
    ids=["of a channel", "listed"],
)  # fmt: skip
def test_a_canvas_of_a_channel_is_read(read, about):
    ((name, page),) = canvases_of({"__uploads/F0CANVAS1/Desks": DESKS, **about}).items()
    assert (name, read("Desks.html", page).document.title) == (
        "__uploads/F0CANVAS1/Desks.html",
        "Desk handbook",
    )


@pytest.mark.parametrize(
    "files",
    [
        {"D024BE91L/2026-05-03.json": [wrote(0, "U1", "For you", files=[SHARED])]},
        {"canvases.json": [{"id": "F0CANVAS1", "ims": ["D024BE91L"]}]},
        {},
    ],
    ids=["shared in a direct message", "of a direct message", "nobody's"],
)
def test_a_canvas_that_no_channel_has_stays_private(files):
    assert canvases_of({"__uploads/F0CANVAS1/Desks": DESKS, **files}) == {}


def test_other_files_of_an_export_are_no_canvases():
    shared = {"general/2026-05-03.json": [wrote(0, "U2", "Here:", files=[SHARED])]}
    assert canvases_of({"__uploads/F0CANVAS1/Desks": b"<p>A page</p>", **shared}) == {}
