"""The file of a backup: a ZIP archive that any program opens, sealed with the SHA-256 of all of it.

The seal is the end of the archive's comment, which is the end of the file, and covers every byte
before it: a bit that flips anywhere is found, also where ZIP's own sums don't reach.
"""

from __future__ import annotations

import os
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import file_digest, sha256
from pathlib import Path
from typing import IO

from kb.backup.contents import FILES, LARGEST_FILE, MANIFEST, Entry, Manifest, read_manifest
from kb.errors import KbError
from kb.home import FILE_MODE

_LABEL = b"kb-backup 1 sha256="
_DIGITS = 64
_PIECE = 1 << 20
_LARGEST_MANIFEST = 1_000_000
_END = 22  # bytes of ZIP's end record without the comment
_ANOTHER = "use another backup"


def write_sealed(target: Path, files: Iterable[Path], *, compressed: bool) -> None:
    """Write a new sealed archive of these files, for the user alone, and sync it. Raises OSError."""
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, FILE_MODE)
    with os.fdopen(descriptor, "w+b") as stream:
        with zipfile.ZipFile(stream, "w", method, compresslevel=6) as archive:
            for path in files:
                info = zipfile.ZipInfo(path.name, datetime.now(UTC).timetuple()[:6])
                info.compress_type, info.external_attr = method, FILE_MODE << 16
                info.file_size = path.stat().st_size  # decides on ZIP's form for large files
                with path.open("rb") as source, archive.open(info, "w") as entry:
                    shutil.copyfileobj(source, entry, _PIECE)
            archive.comment = _LABEL + b"0" * _DIGITS
        end = stream.seek(0, os.SEEK_END) - _DIGITS
        stream.seek(0)
        seal = _digest_of(stream.read, end)
        stream.seek(end)
        stream.write(seal)
        stream.flush()
        os.fsync(stream.fileno())


def is_backup(path: Path) -> bool:
    """Whether a file ends as a backup does; it may be damaged all the same."""
    try:
        with path.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(0, size - len(_LABEL) - _DIGITS))
            return size > _END and stream.read(len(_LABEL)) == _LABEL
    except OSError:
        return False


def check_seal(path: Path) -> None:
    """Raise KbError unless the file is a backup and every bit of it is as it was written."""
    if not is_backup(path):
        with _readable(path), path.open("rb") as stream:
            damaged = stream.read(4) == b"PK\x03\x04"
        state = "is damaged or cut off" if damaged else "is no backup"
        raise KbError(f"{path} {state}", _ANOTHER if damaged else "make one with: kb backup FILE")
    with _readable(path), path.open("rb") as stream:
        end = path.stat().st_size - _DIGITS
        if _digest_of(stream.read, end) != stream.read(_DIGITS):
            raise KbError(f"{path} is damaged: its checksum is another one", _ANOTHER)


def names(path: Path) -> list[str]:
    """The names of what is in a sealed archive. Raises KbError."""
    with _archive(path) as archive:
        return archive.namelist()


def manifest_of(path: Path) -> Manifest:
    """What a sealed archive says that it holds. Raises KbError."""
    with _archive(path) as archive:
        try:
            info = archive.getinfo(MANIFEST)
        except KeyError:
            raise KbError("the backup has no manifest", _ANOTHER) from None
        if info.file_size > _LARGEST_MANIFEST:
            raise KbError("the manifest of the backup is damaged", _ANOTHER)
        return read_manifest(archive.read(info))


def check_entries(path: Path, manifest: Manifest, folder: Path | None = None) -> None:
    """Hold every entry against its hash, and write it into `folder` if there is one. Raises KbError
    and OSError.
    """
    with _archive(path) as archive:
        if sorted(archive.namelist()) != sorted([MANIFEST, *(e.name for e in manifest.entries)]):
            raise KbError("the backup holds other files than its manifest says", _ANOTHER)
        for entry in manifest.entries:
            _check_entry(archive, entry, folder)


def extract(path: Path, name: str, target: Path) -> None:
    """Write one file of a sealed archive to `target`, for the user alone. Raises KbError, OSError."""
    with _archive(path) as archive, archive.open(name) as source, new_file(target) as stream:
        shutil.copyfileobj(source, stream, _PIECE)


def described(path: Path) -> Entry:
    """A file as a manifest describes it."""
    with path.open("rb") as stream:
        return Entry(path.name, path.stat().st_size, file_digest(stream, "sha256").hexdigest())


def new_file(path: Path) -> IO[bytes]:
    """A new binary file for the user alone."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE), "wb")


def _check_entry(archive: zipfile.ZipFile, entry: Entry, folder: Path | None) -> None:
    limit = LARGEST_FILE if entry.name in FILES else entry.bytes
    if archive.getinfo(entry.name).file_size != entry.bytes or entry.bytes > limit:
        raise KbError(f"{entry.name} in the backup has another size than it should", _ANOTHER)
    digest = sha256()
    target = new_file(folder / entry.name) if folder else None
    try:
        with archive.open(entry.name) as source:
            while piece := source.read(_PIECE):
                digest.update(piece)
                if target:
                    target.write(piece)
        if target:
            target.flush()
            os.fsync(target.fileno())
    finally:
        if target:
            target.close()
    if digest.hexdigest() != entry.sha256:
        raise KbError(f"{entry.name} in the backup is damaged", _ANOTHER)


def _digest_of(read: Callable[[int], bytes], length: int) -> bytes:
    """The SHA-256, in hexadecimal digits, of so many of the bytes that `read` gives."""
    digest = sha256()
    while length > 0 and (piece := read(min(_PIECE, length))):
        digest.update(piece)
        length -= len(piece)
    return digest.hexdigest().encode()


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with _readable(path), zipfile.ZipFile(path) as archive:
            yield archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise KbError(f"{path} is damaged: {error}", _ANOTHER) from error


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise KbError(f"there is no {path}", "name the file that kb backup wrote") from None
    except IsADirectoryError:
        raise KbError(f"{path} is a folder", "name the file that kb backup wrote") from None
    except PermissionError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error
