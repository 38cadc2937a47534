"""Evidence: what the hits that a claim cites say, read once for all claims that cite them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from kb.types import Hit, Phrase
from retrieval.checks.claim import Claim
from retrieval.checks.dictionary import Dictionary
from retrieval.facts.records import Record
from retrieval.facts.source_text import SourceText

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
