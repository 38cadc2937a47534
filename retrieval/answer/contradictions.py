"""Contradictions between sources: a sentence like the cited one in another source, with another
figure or date.
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
class _SourceSentence:
    """A sentence of a source, its span in the passage, its topical words and its figures."""

    hit: Hit
    start: int
    end: int
    text: str
    words: frozenset[str]
    figures: Figures


def find_contradictions(
    question: str, answered: Sequence[Sentence], citations: Sequence[Citation], hits: Sequence[Hit]
) -> tuple[tuple[Differing, ...], tuple[Citation, ...]]:
    """The contradictions between the cited sources and other hits, and the citations with the
    contradicting sources added.

    Another sentence contradicts a cited one when it has nearly the same words, no other name, and
    another value of the same kind in its place, and both name what the question asks about: "it
    grows to 10 cm" is said of many things. It need not where its passage is an edition of the cited
    one. Sources that word it differently are not found.
    """
    asked = frozenset(terms(question))
    found: list[Differing] = []
    given = list(citations)
    known: set[tuple[str, str]] = set()
    for sentence in answered:
        if not figures(comparable(sentence.text), everything=True).written():
            continue
        for citation in citations:
            mine = (
                _cited_sentence(sentence, citation.hit)
                if citation.n in sentence.citations
                else None
            )
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
                values = _contradicting_values(mine, other, sentence, asked)
                if values and values not in known:
                    known.add(values)
                    n = _citation_number(other, given)
                    found.append(Differing(((citation.n, values[0]), (n, values[1]))))
    return tuple(found), tuple(given)


def _cited_sentence(sentence: Sentence, hit: Hit) -> _SourceSentence | None:
    """The hit's sentence that shares most words with that of the answer; None without one."""
    own = frozenset(terms(sentence.text))
    best = max(
        _sentences(hit),
        key=lambda each: len(own & each.words) / (len(own | each.words) or 1),
        default=None,
    )
    return best if best and len(best.words) >= _EDITION else None


def _contradiction(
    mine: _SourceSentence, hit: Hit, asked: frozenset[str]
) -> _SourceSentence | None:
    """The sentence of the other hit with the same words and other figures; None without one."""
    near = [
        each
        for each in _sentences(hit)
        if len(mine.words & each.words) >= _SAME * len(mine.words | each.words)
    ]
    if not near or any(not _contradict(mine, each) for each in near):
        return None
    shared = asked.intersection(words(_full_text(mine.hit)))
    if _are_editions(mine.hit, hit):
        named = shared.intersection(words(mine.text))
        fits = bool(shared) and shared.issubset(words(_full_text(hit)))
    else:
        named = shared
        fits = bool(shared) and len(mine.words) >= _FEWEST and shared.issubset(words(mine.text))
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


def _full_text(hit: Hit) -> str:
    """The title, headings and text of a hit, normalised for comparison."""
    return comparable(
        "\n".join((hit.document.title, *hit.passage.headings, flat(hit.passage.text)))
    )


def _are_editions(one: Hit, other: Hit) -> bool:
    """Whether two passages with their headings differ only in figures and a few words."""
    mine, its = _full_text(one), _full_text(other)
    topics = [
        frozenset(word for word in terms(text) if not word[0].isdigit()) for text in (mine, its)
    ]
    return len(topics[0] & topics[1]) >= _SAME * len(topics[0] | topics[1]) and not _other_names(
        mine, its
    )


def _sentences(hit: Hit) -> Iterator[_SourceSentence]:
    (heard,) = disregarding([hit])
    text = heard.passage.text
    for start, end in sentences(text):
        plain = comparable(flat(text[start:end]))
        found = figures(plain)
        counted = {word for written in found.written() for word in words(written)}
        topic = frozenset(
            word for word in terms(plain) if word not in counted and not word[0].isdigit()
        )
        yield _SourceSentence(hit, start, end, plain, topic, found)


def _contradict(mine: _SourceSentence, other: _SourceSentence) -> bool:
    return all(_differing_figures(mine, other))


def _differing_figures(
    mine: _SourceSentence, other: _SourceSentence
) -> tuple[list[str], list[str]]:
    """The figures that only the first sentence has, and those that only the other has. A mere "one"
    counts where the other has a number instead.
    """
    lost, instead = _lacking(mine.figures, other), _lacking(other.figures, mine)
    if bool(lost) != bool(instead):
        lost, instead = (
            _lacking(figures(one.text, everything=True), two)
            for one, two in ((mine, other), (other, mine))
        )
    return lost, instead


def _lacking(claimed: Figures, sentence: _SourceSentence) -> list[str]:
    """The figures of another sentence that this one lacks."""
    return figures(sentence.text, everything=True).lacking(claimed)


def _other_names(mine: str, other: str) -> bool:
    """Whether one of two texts has a name that the other lacks: they may differ in topic."""
    for one, told in ((mine, other), (other, mine)):
        if capitals_lacking(one, frozenset(words(told)), squash(told)):
            return True
        if nouns_lacking(one, SourceText("", told, told)):
            return True
    return False


def _contradicting_values(
    mine: _SourceSentence, other: _SourceSentence, sentence: Sentence, asked: frozenset[str]
) -> tuple[str, str] | None:
    """The figure of the cited sentence and that of the other source; None where they can't be
    paired.

    Of several pairs, it is the first in the clause that names most of what the question asks about.
    """
    lost, instead = _differing_figures(mine, other)
    if len(lost) != len(instead) or [_kind_of_figure(mine, each) for each in lost] != [
        _kind_of_figure(other, each) for each in instead
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


def _kind_of_figure(sentence: _SourceSentence, written: str) -> str:
    """The kind of a figure: a percentage is no number of people."""
    every = (sentence.figures, figures(sentence.text, everything=True))
    return next((sort for found in every for sort, text in found.sorted() if text == written), "")


def _citation_number(other: _SourceSentence, given: list[Citation]) -> int:
    """The number of the source among the citations, to which it is added where it is missing."""
    for citation in given:
        if citation.hit.passage.id == other.hit.passage.id:
            return citation.n
    start, end = other.start, other.end
    anchor = narrow(other.hit.passage, start, end)
    quote = other.hit.passage.text[start:end]
    url = link(other.hit, anchor, start, end)
    given.append(Citation(len(given) + 1, other.hit, quote, anchor, url))
    return len(given)
