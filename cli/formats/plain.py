"""Text without markup, as plain and for the terminal."""

from __future__ import annotations

from cli.formats.markup import Span
from cli.formats.platform import Platform


class Plain(Platform):
    """One text without a limit. URLs stay as they are: what is read is where they lead, and nothing
    fetches them.
    """

    def inline(self, span: Span) -> str:
        """Text; a link is its URL on a line of its own."""
        return f"\n    {span.url}" if span.kind == "link" else span.text
