"""E-mail: the text of a message, and of those attached to it, as lines of their decoded bodies.

What a message quotes is kept under the name of who wrote it, and the words that answer it are found
with it; a reply is found with what the mails in other files ask that it answers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing import mail
from ingest.parsing.mail_quotes import (
    Line,
    MailPart,
    answered,
    body_parts,
    is_quoting,
    mail_parts,
    own_text,
)
from ingest.parsing.mail_threads import MAIL_START
from ingest.parsing.messages import Message
from ingest.parsing.page import Element, lines_of
from ingest.parsing.page_parser import parse
from ingest.parsing.threads import reply_context
from ingest.readers.html import compose
from ingest.readers.plain import plain_blocks
from kb.asking import asks, gist, only_asks
from kb.types import Anchor


def read(file: File) -> Parsed:
    """Read a message. Raises Unreadable for one that is encrypted, damaged or without text."""
    message = mail.opened(file.data)
    composer = Composer()
    group = 0
    reply = _reply(message, file.earlier)
    for body in message.contents.bodies:
        group = _add(composer, body, group, reply if body.name.startswith(mail.BODY) else _NO_REPLY)
    if message.contents.encrypted and not group:
        raise Unreadable("an encrypted e-mail message")
    return composer.parsed("doc", message.subject, meta=message.metadata())


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a message answers: its gist, and who asked it."""

    context: str = ""
    asked_by: str = ""

    @property
    def meta(self) -> dict[str, str]:
        """Who asked, as metadata of the answer."""
        return {"asked_by": self.asked_by} if self.asked_by else {}


_NO_REPLY = _Reply()


def _reply(message: mail.Mail, earlier: Sequence[File]) -> _Reply:
    """What a message answers of the mails in other files. Those that can't be read count for none."""
    before: list[Message] = []
    for file in earlier:
        with suppress(Unreadable):
            before.append(_as_said(mail.opened(file.start(MAIL_START))))
    before = [each for each in before if each.text]
    return _Reply(*reply_context(before, _as_said(message))) if before else _NO_REPLY


def _as_said(message: mail.Mail) -> Message:
    """A mail as a message of a chat, without what it quotes."""
    own = [body for body in message.contents.bodies if body.name.startswith(mail.BODY)]
    text = own_text([part for body in own for part in body_parts(body)])
    return Message("", message.author, message.sent, text, 0, 0)


def _add(composer: Composer, body: mail.Body, group: int, reply: _Reply) -> int:
    """Add a text of a message; gives the next group."""
    if body.is_html:
        shown = parse(body.text).shown
        parts = _parts_of_page(shown)
        if any(part.depth for part in parts):
            return _add_parts(composer, body, parts, group, reply)
        own = (body.name, body.headings, reply.context, reply.meta)
        return compose(composer, shown, group, *own)
    parts = mail_parts(_lines(body.text)) if is_quoting(body.text) else []
    if any(part.depth for part in parts):
        return _add_parts(composer, body, parts, group, reply)
    blocks = tuple(
        replace(block, context=reply.context, meta=reply.meta)
        for block in plain_blocks(body.text, body.headings)
    )
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


def _add_parts(
    composer: Composer, body: mail.Body, parts: Sequence[MailPart], group: int, reply: _Reply
) -> int:
    """Add what the sender wrote and what is quoted, a group for each part; gives the next group."""
    for number, part in enumerate(parts, start=group):
        about = _about(answered(parts, number - group), _NO_REPLY if part.depth else reply)
        facts = {
            "author": [part.author] if part.author else [],
            "turn": "question" if only_asks(part.text) else "",
        }
        meta = {**{key: value for key, value in facts.items() if value}, **about.meta}
        for lines in _paragraphs(part):
            text, places, offset = "\n".join(line for _, line in lines), [], 0
            for row, line in lines:
                places.append((offset, row, row))
                offset += len(line) + 1
            anchor = Anchor("lines", lines[0][0], lines[-1][0], part.author or None, part=body.name)
            composer.add(
                text, anchor, number, body.headings, tuple(places), meta, context=about.context
            )
    return group + len(parts)


def _about(quote: MailPart | None, reply: _Reply) -> _Reply:
    """What a part answers: the question that it quotes, or else `reply` with what it quotes."""
    if quote is None:
        return reply
    said = gist([quote.text])
    if asks(quote.text):
        return _Reply(said, quote.author)
    return replace(reply, context="\n".join(filter(None, (reply.context, said))))


def _paragraphs(part: MailPart) -> Iterator[list[Line]]:
    """The lines of each paragraph, which blank ones part."""
    for filled, lines in groupby(part.lines, key=lambda line: bool(line[1].strip())):
        if filled:
            yield list(lines)
