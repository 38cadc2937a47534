"""Making a backup of a knowledge base while it is in use."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from kb import __version__
from kb.backup.archive import check_entries, check_seal, described, is_backup, write_sealed
from kb.backup.contents import FILES, LARGEST_FILE, MANIFEST, STORES, Manifest
from kb.backup.encryption import Lock, encrypt
from kb.backup.snapshot import copy_stores, row_counts, schema
from kb.errors import DiskFull, KbError, is_disk_full
from kb.home import FILE_MODE, FOLDER_MODE, Home, Notify, create_file, silent
from kb.home_id import home_id, known_home_id

LOCK_FILE = "backup.lock"
_PARTS = "backup.parts"  # what a killed backup leaves in the home; the next one removes it
_ARCHIVE = "backup.zip"


def back_up(
    home: Home, target: Path, lock: Lock | None = None, notify: Notify = silent
) -> Manifest:
    """Write a backup of the home to `target`, and give what is in it. Raises KbError.

    The file is there whole or not at all; an older backup of that name is replaced, any other file
    stays. What is not encrypted yet never lies outside the home.
    """
    if not home.exists() and not home.journal.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one with: kb ingest PATH")
    _check_target(target)
    with suppress(KbError):  # a home that can't be written keeps what it has
        home_id(home.path)
    try:
        with _working_folder(home, notify) as folder:
            manifest, archive = _packed(home, folder)
            check_seal(archive)
            check_entries(archive, manifest)
            draft = _draft(home, target)
            try:
                _put_beside(archive, lock, folder, draft)
                draft.replace(target.resolve())
                _sync_folder(target.resolve().parent)
            finally:
                draft.unlink(missing_ok=True)
            return manifest
    except OSError as error:
        if is_disk_full(error):
            raise DiskFull() from error
        raise KbError(
            f"the backup can't be written: {error.strerror}: {error.filename}",
            "choose another file, or check the permissions",
        ) from error


def _check_target(target: Path) -> None:
    """Raise KbError where a backup must not or can't be written to that name."""
    if target.is_dir():
        raise KbError(f"{target} is a folder", "name a file, such as community.kbz")
    if not target.resolve().parent.is_dir():
        raise KbError(f"there is no folder {target.resolve().parent}", "make it, or choose another")
    if target.exists() and not is_backup(target):
        raise KbError(f"{target} is there already, and no backup", "choose another name")


def _draft(home: Home, target: Path) -> Path:
    """The file that is written before it takes its name; a killed backup of this home left one."""
    owner = known_home_id(home.path)[:8] or str(os.getpid())
    draft = target.resolve().with_name(f".{target.name}.{owner}.part")
    draft.unlink(missing_ok=True)
    return draft


def _packed(home: Home, folder: Path) -> tuple[Manifest, Path]:
    """The archive of the home, not encrypted, in the working folder."""
    stores = [home.path / name for name in STORES if _has_content(home.path / name)]
    for name in FILES:  # before the stores: a head of the audit log may be behind it, not ahead
        content = _content(home.path / name)
        if content is not None:
            (folder / name).write_bytes(content)
    copy_stores(stores, folder)
    copies = [folder / name for name in (*STORES, *FILES) if (folder / name).exists()]
    manifest = Manifest(
        datetime.now(UTC).isoformat(timespec="seconds"),
        __version__,
        known_home_id(home.path),
        tuple(described(copy) for copy in copies),
        {store.name: schema(folder / store.name) for store in stores},
        row_counts(folder),
    )
    with create_file(folder / MANIFEST) as stream:
        stream.write(manifest.as_json())
    write_sealed(folder / _ARCHIVE, [folder / MANIFEST, *copies], compressed=True)
    for copy in copies:
        copy.unlink()
    return manifest, folder / _ARCHIVE


def _put_beside(archive: Path, lock: Lock | None, folder: Path, draft: Path) -> None:
    """Write the backup as it is to be kept: the archive itself, or one of its encrypted form."""
    if lock is not None:
        write_sealed(draft, encrypt(archive, lock, folder), compressed=False)
        return
    with archive.open("rb") as source:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
        with os.fdopen(descriptor, "wb") as stream:
            shutil.copyfileobj(source, stream, 1 << 20)
            stream.flush()
            os.fsync(stream.fileno())


@contextmanager
def _working_folder(home: Home, notify: Notify) -> Iterator[Path]:
    """A folder for the copies, in the home; where nothing can be written there, a temporary one."""
    from filelock import FileLock, Timeout

    lock = FileLock(home.path / LOCK_FILE, mode=FILE_MODE)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify("another kb is making a backup of this knowledge base; waiting for it to finish")
        lock.acquire()
    except OSError:
        with TemporaryDirectory(prefix="kb-backup-") as temporary:
            yield Path(temporary)
        return
    parts = home.path / _PARTS
    try:
        shutil.rmtree(parts, ignore_errors=True)
        parts.mkdir(mode=FOLDER_MODE)
        yield parts
    finally:
        shutil.rmtree(parts, ignore_errors=True)
        lock.release()


def _has_content(path: Path) -> bool:
    return path.is_file() and path.stat().st_size > 0


def _content(path: Path) -> bytes | None:
    """What a small file of the home holds; None where there is none. Raises KbError."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    if len(content) > LARGEST_FILE:
        raise KbError(f"{path.name} has more than {LARGEST_FILE:,} bytes", "is it yours?")
    return content


def _sync_folder(folder: Path) -> None:
    with suppress(OSError):  # Windows opens no folders
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
