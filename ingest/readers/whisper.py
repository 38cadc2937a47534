"""Whisper's JSON: OpenAI's, whisper-timestamped, faster-whisper, WhisperX, whisper.cpp and Hugging
Face pipelines.

A segment is an utterance; where its words carry several speakers, one for each of them in turn.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.turns import Utterance, as_transcript

_PLAIN = frozenset(
    "text language segments words task duration language_probs usage logprobs".split()
)
_CLOCK = re.compile(r"\s*(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})\s*")
_FAR = 1000  # characters of a segment that a word may be sought in
_LANGUAGES = {  # as OpenAI's service names them
    "english": "en",
    "chinese": "zh",
    "mandarin": "zh",
    "cantonese": "zh",
    "japanese": "ja",
    "korean": "ko",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "portuguese": "pt",
    "italian": "it",
    "dutch": "nl",
    "russian": "ru",
    "arabic": "ar",
    "hindi": "hi",
}


def fits(file: File) -> bool:
    """Whether a file is what one of Whisper's programs writes."""
    value = file.json
    if not isinstance(value, dict):
        return False
    if any(True for _ in _utterances(value)):
        return True
    return isinstance(value.get("text"), str) and value.keys() <= _PLAIN


def read(file: File) -> Parsed:
    """Read Whisper's JSON. Raises Unreadable."""
    value = file.json
    if not isinstance(value, dict):
        raise Unreadable("not Whisper's JSON")
    utterances = list(_utterances(value))
    if not utterances and str(value.get("text") or "").strip():
        raise Unreadable("a Whisper result without segments: nothing tells when it was said")
    result = value.get("result")
    language = value.get("language") or (result.get("language") if isinstance(result, dict) else "")
    code = str(language or "").lower()
    return as_transcript(
        utterances, lang=_LANGUAGES.get(code, code if len(code.split("-")[0]) <= 3 else "")
    )


def _utterances(value: Mapping[str, Any]) -> Iterator[Utterance]:
    for segment in _mappings(value.get("segments")):
        yield from _said(segment, _seconds(segment.get("start")), _seconds(segment.get("end")))
    for segment in _mappings(value.get("transcription")):
        yield from _said(segment, _offset(segment, "from"), _offset(segment, "to"))
    for key in ("speakers", "chunks"):
        timed = [
            segment for segment in _mappings(value.get(key)) if _is_pair(segment.get("timestamp"))
        ]
        for segment in timed:
            start, end = segment["timestamp"]
            yield from _said(segment, _seconds(start), _seconds(end))
        if timed:
            return  # the chunks are the same words again, without speakers


def _mappings(items: Any) -> Iterable[Mapping[str, Any]]:
    return (item for item in items if isinstance(item, dict)) if isinstance(items, list) else ()


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2


def _seconds(value: Any) -> float | None:
    """A time in seconds; None for anything else, NaN and infinity among it."""
    if (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 <= value < 1e9
        and math.isfinite(value)
    ):
        return float(value)
    return None


def _offset(segment: Mapping[str, Any], side: str) -> float | None:
    """A time of whisper.cpp: in milliseconds, or else written out."""
    offsets, timestamps = segment.get("offsets"), segment.get("timestamps")
    milliseconds = _seconds(offsets.get(side)) if isinstance(offsets, dict) else None
    if milliseconds is not None:
        return milliseconds / 1000
    match = _CLOCK.fullmatch(str(timestamps.get(side))) if isinstance(timestamps, dict) else None
    if match is None:
        return None
    hours, minutes, seconds, fraction = (part or "0" for part in match.groups())
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _said(
    segment: Mapping[str, Any], start: float | None, end: float | None
) -> Iterator[Utterance]:
    """A segment, in pieces where its words have several speakers; nothing without a start or a
    text.
    """
    text = segment.get("text")
    if start is None or not isinstance(text, str) or not text.strip():
        return
    pieces = list(_pieces(segment, text, start))
    for (begin, since, speaker), (stop, until, _) in zip(
        pieces, [*pieces[1:], (len(text), end, None)], strict=True
    ):
        if said := text[begin:stop].strip():
            yield Utterance(since, until if until is None else max(since, until), speaker, said)


def _pieces(
    segment: Mapping[str, Any], text: str, start: float
) -> Iterator[tuple[int, float, str | None]]:
    """(offset in the text, time, speaker) of each run of one speaker's words; words are sought
    where they stand.
    """
    speaker, named = _name(segment.get("speaker")), False
    offset, position, time = 0, 0, start
    for word in _mappings(segment.get("words")):
        shown, name = (
            str(word.get("word") or word.get("text") or "").strip(),
            _name(word.get("speaker")),
        )
        found = text.find(shown, position, position + _FAR)
        if found < 0:
            continue
        position = found + len(shown)
        if name is None:
            continue
        if named and name != speaker:
            yield offset, time, speaker
            offset, time = found, max(time, _seconds(word.get("start")) or time)
        speaker, named = name, True
    yield offset, time, speaker


def _name(value: Any) -> str | None:
    """A speaker as a text; diarizers also number them."""
    return (
        str(value).strip() or None
        if isinstance(value, str | int) and not isinstance(value, bool)
        else None
    )
