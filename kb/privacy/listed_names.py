"""Names by list: the people whom the owner of a home names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.privacy.spans import Datum

_AROUND = 8  # characters on each side that tell words apart


class ListedNames:
    """Recognises the names of a list, in any case; all names of a person are one datum.

    Latin names stand between word boundaries; Chinese ones, which have none, wherever their
    characters stand.
    """

    def __init__(self, people: Sequence[Sequence[str]]) -> None:
        self._first: dict[str, str] = {}
        for names in people:
            for name in names:
                self._first.setdefault(_folded(name), names[0])
        longest_first = sorted(self._first, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_pattern, longest_first)), re.I)

    def __call__(self, text: str) -> Iterator[Datum]:
        """The names in a text."""
        for match in self._pattern.finditer(text):
            if not _straddles(text, match.start(), match.end()):
                first = self._first.get(_folded(match[0]), match[0])
                yield Datum(match.start(), match.end(), first)


def _straddles(text: str, start: int, end: int) -> bool:
    """Whether two characters are the end of one Chinese word and the beginning of the next: 高明 in
    提高明显 is nobody.
    """
    if end - start != 2 or text[start].isascii():
        return False
    import rjieba

    first = max(0, start - _AROUND)
    ends, position = set(), first
    for word in rjieba.cut(text[first : end + _AROUND], False):
        ends.add(position := position + len(word))
    return start not in ends | {first} and end not in ends and start + 1 in ends


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())


def _pattern(name: str) -> str:
    words = r"[ \t\u00a0]+".join(map(re.escape, name.split()))
    begins = r"(?<![^\W_])" if name[0].isascii() else ""
    ends = r"(?![^\W_])" if name[-1].isascii() else ""
    return f"{begins}{words}{ends}"
