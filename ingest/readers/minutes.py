"""Minutes as Tencent Meeting, Feishu, Otter, Teams, Rev, Descript and Google Meet write them: who,
when, and what.

What stands above the first turn is kept in its lines: the tools put a title, a date, keywords or a
summary there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ingest.parsed import Composer, File, Lines, Parsed, Unreadable, trimmed
from ingest.parsing.speakers import given_speakers
from ingest.parsing.timed import Timed, has_times, lines_of, timed
from ingest.parsing.turns import as_transcript

_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)[ ]?[年/.-][ ]?(\d{1,2})[ ]?[月/.-][ ]?(\d{1,2})(?!\d)")
_KEYWORDS = re.compile(r"(?:关键词|關鍵詞|Keywords)[:：]\s*([^\n]+)", re.I)


def fits(file: File) -> bool:
    """Whether most of the file stands in turns with times; logs do too, and are none."""
    return file.ending != ".log" and _timed(file) is not None


def read(file: File) -> Parsed:
    """Read minutes. Raises Unreadable."""
    text = file.text
    found = _timed(file)
    if found is None:
        raise Unreadable("no turns with a name or a time in it")
    start, end = trimmed(text, 0, found.first)
    head = text[start:end]
    title = head.split("\n", 1)[0].strip()
    titled = len(title) <= 80 and not _YEAR.search(title) and not title.endswith((":", "："))
    spans = [] if titled and head == title else [(start, end, ())]
    return with_head(text, spans, found, title if titled else "", "", _meta(head))


def _timed(file: File) -> Timed | None:
    return timed(list(lines_of(file.text)), given_speakers(file)) if has_times(file.text) else None


def with_head(
    text: str,
    spans: Iterable[tuple[int, int, tuple[str, ...]]],
    found: Timed,
    title: str,
    lang: str,
    meta: Mapping[str, Any],
) -> Parsed:
    """A transcript and what stands above it: `spans` are (start, end, headings) in the text, each
    kept in its lines.
    """
    transcript = as_transcript(found.utterances, title, lang, meta)
    lines, composer, group = Lines(text), Composer(), 0
    for start, end, headings in spans:
        composer.add(
            text[start:end],
            lines.anchor(start, end),
            group,
            headings,
            tuple(lines.places(start, end)),
        )
        group += 1
    if not group:
        return transcript
    composer.add_all(transcript, group)
    return composer.parsed("transcript", title, lang, transcript.meta)


def _meta(head: str) -> dict[str, Any]:
    meta: dict[str, Any] = {}
    if match := _DATE.search(head):
        meta["date"] = f"{match[1]}-{int(match[2]):02d}-{int(match[3]):02d}"
    if match := _KEYWORDS.search(head):
        meta["keywords"] = [word for word in re.split(r"[、，,;；]\s*", match[1].strip()) if word]
    return meta
