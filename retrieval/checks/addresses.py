"""Addresses of pages and mailboxes in a claim that the source does not have."""

from __future__ import annotations

import re

from retrieval.checks.claim import Claim
from retrieval.checks.evidence import Evidence
from retrieval.checks.finding import Fault, Finding

_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>()\[\]，。；]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.I
)


def wrong_address(claim: Claim, evidence: Evidence) -> Finding | None:
    """The addresses of a claim, as written, that don't stand in the source."""
    written = (match[0].rstrip(".,;:!?") for match in _ADDRESS.finditer(claim.sentence))
    known = evidence.cited.raw.lower()
    return Finding.of(Fault.ADDRESS, (each for each in written if each.lower() not in known))
