"""A claim: a sentence of an answer, read once for all checks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from kb.citation_marks import unnumbered
from kb.text import flat, language, terms, words
from retrieval.facts.clauses import ClaimedFigure, claimed_figures
from retrieval.facts.figures import Figures, figures
from retrieval.facts.polarity import Polarity, denials, polarity
from retrieval.facts.source_text import topic_words
from retrieval.facts.written_form import comparable, quotation_key

_LONGEST = 4000


@dataclass(frozen=True)
class Claim:
    """A sentence as it is written, and what it says."""

    sentence: str

    @cached_property
    def text(self) -> str:
        """The `comparable` sentence without markup and without the number of a list's item."""
        return comparable(unnumbered(self._shown))

    @cached_property
    def _shown(self) -> str:
        return flat(self.sentence)[:_LONGEST]

    @cached_property
    def quotation_keys(self) -> frozenset[str]:
        """What a sentence of a source has if this quotes it."""
        return frozenset((quotation_key(self.text), quotation_key(comparable(self._shown))))

    @cached_property
    def figures(self) -> Figures:
        """What is meant as a figure in it."""
        return figures(self.text)

    @cached_property
    def claimed_figures(self) -> tuple[ClaimedFigure, ...]:
        """Each of its figures with the clause that tells it."""
        return tuple(claimed_figures(self.text))

    @cached_property
    def polarity(self) -> Polarity:
        """What it denies and what it says."""
        return polarity(self.text)

    @cached_property
    def language(self) -> str:
        """The language that it is written in."""
        return language(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        """Its words that carry a topic, but for numbers."""
        return topic_words(self.text)

    @cached_property
    def subject_words(self) -> tuple[str, ...]:
        """Its words that carry a topic, but for figures and denials."""
        counted = {word for text in self.figures.written() for word in words(text)} | denials()
        return tuple(
            word for word in terms(self.text) if word not in counted and not word[0].isdigit()
        )
