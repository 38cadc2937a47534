"""E-mail: the text of a message, and of those attached to it, as lines of their decoded bodies."""

from __future__ import annotations

from ingest.parsed import Block, Composer, File, Parsed, Unreadable
from ingest.parsing import mail
from ingest.parsing.page_parser import parse
from ingest.readers.html import compose
from ingest.readers.plain import paragraphs


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
    if body.is_html:
        return compose(composer, parse(body.text).shown, group, body.name, body.headings)
    blocks = tuple(Block(start, end, 0, body.headings) for start, end in paragraphs(body.text))
    return composer.add_all(Parsed(body.text, blocks, "doc"), group, body.name)
