"""Connectors: any installed llama-index reader as a source, by `llamahub:MODULE:CLASS`."""

from __future__ import annotations

import contextlib
import inspect
import json
import sys
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import PurePosixPath
from typing import Any

from ingest.metadata import plain_values
from ingest.sources import Source
from kb.classes import READER, load_class
from kb.errors import KbError, UsageError
from kb.secrets import complaint

PREFIX = "llamahub:"
# What a connector gives is text already; these endings tell how it is written.
_TEXT_ENDINGS = (".md", ".markdown", ".mdx", ".txt", ".rst", ".adoc", ".vtt", ".srt")
# Where connectors keep what names an item, for those that number their items anew each time.
_NAMES = ("file_path", "url", "link", "source", "page_id", "message_id", "id", "title", "file_name")
_SECRETS = ("token", "key", "secret", "password", "credential")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a connector gave. `root` begins the path of each of its items, and of no other
    connector's.
    """

    root: str
    sources: tuple[Source, ...]


def load(name: str, arguments: Mapping[str, Any]) -> Loaded:
    """The items of the connector `llamahub:MODULE:CLASS`, called with these arguments. Raises
    KbError.

    Arguments go to the class where it takes them by that name, else to its `load_data`. A MODULE
    without a dot is one of llama_index.readers.
    """
    module, _, class_name = name.removeprefix(PREFIX).partition(":")
    if not module or not class_name:
        raise UsageError(
            f"{name!r} is not llamahub:MODULE:CLASS", "like llamahub:notion:NotionPageReader"
        )
    whole = module if "." in module else f"llama_index.readers.{module}"
    reader = load_class(whole, class_name, READER)
    # A token that is renewed must not make other sources of the same items.
    telling = {
        key: value
        for key, value in arguments.items()
        if not any(word in key.lower() for word in _SECRETS)
    }
    digest = blake2b(
        json.dumps(telling, sort_keys=True, default=str).encode(), digest_size=4
    ).hexdigest()
    root = f"{PREFIX}{whole}:{class_name}@{digest}"
    return Loaded(root, tuple(_sources(root, _documents(reader, arguments))))


def argument(value: str) -> Any:
    """The value of `--arg`: JSON where it is JSON, such as a number, a list or true; else the text
    itself.
    """
    try:
        return json.loads(value)
    except ValueError:
        return value


def _documents(reader: Any, arguments: Mapping[str, Any]) -> list[Any]:
    try:
        taken = set(inspect.signature(reader).parameters)
        made = {key: value for key, value in arguments.items() if key in taken}
        rest = {key: value for key, value in arguments.items() if key not in taken}
        with contextlib.redirect_stdout(sys.stderr):  # standard output is the result's
            return list(reader(**made).load_data(**rest))
    except Exception as error:  # a connector meets networks, tokens and other people's data
        message = f"{reader.__name__} failed: {complaint(error, arguments)}"
        raise KbError(message, "give arguments as --arg NAME=VALUE") from error


def _sources(root: str, documents: Iterable[Any]) -> Iterator[Source]:
    seen: Counter[str] = Counter()
    for document in documents:
        text = str(getattr(document, "text", "") or "")
        given = getattr(document, "metadata", {}) or {}
        meta = plain_values(
            {key: value for key, value in given.items() if not str(key).startswith("_")}
        )
        data = text.encode("utf-8", "replace")
        digest = blake2b(data + json.dumps(meta, sort_keys=True).encode(), digest_size=7).digest()
        name = _identity(document, meta) or digest.hex()
        seen[name] += 1
        name = f"{name}-{seen[name]}" if seen[name] > 1 else name
        ending = "" if PurePosixPath(name).suffix.lower() in _TEXT_ENDINGS else ".txt"
        # A time is what tells a changed file; a connector's item is told by its content.
        changed = int.from_bytes(digest) + 1
        yield Source(f"{root}/{name}{ending}", root, len(data), changed, data=data, meta=meta)


def _identity(document: Any, meta: Mapping[str, Any]) -> str:
    """What names a document for good: its id, or where that is drawn anew each time, what its
    metadata say.
    """
    own = str(getattr(document, "id_", "") or getattr(document, "doc_id", "") or "")
    if _is_drawn(own):
        own = next((str(meta[key]) for key in _NAMES if meta.get(key)), "")
        page = meta.get("page_label")
        own = f"{own}#{page}" if own and page else own
    parts = [part for part in own.replace("\\", "/").split("/") if part not in ("", ".", "..")]
    return "/".join(parts)


def _is_drawn(name: str) -> bool:
    try:
        return not name or uuid.UUID(name).version == 4
    except ValueError:
        return False
