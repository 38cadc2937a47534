"""Figures in their places: each with the clause that tells it, and the words beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from kb.text import plain, terms, words
from kb.types import Phrase
from retrieval.facts.figures import Figures, figures
from retrieval.facts.text import HEADING, blanked, comparable

# Where one thing gives way to another, in a sentence that has figures of both.
_JOINT = re.compile(
    r"[;；\n]|(?<!\d)[,，、]|[,，、](?!\d)|\b(?:and|but|while|whereas|or)\b|而|[和与及]"
)
_STRONG_JOINT = re.compile(r"[;；\n]|and|but|while|whereas|or|而|[和与及]")
_TOGETHER = re.compile(r"\brespectively\b|分别|各为|依次", re.I)
# A capital that stands alone, as in plan B, but no initial, pronoun or article.
_LETTER = re.compile(
    r"(?<![A-Za-z.'’&-])[B-HJ-Z](?![A-Za-z.'’&-])"
    r"|(?<=[a-z] )A(?= [a-z])|(?<![A-Za-z])A(?=[^\x00-\x7f])"
)
_BETWEEN_WORDS = re.compile(r"[^\w\s'’-]+")


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    """One figure at [start, end) of a text.

    `sort` is what it may be compared with, such as money or date, `value` the same however it is
    written, `figures` the figure by itself.
    """

    sort: str
    value: str
    text: str
    start: int
    end: int
    figures: Figures


@dataclass(frozen=True, slots=True)
class ClaimedFigure:
    """One figure of a sentence with the clause that tells it.

    `words` are those of the clause, the values of its other figures among them, `phrases` its words
    two by two, `bare` is the clause without figures.
    """

    figure: PlacedFigure
    words: frozenset[str]
    phrases: frozenset[Phrase]
    bare: str

    @property
    def periods(self) -> frozenset[str]:
        """The words for what its figure is told per: year of 480 dollars a year."""
        return frozenset(
            word
            for number in self.figure.figures.numbers
            for period in number.periods
            for word in words(period)
        )


def claimed_figures(sentence: str) -> Iterator[ClaimedFigure]:
    """Each figure of a sentence with the clause that tells it."""
    for clause in figure_clauses(sentence):
        beside = placed_figures(clause)
        topic = _topic(clause)
        pairs = phrases(clause)
        for figure in beside:
            others = {other.value for other in beside if other is not figure}
            yield ClaimedFigure(figure, topic | others, pairs, without_figures(clause))


@lru_cache(maxsize=1024)  # a clause is asked for where it ends, for its words and for its figures
def placed_figures(text: str) -> tuple[PlacedFigure, ...]:
    """The figures of a text one by one."""
    return tuple(_placed(figures(text)))


def _placed(found: Figures) -> Iterator[PlacedFigure]:
    for number in found.numbers:
        is_year = number.unit is None and 1000 <= number.value <= 2100 and len(number.text) == 4
        sort = number.dimension.split()[0] if number.unit else "year" if is_year else "number"
        value = f"{sort}={number.base:g}"
        alone = Figures(numbers=(number,))
        yield PlacedFigure(sort, value, number.text, number.start, number.end, alone)
    for date in found.dates:
        sort = "year" if date.month is None else "date"
        parts = (date.year,) if date.month is None else (date.year, date.month, date.day)
        value = f"{sort}={'-'.join(map(str, parts))}"
        yield PlacedFigure(sort, value, date.text, date.start, date.end, Figures(dates=(date,)))
    for moment in found.moments:
        sort = "weekday" if moment.weekday else "moment"
        value = f"{sort}={moment.value}"
        alone = Figures(moments=(moment,))
        yield PlacedFigure(sort, value, moment.text, moment.start, moment.end, alone)


def content(text: str) -> frozenset[str]:
    """The words of a text that tell what it is about, its figures as values: of 3月 as of March."""
    return _topic(text) | {figure.value for figure in placed_figures(text)}


def sorts(text: str) -> frozenset[str]:
    """The sorts of the figures in a text."""
    return frozenset(figure.sort for figure in placed_figures(text))


def without_figures(text: str) -> str:
    """The text with spaces in place of its figures."""
    return blanked(text, [(figure.start, figure.end) for figure in placed_figures(text)])


def _topic(text: str) -> frozenset[str]:
    """The words beside the figures, and letters that name things: plan B."""
    text = without_figures(text)
    return frozenset(terms(text)) | {f"{letter.lower()}." for letter in _LETTER.findall(text)}


def phrases(text: str) -> frozenset[Phrase]:
    """Pairs of words that stand side by side, such as a noun and what qualifies it."""
    return pairs_of_words(without_figures(text))


def pairs_of_words(text: str) -> frozenset[Phrase]:
    """The same of a text without figures."""
    found: set[Phrase] = set()
    for run in _BETWEEN_WORDS.split(text.replace("  ", "|")):
        topic = frozenset(terms(run))
        found.update(pair for pair in pairwise(words(run)) if topic.issuperset(pair))
    return frozenset(found)


def figure_clauses(span: str) -> Iterator[str]:
    """A sentence, cut between figures of one sort where one thing gives way to another.

    Where more than one comma stands between two figures, what is between is told with both.
    """
    if HEADING.fullmatch(span) or _TOGETHER.search(span) or not _sorts_shown(span):
        yield span
        return
    ends = [match.start() for match in _JOINT.finditer(span)]
    pieces = [span[begin:end] for begin, end in zip([0, *ends], [*ends, len(span)], strict=True)]
    held = ""
    waiting = 0
    last: frozenset[str] = frozenset()
    for number, piece in enumerate(pieces):
        sort = _sorts_shown(piece)
        if sort & last and _has_topic(held) and _has_topic(piece):
            yield held
            strong = [at for at in range(waiting, number + 1) if _STRONG_JOINT.match(pieces[at])]
            held = "".join(pieces[strong[-1] if strong else waiting : number])
            last = frozenset()
        held += piece
        if sort:
            waiting, last = number + 1, last | sort
    yield held


def _sorts_shown(span: str) -> frozenset[str]:
    return sorts(comparable(plain(span)))


def _has_topic(piece: str) -> bool:
    """Whether a piece has words beside its figures: "in the 13th" has none."""
    return bool(_topic(comparable(plain(piece))))
