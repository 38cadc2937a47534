"""What a platform would make of a text: whom it would call, what it would link to or fetch. Written
apart from cli/formats.
"""

from __future__ import annotations

import re
import unicodedata

from markdown_it import MarkdownIt

URL = re.compile(
    r"(?:https?://|www\.)\w[^\s<>|`\"）。，！]+|(?<![\w@.-])(?:[a-z0-9-]+\.)+[a-z]{2,}/[^\s<>|`]+",
    re.I,
)
DOMAIN = re.compile(r"(?<![\w@.-])(?:[\w-]+\.)+[^\W\d_]{2,}")
MAIL = re.compile(r"[\w.%+-]+@[\w.-]+")
LIVE = {
    "plain": ("@everyone",),
    "markdown": ("@everyone", "[bank](https://evil.example/a)", "![](https://evil.example/a)"),
    "slack": ("@here", "<!channel>", "<@U1>", "<#C1>", "<https://evil.example/a|bank>"),
    "discord": ("@here", "<@&1>", "<#1>", "[bank](https://evil.example/a)"),
    "wechat": ("@所有人", "https://evil.example/a", "evil.example"),
}
"""Format -> what somebody may write on that platform to call people or to make links."""
_FILE = re.compile(r"(?m)^(\[\d+\] .*) — .+?  ")  # a source's, in its footnote
_MARKDOWN = MarkdownIt("commonmark")


def unseen(text):
    """Characters that control something, or that nobody sees, but for what scripts and emoji are
    made with.
    """
    kept = "\n\t\u200c\u200d\ufe0e\ufe0f"
    return {
        c
        for c in text
        if c not in kept and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    }


def _code_removed(text):
    return re.sub(r"`[^`\n]+`", " ", re.sub(r"```.*?```", " ", text, flags=re.S))


def calls(style, text):
    """The mentions in a text that would call somebody."""
    found = re.findall(r"(?i)@(?:everyone|here|channel|all\b)|@所有人|@全体成员", text)
    if style == "slack":
        return found + re.findall(r"<[@!#][^>]*>", text)
    if style in ("discord", "markdown"):
        found += re.findall(r"<@[!&]?\d+>|<#\d+>|<@\w+>", text)
    return found + re.findall(r"(?<![\w.+-])@\w+", text)


def links(style, text):
    """The URLs in a text that would be clickable, or fetched."""
    if style == "slack":
        made = re.findall(r"<([^>|]+)(?:\|[^>]*)?>", text)
        return {*made, *URL.findall(_code_removed(re.sub(r"<[^>]*>", " ", text)))}
    if style in ("discord", "markdown"):
        return set(_markdown_links(_MARKDOWN.parse(text)))
    found = URL.findall(text)
    if style == "wechat":
        found += DOMAIN.findall(MAIL.sub(" ", URL.sub(" ", _FILE.sub(r"\1 ", text))))
    return set(found)


def _markdown_links(tokens):
    for token in tokens:
        if token.type == "link_open":
            yield token.attrs["href"]
        elif token.type == "image":
            yield token.attrs["src"]
        elif token.type in ("html_block", "html_inline"):
            yield token.content
        if token.type == "inline":
            inside = 0
            for child in token.children:
                inside += (child.type == "link_open") - (child.type == "link_close")
                if child.type == "text" and not inside:
                    yield from URL.findall(child.content)
            yield from _markdown_links(token.children)
