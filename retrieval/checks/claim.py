"""What checks are made on: a claim, read once for all, its evidence, and the findings of a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache

from kb.glossary import Glossary
from kb.text import flat, language, terms, words
from kb.types import TRUSTED, Hit, Phrase, Ways
from kb.writers import unnumbered
from retrieval.facts.figures import Figures, figures
from retrieval.facts.placed_figures import ClaimedFigure, claimed_figures
from retrieval.facts.polarity import Polarity, denials, polarity
from retrieval.facts.records import Record
from retrieval.facts.source_text import SourceText, topic_words
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


# --- what a claim is held against -----------------------------------------------------------------

Open = Callable[[], Glossary | None]
_TEXTS = 64  # of which it keeps what their words mean


class Dictionary:
    """Looks words up in the glossary, which is only opened when a claim needs it, and may be missing."""

    def __init__(self, open_glossary: Open) -> None:
        self._open = open_glossary
        self.meanings = lru_cache(maxsize=_TEXTS)(self._meanings)

    @cached_property
    def glossary(self) -> Glossary | None:
        """The glossary itself."""
        return self._open()

    def translations(self, phrases: Iterable[Phrase]) -> Mapping[Phrase, Ways]:
        """What phrases mean in the other language; empty without a glossary."""
        return self.glossary.translations(phrases) if self.glossary else {}

    def _meanings(self, listed: tuple[str, ...]) -> frozenset[Phrase]:
        """The trusted translations of some words."""
        found = self.translations((word,) for word in listed)
        return frozenset(way for ways in found.values() for way in trusted(ways))

    def is_common(self, token: str) -> bool:
        """Whether it has each word of a token; without a glossary any may be common."""
        return self.glossary is None or self.has(token)

    def has(self, token: str) -> bool:
        """Whether it has each word of a token."""
        own = {(word,) for word in words(token)}
        return own <= self.translations(own).keys()


def trusted(ways: Ways) -> list[Phrase]:
    """The translations that a word surely has."""
    return [way for way, weight in ways.items() if weight >= TRUSTED]


_NEAR = 0.6  # the share of words from which a sentence of the source is what the claim rests on
_ABOUT_AS_NEAR = 0.9  # of the best share, from which another sentence is its basis too


@dataclass(frozen=True)
class Evidence:
    """The cited hits with their text, further hits that were found, and the dictionary.

    `read_records` gives the records of hits; they are only read where a claim has figures.
    """

    cited: SourceText
    hits: Sequence[Hit]
    others: Sequence[Hit]
    dictionary: Dictionary
    read_records: Callable[[Sequence[Hit]], list[Record]]

    @cached_property
    def records(self) -> list[Record]:
        """The records of the cited hits."""
        return self.read_records(self.hits)

    @cached_property
    def other_records(self) -> list[Record]:
        """The records of the further hits."""
        return self.read_records([hit for hit in self.others if hit not in self.hits])

    @property
    def meanings(self) -> frozenset[Phrase]:
        """What the cited words mean in the other language."""
        return self.dictionary.meanings(self.cited.terms)


@dataclass(frozen=True, slots=True)
class Basis:
    """The sentences that a claim keeps close to.

    `share` is the share of its words that they hold, `alike` what they have in common of all words.
    """

    sentences: tuple[str, ...]
    share: float
    alike: float


def basis(claim: Claim, cited: SourceText) -> Basis | None:
    """The sentences that a claim rests on; None where none of the source is near its words."""
    own = claim.words
    if not own:
        return None
    shares = [
        (len(own & held) / len(own), len(own & held) / len(own | held))
        for _, held in cited.sentences
    ]
    share, alike = max(shares, default=(0.0, 0.0))
    if share < _NEAR:
        return None
    near = [
        sentence
        for (sentence, _), (held, _) in zip(cited.sentences, shares, strict=True)
        if held >= _ABOUT_AS_NEAR * share
    ]
    return Basis(tuple(near), share, alike)
