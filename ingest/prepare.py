"""Sources, prepared for storing: read, split, embedded. A pure function of the file and the recipe."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b, file_digest
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ingest.archives import Member, is_archive, members
from ingest.metadata import SIDECAR, as_kind, from_yaml, short_language, sound
from ingest.parsed import File, Parsed, Unopenable, Unreadable
from ingest.readers import audio, choose_format, is_recording, load_reader
from ingest.split import Piece, split
from kb.catalog.rows import Stored, to_store
from kb.embedders import embedded_text
from kb.instructions import instructions
from kb.settings import Settings
from kb.text import IndexWords, has_words, index_words, language, plain
from kb.types import CURATED, SUSPICIOUS, Document, Kind, Passage, Skip

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_DAY = 86_400.0
_COMMON_NAME = re.compile(
    r"(?:transcript|subtitles?|captions?|chat|notes|index|readme|faq)s?(?:[-_. ]?[\w]{1,2})?", re.I
)


@dataclass(frozen=True, slots=True)
class Order:
    """What to prepare: a file, the name it goes by, and how to read it.

    `content` is the hash that needs no work. `data` are the bytes, where they are not those at `path`. For an archive,
    `inside` gives the document id and the hash of each file within it that is known, by its path; `container` is the
    path of the archive that a file is in. The first `after` files of an archive are done; those in `broken` can't be
    read, for the reason given there.
    """

    path: str
    size: int
    source: str
    document: str
    kind: Kind | None
    meta: Mapping[str, Any]
    settings: Settings
    content: str | None = None
    data: bytes | None = None
    container: str = ""
    inside: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    after: int = 0
    broken: Mapping[int, str] = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        """How long its reading may take; recordings take as long as they take."""
        return _DAY if is_recording(self.path) else self.settings.reader_seconds


@dataclass(frozen=True, slots=True)
class Flag:
    """A passage that speaks to a language model: where it is, and what in it does (see `kb.instructions`)."""

    source: str
    passage: str
    label: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready to be stored. In passage order: index words, and sketches (int8, one row each)."""

    stored: Stored
    content: str
    words: tuple[IndexWords, ...]
    sketches: NDArray[np.int8]
    flags: tuple[Flag, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Walked:
    """All files of an archive were prepared; `paths` are those that are in it now, read or not."""

    paths: frozenset[str]


Outcome = Prepared | Same | Failed | Walked


def prepare(order: Order) -> Iterator[tuple[Order, Outcome]]:
    """Prepare a file, or each file of an archive and last the archive itself; gives each with what came of it.

    Never raises for what is in a file: that becomes a Failed.
    """
    if not is_archive(order.path) or order.data is not None:
        yield order, _guarded(order, lambda: _prepared(order, _sidecar(order.path)))
        return
    paths: list[str] = []
    try:
        for number, member in enumerate(members(order.path, order.path, _max_bytes(order))):
            inner = _order_within(order, member.source if isinstance(member, Skip) else member.name)
            paths.append(inner.path)
            if number < order.after:
                continue
            if isinstance(member, Skip):
                yield inner, Failed(Skip(inner.source, member.reason))
            elif number in order.broken:
                yield inner, Failed(Skip(inner.source, order.broken[number]))
            else:
                yield inner, _guarded(inner, partial(_prepared_within, inner, member))
    except (Unreadable, MemoryError) as error:
        yield order, _failed(order, error)
        return
    nothing = Failed(Skip(order.source, "an archive with nothing to read in it"))
    yield order, Walked(frozenset(paths)) if paths else nothing


def _order_within(order: Order, name: str) -> Order:
    path, source = f"{order.path}/{name}", f"{order.source}/{name}"
    document, content = order.inside.get(path, (document_id(source), ""))
    return replace(
        order, path=path, source=source, document=document, content=content, container=order.path, inside={}, broken={}
    )


def _prepared_within(order: Order, member: Member) -> Prepared | Same:
    given = _metadata(member.sidecar) if member.sidecar else {}
    whole = replace(order, data=member.data)
    return _prepared(whole, given, member.sidecar.encode("utf-8", "replace"))


def _guarded(order: Order, work: Callable[[], Prepared | Same]) -> Prepared | Same | Failed:
    try:
        return work()
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # readers stand on many libraries, whose errors no list could name
        return _failed(order, error)


def _failed(order: Order, error: BaseException) -> Failed:
    if isinstance(error, Unreadable):
        lasting = not isinstance(error, Unopenable)
        return Failed(Skip(order.source, str(error)), gone=str(error) == "empty file", lasting=lasting)
    if isinstance(error, MemoryError):
        return Failed(Skip(order.source, f"takes more than {order.settings.reader_mb:g} MB of memory to read"))
    if isinstance(error, RecursionError):
        return Failed(Skip(order.source, "too deeply nested"))
    # What the library says of it differs from release to release: a reason is ours.
    return Failed(Skip(order.source, "damaged, or not what its ending says"))


def _prepared(order: Order, given: Mapping[str, Any], salt: bytes = b"") -> Prepared | Same:
    """Read, split and embed one file. `salt` counts as part of its content. Raises Unreadable, and what readers do."""
    given = {**given, **order.meta, **({"kind": order.kind} if order.kind else {})}
    file = File(Path(order.path).name, order.data, path=order.path, given=given, settings=order.settings)
    content = _digest(order, file, salt)
    if content == order.content:
        return Same(content)
    kind = order.kind or as_kind(file.given.get("kind"))
    parsed = load_reader(choose_format(file, kind)).read(file)
    parsed = sound(replace(parsed, kind=kind or as_kind(parsed.meta.get("kind")) or parsed.kind))
    return assemble(order, parsed, file.given, content)


def document_id(source: str) -> str:
    """The id of the document with that source name: the same on every machine."""
    return f"d_{blake2b(source.encode('utf-8', 'surrogateescape'), digest_size=6).hexdigest()}"


def _max_bytes(order: Order) -> int:
    return int(order.settings.max_file_mb * 1e6)


def _digest(order: Order, file: File, salt: bytes) -> str:
    """The hash of a file's bytes, which it keeps, but for a recording's."""
    try:
        if is_recording(order.path) and order.data is None:
            audio.require(order.settings)  # before gigabytes are hashed in vain
            with open(order.path, "rb") as stream:
                return file_digest(stream, partial(blake2b, digest_size=16)).hexdigest()
        size = Path(order.path).stat().st_size if order.data is None else len(order.data)
    except OSError as error:
        raise Unopenable(f"can't be opened: {error.strerror}") from error
    if size > _max_bytes(order):
        raise Unopenable(f"larger than {order.settings.max_file_mb:g} MB")
    if size == 0:
        raise Unreadable("empty file")
    return blake2b(salt + file.data, digest_size=16).hexdigest()


def _sidecar(path: str) -> dict[str, Any]:
    """The metadata beside a file. A sidecar that can't be understood must not be dropped silently."""
    try:
        text = Path(path + SIDECAR).read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise Unopenable(f"its {SIDECAR} can't be read") from error
    return _metadata(text)


def _metadata(text: str) -> dict[str, Any]:
    found = from_yaml(text)
    if text.strip() and not found:
        raise Unopenable(f"its {SIDECAR} is not a YAML mapping")
    return found


def assemble(order: Order, parsed: Parsed, given: Mapping[str, Any], content: str) -> Prepared:
    """Split and embed what was read. `given` metadata wins over that of the source. Raises Unreadable without words."""
    meta = {**parsed.meta, **{key: value for key, value in given.items() if value != ""}}
    title = str(meta.pop("title", "") or parsed.title or _name(PurePath(order.source)))
    declared = short_language(meta.pop("lang", "") or parsed.lang)
    if as_kind(meta.get("kind")):
        del meta["kind"]
    lang = declared or language(parsed.text)
    document = Document(order.document, order.source, order.path, title, parsed.kind, lang, meta)
    passages: list[Passage] = []
    copies: Counter[str] = Counter()
    for piece in split(parsed, order.settings.passage_chars):
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
    from kb.embedders.static import StaticEmbedder, sketches  # numpy, which a run that finds nothing new goes without

    static = StaticEmbedder().passages([embedded_text(title, p.headings, p.text, p.context) for p in passages])
    cut = tuple(index_words(title, p.headings, p.text, p.context) for p in passages)
    flags = tuple(
        Flag(order.source, p.id, p.anchor.label, tuple(p.meta[SUSPICIOUS])) for p in passages if SUSPICIOUS in p.meta
    )
    return Prepared(to_store(document, passages), content, cut, sketches(static), flags)


def _name(path: PurePath) -> str:
    """A file's name as a title; with its folder's when it is called what many are called."""
    return f"{path.parent.name} {path.stem}".strip() if _COMMON_NAME.fullmatch(path.stem) else path.stem


def _passage(passage_id: str, document: Document, declared: str, ordinal: int, piece: Piece, text: str) -> Passage:
    lang = short_language(piece.meta.get("lang", "")) or language(text)
    # Scripts tell Chinese from the rest, but not German from English: there the document's own word counts.
    if lang == "und" or (lang == "en" and declared not in ("", "zh", "ja", "ko")):
        lang = document.lang
    title = (document.title,) if not ordinal else ()
    suspicious = instructions("\n".join((*title, *piece.headings, text)))
    meta = {**piece.meta, SUSPICIOUS: list(suspicious)} if suspicious else piece.meta
    anchor = piece.anchor
    if document.path.startswith(CURATED):
        anchor = replace(anchor, reviewed=str(document.meta.get("reviewed", "")) or None)
    return Passage(
        passage_id, document.id, ordinal, text, piece.headings, lang, anchor, piece.places, meta,
        piece.context, piece.voices,
    )  # fmt: skip
