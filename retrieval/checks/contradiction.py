"""A claim that says the opposite of the sentences that it rests on."""

from __future__ import annotations

from retrieval.checks.claim import Claim
from retrieval.checks.evidence import Evidence, basis
from retrieval.checks.finding import Fault, Finding
from retrieval.facts.polarity import polarity


def contradiction(claim: Claim, evidence: Evidence) -> Finding | None:
    """A denial put in or taken away, or an opposite in place of a word: optional for mandatory."""
    near = basis(claim, evidence.cited)
    if near is None:
        return None
    opposed = all(
        claim.polarity.contradicts(polarity(sentence), near.alike) for sentence in near.sentences
    )
    return Finding(Fault.DENIAL, source=near.sentences[0]) if opposed else None
