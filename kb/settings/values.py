"""The values of settings: what a file, a variable or a flag gives, as its setting declares it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import Field
from math import isfinite
from typing import Any

from kb.errors import KbError
from kb.secrets import is_harmless
from kb.settings.sections import SETTING_NAME, SETTINGS, Settings

_KINDS = {str: "text", int: "a whole number", float: "a number"}
_TABLES = ("embedding_options", "llama_index_options")
# texts with commas, or lists of texts
_LISTS = ("privacy_mask", "privacy_journal", "privacy_answers", "privacy_unmasked")


def as_declared(name: str, value: Any, where: str) -> Any:
    """The value as its setting has it. Raises KbError that repeats no value that may be a secret."""
    if name not in SETTINGS:
        named = f"setting {name!r}" if SETTING_NAME.fullmatch(name) else "setting of a name in it"
        raise KbError(f"{where}: there is no {named}", "see: kb config show")
    default: str | int | float = SETTINGS[name].default  # type: ignore[assignment]
    kind = type(default)
    if isinstance(value, dict) and name in _TABLES:
        value = json.dumps(value, default=str)
    if isinstance(value, list) and name in _LISTS and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise KbError(f"{where}: {name} must be {_KINDS[kind]}")
    try:
        converted = kind(value)
        is_other = isinstance(value, float) and converted != value
        if is_other or (isinstance(converted, float) and not isfinite(converted)):
            raise ValueError
    except (ValueError, OverflowError):
        shown = f", not {value!r}" if is_harmless(str(value)) else ""
        hint = f"its default: {default}"
        raise KbError(f"{where}: {name} must be {_KINDS[kind]}{shown}", hint) from None
    return converted


def check(settings: Settings, origin: Mapping[str, str]) -> None:
    """Raise KbError for the first value that is out of bounds, or none of the choices."""
    for name, declared in SETTINGS.items():
        value = getattr(settings, name)
        if problem := _out_of_bounds(declared, value):
            raise KbError(f"{name} must {problem}", f"it comes from: {origin[name]}")
        choices = declared.metadata["choices"]
        if choices and value not in choices:
            shown = f"no {name} is called {value!r}"
            if not is_harmless(value):
                shown = f"the {name} that {origin[name]} names is unknown"
            raise KbError(shown, f"one of: {', '.join(choices)}")


def _out_of_bounds(declared: Field[Any], value: Any) -> str:
    """What a value must be and is not; empty where it is."""
    above, least, most = (declared.metadata[bound] for bound in ("above", "least", "most"))
    if above is not None and not value > above:
        return f"be above {above:g}"
    if most is not None and not least <= value <= most:
        return f"lie between {least:g} and {most:g}, not {value:g}"
    return f"not be below {least:g}" if least is not None and value < least else ""
