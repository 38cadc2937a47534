"""Making a knowledge base from a backup: beside the place that it is for, and moved there when it
is whole.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory

from kb.backup import archive
from kb.backup.contents import STORES, Manifest
from kb.backup.encryption import CONTENT, KEY, Key, decrypt
from kb.errors import DiskFull, KbError, is_disk_full
from kb.home import FOLDER_MODE, Home, create_folder

_PLAIN = "backup.zip"
_STAGING = ".restoring"
_LAST = "catalog.sqlite3"  # without it a folder is taken for no home
_ROOM = 3  # times the size of the stores: they, the indexes, and what these are built with
KeyFor = Callable[[bool], Key]
"""Gives the key of an encrypted backup, asked once it is known whether it wants a passphrase."""
Completion = Callable[[Home, Manifest], None]
"""What makes a restored home ready, in its folder beside the place that it is for."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and where the home that was there before lies now, if there was one."""

    manifest: Manifest
    former: Path | None


def verify(file: Path, key_for: KeyFor) -> Manifest:
    """What a backup holds, once every bit of it is known to be sound. Raises KbError."""
    with _named(file), TemporaryDirectory(prefix="kb-backup-") as temporary:
        return _checked(file, key_for, Path(temporary))


def restore(
    file: Path, home: Home, key_for: KeyFor, complete: Completion, *, replace: bool = False
) -> Restored:
    """Put what a backup holds in the place of `home`. Raises KbError, and then nothing has changed.

    With `replace` a home that is there is moved aside, and not deleted.
    """
    is_taken = _is_taken(home.path)
    if is_taken and not replace:
        raise KbError(
            f"{home.path} is not empty",
            "choose another --home; or with --force it is moved aside, and kept",
        )
    with _named(file), _staging(home.path) as staging:
        manifest = _unpacked(file, key_for, staging)
        complete(Home(staging), manifest)
        former = _former_name(home.path) if is_taken else None
        _swap(staging, home, former)
    return Restored(manifest, former)


def _unpacked(file: Path, key_for: KeyFor, staging: Path) -> Manifest:
    """Check the backup and write its files into the staging folder; the stores are brought up to
    date.
    """
    with TemporaryDirectory(prefix="unpacking-", dir=staging) as temporary:
        manifest = _checked(file, key_for, Path(temporary), staging)
    for name in STORES:
        if (staging / name).exists():
            _bring_up_to_date(staging, name)
    return manifest


def _checked(file: Path, key_for: KeyFor, working: Path, target: Path | None = None) -> Manifest:
    """Check the seal, the key and every file; with a `target` they are written there."""
    archive.check_seal(file)
    plain = file
    names = archive.names(file)
    if CONTENT in names:
        key = key_for(KEY in names)  # before anything long begins
        for name in (KEY, CONTENT):
            if name in names:
                archive.extract(file, name, working / name)
        plain = working / _PLAIN
        decrypt(working, key, plain)
        (working / CONTENT).unlink()
        archive.check_seal(plain)
    manifest = archive.manifest_of(plain)
    if target is not None:
        _check_room(target, sum(entry.bytes for entry in manifest.entries))
    archive.check_entries(plain, manifest, target)
    return manifest


def _check_room(folder: Path, size: int) -> None:
    if shutil.disk_usage(folder).free < _ROOM * size:
        raise KbError(
            f"restoring takes about {_ROOM * size / 1e6:,.0f} MB, and there is less room",
            "free some space, or choose a --home on another disk",
        )


def _bring_up_to_date(home: Path, name: str) -> None:
    """Apply the migrations that a store lacks. Raises KbError for one of a newer kb."""
    from kb.access import Access
    from kb.audit import AuditLog
    from kb.catalog import Catalog
    from kb.erasure.ledger import Ledger
    from kb.journal import Journal
    from kb.posts import Posts

    openers: dict[str, Callable[[], Catalog | Journal | Access | Posts | Ledger]] = {
        "catalog.sqlite3": lambda: Catalog(home / name),
        "journal.sqlite3": lambda: Journal(home / name),
        "access.sqlite3": lambda: Access(home),
        "posts.sqlite3": lambda: Posts(home),
        "forgotten.sqlite3": lambda: Ledger(home / name),
    }
    if name in openers:
        openers[name]().close()
    else:
        AuditLog(home).verify()


def _is_taken(home: Path) -> bool:
    try:
        return bool(_entries(home))
    except FileNotFoundError:
        return False
    except NotADirectoryError:
        raise KbError(f"{home} is a file", "choose another --home") from None


def _entries(home: Path) -> list[Path]:
    """What is in the folder of a home, but for what a file system or a killed restore left there."""
    return [path for path in home.iterdir() if path.name not in (_STAGING, "lost+found")]


def _former_name(home: Path) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    name = f"before-{now}-{token_hex(2)}"
    return home / name if os.path.ismount(home) else home.with_name(f"{home.name}.{name}")


@contextmanager
def _staging(home: Path) -> Iterator[Path]:
    """A new folder beside the home, which goes again unless it was moved. What a killed restore left
    there goes, too.
    """
    from filelock import FileLock, Timeout

    try:
        create_folder(home.parent)
        lock = FileLock(home.with_name(f".{home.name}.restore.lock"), mode=0o600)
        lock.acquire(timeout=0)
    except Timeout:
        raise KbError(f"another kb is restoring {home}", "wait until it has finished") from None
    except OSError as error:
        raise KbError(
            f"can't write beside {home}: {error.strerror}", "choose another --home"
        ) from error
    is_mount = os.path.ismount(home)  # a folder can't be moved there, only what is in it
    staging = home / _STAGING if is_mount else home.with_name(f".{home.name}{_STAGING}")
    try:
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=FOLDER_MODE)
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        with suppress(OSError):
            Path(lock.lock_file).unlink()
        lock.release()


def _swap(staging: Path, home: Home, former: Path | None) -> None:
    """Move the old home aside and the new one in its place; the old one back where that fails."""
    if staging.parent == home.path:
        _swap_entries(staging, home, former)
        return
    if former is None:
        os.replace(staging, home.path)  # an empty folder gives way
        return
    with home.writing():
        os.rename(home.path, former)
    try:
        os.rename(staging, home.path)
    except OSError:
        os.rename(former, home.path)
        raise


def _swap_entries(staging: Path, home: Home, former: Path | None) -> None:
    """The same, entry by entry, where the folder of the home must stay."""
    if former is not None:
        with home.writing():
            old = _entries(home.path)
            former.mkdir(mode=FOLDER_MODE)
            for path in old:
                path.rename(former / path.name)
    for path in sorted(staging.iterdir(), key=lambda path: path.name == _LAST):
        path.rename(home.path / path.name)


@contextmanager
def _named(file: Path) -> Iterator[None]:
    """Say which backup it is about, and turn the system's errors into known ones."""
    try:
        yield
    except DiskFull:
        raise
    except OSError as error:
        if is_disk_full(error):
            raise KbError(
                "no space left to restore the knowledge base; nothing was changed",
                "free some space, or choose a --home on another disk",
            ) from error
        raise KbError(f"{file} can't be restored: {error}", "choose another --home") from error
