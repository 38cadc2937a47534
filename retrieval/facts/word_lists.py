"""The word lists of `lexicon/`: a folder for each language, one entry a line, `#` for comments."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files


@lru_cache(maxsize=32)
def entries(name: str) -> tuple[str, ...]:
    """The lines of one list, such as `en/units`, without comments and empty lines."""
    text = (files("retrieval.facts") / "lexicon" / f"{name}.txt").read_text("utf-8")
    lines = (line.strip() for line in text.splitlines())
    return tuple(line for line in lines if line and not line.startswith("#"))


@lru_cache(maxsize=32)
def word_set(*names: str) -> frozenset[str]:
    """The words of one list or several, those of a line apart at its spaces."""
    return frozenset(word for name in names for line in entries(name) for word in line.split())
