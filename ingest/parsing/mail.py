"""E-mail as it is sent: the headers of a message, and the texts that it and those attached to it
hold, decoded.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import getaddresses, parsedate_to_datetime

from ingest.parsed import Unreadable
from ingest.parsing.decode import decode
from ingest.parsing.page_parser import parse
from kb.text import has_words

_TELLING = (
    "from",
    "to",
    "subject",
    "date",
    "message-id",
    "received",
)  # every message has one of these
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso8859-1": "cp1252",
}  # what is meant by what is declared
_NO_CHARSETS = ("punycode", "idna", "unicode-escape", "raw-unicode-escape")  # Python's own
_ENCRYPTED = ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime")
# Most headers are of no interest to threads, and take the library most of its time.
_OF_THREADS = re.compile(
    rb"^(?:Subject|Message-ID|In-Reply-To|References):[^\n]*(?:\n[ \t][^\n]*)*", re.I | re.M
)
_IDS = re.compile(r"<[^<>\s]{3,300}>")
_RETURNS = re.compile("\r\n?")
BODY = "body"  # begins the names of the texts of a message itself
LONGEST_HEAD = 100_000  # characters of a header, or bytes of them all
_LONGEST_TITLE = 300  # every passage goes with it
_LONGEST_CONTENT = 4000  # the library takes these apart in time quadratic to their length


class _Policy(Compat32):
    """Headers as they are written, cut where no message has so much.

    The newer policies turn each header into objects, and raise anything for malformed ones.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """The name and the value of a header."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[
            : _LONGEST_CONTENT if name.lower().startswith("content-") else LONGEST_HEAD
        ]


@dataclass(frozen=True, slots=True)
class Body:
    """A text of a message: what it is called, the subject above it, and its lines."""

    name: str
    headings: tuple[str, ...]
    is_html: bool
    text: str


@dataclass(slots=True)
class Contents:
    """What a message and those attached to it hold: their texts, the names of other files, and
    whether something is encrypted.
    """

    bodies: list[Body] = field(default_factory=list)
    attachments: list[str] = field(default_factory=list)
    encrypted: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A message: its headers in lower case, as they are written, its subject, and what it holds."""

    headers: Mapping[str, str]
    subject: str
    contents: Contents

    @property
    def author(self) -> str:
        """Who sent it: a name, or an address where there is none."""
        senders = _addresses(self.headers.get("from", ""))
        return next((name or address for name, address in senders), "")

    @property
    def sent(self) -> datetime | None:
        """When it was sent, as its Date header says."""
        return _moment(self.headers.get("date", ""))

    @property
    def id(self) -> str:
        """Its Message-ID, in angle brackets; empty where it has none."""
        return next(iter(_IDS.findall(self.headers.get("message-id", ""))), "")

    @property
    def answered(self) -> tuple[str, ...]:
        """The ids of the messages that it answers, the nearest first."""
        references = _IDS.findall(self.headers.get("references", ""))
        nearest = _IDS.findall(self.headers.get("in-reply-to", ""))
        return tuple(dict.fromkeys((*nearest, *reversed(references))))

    def metadata(self) -> dict[str, str | list[str]]:
        """From whom and to whom, when, its id and what it answers, where they are given."""
        sent = self.sent
        found: dict[str, str | list[str]] = {
            "author": self.author,
            **{
                name: _listed(_addresses(self.headers.get(name, "")))
                for name in ("from", "to", "cc")
            },
            "date": sent.date().isoformat() if sent else "",
            "message-id": self.headers.get("message-id", ""),
            "in-reply-to": next(iter(self.answered), ""),
            "thread": self.answered[-1] if self.answered else "",
            "attachments": self.contents.attachments,
        }
        return {name: value for name, value in found.items() if value}


def opened(data: bytes) -> Mail:
    """The message in a file. Raises Unreadable for what is none, or damaged."""
    try:
        message = message_from_bytes(data.removeprefix(codecs.BOM_UTF8), policy=_Policy())
        mail = Mail(_headers(message), _subject(message), _contents(message))
    except RecursionError:
        raise Unreadable("too deeply nested") from None
    except MemoryError:
        raise
    except Exception as error:  # the library raises anything for malformed messages
        raise Unreadable("a damaged e-mail message") from error
    if set(mail.headers).isdisjoint(_TELLING):
        raise Unreadable("not an e-mail message")
    return mail


def head_of(data: bytes) -> Mail:
    """The subject of the message in a file, its id, and what it answers; nothing else is read."""
    start = data[:LONGEST_HEAD].removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    fields = b"\n".join(_OF_THREADS.findall(start.partition(b"\n\n")[0]))
    try:
        message = message_from_bytes(fields, policy=_Policy())
        return Mail(_headers(message), _subject(message), Contents())
    except Exception:  # as above; whoever reads the message says so
        return Mail({}, "", Contents())


def _contents(message: Message) -> Contents:
    contents = Contents()
    messages: list[tuple[Message, str, tuple[str, ...]]] = [(message, "", ())]
    for holder, name, headings in messages:  # grows as attached ones are found
        bodies = 0
        for part in _parts(holder):
            kind = part.get_content_type()
            filename = _sound(part.get_filename)
            contents.encrypted |= kind in _ENCRYPTED
            if kind == "message/rfc822":
                for each in _held(part) or ():
                    subject = _subject(each)
                    messages.append(
                        (each, f"attached message {len(messages)}", (subject,) if subject else ())
                    )
            elif _is_body(part) and not filename:
                bodies += 1
                called = (name or BODY) + (f" {bodies}" if bodies > 1 else "")
                contents.bodies.append(Body(called, headings, kind == "text/html", _text(part)))
            elif filename:
                contents.attachments.append(_decoded_words(filename))
    return contents


def _parts(message: Message) -> Iterator[Message]:
    """The parts of a message that hold no further ones, in order; of alternatives, the best;
    messages as they are.
    """
    waiting = [message]
    while waiting:
        part = waiting.pop()
        held = _held(part)
        if held is not None and (part is message or part.get_content_maintype() != "message"):
            waiting += reversed(
                _best(held) if part.get_content_subtype() == "alternative" else held
            )
        else:
            yield part


def _held(part: Message) -> list[Message] | None:
    """The parts that a part holds; None for one that holds data."""
    held = part.get_payload() if part.is_multipart() else None
    return [each for each in held if isinstance(each, Message)] if isinstance(held, list) else None


def _best(parts: Sequence[Message]) -> Sequence[Message]:
    """Of several forms of one text the plain one, if there is anything in it; that with a table
    whose columns have names, if there is one, as plain text has lost them.
    """
    for part in parts:
        if part.get_content_type() == "text/html" and _has_table(_text(part)):
            return [part]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() == kind and has_words(_text(part)):
                return [part]
    return parts[-1:]


def _has_table(page: str) -> bool:
    if "<table" not in page.lower():
        return False
    records = (element.record for element in parse(page).shown)
    return any(
        record is not None and sum(map(bool, record.header.columns)) > 1 for record in records
    )


def _is_body(part: Message) -> bool:
    shown = part.get_content_disposition() != "attachment"
    # A multipart that never begins is a text after all.
    return shown and (
        part.get_content_type() in ("text/plain", "text/html")
        or part.get_content_maintype() == "multipart"
    )


def _text(part: Message) -> str:
    """The text of a part, with line feeds as line ends."""
    data = part.get_payload(decode=True)
    return (
        _RETURNS.sub("\n", _decoded(data, _sound(part.get_content_charset)))
        if isinstance(data, bytes)
        else ""
    )


def _sound(get: Callable[[], str | None]) -> str:
    """What the library finds in a header; empty where that is missing or malformed."""
    with suppress(TypeError, ValueError, LookupError, AttributeError):
        return get() or ""
    return ""


def _decoded(data: bytes, charset: str) -> str:
    """The text of bytes in a charset that may be missing, unknown or wrong; empty if they are no
    text.
    """
    with suppress(LookupError, ValueError):
        name = codecs.lookup(charset).name
        if name not in _NO_CHARSETS:
            return data.decode(_SUPERSETS.get(name, name)).removeprefix("\ufeff")
    try:
        return decode(data)
    except Unreadable:
        return ""


# --- headers --------------------------------------------------------------------------------------


def _headers(message: Message) -> dict[str, str]:
    """The first header of each name, as it is written, on one line."""
    found: dict[str, str] = {}
    for name, value in message.raw_items():
        found.setdefault(name.lower(), " ".join(str(value).split()))
    return found


def _subject(message: Message) -> str:
    return _decoded_words(_headers(message).get("subject", ""))[:_LONGEST_TITLE]


def _addresses(value: str) -> list[tuple[str, str]]:
    """(name, address) of each; either may be empty."""
    try:
        pairs = getaddresses([value if value.isascii() else _decoded_words(value)])
    except (ValueError, IndexError, RecursionError):
        return []
    return [(_decoded_words(name), address) for name, address in pairs if name or address]


def _listed(addresses: Sequence[tuple[str, str]]) -> str | list[str]:
    written = [
        f"{name} <{address}>" if name and address else name or address
        for name, address in addresses
    ]
    return written if len(written) > 1 else "".join(written)


def _moment(value: str) -> datetime | None:
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(value[:200])
    return None


def _decoded_words(value: str) -> str:
    """A header's value with its encoded words (=?utf-8?b?...?=) decoded."""
    if not value.isascii():  # bytes as they came
        return _decoded(value.encode("utf-8", "surrogateescape"), "utf-8")
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError):
        return value
    text = (
        piece if isinstance(piece, str) else _decoded(piece, charset or "latin-1")
        for piece, charset in pieces
    )
    return " ".join("".join(text).split())
