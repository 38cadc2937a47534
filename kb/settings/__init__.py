"""Settings: `sections` declares each, `layers` knows where their values come from."""

from kb.settings.layers import CONFIG_FILE, TUNED_FILE, Origins, load, reaching
from kb.settings.sections import (
    BUILT_IN,
    MOST_WEIGHT,
    SECTIONS,
    SETTINGS,
    TUNABLE,
    WRITERS,
    ReadingSettings,
    Settings,
    section_keys,
)

__all__ = [
    "BUILT_IN",
    "CONFIG_FILE",
    "MOST_WEIGHT",
    "SECTIONS",
    "SETTINGS",
    "TUNABLE",
    "TUNED_FILE",
    "WRITERS",
    "Origins",
    "ReadingSettings",
    "Settings",
    "load",
    "reaching",
    "section_keys",
]
