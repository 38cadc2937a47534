"""Secrets in use, left out of whatever is shown or kept of an error."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import fields
from typing import TYPE_CHECKING

from kb.secrets import HIDDEN, secrets

if TYPE_CHECKING:
    from kb.settings import Settings

_VARIABLE = re.compile(r"KB_.*_OPTIONS|(?:.*_)?(?:API_KEY|TOKEN|SECRET|PASSWORD)")
_USER_INFO = re.compile(r"://[^/@\s]*:([^@\s]+)@")
_SHORTEST = 6  # characters: shorter ones stand in any text by chance
_known: set[str] = set()


def remember(settings: Settings) -> None:
    """Hide the secrets of these settings from now on."""
    for setting in fields(settings):
        value = getattr(settings, setting.name)
        if setting.metadata["secret"]:
            _known.update(_of_value(value))
        elif setting.name.endswith("_url"):
            _known.update(_USER_INFO.findall(value))


def without_known_secrets(text: str) -> str:
    """The text without the secrets of the settings in use and of the environment."""
    known = {*_known, *_of_environment()}
    for secret in sorted((each for each in known if len(each) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


def _of_environment() -> Iterator[str]:
    for name, value in os.environ.items():
        if _VARIABLE.fullmatch(name):
            yield from _of_value(value)
        elif name.startswith("KB_") and name.endswith("_URL"):
            yield from _USER_INFO.findall(value)


def _of_value(value: str) -> Iterator[str]:
    """A key itself; of a table of options the texts in it that may be one."""
    with suppress(ValueError, RecursionError):
        options = json.loads(value)
        if isinstance(options, dict):
            yield from secrets(options)
            return
    yield value.strip()
