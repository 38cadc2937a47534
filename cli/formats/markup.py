"""The Markdown that models write, as blocks and spans: what every platform's markup is made from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from cli.formats.inert import visible
from kb.text import HAN

Look = Literal["", "bold", "italic", "strike"]
BlockKind = Literal["text", "heading", "item", "quote", "code", "blank", "label", "note", "cited"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line. A `mark` is [n]; a `url` is one that somebody wrote, shown and never a
    link; a `link` is one that kb built, whose `text` is its host.
    """

    text: str
    kind: Literal["text", "code", "mark", "url", "link"] = "text"
    look: Look = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A line of text, or all lines of a code block.

    `lead` is what stands before it: an item's indent and number (or bullet), a heading's level, a
    note's number.
    """

    kind: BlockKind
    spans: tuple[Span, ...] = ()
    lead: str = ""


_URL_CHARS = r"[^\s<>\"`|\[\]\\，。；：！？、（）【】《》「」『』“”‘’]"
_PATTERN = "|".join(
    (
        r"\\(?P<literal>[\\`*_\[\]<>#~|])",
        r"``(?P<code2>[^\n]{1,500}?)``(?!`)|`(?P<code>[^`\n]{1,2000})`(?!`)",
        r"!?\[(?P<label>[^\[\]\n]{0,300})\]\([ ]?<?(?P<target>[^()\s<>]{1,2000}(?:\([^()\s<>]{0,100}\)"
        r"[^()\s<>]{0,500})?)>?(?:[ ]+[\"'(][^\n\"')]{0,200}[\"')])?[ ]?\)",
        r"(?P<mark>\[\d{1,4}\])",
        r"<(?P<auto>[A-Za-z][A-Za-z0-9+.-]{1,20}:[^<>\s|]{1,2000})(?:\|(?P<said>[^<>\n]{0,300}))?>",
        r"(?P<stars>\*{1,3})(?=[^\s*])(?P<starred>[^*\n]{1,1000})(?<=\S)(?P=stars)(?!\*)",
        r"(?<!\w)(?P<unders>_{1,3})(?=[^\s_])(?P<under>[^_\n]{1,1000})(?<=\S)(?P=unders)(?!\w)",
        r"~~(?=[^\s~])(?P<struck>[^~\n]{1,1000})(?<=\S)~~",
        rf"(?P<url>(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{{0,30}}://{_URL_CHARS}{{1,2000}}|://{_URL_CHARS}{{1,2000}}"
        rf"|(?i:www)\.{_URL_CHARS}{{1,2000}}"
        rf"|(?<![A-Za-z0-9_])(?:[A-Za-z0-9-]{{1,63}}\.){{1,6}}[A-Za-z]{{2,24}}(?::\d{{1,5}})?[/?#]{_URL_CHARS}{{0,2000}})",
    )
)
_TOKEN = re.compile(_PATTERN)
_URL = re.compile(_PATTERN[_PATTERN.index("(?P<url>") :])
_AFTER_URL = ".,;:!?)]}'*_~"
_HEADING = re.compile(r"[ ]{0,3}(#{1,6})[ \t]+(?=\S)")
_ITEM = re.compile(r"([ \t]{0,12})(?:[-*+•]|(\d{1,3}[.)]))[ \t]+(?=\S)")
_QUOTE = re.compile(r"[ ]{0,3}>[ \t]?")
_FENCE = re.compile(r"[ ]{0,3}(```|~~~)[ \t]*([\w+#.-]{0,20})[ \t]*")
# What may still become the beginning of a heading, an item, a quotation or a fence.
_LEAD_ONLY = re.compile(r"[ \t]*(?:[#>*+`~\-•]{1,6}|\d{1,3}[.)]?)?[ \t]*")
_OPENER = re.compile(r"[\[`\\]|!(?=\[|\Z)|\*(?!\s)|(?<!\w)_(?!\s)|~~|~\Z|<(?=[A-Za-z]|\Z)")
_LAST_WORD = re.compile(r"[!-~]+\Z")
_LONGEST_HELD = 4000
# Whether a joiner stays is known by both its neighbours; a terminal's sequence (`kb.text`) goes as
# a whole.
_UNFINISHED = (
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}|\x9b[0-?]{0,64}|\x1b[\]PX^_][^\x07\x1b\x9c\n]{0,4000}\x1b?"
    r"|\x1b[ -/]{0,8}|\r?"
)
_UNDECIDED = re.compile(rf"[^\x00-\x7f{HAN}]{{0,64}}(?:{_UNFINISHED})\Z")


class Reader:
    """Reads Markdown as it streams: `read` gives the lines begun, and of each what is certain by
    now.

    Every item is either a Block that opens a line (without its spans, but for code: whole lines of
    it), or spans that go on with it.
    """

    def __init__(self) -> None:
        self._held = ""
        self._raw = ""  # may mean something else with what follows
        self._inside = False  # a line whose block is given
        self._fence = ""

    def read(self, text: str, *, last: bool = False) -> Iterator[Block | tuple[Span, ...]]:
        """Some more text; with `last` all that is left."""
        text = self._raw + text
        undecided = _UNDECIDED.search(text)
        decided = undecided.start() if undecided and not last else len(text)
        self._raw = text[decided:]
        self._held = visible(self._held + text[:decided])
        while "\n" in self._held:
            line, _, self._held = self._held.partition("\n")
            yield from self._line(line)
            self._inside = False
        if last:
            if self._held:
                yield from self._line(self._held)
            self._held = ""
        elif not self._fence:
            yield from self._begun()

    def _line(self, line: str) -> Iterator[Block | tuple[Span, ...]]:
        """The rest of a line that has ended."""
        if self._inside:
            yield spans(line)
            return
        fence = _FENCE.fullmatch(line)
        if self._fence:
            if fence and fence[1] == self._fence and not fence[2]:
                self._fence = ""
            else:
                yield Block("code", (Span(f"{line}\n", "code"),))
            return
        if fence:
            self._fence = fence[1]
            return
        block, rest = _opened(line)
        yield block
        if rest:
            yield spans(rest)

    def _begun(self) -> Iterator[Block | tuple[Span, ...]]:
        """What is certain of a line that goes on."""
        if not self._inside:
            if len(self._held) < 80 and (
                _LEAD_ONLY.fullmatch(self._held) or _FENCE.fullmatch(self._held)
            ):
                return
            block, self._held = _opened(self._held)
            self._inside = True
            yield block
        sure = len(self._held) if len(self._held) > _LONGEST_HELD else _certain(self._held)
        if sure:
            yield spans(self._held[:sure])
            self._held = self._held[sure:]


def _opened(line: str) -> tuple[Block, str]:
    """The block that a line opens, and the rest of the line."""
    if not line.strip():
        return Block("blank"), ""
    if heading := _HEADING.match(line):
        return Block("heading", lead=heading[1]), line[heading.end() :]
    if item := _ITEM.match(line):
        return Block("item", lead=f"{item[1]}{item[2] or '-'}"), line[item.end() :]
    if quoted := _QUOTE.match(line):
        return Block("quote"), line[quoted.end() :]
    return Block("text"), line


def _certain(text: str) -> int:
    """How much of a line can't be changed by what follows."""
    word = _LAST_WORD.search(text)
    sure = word.start() if word else len(text)
    position = 0
    for match in _TOKEN.finditer(text):
        opener = _OPENER.search(text, position, match.start())
        if opener or match.end() == len(text) or match.start() < sure < match.end():
            return min(sure, opener.start() if opener else match.start())
        position = match.end()
    opener = _OPENER.search(text, position)
    return min(sure, opener.start()) if opener else sure


def literal(text: str) -> tuple[Span, ...]:
    """The spans of text that is no Markdown: only its URLs are told apart."""
    return _spans(text, "", _URL)


def spans(text: str, look: Look = "") -> tuple[Span, ...]:
    """The spans of one line's text."""
    return _spans(text, look, _TOKEN)


def _spans(text: str, look: Look, pattern: re.Pattern[str]) -> tuple[Span, ...]:
    parts: list[Span] = []
    position = 0
    for match in pattern.finditer(text):
        if match.start() > position:
            parts.append(Span(text[position : match.start()], look=look))
        position = match.end()
        if match["url"]:
            position -= len(match["url"]) - len(_bare(match["url"]))
            parts.append(Span(text[match.start() : position], "url", look))
            if text[position : match.end()]:
                parts.append(Span(text[position : match.end()], look=look))
            position = match.end()
        else:
            parts += _token(match, look)
    if position < len(text):
        parts.append(Span(text[position:], look=look))
    return tuple(parts)


def _token(match: re.Match[str], look: Look) -> Sequence[Span]:
    if match["literal"]:
        return [Span(match["literal"], look=look)]
    if code := match["code"] or match["code2"]:
        return [Span(code, "code", look)]
    if match["mark"]:
        return [Span(match["mark"], "mark")]
    if match["auto"]:
        return _unmasked(match["said"] or "", match["auto"], look)
    if match["target"] is not None:
        return _unmasked(match["label"], match["target"], look)
    if match["starred"]:
        return spans(match["starred"], look or ("italic" if len(match["stars"]) == 1 else "bold"))
    if match["under"]:
        return spans(match["under"], look or ("italic" if len(match["unders"]) == 1 else "bold"))
    return spans(match["struck"], look or "strike")


def _unmasked(label: str, target: str, look: Look) -> Sequence[Span]:
    """A link as its label with its target beside it, since a label may claim another target."""
    shown = label.strip()
    if not shown or shown in (target, target.split("://")[-1].rstrip("/")):
        return [Span(target, "url", look)]
    mark = (
        [Span(f"[{shown}]", "mark")]
        if shown.isdecimal() and shown.isascii()
        else [*spans(shown, look)]
    )
    return [*mark, Span(" (", look=look), Span(target, "url", look), Span(")", look=look)]


def _bare(url: str) -> str:
    """A URL without the punctuation of the sentence that it stands in."""
    bare = url.rstrip(_AFTER_URL)
    return url[: len(bare) + 1] if url[len(bare) : len(bare) + 1] == ")" and "(" in bare else bare


def blocks(text: str) -> list[Block]:
    """All blocks of a finished text; lines of one code block together, blank lines at most one at a
    time.
    """
    parts: list[Block] = []
    reader = Reader()
    for item in (*reader.read(text.strip("\n") + "\n"), *reader.read("", last=True)):
        before = parts[-1] if parts else None
        if not isinstance(item, Block):
            parts[-1] = replace(parts[-1], spans=(*parts[-1].spans, *item))
        elif item.kind == "code" and before and before.kind == "code":
            parts[-1] = replace(before, spans=(*before.spans, *item.spans))
        elif not (item.kind == "blank" and (before is None or before.kind == "blank")):
            parts.append(item)
    return parts
