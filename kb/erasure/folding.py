"""Texts folded for comparing names: letters without case or accents, Simplified Chinese, one blank
between words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from kb.text import normalise, simplified

_HAN = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# A place that is not within a word. Chinese and Japanese have no blanks between words.
_CUT = re.compile(rf"(?<![^\W_{_HAN}])|(?![^\W_{_HAN}])")


class _Characters(dict[str, str]):
    """What each character is folded to, worked out once."""

    def __missing__(self, character: str) -> str:
        apart = unicodedata.normalize("NFKD", normalise(character))
        bare = "".join(each for each in apart if not unicodedata.combining(each))
        folded = " " if character.isspace() else simplified(bare)
        self[character] = folded
        return folded


_CHARACTERS = _Characters()


class FoldedText:
    """A text for comparing, and where each of its characters stands in the text as it is written."""

    def __init__(self, text: str) -> None:
        characters: list[str] = []
        self._offsets: list[int] = []
        before = ""
        for offset, character in enumerate(text):
            for folded in _CHARACTERS[character]:
                if folded != " " or before != " ":
                    characters.append(folded)
                    self._offsets.append(offset)
                before = folded
        self._end = len(text)
        self.text = "".join(characters)

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The slice of the written text that a slice of the folded one stands for."""
        return self._offsets[start], self._offsets[end - 1] + 1 if end > start else start

    def windows(self, length: int) -> Iterator[int]:
        """Where a name of so many characters could begin and end without cutting a word."""
        cuts = [match.start() for match in _CUT.finditer(self.text)]
        ends = set(cuts)
        for start in cuts:
            if start + length in ends and self.text[start : start + 1].strip():
                yield start

    def is_whole(self, start: int, end: int) -> bool:
        """Whether a slice of the folded text begins and ends without cutting a word."""
        return bool(_CUT.match(self.text, start) and _CUT.match(self.text, end))


def folded_name(name: str) -> str:
    """A name as it is compared."""
    return FoldedText(name).text.strip()
