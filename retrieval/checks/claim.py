"""A claim: a sentence of an answer, read once for all checks, and what a check finds wrong with it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from kb.citation_marks import unnumbered
from kb.text import flat, language, terms, words
from retrieval.facts.figures import Figures, figures
from retrieval.facts.placed_figures import ClaimedFigure, claimed_figures
from retrieval.facts.polarity import Polarity, denials, polarity
from retrieval.facts.source_text import topic_words
from retrieval.facts.text import comparable, quotation_key

_LONGEST = 4000  # characters of a sentence that are read
_LONGEST_QUOTE = 120  # characters of a source's sentence in a reason


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


class Fault(Enum):
    """The kinds of faults, each with the words that a reason begins with."""

    ADDRESS = "addresses not in what it cites"
    FIGURE = "figures not in what it cites"
    BOUND = "figures that what it cites means otherwise"
    NAME = "names not in what it cites"
    SUBJECT = "what it cites is about something else"
    DENIAL = "what it cites says otherwise"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a claim, with the words of the claim that have it and a sentence of the source."""

    fault: Fault
    words: tuple[str, ...] = ()
    source: str = ""
    joint: str = "in"

    @classmethod
    def of(cls, fault: Fault, words: Iterable[str], source: str = "") -> Finding | None:
        """A fault of some words; None where there are none."""
        listed = tuple(words)
        return cls(fault, listed, source) if listed else None

    @property
    def reason(self) -> str:
        """The fault in words, for readers of the answer."""
        named = ", ".join(self.words)
        quoted = f"“{_short(self.source)}”" if self.source else ""
        if named and quoted:
            named += f" {self.joint}: "
        return ": ".join(filter(None, (self.fault.value, named + quoted)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1].rstrip() + "…"
