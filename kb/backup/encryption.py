"""Encrypted backups: the archive inside an age file, which other programs open too.

age encrypts for keys as a stream, but for a passphrase only in memory. So a backup with a
passphrase is encrypted for a key made for it alone, and that key lies beside it, encrypted with the
passphrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kb.backup.archive import new_file
from kb.errors import DiskFull, KbError, is_disk_full

if TYPE_CHECKING:
    from types import ModuleType

KEY = "key.age"
CONTENT = "backup.zip.age"
_INSTALL = "install it: pip install 'founders-kb[backup]'"
_SECRET = "AGE-SECRET-KEY-"
_SSH = "OPENSSH PRIVATE KEY"


@dataclass(frozen=True, slots=True)
class Lock:
    """Who may open a backup: who knows the passphrase, or has the key of one of the recipients."""

    passphrase: str = field(default="", repr=False)
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Key:
    """What opens a backup: a passphrase, or texts of identity files."""

    passphrase: str = field(default="", repr=False)
    identities: tuple[str, ...] = field(default=(), repr=False)


def encrypt(archive: Path, lock: Lock, folder: Path) -> list[Path]:
    """Encrypt an archive into `folder`; gives the files that belong into the backup. Raises KbError."""
    age = _age()
    recipients, files = [_recipient(age, text) for text in lock.recipients], []
    if lock.passphrase:
        own = age.x25519.Identity.generate()
        recipients = [own.to_public()]
        with new_file(folder / KEY) as stream:
            stream.write(age.passphrase.encrypt(str(own).encode(), lock.passphrase))
        files.append(folder / KEY)
    with archive.open("rb") as plain, new_file(folder / CONTENT) as stream:
        _run(age, age.encrypt_io, plain, stream, recipients)
    return [*files, folder / CONTENT]


def decrypt(folder: Path, key: Key, target: Path) -> None:
    """Decrypt what `encrypt` made in `folder` into a new file. Raises KbError for the wrong key."""
    age = _age()
    identities = [one for text in key.identities for one in _identities(age, text)]
    if (folder / KEY).exists():
        identities = [_own_key(age, folder / KEY, key.passphrase)]
    if not identities:
        raise KbError(
            "this backup is encrypted for the holder of a key", "give it with --identity FILE"
        )
    with (folder / CONTENT).open("rb") as stream, new_file(target) as plain:
        _run(age, age.decrypt_io, stream, plain, identities)


def _own_key(age: ModuleType, file: Path, passphrase: str) -> Any:
    """The key that was made for a backup. Raises KbError."""
    if not passphrase:
        raise KbError(
            "this backup is encrypted with a passphrase", "give it in KB_BACKUP_PASSPHRASE"
        )
    try:
        text = age.passphrase.decrypt(file.read_bytes(), passphrase).decode()
        return age.x25519.Identity.from_str(text)
    except (age.DecryptError, age.IdentityError, UnicodeDecodeError) as error:
        raise KbError("the passphrase does not open this backup") from error


def _recipient(age: ModuleType, text: str) -> Any:
    kind = age.ssh if text.startswith("ssh-") else age.x25519
    try:
        return kind.Recipient.from_str(text)
    except age.RecipientError as error:
        raise KbError(
            f"{text[:30]!r} is no public key of age or SSH", "it begins with age1 or ssh-"
        ) from error


def _identities(age: ModuleType, text: str) -> list[Any]:
    """The private keys in the text of a file of age or SSH. Raises KbError, which repeats nothing
    of it.
    """
    try:
        if _SSH in text:
            return [age.ssh.Identity.from_buffer(text.encode())]
        lines = [line.strip() for line in text.splitlines()]
        return [
            age.x25519.Identity.from_str(line) for line in lines if line.upper().startswith(_SECRET)
        ]
    except age.IdentityError as error:
        raise KbError("the identity file holds no usable key of age or SSH") from error


def _run(age: ModuleType, process: Any, source: Any, target: Any, keys: Sequence[Any]) -> None:
    try:
        process(source, target, keys)
    except age.DecryptError as error:
        raise KbError("this key does not open the backup") from error
    except (age.EncryptError, OSError) as error:
        if is_disk_full(error):
            raise DiskFull() from error
        raise


def _age() -> ModuleType:
    try:
        import pyrage
    except ImportError as error:
        raise KbError("encrypted backups need pyrage", _INSTALL) from error
    module: ModuleType = pyrage
    return module
