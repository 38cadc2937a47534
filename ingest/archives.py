"""Archives: the files within .zip, .tar and exports that are archives, read where they are, within
limits. Nothing is ever unpacked to disk.
"""

from __future__ import annotations

import io
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import PurePosixPath
from typing import IO, Protocol

from ingest.ignore import DEFAULTS
from ingest.metadata import SIDECAR
from ingest.parsed import Unopenable, Unreadable, open_file
from ingest.parsing import slack_export, yuque_book
from ingest.parsing.decode import decode
from ingest.parsing.mail_threads import MAIL, MAIL_START, MailThreads
from kb.types import Skip

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".lakebook")
MOST_MEMBERS = 10_000
MOST_BYTES = 2_000_000_000  # of all members together, unpacked
MOST_RATIO = 200  # unpacked to packed, for members of over 10 MB
DEEPEST = 3  # archives within archives
_RATIO_COUNTS_FROM = 10_000_000
_LARGEST_SIDECAR = 1_000_000


@dataclass(frozen=True, slots=True)
class Member:
    """A file within an archive: its path there, its bytes, and the text of its sidecar. Of a mail,
    `earlier` are the bytes of those that it answers, by their names.
    """

    name: str
    data: bytes
    sidecar: str = ""
    earlier: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Listed:
    """A member as its archive lists it. `refusal`: why it is not read whatever is in it."""

    name: str
    size: int
    packed: int
    refusal: str
    key: object


class _Archive(Protocol):
    def listed(self) -> Iterator[_Listed]: ...
    def opened(self, listed: _Listed) -> IO[bytes]: ...


def is_archive(name: str) -> bool:
    """Whether a file of that name is walked as a folder."""
    return name.lower().endswith(ENDINGS)


def archive_of(path: str) -> str | None:
    """The archive that a path leads into: `/a/b.zip` of `/a/b.zip/notes/c.md`."""
    position = path.find("/")
    while position != -1:
        if is_archive(path[:position]):
            return path[:position]
        position = path.find("/", position + 1)
    return None


def members(
    source: str | bytes, name: str, max_bytes: int, depth: int = 1
) -> Iterator[Member | Skip]:
    """The files within an archive, given by path or as bytes, in its own order; a Skip for each
    that is not read.

    Hidden files, those of version control and those of operating systems are passed over. Raises
    Unreadable.
    """
    with _opened(source, name) as archive:
        listed = list(islice(archive.listed(), MOST_MEMBERS + 1))
        names = [each.name for each in listed]
        if slack_export.is_export(names):
            yield from _channels(archive, listed, max_bytes)
        elif yuque_book.is_book(names):
            yield from _documents(archive, listed, max_bytes)
        else:
            yield from _files(archive, listed, max_bytes, depth)
        if len(listed) > MOST_MEMBERS:
            raise Unreadable(f"more than {MOST_MEMBERS:,} files in it: the rest is left out")


def _files(
    archive: _Archive, listed: list[_Listed], max_bytes: int, depth: int
) -> Iterator[Member | Skip]:
    sidecars = _sidecars(archive, listed)
    earlier = _earlier_mails(archive, listed[:MOST_MEMBERS], max_bytes)
    total = 0
    for each in listed[:MOST_MEMBERS]:
        if each.name.endswith(SIDECAR) or _passed_over(each.name):
            continue
        data = _read(archive, each, max_bytes)
        if isinstance(data, str):
            yield Skip(each.name, data)
            continue
        total += len(data)
        if total > MOST_BYTES:
            raise Unreadable(f"more than {MOST_BYTES / 1e9:g} GB unpacked: the rest is left out")
        if not is_archive(each.name):
            sidecar = sidecars.get(each.name + SIDECAR, "")
            yield Member(each.name, data, sidecar, earlier(each.name))
        elif depth == DEEPEST:
            yield Skip(each.name, f"archives within archives, more than {DEEPEST} deep")
        else:
            yield from _within(each.name, data, max_bytes, depth + 1)


def _read(archive: _Archive, listed: _Listed, max_bytes: int) -> bytes | str:
    """The bytes of a member, or why there are none."""
    refusal = listed.refusal or _refusal(listed, max_bytes)
    if refusal:
        return refusal
    try:
        with archive.opened(listed) as stream:
            data = stream.read(max_bytes + 1)
    except _BROKEN:
        return "damaged in its archive"
    return data if len(data) <= max_bytes else f"larger than {max_bytes / 1e6:g} MB"


def _earlier_mails(
    archive: _Archive, listed: Sequence[_Listed], max_bytes: int
) -> Callable[[str], Mapping[str, bytes]]:
    """Gives for the name of a mail the beginnings of those in the archive that it answers, by their
    names, the first of them first. A .tar is slow to read out of order, so there it gives none.
    """
    mails = {each.name: each for each in listed if each.name.lower().endswith(MAIL)}
    if len(mails) < 2 or not isinstance(archive, _Zip):
        return lambda name: {}
    from ingest.parsing.mail import LONGEST_HEAD, head_of

    def start(name: str, length: int) -> bytes:
        if _passed_over(name) or mails[name].refusal or _refusal(mails[name], max_bytes):
            return b""
        try:
            with archive.opened(mails[name]) as stream:
                return stream.read(length)
        except _BROKEN:
            return b""

    threads = MailThreads({name: head_of(start(name, LONGEST_HEAD)) for name in mails})
    return lambda name: {each: start(each, MAIL_START) for each in threads.earlier(name)}


def _channels(archive: _Archive, listed: list[_Listed], max_bytes: int) -> Iterator[Member | Skip]:
    """The channels and canvases of a Slack export."""
    by_name, read = _by_name(archive, listed, max_bytes)
    if any(slack_export.private(part) for name in by_name for part in name.split("/")[:-1]):
        yield Skip("direct messages", "private: left out of a Slack export")
    for name, data in slack_export.channels(by_name, read):
        yield Member(name, data)
    for name, data in slack_export.canvases(by_name, read):
        yield Member(name, data)


def _documents(archive: _Archive, listed: list[_Listed], max_bytes: int) -> Iterator[Member | Skip]:
    """The documents of a knowledge base that Yuque exported."""
    by_name, read = _by_name(archive, listed, max_bytes)
    for name, page in yuque_book.documents(by_name, read):
        yield Skip(name, page) if isinstance(page, str) else Member(name, page)


def _by_name(
    archive: _Archive, listed: Sequence[_Listed], max_bytes: int
) -> tuple[dict[str, _Listed], Callable[[str], bytes]]:
    """The members by their names, and what reads one; that raises Unreadable."""
    by_name = {each.name: each for each in listed[:MOST_MEMBERS]}

    def read(name: str) -> bytes:
        data = _read(archive, by_name[name], max_bytes)
        if isinstance(data, str):
            raise Unreadable(data)
        return data

    return by_name, read


def _within(name: str, data: bytes, max_bytes: int, depth: int) -> Iterator[Member | Skip]:
    try:
        for inner in members(data, name, max_bytes, depth):
            if isinstance(inner, Skip):
                yield Skip(f"{name}/{inner.source}", inner.reason)
            else:
                yield replace(inner, name=f"{name}/{inner.name}")
    except Unreadable as error:
        yield Skip(name, str(error))


def _refusal(listed: _Listed, max_bytes: int) -> str:
    if not _stays_inside(listed.name):
        return "its path leads out of the archive"
    if listed.size > max_bytes:
        return f"larger than {max_bytes / 1e6:g} MB"
    if (
        listed.packed
        and listed.size > _RATIO_COUNTS_FROM
        and listed.size > MOST_RATIO * listed.packed
    ):
        return f"unpacks to more than {MOST_RATIO} times its size"
    return ""


def _stays_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not path.is_absolute()
        and ".." not in path.parts
        and ":" not in path.parts[0]
        and "\0" not in name
    )


def _passed_over(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(".") and part != ".." for part in parts) or DEFAULTS.match_file(name)


def _sidecars(archive: _Archive, listed: list[_Listed]) -> dict[str, str]:
    of_sidecars = (each for each in listed if each.name.endswith(SIDECAR))
    found = {sidecar.name: _read(archive, sidecar, _LARGEST_SIDECAR) for sidecar in of_sidecars}
    return {
        name: data.decode("utf-8", "replace")
        for name, data in found.items()
        if isinstance(data, bytes)
    }


# What zipfile, tarfile and the decompressors below them raise on damaged data; NotImplementedError:
# odd compression.
_BROKEN = (
    zipfile.BadZipFile,
    tarfile.TarError,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    zipfile.zlib.error,  # type: ignore[attr-defined]
)


@contextmanager
def _opened(source: str | bytes, name: str) -> Iterator[_Archive]:
    stream: IO[bytes] = io.BytesIO(source) if isinstance(source, bytes) else _open_file(source)
    with stream:
        try:
            archive: _Archive = _Zip(stream) if name.lower().endswith(".zip") else _Tar(stream)
        except _BROKEN as error:
            raise Unreadable("a damaged archive") from error
        yield archive


def _open_file(path: str) -> IO[bytes]:
    try:
        return open_file(path)
    except OSError as error:
        raise Unopenable(f"can't be opened: {error.strerror}") from error


class _Zip:
    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream)
        listed = self._zip.infolist()
        # The end of an archive that was cut off may be that of an archive within it.
        if listed and min(info.header_offset for info in listed) > 0:
            raise zipfile.BadZipFile("its beginning is not that of its list of files")

    def listed(self) -> Iterator[_Listed]:
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            refusal = "a password-protected archive member" if info.flag_bits & 1 else ""
            if stat.S_ISLNK(info.external_attr >> 16):
                refusal = "a link within an archive"
            yield _Listed(_zip_name(info), info.file_size, info.compress_size, refusal, info)

    def opened(self, listed: _Listed) -> IO[bytes]:
        assert isinstance(listed.key, zipfile.ZipInfo)
        return self._zip.open(listed.key)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """The name of a member; without the flag for UTF-8 it is in whatever the packing system used."""
    if info.flag_bits & 0x800 or info.filename.isascii():
        return info.filename
    try:
        return decode(info.filename.encode("cp437"))
    except (Unreadable, UnicodeEncodeError):
        return info.filename


class _Tar:
    def __init__(self, stream: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=stream, mode="r:*")  # noqa: SIM115 - lives as long as its stream

    def listed(self) -> Iterator[_Listed]:
        try:
            for info in self._tar:
                if info.isdir():
                    continue
                refusal = "" if info.isreg() else "a link or a device within an archive"
                name = info.name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                yield _Listed(name, info.size, 0, refusal, info)
        except _BROKEN as error:
            raise Unreadable("a damaged archive") from error

    def opened(self, listed: _Listed) -> IO[bytes]:
        assert isinstance(listed.key, tarfile.TarInfo)
        stream = self._tar.extractfile(listed.key)
        if stream is None:
            raise tarfile.TarError("no content")
        return stream
