"""Records: the pieces of a source that each tell a figure of something, with what they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.disregarding import disregarding
from kb.text import flat, plain, sentences, terms, words
from kb.types import Hit
from retrieval.structure import is_row, rules_off
from retrieval.verifying.figures import Figures, comparable, figures
from retrieval.verifying.numbers import Number

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)", re.S)
_BAR = re.compile(r"(?<!\\)\|")
# Where one thing gives way to another, in a sentence that has figures of both.
_JOINT = re.compile(r"[;；\n]|[,，、](?!\d)|\b(?:and|but|while|whereas|or)\b|而|[和与及]")
_TOGETHER = re.compile(r"\brespectively\b|分别|各为|依次", re.I)
_LETTER = re.compile(r"(?<![A-Za-z.'’&-])[B-HJ-Z](?![A-Za-z.'’&-])|(?<=[a-z] )A(?= [a-z])|(?<![A-Za-z])A(?=[^\x00-\x7f])")


@dataclass(frozen=True, slots=True)
class Record:
    """A clause, an entry of a list or a cell of a table that tells a figure.

    `own` are its words in order, `scope` those of what it stands under: title, headings, head of the table, the
    sentences before it that tell no such figure. `sorts` are those of the figures that it surely tells.
    """

    text: str
    own: frozenset[str]
    scope: frozenset[str]
    figures: Figures
    sorts: frozenset[str]

    @property
    def all_words(self) -> frozenset[str]:
        return self.own | self.scope


def sort_of(number: Number) -> str:
    """What a number may be compared with: one of the same dimension, or for want of one a year or a count."""
    if number.unit is not None:
        return number.unit.dimension.split()[0]
    return "year" if 1000 <= number.value <= 2100 and len(number.text) == 4 else "number"


def content(text: str) -> frozenset[str]:
    """The words of a text that tell what it is about, and letters that name things: plan B."""
    return frozenset(terms(text)) | {f"{letter.lower()}." for letter in _LETTER.findall(text)}


def records(hit: Hit) -> list[Record]:
    """All records of a hit, in order."""
    (heard,) = disregarding([hit])
    passage = heard.passage
    above = comparable(" ".join((hit.document.title, *passage.headings, passage.context, passage.anchor.speaker or "")))
    around = content(above)
    found: list[Record] = []
    before: list[tuple[frozenset[str], frozenset[str]]] = []
    for piece, head in _pieces(passage.text):
        if heading := _HEADING.fullmatch(piece):
            before, around = [], content(above) | content(comparable(heading[1]))
            continue
        text = comparable(flat(piece))
        told = figures(text)
        sorts = frozenset(_sorts(told))
        own = content(text) - _written(told)
        if not sorts:
            before.append((own, sorts))
            continue
        under = set(around) | content(comparable(head))
        for earlier, had in reversed(before):
            if had & sorts:
                break
            under |= earlier
        found.append(Record(text, own, frozenset(under), figures(text, everything=True), sorts))
        before.append((own, sorts))
    return found


def _sorts(told: Figures) -> Iterator[str]:
    yield from (sort_of(number) for number in told.numbers)
    yield from ("date" for _ in told.dates)
    yield from ("moment" for _ in told.moments)


def _written(told: Figures) -> frozenset[str]:
    return frozenset(word for number in told.numbers if number.unit for word in words(number.text))


def _pieces(text: str) -> Iterator[tuple[str, str]]:
    """The headings, cells, entries and clauses of a text, each with the head of the column that it stands in."""
    head: Sequence[str] = ()
    spans = [text[start:end] for start, end in sentences(text)]
    for span, following in zip(spans, [*spans[1:], ""], strict=True):
        if rules_off(span):
            continue
        if not is_row(span):
            head = ()
            yield from ((clause, "") for clause in _clauses(span))
            continue
        cells = [cell.strip() for cell in _BAR.split(span.strip().strip("|"))] if span.strip() else []
        if rules_off(following):
            head = cells
            continue
        for at, cell in enumerate(cells[1:], start=1):
            label = head[at] if at < len(head) else ""
            yield f"{cells[0]} · {label} · {cell}", head[0] if head else ""


def _clauses(span: str) -> Iterator[str]:
    """A sentence, cut between figures of one sort where one thing gives way to another."""
    if _HEADING.fullmatch(span) or _TOGETHER.search(span):
        yield span
        return
    begin = 0
    cuts = [match.start() for match in _JOINT.finditer(span)]
    for cut in cuts:
        mine = frozenset(_sorts(figures(comparable(plain(span[begin:cut])))))
        if not mine:
            continue
        if mine & frozenset(_sorts(figures(comparable(plain(span[cut:]))))):
            yield span[begin:cut]
            begin = cut
    yield span[begin:]


def claims(said: str) -> Iterator[tuple[Number, frozenset[str]]]:
    """Each number of a sentence with the words of the clause that tells it."""
    for clause in _clauses(said):
        told = figures(clause)
        for number in told.numbers:
            yield number, content(clause) - frozenset(words(number.text))
