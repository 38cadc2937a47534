"""Looking for what few texts hold, without looking for it everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator


def matches_near(
    pattern: re.Pattern[str], hint: re.Pattern[str], text: str, reach: int, longest: int
) -> Iterator[re.Match[str]]:
    """The matches of a slow pattern in a text, in order: the same as `pattern.finditer(text)`.

    Each must have a match of `hint`, which is fast, that begins at most `reach` characters after it
    does, and be shorter than `longest` with what the pattern looks at beyond it.
    """
    position = 0
    near = hint.search(text)
    while near:
        start = near.start()
        match = pattern.search(text, max(position, start - reach), start + longest)
        if match and match.start() <= start:
            yield match
            position = match.end()
        near = hint.search(text, max(position, start + 1))
