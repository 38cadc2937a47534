"""EPUB: the pages of a book in reading order, each part of them with its file in the book and its
lines there.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Collection, Iterable, Iterator
from urllib.parse import unquote
from xml.etree import ElementTree

from ingest.parsed import Composer, File, Parsed, Unreadable
from ingest.parsing.decode import decode
from ingest.parsing.page_parser import parse
from ingest.readers.html import compose

_MOST_BYTES = 200_000_000  # of all that is read of a book, unpacked
_LONGEST_TITLE = 300  # every passage goes with it
_PAGES = ("application/xhtml+xml", "text/html")
_PAGE_ENDINGS = (".xhtml", ".html", ".htm")
# What keeps fonts from being copied; any other method in encryption.xml hides text.
_FONTS_ONLY = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_NUMBER = re.compile(r"(\d{1,18})")


def read(file: File) -> Parsed:
    """Read an EPUB. Raises Unreadable for one that is damaged, protected against copying, or
    without text.
    """
    book = _Book(file.data)
    if book.is_protected():
        raise Unreadable("a copy-protected EPUB")
    package = book.package()
    pages = package.pages(book.names) if package else []
    composer = Composer()
    group = 0
    for path in pages or _in_name_order(book.names):
        group = compose(composer, parse(book.text(path)).shown, group, path)
    if not package:
        return composer.parsed("doc")
    return composer.parsed(
        "doc", package.said("title")[:_LONGEST_TITLE], package.said("language"), package.metadata()
    )


class _Book:
    """The files of a book."""

    def __init__(self, data: bytes) -> None:
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self.names = {info.filename: info for info in self._zip.infolist()}
        except MemoryError:
            raise
        except Exception as error:  # zipfile raises anything for what is in a file
            raise Unreadable("a damaged EPUB") from error
        self._left = _MOST_BYTES

    def is_protected(self) -> bool:
        """Whether more than its fonts is encrypted."""
        root = self._xml("META-INF/encryption.xml")
        return root is not None and any(
            each.get("Algorithm") not in _FONTS_ONLY for each in _all(root, "EncryptionMethod")
        )

    def package(self) -> _Package | None:
        """The package file, by which a book says what is in it; None if it is missing or broken."""
        container = self._xml("META-INF/container.xml")
        named = (
            []
            if container is None
            else [each.get("full-path", "") for each in _all(container, "rootfile")]
        )
        for path in (*named, *(name for name in self.names if name.lower().endswith(".opf"))):
            root = self._xml(path)
            if root is not None:
                return _Package(root, posixpath.dirname(path))
        return None

    def text(self, path: str) -> str:
        """The text of a file; empty if it is none. Raises Unreadable for a damaged or a far too
        large one.
        """
        info = self.names[path]
        if info.flag_bits & 1:
            raise Unreadable("a password-protected EPUB")
        try:
            with self._zip.open(info) as stream:
                data = stream.read(self._left + 1)
        except MemoryError:
            raise
        except Exception as error:  # as above, and what decompressors raise
            raise Unreadable(f"a damaged EPUB: {path} can't be unpacked") from error
        self._left -= len(data)
        if self._left < 0:
            raise Unreadable(f"an EPUB of more than {_MOST_BYTES / 1e6:g} MB, unpacked")
        try:
            return decode(data)
        except Unreadable:
            return ""

    def _xml(self, path: str) -> ElementTree.Element | None:
        """The root of an XML file; None for one that is missing, broken, or declares entities,
        which may be bombs.
        """
        text = self.text(path) if path in self.names else ""
        if not text or "<!ENTITY" in text:
            return None
        try:
            return ElementTree.fromstring(text)
        except (ElementTree.ParseError, ValueError):
            return None


class _Package:
    """What a book says about itself."""

    def __init__(self, root: ElementTree.Element, folder: str) -> None:
        self._root = root
        self._folder = folder

    def said(self, name: str) -> str:
        """The first value of a Dublin Core property."""
        return next(iter(self._values(name)), "")

    def metadata(self) -> dict[str, str | list[str]]:
        """Author, date, identifier and url, where they are given."""
        authors = self._values("creator")
        identifiers = [*self._values("source"), *self._values("identifier")]
        found: dict[str, str | list[str]] = {
            "author": authors[0] if len(authors) == 1 else authors,
            "date": self.said("date"),
            "identifier": self.said("identifier"),
            "url": next(
                (
                    identifier
                    for identifier in identifiers
                    if identifier.startswith(("http://", "https://"))
                ),
                "",
            ),
        }
        return {key: value for key, value in found.items() if value}

    def pages(self, names: Collection[str]) -> list[str]:
        """The paths of its pages in reading order, but for tables of contents."""
        items = {each.get("id", ""): each for each in _all(self._root, "item")}
        listed = (
            items[key]
            for each in _all(self._root, "itemref")
            if (key := each.get("idref", "")) in items
        )
        contents = {
            self._path(each) for each in _all(self._root, "reference") if each.get("type") == "toc"
        }
        pages = (
            self._path(each)
            for each in listed
            if each.get("media-type", _PAGES[0]) in _PAGES
            and "nav" not in each.get("properties", "").split()
        )
        return [path for path in dict.fromkeys(pages) if path in names and path not in contents]

    def _values(self, name: str) -> list[str]:
        texts = (" ".join("".join(each.itertext()).split()) for each in _all(self._root, name))
        return list(dict.fromkeys(text for text in texts if text))

    def _path(self, element: ElementTree.Element) -> str:
        path = unquote(element.get("href", "").partition("#")[0])
        return posixpath.normpath(posixpath.join(self._folder, path))


def _all(root: ElementTree.Element, name: str) -> Iterator[ElementTree.Element]:
    """The elements of that name, in whatever namespace."""
    return (
        each
        for each in root.iter()
        if isinstance(each.tag, str) and each.tag.rpartition("}")[2] == name
    )


def _in_name_order(names: Iterable[str]) -> list[str]:
    """All pages of a book that doesn't say which there are, chapter 2 before chapter 10."""
    pages = [name for name in names if name.lower().endswith(_PAGE_ENDINGS)]
    return sorted(
        pages,
        key=lambda name: [
            int(part) if odd % 2 else part for odd, part in enumerate(_NUMBER.split(name))
        ],
    )
