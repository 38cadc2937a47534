"""The cover: hides personal data from an audience that may read what stands around them."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from kb.privacy.redactor import Masking, Redactor
from kb.privacy.spans import COVER

_KEPT = 4096  # texts of passages, of which a question looks at hundreds, and some of them again
_IN_LINE = re.compile(r"[^\n]")


class Cover(Redactor):
    """Puts a mark in the place of every character of a personal datum.

    Texts keep their length and lines, so that each offset that is stored beside one stays true.
    """

    def __init__(self, masking: Masking) -> None:
        super().__init__(masking)
        self._covered = lru_cache(_KEPT)(self._cover)

    def text(self, text: str) -> str:
        """The text with each datum covered."""
        return self._covered(text)

    def stored(self, stored: Any) -> Any:
        """A cell covered where it holds a text."""
        return self.text(stored) if isinstance(stored, str) else stored

    def json(self, stored: Any) -> Any:
        """JSON with all texts in it covered; itself where there is nothing to cover, or no JSON."""
        try:
            value = json.loads(stored)
        except (ValueError, TypeError, RecursionError):
            return self.stored(stored)
        covered = self.value(value)
        if covered is value:
            return stored
        return json.dumps(covered, ensure_ascii=False, separators=(",", ":"))

    def cells(self, stored: str, text: str | None) -> str:
        """The JSON of a row's cells, with what is covered in the text of its passage covered too: a
        cell alone lacks the name of its column, by which some data are known.
        """
        written = {text[span.start : span.end] for span in self.spans(text)} if text else set()
        cells = self.value(json.loads(stored))
        for datum in sorted(written, key=len, reverse=True):
            whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(datum)}(?![A-Za-z0-9])")
            cells = [_covered_in(whole, cell) for cell in cells]
        return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))

    def _cover(self, text: str) -> str:
        pieces, position = [], 0
        for span in self.spans(text):
            marks = _IN_LINE.sub(COVER, text[span.start : span.end])
            pieces += [text[position : span.start], marks]
            position = span.end
        return "".join((*pieces, text[position:])) if pieces else text


def _covered_in(datum: re.Pattern[str], cell: Any) -> Any:
    if not isinstance(cell, str):
        return cell
    return datum.sub(lambda match: _IN_LINE.sub(COVER, match[0]), cell)
