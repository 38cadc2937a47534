"""What is said stands at its second, or in its lines: transcripts are reopened here without any of
our readers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import yaml

SAMPLE = 200

sizes = pytest.mark.parametrize("chars", [40, 900])


@dataclass(frozen=True)
class Said:
    """What a source says: who, from when to when (in seconds), and the words, also as one line."""

    start: float
    end: float
    speaker: str | None
    words: str


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def parts(passage) -> Iterator[tuple[str, float, float]]:
    """The parts of a passage, each with its own place."""
    marks = passage.places
    for number, (offset, start, end) in enumerate(marks):
        yield (
            passage.text[
                offset : marks[number + 1][0] if number + 1 < len(marks) else None
            ].strip(),
            start,
            end,
        )


def sampled(passages: list) -> list:
    return passages[:: -(-len(passages) // SAMPLE)]


def assert_said(reading, said: list[Said], ends: bool = True) -> None:
    """Each part of each passage is said at its second by its speaker, and everything that is said
    is in a passage.
    """
    at: dict[tuple[float, str | None], list[Said]] = {}
    for each in said:
        at.setdefault((round(each.start, 3), each.speaker), []).append(each)
    for passage in sampled(reading.passages):
        assert passage.anchor.type == "time"
        assert passage.anchor.start == min(start for _, start, _ in passage.places)
        assert passage.anchor.end == max(end for _, _, end in passage.places)
        assert passage.places[0][0] == 0
        for (part, start, end), (offset, _, _) in zip(parts(passage), passage.places, strict=True):
            assert part
            there = at.get((round(start, 3), passage.speaker_at(offset)), [])
            assert any(
                part in each.words and (not ends or round(each.end, 3) == end) for each in there
            ), (start, part)
    ordered = sorted(said, key=lambda each: each.start)
    assert letters("".join(passage.text for passage in reading.passages)) == letters(
        "".join(s.words for s in ordered)
    )


def assert_in_lines(reading, lines: list[str]) -> None:
    """Each part of each passage stands in the line of its place, and the passage in its lines."""
    for passage in sampled(reading.passages):
        anchor = passage.anchor
        assert anchor.type == "lines"
        assert passage.text in "\n".join(lines[int(anchor.start) - 1 : int(anchor.end)])
        assert (anchor.start, anchor.end) == (passage.places[0][1], passage.places[-1][2])
        for part, start, end in parts(passage):
            assert start == end
            assert part in lines[int(start) - 1]


# --- a long talk of our own, in two languages -----------------------------------------------------

WORDS = "count the months and then the weeks before anybody asks how much cash is left".split()
HAN = "先算账再定价客户能省多少钱问清楚以后再谈别急着降价"


def talk(turns: int = 300) -> list[Said]:
    """Turns of two or three sentences by four people, no two alike."""
    said = []
    for n in range(turns):
        english = " ".join(WORDS[(n * 7 + k) % len(WORDS)] for k in range(5 + n % 9))
        chinese = "".join(HAN[(n * 5 + k) % len(HAN)] for k in range(6 + n % 11))
        words = (
            f"Point {n}: {english}. {chinese}，{n}。"
            if n % 3
            else f"{chinese}第{n}点。So {english}."
        )
        speaker = ("Ines Example", "苏禾", "Jo", "陆 Ming")[n * 7 % 4]
        said.append(Said(n * 13 + (n % 4) / 4, n * 13 + 12.5, speaker, words))
    return said


def clock(seconds: float, point: str = ".") -> str:
    milliseconds = round(seconds * 1000)
    hours, rest = divmod(milliseconds, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def short(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return (
        f"{minutes // 60}:{minutes % 60:02}:{rest:02}" if minutes >= 60 else f"{minutes}:{rest:02}"
    )


def until_next(said: list[Said]) -> list[Said]:
    """The same where the source has whole seconds and no ends: each lasts until the next."""
    starts = [float(int(each.start)) for each in said]
    return [
        Said(start, end, each.speaker, each.words)
        for start, end, each in zip(starts, [*starts[1:], starts[-1]], said, strict=True)
    ]


SUBTITLES = {
    "a.vtt": lambda s: (
        f"{clock(s.start)} --> {clock(s.end)} align:start\n<v {s.speaker}>{s.words}</v>\n\n"
    ),
    "b.vtt": lambda s: f"{clock(s.start)} --> {clock(s.end)}\n{s.speaker}: {s.words}\n\n",
    "a.srt": lambda s: (
        f"{int(s.start)}\n{clock(s.start, ',')} --> {clock(s.end, ',')}\n<b>{s.speaker}</b>：{s.words}\n\n"
    ),
    "a.sbv": lambda s: f"{clock(s.start)[1:]},{clock(s.end)[1:]}\n{s.speaker}: {s.words}\n\n",
}


@sizes
@pytest.mark.parametrize("name", SUBTITLES)
def test_subtitles(read, name, chars):
    said = talk()
    text = ("WEBVTT\n\n" if name.endswith(".vtt") else "") + "".join(map(SUBTITLES[name], said))
    reading = read(name, text, chars=chars)
    assert len(reading.passages) >= SAMPLE
    assert_said(reading, said)


@sizes
def test_subtitles_out_of_order(read, chars):
    said = talk()
    text = "WEBVTT\n\n" + "".join(map(SUBTITLES["a.vtt"], reversed(said)))
    assert_said(read("a.vtt", text, chars=chars), said)


@sizes
def test_captions_that_roll(read, chars):
    said = [Said(each.start, each.end, None, each.words) for each in talk()]
    cues, shown = [], ""
    for each in said:
        timed = each.words.replace(" ", f"<{clock(each.start + 0.1)}><c> ", 1) + "</c>"
        cues.append(
            f"{clock(each.start)} --> {clock(each.end)} align:start position:0%\n{shown or ' '}\n{timed}\n\n"
        )
        cues.append(
            f"{clock(each.end)} --> {clock(each.end + 0.01)} align:start position:0%\n{each.words}\n \n\n"
        )
        shown = each.words
    assert_said(read("a.vtt", f"WEBVTT\nKind: captions\n\n{''.join(cues)}", chars=chars), said)


@pytest.mark.parametrize("number", ["01", "02", "03", "04"])
def test_real_webvtt(shared, read_file, number):
    path = shared / "nasty/docling/webvtt/sources" / f"webvtt_example_{number}.vtt"
    said = []
    for chunk in path.read_text("utf-8").split("\n\n"):
        lines = chunk.strip().split("\n")
        timing = next((n for n, line in enumerate(lines) if "-->" in line), None)
        if timing is None:
            continue
        start, end = (of_clock(side.split()[0]) for side in lines[timing].split("-->"))
        for piece in re.split(r"(?=<v)|</v>", "\n".join(lines[timing + 1 :])):
            voice = re.match(r"<v[\w.]* ([^>]+)>", piece)
            words = re.sub(r"<[^>]*>", "", piece)
            if words.strip():
                said.append(Said(start, end, voice and voice[1], words))
    assert said
    assert_said(read_file(path), said)


def of_clock(text: str) -> float:
    seconds = 0.0
    for part in text.replace(",", ".").split(":"):
        seconds = seconds * 60 + float(part)
    return round(seconds, 3)


# --- Whisper --------------------------------------------------------------------------------------


def test_real_whisper(shared, read_file):
    paths = sorted((shared / "transcripts/whisper").rglob("*.json"))
    assert len(paths) > 10
    for path in paths:
        segments = json.loads(path.read_text("utf-8"))["segments"]
        assert_said(
            read_file(path, chars=40),
            [Said(s["start"], s["end"], None, s["text"].strip()) for s in segments],
        )


@sizes
def test_whisper_with_a_speaker_to_each_word(read, chars):
    """Segments of three turns each: their words tell who says what, and from when."""
    said, segments = talk(), []
    for n in range(0, len(said), 3):
        group = said[n : n + 3]
        words = [
            {
                "word": f" {word}",
                "start": each.start + 0.1 * k,
                "end": each.start + 0.1 * k + 0.05,
                "speaker": each.speaker,
            }
            for each in group
            for k, word in enumerate(each.words.split())
        ]
        text = " " + " ".join(each.words for each in group)
        segments.append(
            {"start": group[0].start, "end": group[-1].end, "text": text, "words": words}
        )
    reading = read("a.json", json.dumps({"segments": segments, "language": "en"}), chars=chars)
    assert len(reading.passages) >= SAMPLE
    assert_said(reading, said, ends=False)


@sizes
def test_whisper_cpp(read, chars):
    said = [Said(each.start, each.end, None, each.words) for each in talk()]
    items = [
        {
            "timestamps": {"from": clock(each.start, ","), "to": clock(each.end, ",")},
            "offsets": {"from": round(each.start * 1000), "to": round(each.end * 1000)},
            "text": f" {each.words}",
        }
        for each in said
    ]
    assert_said(
        read(
            "a.json",
            json.dumps({"transcription": items, "result": {"language": "zh"}}),
            chars=chars,
        ),
        said,
    )


# --- Zoom chats -----------------------------------------------------------------------------------

REACTION = re.compile(r'Reacted to .* with \S+$|Heeft gereageerd op "|Removed a ', re.S)


def test_real_zoom_chats(shared, read_file):
    paths = sorted((shared / "transcripts/forkcast_zoom").rglob("chat.txt"))
    assert len(paths) > 15
    for path in paths[:: 1 if len(paths) < 20 else 2]:
        said = []
        for record in (
            path.read_bytes().decode().split("\r\n")
        ):  # within a message, lines end without the \r
            if record:
                time, speaker, text = record.split("\t", 2)
                if not REACTION.match(text):
                    text = re.sub(
                        r'\A(?:Replying to|Antwoord verzenden naar) ".*?" ?\n',
                        "",
                        text,
                        count=1,
                        flags=re.S,
                    )
                    said.append(
                        Said(
                            of_clock(time),
                            0,
                            speaker.removesuffix(":").strip(),
                            re.sub(r"\s*\n\s*", "\n", text.strip()),
                        )
                    )
        assert_said(read_file(path, chars=40), said, ends=False)


@sizes
def test_saved_zoom_chats(read, chars):
    said = talk()
    text = ""
    for n, each in enumerate(said):
        first, rest = each.words.split(" ", 1)
        text += f"2026-05-01 {clock(each.start + 36000)[:8]} From {each.speaker} to Everyone:\r\n\t{first}\r\n\t{rest}\r\n"
        text += f"2026-05-01 {clock(each.start + 36000)[:8]} From Jo to Ines (Direct Message):\r\n\tsecret {n}\r\n"
    reading = read("meeting_saved_chat.txt", text, chars=chars)
    lines = text.replace("\r\n", "\n").split("\n")
    assert len(reading.passages) >= SAMPLE
    for passage in sampled(reading.passages):
        head = next(n for n in range(int(passage.anchor.start) - 1, -1, -1) if " From " in lines[n])
        assert lines[head].startswith(f"{passage.anchor.at}:")
        assert f" From {passage.anchor.speaker} to Everyone:" in lines[head]
        for part, start, end in parts(passage):
            assert start == end
            assert part in lines[int(start) - 1]
    assert letters("".join(reading.texts)) == letters("".join(each.words for each in said))


# --- minutes --------------------------------------------------------------------------------------

MINUTES = {
    "Feishu": lambda s: f"{s.speaker} {clock(s.start)[:8]}\n{s.words}\n\n",
    "Tencent": lambda s: f"{s.speaker}({clock(s.start)[:8]}):\n{s.words}\n",
    "Otter": lambda s: f"{s.speaker}  {short(s.start)}  \n{s.words}\n\n",
    "Rev": lambda s: f"[{clock(s.start)[:8]}] {s.speaker}: {s.words}\n",
    "below": lambda s: f"{clock(s.start)[:8]}\n{s.speaker}\n{s.words}\n\n",
    "above": lambda s: f"{s.speaker}\n{short(s.start)}\n{s.words}\n\n",
}


@sizes
@pytest.mark.parametrize("style", MINUTES)
def test_minutes(read, style, chars):
    said = talk()
    reading = read("minutes.txt", "".join(map(MINUTES[style], said)), chars=chars)
    assert len(reading.passages) >= SAMPLE
    assert_said(reading, until_next(said))


@sizes
def test_minutes_below_a_head(read, chars):
    said = talk()
    head = (
        "季度复盘\n2026年6月15日 下午 11:32|1小时 8分钟 33秒\n\n关键词:\n定价、现金流\n\n文字记录:"
    )
    text = f"{head}\n" + "".join(map(MINUTES["Feishu"], said))
    reading = read("minutes.txt", text, chars=chars)
    above = [passage for passage in reading.passages if passage.anchor.type == "lines"]
    lines = text.split("\n")
    for passage in above:
        for part, start, end in parts(passage):
            assert part in "\n".join(lines[int(start) - 1 : int(end)])
    assert letters("".join(passage.text for passage in above)) == letters(head)


# --- dialogues ------------------------------------------------------------------------------------

LABEL = re.compile(r"[ \t]*(?:\*\*)?([^*:：\n]{1,60}?)[:：](?:\*\*)?(?!//)")


@sizes
def test_dialogues_of_our_own(read, chars):
    said, text = talk(), "# 夜话\n\n"
    for n, each in enumerate(said):
        text += (
            f"## Part {n // 20}\n\n" * (n % 20 == 0)
            + f"**{each.speaker}:** {each.words.replace('. ', '.' + chr(10) * 2)}\n\n"
        )
    reading = read("talk.md", text, chars=chars)
    lines = text.split("\n")
    assert len(reading.passages) >= SAMPLE
    assert_in_lines(reading, lines)
    assert_speakers(reading, lines, {})
    assert letters("".join(reading.texts)) == letters("".join(each.words for each in said))


def assert_speakers(reading, lines: list[str], names: dict[str, str]) -> None:
    """Whoever the nearest label above names is the speaker."""
    known = {passage.anchor.speaker for passage in reading.passages} - {None}
    for passage in sampled(reading.passages):
        if passage.anchor.speaker is None:
            continue
        for line in reversed(lines[: int(passage.anchor.start)]):
            label = LABEL.match(line)
            if label and names.get(label[1], label[1]) in known:
                assert names.get(label[1], label[1]) == passage.anchor.speaker
                break
        else:
            pytest.fail(f"nobody above line {passage.anchor.start}")


def test_real_interviews(shared, read_file):
    paths = sorted((shared / "transcripts/changelog/founderstalk").glob("*.md"))
    assert paths
    for path in paths[::12]:
        lines = path.read_text("utf-8").replace("\r\n", "\n").split("\n")
        reading = read_file(path)
        assert_in_lines(reading, lines)
        assert_speakers(reading, lines, {})
        words = "\n".join(re.sub(r"^\*\*(?!Break|Outro)[^*]+:\*\*", "", line) for line in lines)
        assert letters("".join(reading.texts)) == letters(words)


@pytest.mark.parametrize(
    "name",
    [
        "zh/tabconf/2021/2021-11-05-jeremy-rubin-andrew-poelstra-covenants.zh.md",
        "en_paired/tabconf/2021/2021-11-05-jeremy-rubin-andrew-poelstra-covenants.md",
        "en_meetups/london-bitcoin-devs/2020-08-19-socratic-seminar-signet.md",
    ],
)
def test_real_meetups(shared, read_file, name):
    text = (shared / f"transcripts/bitcoin/{name}").read_text("utf-8")
    lines = text.split("\n")
    introduced = re.findall(
        r"^ ?(([^:：\n(（]+?) ?[(（](\w{1,4})[)）])[:：]", text, re.M
    )  # Ines Example (IE): ...
    names = {mark: full for whole, full, initials in introduced for mark in (whole, initials)}
    reading = read_file(shared / f"transcripts/bitcoin/{name}")
    assert_in_lines(reading, lines)
    assert_speakers(reading, lines, names)
    body = text.split("\n---\n", 1)[1].split("\n")
    marks = "|".join(re.escape(mark) for mark in {*names, *names.values()})
    words = "\n".join(
        re.sub(rf"^ ?(?:{marks})[:：]", "", line) for line in body if not line.startswith("#")
    )
    assert letters("".join(reading.texts)) == letters(words)


@sizes
def test_markdown_with_times(read, chars):
    said, text = talk(), "# 夜话\n\n"
    for n, each in enumerate(said):
        text += (
            f"## Part {n // 20}\n\n" * (n % 20 == 0)
            + f"**{each.speaker} ({clock(each.start)[:8]}):** {each.words}\n\n"
        )
    reading = read("talk.md", text, chars=chars)
    assert len(reading.passages) >= SAMPLE
    assert_said(reading, until_next(said))
    assert {passage.headings for passage in reading.passages} == {
        ("夜话", f"Part {n}") for n in range(15)
    }


# --- scripts --------------------------------------------------------------------------------------


@sizes
def test_scripts_with_times(read, chars):
    said = talk()
    items = [
        {"who": each.speaker, "sec": each.start, "end": clock(each.end), "line": each.words}
        for each in said
    ]
    for name, text in {
        "a.json": json.dumps(items, ensure_ascii=False, indent=1),
        "a.jsonl": "\n".join(map(json.dumps, items)),
        "a.yaml": yaml.safe_dump({"title": "夜话", "turns": items}, allow_unicode=True),
    }.items():
        assert_said(read(name, text, chars=chars), said)


@sizes
def test_scripts_in_lines(read, chars):
    said = talk()
    items = [{"speaker": each.speaker, "text": each.words} for each in said]
    texts = {
        "a.json": json.dumps(items, indent=1),
        "a.jsonl": "\n".join(map(json.dumps, items)),
        "a.yaml": yaml.safe_dump(items, allow_unicode=True, width=60),
    }
    for name, text in texts.items():
        reading = read(name, text, chars=chars)
        lines = text.split("\n")
        assert len(reading.passages) >= SAMPLE
        for passage in sampled(reading.passages):
            for part, start, end in (
                parts(passage)
                if passage.places
                else [(passage.text, passage.anchor.start, passage.anchor.end)]
            ):
                own = "\n".join(lines[int(start) - 1 : int(end)]).strip().removesuffix(",")
                item = yaml.safe_load(own)
                item = item[0] if isinstance(item, list) else item
                assert part in item["text"]
                assert item["speaker"] == passage.anchor.speaker
        assert letters("".join(reading.texts)) == letters("".join(each.words for each in said))
