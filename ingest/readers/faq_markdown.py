"""FAQs in Markdown or plain text: question headings, lines that begin with Q:/A: and 问：/答：, or
one question a file.

A file with one question has it in its front matter, under `question` or 问题; or as its title, if
that asks, the file says that it is a FAQ and no heading in it asks.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import PurePath
from typing import Any

from ingest.metadata import as_text
from ingest.parsed import Block, File, Lines, Parsed, Unreadable, trimmed
from ingest.parsing.entries import CALLED_FAQ
from ingest.readers.markdown import Section, front_matter, sections
from kb.text import flat
from kb.types import Anchor

# The marks after which a question begins, bold or in a heading or list as the case may be.
_QUESTION_LINE = re.compile(
    r"^[ \t]*(?:[#>*\-]+[ \t]*)?(?:\*\*|__)?"
    r"(?:Q|Question|问题?|問題?)[ \t]*\d{0,3}[ \t]*(?:[:：.、])(?:\*\*|__)?[ \t]*(?=\S)",
    re.M | re.I,
)
_ANSWER_LINE = re.compile(
    r"^[ \t]*(?:[>*\-]+[ \t]*)?(?:\*\*|__)?(?:A|Answer|答案?)[ \t]*\d{0,3}[ \t]*(?:[:：.、])",
    re.M | re.I,
)
_QUESTION_KEYS = ("question", "问题", "問題")
_HEADING = re.compile(r"^#{1,6}[ \t]", re.M)


def fits(file: File) -> bool:
    """True for a file that says so in its name or front matter and has questions, or is mostly Q:
    and A:.
    """
    text = file.text
    front, body = front_matter(text)
    if _question(front):
        return True
    entries = _by_lines(text, body)
    if len(entries) >= 3 and sum(entry.end - entry.start for entry in entries) > 0.7 * (
        len(text) - body
    ):
        return True
    if front.get("kind") == "faq":
        return True
    return bool(CALLED_FAQ.search(file.name)) and (
        bool(entries) or any(_asks(part) for part in sections(text, body))
    )


def read(file: File) -> Parsed:
    """Read a FAQ. Each entry is one block, question to end of answer. Raises Unreadable without
    any.

    What stands outside entries is kept too, as ordinary text.
    """
    text = file.text
    front, body = front_matter(text)
    asked = _question(front)
    entries = [] if asked else _by_lines(text, body)
    title = as_text(front.get("title"))
    if (
        not asked
        and not entries
        and _is_question(title)
        and not any(_asks(part) for part in sections(text, body))
    ):
        asked = title
    if asked:
        return _one_entry(file, front, body, asked)
    entries = entries or list(_by_headings(text, body))
    if not entries:
        raise Unreadable("no questions found in it")
    blocks = sorted([*entries, *_between(text, body, entries)], key=lambda block: block.start)
    own = {key: value for key, value in front.items() if key != "kind"}
    title = as_text(own.pop("title", "")) or next(
        (part.path[0] for part in sections(text, body) if part.path), ""
    )
    lang = as_text(own.pop("lang", "") or own.pop("language", ""))
    return Parsed(text, tuple(blocks), "faq", title, lang, own)


def unanswered(text: str) -> list[str]:
    """The headings that would be questions, had they any text below them."""
    _, body = front_matter(text)
    parts = [part for part in sections(text, body) if part.path]
    asking = any(map(_asks, parts)) or bool(_by_lines(text, body))
    return [
        flat(part.path[-1])
        for part, after in zip_longest(parts, parts[1:])
        if not part.spans
        and not (after and after.level > part.level)
        and (_asks(part) or not asking)
    ]


def _question(front: Mapping[str, Any]) -> str:
    """The question that front matter holds, if it does."""
    return next(
        (flat(text) for key in _QUESTION_KEYS if (text := as_text(front.get(key)).strip())), ""
    )


def _one_entry(file: File, front: Mapping[str, Any], body: int, asked: str) -> Parsed:
    """A file with one question, all of whose text is the answer; called by its id, or else by its
    name.
    """
    start, end = trimmed(file.text, body, len(file.text))
    if start == end:
        raise Unreadable("a question without an answer")
    own = {key: value for key, value in front.items() if key not in ("kind", *_QUESTION_KEYS)}
    place = Lines(file.text).anchor(start, end)
    name = as_text(own.pop("id", "")) or PurePath(file.name).stem
    block = Block(start, end, 1, (asked,), Anchor("faq", place.start, place.end, entry=name))
    title = as_text(own.pop("title", "")) or asked
    lang = as_text(own.pop("lang", "") or own.pop("language", ""))
    return Parsed(file.text, (block,), "faq", title, lang, own)


def _between(text: str, body: int, entries: Sequence[Block]) -> Iterator[Block]:
    """The text that no entry holds, grouped by section."""
    starts = [entry.start for entry in entries]
    for number, part in enumerate(sections(text, body), start=len(entries) + 1):
        for start, end in part.spans:
            first = bisect_right(starts, start) - 1
            begin = max(start, entries[first].end) if first >= 0 else start
            following = first + 1
            if following < len(entries) and entries[following].start < end:
                # What stands in a paragraph above its first question, up to the question's own
                # line.
                end = max(begin, text.rfind("\n", begin, entries[following].start))
            begin, end = trimmed(text, begin, end)
            if begin < end:
                yield Block(begin, end, number, part.path)


def _by_lines(text: str, body: int) -> list[Block]:
    """Entries written as Q: and A: lines. An answer ends where the next question or heading begins."""
    questions = list(_QUESTION_LINE.finditer(text, body))
    answers = [match.start() for match in _ANSWER_LINE.finditer(text, body)]
    if not questions or not answers:
        return []
    lines = Lines(text)
    entries: list[Block] = []
    parts = list(sections(text, body))
    part_starts = [part.start for part in parts]
    stops = sorted(
        [
            *(match.start() for match in questions),
            *(match.start() for match in _HEADING.finditer(text, body)),
        ]
    )
    for question in questions:
        stop = bisect_right(stops, question.start())
        end = stops[stop] if stop < len(stops) else len(text)
        answer = bisect_left(answers, question.end())
        if answer < len(answers) and answers[answer] < end:
            asked = flat(text[question.end() : answers[answer]]).strip("*_ ")
            above = parts[max(0, bisect_right(part_starts, question.start()) - 1)].path
            # A question written as a heading is its section's own.
            path = above if above and above[-1].endswith(asked) else (*above, asked)
            entries.append(_entry(text, lines, question.end(), end, len(entries) + 1, path))
    return entries


def _by_headings(text: str, body: int) -> Iterator[Block]:
    """Sections with a question as heading, each with the sections below it; all sections where no
    heading asks.
    """
    parts = [part for part in sections(text, body) if part.path]
    asking = any(_asks(part) for part in parts)
    lines = Lines(text)
    number = position = 0
    while position < len(parts):
        part = parts[position]
        below = position + 1
        if _asks(part) or not asking:
            while (
                asking
                and below < len(parts)
                and parts[below].level > part.level
                and not _asks(parts[below])
            ):
                below += 1
            spans = [span for each in parts[position:below] for span in each.spans]
            if spans:
                number += 1
                yield _entry(text, lines, part.start, spans[-1][1], number, part.path)
        position = below


def _asks(part: Section) -> bool:
    return bool(part.path) and _is_question(part.path[-1])


def _is_question(text: str) -> bool:
    return text.rstrip("*_` ").endswith(("?", "？"))


def _entry(
    text: str, lines: Lines, start: int, end: int, number: int, path: tuple[str, ...]
) -> Block:
    end = start + len(text[start:end].rstrip().rstrip("*_#>- \n")) if end > start else end
    place = lines.anchor(start, end)
    return Block(start, end, number, path, Anchor("faq", place.start, place.end, entry=str(number)))
