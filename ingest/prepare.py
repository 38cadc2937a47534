"""Sources, prepared for storing: read, split, embedded. A pure function of the file and the recipe."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import blake2b, file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ingest.archives import Member, is_archive, members
from ingest.assembly import Prepared, assemble, document_id
from ingest.forgotten import Forgotten, without_forgotten
from ingest.metadata import SIDECAR, as_kind, from_yaml, sound
from ingest.parsed import File, Parsed, Unopenable, Unreadable, open_file
from ingest.readers import audio, choose_format, is_recording, read_parts
from kb.erasure.catalog_changes import forgotten_whole
from kb.erasure.rules import NO_RULES, Rules
from kb.settings import ReadingSettings
from kb.types import Kind, Skip

if TYPE_CHECKING:
    from kb.privacy.redactor import Redactor

SECONDS, MEMORY = "reader_seconds", "reader_mb"  # the settings that a reader may run into


@dataclass(frozen=True, slots=True)
class Order:
    """What to prepare: a file, the name it goes by, and how to read it.

    `target` and `sidecar_target` are what links lead to, where the file and its sidecar are links
    (see `Source`). `content` is the hash that needs no work. `data` are the bytes, where they are
    not those at `path`. For an archive, `inside` gives the document id and the hash of each file
    within it that is known, by its path; `container` is the path of the archive that a file is in.
    The first `after` files of an archive are done; those in `broken` can't be read, for the reason
    given there. `earlier` are the files of the mails that this one answers. `rules` say what was
    forgotten, and is not to come in again.
    """

    path: str
    size: int
    source: str
    document: str
    kind: Kind | None
    meta: Mapping[str, Any]
    settings: ReadingSettings
    content: str | None = None
    target: str = ""
    sidecar_target: str = ""
    data: bytes | None = None
    container: str = ""
    inside: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    after: int = 0
    broken: Mapping[int, Failed] = field(default_factory=dict)
    earlier: tuple[File, ...] = ()
    rules: Rules = NO_RULES


@dataclass(frozen=True, slots=True)
class Same:
    """The file's bytes are those already ingested."""

    content: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The file can't be read. `gone` when what it held before is certainly no longer in it: it is
    empty now.

    `lasting` is off where the next run may fare better with the very same file. `limit` names the
    setting that stood in the way, where one did: with a higher one the file is tried again. Of what
    was `forgotten` nothing is noted, not even its name.
    """

    skip: Skip
    gone: bool = False
    lasting: bool = True
    limit: str = ""
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class Walked:
    """All files of an archive were prepared; `paths` are those that are in it now, read or not."""

    paths: frozenset[str]


Outcome = Prepared | Same | Failed | Walked


def prepare(order: Order, redactor: Redactor | None = None) -> Iterator[tuple[Order, Outcome]]:
    """Prepare a file, or each file of an archive and last the archive itself; gives each with what
    came of it, masked by the redactor.

    A large document comes in parts, one after the other. Never raises for what is in a file: that
    becomes a Failed, and then no part before it counts.
    """
    if not is_archive(order.path) or order.data is not None:
        yield from _guarded(order, lambda: _prepared(order, _sidecar(order), redactor))
        return
    paths: list[str] = []
    try:
        for number, member in enumerate(
            members(order.target or order.path, order.path, _max_bytes(order))
        ):
            inner = _order_within(order, member.source if isinstance(member, Skip) else member.name)
            paths.append(inner.path)
            if number < order.after:
                continue
            if isinstance(member, Skip):
                yield inner, Failed(Skip(inner.source, member.reason))
            elif number in order.broken:
                yield (
                    inner,
                    replace(
                        order.broken[number],
                        skip=Skip(inner.source, order.broken[number].skip.reason),
                    ),
                )
            else:
                yield from _guarded(inner, partial(_prepared_within, inner, member, redactor))
    except (Unreadable, MemoryError) as error:
        yield order, _failed(order, error)
        return
    nothing = Failed(Skip(order.source, "an archive with nothing to read in it"))
    yield order, Walked(frozenset(paths)) if paths else nothing


def _order_within(order: Order, name: str) -> Order:
    path, source = f"{order.path}/{name}", f"{order.source}/{name}"
    document, content = order.inside.get(path, (document_id(source), ""))
    return replace(
        order,
        path=path,
        source=source,
        document=document,
        content=content,
        container=order.path,
        inside={},
        broken={},
    )


def _prepared_within(
    order: Order, member: Member, redactor: Redactor | None
) -> Iterator[Prepared | Same]:
    given = _metadata(member.sidecar) if member.sidecar else {}
    earlier = tuple(File(name, data) for name, data in member.earlier.items())
    whole = replace(order, data=member.data, earlier=earlier)
    salt = "".join((member.sidecar, *member.earlier))
    return _prepared(whole, given, redactor, salt.encode("utf-8", "replace"))


def _guarded(
    order: Order, work: Callable[[], Iterator[Prepared | Same]]
) -> Iterator[tuple[Order, Outcome]]:
    try:
        yield from ((order, outcome) for outcome in work())
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except (
        BaseException
    ) as error:  # readers stand on many libraries, whose errors no list could name
        yield order, _failed(order, error)


def _failed(order: Order, error: BaseException) -> Failed:
    if isinstance(error, Forgotten):
        return Failed(Skip(order.source, str(error)), gone=True, lasting=False, forgotten=True)
    if isinstance(error, Unreadable):
        lasting = not isinstance(error, Unopenable)
        return Failed(
            Skip(order.source, str(error)), gone=str(error) == "empty file", lasting=lasting
        )
    if isinstance(error, MemoryError):
        reason = f"takes more than {order.settings.reader_mb:g} MB of memory to read"
        return Failed(Skip(order.source, reason), limit=MEMORY)
    if isinstance(error, RecursionError):
        return Failed(Skip(order.source, "too deeply nested"))
    # What the library says of it differs from release to release: a reason is ours.
    return Failed(Skip(order.source, "damaged, or not what its ending says"))


def _prepared(
    order: Order, given: Mapping[str, Any], redactor: Redactor | None, salt: bytes = b""
) -> Iterator[Prepared | Same]:
    """Read, split and embed one file, in parts. `salt` counts as part of its content.

    Raises Unreadable, and what readers do.
    """
    given = {**given, **order.meta, **({"kind": order.kind} if order.kind else {})}
    file = File(
        Path(order.path).name,
        order.data,
        path=order.path,
        target=order.target,
        given=given,
        settings=order.settings,
        earlier=order.earlier,
    )
    content = _digest(order, file, salt)
    if date := order.rules.source_date(order.path, content):
        raise Forgotten(date)
    if content == order.content:
        yield Same(content)
        return
    kind = order.kind or as_kind(file.given.get("kind"))
    parts = (
        sound(replace(parsed, kind=kind or as_kind(parsed.meta.get("kind")) or parsed.kind))
        for parsed in _remembered(order, read_parts(choose_format(file, kind), file), file.given)
    )
    given = order.rules.masked_value(dict(file.given))
    for prepared in assemble(order, parts, given, content, redactor):
        if forgotten_whole(prepared.stored.document, order.rules):
            raise Forgotten(order.rules.newest)
        yield prepared


def _remembered(order: Order, read: Iterable[Parsed], given: Mapping[str, Any]) -> Iterator[Parsed]:
    """What was read without what was forgotten of it. Raises Forgotten for a forgotten author's."""
    for parsed in read:
        if date := order.rules.author_date({**parsed.meta, **given}):
            raise Forgotten(date)
        yield without_forgotten(parsed, order.rules)


def _max_bytes(order: Order) -> int:
    return int(order.settings.max_file_mb * 1e6)


def _digest(order: Order, file: File, salt: bytes) -> str:
    """The hash of a file's bytes, which it keeps, but for a recording's."""
    try:
        if is_recording(order.path) and order.data is None:
            audio.require(order.settings)  # before gigabytes are hashed in vain
            with open_file(file.location) as stream:
                return file_digest(stream, partial(blake2b, digest_size=16)).hexdigest()
        size = os.stat(file.location).st_size if order.data is None else len(order.data)
    except OSError as error:
        raise Unopenable(f"can't be opened: {error.strerror}") from error
    if size > _max_bytes(order):
        raise Unopenable(f"larger than {order.settings.max_file_mb:g} MB")
    if size == 0:
        raise Unreadable("empty file")
    return blake2b(salt + file.data, digest_size=16).hexdigest()


def _sidecar(order: Order) -> dict[str, Any]:
    """The metadata beside a file. A sidecar that can't be understood must not be dropped silently."""
    try:
        with open_file(order.sidecar_target or order.path + SIDECAR) as stream:
            text = stream.read().decode()
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
