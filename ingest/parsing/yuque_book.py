"""Yuque's exports of a knowledge base (.lakebook): documents as JSON, put together as pages for
`readers.lake`, or as Markdown where they were written in it.

The shape is that of public converters of such files: `$meta.json` holds the table of contents as
YAML within JSON within JSON, `SLUG.json` the document at that address.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath
from typing import Any

from ingest.parsed import Unreadable
from ingest.parsing.decode import decode
from ingest.parsing.made_page import made_page
from ingest.parsing.messages import mapping, mappings, one_line, string

_META = "$meta.json"
_PAGES = ("lake", "html", "asl", "")
_LINK = re.compile(
    r'(<a\b[^<>]{0,2000}?\bhref="([^"<>]{1,2000})"[^<>]{0,2000}>)(.{0,2000}?)</a>', re.S
)
_TAG = re.compile(r"<[^<>]{0,2000}>")


def is_book(names: Collection[str]) -> bool:
    """Whether an archive with files of these names is such an export, at its top or in a folder
    there.
    """
    return _meta_name(names) is not None


def documents(
    names: Collection[str], read: Callable[[str], bytes]
) -> Iterator[tuple[str, bytes | str]]:
    """(name, page or Markdown) of each document, named by its place in the table of contents; or
    (name, reason) of one that is not read. `read` gives what is in a file; raises Unreadable.
    """
    meta = _meta_name(names)
    if meta is None:
        return
    book = _Book.opened(read(meta))
    taken: set[str] = set()
    for name in names:
        path = PurePosixPath(name)
        if path.suffix != ".json" or name == meta:
            continue
        try:
            doc = mapping(mapping(json.loads(decode(read(name)))).get("doc"))
        except (Unreadable, ValueError, RecursionError) as error:
            yield name, str(error) if isinstance(error, Unreadable) else "damaged"
            continue
        own = book.name(doc, path.stem)
        if own in taken:
            own = f"{own} ({path.stem})"
        taken.add(own)
        yield _written(doc, own, path.stem, book)


@dataclass(frozen=True, slots=True)
class _Book:
    """What the export says of itself: its address, and for each slug the titles of the document and
    of those above it.
    """

    address: str
    paths: Mapping[str, tuple[str, ...]]

    @classmethod
    def opened(cls, data: bytes) -> _Book:
        """The book that `$meta.json` describes; an empty one where that is damaged."""
        try:
            outer = mapping(json.loads(decode(data))).get("meta")
            book = mapping(mapping(json.loads(string(outer) or "{}")).get("book"))
        except (ValueError, RecursionError):
            book = {}
        address = string(book.get("path"))
        return cls(
            address.rstrip("/") if address.startswith("https://") else "",
            dict(_contents(string(book.get("tocYml")))),
        )

    def name(self, doc: Mapping[str, Any], slug: str) -> str:
        """What a document's file is called, with the titles above it as folders."""
        *above, last = self.paths.get(slug, ("",))
        titles = (*above, string(doc.get("title")) or last or slug)
        return "/".join(one_line(title).replace("/", "-") for title in titles if title)

    def title_behind(self, href: str) -> str:
        """The title of the document of this book that a link leads to; empty for other links."""
        address = href.partition("#")[0].partition("?")[0]
        if "://" in address and "yuque.com/" not in address:
            return ""
        return self.paths.get(address.rpartition("/")[2], ("",))[-1]


def _contents(toc: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(slug, titles from the top down) of each document of a table of contents."""
    import yaml

    from ingest.metadata import check_depth, yaml_loader

    try:
        check_depth(toc)
        entries = mappings(yaml.load(toc, Loader=yaml_loader()))
    except (yaml.YAMLError, ValueError, RecursionError):
        return
    above: list[str] = []
    for entry in entries:
        level = string(entry.get("level"))
        del above[int(level) if level.isdecimal() and len(level) < 3 else 0 :]
        above.append(string(entry.get("title")))
        if slug := string(entry.get("url")):
            yield slug, tuple(above)


def _meta_name(names: Collection[str]) -> str | None:
    return next((name for name in names if name.split("/", 1)[-1] == _META), None)


def _written(doc: Mapping[str, Any], name: str, slug: str, book: _Book) -> tuple[str, bytes | str]:
    """The name and text of a document's file, or the reason why there is none."""
    title = string(doc.get("title")) or name.rpartition("/")[2]
    date = (string(doc.get("content_updated_at")) or string(doc.get("updated_at")))[:10]
    written = string(doc.get("format"))
    if written == "markdown":
        known = {"title": title, "date": date}
        head = (
            f"{key}: {json.dumps(value, ensure_ascii=False)}"
            for key, value in known.items()
            if value
        )
        text = "\n".join(("---", *head, "---", string(doc.get("body")), ""))
        return f"{name}.md", text.encode("utf-8", "replace")
    if written not in _PAGES:
        kind = string(doc.get("type")).lower() or "document of another kind"
        return name, f"a Yuque {kind}: save it as .xlsx or .pdf"
    body = string(doc.get("body")) or string(doc.get("body_asl"))
    body = _LINK.sub(lambda link: _titled(link, book), body)
    url = f"{book.address}/{slug}" if book.address else ""
    return f"{name}.lake", made_page(body, title, date=date, url=url, doctype="lake")


def _titled(link: re.Match[str], book: _Book) -> str:
    """A link with the title of what it leads to behind it, unless it says that itself."""
    title = escape(book.title_behind(link[2]))
    if not title or title in _TAG.sub("", link[3]):
        return link[0]
    return f"{link[1]}{link[3]} ({title})</a>"
