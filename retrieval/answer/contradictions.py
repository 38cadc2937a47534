"""Contradictions between sources: a sentence like the cited one in another source, with another
figure or date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.injection import disregarding
from kb.text import flat, sentences, terms, words
from kb.types import Citation, Differing, Hit, Sentence
from retrieval.answer.citations import link, narrow
from retrieval.facts.figures import Figures, figures
from retrieval.facts.names import capitals_lacking, nouns_lacking
from retrieval.facts.source_text import SourceText, topic_words
from retrieval.facts.text import clauses, comparable, squash

_SAME = 0.75  # the share of words from which two sentences, or passages, are of the same thing
_MAYBE = 0.5  # of the shorter one's words, figures among them, from which that is looked at
_FEWEST = 3  # words but figures: less is said of anything, but in what is an edition of the other
_EDITION = 2
_HITS = 10  # that are looked at


@dataclass(frozen=True)
class _SourceSentence:
    """A sentence of a source with its span in the passage, `comparable`."""

    hit: Hit
    start: int
    end: int
    text: str

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words that carry a topic, but for digits."""
        return topic_words(self.text)

    @cached_property
    def figures(self) -> Figures:
        """What is meant as a figure in it."""
        return figures(self.text)

    @cached_property
    def all_figures(self) -> Figures:
        """All that may be a figure in it, a mere "one" too."""
        return figures(self.text, everything=True)

    @cached_property
    def topic(self) -> frozenset[str]:
        """Its words without those of its figures."""
        counted = {word for written in self.figures.written() for word in words(written)}
        return self.words - counted


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
    contradictions: dict[tuple[str, str], Differing] = {}
    cited = list(citations)
    read = {hit.passage.id: _sentences(hit) for hit in (*(c.hit for c in citations), *hits[:_HITS])}
    for sentence in answered:
        for citation in (each for each in citations if each.n in sentence.citations):
            mine = _cited_sentence(sentence, read[citation.hit.passage.id])
            if mine is None:
                continue
            for hit in hits[:_HITS]:
                if hit.document.id == citation.hit.document.id:
                    continue
                other = _contradiction(mine, read[hit.passage.id], asked)
                values = other and _contradicting_values(mine, other, sentence, asked)
                if other and values and values not in contradictions:
                    n = _citation_number(other, cited)
                    sides = ((citation.n, values[0]), (n, values[1]))
                    contradictions[values] = Differing(sides)
    return tuple(contradictions.values()), tuple(cited)


def _cited_sentence(
    sentence: Sentence, source: Sequence[_SourceSentence]
) -> _SourceSentence | None:
    """The source's sentence that shares most words with that of the answer; None without one."""
    own = topic_words(comparable(sentence.text))
    best = max(
        source,
        key=lambda candidate: len(own & candidate.words) / (len(own | candidate.words) or 1),
        default=None,
    )
    return best if best and len(best.words) >= _EDITION else None


def _contradiction(
    mine: _SourceSentence, source: Sequence[_SourceSentence], asked: frozenset[str]
) -> _SourceSentence | None:
    """The sentence of another hit with the same words and other figures; None without one."""
    near = [other for other in source if _are_of_the_same(mine, other)]
    if not near or any(not _contradict(mine, other) for other in near):
        return None
    hit = near[0].hit
    shared = asked.intersection(words(_full_text(mine.hit)))
    if _are_editions(mine.hit, hit):
        named = shared.intersection(words(mine.text))
        fits = bool(shared) and shared.issubset(words(_full_text(hit)))
    else:
        named = shared
        fits = bool(shared) and len(mine.topic) >= _FEWEST and shared.issubset(words(mine.text))
    if not fits:
        return None
    return next(
        (
            other
            for other in near
            if named.issubset(words(other.text)) and not _other_names(mine.text, other.text)
        ),
        None,
    )


def _are_of_the_same(mine: _SourceSentence, other: _SourceSentence) -> bool:
    """Whether two sentences have most words in common; figures are only read of some."""
    if len(mine.words & other.words) < _MAYBE * min(len(mine.words), len(other.words)):
        return False
    both, either = mine.topic & other.topic, mine.topic | other.topic
    return len(mine.topic) >= _EDITION and len(both) >= _SAME * len(either)


def _full_text(hit: Hit) -> str:
    """The title, headings and text of a hit, `comparable`."""
    return comparable(
        "\n".join((hit.document.title, *hit.passage.headings, flat(hit.passage.text)))
    )


def _are_editions(one: Hit, other: Hit) -> bool:
    """Whether two passages with their headings differ only in figures and a few words."""
    mine, its = _full_text(one), _full_text(other)
    one_topic, other_topic = topic_words(mine), topic_words(its)
    is_alike = len(one_topic & other_topic) >= _SAME * len(one_topic | other_topic)
    return is_alike and not _other_names(mine, its)


def _sentences(hit: Hit) -> list[_SourceSentence]:
    (shown,) = disregarding([hit])
    text = shown.passage.text
    return [
        _SourceSentence(hit, start, end, comparable(flat(text[start:end])))
        for start, end in sentences(text)
    ]


def _contradict(mine: _SourceSentence, other: _SourceSentence) -> bool:
    return all(_differing_figures(mine, other))


def _differing_figures(
    mine: _SourceSentence, other: _SourceSentence
) -> tuple[list[str], list[str]]:
    """The figures that only the first sentence has, and those that only the other has. A mere "one"
    counts where the other has a number instead.
    """
    lost = other.all_figures.lacking(mine.figures)
    instead = mine.all_figures.lacking(other.figures)
    if bool(lost) != bool(instead):
        lost = other.all_figures.lacking(mine.all_figures)
        instead = mine.all_figures.lacking(other.all_figures)
    return lost, instead


def _other_names(mine: str, other: str) -> bool:
    """Whether one of two texts has a name that the other lacks: they may differ in topic."""
    for one, two in ((mine, other), (other, mine)):
        if capitals_lacking(one, frozenset(words(two)), squash(two)):
            return True
        if nouns_lacking(one, SourceText("", two, two)):
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
    sorts = [_sort_of_figure(mine, text) for text in lost]
    if sorts != [_sort_of_figure(other, text) for text in instead]:
        return None
    answered = figures(comparable(sentence.text), everything=True)
    unsaid = answered.lacking(mine.all_figures)
    named = [(clause, asked.intersection(words(clause))) for clause in clauses(mine.text)]
    return max(
        ((one, two) for one, two in zip(lost, instead, strict=True) if one not in unsaid),
        key=lambda pair: max((len(held) for clause, held in named if pair[0] in clause), default=0),
        default=None,
    )


def _sort_of_figure(sentence: _SourceSentence, written: str) -> str:
    """The sort of a figure: a percentage is no number of people."""
    every = (*sentence.figures.by_sort(), *sentence.all_figures.by_sort())
    return next((sort for sort, text in every if text == written), "")


def _citation_number(other: _SourceSentence, cited: list[Citation]) -> int:
    """The number of the source among the citations, to which it is added where it is missing."""
    for citation in cited:
        if citation.hit.passage.id == other.hit.passage.id:
            return citation.n
    start, end = other.start, other.end
    anchor = narrow(other.hit.passage, start, end)
    quote = other.hit.passage.text[start:end]
    url = link(other.hit, anchor, start, end)
    cited.append(Citation(len(cited) + 1, other.hit, quote, anchor, url))
    return len(cited)
