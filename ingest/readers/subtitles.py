"""WebVTT and SubRip: cues with their times and speakers, merged into turns.

Speakers come from `<v Name>` tags or from a `Name: ` prefix (also with a full-width colon), as Zoom and most people
write it. A prefix only counts where the file is labelled that way, so that "One thing: ..." stays text.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.decode import decode
from ingest.parsed import Block, Parsed, Unreadable
from kb.text import HAN
from kb.types import Anchor, Cue

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2})[.,](\d{1,3})"
_TIMING = re.compile(rf"[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?:[ \t].*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]{1,120})>", re.I)
_TAG = re.compile(r"</?(?:[bicuv]|ruby|rt|lang|font)(?:[\s.][^<>]{0,200})?>|<\d[\d:.]{0,20}>|\{\\[^}]{0,60}\}", re.I)
_PREFIX = re.compile(r"[ \t]*(?:[-–—>]{1,2}[ \t]*)?([^\n:：]{1,40}?)[ \t]*(?:：|:(?![/\d]))[ \t]*")
_NAME = re.compile(rf"(?:[^\W\d_{HAN}][\w.'’\-]*(?:[ ][\w.'’()\-]+){{0,4}}|[{HAN}·]{{1,8}}[ ]?[\w()（）]{{0,12}})")
_NOT_NAMES = frozenset(
    """note notes question questions answer q a ps p.s example warning remember step so and but also first second third
    yes no ok 问 答 问题 答案 注意 例如 比如 比如说 第一 第二 第三 首先 其次 最后 结论 总结 所以 但是 另外 备注 提示
    重点 因为""".split()
)


@dataclass(frozen=True, slots=True)
class _Line:
    """One speaker's words within one cue."""

    start: float
    end: float
    speaker: str | None
    text: str


def read(data: bytes, name: str, meta: Mapping[str, Any]) -> Parsed:
    """Read WebVTT or SubRip. Blocks are turns; their cues hold each cue's time. Raises Unreadable without any cue."""
    text = decode(data)
    if name.lower().endswith(".vtt") and not text.startswith("WEBVTT"):
        raise Unreadable("not WebVTT: the file does not begin with WEBVTT")
    cues = list(_cues(text))
    if not cues:
        raise Unreadable("no cues in it")
    named = meta.get("speakers") or []
    lines = _with_prefixes(cues, [named] if isinstance(named, str) else named)
    pieces: list[str] = []
    blocks: list[Block] = []
    offset = 0
    for group, turn in enumerate(_turns(lines)):
        piece, marks = _join(turn)
        anchor = Anchor("time", min(line.start for line in turn), max(line.end for line in turn), turn[0].speaker)
        blocks.append(Block(offset, offset + len(piece), group, (), anchor, marks))
        pieces.append(piece)
        offset += len(piece) + 2
    return Parsed("\n\n".join(pieces), tuple(blocks), "transcript", lang=_language(text))


def _language(text: str) -> str:
    match = re.match(r"WEBVTT[^\n]*\n(?:[^\n]+\n)*?Language:[ \t]*([\w-]+)", text)
    return match[1] if match else ""


def _cues(text: str) -> Iterator[_Line]:
    """The cues in file order, a cue with several voices in pieces; broken ones are passed over."""
    lines = text.split("\n")
    position = 0
    while position < len(lines):
        timing = _TIMING.fullmatch(lines[position])
        position += 1
        if timing is None:
            continue
        start, end = _seconds(timing.groups()[:4]), _seconds(timing.groups()[4:])
        body: list[str] = []
        while position < len(lines) and lines[position].strip() and "-->" not in lines[position]:
            body.append(lines[position].strip())
            position += 1
        if body and body[-1].isdigit() and position < len(lines) and "-->" in lines[position]:
            body.pop()  # the next cue's number, where no blank line stands before it
        yield from _voices(start, max(start, end), "\n".join(body))


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _voices(start: float, end: float, body: str) -> Iterator[_Line]:
    pieces = _VOICE.split(body)  # text, name, text, name, text ...
    for speaker, piece in zip([None, *pieces[1::2]], pieces[::2], strict=True):
        said = html.unescape(_TAG.sub("", piece)).strip()
        if said:
            yield _Line(start, end, html.unescape(speaker).strip() if speaker else None, said)


def _with_prefixes(cues: Sequence[_Line], named: Sequence[str]) -> list[_Line]:
    """Take speakers from `Name: ` prefixes; a line without one goes on with the speaker."""
    if any(cue.speaker for cue in cues):
        return list(cues)
    speakers = _speakers(cues, named)
    out: list[_Line] = []
    speaker: str | None = None
    for cue in cues:
        said: list[str] = []
        for line in cue.text.split("\n"):
            match = _PREFIX.match(line)
            words = line
            if match and match[1] in speakers:
                if said:
                    out.append(_Line(cue.start, cue.end, speaker, "\n".join(said)))
                speaker, words, said = match[1], line[match.end() :].strip(), []
            if words:
                said.append(words)
        if said:
            out.append(_Line(cue.start, cue.end, speaker, "\n".join(said)))
    return out


def _speakers(cues: Sequence[_Line], named: Sequence[str]) -> set[str]:
    """Whose prefixes to believe: those named, where they occur; else those that the file's own habits speak for."""
    opening = [match[1] for cue in cues if (match := _PREFIX.match(cue.text))]
    seen = Counter(match[1] for cue in cues for line in cue.text.split("\n") if (match := _PREFIX.match(line)))
    if any(name in seen for name in named):
        return set(named)
    labelled = len(opening) / len(cues)
    if labelled >= 0.9:  # as Zoom writes it: whatever stands there is a name, also "Jo | Acme (she/her)"
        return {name for name in opening if name.lower() not in _NOT_NAMES}
    repeated = [name for name, times in seen.items() if times > 1 and _is_name(name)]
    if len(repeated) < 2 and labelled < 0.5:
        return set()
    return {name for name, times in seen.items() if _is_name(name) and (times > 1 or _is_written_like_one(name))}


def _is_name(name: str) -> bool:
    return name.lower() not in _NOT_NAMES and _NAME.fullmatch(name) is not None


def _is_written_like_one(name: str) -> bool:
    return not name.isascii() or all(part[0].isupper() or not part[0].isalpha() for part in name.split())


def _turns(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    turn: list[_Line] = []
    for line in lines:
        if turn and line.speaker != turn[-1].speaker:
            yield turn
            turn = []
        turn.append(line)
    if turn:
        yield turn


def _join(turn: Sequence[_Line]) -> tuple[str, tuple[Cue, ...]]:
    """The turn's text, a line a cue, and where each cue begins in it."""
    marks: list[Cue] = []
    offset = 0
    for line in turn:
        marks.append((offset, line.start, line.end))
        offset += len(line.text) + 1
    return "\n".join(line.text for line in turn), tuple(marks)
