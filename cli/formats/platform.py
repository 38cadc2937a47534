"""What chat platforms and other formats have in common: how blocks become text, at once or while the
answer is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from cli.formats.inert import unmentioned
from cli.formats.markup import Block, Reader, Span

_NUMBER_LINE = re.compile(r"^\((\d+/\d+)\)$", re.M)

Sink = Callable[[str, str], None]
"""Takes text and its look: bold, italic, strike, code, or nothing."""


class Platform:
    """A format of answers; by default plain text of any length, and subclasses override what
    differs.

    `limit` is the longest message as `size` counts; None without one. `fence` is put before and
    after a code block.
    """

    limit: int | None = None
    unmarked: frozenset[str] = (
        frozenset()
    )  # kinds of blocks that the platform has no markup for: they are shown in bold

    def size(self, text: str) -> int:
        """How long the platform counts a text."""
        return len(text)

    fence = ""

    def inline(self, span: Span) -> str:
        """A span of a line in the platform's markup."""
        return span.text

    def before(self, block: Block) -> str:
        """The text before a block's spans."""
        return {
            "item": f"{block.lead} ",
            "note": f"[{block.lead}] ",
            "cited": "    “",
            "quote": "> ",
        }.get(block.kind, "")

    def after(self, block: Block) -> str:
        """The text after a block's spans."""
        return "”" if block.kind == "cited" else ""

    def opening(self, text: str) -> str:
        """A line's text, so that its beginning is no markup."""
        return text

    def block(self, block: Block) -> str:
        """A whole block."""
        if block.kind == "code":
            text = "".join(span.text for span in block.spans)
            lines = [self.code(line) for line in text.removesuffix("\n").split("\n")]
            return self.calm("\n".join([self.fence, *lines, self.fence] if self.fence else lines))
        spans: Iterable[Span] = block.spans
        if block.kind in self.unmarked:
            spans = [replace(span, look=span.look or "bold") for span in spans]
        text = self.joined([self.inline(span) for span in merged(spans)])
        if block.kind in ("text", "cited", "label"):
            text = self.opening(text)
        return self.calm(f"{self.before(block)}{text}{self.after(block)}")

    def code(self, line: str) -> str:
        """A line of a code block, which can't end it."""
        return line.replace(self.fence, "'" * len(self.fence)) if self.fence else line

    def joined(self, pieces: Sequence[str]) -> str:
        """The spans of a line side by side."""
        return "".join(pieces)

    def calm(self, text: str) -> str:
        """Text that mentions nobody and can't be mistaken for the number line of a part."""
        return unmentioned(_NUMBER_LINE.sub(r"（\1）", text) if self.limit else text)


def merged(spans: Iterable[Span]) -> Iterator[Span]:
    """The spans with neighbours of one kind and look made one."""
    for (kind, look, url), group in groupby(
        spans, key=lambda span: (span.kind, span.look, span.url)
    ):
        if kind in ("text", "code"):
            yield Span("".join(span.text for span in group), kind, look)
        else:
            yield from (replace(span, look=look, url=url) for span in group)


def marked(text: str, sign: str) -> str:
    """`text` between two signs, which must not stand beside white space."""
    core = text.strip()
    if not core:
        return text
    lead = text[: len(text) - len(text.lstrip())]
    return f"{lead}{sign}{core}{sign}{text[len(lead) + len(core) :]}"


class Stream:
    """Writes an answer as it comes: each line begins as soon as it is certain what it is.

    With `styled` the sink is given the look of each piece, else the platform's markup.
    """

    def __init__(self, platform: Platform, sink: Sink, *, styled: bool = False) -> None:
        self._platform = platform
        self._sink = sink
        self._styled = styled
        self._reader = Reader()
        self._block: Block | None = None
        self._at_start = False
        self._blank = False

    def write(self, text: str) -> None:
        """Some more of the answer."""
        self._take(self._reader.read(text))

    def end(self) -> None:
        """All that is held back. The line is not ended."""
        self._take(self._reader.read("", last=True))
        if self._block and self._block.kind == "code" and self._platform.fence:
            self._sink(f"\n{self._platform.fence}", "")

    def _take(self, items: Iterable[Block | tuple[Span, ...]]) -> None:
        for item in items:
            if isinstance(item, tuple):
                self._spans(item)
            elif item.kind == "blank":
                self._blank = self._block is not None
            else:
                self._open(item)

    def _open(self, block: Block) -> None:
        before, fence = self._block, self._platform.fence
        is_code, was_code = block.kind == "code", before is not None and before.kind == "code"
        if was_code and not is_code and fence:
            self._sink(f"\n{fence}", "")
        if before is not None:
            self._sink("\n" * (1 + (self._blank and not (is_code and was_code))), "")
        if is_code and was_code and self._blank:
            self._sink("\n", "")
        if is_code and not was_code and fence:
            self._sink(f"{fence}\n", "")
        self._block, self._at_start, self._blank = block, True, False
        if is_code:
            self._sink(
                self._platform.calm(self._platform.code(block.spans[0].text.removesuffix("\n"))),
                "code",
            )
        else:
            self._sink(self._platform.before(block), "")

    def _spans(self, spans: Iterable[Span]) -> None:
        platform, block = self._platform, self._block
        heading = block is not None and block.kind == "heading"
        for piece, look in self._pieces(spans, heading):
            opening = self._at_start and block is not None and block.kind == "text"
            self._sink(platform.calm(platform.opening(piece) if opening else piece), look)
            self._at_start = False

    def _pieces(self, spans: Iterable[Span], heading: bool) -> list[tuple[str, str]]:
        platform = self._platform
        if not self._styled:
            return [(platform.joined([platform.inline(span) for span in merged(spans)]), "")]
        return [
            (
                platform.inline(span),
                "code" if span.kind == "code" else span.look or ("bold" if heading else ""),
            )
            for span in merged(spans)
        ]
