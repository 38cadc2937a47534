"""Mailboxes: the threads of a mailing list or a group, as mbox files, pipermail's archives and
Google Takeout's have them.

A mail is a message that answers what its In-Reply-To or References name. What it quotes of a mail
that is in the file is left out; what it quotes of others goes before it, under their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ingest.parsed import File, Parsed, Unreadable
from ingest.parsing.mail import Mail, opened
from ingest.parsing.mail_quotes import body_parts, own_text
from ingest.parsing.messages import Message
from ingest.parsing.threads import as_chat

_FROM = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d?:\d\d[^\n]*\n(?=[\w-]+:)")
_ESCAPED = re.compile(rb"^>(>*From )", re.M)
_REPLY = re.compile(r"(?:\s*(?:re|aw|fwd?|答复|回复|转发)\s*[:：]|\s*\[[^\]\n]{1,40}\]\s)+", re.I)


def fits(file: File) -> bool:
    """Whether it begins as a mailbox does; files called so need not."""
    return file.ending == ".mbox" or _FROM.match(file.data[:1000]) is not None


def read(file: File) -> Parsed:
    """Read a mailbox. Raises Unreadable without any mail in it."""
    mails = list(_mails(file.data))
    if not mails:
        raise Unreadable("a mailbox without mails")
    known = {each.mail.id for each in mails} - {""}
    subjects: dict[str, str] = {}
    said: list[Message] = []
    for each in _by_time(mails):
        target = next((one for one in each.mail.answered if one in known), None)
        subject = subjects[target] if target in subjects else _REPLY.sub("", each.mail.subject)
        subjects[each.id] = subject.strip()
        said += _messages(each, target, subject)
    titles = set(subjects.values())
    return as_chat(said, titles.pop() if len(titles) == 1 else "")


@dataclass(frozen=True, slots=True)
class _Mail:
    """A mail, and the first and last line in which it stands in the file."""

    mail: Mail
    first: int
    last: int

    @property
    def id(self) -> str:
        """Its Message-ID, or its line where it has none."""
        return self.mail.id or f"L{self.first}"


def _mails(data: bytes) -> Iterator[_Mail]:
    """The mails of a mailbox; those that are damaged are left out."""
    starts = [*_FROM.finditer(data)]
    ends = [*(match.start() for match in starts[1:]), len(data)]
    line, counted = 1, 0
    for match, end in zip(starts, ends, strict=False):
        line += data.count(b"\n", counted, match.start())
        counted = match.start()
        whole = data[match.end() : end]
        last = line + data.count(b"\n", match.start(), end) - 1
        try:
            yield _Mail(opened(_ESCAPED.sub(rb"\1", whole)), line, last)
        except Unreadable:
            continue


def _by_time(mails: list[_Mail]) -> list[_Mail]:
    """The mails in order of time; as they come where one has none."""
    times = [each.mail.sent for each in mails]
    try:
        stamps = [time.timestamp() for time in times if time]
    except (ValueError, OverflowError):  # a year that no clock has
        return mails
    if len(stamps) < len(mails):
        return mails
    return [each for _, _, each in sorted(zip(stamps, range(len(mails)), mails, strict=True))]


def _messages(each: _Mail, target: str | None, subject: str) -> Iterator[Message]:
    """A mail as a message, and before it what it quotes of mails that are not in the file."""
    sent = each.mail.sent
    common = Message("", "", sent, "", each.first, each.last, channel=subject)
    parts = [part for body in each.mail.contents.bodies for part in body_parts(body)]
    own = own_text(parts)
    thread = target
    if target is None:
        for place, part in enumerate(reversed([part for part in parts if part.depth])):
            quote = f"{each.id} quote {place}"
            shown = replace(common, author=part.author, at=None, text=part.text)
            yield replace(shown, id=quote, thread=thread)
            thread = quote
    if own:
        yield replace(common, id=each.id, author=each.mail.author, text=own, thread=thread)
