"""Turns: what was said, by whom and when, merged into a transcript. Shared by all readers of timed
transcripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from operator import attrgetter
from typing import Any

from ingest.parsed import Composer, Parsed, Unreadable
from kb.types import Anchor, Place

_PAUSE = 30.0
_ROLLING = 0.2  # of the cues; with YouTube's it is about half
_TOUCHING = 0.2
_UNSEEN = 0.05
_SCREEN = 8


@dataclass(frozen=True, slots=True)
class Utterance:
    """One speaker's words within one cue. Seconds from the start; an `end` of None lasts until the
    next begins.
    """

    start: float
    end: float | None
    speaker: str | None
    text: str
    headings: tuple[str, ...] = ()


def as_transcript(
    utterances: Iterable[Utterance],
    title: str = "",
    lang: str = "",
    meta: Mapping[str, Any] | None = None,
) -> Parsed:
    """A transcript with a block for each turn, in order of time. Raises Unreadable when nothing was
    said.
    """
    said = in_order(utterances)
    if not said:
        raise Unreadable("nothing is said in it")
    composer = Composer()
    for group, turn in enumerate(_turns(_ended(said))):
        text, places = _join(turn)
        start, end = min(place[1] for place in places), max(place[2] for place in places)
        composer.add(
            text, Anchor("time", start, end, turn[0].speaker), group, turn[0].headings, places
        )
    speakers = list(dict.fromkeys(each.speaker for each in said if each.speaker))
    return composer.parsed(
        "transcript", title, lang, {**({"speakers": speakers} if speakers else {}), **(meta or {})}
    )


def in_order(utterances: Iterable[Utterance]) -> list[Utterance]:
    """The utterances with words in them in order of time, without the lines that rolling captions
    repeat.
    """
    said = sorted(
        (utterance for utterance in utterances if utterance.text.strip()), key=attrgetter("start")
    )
    return list(_once(said)) if said else []


def _once(said: Sequence[Utterance]) -> Iterator[Utterance]:
    """Each line once, where each cue begins with the last lines of the one before.

    Whole cues said again make nothing roll: people do repeat themselves, and Whisper does.
    """
    repeated = [_repeated(before, after) for before, after in pairwise(said)]
    rolling = sum(
        lines > 0 and _touches(before, after) and (_goes_on(after, lines) or _is_unseen(after))
        for (before, after), lines in zip(pairwise(said), repeated, strict=True)
    )
    if rolling <= _ROLLING * len(said):
        yield from said
        return
    yield said[0]
    for (before, after), lines in zip(pairwise(said), repeated, strict=True):
        if lines == 0 or not (_goes_on(after, lines) or _touches(before, after)):
            yield after
        elif _goes_on(after, lines):
            yield replace(after, text="\n".join(after.text.split("\n")[lines:]))


def _repeated(before: Utterance, after: Utterance) -> int:
    """How many lines at the head of `after` are those at the tail of `before`."""
    if before.speaker != after.speaker:
        return 0
    tail, head = (
        before.text.rsplit("\n", _SCREEN)[-_SCREEN:],
        after.text.split("\n", _SCREEN)[:_SCREEN],
    )
    return next((n for n in range(min(len(tail), len(head)), 0, -1) if head[:n] == tail[-n:]), 0)


def _goes_on(cue: Utterance, lines: int) -> bool:
    """Whether more follows in the cue after so many lines."""
    return lines <= cue.text.count("\n")


def _touches(before: Utterance, after: Utterance) -> bool:
    return before.end is None or after.start - before.end <= _TOUCHING


def _is_unseen(cue: Utterance) -> bool:
    return cue.end is not None and 0 < cue.end - cue.start <= _UNSEEN


def _ended(said: Iterable[Utterance]) -> Iterator[Utterance]:
    listed = list(said)
    for each, following in zip(listed, [*listed[1:], listed[-1]], strict=True):
        yield replace(each, end=max(each.start, following.start)) if each.end is None else each


def _turns(said: Iterable[Utterance]) -> Iterator[list[Utterance]]:
    turn: list[Utterance] = []
    for each in said:
        if turn and (
            (each.speaker, each.headings) != (turn[-1].speaker, turn[-1].headings)
            or _pauses(turn[-1], each)
        ):
            yield turn
            turn = []
        turn.append(each)
    if turn:
        yield turn


def _pauses(before: Utterance, after: Utterance) -> bool:
    """Whether so long a silence lies between two utterances that one passage would point to the
    wrong moment.
    """
    return after.start - (before.start if before.end is None else before.end) > _PAUSE


def _join(turn: Sequence[Utterance]) -> tuple[str, tuple[Place, ...]]:
    """The turn's text, a line a cue, and when each cue's words were said."""
    places: list[Place] = []
    offset = 0
    for each in turn:
        places.append((offset, each.start, each.start if each.end is None else each.end))
        offset += len(each.text) + 1
    return "\n".join(each.text for each in turn), tuple(places)
