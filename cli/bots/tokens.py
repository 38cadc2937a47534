"""The platforms' tokens, which come from the environment alone and are never shown."""

from __future__ import annotations

import os

from kb.errors import KbError


def token(name: str) -> str:
    """The value of a variable. Raises KbError where it is not set."""
    value = os.environ.get(name, "").strip()
    if not value:
        raise KbError(f"the variable {name} is not set", "docs/bots.md says where to get it")
    return value
