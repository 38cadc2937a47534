"""Columns of a table whose cells are figures of one unit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from kb.index_words import findable_words
from kb.tables import TableRow

_NUMERAL = re.compile(r"[-+−]?(?:\d{1,3}(?:[,，]\d{3})+|\d+)(?:\.\d+)?")
_NEGATIVE_SIGN = re.compile(r"[-−(（]\W*\Z")  # before a currency, or brackets


@dataclass(frozen=True, slots=True)
class Column:
    """A column whose cells are numbers of one unit, which stands before or after each of them."""

    name: str
    values: tuple[Decimal, ...]
    before: str
    after: str

    def written(self, value: Decimal) -> str:
        """A number as the cells of the column are written, to two further places at most."""
        places = max(-int(each.as_tuple().exponent) for each in self.values)
        rounded = round(value, places if value == round(value, places) else places + 2)
        return f"{self.before}{rounded:,f}{self.after}"


def cell_text(row: TableRow, number: int) -> str:
    """A cell of a row; empty where the row is shorter."""
    return row.cells[number].strip() if number < len(row.cells) else ""


@lru_cache(maxsize=256)
def _unit(before: str, after: str) -> tuple[str, ...]:
    """What stands around a figure: words by their stems, signs as they are."""
    return tuple(
        part
        for text in (before.strip(), after.strip())
        for part in (*(findable_words(text) or [text]), "/")
    )


def figure_column(name: str, cells: Sequence[str]) -> Column | None:
    """The cells as numbers; None where one of them is none, or has another unit."""
    values: list[Decimal] = []
    units: set[tuple[str, ...]] = set()
    before = after = ""
    for cell in cells:
        figures = list(_NUMERAL.finditer(cell))
        if len(figures) != 1:
            return None
        before, after = cell[: figures[0].start()], cell[figures[0].end() :]
        if _NEGATIVE_SIGN.search(before):
            return None
        units.add(_unit(before, after))
        values.append(Decimal(re.sub("[,，+]", "", figures[0][0]).replace("−", "-")))
    return Column(name, tuple(values), before, after) if len(units) == 1 else None
