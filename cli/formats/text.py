"""Text as it streams: each line is begun as soon as it is certain what it is, and shown in a
format's own markup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from cli.formats.markup import Block, Reader, Span
from cli.formats.platform import Platform, merged

Sink = Callable[[str, str], None]
"""Takes text and its look: bold, italic, strike, code, or nothing."""


class Stream:
    """Writes an answer as it comes. With `styled` the sink is given the look of each piece; else
    there is markup.
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
