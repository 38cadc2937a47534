"""The copy of a ledger in the user's data folder, by the id of its home: a backup that is older than
a forgetting is held against it when it is restored on the same machine.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kb.erasure.ledger import LEDGER_FILE, Ledger
from kb.errors import KbError
from kb.home import create_folder
from kb.home_id import home_id, known_home_id


def keep_copy(home: Path) -> None:
    """Bring the copy of a home's ledger in step with it. Raises KbError."""
    path = _copy(home_id(home))
    try:
        create_folder(path.parent)
    except OSError as error:
        raise KbError(f"can't write {path}: {error.strerror}") from error
    with closing(Ledger(home / LEDGER_FILE)) as ledger, closing(Ledger(path)) as copy:
        copy.mirror(ledger)


def adopt_copy(home: Path) -> int:
    """Take over what the copy of a home's ledger has and the home has not; gives how many entries.
    Raises KbError.
    """
    known = known_home_id(home)
    if not known or not _copy(known).exists():
        return 0
    with closing(Ledger(home / LEDGER_FILE)) as ledger, closing(Ledger(_copy(known))) as copy:
        return ledger.adopt(copy)


def _copy(name: str) -> Path:
    from platformdirs import user_data_path

    return user_data_path("kb", appauthor=False) / "forgotten" / f"{name}.sqlite3"
