"""Sources that contradict what an answer rests on: the same sentence elsewhere, with another figure or date in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.text import flat, sentences, terms, words
from kb.types import Citation, Differing, Hit, Sentence
from retrieval.citing import link, narrow
from retrieval.disregarding import disregarding
from retrieval.verifying.figures import Figures, comparable, figures
from retrieval.verifying.names import capitals_lacking, nouns_lacking
from retrieval.verifying.told import Told, squash

_SAME = 0.75  # share of all words but figures that two sentences about the same thing have in common
_FEWEST = 3  # such words: less is said of anything
_HITS = 10  # that are looked at


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence of a source, at start to end of its passage, its topic's words and its figures."""

    hit: Hit
    start: int
    end: int
    text: str
    words: frozenset[str]
    figures: Figures


def differing(
    question: str, said: Sequence[Sentence], citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[tuple[Differing, ...], tuple[Citation, ...]]:
    """What the sources contradict each other in, and the citations, with those added that the answer does not have.

    Only what nearly has the words of a sentence that the answer rests on, no other name, and another value of the same
    sort in its place; and only where both name in the sentence itself what is asked about, since "it grows to 10 cm" is
    said of many things. Sources that tell it in words of their own are not found.
    """
    asked = frozenset(terms(question))
    found: list[Differing] = []
    given = list(citations)
    for sentence in said:
        if not figures(comparable(sentence.text)).written():
            continue
        for citation in citations:
            mine = _resting(sentence, citation.hit) if citation.n in sentence.citations else None
            if mine is None or not (named := _named(asked, mine)):
                continue
            for hit in hits[:_HITS]:
                other = None if hit.document.id == citation.hit.document.id else _contradiction(mine, hit, named)
                if other is None:
                    continue
                values = _values(mine, other, sentence)
                if values and all(values[1] != value for each in found for _, value in each.values):
                    n = _number(other, given)
                    found.append(Differing(((citation.n, values[0]), (n, values[1]))))
    return tuple(found), tuple(given)


def _resting(sentence: Sentence, hit: Hit) -> _Said | None:
    """The sentence of the hit that the answer's sentence rests on."""
    own = frozenset(terms(sentence.text))
    best = max(_sentences(hit), key=lambda each: len(own & each.words) / (len(own | each.words) or 1), default=None)
    return best if best and len(best.words) >= _FEWEST else None


def _named(asked: frozenset[str], mine: _Said) -> frozenset[str]:
    """What of the question the source tells of, where the sentence names all of it."""
    hit = mine.hit
    told = asked.intersection(words("\n".join((hit.document.title, *hit.passage.headings, flat(hit.passage.text)))))
    return told if told.issubset(words(mine.text)) else frozenset()


def _contradiction(mine: _Said, hit: Hit, named: frozenset[str]) -> _Said | None:
    """The sentence of another source that says the same of what is named, with other figures."""
    near = [each for each in _sentences(hit) if len(mine.words & each.words) >= _SAME * len(mine.words | each.words)]
    if not near or any(not _differ(mine, each) for each in near):
        return None
    return next((each for each in near if named.issubset(words(each.text)) and not _other_names(mine, each)), None)


def _sentences(hit: Hit) -> Iterator[_Said]:
    (heard,) = disregarding([hit])
    text = heard.passage.text
    for start, end in sentences(text):
        plain = comparable(flat(text[start:end]))
        found = figures(plain)
        counted = {word for written in found.written() for word in words(written)}
        topic = frozenset(word for word in terms(plain) if word not in counted and not word[0].isdigit())
        yield _Said(hit, start, end, plain, topic, found)


def _differ(mine: _Said, other: _Said) -> bool:
    return bool(_lacking(mine, other) and _lacking(other, mine))


def _lacking(claimed: _Said, told: _Said) -> list[str]:
    """The figures of one sentence that the other lacks."""
    return figures(told.text, everything=True).lacking(claimed.figures)


def _other_names(mine: _Said, other: _Said) -> bool:
    """Whether one of the two names what the other does not: then they may be about two things."""
    for one, told in ((mine, other), (other, mine)):
        if capitals_lacking(one.text, frozenset(words(told.text)), squash(told.text)):
            return True
        if nouns_lacking(one.text, Told("", told.text, told.text)):
            return True
    return False


def _values(mine: _Said, other: _Said, sentence: Sentence) -> tuple[str, str] | None:
    """The first figure that the answer has of its source, and what the other source says instead."""
    lost, instead = _lacking(mine, other), _lacking(other, mine)
    if len(lost) != len(instead) or [_sort(mine, each) for each in lost] != [_sort(other, each) for each in instead]:
        return None
    answered = figures(comparable(sentence.text), everything=True)
    unsaid = answered.lacking(mine.figures)
    return next(((one, two) for one, two in zip(lost, instead, strict=True) if one not in unsaid), None)


def _sort(said: _Said, written: str) -> str:
    """What sort of figure it is: 5% is no number of people."""
    return next((sort for sort, text in said.figures.sorted() if text == written), "")


def _number(other: _Said, given: list[Citation]) -> int:
    """The number of the source among the citations, of which it is made one if it is none yet."""
    for citation in given:
        if citation.hit.passage.id == other.hit.passage.id:
            return citation.n
    anchor = narrow(other.hit.passage, other.start, other.end)
    quote = other.hit.passage.text[other.start : other.end]
    given.append(Citation(len(given) + 1, other.hit, quote, anchor, link(other.hit, anchor)))
    return len(given)
