"""E-mail: the text of a message, and of those attached to it, as lines of their decoded bodies.

What a message quotes is kept under the name of who wrote it, and the words that answer it are found
with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing import mail
from ingest.parsing.mail_quotes import Line, MailPart, answered, is_quoting, mail_parts
from ingest.parsing.page import Element, lines_of
from ingest.parsing.page_parser import parse
from ingest.readers.html import compose
from ingest.readers.plain import plain_blocks
from kb.asking import asks, gist, only_asks
from kb.types import Anchor


def read(file: File) -> Parsed:
    """Read a message. Raises Unreadable for one that is encrypted, damaged or without text."""
    message = mail.opened(file.data)
    composer = Composer()
    group = 0
    for body in message.contents.bodies:
        group = _add(composer, body, group)
    if message.contents.encrypted and not group:
        raise Unreadable("an encrypted e-mail message")
    return composer.parsed("doc", message.subject, meta=message.metadata())


def _add(composer: Composer, body: mail.Body, group: int) -> int:
    """Add a text of a message; gives the next group."""
    if body.is_html:
        shown = parse(body.text).shown
        parts = _parts_of_page(shown)
        if any(part.depth for part in parts):
            return _add_parts(composer, body, parts, group)
        return compose(composer, shown, group, body.name, body.headings)
    parts = mail_parts(_lines(body.text)) if is_quoting(body.text) else []
    if any(part.depth for part in parts):
        return _add_parts(composer, body, parts, group)
    blocks = tuple(plain_blocks(body.text, body.headings))
    return composer.add_all(Parsed(body.text, blocks, "doc"), group, body.name)


def _lines(text: str) -> list[Line]:
    return list(enumerate(text.split("\n"), start=1))


def _parts_of_page(shown: Sequence[Element]) -> list[MailPart]:
    """The parts of a body in HTML, whose quotations are lines with `>`; none where it has a table,
    whose cells would lose their names.
    """
    if any(element.record for element in shown):
        return []
    lines: list[Line] = []
    for element, its in groupby(lines_of(shown), key=itemgetter(2)):
        mark = "> " * element.within.quotes
        lines += [*((row, mark + line) for row, line, _ in its), (0, mark)]
    return mail_parts(lines) if is_quoting("\n".join(text for _, text in lines)) else []


def _add_parts(composer: Composer, body: mail.Body, parts: Sequence[MailPart], group: int) -> int:
    """Add what the sender wrote and what is quoted, a group for each part; gives the next group."""
    for number, part in enumerate(parts, start=group):
        quote = answered(parts, number - group)
        facts = {
            "author": [part.author] if part.author else [],
            "turn": "question" if only_asks(part.text) else "",
            "asked_by": quote.author if quote and asks(quote.text) else "",
        }
        meta = {key: value for key, value in facts.items() if value}
        context = gist([quote.text]) if quote else ""
        for lines in _paragraphs(part):
            text, places, offset = "\n".join(line for _, line in lines), [], 0
            for row, line in lines:
                places.append((offset, row, row))
                offset += len(line) + 1
            anchor = Anchor("lines", lines[0][0], lines[-1][0], part.author or None, part=body.name)
            composer.add(text, anchor, number, body.headings, tuple(places), meta, context=context)
    return group + len(parts)


def _paragraphs(part: MailPart) -> Iterator[list[Line]]:
    """The lines of each paragraph, which blank ones part."""
    for filled, lines in groupby(part.lines, key=lambda line: bool(line[1].strip())):
        if filled:
            yield list(lines)
