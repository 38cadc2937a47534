"""Which rows of a table answer a question: those that it names, the greatest or least by a column,
or all of a small table; and their count, total or average, where it asks for that.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from kb.index_words import findable_words, question_words
from kb.tables import StoredTable, TableRow
from kb.types import Question
from retrieval.answer.table_bounds import bounded_rows
from retrieval.answer.table_columns import Column, cell_text, figure_column
from retrieval.question.comparisons import comparison

MOST_ROWS = 12  # rows that an answer lists
_MANY = 200  # rows: 2,000 of them take half a second

Operation = Literal["most", "least", "higher", "lower", "count", "total", "average"]
_OPERATIONS: tuple[tuple[Operation, re.Pattern[str]], ...] = (
    ("average", re.compile(r"\b(?:average|mean)\b|平均|均值", re.I)),
    (
        "total",
        re.compile(
            r"\b(?:total|altogether|sum|combined|in all)\b|总共|一共|合计|总计|总和|总额|共计|加起来",
            re.I,
        ),
    ),
    (
        "most",
        re.compile(
            r"\b(?:most|highest|largest|biggest|greatest|longest|latest|dearest|maximum|max)\b|最[高多大长贵晚久]",
            re.I,
        ),
    ),
    (
        "least",
        re.compile(
            r"\b(?:least|lowest|smallest|fewest|shortest|cheapest|earliest|minimum|min)\b"
            r"|最(?:[低少小短早]|便宜)",
            re.I,
        ),
    ),
    (
        "count",
        re.compile(
            r"\bhow many\b|\bnumber of\b|几[个家位名条项场款种]|多少[个家位名条项场款种]", re.I
        ),
    ),
)
_COUNTED = re.compile(
    r"\b(?:how many|number of) (.{3,30})|[几多少][个家位名条项场款种](.{1,6})", re.I
)
_RANGE = re.compile(r"[到至–—~]|\b(?:to|through|until|till)\b", re.I)
_SUMS = re.compile(r"\W*(?:合计|总计|小计|共计|平均|(?:sub)?total|sum|average|mean)\W*", re.I)
_PRICED = re.compile(
    r"便宜|贵|\b(?:cheap|dear)(?:er|est)\b|\b(?:more|most|less|least) expensive\b|\bpricier\b", re.I
)
_WHICH = re.compile(r"哪一?[个家种档位条场款]?(\w{1,4})|\b(?:which|what) (\w+)", re.I)
_QUANTITY = re.compile(r"多(?!少|久|大|长)|(?<!多)少|\b(?:more|fewer|less)\b", re.I)
_DEPOSIT = re.compile(r"押金|保证金|\bdeposit", re.I)  # is paid back
_PRICE = re.compile(r"[元¥￥$€£费价]|\b(?:price|cost|fee|due|rate|rent)s?\b", re.I)
_AFFIRMATIVE = frozenset("yes y true ok ✓ ✔ √ ☑ 是 有 可 可以 能 对 支持".split())
_NEGATIVE = frozenset("no n false ✗ ✘ × ☐ 否 无 不 不可 不可以 不能 没有 不支持 none".split())


@dataclass(frozen=True, slots=True)
class AskedRows:
    """The rows of a table that answer a question, in their order.

    `covered` are the question's words that they, the names of the columns and what the table stands
    under hold. `is_exact` where the question plainly is about this table: it compares two rows by
    their names, or names the columns, or one of them with a bound for its figures. `operation` was
    carried out over the rows of `pool` and, where it needs one, the column of that name; `value` is
    what it gave, empty where it chose rows.
    """

    rows: tuple[TableRow, ...]
    covered: frozenset[str]
    is_named: bool
    is_exact: bool = False
    operation: Operation | Literal[""] = ""
    pool: tuple[TableRow, ...] = ()
    column: str = ""
    value: str = ""


def asked_rows(
    question: Question,
    table: StoredTable,
    rows: Sequence[TableRow],
    around: str,
    near: Collection[str] = (),
) -> AskedRows | None:
    """The rows of a table that answer a question; None where it asks for none of them, or for too
    many.

    `around` is what the table stands under: title, headings, caption. `near` are the passages that
    were found for the question: of a table of hundreds of rows only theirs are looked through for
    names.
    """
    if not rows:
        return None
    names = [question.covered(findable_words(name)) for name in table.columns]
    looked_at = [row for row in rows if len(rows) <= _MANY or row.passage in near]
    held = [question.covered(findable_words("\n".join(row.cells))) for row in looked_at]
    standing = question.covered(findable_words(around))
    if len(held) > 1:
        standing |= frozenset.intersection(*held)
    named = _named(looked_at, [words - standing for words in held], names)
    columns = [n for n, words in enumerate(names) if words]
    columns.sort(key=lambda n: question.share(names[n]), reverse=True)
    asked = None
    if not named or len(looked_at) == len(rows):  # else more rows may have what is named
        asked = _bounded(question, table, named, rows, around)
        asked = asked or _operated(question.text, table, named, rows, columns)
    asked = asked or AskedRows(tuple(named or rows), frozenset(), bool(named))
    if len(asked.rows) > MOST_ROWS and not asked.value:
        return None
    shown = {id(row) for row in asked.rows}
    covered = standing.union(
        *names, *(words for row, words in zip(looked_at, held, strict=True) if id(row) in shown)
    )
    exact = asked.is_exact or _names_rows(question, named)
    exact = exact or _names_columns(question, table, asked)
    return replace(asked, covered=covered, is_exact=exact) if covered else None


def _bounded(
    question: Question,
    table: StoredTable,
    named: Sequence[TableRow],
    rows: Sequence[TableRow],
    around: str,
) -> AskedRows | None:
    """The rows within a bound that a question names, of those that it names or of all, and how many
    they are; None where it names none.
    """
    pool = [row for row in (named if len(named) > 1 else rows) if not _is_sum(row)]
    bounded = bounded_rows(question, table, pool, around) if len(pool) > 1 else None
    if bounded is None:
        return None
    count = str(len(bounded.rows))
    of_column = bounded.column.name
    return AskedRows(bounded.rows, frozenset(), True, True, "count", tuple(pool), of_column, count)


def _is_sum(row: TableRow) -> bool:
    """Whether a row holds totals or averages of the others."""
    return any(_SUMS.fullmatch(cell) for cell in row.cells[:2])


def _names_rows(question: Question, named: Sequence[TableRow]) -> bool:
    """Whether a question compares two rows that it calls by their names."""
    compares = len(named) == 2 and comparison(question.text) is not None
    return compares and all(_is_named(question, row) for row in named)


def _names_columns(question: Question, table: StoredTable, asked: AskedRows) -> bool:
    """Whether a question asks which of what the table lists has the most or least of a column, and
    names both (in which month were dues highest).
    """
    match = _WHICH.search(question.text)
    if match is None or asked.operation not in ("most", "least"):
        return False
    asked_of = question_words(match[1] or match[2])
    listing = any(
        question.covered(findable_words(name)).intersection(asked_of)
        or any(word in name for word in asked_of if not word.isascii())  # 月 in 月份
        for name in table.columns
        if name != asked.column
    )
    return listing and not question.covered(findable_words(asked.column)).issubset(asked_of)


def _is_named(question: Question, row: TableRow) -> bool:
    """Whether a question holds all words of a cell of a row."""
    cells = map(frozenset, map(question_words, row.cells))
    return any(words and words <= question.covered(words) for words in cells)


def _named(
    rows: Sequence[TableRow],
    telling: Sequence[frozenset[str]],
    names: Sequence[frozenset[str]],
) -> list[TableRow]:
    """The rows that hold words of the question which not all rows and no column's name have, and
    no other row has these and more.
    """
    of_columns = frozenset().union(*names)
    own = [words - of_columns for words in telling]
    return [
        row
        for row, words in zip(rows, own, strict=True)
        if words and not any(words < other for other in own)
    ]


def _operated(
    asked: str,
    table: StoredTable,
    named: Sequence[TableRow],
    rows: Sequence[TableRow],
    columns: Sequence[int],
) -> AskedRows | None:
    """What an operation that the question asks for gives; None where it asks for none, or the table
    does not plainly hold the figures for it.
    """
    operation = _operation(asked, named)
    sums = [row for row in rows if _is_sum(row)]
    if operation is None or (sums and operation in ("total", "average")):
        return None
    pool: Sequence[TableRow] = named or rows
    if len(named) > 1 and _RANGE.search(asked):
        pool = rows[rows.index(named[0]) : rows.index(named[-1]) + 1]
    pool = [row for row in pool if row not in sums]
    if operation == "count":
        return _counted(asked, table, pool, columns)
    priced = _PRICED.search(asked) is not None
    column = _column(table, pool, columns, priced=priced)
    if column is None or len(pool) < 2:
        return None
    if operation in ("most", "least"):
        best = (max if operation == "most" else min)(column.values)
        chosen = [row for row, value in zip(pool, column.values, strict=True) if value == best]
        return AskedRows(
            tuple(chosen), frozenset(), True, False, operation, tuple(pool), column.name
        )
    if operation in ("higher", "lower"):
        is_asked = priced or any(table.columns[n] == column.name for n in columns)
        is_asked = is_asked or _QUANTITY.search(asked) is not None
        return _compared(operation, pool, column) if is_asked and len(pool) == 2 else None
    total = sum(column.values, Decimal(0))
    value = total / len(pool) if operation == "average" else total
    written = column.written(value)
    return AskedRows(
        tuple(pool), frozenset(), bool(named), False, operation, tuple(pool), column.name, written
    )


def _operation(asked: str, named: Sequence[TableRow]) -> Operation | None:
    """What a question asks to be done; two rows are compared where it names just these."""
    found = next((name for name, pattern in _OPERATIONS if pattern.search(asked)), None)
    if len(named) == 2 and found in (None, "count"):
        return comparison(asked) or found
    return found


def _compared(operation: Operation, rows: Sequence[TableRow], column: Column) -> AskedRows | None:
    """Two rows, that with the higher or lower figure first, and by how much; None where they are
    equal, or shares of something, whose difference is no share.
    """
    if column.values[0] == column.values[1] or "%" in column.after:
        return None
    first = column.values.index((max if operation == "higher" else min)(column.values))
    ordered = (rows[first], rows[1 - first])
    apart = column.written(abs(column.values[0] - column.values[1]))
    return AskedRows(ordered, frozenset(), True, False, operation, ordered, column.name, apart)


def _counted(
    asked: str, table: StoredTable, rows: Sequence[TableRow], columns: Sequence[int]
) -> AskedRows | None:
    """The count of rows; of those that say yes, where a column of yes and no is asked for. None
    where something else is counted than what the table lists: that stands in its cells.
    """
    pool = list(rows)
    counted = _COUNTED.search(asked)
    listed = findable_words("\n".join((table.caption, *table.columns[:1])))
    if counted is None or not set(findable_words(counted[1] or counted[2])).intersection(listed):
        return None
    for n in columns:
        cells = [cell_text(row, n).lower() for row in rows]
        if set(cells) <= _AFFIRMATIVE | _NEGATIVE:
            pool = [row for row in pool if cell_text(row, n).lower() in _AFFIRMATIVE]
        elif n or figure_column(table.columns[n], cells) is not None:
            return None
    return AskedRows(
        tuple(pool), frozenset(), True, False, "count", tuple(rows), "", str(len(pool))
    )


def _column(
    table: StoredTable, rows: Sequence[TableRow], columns: Sequence[int], *, priced: bool
) -> Column | None:
    """The column of figures that is asked for, or the only one that there is; where the dearest or
    cheapest is asked for, of those with prices.
    """
    figures = {
        n: column
        for n, name in enumerate(table.columns)
        if (column := figure_column(name, [cell_text(row, n) for row in rows]))
    }
    if priced:
        figures = {n: column for n, column in figures.items() if _is_price(table, n)}
    asked = [figures[n] for n in columns if n in figures]
    others = [column for column in figures.values() if not _DEPOSIT.search(column.name)]
    return asked[0] if asked else others[0] if len(others) == 1 else None


def _is_price(table: StoredTable, number: int) -> bool:
    return table.kinds[number] == "money" or _PRICE.search(table.columns[number]) is not None
