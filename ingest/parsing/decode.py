"""The text of a file's bytes."""

from __future__ import annotations

from ingest.errors import Unreadable
from kb.encodings import Undecodable, decoded


def decode(data: bytes) -> str:
    """The text of `data` with line feeds as line ends. Raises Unreadable for empty, binary or
    undecodable bytes.
    """
    try:
        return decoded(data)
    except Undecodable as error:
        raise Unreadable(str(error)) from error
