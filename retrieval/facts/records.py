"""Records: the pieces of a source that tell a figure, with what they stand under."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from kb.injection import disregarding
from kb.text import flat, sentences
from kb.types import Hit, Phrase
from retrieval.facts.figures import Figures, figures
from retrieval.facts.placed_figures import (
    content,
    figure_clauses,
    pairs_of_words,
    phrases,
    placed_figures,
    sorts,
    without_figures,
)
from retrieval.facts.text import (
    HEADING,
    cells,
    comparable,
    is_markdown_row,
    is_named_row,
    named_cells,
    rules_off,
)


@dataclass(frozen=True, slots=True)
class Record:
    """A clause, an entry of a list or a cell of a table that tells a figure.

    `sentence` is the whole sentence. `own` are the record's words, `lead` those of them before its
    first figure, `scope` those of what it stands under: title, headings, head of the table, the
    sentences before it that tell no such figure. It may take its subject from `earlier`, the words
    of its sentence before it; `later` are those of what follows up to the next such figure. `sorts`
    are those of its figures. `phrases` are words two by two, of title and headings too, and `bare`
    is all that without figures.
    """

    sentence: str
    own: frozenset[str]
    scope: frozenset[str]
    earlier: frozenset[str]
    later: frozenset[str]
    lead: frozenset[str]
    figures: Figures
    sorts: frozenset[str]
    phrases: frozenset[Phrase]
    bare: str
    lang: str

    @property
    def all_words(self) -> frozenset[str]:
        """Its own words and those of what it stands under."""
        return self.own | self.scope


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands: its sentence, the lines above it, their words, and the language."""

    sentence: str
    above: str
    under: frozenset[str]
    lang: str


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a section with its words, the sorts of its figures, and its record, if any."""

    own: frozenset[str]
    sorts: frozenset[str]
    record: Record | None


def records(hit: Hit) -> list[Record]:
    """All records of a hit, in order."""
    found: list[Record] = []
    for pieces in _sections(hit):
        for at, piece in enumerate(pieces):
            if piece.record is not None:
                later = _words_up_to(pieces[at + 1 :], piece.sorts)
                found.append(replace(piece.record, later=later))
    return found


def _sections(hit: Hit) -> list[list[_Piece]]:
    """The pieces of a hit, those under each heading of its text by themselves."""
    (heard,) = disregarding([hit])
    passage = heard.passage
    speaker = passage.anchor.speaker or ""
    above = comparable("\n".join((hit.document.title, *passage.headings, passage.context, speaker)))
    titles, around = above, content(above)
    section: list[_Piece] = []
    sections = [section]
    for sentence, texts, head in _sentences(passage.text):
        if heading := HEADING.fullmatch(sentence):
            above = f"{titles}\n{comparable(heading[1])}"
            around = content(above)
            sections.append(section := [])
            continue
        under = around | content(comparable(head))
        place = _Place(comparable(flat(sentence)), above, under, passage.lang)
        row = is_markdown_row(sentence) or is_named_row(sentence)
        section += _pieces(texts, place, None if row else section)
    return sections


def _pieces(texts: Sequence[str], place: _Place, before: Sequence[_Piece] | None) -> list[_Piece]:
    """The pieces of a sentence after those `before` in its section; a row (None) refers to none."""
    pieces: list[_Piece] = []
    earlier: frozenset[str] = frozenset()
    for text in (comparable(flat(text)) for text in texts):
        own, own_sorts = content(text), sorts(text)
        nearest = [] if before is None else reversed([*before, *pieces])
        near = _words_up_to(nearest, own_sorts)
        record = _record(text, place, near, earlier) if own_sorts else None
        pieces.append(_Piece(own, own_sorts, record))
        earlier |= own
    return pieces


def _words_up_to(pieces: Iterable[_Piece], of: frozenset[str]) -> frozenset[str]:
    """The words of the first pieces, up to one that tells a figure of those sorts."""
    free = takewhile(lambda piece: not piece.sorts & of, pieces)
    return frozenset().union(*(piece.own for piece in free))


def _record(text: str, place: _Place, near: frozenset[str], earlier: frozenset[str]) -> Record:
    placed = placed_figures(text)
    names = phrases(text).union(*(pairs_of_words(line) for line in place.above.split("\n")))
    return Record(
        sentence=place.sentence,
        own=content(text),
        scope=place.under | near,
        earlier=earlier,
        later=frozenset(),
        lead=content(text[: min(figure.start for figure in placed)]),
        figures=figures(text, everything=True),
        sorts=frozenset(figure.sort for figure in placed),
        phrases=names,
        bare=f"{place.above}\n{without_figures(text)}",
        lang=place.lang,
    )


def _sentences(text: str) -> Iterator[tuple[str, list[str], str]]:
    """Each heading, sentence or row, its clauses or cells, and the head of its first column."""
    head: Sequence[str] = ()
    spans = [text[start:end] for start, end in sentences(text)]
    for span, following in zip(spans, [*spans[1:], ""], strict=True):
        if rules_off(span):
            continue
        if is_named_row(span):
            head = ()
            (first_name, first), *others = named_cells(span)
            texts = [f"{first} · {name} · {cell}" for name, cell in others]
            yield span, texts, first_name
            continue
        if not is_markdown_row(span):
            head = ()
            yield span, list(figure_clauses(span)), ""
            continue
        row = cells(span)
        if rules_off(following):
            head = row
            continue
        labels = [*head, *[""] * len(row)]
        texts = [f"{row[0]} · {labels[at]} · {row[at]}" for at in range(1, len(row))]
        yield span, texts, labels[0]
