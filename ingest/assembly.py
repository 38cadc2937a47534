"""Assembly: what a reader gives becomes passages with all that is stored of them, a part at a time.

A part is what limits of time and memory count for: a table of 100,000 rows is many parts.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import chain, islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Protocol

from ingest.document_dates import passage_validity, resolved_dates, with_dates
from ingest.metadata import as_kind, short_language
from ingest.parsed import Parsed, Unreadable
from ingest.revisions import PassageLinks, linked
from ingest.split import Piece, split
from ingest.table_records import TableRecords
from kb.catalog.rows import Stored, passage_key, to_store
from kb.catalog.stored_tables import merged_tables
from kb.embedders import embedded_text
from kb.index_words import IndexWords, index_words
from kb.injection import instructions
from kb.relative_dates import said_on
from kb.settings import ReadingSettings
from kb.text import has_words, language, plain
from kb.types import FAQ_PREFIX, SUSPICIOUS, Document, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ingest.redaction import MaskedDatum
    from kb.privacy.redactor import Redactor

_PASSAGES_PER_PART = 1000  # half a second of work
_COMMON_NAME = re.compile(
    r"(?:transcript|subtitles?|captions?|chat|notes|index|readme|faq)s?(?:[-_. ]?[\w]{1,2})?", re.I
)
_EXPORT_ID = re.compile(r"[ _-]+[0-9a-f]{32}(?=_all\Z|\Z)")


class Ordered(Protocol):
    """What assembly has to know of an order: the document's id, source name and path, and the
    settings.
    """

    @property
    def document(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def settings(self) -> ReadingSettings: ...


@dataclass(frozen=True, slots=True)
class Flag:
    """A passage that speaks to a language model: where it is, and what in it does (see
    `kb.injection`).
    """

    source: str
    passage: str
    label: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be stored, or with `more` a part of one that goes on in the next.

    In passage order: index words, and sketches (int8, one row each). `masked` is what was masked in
    the whole document, and stands in its last part.
    """

    stored: Stored
    content: str
    words: tuple[IndexWords, ...]
    sketches: NDArray[np.int8]
    flags: tuple[Flag, ...] = ()
    more: bool = False
    masked: tuple[MaskedDatum, ...] = ()


def document_id(source: str) -> str:
    """The id of the document with that source name: the same on every machine."""
    return f"d_{blake2b(source.encode('utf-8', 'surrogateescape'), digest_size=6).hexdigest()}"


def joined(parts: Sequence[Prepared]) -> Prepared:
    """A document of its parts."""
    if len(parts) == 1:
        return parts[0]
    import numpy as np

    rows = tuple(chain.from_iterable(part.stored.passages for part in parts))
    facets = tuple(dict.fromkeys(chain.from_iterable(part.stored.facets for part in parts)))
    tables = merged_tables(chain.from_iterable(part.stored.tables for part in parts))
    table_rows = tuple(chain.from_iterable(part.stored.table_rows for part in parts))
    revisions = tuple(chain.from_iterable(part.stored.revisions for part in parts))
    return Prepared(
        Stored(parts[0].stored.document, rows, facets, tables, table_rows, revisions),
        parts[0].content,
        tuple(chain.from_iterable(part.words for part in parts)),
        np.concatenate([part.sketches for part in parts]),
        tuple(chain.from_iterable(part.flags for part in parts)),
        masked=tuple(chain.from_iterable(part.masked for part in parts)),
    )


def assemble(
    order: Ordered,
    read: Iterable[Parsed],
    given: Mapping[str, Any],
    content: str,
    redactor: Redactor | None = None,
) -> Iterator[Prepared]:
    """Split and embed what was read, in parts. `given` metadata wins over that of the source. What
    the redactor masks is in no part of it, but for the names and paths of sources.

    What is true of the whole document is taken from the first that was read. Raises Unreadable
    without words.
    """
    held: Prepared | None = None
    masked: list[MaskedDatum] = []
    if redactor:
        read, given = _redacted(read, given, redactor, masked)
    for part in _parts(order, read, given, content, redactor):
        if held is not None:
            yield replace(held, more=True)
        held = part
    if held is None:
        raise Unreadable("no text in it")
    yield replace(held, masked=tuple(masked)) if masked else held


def _redacted(
    read: Iterable[Parsed],
    given: Mapping[str, Any],
    redactor: Redactor,
    masked: list[MaskedDatum],
) -> tuple[Iterator[Parsed], Mapping[str, Any]]:
    """What was read and given, masked; what that took is added to `masked` as it is read."""
    from ingest.redaction import masked_beside, redacted

    masked += masked_beside([given], redactor)
    return (redacted(parsed, redactor, masked) for parsed in read), redactor.value(given)


def _parts(
    order: Ordered,
    read: Iterable[Parsed],
    given: Mapping[str, Any],
    content: str,
    redactor: Redactor | None,
) -> Iterator[Prepared]:
    draft: _Draft | None = None
    for parsed in read:
        draft = draft or _Draft(order, parsed, given, redactor)
        passages = draft.passages(parsed)
        while some := list(islice(passages, _PASSAGES_PER_PART)):
            stored = to_store(draft.document, some, *draft.tables.taken(), draft.revisions.taken())
            yield _embedded(order, draft.document, some, content, stored)


class _Draft:
    """A document while its passages are made: what they have in common, and what was counted so
    far.
    """

    def __init__(
        self,
        order: Ordered,
        parsed: Parsed,
        given: Mapping[str, Any],
        redactor: Redactor | None,
    ) -> None:
        meta = {**parsed.meta, **{key: value for key, value in given.items() if value != ""}}
        name = _name(PurePath(order.source))
        name = redactor.text(name) if redactor else name
        title = str(meta.pop("title", "") or parsed.title or name)
        self._chars = order.settings.passage_chars
        self._declared = short_language(meta.pop("lang", "") or parsed.lang)
        if as_kind(meta.get("kind")):
            del meta["kind"]
        meta = with_dates(meta, given, parsed, order.source, title)
        lang = self._declared or language(parsed.text)
        self.document = Document(
            order.document, order.source, order.path, title, parsed.kind, lang, meta
        )
        self.tables = TableRecords(order.document)
        self.revisions = PassageLinks()
        self._count = 0
        self._copies: Counter[str] = Counter()

    def passages(self, parsed: Parsed) -> Iterator[Passage]:
        """The next passages."""
        parsed, links = linked(parsed)
        self.revisions.expect(links)
        for piece in split(parsed, self._chars):
            text = parsed.text[piece.start : piece.end]
            if not has_words(plain(text)):
                continue
            key = passage_key(self.document.id, piece.headings, text)
            self._copies[key] += 1
            number = f"-{self._copies[key]}" if self._copies[key] > 1 else ""
            self.tables.add(f"p_{key}{number}", piece.headings, piece.records)
            self.revisions.add(f"p_{key}{number}", piece.start)
            yield _passage(
                f"p_{key}{number}", self.document, self._declared, self._count, piece, text
            )
            self._count += 1


def _embedded(
    order: Ordered, document: Document, passages: Sequence[Passage], content: str, stored: Stored
) -> Prepared:
    from kb.embedders.built_in import (  # numpy, which a run that finds nothing new goes without
        StaticEmbedder,
        sketches,
    )

    title = document.title
    static = StaticEmbedder().passages(
        [embedded_text(title, p.headings, p.text, p.context) for p in passages]
    )
    cut = tuple(index_words(title, p.headings, p.text, p.context) for p in passages)
    flags = tuple(
        Flag(order.source, p.id, p.anchor.label, tuple(p.meta[SUSPICIOUS]))
        for p in passages
        if SUSPICIOUS in p.meta
    )
    return Prepared(stored, content, cut, sketches(static), flags)


def _name(path: PurePath) -> str:
    """A file's name as a title, without the id that Notion puts behind it; with its folder's when
    it is called what many are called.
    """
    name = _EXPORT_ID.sub("", path.stem) or path.stem
    return f"{path.parent.name} {name}".strip() if _COMMON_NAME.fullmatch(name) else name


def _passage(
    passage_id: str, document: Document, declared: str, ordinal: int, piece: Piece, text: str
) -> Passage:
    lang = short_language(piece.meta.get("lang", "")) or language(text)
    # Scripts tell Chinese from the rest, but not German from English: there the document's own word
    # counts.
    if lang == "und" or (lang == "en" and declared not in ("", "zh", "ja", "ko")):
        lang = document.lang
    title = (document.title,) if not ordinal else ()
    suspicious = instructions("\n".join((*title, *piece.headings, text)))
    meta = {**passage_validity(text), **piece.meta}
    if suspicious:
        meta[SUSPICIOUS] = list(suspicious)
    anchor = piece.anchor
    if document.path.startswith(FAQ_PREFIX):
        anchor = replace(anchor, reviewed=str(document.meta.get("reviewed", "")) or None)
    context = piece.context
    if anchor.type != "faq":  # what an entry is found with are its questions
        dates = resolved_dates(text, said_on(document.meta, piece.meta))
        context = "\n".join(filter(None, (context, *dates)))
    return Passage(
        passage_id, document.id, ordinal, text, piece.headings, lang, anchor, piece.places, meta,
        context, piece.voices, piece.boxes,
    )  # fmt: skip
