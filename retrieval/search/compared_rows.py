"""Rows of tables that a question compares: both are found, however little else of the question their
table holds.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from kb.index_words import question_words
from kb.knowledge import KnowledgeBase
from kb.tables import StoredTable, TableRow
from kb.types import Question
from retrieval.question.comparisons import compared_things, comparison

_PER_THING = 8  # passages that are looked at for one of the things
_FIRST = 5  # hits that are read
_MANY = 200  # rows of a table that is not looked through


def with_compared_rows(
    kb: KnowledgeBase,
    question: Question,
    ranked: Sequence[tuple[str, float]],
    within: Collection[str] | None = None,
) -> list[tuple[str, float]]:
    """(passage id, score), best first; where a question compares two things that a table lists, the
    passages of their rows come right after the first. `within` are the passages that may be found.
    """
    things = compared_things(question.text) if comparison(question.text) else None
    if things is None or not ranked:
        return list(ranked)
    rows = next(_compared(kb, [question_words(thing) for thing in things], within), ())
    found = [row.passage for row in rows if within is None or row.passage in within]
    first = [pid for pid, _ in ranked[:_FIRST]]
    missing = [pid for pid in dict.fromkeys(found) if pid not in first]
    if not missing:
        return list(ranked)
    best, *rest = ranked
    return [best, *((pid, best[1]) for pid in missing), *(e for e in rest if e[0] not in missing)]


def _compared(
    kb: KnowledgeBase, things: Sequence[Sequence[str]], within: Collection[str] | None
) -> Iterator[tuple[TableRow, ...]]:
    """The rows of each table that has one for each of the things, whose names they hold in a cell
    of their own.
    """
    tables: dict[tuple[str, int], StoredTable] = {}
    for thing in things:
        nearest = [pid for pid, _ in kb.index.search_words(thing, _PER_THING, within)]
        for pid, passage in kb.catalog.passages(nearest).items():
            for table in kb.catalog.tables_of_passage(pid, passage.document):
                tables.setdefault((table.document, table.number), table)
    for table in tables.values():
        rows = kb.catalog.rows_of(table)
        if len(rows) > _MANY:
            continue
        named = tuple(_named(rows, thing) for thing in things)
        if all(named) and len({id(row) for row in named}) == len(named):
            yield tuple(row for row in named if row)


def _named(rows: Sequence[TableRow], thing: Sequence[str]) -> TableRow | None:
    """The only row with a cell of which all words are among those of a thing."""
    words = frozenset(thing)
    found = [
        row for row in rows if any(own and own <= words for own in map(_cell_words, row.cells))
    ]
    return found[0] if len(found) == 1 else None


def _cell_words(cell: str) -> frozenset[str]:
    return frozenset(question_words(cell))
