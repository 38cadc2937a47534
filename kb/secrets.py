"""What may be shown of options, values and messages: never a possible key.

A list of names that mean secrets is never whole, so it is the other way about: what is shown is
what can hardly be one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

HIDDEN = "(hidden)"
_NAMES = re.compile(
    "model|ur[li]|base|host|endpoint|path|dir|file|folder|class|device|command", re.I
)
_SECRET_NAMES = re.compile("key|token|secret|pass|auth|credential", re.I)
_NUMBER = r"[-+]?[\d.,]{1,12}(?:e[-+]?\d{1,4})?|[-+]?inf"
_WORD = rf"(?:{_NUMBER}|[a-z]{{1,8}}(?:[-_][a-z]{{1,8}})?)"
_HARMLESS = re.compile(rf"{_WORD}(?:\s+{_WORD})*")
_SHORTEST = 6  # characters: shorter values stand in any message by chance


def is_harmless(text: str) -> bool:
    """True for numbers and short words in lower case, which no server takes for a key."""
    return bool(_HARMLESS.fullmatch(text))


def shown(options: Any, name: str = "") -> Any:
    """Options as they may be shown: with HIDDEN for each text that may be a secret by its name."""
    from kb.model_client import without_password

    if isinstance(options, Mapping):
        return {key: shown(value, str(key)) for key, value in options.items()}
    if isinstance(options, list):
        return [shown(value, name) for value in options]
    if not isinstance(options, str) or not options:
        return options
    if not _is_named_harmless(name):
        return HIDDEN
    return without_password(options) if "//" in options or "@" in options else options


def secrets(options: Any, name: str = "") -> Iterator[str]:
    """The texts in options that must not be shown in a message, but for very short ones."""
    if isinstance(options, Mapping):
        for key, value in options.items():
            yield from secrets(value, str(key))
    elif isinstance(options, list):
        for value in options:
            yield from secrets(value, name)
    elif isinstance(options, str) and len(options) >= _SHORTEST:
        shows = _is_named_harmless(name) or is_harmless(options)
        if not shows or _SECRET_NAMES.search(name):
            yield options


def without_secrets(message: str, options: Any) -> str:
    """The message without any text of the options that must not be shown."""
    for text in sorted(set(secrets(options)), key=len, reverse=True):
        message = message.replace(text, HIDDEN)
    return message


def complaint(error: Exception, options: Any) -> str:
    """The message of an exception that third-party code raised over these options, in one line,
    without secrets.

    pydantic quotes the values that it refuses, and cuts long ones so that they are not recognised:
    it is asked not to.
    """
    parts = getattr(error, "errors", None)
    message = str(error)
    if type(error).__name__ == "ValidationError" and callable(parts):
        details = parts(include_input=False)
        message = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in details)
    # Before it is cut, lest the beginning of a secret is left.
    message = without_secrets(message, options)
    return f"{type(error).__name__}: {' '.join(message.split())[:300]}"


def _is_named_harmless(name: str) -> bool:
    return bool(_NAMES.search(name)) and not _SECRET_NAMES.search(name)
