"""Records: the pieces of a source that each tell a figure of something, with what they stand under."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, pairwise, takewhile

from kb.injection_filter import disregarding
from kb.text import flat, plain, sentences, terms, words
from kb.types import Hit, Phrase
from retrieval.answer.draft_structure import is_row, rules_off
from retrieval.verifying.figures import Figures, comparable, figures

_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*)", re.S)
_BAR = re.compile(r"(?<!\\)\|")
# Where one thing gives way to another, in a sentence that has figures of both.
_JOINT = re.compile(
    r"[;；\n]|(?<!\d)[,，、]|[,，、](?!\d)|\b(?:and|but|while|whereas|or)\b|而|[和与及]"
)
_STRONG = re.compile(r"[;；\n]|and|but|while|whereas|or|而|[和与及]")
_TOGETHER = re.compile(r"\brespectively\b|分别|各为|依次", re.I)
# A capital that stands alone, but no initial, and neither the pronoun nor the article.
_LETTER = re.compile(
    r"(?<![A-Za-z.'’&-])[B-HJ-Z](?![A-Za-z.'’&-])"
    r"|(?<=[a-z] )A(?= [a-z])|(?<![A-Za-z])A(?=[^\x00-\x7f])"
)
_BETWEEN = re.compile(r"[^\w\s'’-]+")
_NONE = Figures((), (), (), frozenset(), frozenset())


@dataclass(frozen=True, slots=True)
class Record:
    """A clause, an entry of a list or a cell of a table that tells a figure.

    `own` are its words, `scope` those of what it stands under: title, headings, head of the table,
    the sentences before it that tell no such figure. `earlier` are those of the rest of its
    sentence before it, where it may take its subject from, or not; `later` are those of what
    follows up to the next such figure, which may go on about it, or lead to the next; `lead` are
    its own before its first figure. `sorts` are those of the figures that it surely tells, `text`
    is the whole sentence. `phrases` are words two by two, of title and headings too, `bare` is all
    that without figures.
    """

    text: str
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
        return self.own | self.scope


@dataclass(frozen=True, slots=True)
class Claim:
    """One figure of a sentence, its sort, and the words of the sentence, or of the clause, that
    tells it.

    `phrases` are its words two by two, `bare` is the clause without figures.
    """

    text: str
    sort: str
    value: str
    figure: Figures
    words: frozenset[str]
    phrases: frozenset[Phrase]
    bare: str

    @property
    def periods(self) -> frozenset[str]:
        """The words for what its figure is told per: year of 480 dollars a year."""
        return frozenset(
            word
            for number in self.figure.numbers
            for period in number.rates
            for word in words(period)
        )


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure in a text: what it may be compared with, the same however it is written, and itself
    alone.
    """

    sort: str
    value: str
    text: str
    start: int
    end: int
    alone: Figures


def claims(said: str) -> Iterator[Claim]:
    """Each figure of a sentence with the words of the clause that tells it, the other figures among
    them.
    """
    for clause in _clauses(said):
        listed = _listed(clause)
        for figure in listed:
            rest = _words(clause, listed) | {other.value for other in listed if other is not figure}
            phrases = frozenset(_phrases(clause, listed))
            bare = _without(clause, listed)
            yield Claim(figure.text, figure.sort, figure.value, figure.alone, rest, phrases, bare)


@lru_cache(
    maxsize=1024
)  # a clause is looked at for where it ends, for its words and for its figures
def _listed(text: str) -> tuple[_Figure, ...]:
    return tuple(_each(figures(text)))


def _each(told: Figures) -> Iterator[_Figure]:
    for number in told.numbers:
        year = number.unit is None and 1000 <= number.value <= 2100 and len(number.text) == 4
        sort = number.unit.dimension.split()[0] if number.unit else "year" if year else "number"
        alone = replace(_NONE, numbers=(number,))
        yield _Figure(sort, f"{sort}={number.base:g}", number.text, number.start, number.end, alone)
    for date in told.dates:
        sort = "year" if date.month is None else "date"
        value = (
            f"year={date.year}"
            if date.month is None
            else f"date={date.year}-{date.month}-{date.day}"
        )
        yield _Figure(sort, value, date.text, date.start, date.end, replace(_NONE, dates=(date,)))
    for moment in told.moments:
        sort = "weekday" if moment.weekday else "moment"
        alone = replace(_NONE, moments=(moment,))
        yield _Figure(sort, f"{sort}={moment.value}", moment.text, moment.start, moment.end, alone)


def content(text: str) -> frozenset[str]:
    """The words of a text that tell what it is about, its figures as values: the same in 3月 and
    March.
    """
    listed = _listed(text)
    return _words(text, listed) | {figure.value for figure in listed}


def _words(text: str, listed: Sequence[_Figure]) -> frozenset[str]:
    """The words beside the figures, and letters that name things: plan B."""
    text = _without(text, listed)
    return frozenset(terms(text)) | {f"{letter.lower()}." for letter in _LETTER.findall(text)}


def _without(text: str, listed: Sequence[_Figure]) -> str:
    for figure in listed:
        text = f"{text[: figure.start]}{' ' * (figure.end - figure.start)}{text[figure.end :]}"
    return text


def _phrases(text: str, listed: Sequence[_Figure]) -> Iterator[Phrase]:
    """The words that carry a topic, two by two where nothing stands between them: a noun and what
    qualifies it.
    """
    for run in _BETWEEN.split(_without(text, listed).replace("  ", "|")):
        in_order = words(run)
        topic = frozenset(terms(run))
        yield from (pair for pair in pairwise(in_order) if topic.issuperset(pair))


def records(hit: Hit) -> list[Record]:
    """All records of a hit, in order."""
    (heard,) = disregarding([hit])
    passage = heard.passage
    above = comparable(
        "\n".join(
            (hit.document.title, *passage.headings, passage.context, passage.anchor.speaker or "")
        )
    )
    titles, around = above, content(above)
    found: list[Record] = []
    before: list[_Piece] = []
    sections = [before]
    for sentence, texts, head in _sentences(passage.text):
        if heading := _HEADING.fullmatch(sentence):
            above = f"{titles}\n{comparable(heading[1])}"
            around = content(above)
            sections.append(before := [])
            continue
        place = _Place(
            comparable(flat(sentence)), above, around | content(comparable(head)), passage.lang
        )
        earlier: frozenset[str] = frozenset()
        for text in (comparable(flat(text)) for text in texts):
            own, sorts = content(text), _sorts(text)
            near = frozenset() if is_row(sentence) else _free(reversed(before), sorts)
            record = _record(text, place, near, earlier) if sorts else None
            before.append(_Piece(own, sorts, record))
            earlier |= own
    for pieces in sections:
        for at, piece in enumerate(pieces):
            if piece.record is not None:
                found.append(replace(piece.record, later=_free(pieces[at + 1 :], piece.sorts)))
    return found


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece of a section: its words, the sorts of its figures, and the record that it is, if it
    has any.
    """

    own: frozenset[str]
    sorts: frozenset[str]
    record: Record | None


def _free(pieces: Iterable[_Piece], sorts: frozenset[str]) -> frozenset[str]:
    """The words of the first pieces, up to one that tells a figure of those sorts."""
    return frozenset().union(
        *(piece.own for piece in takewhile(lambda piece: not piece.sorts & sorts, pieces))
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands: its sentence, titles and headings above, a line each, their words, and
    the language.
    """

    sentence: str
    above: str
    under: frozenset[str]
    lang: str


def _record(text: str, place: _Place, near: frozenset[str], earlier: frozenset[str]) -> Record:
    listed = _listed(text)
    names = frozenset(
        chain(_phrases(text, listed), *(_phrases(line, ()) for line in place.above.split("\n")))
    )
    return Record(
        place.sentence,
        content(text),
        place.under | near,
        earlier,
        frozenset(),
        content(text[: min(figure.start for figure in listed)]),
        figures(text, everything=True),
        frozenset(figure.sort for figure in listed),
        names,
        f"{place.above}\n{_without(text, listed)}",
        place.lang,
    )


def _sorts(text: str) -> frozenset[str]:
    return frozenset(figure.sort for figure in _listed(text))


def _says(piece: str) -> bool:
    """Whether a piece has words beside its figures: in the 13th and the 14th century are two of one
    thing.
    """
    text = comparable(plain(piece))
    return bool(_words(text, _listed(text)))


def _sentences(text: str) -> Iterator[tuple[str, list[str], str]]:
    """Each heading, sentence or row of a text, the pieces that it is cut into, and the head of a
    row's first column.
    """
    head: Sequence[str] = ()
    spans = [text[start:end] for start, end in sentences(text)]
    for span, following in zip(spans, [*spans[1:], ""], strict=True):
        if rules_off(span):
            continue
        if not is_row(span):
            head = ()
            yield span, list(_clauses(span)), ""
            continue
        cells = [cell.strip() for cell in _BAR.split(span.strip().strip("|"))]
        if rules_off(following):
            head = cells
            continue
        labels = [*head, *[""] * len(cells)]
        yield (
            span,
            [f"{cells[0]} · {labels[at]} · {cells[at]}" for at in range(1, len(cells))],
            labels[0],
        )


def _clauses(span: str) -> Iterator[str]:
    """A sentence, cut between figures of one sort where one thing gives way to another.

    Where more than one comma stands between two figures, what is between is told with both.
    """
    if _HEADING.fullmatch(span) or _TOGETHER.search(span) or not _sorts(comparable(plain(span))):
        yield span
        return
    ends = [match.start() for match in _JOINT.finditer(span)]
    pieces = [span[begin:end] for begin, end in zip([0, *ends], [*ends, len(span)], strict=True)]
    sorts = [_sorts(comparable(plain(piece))) for piece in pieces]
    held = ""
    waiting = 0
    last: frozenset[str] = frozenset()
    for number, (piece, sort) in enumerate(zip(pieces, sorts, strict=True)):
        if sort & last and _says(held) and _says(piece):
            yield held
            strong = [at for at in range(waiting, number + 1) if _STRONG.match(pieces[at])]
            held = "".join(pieces[strong[-1] if strong else waiting : number])
            last = frozenset()
        held += piece
        if sort:
            waiting, last = number + 1, last | sort
    yield held
