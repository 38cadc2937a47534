"""Answers from tables: the rows that a question asks for, quoted, with what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.injection import spoken
from kb.knowledge import KnowledgeBase
from kb.tables import CELL_MARK, StoredTable, TableRow, is_row
from kb.text import flat
from kb.types import Answer, Hit, Passage, Question, Results
from kb.writers import disarmed
from kb.writers.extractive import Extractive
from retrieval.answer.table_rows import AskedRows, asked_rows
from retrieval.search.confidence import coverages

_HITS = 5  # hits whose tables are looked at
_MARGIN = 0.05  # share of the question that a table must hold beyond the best sentence
_LINES = {
    "zh": {
        "count": "共 {value} 项（全部 {pool} 项）。",
        "total": "{column}合计 {value}（{pool} 项）。",
        "average": "{column}平均 {value}（{pool} 项）。",
        "most": "{pool} 项中{column}最高的：",
        "least": "{pool} 项中{column}最低的：",
    },
    "en": {
        "count": "{value} of {pool} rows.",
        "total": "{column}: {value} in total, over {pool} rows.",
        "average": "{column}: {value} on average, over {pool} rows.",
        "most": "Of {pool} rows, the most by {column}:",
        "least": "Of {pool} rows, the least by {column}:",
    },
}


@dataclass(frozen=True, slots=True)
class RowQuotes:
    """A writer that quotes rows of a table. `lead` says what was computed from them, or is empty."""

    quoted: tuple[tuple[int, str], ...]  # the rank of the hit, and the row as it stands there
    lead: str
    used: tuple[int, ...]  # the ranks of all hits that the lead was computed from
    name: str = Extractive.name

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The lead and the rows, one piece each."""
        if self.lead:
            yield f"{self.lead} {''.join(f'[{rank}]' for rank in self.used)}\n\n"
        for number, (rank, row) in enumerate(self.quoted):
            yield f"{'' if number == 0 else chr(10) * 2}{disarmed(flat(row))} [{rank}]"

    def check(self) -> None:
        """Nothing that it needs can be missing."""

    def vouched(self, answer: Answer) -> Answer:
        """The answer, in which the lead is supported: it was computed from the stored rows."""
        if not self.lead or not answer.sentences:
            return answer
        first, *rest = answer.sentences
        sentences = (replace(first, supported=True, reason=None), *rest)
        sound = all(sentence.supported for sentence in sentences)
        return replace(
            answer, sentences=sentences, status="answered" if sound else "unsupported"
        )


def table_quotes(kb: KnowledgeBase, results: Results) -> tuple[Results, RowQuotes] | None:
    """The rows of a table of the first hits that answer the question, and the results with a hit
    for each passage that they stand in; None where a sentence answers it better.
    """
    best = _best_sentence(results)
    candidates = [
        (results.question.share(asked.covered) + 2 * (best.passage in passages), asked, hit, rows)
        for hit, table, rows in _tables(kb, results.hits[:_HITS])
        for around in ["\n".join((hit.document.title, *hit.passage.headings, table.caption))]
        if (asked := asked_rows(results.question, table, rows, around))
        for passages in [{row.passage for row in rows} if best.is_row else set()]
    ]
    if not candidates:
        return None
    share, asked, hit, rows = max(candidates, key=lambda each: each[0])
    if share < best.share + _MARGIN:
        return None
    return _quoted(kb, results, hit, asked, rows)


def _tables(
    kb: KnowledgeBase, hits: Sequence[Hit]
) -> Iterator[tuple[Hit, StoredTable, list[TableRow]]]:
    """The tables of hits, each once, with its rows and the first hit that has one of them."""
    seen: set[tuple[str, int]] = set()
    for hit in hits:
        for table in kb.catalog.tables_of_passage(hit.passage.id, hit.document.id):
            if (table.document, table.number) not in seen:
                seen.add((table.document, table.number))
                yield hit, table, kb.catalog.rows_of(table)


@dataclass(frozen=True, slots=True)
class _Best:
    passage: str
    is_row: bool
    share: float


def _best_sentence(results: Results) -> _Best:
    from kb.text import sentences

    found = []
    for hit in results.hits[:5]:
        text = flat(hit.passage.text)
        spans = sentences(text)
        shares = coverages(results.question, hit.document.title, hit.passage)
        for (start, _), (own, with_headings) in zip(spans, shares, strict=False):
            found.append((own + with_headings, with_headings, hit.passage.id, is_row(text, start)))
    if not found:
        return _Best("", False, 0.0)
    _, share, passage, row = max(found, key=lambda each: each[0])
    return _Best(passage, row, share)


def _quoted(
    kb: KnowledgeBase, results: Results, hit: Hit, asked: AskedRows, rows: Sequence[TableRow]
) -> tuple[Results, RowQuotes] | None:
    wanted = list(dict.fromkeys(row.passage for row in (*asked.rows, *rows)))
    passages = kb.catalog.passages(wanted)
    hits = list(results.hits)
    by_passage = {each.passage.id: each for each in hits}
    for pid in wanted:
        if pid in passages and pid not in by_passage:
            new = replace(hit, rank=len(hits) + 1, passage=passages[pid], also=(), twins=())
            by_passage[pid] = new
            hits.append(new)
    quoted = []
    for row in asked.rows:
        line = _line(passages.get(row.passage), row)
        if line is None:
            return None
        quoted.append((by_passage[row.passage].rank, line))
    lead = ""
    used: tuple[int, ...] = ()
    if asked.operation:
        lang = "zh" if results.question.lang.startswith("zh") else "en"
        lead = _LINES[lang][asked.operation].format(
            value=asked.value, pool=asked.pool, column=asked.column
        )
        used = tuple(dict.fromkeys(by_passage[row.passage].rank for row in asked.rows))
    return replace(results, hits=tuple(hits)), RowQuotes(tuple(quoted), lead, used)


def _line(passage: Passage | None, row: TableRow) -> str | None:
    """The line of a passage that holds all cells of a row; None where none does, or where it speaks
    to a language model.
    """
    if passage is None or spoken(passage):
        return None
    cells = [flat(cell) for cell in row.cells if cell.strip()]
    for line in passage.text.split("\n"):
        shown = flat(line)
        if CELL_MARK in line and all(cell in shown for cell in cells):
            return line
    return None
