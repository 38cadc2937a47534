"""Figures of a claim that stand nowhere in the source, or there as another bound or period."""

from __future__ import annotations

from retrieval.checks.claim import Claim
from retrieval.checks.evidence import Evidence
from retrieval.checks.finding import Fault, Finding


def missing_figures(claim: Claim, evidence: Evidence) -> Finding | None:
    """The figures that the source lacks, or all of them means otherwise: at most 6, not over 6."""
    known = evidence.cited.figures
    lacking = known.lacking(claim.figures)
    is_opposed = set(lacking).issubset(known.opposing(claim.figures))
    return Finding.of(Fault.BOUND if is_opposed else Fault.FIGURE, lacking)
