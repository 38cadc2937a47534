"""How a setting is declared: its default, what it is for, what it may be, whether it reaches out.

Sections are dataclasses without the methods that dataclasses are given: `Settings` has them for
all. Making them for each would double what importing the settings takes.
"""

from __future__ import annotations

from dataclasses import Field, field
from typing import Any


def setting(
    default: Any,
    about: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> Any:
    """A setting that leaves everything in this process. A number may be bound: `above` one, or
    at `least` and at `most` another.
    """
    bounds = {"above": above, "least": least, "most": most}
    return field(default=default, metadata={**_PLAIN, "about": about, **bounds})


def reaching(
    default: Any,
    about: str,
    *,
    key: str = "",
    secret: bool = False,
    inside: tuple[str, ...] = (),
    choices: tuple[str, ...] = (),
) -> Any:
    """A setting that names a server, class, model, key or options: it may run code or send texts
    away.

    In a home that was found it counts only once it is trusted, but for empty values and those
    `inside`, which leave all in this process. `key` is what its section calls it, where that is
    not its name without the section's.
    """
    said = {"about": about, "key": key, "secret": secret, "inside": inside, "choices": choices}
    return field(default=default, metadata={**_PLAIN, **said, "reach": True})


_PLAIN = {
    "key": "", "secret": False, "reach": False, "inside": (), "choices": (),
    "above": None, "least": None, "most": None,
}  # fmt: skip


def is_reaching(declared: Field[Any], value: Any) -> bool:
    """True where this value of the setting needs trust."""
    metadata = declared.metadata
    return bool(metadata["reach"] and value and value not in metadata["inside"])
