"""Lists in a passage: how their items are marked, and where each list begins and ends."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

# "- ", "3. ", "3、", and what numbers itself: "#. " in reStructuredText, ". " in AsciiDoc
ITEM_MARK = r"(?:[-*+•]|\d{1,3}[.)、]|#\.|\.{1,5}(?=[ \t]))"
_ITEM = re.compile(
    rf"^[ \t]*(?:{ITEM_MARK}|[（(]\d{{1,2}}[)）]|[①-⑳]|第[一二三四五六七八九十]步|Step \d)[ \t:：]*(?=\S)",
    re.M,
)
_FEWEST = 3  # items: fewer are as well quoted as sentences


@dataclass(frozen=True, slots=True)
class ListSpan:
    """A list of a text: text[start:end], from the mark of its first item to the end of its last."""

    start: int
    end: int


def lists(text: str) -> list[ListSpan]:
    """The lists of three items or more, in order. A blank line before a line that is no item ends
    one.
    """
    starts = [match.start() for match in _ITEM.finditer(text)]
    runs: list[list[int]] = []
    for before, start in pairwise([-1, *starts]):
        if before >= 0 and _goes_on(text[before:start]):
            runs[-1].append(start)
        else:
            runs.append([start])
    return [ListSpan(run[0], _end(text, run[-1])) for run in runs if len(run) >= _FEWEST]


def _goes_on(between: str) -> bool:
    """Whether a list goes on after an item with all that stands before the next one."""
    _, *after = between.rstrip().split("\n\n")
    return all(line.startswith((" ", "\t")) for part in after for line in part.split("\n"))


def _end(text: str, start: int) -> int:
    """Where the item that begins at `start` ends: at a line that goes on with something else."""
    end = text.find("\n\n", start)
    return len(text.rstrip()) if end < 0 else end
