"""Markup and escape sequences: a text as readers see it."""

from __future__ import annotations

import re
from functools import lru_cache

# What programs write to colour, move or link what a terminal shows (ECMA-48): CSI, then OSC and
# others that hold text, then two characters and more. Of one that nothing ends, its beginning.
_SEQUENCE = re.compile(
    r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]|\x9b[0-?]{1,64}[@-~]"
    r"|\x1b[\]PX^_](?:[^\x07\x1b\x9c\n]{0,4000}(?:\x07|\x1b\\|\x9c))?|\x1b[ -/]{0,8}[0-~]"
)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
# Tags of HTML and components of MDX, but not in code, and not whatever else stands between angle
# brackets.
_TAG = re.compile(
    r"(?<!`)</?(?:a|abbr|address|article|aside|audio|b|blockquote|br|button|caption|center|cite|code|col|dd|del|details"
    r"|dfn|div|dl|dt|em|embed|figcaption|figure|font|footer|form|h[1-6]|head|header|hr|html|i|iframe|img|input|ins|kbd"
    r"|label|li|link|main|mark|meta|nav|object|ol|option|p|param|path|picture|pre|q|rp|rt|ruby|s|samp|script|section"
    r"|select|small|source|span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|textarea|tfoot|th|thead|time"
    r"|title|tr|track|tt|u|ul|var|video|wbr"
    r"|callout|quote-container|lark-t(?:able|r|d)"  # Feishu's
    r"|[A-Z][\w.]*)(?:[\s/][^<>]{0,2000})?>"
)
# Tags within a word or a sentence: nothing stands in their place. Yuque's exports colour single
# characters, `**<font style="…">押金</font>**`; Feishu's mention documents.
_INLINE_TAG = re.compile(
    r"(?<!`)</?(?:b|big|em|font|i|ins|mark|small|span|strike|strong|u|mention-(?:doc|user))(?:[\s/][^<>]{0,2000})?>"
)
_FENCE = re.compile(r"^[ \t]*(?:`{3,}|~{3,})[^\n`]*$", re.M)
_CELLS = re.compile(r"[ \t]*\|[ \t]*")
# May hold one pair of parentheses. Yuque links a file by an address that holds all about it.
_TARGET = r"\((?:[^()\s]|\([^()\s]{0,200}\)){0,4000}(?:\s[^()]{0,300})?\)"
_IMAGE = re.compile(rf"!\[([^\[\]]{{0,500}})\]{_TARGET}")
_LINK = re.compile(rf"\[([^\[\]]{{1,500}})\](?:{_TARGET}|\[[^\[\]]{{0,200}}\])")
_PAGE_LINK = re.compile(
    r"!?\[\[([^\[\]|#\n]{1,300})(?:#[^\[\]|\n]{0,300})?(?:\|([^\[\]\n]{1,300}))?\]\]"
)
# A page of the same export as Notion names it: `Fair (../Fair%20<id>.md)`, or the path alone.
_EXPORTED_PATH = re.compile(
    r"[ \t]?\([^()\s]{0,500}[0-9a-f]{32}(?:\.\w{2,4})?(?:\?[^()\s]{0,200})?\)"
    r"|(?<![^\s,，:：])(?:[^\s(),]{1,500}/)?(?P<name>[^\s(),/]{1,300})%20[0-9a-f]{32}\.(?:md|csv|html)"
)
_BLOCK_ID = re.compile(r"[ \t]\^[A-Za-z0-9-]{3,40}$", re.M)  # Obsidian's, at the end of a block
# The lines around a callout in Yuque and Docusaurus; a title behind its kind stays.
_CONTAINER = re.compile(r"^[ \t]{0,12}:{3,}[ \t]*(?:[a-z]\w{0,20}\b[ \t]*)?", re.M)
_CALLOUT = re.compile(r"^([ \t]{0,12}(?:>[ \t]?)+)\[!\w{1,20}\][+-]?[ \t]*", re.M)
_LINE_MARKS = re.compile(r"^[ \t]{0,12}(?:>[ \t]?|#{1,6}[ \t]+|[-*+][ \t]+|\|[ \t]?)+", re.M)
_RULE = re.compile(r"^[|:\-=*_ \t]{3,}$", re.M)
_EMPHASIS = re.compile(
    r"(\*\*|__|\*|(?<!`)`{1,8}(?!`)|~~)(?=\S)([^\n]{1,600}?)(?<=\S)\1|(?<!\w)_(?=\S)([^\n_]{1,600}?)(?<=\S)_(?!\w)"
)


def without_sequences(text: str) -> str:
    """`text` as a terminal shows it that obeys its escape sequences, whole: [31m does not stay
    behind.
    """
    return _SEQUENCE.sub("", text) if "\x1b" in text or "\x9b" in text else text


# A passage is looked at for words, for embedding and for indexing, one after the other.
@lru_cache(maxsize=2048)
def plain(text: str) -> str:
    """`text` as readers see it, lines kept: no escape sequences, tags, link targets or marks."""
    text = without_sequences(text)
    if "<" in text:
        text = _TAG.sub(" ", _without_inline_tags(_COMMENT.sub(" ", text)))
    if ":::" in text:
        text = _CONTAINER.sub("", text)
    if "[[" in text or "[!" in text:  # Obsidian's links and callouts
        text = _CALLOUT.sub(r"\1", _PAGE_LINK.sub(lambda match: match[2] or match[1], text))
    if "](" in text or "][" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub(r"\1", text))
    if "%20" in text or "notion.so/" in text:
        text = _EXPORTED_PATH.sub(_page_name, text)
    if "^" in text:
        text = _BLOCK_ID.sub("", text)
    if "```" in text or "~~~" in text:
        text = _FENCE.sub("", text)
    text = _RULE.sub("", _LINE_MARKS.sub("", text))
    if "|" in text:
        text = _CELLS.sub(" · ", re.sub(r"[ \t]*\|[ \t]*$", "", text, flags=re.M))
    if "*" in text or "_" in text or "`" in text or "~~" in text:
        text = _EMPHASIS.sub(lambda m: m[2] or m[3], text)
    return text


def _without_inline_tags(text: str) -> str:
    if "</" not in text:
        return text
    seen = _INLINE_TAG.sub("", text)
    return seen if seen == text else seen.replace("****", "")  # bold ends where it begins again


def _page_name(path: re.Match[str]) -> str:
    """The name of the page that a path leads to; empty where it stands in front of the path."""
    from urllib.parse import unquote  # late, since few texts have such paths

    return "".join(filter(str.isprintable, unquote(path["name"] or "")))


def flat(text: str) -> str:
    """`text` without markup on one line, for display."""
    return " ".join(plain(text).split())
