"""Figures that stand in the source, but not in the sentence that a claim nearly quotes."""

from __future__ import annotations

from collections import Counter

from retrieval.checks.claim import Claim
from retrieval.checks.evidence import Basis, Evidence, basis
from retrieval.checks.finding import Fault, Finding
from retrieval.facts.figures import Figures, figures

_QUOTED = 0.75  # the share of words from which a sentence is nearly quoted


def changed_figures(claim: Claim, evidence: Evidence) -> Finding | None:
    """The figures that a claim has in place of those of the sentence that it nearly quotes."""
    near = basis(claim, evidence.cited)
    if near is None or near.share < _QUOTED:
        return None
    changed = _exchanged(claim.figures, near, evidence.cited.around) or _repeated(
        claim.figures, near
    )
    return Finding.of(Fault.FIGURE, changed, near.sentences[0])


def _exchanged(claimed: Figures, near: Basis, around: str) -> list[str]:
    """Figures that neither the sentence nor what stands around has, which has one of their sort."""
    own_text = "\n".join(near.sentences)
    lacking = figures(f"{own_text}\n{around}", everything=True).lacking(claimed)
    if not lacking:
        return []
    sorts = {sort for sort, text in claimed.sorted() if text in lacking}
    instead = figures(own_text)
    left_out = set(claimed.widened().lacking(instead))
    is_exchanged = any(sort in sorts and text in left_out for sort, text in instead.sorted())
    return lacking if is_exchanged else []


def _repeated(claimed: Figures, near: Basis) -> list[str]:
    """Numbers that a claim has more often than its sentence, which has others in their place."""
    if near.alike < _QUOTED or len(near.sentences) > 1:
        return []
    stated = Counter(number.base for number in figures(near.sentences[0]).numbers)
    counted = Counter(number.base for number in claimed.numbers)
    if not stated - counted:
        return []
    more = counted - stated
    return list(dict.fromkeys(number.text for number in claimed.numbers if number.base in more))
