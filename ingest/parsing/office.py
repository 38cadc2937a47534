"""Office Open XML (Word, PowerPoint): packages made safe to open, and the text of a paragraph.

The libraries load whole packages, know one spelling of each format, and fail on a link that leads
nowhere. So they are given a new package in memory, of those parts alone that are read: no pictures,
no macros, no part that is missing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from ingest.parsed import File, Unreadable

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element
    from zipfile import ZipFile

_OLE = b"\xd0\xcf\x11\xe0"
_MOST_PARTS = 50_000
_MOST_BYTES = 100_000_000  # of what is read, which takes about twelve times that in memory
_LONGEST_VALUE = 500
_NO_MEMORY = 2  # libxml2's code for it
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_RELS = '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
# The strict variant of the format has namespaces of its own, which libraries don't know.
_STRICT = re.compile(rb"""(=\s*["'])http://purl\.oclc\.org/ooxml/(\w+)/(\w+)""")
_TRANSITIONAL = rb"\1http://schemas.openxmlformats.org/\2/2006/\3"
_MADE_UP = re.compile(
    r"\W*(?:(?:un)?titled?|anonymous|unspecified|unknown|none|(?:word|powerpoint) (?:document|presentation|演示文稿)"
    r"|microsoft (?:office )?(?:word|excel|powerpoint)\b.*"
    r"|(?:document|presentation|slide|文档|文稿|演示文稿|幻灯片) ?\d*"
    r"|.*\.(?:docx?|docm|pptx?|ppsx?|pptm|xlsx?|pdf|rtf|odt|wps|tex|dvi|ps|indd|qxd|pages|key|pub))\W*",
    re.I,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
ALTERNATIVES = "{http://schemas.openxmlformats.org/markup-compatibility/2006}AlternateContent"
# What was deleted or moved away, field codes, readings above characters, and properties.
UNREAD = frozenset(
    [
        f"{W}{name}"
        for name in "del moveFrom instrText delText delInstrText rt pPr rPr sdtPr tblPr trPr tcPr".split()
    ]
    + [f"{A}{name}" for name in "pPr rPr endParaRPr".split()]
)
_TEXT = frozenset((f"{W}t", f"{A}t", f"{M}t"))
_SAID = {
    f"{W}{name}": said
    for name, said in zip("tab ptab br cr noBreakHyphen".split(), "\t\t\n\n-", strict=True)
}
_SAID[f"{A}br"] = "\n"
_RUNS = (f"{W}r", f"{A}r")
_MATHS = {f"{M}den": "/", f"{M}sup": "^", f"{M}sub": "_", f"{M}oMath": " "}


@dataclass(frozen=True, slots=True)
class Package:
    """A package that is safe to open, and what it says of itself."""

    stream: BytesIO
    title: str
    lang: str
    meta: Mapping[str, str]


def open_package(file: File, what: str, types: Mapping[str, str]) -> Package:
    """The package with those parts alone whose kind of relation is in `types`, under the content
    type given there.

    `what` names the format in reasons, with its article. Raises Unreadable.
    """
    from zipfile import ZipFile

    if not file.data:
        raise Unreadable("empty file")
    if file.data.startswith(_OLE):
        raise Unreadable("password-protected, or in the old binary format")
    if not file.data.startswith(b"PK"):
        raise Unreadable(f"not {what}")
    with damaged(what), ZipFile(BytesIO(file.data)) as archive:
        parts = Parts(archive, what)
        properties = _properties(parts)
        meta = {
            "author": useful(properties.get("creator", "")),
            "date": _day(properties.get("created", "")) or _day(properties.get("modified", "")),
            **{key: useful(properties.get(key, "")) for key in ("subject", "keywords")},
        }
        return Package(
            _repacked(parts, types),
            useful(properties.get("title", "")),
            properties.get("language", ""),
            {key: value for key, value in meta.items() if value},
        )


@contextmanager
def damaged(what: str) -> Iterator[None]:
    """Whatever a library raises becomes Unreadable: "a damaged Word document" for `what` "a Word
    document".
    """
    try:
        yield
    except (Unreadable, MemoryError):
        raise
    except Exception as error:
        if getattr(error, "code", None) == _NO_MEMORY:
            raise MemoryError from error
        raise Unreadable(f"a damaged {what.split(maxsplit=1)[1]}") from error


def useful(value: str) -> str:
    """A property without needless space; empty for one that a program made up, such as a file's
    name as the title.
    """
    value = " ".join(value.split())[:_LONGEST_VALUE]
    return "" if _MADE_UP.fullmatch(value) else value


class Parts:
    """The parts of a package by name, and how they are related."""

    def __init__(self, archive: ZipFile, what: str) -> None:
        self._archive = archive
        self._what = what
        self._left = _MOST_BYTES
        members = archive.infolist()
        if len(members) > _MOST_PARTS:
            raise Unreadable(f"{what} of more than {_MOST_PARTS:,} parts")
        # Names differ in case from link to part in some files, and some programs wrote backslashes.
        self._members = {member.filename.replace("\\", "/").lower(): member for member in members}

    def read(self, name: str) -> bytes | None:
        """A part's XML in the namespaces that libraries know; None if there is no such part."""
        member = self._members.get(name.lower())
        if member is None:
            return None
        self._left -= member.file_size
        if self._left < 0:
            raise Unreadable(f"{self._what} that unpacks to over {_MOST_BYTES / 1e6:g} MB")
        xml = self._archive.read(member)
        plain = xml.replace(b"\0", b"") if b"\0" in xml[:4] else xml  # UTF-16
        if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
            raise Unreadable(f"{self._what} with XML entities, which none needs")
        return _STRICT.sub(_TRANSITIONAL, xml) if b"purl.oclc.org" in xml else xml

    def raw(self, name: str) -> bytes:
        """A part that is no XML, such as a picture. Raises Unreadable for none, for one that is damaged
        or too large.
        """
        with damaged(self._what):
            member = self._members[name.lower()]
            if member.file_size > _MOST_BYTES:
                raise ValueError(name)
            return self._archive.read(member)

    def relations(self, name: str) -> Iterator[tuple[str, str, str]]:
        """(id, kind, name of the other part) of each relation within the package."""
        xml = self.read(_relations_of(name))
        for element in _elements(xml) if xml else ():
            target = element.get("Target", "")
            if element.get("TargetMode") != "External" and element.get("Id") and target:
                path = posixpath.normpath(
                    posixpath.join("/", posixpath.dirname(name), target)
                ).lstrip("/")
                yield element.get("Id", ""), element.get("Type", "").rpartition("/")[2], path


def _relations_of(name: str) -> str:
    folder, base = posixpath.split(name)
    return posixpath.join(folder, "_rels", f"{base}.rels")


def _elements(xml: bytes) -> Iterator[Element]:
    from xml.etree.ElementTree import fromstring

    return fromstring(xml).iter()


def _repacked(parts: Parts, types: Mapping[str, str]) -> BytesIO:
    from zipfile import ZipFile

    stream = BytesIO()
    overrides: list[str] = []
    waiting, seen = [("", "")], {""}
    with ZipFile(stream, "w") as archive:
        while waiting:
            name, own_kind = waiting.pop()
            kept: list[str] = []
            for key, kind, target in parts.relations(name):
                if (
                    kind not in types or kind == own_kind
                ):  # slides that link to one another make libraries recurse
                    continue
                path = quoteattr(f"/{target}")
                if target not in seen:
                    xml = parts.read(target)
                    if xml is None:
                        continue
                    archive.writestr(target, xml)
                    overrides.append(
                        f"<Override PartName={path} ContentType={quoteattr(types[kind])}/>"
                    )
                    waiting.append((target, kind))
                    seen.add(target)
                link = quoteattr(f"{_OFFICE}/relationships/{kind}")
                kept.append(f"<Relationship Id={quoteattr(key)} Type={link} Target={path}/>")
            archive.writestr(
                _relations_of(name),
                f'<Relationships xmlns="{_PACKAGE}/relationships">{"".join(kept)}</Relationships>',
            )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{_PACKAGE}/content-types">{_RELS}{"".join(overrides)}</Types>',
        )
    stream.seek(0)
    return stream


def _properties(parts: Parts) -> dict[str, str]:
    """The core properties by their names without namespaces."""
    from xml.etree.ElementTree import ParseError

    xml = next(
        (
            parts.read(target)
            for _, kind, target in parts.relations("")
            if kind == "core-properties"
        ),
        None,
    )
    try:
        return {
            element.tag.rpartition("}")[2]: (element.text or "").strip()
            for element in _elements(xml or b"")
        }
    except ParseError:
        return {}


def _day(value: str) -> str:
    return value[:10] if re.match(r"[12]\d{3}-[01]\d-[0-3]\d", value) else ""


# --- text of paragraphs ---------------------------------------------------------------------------


def said(paragraph: Any) -> tuple[str, Sequence[Any]]:
    """The text of a paragraph's element, and the text boxes that hang on it."""
    out: list[str] = []
    boxes: list[Any] = []
    _say(paragraph, out, boxes)
    return "".join(out).strip(), boxes


def chosen(alternatives: Any) -> Any:
    """One of the forms in which the same thing stands there for programs of different age."""
    return next(
        (child for child in alternatives if str(child.tag).endswith("}Choice")), alternatives
    )


def _say(element: Any, out: list[str], boxes: list[Any]) -> None:
    for child in element:
        tag = child.tag
        if tag in _TEXT:
            out.append(child.text or "")
        elif tag in _SAID:
            out.append(_SAID[tag])
        elif tag == f"{W}txbxContent":
            boxes.append(child)
        elif tag == ALTERNATIVES:
            _say(chosen(child), out, boxes)
        elif tag in _RUNS and out and out[-1][-1:].isdigit() and _is_raised(child):
            out.append("^")  # a footnote's mark, or a power: 500 and 1 are not 5001
            _say(child, out, boxes)
        elif tag in _MATHS:
            _say_maths(child, out, boxes)
        elif tag not in UNREAD and not (tag == f"{W}r" and _is_hidden(child)):
            _say(child, out, boxes)


def _say_maths(part: Any, out: list[str], boxes: list[Any]) -> None:
    """A part of an equation with its mark, so that 10^6 is not read as 106."""
    inner: list[str] = []
    _say(part, inner, boxes)
    mark = _MATHS[part.tag]
    before = part.getprevious()
    if "".join(inner).strip() and (mark != " " or (before is not None and before.tag == part.tag)):
        out.append(mark)
    out += inner


def _is_raised(run: Any) -> bool:
    mark, drawn = run.find(f"{W}rPr/{W}vertAlign"), run.find(f"{A}rPr")
    if drawn is not None:
        return drawn.get("baseline", "0")[:1] not in ("0", "-")
    return mark is not None and mark.get(f"{W}val") == "superscript"


def _is_hidden(run: Any) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val", "1") not in ("0", "false", "off")
