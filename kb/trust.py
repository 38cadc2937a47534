"""What the user trusts: the very content of a kb.toml in a folder, as `direnv allow` does it; and
which API keys would go to servers that only a kb.toml names that is not trusted.

Trust is kept in the user's data folder, one file a knowledge base, where nobody who plants a `.kb`
can write.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from kb.errors import KbError
from kb.home import create_file, create_folder, is_private
from kb.model_client import key_for

if TYPE_CHECKING:
    from kb.settings import Settings


@dataclass(frozen=True, slots=True)
class Trusted:
    """A home, and the SHA-256 of the kb.toml in it that was trusted."""

    home: Path
    digest: str


def is_trusted(home: Path, content: bytes) -> bool:
    """True where the user trusted this content of the kb.toml in this home, and no other since."""
    entry = _entry(_file(home))
    return entry == Trusted(home.resolve(), _digest(content))


def trust(home: Path, content: bytes) -> None:
    """Trust this content of the kb.toml in this home, and no other any more. Raises KbError."""
    path = _file(home)
    draft = path.with_suffix(f".{os.getpid()}")
    entry = {"home": str(home.resolve()), "sha256": _digest(content)}
    try:
        create_folder(path.parent)
        draft.unlink(missing_ok=True)  # of a process that died
        with create_file(draft) as stream:
            json.dump(entry, stream)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise KbError(
            f"can't write {path}: {error.strerror}", "or choose the knowledge base: --home, KB_HOME"
        ) from error


def revoke(home: Path) -> bool:
    """Trust the kb.toml in this home no longer; whether it was trusted. Raises KbError."""
    path = _file(home)
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise KbError(f"can't remove {path}: {error.strerror}") from error
    return True


def all_trusted() -> Iterator[Trusted]:
    """The homes whose kb.toml was trusted, also where it has changed since."""
    for path in sorted(_folder().glob("*.json")):
        if entry := _entry(path):
            yield entry


def withheld(
    wished: Settings, origin: Mapping[str, str], ignored: Collection[str]
) -> dict[str, str]:
    """By part (writer, embedder, reranker), why it is refused: which key would be sent to which
    URL.

    `wished` are the settings if those `ignored` counted too; `origin` says where each comes from.
    """
    return {
        part: f"the key of {origin[key]} is not sent to {url} of a kb.toml that is not trusted"
        for part, url, own in _servers(wished)
        if url in ignored and (key := _key(wished, url, own)) and key not in ignored
    }


def _servers(wished: Settings) -> Iterator[tuple[str, str, str]]:
    """The parts that ask a server: with the names of the settings of its URL and its own key."""
    if wished.chosen_writer == "openai":
        yield "writer", "openai_url", "openai_api_key"
    if wished.embedder == "openai":
        url = "embedding_url" if wished.embedding_url else "openai_url"
        yield "embedder", url, "embedding_api_key"
    if wished.reranker == "http":
        yield "reranker", "reranker_url", "reranker_api_key"


def _key(wished: Settings, url: str, own: str) -> str:
    """The name of the setting whose key is sent there; empty where none is."""
    if getattr(wished, own):
        return own
    others = key_for(getattr(wished, url), "", wished.openai_url, wished.openai_api_key)
    return "openai_api_key" if others else ""


def _entry(path: Path) -> Trusted | None:
    with suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        if is_private(path):
            entry = json.loads(path.read_bytes())
            return Trusted(Path(entry["home"]), str(entry["sha256"]))
    return None


def _file(home: Path) -> Path:
    return _folder() / f"{_digest(os.fsencode(home.resolve()))[:32]}.json"


def _folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("kb", appauthor=False) / "trusted"


def _digest(content: bytes) -> str:
    return sha256(content).hexdigest()
