"""Settings: a module a section, `composed` for all of them, `layers` for where values come from.

The sections stand here rather than beside what they set: writers and embedders share servers and
keys, and the rooms above `kb` can't be imported from it.
"""

from kb.settings.composed import SECTIONS, SETTINGS, TUNABLE, Settings, section_keys
from kb.settings.embedding import BUILT_IN
from kb.settings.file import CONFIG_FILE
from kb.settings.layers import Origins, load, reaching
from kb.settings.reading import ReadingSettings
from kb.settings.retrieval import MOST_WEIGHT
from kb.settings.writing import WRITERS

__all__ = [
    "BUILT_IN",
    "CONFIG_FILE",
    "MOST_WEIGHT",
    "SECTIONS",
    "SETTINGS",
    "TUNABLE",
    "WRITERS",
    "Origins",
    "ReadingSettings",
    "Settings",
    "load",
    "reaching",
    "section_keys",
]
