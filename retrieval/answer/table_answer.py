"""Answers from tables: the rows that a question asks for, quoted, with what they add up to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from kb.editions import standing_edition
from kb.injection import spoken
from kb.knowledge import KnowledgeBase
from kb.tables import CELL_MARK, StoredTable, TableRow
from kb.text import flat
from kb.types import Answer, Hit, Passage, Question, Results
from kb.writers import disarmed
from kb.writers.candidate import Candidate
from kb.writers.extractive import Extractive
from retrieval.answer.table_rows import MOST_ROWS, AskedRows, asked_rows

_HITS = 5  # hits whose tables may answer without being named plainly
_MARGIN = 0.05  # share of the question by which a table's other edition may hold less
_PLAIN = 0.4  # share of the question above which what was computed is what was asked for
_COMPUTED = 0.5  # how sure that is, at least
_LINES = {
    "zh": {
        "count": "共 {value} 项（全部 {pool} 项）。",
        "total": "{column}合计 {value}（{pool} 项）。",
        "average": "{column}平均 {value}（{pool} 项）。",
        "most": "{pool} 项中{column}最高的：",
        "least": "{pool} 项中{column}最低的：",
        "higher": "{column}更高的是{name}，高出 {value}：",
        "lower": "{column}更低的是{name}，低 {value}：",
    },
    "en": {
        "count": "{value} of {pool} rows.",
        "total": "{column}: {value} in total, over {pool} rows.",
        "average": "{column}: {value} on average, over {pool} rows.",
        "most": "Of {pool} rows, the most by {column}:",
        "least": "Of {pool} rows, the least by {column}:",
        "higher": "Higher by {column}, by {value}: {name}",
        "lower": "Lower by {column}, by {value}: {name}",
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
        return replace(answer, sentences=sentences, status="answered" if sound else "unsupported")


def table_quotes(
    kb: KnowledgeBase, results: Results, best: Candidate
) -> tuple[Results, RowQuotes] | None:
    """The rows of a table of the first hits that answer the question, and the results with a hit
    for each passage that they stand in; None where the `best` sentence answers it better.
    """
    question = results.question
    near = {hit.passage.id for hit in results.hits}
    found: list[_Found] = []
    for hit, table, rows in _tables(kb, results.hits):
        around = "\n".join((hit.document.title, *hit.passage.headings, table.caption))
        asked = asked_rows(question, table, rows, around, near)
        if asked is not None and (asked.is_exact or hit.rank <= _HITS):
            answers = _answers(question, asked, rows, best)
            found.append(_Found(hit, asked, question.share(asked.covered), answers))
    answering = [each for each in found if each.answers]
    if not answering:
        return None
    answering = [each for each in answering if each.asked.is_exact] or answering
    first = max(answering, key=lambda each: each.share)
    # The best sentence may be a row of an earlier edition.
    close = [each for each in found if each.share >= first.share - _MARGIN]
    close.sort(key=lambda each: -each.share)
    hit = standing_edition(question.text, first.hit, [each.hit for each in close])
    if hit is first.hit:
        return _quoted(kb, results, first)
    return _quoted(kb, results, next(each for each in close if each.hit is hit))


def _answers(
    question: Question, asked: AskedRows, rows: Sequence[TableRow], best: Candidate
) -> bool:
    """Whether rows answer rather than the best sentence: it is one of them, or stands beside all of
    them and says no more of the question, or they are what is compared or was computed from.
    """
    share = question.share(asked.covered)
    if asked.is_exact:
        return True
    if asked.operation:
        return share >= _PLAIN or _is_among(best, rows)
    if best.is_row:
        return _is_among(best, asked.rows)
    beside = any(row.passage == best.hit.passage.id for row in rows)
    return not asked.is_named and beside and share >= question.coverage(best.words)


def _is_among(best: Candidate, rows: Sequence[TableRow]) -> bool:
    cells = ([flat(cell) for cell in row.cells if cell.strip()] for row in rows)
    return best.is_row and any(all(cell in best.text for cell in each) for each in cells)


@dataclass(frozen=True, slots=True)
class _Found:
    """Rows of a table that a question asks for, the share of its words that they hold, and whether
    they answer rather than the best sentence.
    """

    hit: Hit
    asked: AskedRows
    share: float
    answers: bool


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


def _quoted(kb: KnowledgeBase, results: Results, found: _Found) -> tuple[Results, RowQuotes] | None:
    """The results with a hit for each passage that is cited, and the quotes; None where a row does
    not stand in its passage as it is stored.
    """
    asked = found.asked
    of_pool = dict.fromkeys(row.passage for row in asked.pool)
    cited = dict.fromkeys(row.passage for row in asked.rows)
    if len(of_pool) <= MOST_ROWS:
        cited |= of_pool
    passages = kb.catalog.passages(cited)
    hits = {hit.passage.id: hit for hit in results.hits}
    for pid in cited:
        if pid in passages and pid not in hits:
            rank = len(hits) + 1
            hits[pid] = replace(found.hit, rank=rank, passage=passages[pid], also=(), twins=())
    lines = [(row.passage, _line(passages.get(row.passage), row)) for row in asked.rows]
    if not all(line for _, line in lines):
        return None
    quoted = tuple((hits[pid].rank, line) for pid, line in lines if line)
    used = tuple(hits[pid].rank for pid in of_pool if pid in cited) or (quoted[0][0],)
    confidence = results.confidence
    if asked.column and (found.share >= _PLAIN or asked.is_exact):
        confidence = max(confidence, _COMPUTED)
    answering = replace(results, hits=tuple(hits.values()), judged=lambda: confidence)
    return answering, RowQuotes(quoted, _lead(asked, results.question.lang), used)


def _lead(asked: AskedRows, lang: str) -> str:
    """What an operation gave, in the language of the question; empty where there was none."""
    if not asked.operation:
        return ""
    lines = _LINES["zh" if lang.startswith("zh") else "en"]
    values = {
        "value": asked.value,
        "pool": len(asked.pool),
        "column": asked.column,
        "name": _distinction(asked.pool),
    }
    return lines[asked.operation].format(**values)


def _distinction(rows: Sequence[TableRow]) -> str:
    """The first cell of the first row that the second one has otherwise."""
    pairs = zip(*(row.cells for row in rows[:2]), strict=False)
    return next((flat(pair[0]) for pair in pairs if len(set(pair)) > 1), "")


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
