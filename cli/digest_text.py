"""A digest for reading: as Markdown, as a mail, as a chat message; and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cli.formats.inert import live_url, unmentioned, visible
from cli.formats.markdown import escaped
from cli.language import translated
from cli.render import clip
from kb.text import flat
from retrieval.contract import anchor_json
from retrieval.digest.parts import Action, Attendee, Chapter, Digest, Line

_LONGEST = 400  # characters of a line that are shown
_CHAT = 2000  # characters: what the strictest platform takes in one message (Discord)
_HEADINGS = {
    "chapters": "Chapters",
    "decided": "Decided",
    "rejected": "Rejected",
    "actions": "To do",
    "answers": "Questions and answers",
    "open": "Open questions",
    "quotes": "Worth quoting",
    "attendance": "Who was there",
}
_CHAT_LINES, _CHAT_LONGEST = 3, 120


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a digest as text, and the line of the source that it rests on, if any."""

    text: str
    line: Line | None
    also: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a digest that is not empty, under its heading."""

    heading: str
    rows: tuple[Row, ...]


def sections(digest: Digest) -> list[Section]:
    """The parts of a digest that have any line."""
    parts = (
        ("chapters", [_chapter(chapter) for chapter in digest.chapters]),
        ("decided", _outcomes(digest, "decided")),
        ("rejected", _outcomes(digest, "rejected")),
        ("actions", [Row(_task(action), action.line) for action in digest.actions]),
        ("answers", [
            Row(f"{_said(each.question)} → {' '.join(map(_said, each.answer))}", each.question,
                each.answer[:1])
            for each in digest.answers
        ]),
        ("open", [Row(_said(line), line) for line in digest.open_questions]),
        ("quotes", [Row(f"“{_said(line)}”", line) for line in digest.quotes]),
        ("attendance", [_attendee(attendee) for attendee in digest.attendance]),
    )  # fmt: skip
    return [Section(translated(_HEADINGS[part]), tuple(rows)) for part, rows in parts if rows]


def markdown(digest: Digest) -> str:
    """Markdown with a heading for the source and one for each part; each line ends in its place."""
    pieces = [f"# {escaped(title(digest))}", escaped(digest.document.source)]
    for section in sections(digest):
        rows = "\n".join(f"- {escaped(row.text)}{_links(row)}" for row in section.rows)
        pieces.append(f"## {section.heading}\n\n{rows}")
    return unmentioned(visible("\n\n".join(pieces)))


def mail(digests: Sequence[Digest]) -> str:
    """A mail as text: its subject, an empty line, and the digests one after another."""
    names = ", ".join(title(digest) for digest in digests)
    subject = translated("Digest: {title}", title=clip(names, 150))
    body = "\n\n\n".join("\n\n".join(_mail_parts(digest)) for digest in digests)
    return unmentioned(visible(f"Subject: {subject}\n\n{body}"))


def _mail_parts(digest: Digest) -> Iterator[str]:
    yield f"{title(digest)}\n{digest.document.source}"
    for section in sections(digest):
        rows = (f"* {row.text}{_places(row, with_url=True)}" for row in section.rows)
        yield "\n".join((section.heading.upper(), *rows))


def chat(digest: Digest) -> str:
    """One message of at most 2,000 characters: the first lines of each part, none of them a
    mention or a link.
    """
    pieces = [title(digest)]
    for section in sections(digest):
        shown = section.rows[:_CHAT_LINES]
        rows = [f"• {clip(row.text, _CHAT_LONGEST)}{_places(row)}" for row in shown]
        left = len(section.rows) - len(shown)
        rows += [translated("… and {count} more", count=left)] if left else []
        piece = "\n".join((section.heading, *rows))
        if len("\n\n".join((*pieces, piece))) > _CHAT:
            break
        pieces.append(piece)
    return unmentioned(visible("\n\n".join(pieces)))


def title(digest: Digest) -> str:
    """The title of a digest's source, with its day."""
    day = str(digest.document.meta.get("date") or "")[:10]
    return clip(digest.document.title, 200) + (f" ({day})" if day else "")


def digest_json(digest: Digest) -> dict[str, Any]:
    """The object of `kb digest --format json`."""
    document = digest.document
    return {
        "document": document.id,
        "source": document.source,
        "title": document.title,
        "chapters": [
            {
                "title": each.title,
                **line_json(each.first),
                "end": each.last.anchor.end,
                "gist": [*map(line_json, each.gist)],
            }
            for each in digest.chapters
        ],
        "decisions": [
            {"outcome": each.outcome, **line_json(each.line)} for each in digest.decisions
        ],
        "open_questions": [line_json(line) for line in digest.open_questions],
        "actions": [
            {"who": each.who, "due": each.due, "day": each.day, **line_json(each.line)}
            for each in digest.actions
        ],
        "answers": [
            {"question": line_json(each.question), "answer": [*map(line_json, each.answer)]}
            for each in digest.answers
        ],
        "quotes": [line_json(line) for line in digest.quotes],
        "attendance": [
            {
                "name": each.name,
                "share": round(each.share, 3),
                "first": line_json(each.first) if each.first else None,
            }
            for each in digest.attendance
        ],
    }


def line_json(line: Line) -> dict[str, Any]:
    """A line with its place."""
    return {
        "text": line.text,
        "passage": line.passage.id,
        "source": line.document.source,
        "url": line.url,
        "anchor": anchor_json(line.anchor),
    }


def _outcomes(digest: Digest, outcome: str) -> list[Row]:
    return [Row(_said(d.line), d.line) for d in digest.decisions if d.outcome == outcome]


def _said(line: Line) -> str:
    return clip(flat(line.text), _LONGEST)


def _chapter(chapter: Chapter) -> Row:
    """Its words, and what says most of it."""
    gist = " … ".join(map(_said, chapter.gist))
    told = ": ".join(part for part in (chapter.title, gist) if part)
    return Row(told or _said(chapter.first), chapter.first, chapter.gist)


def _task(action: Action) -> str:
    """Who, what, by when; a date that was resolved in brackets."""
    due = f"{action.due} ({action.day})" if action.day else action.due
    told = " · ".join(part for part in (action.who, due) if part)
    return f"{told}: {_said(action.line)}" if told else _said(action.line)


def _attendee(attendee: Attendee) -> Row:
    if attendee.first is None:
        return Row(translated("{name}, who says nothing", name=attendee.name), None)
    return Row(f"{attendee.name} {attendee.share:.0%}", attendee.first)


def _links(row: Row) -> str:
    """Where a row's lines stand, as links where the source has any."""
    places = []
    for line in (row.line, *row.also):
        if line is not None:
            live = live_url(line.url) if line.url else None
            label = escaped(line.anchor.label)
            places.append(f"[{label}](<{live[0]}>)" if live else label)
    return f" ({', '.join(places)})" if places else ""


def _places(row: Row, *, with_url: bool = False) -> str:
    lines = [line for line in (row.line, *row.also) if line is not None]
    if not lines:
        return ""
    labels = ", ".join(line.anchor.label for line in lines)
    url = lines[0].url or ""
    shown = f"\n  {url}" if with_url and live_url(url) else ""
    return f" ({labels}){shown}"
