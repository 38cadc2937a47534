"""Discord's Markdown."""

from __future__ import annotations

from cli.formats.markdown import Markdown
from cli.formats.markup import Block


class Discord(Markdown):
    """Messages of bots and webhooks: `content` holds at most 2,000 characters
    (discord.com/developers, Create Message).

    Links are [host](<url>): the angle brackets keep Discord from fetching a preview. Send them with
    `allowed_mentions: {"parse": []}` all the same. Characters are counted as UTF-16 does, the
    larger count of those in use.
    """

    limit = 2000

    def size(self, text: str) -> int:
        """UTF-16 units."""
        return len(text.encode("utf-16-le")) // 2

    def before(self, block: Block) -> str:
        """Notes as text: Discord would number them anew."""
        if block.kind == "note":
            return f"[{block.lead}] " if block.lead else ""
        return "> " if block.kind == "cited" else super().before(block)

    def block(self, block: Block) -> str:
        """Headings of three levels at most."""
        if block.kind == "heading":
            block = Block("heading", block.spans, block.lead[:3])
        return super().block(block).rstrip("\n") if block.kind == "label" else super().block(block)
