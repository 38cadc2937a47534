"""Plain text: paragraphs are what blank lines part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ingest.decode import decode
from ingest.parsed import Block, Parsed, trimmed

_GAP = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")


def read(data: bytes, name: str, meta: Mapping[str, Any]) -> Parsed:
    """Read plain text."""
    text = decode(data)
    gaps = [(match.start(), match.end()) for match in _GAP.finditer(text)]
    starts, ends = [0, *(end for _, end in gaps)], [*(start for start, _ in gaps), len(text)]
    blocks = (trimmed(text, start, end) for start, end in zip(starts, ends, strict=True))
    return Parsed(text, tuple(Block(start, end, 0) for start, end in blocks if start < end), "doc")
