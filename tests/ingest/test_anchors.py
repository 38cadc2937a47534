"""Every passage is findable at its anchor: the source is reopened here without any of our readers."""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from test_anchors_markup import assert_placed, is_read

CORPORA = Path(__file__).parents[2] / "corpora"
PER_FORMAT = 40

# --- the independent check ------------------------------------------------------------------------


def reopened(path: Path, encoding: str = "utf-8-sig") -> list[str]:
    """The lines of a file."""
    return path.read_bytes().decode(encoding).replace("\r\n", "\n").replace("\r", "\n").split("\n")


def assert_in_lines(lines: list[str], passage) -> None:
    """The text stands in the lines of its anchor, and takes all of them unless they are those of a
    FAQ entry; rows of a table are written otherwise, and each part stands in its own lines.
    """
    start, end = int(passage.anchor.start), int(passage.anchor.end)
    assert passage.anchor.type in ("lines", "faq")
    assert 1 <= start <= end <= len(lines)
    if passage.places:
        assert_placed(lines, passage)
        return
    assert passage.text in "\n".join(lines[start - 1 : end])
    if passage.anchor.type == "lines":
        assert passage.text.count("\n") == end - start


def assert_in_record(lines: list[str], passage, delimiter: str = ",") -> None:
    """The lines of the anchor are one record of the table, whose question and answer hold the text."""
    assert passage.anchor.type == "faq"
    its_own = lines[int(passage.anchor.start) - 1 : int(passage.anchor.end)]
    header, record, *more = csv.reader(
        [f"{line}\n" for line in (lines[0], *its_own)], delimiter=delimiter
    )
    assert more == []
    record = dict(zip(header, record, strict=False))
    assert passage.text in f"{record['question'].strip()}\n{record['answer'].strip()}"
    if record.get("id"):
        assert passage.anchor.entry == record["id"]


@dataclass
class Heard:
    """A cue as a reader with a text editor would take it: `shown` is its text without tags."""

    start: float
    end: float
    speaker: str | None
    shown: str


def seconds(clock: str) -> float:
    total = 0.0
    for part in clock.strip().split(" ")[0].replace(",", ".").split(":"):
        total = total * 60 + float(part)
    return round(total, 3)


def heard(lines: list[str], names: set[str] | None) -> Iterator[Heard]:
    """The cues. Speakers by <v> tag, or by what stands before a colon if it is one of `names`
    (None: whatever does).
    """
    speaker = None
    for chunk in re.split(r"\n[ \t]*\n", "\n".join(lines)):
        lines = chunk.strip("\n").split("\n")
        timing = next((n for n, line in enumerate(lines) if "-->" in line), None)
        if timing is None:
            continue
        start, end = lines[timing].split("-->")
        said = "\n".join(line.strip() for line in lines[timing + 1 :])
        for voice in re.split(r"(?=<v[ .])", said):
            tag = re.match(r"<v[^ >]* ([^>]+)>", voice)
            shown = html.unescape(re.sub(r"<[^>]*>", "", voice)).strip()
            prefix = re.match(r"(.{1,60}?) ?[:：]", shown)
            if tag:
                speaker = tag[1]
            elif prefix and (names is None or prefix[1] in names):
                speaker = prefix[1]
            if shown:
                yield Heard(seconds(start), seconds(end), speaker, shown)


def assert_heard(cues: list[Heard], passage, whose: bool = True) -> None:
    """Each part of the text is in a cue of its second, within the anchor, said by who speaks there
    (if `whose`).
    """
    anchor, marks = passage.anchor, passage.places
    assert anchor.type == "time"
    assert marks
    assert marks[0][:2] == (0, anchor.start)
    assert anchor.end == max(end for _, _, end in marks)
    for number, (offset, start, end) in enumerate(marks):
        part = passage.text[
            offset : marks[number + 1][0] if number + 1 < len(marks) else None
        ].strip()
        assert part
        assert anchor.start <= start <= end <= anchor.end
        assert any(
            part in cue.shown
            and (cue.start, cue.end) == (start, end)
            and (not whose or cue.speaker == passage.speaker_at(offset))
            for cue in cues
        ), f"{anchor.speaker} at {start}: {part}"


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


# --- small files of our own -----------------------------------------------------------------------

MARKDOWN = """\
---
title: Runway
---

# Runway 跑道

Count the months. Then count the weeks! Is it “enough”? Nobody knows… 先算账，再定价。
客户能省多少钱？先问清楚。别急着降价。

- one: 10.5 months
- two
  with a second line

## Table

| month | cash |
|---|---|
| one | 10 |
| two | 20 |

> quoted words
> over two lines

Same words.

Same words.
"""
PLAIN = """\
先算账，再定价。客户能省多少钱？先问清楚。
别急着降价。

  Indented words, kept. A second sentence.\x20\x20



Same words.

Same words.
"""
FAQ = """\
# Help

## What is runway?

Months of cash. Count them twice.

- by hand
- by sheet

## 怎么定价？

先算账。再问客户。
"""
LINED = """\
Before all.

Q: What is runway?
A: Months of cash. Count them twice.

Then again.

问：怎么定价？
答：先算账。再问客户。
"""
TABLE = """\
id,question,answer
f-1,"What, now?","Count months.
Then ask ""why"".

先算账。"
f-2,怎么定价？,先算账。再问客户。别急着降价。
"""
VTT = """\
WEBVTT

1
00:00:01.000 --> 00:00:04.000
<v Ines>Count the months. Then <i>count</i> the weeks.</v> <v Jo>Why &amp; how?</v>

00:00:04.500 --> 00:00:06.000 align:start
<v Jo>先算账，
再定价。

00:00:06.000 --> 00:00:09.250
<v Ines>Fine
"""
SRT = """\
1
00:00:01,000 --> 00:00:04,000
Ines: Count the months. Then count the weeks,
and do it twice.

2
00:00:04,500 --> 00:00:06,000
and again. Is it enough?

3
00:00:06,000 --> 00:00:09,250
苏禾：先算账，再定价。客户能省多少钱？

4
00:00:09,250 --> 00:00:11,000
Ines: Fine.

5
00:00:11,000 --> 00:00:12,000
苏禾：好。
"""

sizes = pytest.mark.parametrize("chars", [5, 40, 900])
encodings = pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
line_ends = pytest.mark.parametrize("line_end", ["\n", "\r\n"])


@sizes
@encodings
@line_ends
@pytest.mark.parametrize(
    ("name", "text"),
    [("a.md", MARKDOWN), ("a.txt", PLAIN), ("faq.md", FAQ), ("faq.txt", LINED)],
    ids=["md", "txt", "faq", "qa"],
)
def test_lines(write, read_file, name, text, line_end, encoding, chars):
    path = write(name, text.replace("\n", line_end).encode(encoding))
    passages = read_file(path, kind="faq" if name.startswith("faq") else None, chars=chars).passages
    lines = reopened(path, encoding)
    for passage in passages:
        assert_in_lines(lines, passage)
    assert len(passages) > 2 or chars > 5


@sizes
@encodings
@line_ends
def test_records(write, read_file, line_end, encoding, chars):
    path = write("faq.csv", TABLE.replace("\n", line_end).encode(encoding))
    lines = reopened(path, encoding)
    passages = read_file(path, chars=chars).passages
    for passage in passages:
        assert_in_record(lines, passage)
    assert {passage.anchor.entry for passage in passages} == {"f-1", "f-2"}


@sizes
@encodings
@line_ends
@pytest.mark.parametrize(("name", "text"), [("a.vtt", VTT), ("a.srt", SRT)], ids=["vtt", "srt"])
def test_times(write, read_file, name, text, line_end, encoding, chars):
    path = write(name, text.replace("\n", line_end).encode(encoding))
    passages = read_file(path, chars=chars).passages
    cues = list(heard(reopened(path, encoding), {"Ines", "苏禾"}))
    for passage in passages:
        assert_heard(cues, passage)
    assert {passage.anchor.speaker for passage in passages} == {cue.speaker for cue in cues}


def test_the_same_words_twice_have_their_own_lines(write, read_file):
    passages = read_file(
        write("a.txt", "Same words.\n\nSame words.\n\nSame words.\n"), chars=12
    ).passages
    assert [passage.anchor.label for passage in passages] == ["L1", "L3", "L5"]
    assert len({passage.id for passage in passages}) == 3


# --- our own corpora ------------------------------------------------------------------------------


def below(folder: str, *endings: str) -> list[Path]:
    return sorted(path for path in (CORPORA / folder).rglob("*") if path.name.endswith(endings))


def name_of(path: Path) -> str:
    return path.name


@pytest.mark.parametrize("path", [*below("docs", ".md"), *below("faq", ".md")], ids=name_of)
def test_corpora_lines(read_file, path):
    lines = reopened(path)
    passages = read_file(path).passages
    for passage in passages:
        assert_in_lines(lines, passage)
    body = lines[lines.index("---", 1) + 1 :]
    found = letters("".join(passage.text for passage in passages))
    assert [line for line in body if not line.startswith("#") and not is_read(line, found)] == []


@pytest.mark.parametrize("path", below("faq", ".csv"), ids=name_of)
def test_corpora_records(read_file, path):
    lines = reopened(path)
    passages = read_file(path).passages
    for passage in passages:
        assert_in_record(lines, passage)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert {row["id"] for row in csv.DictReader(file)} == {
            passage.anchor.entry for passage in passages
        }


@pytest.mark.parametrize("path", below("transcripts", ".vtt", ".srt"), ids=name_of)
def test_corpora_times(read_file, path):
    names = set(yaml.safe_load(Path(f"{path}.meta.yaml").read_text("utf-8"))["speakers"])
    cues = list(heard(reopened(path), names))
    passages = read_file(path).passages
    for passage in passages:
        assert_heard(cues, passage)
    assert {passage.anchor.speaker for passage in passages} == names
    marks = "|".join(map(re.escape, names))
    said = "".join(re.sub(rf"\A(?:{marks})[:：]", "", cue.shown) for cue in cues)
    assert letters(said) == letters("".join(passage.text for passage in passages))


# --- real data, where it is present ---------------------------------------------------------------


def sample(folder: Path, ending: str) -> list[Path]:
    """Up to PER_FORMAT files, spread over the folder."""
    files = sorted(folder.rglob(f"*{ending}"))
    assert files
    return files[:: -(-len(files) // PER_FORMAT)]


@pytest.mark.parametrize(
    ("folder", "ending"),
    [("docs", ".md"), ("docs", ".mdx"), ("transcripts", ".md"), ("faq", ".md")],
)
def test_real_lines(shared, read_file, folder, ending):
    for path in sample(shared / folder, ending):
        lines = reopened(path)
        if path.name == "_index.md":
            continue  # nothing but front matter
        for passage in read_file(path).passages:
            assert_in_lines(lines, passage)


@pytest.mark.parametrize(("ending", "delimiter"), [("faqs/*.csv", ","), ("faqs/*.tsv", "\t")])
def test_real_records(shared, read_file, ending, delimiter):
    for path in sample(shared / "faq", ending):
        lines = reopened(path)
        for passage in read_file(path).passages:
            assert_in_record(lines, passage, delimiter)


def recordings(shared) -> Iterator[tuple[list[Heard], Path]]:
    """Meetings recorded by Zoom: each cue is `Name: text`."""
    for path in sample(shared / "transcripts/forkcast_zoom", ".vtt"):
        yield list(heard(reopened(path), None)), path


def test_real_times(shared, read_file):
    for cues, path in recordings(shared):
        for passage in read_file(path).passages:
            assert_heard(cues, passage, whose=False)


def test_real_speakers(shared, read_file):
    for cues, path in recordings(shared):
        for passage in read_file(path).passages:
            assert_heard(cues, passage)
