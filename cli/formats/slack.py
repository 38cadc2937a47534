"""Slack's mrkdwn."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cli.formats.markup import Block, Span
from cli.formats.platform import Platform, marked

# Slack has no escape but those of & < >, so what would be markup is written with a look-alike.
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_SIGNS = str.maketrans({"*": "∗", "~": "∼", "`": "'"})
_EDGE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_EMOJI = re.compile(r":(?=[\w+-]*[A-Za-z][\w+-]*:)")
_LOOKS = {"bold": "*", "italic": "_", "strike": "~"}


class Slack(Platform):
    """Messages for `text` of chat.postMessage and of webhooks, and for mrkdwn of section blocks.

    Slack advises at most 4,000 characters for a text, cuts it at 40,000 (docs.slack.dev,
    chat.postMessage, "Truncating content"), and refuses a section of more than 3,000 (Block Kit
    reference, section block): the least fits all three. Characters are counted as UTF-16 does, the
    larger count of those in use, after escaping.
    """

    limit = 3000
    fence = "```"
    unmarked = frozenset({"heading", "label"})

    def size(self, text: str) -> int:
        """UTF-16 units."""
        return len(text.encode("utf-16-le")) // 2

    def inline(self, span: Span) -> str:
        """*bold*, _italic_, ~strike~, `code`, <url|host>."""
        if span.kind == "link":
            return f" · <{span.url.translate(_ENTITIES).replace('|', '%7C')}|{span.text}>"
        if span.kind == "mark":
            return span.text
        if span.kind in ("code", "url"):
            return marked(self.code(span.text).replace("`", "'"), "`")
        text = _EDGE.sub("＿", span.text.translate(_SIGNS))
        text = _EMOJI.sub("：", text).translate(_ENTITIES)
        return marked(text, _LOOKS[span.look]) if span.look else text

    def joined(self, pieces: Sequence[str]) -> str:
        """Markup works only beside white space and punctuation: a space parts it from letters."""
        line = ""
        for piece in pieces:
            if (
                line
                and piece
                and (
                    (piece[0] in "*_~`" and line[-1].isalnum())
                    or (line[-1] in "*_~`" and piece[0].isalnum())
                )
            ):
                line += " "
            line += piece
        return line

    def before(self, block: Block) -> str:
        """Lists as text, since mrkdwn has none."""
        if block.kind == "item" and block.lead.strip() == "-":
            return f"{block.lead.replace('-', '•')} "
        if block.kind in ("quote", "cited"):
            return "> "
        return super().before(block)

    def after(self, block: Block) -> str:
        """Nothing."""
        return ""

    def opening(self, text: str) -> str:
        """> would open a quotation."""
        return re.sub(r"^(\s*)&gt;", r"\1＞", text)

    def code(self, text: str) -> str:
        """Entities count in code as well."""
        return super().code(text).translate(_ENTITIES)
