"""Documents of Yuque: HTML in which code, formulas and files are cards, whose attributes hold them
as JSON.
"""

from __future__ import annotations

import json
import re
from html import escape, unescape
from typing import Any
from urllib.parse import unquote

from ingest.parsed import Composer, File, Parsed
from ingest.parsing.messages import mapping, string
from ingest.parsing.page_parser import parse
from ingest.readers.html import compose

_CARD = re.compile(r"<card\b([^<>]*)>(?:\s*</card>)?")
_NAME = re.compile(r'\bname="(\w+)"')
_VALUE = re.compile(r'\bvalue="([^"]*)"')
_CODE = ("codeblock", "diagram", "puml")
_HEAD = 2000  # characters in which a page gives its title


def read(file: File) -> Parsed:
    """Read a document of Yuque. Its headings are those of sections, so that its title stands in its
    head or its file's name alone.
    """
    page = parse(_CARD.sub(_shown, file.text))
    composer = Composer()
    compose(composer, page.shown)
    title = page.title if "<title>" in file.text[:_HEAD] else ""
    return composer.parsed("doc", title, page.lang, page.meta)


def _shown(card: re.Match[str]) -> str:
    """What a card shows, in as many lines of the source as before."""
    name, value = _NAME.search(card[1]), _VALUE.search(card[1])
    text = escape(_said(name[1], _value(value[1]))) if name and value else ""
    if name and text and name[1] in _CODE:
        text = f"<pre>{text}</pre>"
    return text.replace("\n", "&#10;") + "\n" * card[0].count("\n")


def _value(written: str) -> Any:
    """The JSON of a card; None where it is damaged."""
    text = unquote(written.removeprefix("data:")) if written.startswith("data:") else written
    try:
        return json.loads(unescape(text))
    except (ValueError, RecursionError):
        return None


def _said(name: str, value: Any) -> str:
    if name == "checkbox":
        return "[x] " if value is True else "[ ] "
    fields = mapping(value)
    named = string(fields.get("name")) if name in ("file", "localdoc") else ""
    linked = string(mapping(fields.get("detail")).get("title"))
    return string(fields.get("code")) or string(fields.get("label")) or named or linked
