"""Text that is piped in, in whatever encoding the program before us writes."""

from __future__ import annotations

import sys
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from io import TextIOWrapper


def piped_text(raw: bytes) -> str:
    """The text of some bytes; never an error, since a batch should not end at bad bytes."""
    raw = raw.removeprefix(BOM_UTF8)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        from kb.encodings import Undecodable, decoded

        try:
            return decoded(raw)
        except Undecodable:
            return raw.decode("utf-8", "replace")


def piped_lines(longest: int = -1) -> Iterator[str | None]:
    """The lines of standard input as they arrive, None for one of `longest` bytes or more."""
    # A stream of its own: Python can't end while a thread waits for a line of sys.stdin.
    with open(sys.stdin.fileno(), "rb", closefd=False) as stream:
        if stream.peek(2)[:2] in (BOM_UTF16_LE, BOM_UTF16_BE):  # as PowerShell may pipe it
            wide = TextIOWrapper(stream, "utf-16", "replace")
            yield from (None if 0 < longest <= 2 * len(line) else line for line in wide)
            return
        while raw := stream.readline(longest):
            line: bytes | None = raw
            while len(raw) == longest and not raw.endswith(b"\n"):
                line, raw = None, stream.readline(longest)
            yield None if line is None else piped_text(line)
