"""Turns that a clock time opens, in a transcript written out as text. Shared by minutes and
Markdown dialogues.

A line with a time and a name, or with a time and nothing else, opens a turn, which lasts until the
next.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, islice, pairwise
from operator import attrgetter

from ingest.parsing.speakers import is_name, is_written_like_one, with_prefixes
from ingest.parsing.turns import Utterance

_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?|\d{1,3}:\d{1,2}:\d{1,2}\.\d{1,3}"
_SPOKEN = (
    r"(?:\d{1,3} hours? )?(?:\d{1,4} minutes? )?\d{1,5} seconds?"
    r"|(?:\d{1,3} ?小时 ?)?(?:\d{1,4} ?分钟? ?)?\d{1,5} ?秒"
)
_TIME = rf"(?:{_CLOCK}|{_SPOKEN})"
_TIMES = rf"({_TIME})(?:[ ]?(?:-->|->|-|–|—|~|～|至|to)[ ]?({_TIME}))?(?![\d:])"
_MARK = r"[*_]{0,3}"
_START = rf"[ \t]*(?:[-*+>][ \t]+)?{_MARK}"
_OPEN, _CLOSE = r"[(\[（【]?", r"[)\]）】]?"
_NAMED = re.compile(  # Ines Example 00:12 · **Ines** (0:12): text · 苏禾(00:12:34)：· Ines: 00:12
    rf"{_START}([^\s*_(\[（【#>|][^\n*:：。！？!?]{{0,60}}?){_MARK}"
    rf"[ \t]*[,，:：|·•–—-]?[ \t]*{_MARK}[ \t]*(?:[(\[（【]|(?<![\dA-Za-z.])){_TIMES}{_CLOSE}{_MARK}"
    rf"[ \t]*(?:[:：]{_MARK}[ \t]*(.*)|\Z)"
)
_NUMBERED = re.compile(
    rf"((?:说话人|发言人|讲话人|Speaker)[ ]?\d{{1,3}})[ \t]+{_TIMES}(.*)"
)  # Feishu pasted
_ANY = re.compile(r"\d:\d|\d ?(?:second|秒)")
_CLOCKED = re.compile(rf"{_START}({_OPEN}){_TIMES}{_CLOSE}{_MARK}[ \t]*[:：|–—-]?[ \t]*(.*)")
_LABEL = re.compile(r"^[*_]{1,3}([^*\n]{1,60}?)(?:[:：][*_]{1,3}|[*_]{1,3}[ \t]*[:：])")
_DATED = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_LETTER = re.compile(r"[^\W\d_]")
_NAME_LIKE = re.compile(r"(?=[^\n]*[^\W\d_])[^\[(♪。！？!?…][^。！？!?…]{0,38}(?<![.,，、;；])")
_FOOTER = re.compile(r"Transcribed by https?://otter\.ai\s*\Z")
_HOUR, _SOON = 3600, 600
_MOST = 0.6
_HEAD = 300  # characters, title and keywords say, that even a short text has above it


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a source: its text, the offset at which it begins, and the headings above it."""

    text: str
    start: int
    headings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timed:
    """What is said, and the offset at which the first turn begins."""

    first: int
    utterances: tuple[Utterance, ...]


@dataclass(slots=True)
class _Turn:
    """What the line `number` opens: `said` are the lines with text in it, the opening one's own
    first.
    """

    number: int
    start: float
    end: float | None
    speaker: str | None
    said: list[Line] = field(default_factory=list)


def lines_of(
    text: str, start: int = 0, end: int | None = None, headings: tuple[str, ...] = ()
) -> Iterator[Line]:
    """The lines of a slice of a text."""
    for line in text[start:end].split("\n"):
        yield Line(line, start, headings)
        start += len(line) + 1


def has_times(text: str) -> bool:
    """Whether there is any use in looking for turns."""
    return len(list(islice(_ANY.finditer(text), 2))) == 2


def timed(lines: Sequence[Line], named: Sequence[str]) -> Timed | None:
    """The turns of a transcript with times; None where the lines are not mostly that."""
    turns = _filled(_in_order(_named(lines)), lines)
    if sum(turn.speaker is not None for turn in turns) > len(turns) / 2 and _is_transcript(
        turns, lines
    ):
        return Timed(lines[turns[0].number].start, tuple(_utterances(turns)))
    turns = _filled(_in_order(_clocked(lines)), lines)
    first = _take_speakers(turns, lines)
    if _is_transcript(turns, lines):
        return Timed(lines[first].start, tuple(with_prefixes(list(_utterances(turns)), named)))
    return None


# --- lines that open turns ------------------------------------------------------------------------


def _named(lines: Sequence[Line]) -> list[_Turn]:
    """Turns opened by a name and a time; among them, times alone go on with the speaker before."""
    turns: list[_Turn] = []
    speaker: str | None = None
    for number, line in enumerate(lines):
        if not _may_open(line.text):
            continue
        match = _NAMED.match(line.text) or _NUMBERED.match(line.text)
        if match and _LETTER.search(match[1]) and not _DATED.search(match[1]):
            speaker = match[1].strip(" \t-–—|·•,，")
            turns.append(_turn(number, match[2], match[3], speaker, match[4], line))
        elif (match := _CLOCKED.match(line.text)) and not match[4]:
            turns.append(_turn(number, match[2], match[3], speaker, "", line))
    return turns


def _clocked(lines: Sequence[Line]) -> list[_Turn]:
    """Turns opened by a time, alone or with text behind it."""
    found = [
        (n, match)
        for n, line in enumerate(lines)
        if _may_open(line.text) and (match := _CLOCKED.match(line.text))
    ]
    bare = [match[4] for _, match in found if match[4] and not match[1]]
    everywhere = len(bare) >= 10 and len(bare) >= 0.8 * sum(
        1 for line in lines if line.text.strip()
    )
    if not everywhere and len(_recurring(bare)) < _MOST * len(
        set(bare)
    ):  # prose may begin with a time too
        found = [(n, match) for n, match in found if match[1] or not match[4]]
    return [_turn(n, match[2], match[3], None, match[4], lines[n]) for n, match in found]


def _may_open(text: str) -> bool:
    return ":" in text or "second" in text or "秒" in text


def _turn(
    number: int, start: str, end: str | None, speaker: str | None, said: str | None, line: Line
) -> _Turn:
    begins = _seconds(start)
    own = [replace(line, text=said)] if said and said.strip() else []
    return _Turn(number, begins, max(begins, _seconds(end)) if end else None, speaker, own)


def _seconds(time: str) -> float:
    if ":" in time:
        total = 0.0
        for part in time.replace(",", ".").split(":"):
            total = total * 60 + float(part)
        return round(total, 3)
    units = {"h": 3600, "小": 3600, "m": 60, "分": 60, "s": 1, "秒": 1}
    return float(
        sum(int(amount) * units[unit] for amount, unit in re.findall(r"(\d+) ?([hms小分秒])", time))
    )


def _in_order(turns: list[_Turn]) -> list[_Turn]:
    """The turns but for lines that only look like openers: durations in the head, a time of day
    that ends a line.
    """
    first = 0
    while first + 1 < len(turns) and turns[first].start > turns[first + 1].start:
        first += 1
    turns = turns[first:]
    times = Counter(turn.speaker for turn in turns)
    kept: list[_Turn] = []
    for turn, following in zip(turns, [*turns[1:], None], strict=False):
        late = following is not None and turn.start > following.start
        if not (
            turn.speaker
            and times[turn.speaker] == 1
            and (late or (kept and turn.start < kept[-1].start))
        ):
            kept.append(turn)
    return kept


def _filled(turns: list[_Turn], lines: Sequence[Line]) -> list[_Turn]:
    for turn, stop in zip(turns, [*(each.number for each in turns[1:]), len(lines)], strict=False):
        turn.said += (line for line in lines[turn.number + 1 : stop] if line.text.strip())
    return turns


# --- speakers on lines of their own ---------------------------------------------------------------


def _take_speakers(turns: Sequence[_Turn], lines: Sequence[Line]) -> int:
    """Give turns the speakers that stand on the line below the time, or above it; gives the line
    that the first is on.

    Numbers above the times, as subtitles have them, are taken away.
    """
    if not turns:
        return 0
    below = [turn.said if len(turn.said) > 1 else [] for turn in turns]
    names = _recurring(said[0].text for said in below if said)
    if sum(bool(said) and _bare(said[0].text) in names for said in below) >= _MOST * len(turns):
        for turn, said in zip(turns, below, strict=True):
            if said and (_bare(said[0].text) in names or _is_somebody(_bare(said[0].text))):
                turn.speaker = _bare(said.pop(0).text)
        return turns[0].number
    head = [line for line in lines[: turns[0].number] if line.text.strip()]
    above = [head, *(turn.said for turn in turns[:-1])]
    names = _recurring(said[-1].text for said in above if said)
    for is_theirs in (names.__contains__, str.isdigit):
        if sum(bool(said) and is_theirs(_bare(said[-1].text)) for said in above) >= _MOST * len(
            turns
        ):
            return _take_from_above(turns, lines, above, is_theirs)
    return turns[0].number


def _take_from_above(
    turns: Sequence[_Turn],
    lines: Sequence[Line],
    above: Sequence[list[Line]],
    is_theirs: Callable[[str], bool],
) -> int:
    first = turns[0].number
    for turn, said in zip(turns, above, strict=True):
        if said and is_theirs(_bare(said[-1].text)):
            taken = said.pop()
            turn.speaker = None if taken.text.strip().isdigit() else _bare(taken.text)
            first = min(first, lines.index(taken, 0, first)) if turn is turns[0] else first
    return first


def _recurring(texts: Iterable[str]) -> set[str]:
    """Those of the texts that come again and look like names."""
    times = Counter(_bare(text) for text in texts)
    return {text for text, count in times.items() if count > 1 and _NAME_LIKE.fullmatch(text)}


def _is_somebody(text: str) -> bool:
    return is_name(text) and is_written_like_one(text)


def _bare(text: str) -> str:
    return text.strip(" \t*_:：")


# --- what comes of it -----------------------------------------------------------------------------


def _is_transcript(turns: Sequence[_Turn], lines: Sequence[Line]) -> bool:
    """Whether the turns hold most of the text, in order of time, and begin as a recording does, not
    as a day.
    """
    if len(turns) < 2 or sum(bool(turn.said) for turn in turns) < 0.7 * len(turns):
        return False
    said = sum(len(line.text) for turn in turns for line in turn.said)
    above = sum(len(line.text) for line in lines[: turns[0].number])
    back = sum(before.start > after.start for before, after in pairwise(turns))
    if 2 * said + _HEAD < above or back > 0.1 * len(turns):
        return False
    speakers = Counter(turn.speaker for turn in turns if turn.speaker)
    if speakers and max(speakers.values()) > 1:
        return turns[0].start < _HOUR
    if speakers:
        return turns[0].start < _SOON and all(map(_is_somebody, speakers))
    with_hours = all(lines[turn.number].text.count(":") > 1 for turn in turns)
    return (with_hours or len(turns) > 2) and turns[0].start < (_HOUR if with_hours else _SOON)


def _utterances(turns: Sequence[_Turn]) -> Iterator[Utterance]:
    for turn, following in zip(turns, [*turns[1:], None], strict=False):
        end = max(turn.start, following.start) if turn.end is None and following else turn.end
        for headings, said in groupby(turn.said, key=attrgetter("headings")):
            text = "\n".join(_unmarked(line.text.strip()) for line in said)
            if following is None:
                text = _FOOTER.sub("", text).strip()
            yield Utterance(turn.start, end, turn.speaker, text, headings)


def _unmarked(text: str) -> str:
    """A line whose label, if it has one, is not in bold any more."""
    return _LABEL.sub(r"\1: ", text, count=1) if text[0] in "*_" else text
