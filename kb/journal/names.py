"""How what is journalled is named and dated."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from hashlib import blake2b
from secrets import token_hex


def new_name(letter: str) -> str:
    """A name no journal has yet, as `x_01931a0c6f2a1b2c3`: later ones sort after earlier ones."""
    return f"{letter}_{time.time_ns() // 1_000_000:011x}{token_hex(3)}"


def now() -> str:
    """The time as it is journalled: ISO 8601, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def text_hash(text: str) -> str:
    """A short fingerprint of a passage's text, for receipts."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
