"""Whether a claim stands in the source word for word, so that nothing else needs checking."""

from __future__ import annotations

from retrieval.checks.addresses import wrong_address
from retrieval.checks.claim import Claim
from retrieval.checks.evidence import Evidence


def is_quotation(claim: Claim, evidence: Evidence) -> bool:
    """Whether the source has a sentence that is the same, its addresses too."""
    quotes = not claim.quotation_keys.isdisjoint(evidence.cited.quotable)
    return quotes and wrong_address(claim, evidence) is None
