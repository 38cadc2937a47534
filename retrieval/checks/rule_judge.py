"""The judge by rules: makes the checks in order on a claim and the hits that it cites."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import TypeVar

from kb.glossary import Glossary
from kb.types import Hit
from retrieval.checks.claim import Claim, Fault, Finding
from retrieval.checks.evidence import Dictionary, Evidence
from retrieval.checks.missing_facts import missing_figures, missing_names, wrong_address
from retrieval.checks.near_quotations import changed_figures, contradiction, substituted_names
from retrieval.checks.other_subject import ENOUGH, other_subject, shared_words
from retrieval.checks.whose_figure import renames_subject, whose_figure
from retrieval.facts.records import Record, records
from retrieval.facts.source_text import SourceText

Check = Callable[[Claim, Evidence], Finding | None]

CHECKS: tuple[Check, ...] = (
    wrong_address,
    missing_figures,
    missing_names,
    other_subject,
    changed_figures,
    contradiction,
    substituted_names,
    whose_figure,
)
"""The checks in the order in which they are made; the first finding is the reason shown."""

_SOME = 0.2  # the share of a claim's words that each hit must hold to be cited instead of another
_KEPT = 64  # texts and records of hits that are kept for the next claim

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RuleJudge:
    """Judges by `CHECKS`. Keeps what it read of the last passages."""

    name = "rules"

    def __init__(
        self,
        glossary: Callable[[], Glossary | None] = lambda: None,
        checks: Sequence[Check] = CHECKS,
    ) -> None:
        self._dictionary = Dictionary(glossary)
        self._checks = checks
        self._texts: OrderedDict[tuple[str, ...], SourceText] = OrderedDict()
        self._records: OrderedDict[str, list[Record]] = OrderedDict()

    def objection(
        self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()
    ) -> str | None:
        """Why the hits together don't support a sentence; None when they do.

        `others` are hits that it doesn't cite, which may tell whose figure it states.
        """
        finding = self._finding(sentence, hits, others)
        return finding.reason if finding else None

    def vouches(self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()) -> bool:
        """Whether the hits support a sentence that cites others.

        Each has to have some of its words and all together half of them, of the same subject.
        """
        if self._finding(sentence, hits, others) is not None:
            return False
        claim, evidence = Claim(sentence), self.evidence(hits)
        if renames_subject(claim, evidence):
            return False
        if shared_words(claim, evidence)[0] < ENOUGH:
            return False
        return all(shared_words(claim, self.evidence([hit]))[0] >= _SOME for hit in hits)

    def denies(self, sentence: str, hits: Sequence[Hit]) -> bool:
        """Whether the hits say the opposite of a sentence."""
        finding = self._finding(sentence, hits)
        return finding is not None and finding.fault is Fault.DENIAL

    def _finding(
        self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()
    ) -> Finding | None:
        claim, evidence = Claim(sentence), self.evidence(hits, others)
        if is_quotation(claim, evidence):
            return None
        found = (check(claim, evidence) for check in self._checks)
        return next((finding for finding in found if finding is not None), None)

    def evidence(self, hits: Sequence[Hit], others: Sequence[Hit] = ()) -> Evidence:
        """What hits that a claim cites say, and `others` that were found with them."""
        key = tuple(hit.passage.id for hit in hits)
        return Evidence(
            _kept(self._texts, key, partial(SourceText.of, hits)),
            hits,
            others,
            self._dictionary,
            self._records_of,
        )

    def _records_of(self, hits: Sequence[Hit]) -> list[Record]:
        found: list[Record] = []
        for hit in hits:
            own = _kept(self._records, hit.passage.id, partial(records, hit))
            found.extend(own)
        return found


def is_quotation(claim: Claim, evidence: Evidence) -> bool:
    """Whether the source has the claim word for word, its addresses too: all else is sound then."""
    quotes = not claim.quotation_keys.isdisjoint(evidence.cited.quotable)
    return quotes and wrong_address(claim, evidence) is None


def _kept(kept: OrderedDict[Key, Value], key: Key, read: Callable[[], Value]) -> Value:
    """What was read before under that key, or is read now; the oldest gives way."""
    value = kept.pop(key) if key in kept else read()
    kept[key] = value
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return value
