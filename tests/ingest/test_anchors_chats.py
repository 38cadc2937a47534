"""Every passage of a chat is findable at its anchor: the export is reopened here without any of our
readers.
"""

from __future__ import annotations

import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from ingest.parsing.slack_export import channels

COUNT = 700
SAMPLE = 200
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
AUTHORS = ("Ines", "Jo Lind", "苏禾", "Kim")
_WORDS = "founder customer price runway month cash equity vesting churn pilot invoice market interview hire".split()
_HAN = "先算账再定价客户能省多少钱问清楚别急着降股权怎么分配创始人要签协议第一批用户从哪里来每周复盘现金流还能撑几个月"

sizes = pytest.mark.parametrize("chars", [40, 900])


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


class Line:
    """A message as it was sent: who, when, what, and the number of the one it answers."""

    def __init__(self, number: int, pick: random.Random, at: datetime) -> None:
        self.number, self.at = number, at
        self.author = pick.choice(AUTHORS)
        latin = f"Point {number}: the {' '.join(pick.choices(_WORDS, k=pick.choice([3, 9, 30])))}?"
        han = f"第{number}条，{''.join(pick.choices(_HAN, k=pick.choice([5, 20, 70])))}。"
        self.text = "\n".join(pick.choice([[latin], [han], [latin, han], [latin, "", han]]))
        self.answers = (
            pick.randrange(max(0, number - 40), number) if number and pick.random() < 0.3 else None
        )


def talk() -> list[Line]:
    pick = random.Random(11)
    at = NOON
    lines = []
    for number in range(COUNT):
        at += timedelta(minutes=pick.choice([1, 2, 5, 29, 45]))
        lines.append(Line(number, pick, at))
    return lines


TALK = talk()


def ts(line: Line) -> str:
    return f"{line.at.timestamp():.6f}"


def root(line: Line) -> Line:
    return line if line.answers is None else root(TALK[line.answers])


def slack(lines: list[Line]) -> list[dict]:
    return [
        {
            "user": f"U{AUTHORS.index(line.author)}",
            "type": "message",
            "ts": ts(line),
            "text": line.text,
            "user_profile": {"real_name": line.author},
            "blocks": [{"type": "divider"}],
            **({"thread_ts": ts(root(line))} if line.answers is not None else {}),
        }
        for line in lines
    ]


def discord(lines: list[Line]) -> dict:
    return {
        "guild": {"id": "111", "name": "Founders"},
        "channel": {"id": "222", "name": "general"},
        "messages": [
            {
                "id": str(line.number),
                "type": "Default" if line.answers is None else "Reply",
                "timestamp": line.at.isoformat(),
                "content": line.text,
                "author": {"name": "x", "nickname": line.author},
                **(
                    {"reference": {"messageId": str(line.answers)}}
                    if line.answers is not None
                    else {}
                ),
            }
            for line in lines
        ],
        "messageCount": len(lines),
    }


def telegram(lines: list[Line]) -> dict:
    return {
        "name": "Founders",
        "type": "public_supergroup",
        "id": 7,
        "messages": [
            {
                "id": line.number,
                "type": "message",
                "date": line.at.isoformat()[:19],
                "from": line.author,
                "text": [line.text[:5], {"type": "bold", "text": line.text[5:]}],
                **({"reply_to_message_id": line.answers} if line.answers is not None else {}),
            }
            for line in lines
        ],
    }


def account(lines: list[Line]) -> dict:
    half = len(lines) // 2
    chats = [{**telegram(lines[:half]), "name": "One"}, {**telegram(lines[half:]), "name": "Two"}]
    return {
        "about": "so much",
        "contacts": {"list": [{"a": 1}]},
        "chats": {"about": "x", "list": chats},
    }


def indented(value: object) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)


def escaped(value: object) -> str:
    return json.dumps(value, indent="\t")


def one_a_line(value: object) -> str:
    items = value if isinstance(value, list) else value["messages"]
    listed = "[\n" + ",\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "\n]"
    if isinstance(value, list):
        return listed
    rest = {key: each for key, each in value.items() if key != "messages"}
    return json.dumps(rest, ensure_ascii=False)[:-1] + f', "messages":\n{listed}}}'


def minified(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# --- the independent check ------------------------------------------------------------------------


def strings(value: object) -> Iterator[str]:
    """All strings in a JSON value, in order, but what kind of thing it is."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from strings(each) if key != "type" else ()
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def parts(passage) -> Iterator[tuple[str, list[int]]]:
    """Each part of a passage with its own lines."""
    marks = [*passage.places, (len(passage.text), 0, 0)]
    assert marks[0][0] == 0
    for (start, first, last), (end, *_) in pairwise(marks):
        assert start < end
        assert passage.anchor.start <= first <= last <= passage.anchor.end
        yield passage.text[start:end].strip(), [int(first), int(last)]
    assert passage.anchor.start == min(first for _, first, _ in passage.places)
    assert passage.anchor.end == max(last for _, _, last in passage.places)


def authored(part: str) -> tuple[str, str]:
    """(author, words) of a part; no author where it goes on with a message."""
    author = next((name for name in AUTHORS if part.startswith(f"{name}: ")), "")
    return author, part.removeprefix(f"{author}: ")


def sampled(passages: list) -> list:
    assert len(passages) >= SAMPLE
    return random.Random(3).sample(passages, SAMPLE)


def assert_in_objects(lines: list[str], passage, clock: Callable[[dict], str]) -> None:
    """Each part of the passage is in the one message that its lines hold; the anchor's time is that
    of the first.
    """
    times = []
    for part, (first, last) in parts(passage):
        author, words = authored(part)
        message = json.loads("\n".join(lines[first - 1 : last]).strip().rstrip(","))
        told = list(strings(message))
        assert letters(words) in letters("".join(told))
        assert not author or author in told
        times.append(clock(message))
    assert passage.anchor.at == times[0]


def assert_complete(passages: list, lines: list[Line]) -> None:
    """All that was said is there, once."""
    found = letters("".join(passage.text for passage in passages))
    assert [line.number for line in lines if found.count(letters(line.text)) != 1] == []


CLOCKS = {
    "slack": lambda message: datetime.fromtimestamp(float(message["ts"]), UTC).strftime(
        "%Y-%m-%d %H:%M"
    ),
    "discord": lambda message: message["timestamp"].replace("T", " ")[:16],
    "telegram": lambda message: message["date"].replace("T", " ")[:16],
}
MADE = {
    "slack": ("general/2026-05-01.json", slack),
    "discord": ("discord.json", discord),
    "telegram": ("result.json", telegram),
}


@pytest.mark.parametrize(
    ("layout", "chars"),
    [
        (indented, 40),
        (escaped, 900),
        (one_a_line, 40),
        pytest.param(indented, 900, marks=pytest.mark.slow),
        pytest.param(escaped, 40, marks=pytest.mark.slow),
        pytest.param(one_a_line, 900, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("name", MADE)
def test_messages_stand_in_their_lines(folder, write, read_file, name, layout, chars):
    (folder / "general").mkdir()
    file, make = MADE[name]
    path = write(file, layout(make(TALK)))
    lines = path.read_text("utf-8").split("\n")
    passages = read_file(path, chars=chars).passages
    for passage in sampled(passages):
        assert_in_objects(lines, passage, CLOCKS[name])
    if chars == 900:
        assert_complete(passages, TALK)


@pytest.mark.parametrize("layout", [indented, escaped])
def test_messages_of_an_account_stand_in_their_lines(write, read_file, layout):
    path = write("result.json", layout(account(TALK)))
    lines = path.read_text("utf-8").split("\n")
    passages = read_file(path, chars=40).passages
    for passage in sampled(passages):
        assert_in_objects(lines, passage, CLOCKS["telegram"])


@pytest.mark.parametrize("name", MADE)
def test_messages_of_minified_exports_stand_in_the_one_line(folder, write, read_file, name):
    (folder / "general").mkdir()
    file, make = MADE[name]
    passages = read_file(write(file, minified(make(TALK)))).passages
    assert {(passage.anchor.start, passage.anchor.end) for passage in passages} == {(1, 1)}
    assert_complete(passages, TALK)


@pytest.mark.parametrize("name", MADE)
def test_threads_hold_what_belongs_together(folder, write, read_file, name):
    (folder / "general").mkdir()
    file, make = MADE[name]
    begun: dict[int, str] = {}
    for passage in read_file(write(file, indented(make(TALK)))).passages:
        for latin, han in re.findall(r"Point (\d+):|第(\d+)条", passage.text):
            begun[int(latin or han)] = passage.meta.get("thread")
    answers = [line for line in TALK if line.answers is not None]
    assert len(answers) > 100
    for line in answers:
        assert begun[line.number] == begun[root(line).number] == root(line).at.isoformat()[:16]


@sizes
def test_messages_of_a_slack_export_stand_in_the_lines_of_their_day(
    tmp_path, write, read_file, chars
):
    days: dict[str, list[Line]] = {}
    for line in TALK:
        days.setdefault(f"export/general/{line.at:%Y-%m-%d}.json", []).append(line)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.writestr("export/users.json", "[]")
        archive.writestr("export/channels.json", json.dumps([{"id": "C1", "name": "general"}]))
        for name, lines in days.items():
            archive.writestr(name, indented(slack(lines)).replace("\n", "\r\n"))
    archive = zipfile.ZipFile(tmp_path / "export.zip")
    ((name, data),) = channels(archive.namelist(), archive.read)
    passages = read_file(write(name, data), chars=chars).passages
    assert len({passage.anchor.part for passage in passages}) == len(days) > 3
    for passage in sampled(passages):
        lines = archive.read(f"export/{passage.anchor.part}").decode().split("\r\n")
        assert_in_objects(lines, passage, CLOCKS["slack"])
    if chars == 900:
        assert_complete(passages, TALK)


# --- text -----------------------------------------------------------------------------------------


def day_by_day(form: Callable[[Line], str], head: Callable[[datetime], str]) -> str:
    pieces: list[str] = []
    for number, line in enumerate(TALK):
        if not number or TALK[number - 1].at.date() != line.at.date():
            pieces.append(head(line.at))
        pieces.append(form(line))
    return "".join(pieces)


def lined(line: Line) -> str:
    text = f'"{line.text}"' if "\n" in line.text else line.text
    return f"{line.at:%H:%M}\t{line.author}\t{text}\n"


FORMS = {
    "wechat": "".join(
        f"{line.at:%Y-%m-%d %H:%M:%S} {line.author}\n{line.text}\n\n" for line in TALK
    ),
    "qq": f"消息记录（此消息记录为文本格式，不支持重新导入）\n\n{'=' * 64}\n消息对象:产品群\n{'=' * 64}\n\n"
    + "".join(
        f"{line.at:%Y-%m-%d %H:%M:%S} {line.author}(12345678)\n{line.text}\n\n" for line in TALK
    ),
    "copied": "".join(f"{line.author} {line.at:%Y/%m/%d %H:%M}\n{line.text}\n" for line in TALK),
    "days": day_by_day(
        lambda line: f"{line.author} {line.at:%H:%M}\n{line.text}\n\n",
        lambda at: f"—————  {at:%Y-%m-%d}  —————\n\n",
    ),
    "brackets": "".join(
        f"[{line.at:%d/%m/%Y, %H:%M:%S}] {line.author}: {line.text}\n" for line in TALK
    ),
    "dash": "".join(
        f"{line.at:%m/%d/%y, %I:%M %p} - {line.author}: {line.text}\n" for line in TALK
    ),
    "line": day_by_day(lined, lambda at: f"\n{at:%Y/%m/%d(%a)}\n"),
}


def assert_in_text(lines: list[str], passage) -> None:
    """Each line of each part is in its lines, the author in the first of them, with the anchor's
    time for the first.
    """
    for number, (part, (first, last)) in enumerate(parts(passage)):
        author, words = authored(part)
        its_own = lines[first - 1 : last]
        assert last - first <= 1
        assert any(words.strip('"') in line for line in its_own), part
        assert not author or author in its_own[0]
        if author and not number:
            hour = int(passage.anchor.at[11:13])
            assert (
                f"{hour:02}:{passage.anchor.at[14:]}" in its_own[0]
                or f"{hour % 12 or 12:02}:" in its_own[0]
            )
            assert passage.anchor.at in {f"{line.at:%Y-%m-%d %H:%M}" for line in TALK}


@pytest.mark.parametrize(
    ("ends", "chars"),
    [
        ("\n", 40),
        ("\r\n", 900),
        pytest.param("\r\n", 40, marks=pytest.mark.slow),
        pytest.param("\n", 900, marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_messages_of_text_stand_in_their_lines(write, read_file, form, ends, chars):
    path = write("chat.txt", FORMS[form].replace("\n", ends))
    lines = path.read_bytes().decode().replace("\r\n", "\n").split("\n")
    passages = read_file(path, chars=chars).passages
    for passage in random.Random(3).sample(passages, min(len(passages), SAMPLE)):
        assert_in_text(lines, passage)
    assert len(passages) >= (SAMPLE if chars == 40 else 50)
    if chars == 900:
        assert_complete(passages, TALK)
        assert {passage.meta["time"][:10] for passage in passages} <= {
            f"{line.at:%Y-%m-%d}" for line in TALK
        }
