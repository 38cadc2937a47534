"""Passphrases and keys that open backups: from the environment, a file, or who sits at the terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from cli.language import translated
from kb.errors import KbError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from kb.backup.encryption import Key

    F = TypeVar("F", bound=Callable[..., Any])

VARIABLE = "KB_BACKUP_PASSPHRASE"
_LARGEST_KEY = 100_000  # bytes of a file of keys


def identity_option(command: F) -> F:
    """`--identity FILE`, repeatable."""
    return click.option(
        "--identity",
        "identities",
        multiple=True,
        metavar="FILE",
        help="A private key of age or SSH that the backup is encrypted for; repeatable.",
    )(command)


def new_passphrase() -> str:
    """The passphrase to encrypt with. Raises UsageError where there is none, nor a terminal."""
    return os.environ.get(VARIABLE) or _typed("passphrase of the backup", confirm=True)


def key_for(identities: Sequence[str]) -> Callable[[bool], Key]:
    """What gives the key of a backup, once it is known whether it wants a passphrase."""
    from kb.backup.encryption import Key

    def key(wants_passphrase: bool) -> Key:
        if wants_passphrase:
            return Key(os.environ.get(VARIABLE) or _typed("passphrase of the backup"))
        return Key(identities=tuple(key_text(Path(name)) for name in identities))

    return key


def key_text(path: Path) -> str:
    """What a file of keys holds. Raises KbError, which repeats nothing of it."""
    try:
        with path.open("rb") as stream:
            return stream.read(_LARGEST_KEY).decode()
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise KbError(f"{path} is no file of keys") from None


def _typed(question: str, *, confirm: bool = False) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "there is no passphrase, and no terminal to ask for one", f"set {VARIABLE}"
        )
    again = translated("the same again") if confirm else False
    typed: str = click.prompt(
        translated(question), hide_input=True, confirmation_prompt=again, err=True
    )
    return typed
