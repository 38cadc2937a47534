"""FAQ entries as a file: Markdown that reads well in git, and comes back as exactly what it
was.

Each entry is a heading with its question, a comment with what else is known of it, and its answer:

    ## How long may I ask for a refund?

    <!-- kb
    id: f_0199aa01c2f3a1b2c3
    version: 2
    reviewed: 2026-05-01T09:30:00.000000Z
    by: Ada
    also: 多久之内可以退款？
    source: guides/refunds.md
      passage: p_8d1f0c2b3a495867
      hash: 51b3c4d5e6f70819
      label: L4–9
    -->

    Thirty days.

Of `reviewed`, the date is enough. A line of an answer that would begin an entry gets a backslash in
front, as Markdown has it; in code between fences it needs none. Characters that no terminal may
see, and what would end a comment, are written as `&#x1b;`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.parsed import File, Unreadable
from ingest.readers import faq_markdown
from kb.errors import KbError, UsageError
from kb.journal.faq_entries import sound
from kb.journal.ids import as_time
from kb.text import flat
from kb.types import FaqEntry, Support

_ABOUT = """# FAQ

<!-- Answers that reviewers stand behind. Change them here, or add further `## questions`, then: kb faq import FILE -->
"""
_OPENS = "<!-- kb\n"
_IS_GAPS = re.compile(r"^# Gaps, \d{4}-\d\d-\d\d to \d|^`{3,}markdown\n## [^\n]*\n\n<!-- kb$", re.M)
_IS_OURS = re.compile(r"^<!--[ \t]*kb[ \t]*$", re.M)
_ENTRY = re.compile(r"^## ([^\n]*)(?:\n|\Z)(?:[ \t]*\n)*(<!--[ \t]*kb[ \t]*\n)?", re.M)
_FENCE = re.compile(r"^ {0,3}(`{3,}(?=[^`\n]*$)|~{3,})(.*)", re.M)
_KNOWN = re.compile(r"(?:[ \t]*(?:[A-Za-z]+[ \t]*:[^\n]*)?\n)*")  # what a comment may hold
_CLOSES = re.compile(r"[ \t]*-->[ \t]*(?:\n|\Z)")
_ID = re.compile(r"^id[ \t]*:", re.M)
_HEADING = re.compile(r"^(\\*)(## )", re.M)
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
_AMPERSAND = re.compile("&(?=(?:amp;)*#x)")
_ESCAPED = re.compile("&(?:#x([0-9a-f]{1,6});|amp;(?=(?:amp;)*#x))")
_FIELDS = {"passage": "passage", "hash": "text_hash", "label": "label", "quote": "quote"}


def written(entries: Iterable[FaqEntry]) -> str:
    """The entries as a file."""
    return "\n".join((_ABOUT, *map(write_entry, entries)))


def drafts(entries: Iterable[str]) -> str:
    """Entries that are to be written on, each as it stands in the file, as a file."""
    return "\n".join((_ABOUT, *entries))


def write_entry(entry: FaqEntry) -> str:
    """One entry as it stands in the file."""
    known = "".join(f"{name}: {_escaped(value)}\n" for name, value in _known(entry))
    answer = _HEADING.sub(r"\1\\\2", _hidden(entry.answer))
    return f"## {_hidden(entry.question)}\n\n{_OPENS}{known}-->\n\n{answer}\n"


def draft(question: str, answer: str, also: Iterable[str], sources: Iterable[Support]) -> str:
    """An entry that is to be written on."""
    begun = FaqEntry("", 0, "add", question, tuple(also), answer, tuple(sources), None, None, "")
    return write_entry(begun).replace("\n-->\n", "\nalso: \nsource: \n-->\n", 1)


def read(text: str, name: str = "faq.md", refused: list[str] | None = None) -> list[FaqEntry]:
    """The entries of a file: ours, or any FAQ in Markdown or plain text. Those that have no id yet
    have version 0.

    None for a file of ours that has none. What can't be an entry goes to `refused`, one line each,
    if there is one. Raises KbError for a file without questions, and UsageError for an entry that
    can't be one.
    """
    text = re.sub("\r\n?", "\n", text)
    if _IS_GAPS.search(text):
        raise KbError(
            f"{name} is a report of gaps, not a FAQ",
            "for drafts to write on: kb gaps --drafts > drafts.md",
        )
    ours = _ABOUT.strip() in text or _IS_OURS.search(text)
    found: list[FaqEntry] = []
    given = list(_ours(text) if ours else _any(text, name))
    ids = Counter(entry.id for entry in given if entry.id)
    for entry in given:
        try:
            if ids[entry.id] > 1:
                raise UsageError(
                    f"{entry.id} stands in {name} twice",
                    "take the id away from the one that is new",
                )
            found.append(_sound(entry))
        except UsageError as error:
            problem = f"{entry.question or 'an entry'}: {error}"
            if refused is None:
                raise UsageError(problem, error.hint) from error
            refused.append(problem)
    if not given and _ABOUT.strip() not in text:
        raise KbError(
            f"there is no question in {name}", "questions are headings: ## How do I get a refund?"
        )
    return found


def _known(entry: FaqEntry) -> Iterator[tuple[str, str]]:
    if entry.id:
        yield "id", entry.id
        yield "version", str(entry.version)
        yield "reviewed", entry.at
    if entry.by:
        yield "by", entry.by
    if entry.exchange:
        yield "from", entry.exchange
    for also in entry.also:
        yield "also", also
    for support in entry.sources:
        yield "source", support.source
        for shown, name in _FIELDS.items():
            if value := getattr(support, name):
                yield f"  {shown}", value


def _ours(text: str) -> Iterator[FaqEntry]:
    starts = _starts(text)
    ends = [*(match.start() for match in starts), len(text)][1:]
    for match, end in zip(starts, ends, strict=True):
        known, begin = (
            _comment(text, match.start(2), match.end()) if match[2] else ("", match.end())
        )
        answer = re.sub(r"^\\(\\*## )", r"\1", text[begin:end], flags=re.M)
        yield _with_known(
            FaqEntry("", 0, "add", _seen(match[1]), (), _seen(answer), (), None, None, ""), known
        )


def _starts(text: str) -> list[re.Match[str]]:
    """Where entries begin. A heading in fenced code is none, unless it has our comment or the fence
    is never closed.
    """
    found: list[re.Match[str]] = []
    fence = ""
    fenced: list[re.Match[str]] = []
    lines = sorted(
        (*_ENTRY.finditer(text), *_FENCE.finditer(text)), key=lambda match: match.start()
    )
    for line in lines:
        if line.re is _FENCE:
            if not fence:
                fence = line[1]
            elif line[1].startswith(fence) and not line[2].strip():
                fence, fenced = "", []
        elif line[2] or not fence:
            found += (*fenced, line)
            fence, fenced = "", []
        else:
            fenced.append(line)
    return found + fenced


def _comment(text: str, opens: int, start: int) -> tuple[str, int]:
    """What an entry's comment holds from offset `start` on, and the offset behind it.

    Raises KbError where something else comes before it is closed: that would be lost, or taken for
    the entry's.
    """
    known = _KNOWN.match(text, start)
    closes = _CLOSES.match(text, known.end()) if known else None
    if not known or not closes or len(_ID.findall(known[0])) > 1:
        line = text.count("\n", 0, opens) + 1
        raise KbError(
            f"the comment that begins in line {line} is not closed",
            "it ends with a line of its own: -->",
        )
    return known[0], closes.end()


def _with_known(entry: FaqEntry, comment: str) -> FaqEntry:
    """The entry with what its comment says; what it does not know is left alone."""
    also: list[str] = []
    sources: list[Support] = []
    one: dict[str, str] = {}
    for line in comment.split("\n"):
        name, _, given = line.partition(":")
        value = _seen(given.strip(" "))
        if not value:
            continue
        if name == "also":
            also.append(value)
        elif name == "source":
            sources.append(Support(value))
        elif sources and name.startswith(" ") and name.strip() in _FIELDS:
            sources[-1] = replace(sources[-1], **{_FIELDS[name.strip()]: value})
        else:
            one[name.strip()] = value
    version = one.get("version", "")
    return replace(
        entry,
        id=one.get("id", ""),
        version=int(version)
        if version.isascii() and version.isdigit() and len(version) < 10
        else 0,
        also=tuple(also),
        sources=tuple(sources),
        exchange=one.get("from"),
        by=one.get("by"),
        at=one.get("reviewed", ""),
    )


def _any(text: str, name: str) -> Iterator[FaqEntry]:
    """The entries of a FAQ that was written for people."""
    try:
        parsed = faq_markdown.read(File(name, text.encode("utf-8", "replace")))
    except Unreadable:
        return
    for block in parsed.blocks:
        if block.anchor is None or block.anchor.type != "faq":
            continue
        asked = flat(block.headings[-1])
        first, _, rest = parsed.text[block.start : block.end].partition("\n")
        answer = rest if flat(first) == asked else f"{first}\n{rest}"
        yield FaqEntry("", 0, "add", asked, (), _MARK.sub("", answer.strip()), (), None, None, "")
    for asked in faq_markdown.unanswered(text):
        yield FaqEntry("", 0, "add", asked, (), "", (), None, None, "")


_MARK = re.compile(r"\A(?:\*\*|__)?(?:A|Answer|答案?|回答)[ \t]*[:：](?:\*\*|__)?[ \t]*", re.I)


def _sound(entry: FaqEntry) -> FaqEntry:
    """The entry as it is kept. Raises UsageError."""
    question, also, answer = sound(entry.question, entry.also, entry.answer)
    try:
        at = entry.at and as_time(entry.at)
    except ValueError as error:
        raise UsageError(
            f"reviewed must be a date like 2026-05-01, not {entry.at[:40]!r}"
        ) from error
    if (
        at[:10] > (datetime.now(UTC) + timedelta(days=1)).isoformat()[:10]
    ):  # where days begin first, it is tomorrow
        raise UsageError(f"reviewed lies in the future: {entry.at[:40]!r}")
    return replace(entry, question=question, also=also, answer=answer, at=at)


def _hidden(text: str) -> str:
    """The text with what no terminal may see spelt out."""
    return _HIDDEN.sub(lambda match: f"&#x{ord(match[0]):x};", _AMPERSAND.sub("&amp;", text))


def _escaped(value: str) -> str:
    """A value on one line of the comment, which it can't end."""
    line = (
        _hidden(value)
        .replace("\n", "&#xa;")
        .replace("-->", "--&#x3e;")
        .replace("--!>", "--!&#x3e;")
    )
    return re.sub(r"^ +| +$", lambda match: "&#x20;" * len(match[0]), line)


def _seen(text: str) -> str:
    """What was hidden or escaped, as it was."""
    return _ESCAPED.sub(lambda match: _character(match[1]) if match[1] else "&", text)


def _character(code: str) -> str:
    return chr(int(code, 16)) if int(code, 16) < 0x110000 else "\ufffd"
