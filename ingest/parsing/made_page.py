"""Pages put together from exports that keep what a document says and what is known of it apart."""

from __future__ import annotations

import re
from html import escape

_BLOCK = re.compile(r"(?<!\n)(?=<(?:p|h[1-6]|li|tr|pre|blockquote|details|card)\b)")


def made_page(
    body: str, title: str, *, date: str = "", url: str = "", author: str = "", doctype: str = "html"
) -> bytes:
    """A page with that title, date, address and author, where they are known, each block of its
    `body` on a line of its own.
    """
    named = {"author": author, "date": date}
    head = [
        f'<meta name="{name}" content="{escape(value)}">' for name, value in named.items() if value
    ]
    if url:
        head.append(f'<link rel="canonical" href="{escape(url)}">')
    whole = "".join((f"<!doctype {doctype}><title>{escape(title)}</title>", *head, body, "\n"))
    return _BLOCK.sub("\n", whole).encode("utf-8", "replace")
