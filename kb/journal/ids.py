"""Ids, hashes and timestamps of the journal's rows."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from hashlib import blake2b
from secrets import token_hex

_NAME = re.compile(r"[a-z]_[0-9a-f]{12,40}", re.A)
TIME_FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z", re.A)


def new_name(letter: str) -> str:
    """A name no journal has yet, as `x_01931a0c6f2a1b2c3`: later ones sort after earlier ones."""
    return f"{letter}_{time.time_ns() // 1_000_000:011x}{token_hex(3)}"


def is_name(letter: str, text: str) -> bool:
    """Whether it is a name as `new_name` gives them."""
    return text.startswith(f"{letter}_") and bool(_NAME.fullmatch(text))


def now() -> str:
    """The time as it is journalled: ISO 8601, UTC."""
    return datetime.now(UTC).strftime(TIME_FORMAT)


def is_time(text: str) -> bool:
    """Whether it is a time as it is journalled."""
    try:
        return bool(_TIME.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


def is_day(text: str) -> bool:
    """Whether a time as it is journalled was given as a date, and is not when something was kept."""
    return text.endswith("T00:00:00.000000Z")


def as_time(text: str) -> str:
    """A date or time in ISO 8601 as it is journalled; what names no zone is UTC. Raises ValueError."""
    if is_time(text):
        return text
    parsed = datetime.fromisoformat(text)
    try:
        moment = parsed.replace(tzinfo=parsed.tzinfo or UTC).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def text_hash(text: str) -> str:
    """A short fingerprint of a passage's text, for receipts."""
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
