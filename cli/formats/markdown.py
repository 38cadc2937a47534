"""Markdown (CommonMark, as GitHub and others extend it), for files, pages and agents that read a
pipe.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cli.formats.markup import Block, Span
from cli.formats.platform import Platform, marked

# Only what could mean something is escaped, so that ordinary text stays as it is.
_SPECIAL = re.compile(
    r"\\(?=[!-/:-@\[-`{-~]|\Z)|[`\[]|\|(?=\|)|(?<=\|)\||\*(?=\S)|(?<=\S)\*|(?<![^\W_])_|_(?![^\W_])|~~|(?<=~)~|<(?=[A-Za-z/!?@#:&])|&(?=#?\w{1,32};)|\$(?=[$`])"
)
_OPENS = re.compile(r"\s*(?:([#>+=-])|(\d{1,9})([.)])(?=\s|\Z)|(\*)(?=\s))")
_LINKABLE = re.compile(r"(^\s*\[\d{1,4}\](?=:)|\[\d{1,4}\](?=[(\[](?!\d{1,4}\])))")
_LOOKS = {"bold": "**", "italic": "*", "strike": "~~"}


def escaped(text: str) -> str:
    """Text that means nothing in Markdown."""
    return _SPECIAL.sub(lambda match: "".join(f"\\{char}" for char in match[0]), text)


def fenced(text: str, sign: str = "`") -> str:
    """Code on a line of its own text, whatever signs are in it."""
    runs = [len(run) for run in re.findall(f"{sign}+", text)]
    fence = sign * (next(n for n in range(1, len(runs) + 2) if n not in runs))
    pad = " " if text.startswith(sign) or text.endswith(sign) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


class Markdown(Platform):
    """One text without a limit. URLs that kb did not build are code, so that no viewer makes a link
    of them.
    """

    fence = "```"

    def inline(self, span: Span) -> str:
        """**bold**, *italic*, ~~strike~~, `code`, [host](<url>)."""
        if span.kind == "link":
            return f" · [{escaped(span.text)}](<{span.url}>)"
        if span.kind == "mark":
            return span.text
        if span.kind in ("code", "url"):
            return fenced(span.text.replace("\n", " ")) if span.text.strip() else span.text
        text = escaped(span.text)
        return marked(text, _LOOKS[span.look]) if span.look else text

    def before(self, block: Block) -> str:
        """Lists, headings and quotations."""
        return {
            "heading": f"{block.lead} ",
            "item": f"{block.lead} ",
            "quote": "> ",
            "note": f"{block.lead}. " if block.lead else "",
            "cited": "   > ",
        }.get(block.kind, "")

    def after(self, block: Block) -> str:
        """Nothing."""
        return ""

    def opening(self, text: str) -> str:
        """A line that begins no list, heading, quotation or definition of a link."""
        opens = _OPENS.match(text)
        return _escaped_opening(opens) + text[opens.end() :] if opens else text

    def joined(self, pieces: Sequence[str]) -> str:
        """[n] that no (url) or [name] behind it makes a link, nor a : where a line begins."""
        return _LINKABLE.sub(r"\1\\", "".join(pieces))

    def block(self, block: Block) -> str:
        """A label is a paragraph of its own."""
        if block.kind == "label":
            return f"**{escaped(''.join(span.text for span in block.spans))}**\n"
        text = super().block(block)
        return text.replace("`  ", "` ", 1) if block.kind == "note" else text


def _escaped_opening(match: re.Match[str]) -> str:
    space = match[0][: len(match[0]) - len(match[0].lstrip())]
    if match[2]:
        return f"{space}{match[2]}\\{match[3]}"
    return f"{space}\\{match[0].lstrip()}"
