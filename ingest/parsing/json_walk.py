"""A walk through a JSON text, value by value: an export is many times its size when all of it is
held at once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from ingest.parsed import Unreadable, malformed_json
from ingest.parsing.records import Record

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Walk:
    """A JSON text read value by value: an export is many times its size when all of it is held at
    once.

    Stands before a value. `members` and `items` go into it; for each, ask for the value or go on
    into it, else it is passed over. Leave them only to give up the walk. All raise Unreadable.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = self._counted = 0
        self._line = 1
        self._skip()

    @property
    def opens(self) -> str:
        """The character that the value begins with: `{` of a mapping, `[` of a list."""
        return self._text[self._position : self._position + 1]

    def value(self) -> Any:
        """The value that it stands before; goes behind it."""
        try:
            value, self._position = _DECODER.raw_decode(self._text, self._position)
        except RecursionError:
            raise Unreadable("too deeply nested") from None
        except ValueError as error:
            raise malformed_json(error) from error
        return value

    def members(self) -> Iterator[str]:
        """Each key of the mapping, standing before its value; none where the value is something
        else.
        """
        for _ in self._within("{", "}"):
            key = self.value()
            self._skip()
            if self.opens != ":" or not isinstance(key, str):
                self._fail()
            self._position += 1
            self._skip()
            begin = self._position
            yield key
            if self._position == begin:
                self.value()

    def items(self) -> Iterator[None]:
        """Stands before each item of the list in turn; none where the value is something else."""
        for _ in self._within("[", "]"):
            begin = self._position
            yield
            if self._position == begin:
                self.value()

    def records(self) -> Iterator[Record]:
        """Each item of the list, with its lines."""
        for _ in self.items():
            first = self._line_here()
            value = self.value()
            yield Record(value, first, self._line_here())

    def end(self) -> None:
        """Make sure that nothing follows."""
        self._skip()
        if self._position != len(self._text):
            self._fail()

    def _within(self, opening: str, closing: str) -> Iterator[None]:
        if self.opens != opening:
            return
        self._position += 1
        self._skip()
        while self.opens != closing:
            yield
            self._skip()
            if self.opens == ",":
                self._position += 1
                self._skip()
            elif self.opens != closing:
                self._fail()
        self._position += 1

    def _skip(self) -> None:
        match = _SPACE.match(self._text, self._position)
        assert match is not None
        self._position = match.end()

    def _line_here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._position)
        self._counted = self._position
        return self._line

    def _fail(self) -> None:
        error = json.JSONDecodeError("", self._text, self._position)
        raise malformed_json(error) from error


def first_items(walk: Walk, most: int) -> list[Any]:
    """The first items of the list that a walk stands before: enough to tell what it is a list of."""
    return [walk.value() for _ in islice(walk.items(), most)]
