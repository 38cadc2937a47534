"""WeChat: text without markup."""

from __future__ import annotations

import re
from dataclasses import replace

from cli.formats.inert import unlinked
from cli.formats.markup import Block, literal
from cli.formats.platform import Platform

_MAIL = r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,6}[A-Za-z]{2,24}"
_DOT = r"(?<=[\w-])\.(?=[^\W\d_]{2})"  # as before the last part of a bare domain
_ENTITY = re.compile(r"<(?=[A-Za-z/!@#])")


class WeChat(Platform):
    """Texts for group bots of WeCom (work.weixin.qq.com, "群机器人配置说明": at most 2,048 bytes of
    UTF-8) and for official accounts, whose texts hold as much.

    Bytes, not characters: 682 of Chinese. WeChat makes links of all that looks like one, and
    official accounts read <a href>: URLs that kb did not build are full-width, and so are < and the
    dots of bare domains.
    """

    limit = 2048

    def size(self, text: str) -> int:
        """Bytes of UTF-8."""
        return len(text.encode())

    def block(self, block: Block) -> str:
        """A block whose URLs, wherever they come from, are no links; below it those that kb built,
        a line each.
        """
        own = tuple(span for span in block.spans if span.kind == "link")
        text = super().block(
            replace(block, spans=tuple(span for span in block.spans if span.kind != "link"))
        )
        file = (
            "".join(span.text for span in block.spans if span.kind == "code")
            if block.kind == "note"
            else ""
        )
        shown = "".join(
            unlinked(span.text) if span.kind == "url" else _bare(span.text, file)
            for span in literal(text)
        )
        return "\n".join([shown, *(span.url for span in own)])

    def before(self, block: Block) -> str:
        """Bullets, and quotation marks."""
        if block.kind == "item" and block.lead.strip() == "-":
            return f"{block.lead.replace('-', '•')} "
        if block.kind == "cited":
            return "“"
        return super().before(block)

    def calm(self, text: str) -> str:
        """No tags either."""
        return super().calm(_ENTITY.sub("＜", text))


def _bare(text: str, file: str) -> str:
    """`text` in which no bare domain is a link. Mail addresses and the file that a source is stay
    as they are.
    """
    unchanged = f"{re.escape(file)}|{_MAIL}" if file else _MAIL
    return re.sub(
        f"{unchanged}|{_DOT}",
        lambda match: unlinked(match[0]) if match[0] == "." else match[0],
        text,
    )
