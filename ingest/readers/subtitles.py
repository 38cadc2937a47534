"""WebVTT, SubRip and SBV: cues with their times and speakers, merged into turns.

Speakers come from `<v Name>` tags or from a `Name: ` prefix, as Zoom and most people write it.
WebVTT is read by its standard, which passes over cues with malformed times; the others, which have
none, as leniently as players do.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.speakers import (
    given_speakers,
    is_name,
    is_written_like_one,
    with_prefixes,
)
from ingest.parsing.turns import Utterance, as_transcript, in_order

_STANDARD = (
    r"(?:([0-9]{1,6}):)?([0-5][0-9]):([0-5][0-9])[.,]([0-9]{3})(?![0-9])"  # a comma is SubRip's
)
_VTT = re.compile(rf"[ \t\f]*{_STANDARD}[ \t\f]*-->[ \t\f]*{_STANDARD}")
_LOOSE = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_SRT = re.compile(rf"[ \t]*{_LOOSE}[ \t]*-->[ \t]*{_LOOSE}(?:[ \t].*)?")
_SBV = re.compile(rf"[ \t]*{_LOOSE}[ \t]*,[ \t]*{_LOOSE}[ \t]*")
_OPENING = re.compile(rf"\s*(?:WEBVTT(?:[ \t\n]|\Z)|\d+[ \t]*\n{_LOOSE}[ \t]*-->)")
_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t]|\Z)")
_ZOOM_SPEAKER = re.compile(r"\d+[ \t]+\"([^\"\n]{1,80})\"(?:[ \t]*\(\d{1,20}\))?[ \t]*")
_BROKEN = re.compile(r"[ \t]*-?\d+:\d.*->")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?(?:\s+([^>]{0,200}))?>|</v>", re.I)
_RUBY = re.compile(
    r"<rt(?:[.\s][^<>]{0,200})?>(.*?)(?:</rt>|(?=<rt[.\s>])|(?=</ruby>)|\Z)", re.S | re.I
)
_BREAK = re.compile(r"<br[ /]{0,3}>|\[br\]", re.I)
_TAG = re.compile(
    r"</?(?:[bcius]|ruby|rt|lang|font|strong|em|span|small)(?:[\s.][^<>]{0,200})?>|<\d[\d:.]{0,20}>|</>|\{\\[^}]{0,60}\}"
    # the text ends within a tag
    r"|</?(?:[bcius]|ruby|rt|lang)(?:\.[\w.-]{0,200})?\Z|<[\d:]*:[\d:.]*\Z|</?\Z",
    re.I,
)


def fits(file: File) -> bool:
    """True by the file's ending, or for text that begins as WebVTT or SubRip do."""
    return file.ending in (".vtt", ".srt", ".sbv") or _OPENING.match(file.text) is not None


def read(file: File) -> Parsed:
    """Read WebVTT, SubRip or SBV. Raises Unreadable without any cue."""
    text, language = file.text, ""
    is_standard = re.match(r"WEBVTT(?:[ \t\n]|\Z)", text) is not None
    if file.ending == ".vtt" and not is_standard:
        raise Unreadable("not WebVTT: the file does not begin with WEBVTT")
    if is_standard and file.ending not in (".srt", ".sbv"):
        cues, language = list(_standard_cues(text)), _language(text)
    else:
        cues = list(loose_cues(text, _SBV if file.ending == ".sbv" else _SRT))
    if not cues:
        raise Unreadable("no cues in it")
    return as_transcript(with_prefixes(in_order(cues), given_speakers(file)), lang=language)


def _language(text: str) -> str:
    for line in text.split("\n\n", 1)[0].split("\n"):
        if match := re.match(r"Language:[ \t]*([\w-]+)", line):
            return match[1]
    return ""


def _standard_cues(text: str) -> Iterator[Utterance]:
    """The cues of WebVTT in file order: each line with valid times begins one, up to an empty line
    or an arrow.
    """
    lines = text.split("\n")
    names = _names(lines)
    position = 1
    while position < len(lines):
        timing = _VTT.match(lines[position])
        position += 1
        if timing is None:
            continue
        identifier = lines[position - 2].strip()
        first = position
        while position < len(lines) and lines[position] and "-->" not in lines[position]:
            position += 1
        body: Sequence[str] = lines[first:position]
        if not body and position < len(lines) and not lines[position]:
            body, position = _below_blank(lines, position)
        for cue in _voices(timing.groups(), body):
            yield replace(cue, speaker=cue.speaker or names.get(identifier))


def _below_blank(lines: Sequence[str], position: int) -> tuple[Sequence[str], int]:
    """The text of a cue that stands below a blank line, as some programs write it, and where it
    ends; without what is the next cue's identifier, or a block of another kind.
    """
    first = position
    while first < len(lines) and not lines[first].strip():
        first += 1
    last = first
    while last < len(lines) and lines[last] and "-->" not in lines[last]:
        last += 1
    if last == first or _NO_CUE.match(lines[first]):
        return (), position
    return lines[first : last - (last < len(lines) and "-->" in lines[last])], last


def _names(lines: Sequence[str]) -> dict[str, str]:
    """The speakers that cues have as identifiers, as `7 "Ines Example" (1234567)` in Zoom's, or
    their names alone where most cues have such and some come again.
    """
    above = [one.strip() for one, other in pairwise(lines) if "-->" in other and one.strip()]
    quoted = {line: match[1] for line in above if (match := _ZOOM_SPEAKER.fullmatch(line))}
    bare = [line for line in above if is_name(line) and is_written_like_one(line)]
    if 2 * len(bare) > len(above) and len(set(bare)) < len(bare):
        return {**quoted, **dict(zip(bare, bare, strict=True))}
    return quoted


def loose_cues(text: str, timing: re.Pattern[str] = _SRT) -> Iterator[Utterance]:
    """The cues of SubRip in file order: all that stands between two lines with times, but for the
    cue's number.
    """
    lines = text.split("\n")
    marks = [(n, timing.fullmatch(line)) for n, line in enumerate(lines) if ":" in line]
    marks = [(n, times) for n, times in marks if times or _BROKEN.match(lines[n])]
    if not marks:
        return
    above = [line.strip() for line in lines[: marks[0][0]] if line.strip()]
    numbered = bool(above) and above[-1].isdigit()
    for (n, times), (end, _) in pairwise([*marks, (len(lines), None)]):
        if times:
            body = lines[n + 1 : end]
            yield from _voices(
                times.groups(), _without_number(body, numbered) if end < len(lines) else body
            )


def _without_number(body: list[str], numbered: bool) -> list[str]:
    """The lines above a line with times, without the number between them, wherever blank lines are
    missing or extra.
    """
    last = next((n for n in range(len(body) - 1, -1, -1) if body[n].strip()), -1)
    if last < 0 or not body[last].strip().isdigit():
        return body
    parted = last > 0 and not body[last - 1].strip()
    return body[:last] if last == len(body) - 1 or (numbered and parted) else body


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _voices(times: Sequence[str | None], body: Sequence[str]) -> Iterator[Utterance]:
    """A cue; with several voices, in pieces."""
    start, end = _seconds(times[:4]), _seconds(times[4:])
    shown = _BREAK.sub("\n", "\n".join(body))
    if "<rt" in shown.lower():
        shown = _RUBY.sub(r"(\1)", shown)  # as browsers that know no ruby show it
    pieces = _VOICE.split(shown)  # text, name, text, name, text ...
    for speaker, piece in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        lines = (line.strip() for line in html.unescape(_TAG.sub("", piece)).split("\n"))
        said = "\n".join(line for line in lines if line)
        if said:
            yield Utterance(
                start, max(start, end), " ".join(html.unescape(speaker or "").split()) or None, said
            )
