"""`kb backup`: all that can't be made again, in one file."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cli.audit_lines import audit
from cli.context import current_home, home_option, not_empty, notify
from cli.language import counted, translated
from cli.passphrases import identity_option, key_for, key_text, new_passphrase
from cli.render import out, out_json
from kb.errors import OK, UsageError

if TYPE_CHECKING:
    from kb.backup.contents import Manifest
    from kb.backup.encryption import Lock
    from kb.home import Home


@click.command()
@click.argument("file", metavar="FILE", callback=not_empty)
@click.option("--encrypt", is_flag=True, help="Encrypt it with a passphrase.")
@click.option(
    "--recipient",
    "recipients",
    multiple=True,
    metavar="KEY|FILE",
    help="Encrypt it for the holder of this public key of age or SSH; repeatable.",
)
@click.option("--verify", is_flag=True, help="Check the backup in FILE, and write nothing.")
@identity_option
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def command(
    file: str,
    encrypt: bool,
    recipients: tuple[str, ...],
    verify: bool,
    identities: tuple[str, ...],
    as_json: bool,
) -> int:
    """Write all that can't be made again into one file, or check such a file.

    Others may go on asking and ingesting: the backup shows one moment. In it are what was ingested
    with its vectors, questions, feedback, FAQ entries, tokens and settings, but no indexes, which
    kb restore builds, and none of the source files. The passphrase is asked for, or comes from
    KB_BACKUP_PASSPHRASE.
    """
    began, path = time.monotonic(), Path(file)
    if verify:
        if encrypt or recipients:
            raise UsageError("--verify checks a backup that is there, and encrypts nothing")
        from kb.backup.restoration import verify as verified

        manifest = verified(path, key_for(identities))
    else:
        manifest = _written(path, _lock(encrypt, recipients))
    size = path.stat().st_size
    if as_json:
        _out_manifest(manifest, file, size, time.monotonic() - began)
        return OK
    line = "sound: {file}, {size} MB: {counts}" if verify else "{file}, {size} MB: {counts}"
    counts = counted(manifest.counts)
    out(translated(line, file=file, size=f"{size / 1e6:.1f}", counts=counts))
    return OK


def _written(path: Path, lock: Lock | None) -> Manifest:
    from kb.backup.creation import back_up

    home = current_home()
    if lock is None:
        _tell_of_secrets(home)
    manifest = back_up(home, path, lock, notify)
    audit(home.path, "backup", {"encrypted": lock is not None})
    return manifest


def _lock(encrypt: bool, recipients: tuple[str, ...]) -> Lock | None:
    """Who may open the backup; None for everybody who can read the file. Raises UsageError."""
    from kb.backup.encryption import Lock

    if encrypt and recipients:
        raise UsageError(
            "a backup is encrypted with a passphrase or for keys, not both",
            "leave out --encrypt, or --recipient",
        )
    if recipients:
        return Lock(recipients=tuple(key for name in recipients for key in _public_keys(name)))
    return Lock(new_passphrase()) if encrypt else None


def _public_keys(name: str) -> list[str]:
    """The keys that a recipient names: itself, or the lines of a file."""
    if name.startswith(("age1", "ssh-")):
        return [name]
    lines = [line.strip() for line in key_text(Path(name)).splitlines()]
    keys = [line for line in lines if line.startswith(("age1", "ssh-"))]
    if not keys:
        raise UsageError(f"{name} holds no public key", "each begins with age1 or ssh-")
    return keys


def _tell_of_secrets(home: Home) -> None:
    """Say which secrets of kb.toml the backup will hold for whoever reads it."""
    from kb.settings import CONFIG_FILE, SETTINGS, reaching

    values, _ = reaching(home.path)
    secrets = [name for name in values if SETTINGS[name].metadata["secret"]]
    if secrets:
        notify(
            f"{CONFIG_FILE} goes into the backup with its secrets: {', '.join(secrets)};"
            " keep it as you keep them, or encrypt it: --encrypt"
        )


def _out_manifest(manifest: Manifest, file: str, size: int, seconds: float) -> None:
    files = [{"name": e.name, "bytes": e.bytes, "sha256": e.sha256} for e in manifest.entries]
    out_json(
        {
            "file": file,
            "bytes": size,
            "at": manifest.at,
            "kb": manifest.kb,
            "home_id": manifest.home,
            "counts": dict(manifest.counts),
            "schemas": dict(manifest.schemas),
            "files": files,
            "seconds": round(seconds, 3),
        }
    )
