"""Which rows of a table have a figure above or below one that a question names: the teams that
earn more than 200,000.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from kb.index_words import findable_words, question_words
from kb.tables import StoredTable, TableRow
from kb.types import Question
from retrieval.answer.table_columns import Column, cell_text, figure_column
from retrieval.facts.figures import figures
from retrieval.facts.numbers import Number, periods, same_dimension

_LISTED = re.compile(
    r"(?:哪些|哪几?[个家位名条项场款种档间支]|[几多少][个家位名条项场款种档间支])(.{0,6})"
    r"|\b(?:how many|number of|which|what|list)\b(?: of| all)*(?: the)? ?(.{0,30})"
    r"|谁|\bwho\b",
    re.I,
)
_INCLUSIVE = re.compile(
    r"至少|起码|至多|最[少多]|不[低少高多大超]|以[上下内]|之内"
    r"|\bat (?:least|most)\b|\bor (?:more|less|fewer|above|below)\b|\bup to\b"
    r"|\bno (?:more|less|fewer)\b",
    re.I,
)
_UNIT_OF_NAME = re.compile(r"[（(]([^()（）]{1,12})[)）]")


@dataclass(frozen=True, slots=True)
class BoundedRows:
    """The rows within a bound, in their order, and the column that it is about."""

    rows: tuple[TableRow, ...]
    column: Column


def bounded_rows(
    question: Question, table: StoredTable, rows: Sequence[TableRow], around: str
) -> BoundedRows | None:
    """The rows that a question asks for by a bound; None where it names none, asks for other things
    than the table lists, or where no column that it is about, or more than one, has figures on both
    sides of it.

    A question is about a column that it names, or whose unit is that of the bound.
    """
    bound = _bound(question.text)
    if bound is None or not _lists(table, around, question.text):
        return None
    apart: list[BoundedRows] = []
    for number, name in enumerate(table.columns):
        column = figure_column(name, [cell_text(row, number) for row in rows])
        if column is None or not _is_about(question.text, bound, column):
            continue
        within = _within(bound, column, question.text)
        if 0 < sum(within) < len(rows):
            chosen = tuple(row for row, fits in zip(rows, within, strict=True) if fits)
            apart.append(BoundedRows(chosen, column))
    return apart[0] if len(apart) == 1 else None


def _bound(asked: str) -> Number | None:
    """The bound in a question; None where it has none, or several."""
    bounds = [number for number in figures(asked).numbers if number.bound]
    return bounds[0] if len(bounds) == 1 else None


def _lists(table: StoredTable, around: str, asked: str) -> bool:
    """Whether a question asks which things, or how many, and a table lists them: its first column
    or what it stands under names them, or they have no name but a column's.
    """
    match = _LISTED.search(asked)
    if match is None:
        return False
    others = frozenset(findable_words("\n".join(table.columns[1:])))
    named = question_words(match[1] or match[2] or "")
    things = list(takewhile(lambda word: word not in others, named))
    listed = frozenset(findable_words("\n".join((around, *table.columns[:1]))))
    return not things or not listed.isdisjoint(things)


def _is_about(asked: str, bound: Number, column: Column) -> bool:
    """Whether a bound is one of a column's figures: of its unit, as far as both have one, and
    called by its name where they don't; and per no other period.
    """
    one = _one_of(column)
    per = periods(column.name, len(column.name), len(column.name), everything=True)
    if per and bound.periods and per.isdisjoint(bound.periods):
        return False
    if bound.unit and one.unit:
        return same_dimension(bound.dimension, one.dimension)
    return _names(asked, column.name)


def _within(bound: Number, column: Column, asked: str) -> list[bool]:
    """Whether each figure of a column keeps within a bound."""
    one = _one_of(column)
    both = bound.unit is not None and one.unit is not None
    limit, size = (bound.base, one.base) if both else (bound.value, one.value)
    values = [float(value) * size for value in column.values]
    equal = _INCLUSIVE.search(asked) is not None
    if bound.bound == "least":
        return [value > limit or (equal and value == limit) for value in values]
    return [value < limit or (equal and value == limit) for value in values]


def _one_of(column: Column) -> Number:
    """What 1 in a column is, by what stands around its figures or, in brackets, in its name."""
    in_name = _UNIT_OF_NAME.search(column.name)
    unit = in_name[1] if in_name else ""
    for text in (f"{column.before}1{column.after}", f"1{unit}", f"{unit}1"):
        numbers = figures(text, everything=True).numbers
        if len(numbers) == 1 and (numbers[0].unit or numbers[0].value != 1):
            return replace(numbers[0], bound="")
    return Number(1.0, None, "1", 0, 1)


def _names(asked: str, column: str) -> bool:
    """Whether a question has a word of a column's name, or in Chinese a short form of it."""
    bare = _UNIT_OF_NAME.sub("", column)
    own = set(question_words(bare))
    return any(
        word in own or (len(word) > 1 and not word.isascii() and _is_short_for(word, bare))
        for word in question_words(asked)
    )


def _is_short_for(word: str, name: str) -> bool:
    """Whether all characters of a word stand in a name in their order, as 月入 in 月收入."""
    rest = iter(name)
    return all(char in rest for char in word)
