"""Quotes in mail: which lines of a body the sender wrote, which are quoted, and whose those are.

The shapes are those that GitHub's email_reply_parser and Mailgun's talon list, and those of Chinese
programs: lines with `>`, a line such as "On … wrote:" or "在 … 写道：", and blocks of headers ("From:",
"发件人：") below a rule such as "-----Original Message-----". A block of headers, or such a line above
what has no `>`, begins a quote that lasts to the end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.parsing.mail import Body
from ingest.parsing.page import lines_of
from ingest.parsing.page_parser import parse

_DEEPEST = 20
_LONGEST_INTRODUCTION = 300
_INTRODUCTION_LINES = 3  # mail programs break long ones
_HEADER_LINES = 8
_QUOTED = re.compile(r"[ \t]?>[ \t]?")
_WROTE = re.compile(
    r"(?:(?:-{2,}[ \t]*)?On[ \t]\S.*\bwrote|.{0,200}\d[-/.年月]\d.{0,200}(?:写道|寫道|写到))[:：]"
)
_WROTE_AFTER = re.compile(  # the name stands behind the day and time
    r".*\d(?:[日号]|年)?(?:[ \t]?[AaPp][Mm])?"
    r"(?:[ \t]+(?:[(（]?[A-Z]{2,5}[)）]?|[+-]\d{4}))*[ \t]*[,，]?[ \t]*"
    r"(?P<name>[^\d,，][^\d]{0,80}?)[ \t]*(?:wrote|写道|寫道|写到)[:：]"
)
_WROTE_BEFORE = re.compile(r"(?P<name>\D{1,80}?)[ \t]*[于於在]?[ \t]*\d.*(?:写道|寫道|写到)[:：]")
_WRITES = re.compile(r"(?P<name>\S.{0,100}?)[ \t]+writes[:：]")  # only above lines with `>`
_ENDS = (":", "：")
_ADDRESS = re.compile(r"[<(（\[][^<>()（）\[\]]*@[^<>()（）\[\]]*[>)）\]]|\[mailto:[^\]]*\]")
_FROM = re.compile(
    r"[ \t*]*(?:From|发件人|寄件者|寄件人)[*]*[ \t]*[:：][ \t*]*(?P<name>\S.*)", re.I
)
_HEADER = re.compile(
    r"[ \t*]*(?:From|Sent|Date|To|Cc|Subject|发件人|寄件者|寄件人|发送时间|发送日期|寄件日期|日期|时间|收件人"
    r"|收件者|抄送|副本|主题|主旨)[*]*[ \t]*[:：].*",
    re.I,
)
_MAYBE = ("\n>", "wrote:", "写道", "寫道", "写到", "From:", "发件人", "寄件者", "寄件人")
_TELLING = re.compile(
    r"[ \t*]*(?:Sent|Subject|发送时间|发送日期|寄件日期|主题|主旨)[*]*[ \t]*[:：]", re.I
)
_RULE = re.compile(r"[ \t]*(?:[-_—]{5,}[ \t]*|[-—]{2,}[ \t]*[^-—\n]{1,60}?[ \t]*[-—]{2,}[ \t]*)")


Line = tuple[int, str]  # its number in the body, and its text


@dataclass(frozen=True, slots=True)
class MailPart:
    """Lines of a body that one person wrote: at `depth` 0 the sender, deeper the one who is quoted,
    where a name stands there. `lines` go without marks of quoting.
    """

    depth: int
    author: str
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """What was written."""
        return "\n".join(text for _, text in self.lines)


def mail_parts(lines: Sequence[Line]) -> list[MailPart]:
    """The parts of a body in order; the whole of it where nothing is quoted."""
    return _parts(lines, "", 0)


def is_quoting(text: str) -> bool:
    """Whether a body may quote anything: most don't, and are not looked at line by line."""
    return text.startswith(">") or any(mark in text for mark in _MAYBE)


def answered(parts: Sequence[MailPart], number: int) -> MailPart | None:
    """The quoted part that a part answers: the one right above it, or else below it."""
    depth = parts[number].depth
    if number and parts[number - 1].depth > depth:
        return parts[number - 1]
    below = number + 1
    return parts[below] if below < len(parts) and parts[below].depth > depth else None


def body_parts(body: Body) -> list[MailPart]:
    """The parts of a text of a mail: what its sender wrote, and what is quoted."""
    if not body.is_html:
        return mail_parts(list(enumerate(body.text.split("\n"), start=1)))
    lines: list[Line] = []
    for row, line, element in lines_of(parse(body.text).shown):
        lines.append((row, "> " * element.within.quotes + line))
    return mail_parts(lines)


def own_text(parts: Sequence[MailPart]) -> str:
    """What the sender of a mail wrote, without what is quoted."""
    return "\n\n".join(part.text for part in parts if not part.depth)


def _parts(lines: Sequence[Line], author: str, depth: int) -> list[MailPart]:
    found: list[MailPart] = []
    own: list[Line] = []
    at, name = 0, ""

    def close() -> None:
        while own and not own[-1][1].strip():
            own.pop()
        while own and not own[0][1].strip():
            own.pop(0)
        if own:
            found.append(MailPart(depth, author, tuple(own)))
        own.clear()

    while at < len(lines):
        if _QUOTED.match(lines[at][1]) and depth < _DEEPEST:
            end = _run(lines, at)
            name = _introduced(own) or name
            close()
            inner = [(row, _QUOTED.sub("", text, count=1)) for row, text in lines[at:end]]
            found += _parts(inner, name, depth + 1)
            at = end
        elif (opening := _history(lines, at)) and depth < _DEEPEST:
            name, end = opening
            while own and (not own[-1][1].strip() or _RULE.fullmatch(own[-1][1])):
                own.pop()
            close()
            return [*found, *_parts(lines[end:], name, depth + 1)]
        else:
            own.append(lines[at])
            at += 1
    close()
    return found


def _run(lines: Sequence[Line], at: int) -> int:
    """Where the quoted lines end that begin at `at`."""
    while at < len(lines) and _QUOTED.match(lines[at][1]):
        at += 1
    return at


def _introduced(own: list[Line]) -> str:
    """Who is quoted, as the last lines say, which are taken away then."""
    end = len(own)
    while end and not own[end - 1][1].strip():
        end -= 1
    for first in range(end - 1, max(end - 1 - _INTRODUCTION_LINES, -1), -1):
        line = " ".join(text.strip() for _, text in own[first:end])
        name = _writer(line)
        if name is None and (match := _WRITES.fullmatch(line)):
            name = _bare(match["name"])
        if name is not None:
            del own[first:]
            return name
    return ""


def _history(lines: Sequence[Line], at: int) -> tuple[str, int] | None:
    """(who wrote it, where it begins) of a quote that lasts to the end and has its head at `at`."""
    if _HEADER.fullmatch(lines[at][1]):
        return _headed(lines, at)
    if not lines[at][1].strip():
        return None
    for end in range(at + 1, min(at + _INTRODUCTION_LINES, len(lines)) + 1):
        if not lines[end - 1][1].strip():
            return None
        name = _writer(" ".join(text.strip() for _, text in lines[at:end]))
        if name is not None:
            if _writer(" ".join(text.strip() for _, text in lines[at + 1 : end])) is not None:
                return None  # it begins further down
            below = next((text for _, text in lines[end:] if text.strip()), ">")
            return None if _QUOTED.match(below) else (name, end)
    return None


def _headed(lines: Sequence[Line], at: int) -> tuple[str, int] | None:
    """The same for a block of headers that tells who wrote, and what about or when it was sent."""
    end = at
    while end < len(lines) and end - at < _HEADER_LINES and _HEADER.fullmatch(lines[end][1]):
        end += 1
    block = [text for _, text in lines[at:end]]
    writer = next(filter(None, map(_FROM.fullmatch, block)), None)
    return (_bare(writer["name"]), end) if writer and any(map(_TELLING.match, block)) else None


def _writer(line: str) -> str | None:
    """Who wrote what is quoted, as a line above it says; empty where it names nobody, None for any
    other line.
    """
    line = line.strip()
    if line[-1:] not in _ENDS or len(line) > _LONGEST_INTRODUCTION or not _WROTE.fullmatch(line):
        return None
    bare = _ADDRESS.sub("", line)
    match = _WROTE_AFTER.fullmatch(bare) or _WROTE_BEFORE.fullmatch(bare)
    return _bare(match["name"]) if match else ""


def _bare(name: str) -> str:
    """A name without its address and quotation marks."""
    return _ADDRESS.sub("", name).strip(" \t\"'“”;；,，*") or name.strip(" \t<>\"'“”;；,，*")
