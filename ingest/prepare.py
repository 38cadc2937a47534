"""One source, prepared for storing: read, split, embedded. A pure function of the file and the recipe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.metadata import SIDECAR, as_kind, from_yaml, short_language
from ingest.parsed import Parsed, Unopenable, Unreadable
from ingest.readers import choose_format, load_reader
from ingest.split import Piece, split
from kb.catalog import Stored, to_store
from kb.embedders import embedded_text, open_embedder
from kb.text import has_words, index_words, language, plain
from kb.types import Document, Kind, Passage, Skip

if TYPE_CHECKING:
    from kb.embedders import Vectors

_COMMON_NAME = re.compile(r"(?:transcript|subtitles?|captions?|chat|notes|index|readme|faq)s?(?![a-z])", re.I)


@dataclass(frozen=True, slots=True)
class Order:
    """What to prepare: a file, the name it goes by, and how to read it. `content`: the hash that needs no work."""

    path: str
    size: int
    source: str
    document: str
    kind: Kind | None
    meta: Mapping[str, Any]
    embedder: str
    passage_chars: int
    max_bytes: int
    content: str | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be stored. In passage order: index words, and `vectors` (float32, one row each)."""

    stored: Stored
    content: str
    words: tuple[tuple[str, str, str], ...]
    vectors: Vectors
    embedder: str


@dataclass(frozen=True, slots=True)
class Same:
    """The file's bytes are those already ingested."""

    content: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The file can't be read. `gone` when what it held before is certainly no longer in it: it is empty now.

    `lasting` is off where the next run may fare better with the very same file.
    """

    skip: Skip
    gone: bool = False
    lasting: bool = True


def prepare(order: Order) -> Prepared | Same | Failed:
    """Read, split and embed one file. Never raises for what is in the file: that becomes a Failed."""
    try:
        data = _bytes(order)
        content = blake2b(data, digest_size=16).hexdigest()
        if content == order.content:
            return Same(content)
        given = {**_sidecar(order.path), **order.meta}
        parsed = _parse(data, order, given)
        return _assemble(order, parsed, given, content)
    except Unreadable as error:
        lasting = not isinstance(error, Unopenable)
        return Failed(Skip(order.source, str(error)), gone=str(error) == "empty file", lasting=lasting)
    except (RecursionError, MemoryError) as error:
        return Failed(Skip(order.source, f"too deeply nested or too large to read ({type(error).__name__})"))


def document_id(source: str) -> str:
    """The id of the document with that source name: the same on every machine."""
    return f"d_{blake2b(source.encode('utf-8', 'surrogateescape'), digest_size=6).hexdigest()}"


def _bytes(order: Order) -> bytes:
    path = Path(order.path)
    try:
        if path.stat().st_size > order.max_bytes:
            raise Unopenable(f"larger than {order.max_bytes / 1e6:g} MB")
        return path.read_bytes()
    except OSError as error:
        raise Unopenable(f"can't be opened: {error.strerror}") from error


def _sidecar(path: str) -> dict[str, Any]:
    """The metadata beside a file. A sidecar that can't be understood must not be dropped silently."""
    try:
        text = Path(path + SIDECAR).read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Unopenable(f"its {SIDECAR} can't be read") from error
    found = from_yaml(text)
    if text.strip() and not found:
        raise Unopenable(f"its {SIDECAR} is not a YAML mapping")
    return found


def _parse(data: bytes, order: Order, given: Mapping[str, Any]) -> Parsed:
    from ingest.readers.faq_markdown import looks_like_faq

    kind = order.kind or as_kind(given.get("kind"))
    format_ = choose_format(order.path, kind, lambda: looks_like_faq(Path(order.source).name, data))
    parsed = load_reader(format_)(data, Path(order.path).name, given)
    return replace(parsed, kind=kind or as_kind(parsed.meta.get("kind")) or parsed.kind)


def _assemble(order: Order, parsed: Parsed, given: Mapping[str, Any], content: str) -> Prepared:
    meta = {**parsed.meta, **{key: value for key, value in given.items() if value != ""}}
    title = str(meta.pop("title", "") or parsed.title or _name(Path(order.path)))
    declared = short_language(meta.pop("lang", "") or parsed.lang)
    if as_kind(meta.get("kind")):
        del meta["kind"]
    lang = declared or language(parsed.text)
    document = Document(order.document, order.source, order.path, title, parsed.kind, lang, meta)
    passages: list[Passage] = []
    copies: Counter[str] = Counter()
    for piece in split(parsed, order.passage_chars):
        text = parsed.text[piece.start : piece.end]
        if not has_words(plain(text)):
            continue
        key = blake2b(
            "\0".join((document.id, *piece.headings, text)).encode("utf-8", "replace"), digest_size=8
        ).hexdigest()
        copies[key] += 1
        number = f"-{copies[key]}" if copies[key] > 1 else ""
        passages.append(_passage(f"p_{key}{number}", document, declared, len(passages), piece, text))
    if not passages:
        raise Unreadable("no text in it")
    embedder = open_embedder(order.embedder)
    vectors = embedder.passages([embedded_text(title, p.headings, p.text) for p in passages])
    cut = tuple(index_words(title, p.headings, p.text) for p in passages)
    return Prepared(to_store(document, passages), content, cut, vectors, embedder.name)


def _name(path: Path) -> str:
    """A file's name as a title; with its folder's when it is called what many are called."""
    return f"{path.parent.name} {path.stem}" if _COMMON_NAME.match(path.stem) else path.stem


def _passage(passage_id: str, document: Document, declared: str, ordinal: int, piece: Piece, text: str) -> Passage:
    lang = short_language(piece.meta.get("lang", "")) or language(text)
    # Scripts tell Chinese from the rest, but not German from English: there the document's own word counts.
    if lang == "und" or (lang == "en" and declared not in ("", "zh", "ja", "ko")):
        lang = document.lang
    return Passage(passage_id, document.id, ordinal, text, piece.headings, lang, piece.anchor, piece.cues, piece.meta)
