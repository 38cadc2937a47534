"""Sources that contradict what an answer rests on: the same sentence elsewhere, with another figure
or date in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.injection_filter import disregarding
from kb.text import flat, sentences, terms, words
from kb.types import Citation, Differing, Hit, Sentence
from retrieval.answer.citations import link, narrow
from retrieval.facts.figures import Figures, figures
from retrieval.facts.name_forms import capitals_lacking, nouns_lacking
from retrieval.facts.source_text import SourceText
from retrieval.facts.written_form import comparable, squash

# share of all words but figures that two sentences, or passages, about the same thing have in
# common
_SAME = 0.75
_FEWEST = 3  # such words: less is said of anything, but in what is an edition of the other
_EDITION = 2
_HITS = 10  # that are looked at
_CLAUSES = re.compile(r"[，；;：:]|,(?!\d)")


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
    """What the sources contradict each other in, and the citations, with those added that the
    answer does not have.

    Only what nearly has the words of a sentence that the answer rests on, no other name, and
    another value of the same sort in its place; and only where both name in the sentence itself
    what is asked about, since "it grows to 10 cm" is said of many things, or where the one passage
    is an edition of the other. Sources that tell it in words of their own are not found.
    """
    asked = frozenset(terms(question))
    found: list[Differing] = []
    given = list(citations)
    told: set[tuple[str, str]] = set()
    for sentence in said:
        if not figures(comparable(sentence.text), everything=True).written():
            continue
        for citation in citations:
            mine = _resting(sentence, citation.hit) if citation.n in sentence.citations else None
            if mine is None:
                continue
            for hit in hits[:_HITS]:
                other = (
                    None
                    if hit.document.id == citation.hit.document.id
                    else _contradiction(mine, hit, asked)
                )
                if other is None:
                    continue
                values = _values(mine, other, sentence, asked)
                if values and values not in told:
                    told.add(values)
                    n = _number(other, given)
                    found.append(Differing(((citation.n, values[0]), (n, values[1]))))
    return tuple(found), tuple(given)


def _resting(sentence: Sentence, hit: Hit) -> _Said | None:
    """The sentence of the hit that the answer's sentence rests on."""
    own = frozenset(terms(sentence.text))
    best = max(
        _sentences(hit),
        key=lambda each: len(own & each.words) / (len(own | each.words) or 1),
        default=None,
    )
    return best if best and len(best.words) >= _EDITION else None


def _contradiction(mine: _Said, hit: Hit, asked: frozenset[str]) -> _Said | None:
    """The sentence of another source that says the same of what is asked about, with other figures."""
    near = [
        each
        for each in _sentences(hit)
        if len(mine.words & each.words) >= _SAME * len(mine.words | each.words)
    ]
    if not near or any(not _differ(mine, each) for each in near):
        return None
    told = asked.intersection(words(_whole(mine.hit)))
    if _editions(mine.hit, hit):
        named = told.intersection(words(mine.text))
        fits = bool(told) and told.issubset(words(_whole(hit)))
    else:
        named = told
        fits = bool(told) and len(mine.words) >= _FEWEST and told.issubset(words(mine.text))
    if not fits:
        return None
    return next(
        (
            each
            for each in near
            if named.issubset(words(each.text)) and not _other_names(mine.text, each.text)
        ),
        None,
    )


def _whole(hit: Hit) -> str:
    return comparable(
        "\n".join((hit.document.title, *hit.passage.headings, flat(hit.passage.text)))
    )


def _editions(one: Hit, other: Hit) -> bool:
    """Whether two passages with all that they stand under are the same but for figures and a few
    words, no names.
    """
    mine, its = _whole(one), _whole(other)
    topics = [
        frozenset(word for word in terms(text) if not word[0].isdigit()) for text in (mine, its)
    ]
    return len(topics[0] & topics[1]) >= _SAME * len(topics[0] | topics[1]) and not _other_names(
        mine, its
    )


def _sentences(hit: Hit) -> Iterator[_Said]:
    (heard,) = disregarding([hit])
    text = heard.passage.text
    for start, end in sentences(text):
        plain = comparable(flat(text[start:end]))
        found = figures(plain)
        counted = {word for written in found.written() for word in words(written)}
        topic = frozenset(
            word for word in terms(plain) if word not in counted and not word[0].isdigit()
        )
        yield _Said(hit, start, end, plain, topic, found)


def _differ(mine: _Said, other: _Said) -> bool:
    return all(_exchanged(mine, other))


def _exchanged(mine: _Said, other: _Said) -> tuple[list[str], list[str]]:
    """The figures that either has and the other lacks; a mere "one" counts where the other has a
    number instead.
    """
    lost, instead = _lacking(mine.figures, other), _lacking(other.figures, mine)
    if bool(lost) != bool(instead):
        lost, instead = (
            _lacking(figures(said.text, everything=True), told)
            for said, told in ((mine, other), (other, mine))
        )
    return lost, instead


def _lacking(claimed: Figures, told: _Said) -> list[str]:
    """The figures that a sentence lacks."""
    return figures(told.text, everything=True).lacking(claimed)


def _other_names(mine: str, other: str) -> bool:
    """Whether one of the two names what the other does not: then they may be about two things."""
    for one, told in ((mine, other), (other, mine)):
        if capitals_lacking(one, frozenset(words(told)), squash(told)):
            return True
        if nouns_lacking(one, SourceText("", told, told)):
            return True
    return False


def _values(
    mine: _Said, other: _Said, sentence: Sentence, asked: frozenset[str]
) -> tuple[str, str] | None:
    """The figure that the answer has of its source, and what the other source says instead.

    Of several it is the first that stands in the clause with most of what is asked about.
    """
    lost, instead = _exchanged(mine, other)
    if len(lost) != len(instead) or [_sort(mine, each) for each in lost] != [
        _sort(other, each) for each in instead
    ]:
        return None
    answered = figures(comparable(sentence.text), everything=True)
    unsaid = answered.lacking(figures(mine.text, everything=True))
    clauses = [(clause, asked.intersection(words(clause))) for clause in _CLAUSES.split(mine.text)]
    return max(
        ((one, two) for one, two in zip(lost, instead, strict=True) if one not in unsaid),
        key=lambda pair: max(
            (len(held) for clause, held in clauses if pair[0] in clause), default=0
        ),
        default=None,
    )


def _sort(said: _Said, written: str) -> str:
    """What sort of figure it is: 5% is no number of people."""
    every = (said.figures, figures(said.text, everything=True))
    return next((sort for found in every for sort, text in found.sorted() if text == written), "")


def _number(other: _Said, given: list[Citation]) -> int:
    """The number of the source among the citations, of which it is made one if it is none yet."""
    for citation in given:
        if citation.hit.passage.id == other.hit.passage.id:
            return citation.n
    anchor = narrow(other.hit.passage, other.start, other.end)
    quote = other.hit.passage.text[other.start : other.end]
    given.append(Citation(len(given) + 1, other.hit, quote, anchor, link(other.hit, anchor)))
    return len(given)
