"""What checks hold a claim against: the hits that it cites, further hits, and the glossary."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from kb.glossary import Glossary
from kb.text import words
from kb.types import TRUSTED, Hit, Phrase, Ways
from retrieval.checks.claim import Claim
from retrieval.facts.records import Record
from retrieval.facts.source_text import SourceText

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
