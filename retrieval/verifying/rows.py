"""Whose row it is: what a Markdown table tells of one thing and a sentence tells of another, in
place of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from kb.text import HAN, flat, plain, terms, words
from retrieval.answer.draft_structure import is_row, rules_off
from retrieval.verifying.figures import Figures, comparable, figures
from retrieval.verifying.polarity import polarity

_BAR = re.compile(r"(?<!\\)\|")
_CLAUSE = re.compile(r"(?:[^,;，；、。！？!?\n]|[.,](?=\d))+")
_LETTER = re.compile(r"[^\W\d_]")
_HAN = re.compile(f"[{HAN}]")
# Where a sentence holds rows against each other, what is another's may rightly stand beside the one
# that is named.
_COMPARES = re.compile(
    r"\b(?:than|compar\w+|versus|vs|unlike|while|whereas|above|beyond|other|others|except|besides|apart|all|every|total"
    r"|both|average|next|upgrad\w+|switch\w*|instead|times)\b|比|相较|高于|低于|以外|之外|其他|其它|其余|另|所有|全部|共|合计|平均|倍|升级|都|除",
    re.I,
)
_LONGEST_KEY = 6  # words
_LONGEST_VALUE = 3  # words of a cell that are looked for as one
# the share of a sentence's words that its row and the head must explain, where it has no figure
_MOSTLY = 0.75


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence, or a clause of one, with its words in order and its figures."""

    text: str
    words: tuple[str, ...]
    figures: Figures

    @classmethod
    def of(cls, text: str, *, everything: bool = False) -> _Said:
        """A text taken apart; `everything`: also what may not be meant as a figure, as in a source."""
        return cls(text, tuple(words(text)), figures(text, everything=everything))

    def says(self, cell: _Said) -> bool:
        """Whether it has the words of a cell, one after the other, or a figure of it."""
        if cell.figures.written():
            return len(self.figures.lacking(cell.figures)) < len(set(cell.figures.written()))
        return self.names(cell)

    def names(self, cell: _Said) -> bool:
        """Whether it has the words of a cell, one after the other."""
        length = len(cell.words)
        runs = (self.words[at : at + length] for at in range(len(self.words) - length + 1))
        return bool(length) and (
            cell.words in runs or (_HAN.search(cell.text) is not None and cell.text in self.text)
        )


_Row = tuple[_Said, ...]


def misplaced(said: str, raw: str) -> tuple[str, str] | None:
    """What a sentence tells of one row of a table that only another has, and the row that it names,
    both as written.

    Only where that row has something else in the same column, which the sentence does not say, and
    where nothing beside the rows tells it: neither the head of the table nor the text around it.
    """
    if "|" not in raw or _COMPARES.search(said) or polarity(said).denials:
        return None
    rows, beside = _apart(raw)
    whole = _Said.of(said)
    named = [row for row in rows if whole.names(row[0])]
    if not named:
        return None
    clauses = [_Said.of(clause[0]) for clause in _CLAUSE.finditer(said)]
    if not all(_leads(clause, named) for clause in clauses if clause.figures.written()):
        clauses = [whole]  # which of the rows a figure is of is not known
    for clause in clauses:
        meant = [row for row in named if clause.names(row[0])]
        others = [row for row in rows if row not in meant]
        if meant and (
            found := _figure(clause, meant, others, beside) or _words(clause, meant, others, beside)
        ):
            return found, " · ".join(cell.text for cell in meant[0])
    return None


@lru_cache(maxsize=8)
def _apart(raw: str) -> tuple[list[_Row], _Said]:
    """The rows of the tables in a text that begin with a name, and all else."""
    lines = raw.split("\n")
    rows: list[_Row] = []
    beside = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        cells = [comparable(flat(cell)) for cell in _BAR.split(line.strip().strip("|"))]
        is_head = rules_off(line) or rules_off(following)
        if (
            is_row(line)
            and not is_head
            and _LETTER.search(cells[0])
            and len(words(cells[0])) <= _LONGEST_KEY
        ):
            rows.append(tuple(_Said.of(cell, everything=True) for cell in cells))
        else:
            beside.append(line)
    return rows, _Said.of(comparable(plain("\n".join(beside))), everything=True)


def _leads(clause: _Said, rows: Sequence[_Row]) -> bool:
    """Whether one row alone is named in a clause, before its figures."""
    named = [row[0] for row in rows if clause.names(row[0])]
    starts = [
        clause.text.index(text)
        for text in clause.figures.written()
        if text in clause.text and not any(text in key.text for key in named)
    ]
    return len(named) == 1 and _Said.of(clause.text[: min(starts, default=len(clause.text))]).names(
        named[0]
    )


def _figure(
    said: _Said, meant: Sequence[_Row], others: Sequence[_Row], beside: _Said
) -> str | None:
    """A figure that another row has in a column of which those that are meant have something else."""
    held = [frozenset(cell.figures.lacking(said.figures)) for row in meant for cell in row]
    elsewhere = [
        (at, frozenset(cell.figures.lacking(said.figures)))
        for row in others
        for at, cell in enumerate(row)
    ]
    for text in beside.figures.lacking(said.figures):
        columns = {at for at, lacking in elsewhere if text not in lacking}
        if not columns or not all(text in lacking for lacking in held):
            continue
        if not any(said.says(row[at]) for row in meant for at in columns if at < len(row)):
            return text
    return None


def _words(said: _Said, meant: Sequence[_Row], others: Sequence[_Row], beside: _Said) -> str | None:
    """The same of words, where next to nothing is said but what the table has: closed on Monday."""
    topic = set(terms(said.text))
    for row in others:
        for at, cell in enumerate(row[1:], start=1):
            if cell.figures.written() or len(cell.words) > _LONGEST_VALUE or not said.names(cell):
                continue
            told = {*beside.words, *cell.words, *(word for each in meant for word in each[0].words)}
            if (
                len(topic & told) < _MOSTLY * len(topic)
                or cell.text.casefold() in beside.text.casefold()
            ):
                continue
            if not any(
                at < len(each) and (not each[at].words or said.says(each[at])) for each in meant
            ) and not any(each.names(cell) for row in meant for each in row):
                return cell.text
    return None
