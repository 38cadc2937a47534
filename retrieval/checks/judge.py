"""Judges: whether the hits that a sentence cites support it, by the checks in order or by a model."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from itertools import chain
from typing import Protocol, TypeVar

from kb.entailment import Entailment, entailment
from kb.errors import EntailmentFailed
from kb.glossary import Glossary
from kb.home import Notify, silent
from kb.injection import disregarding
from kb.settings import Settings
from kb.stages import stage
from kb.text import flat, sentences
from kb.types import Hit
from retrieval.checks.claim import Claim, Dictionary, Evidence, Fault, Finding
from retrieval.checks.missing_facts import missing_figures, missing_names, wrong_address
from retrieval.checks.near_quotations import changed_figures, contradiction, substituted_names
from retrieval.checks.other_subject import ENOUGH, other_subject, shared_words
from retrieval.checks.whose_figure import renames_subject, whose_figure
from retrieval.facts.records import Record, records
from retrieval.facts.source_text import SourceText


class Judge(Protocol):
    """Says whether passages support a sentence."""

    @property
    def name(self) -> str: ...

    def objection(
        self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()
    ) -> str | None:
        """Why the hits, taken together, don't support the sentence; None when they do.

        `others` are further hits of the search, which support nothing but may tell that the
        sentence mistakes one thing for another. Never raises for bad input.
        """

    def vouches(self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()) -> bool:
        """Whether a sentence that cites other hits may be made to cite these.

        Stricter than no objection.
        """

    def denies(self, sentence: str, hits: Sequence[Hit]) -> bool:
        """Whether the hits say the opposite of the sentence, as far as the judge can tell."""


# --- by rules -------------------------------------------------------------------------------------

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

    @stage("verify")
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
        by_hit = (_kept(self._records, hit.passage.id, partial(records, hit)) for hit in hits)
        return list(chain.from_iterable(by_hit))


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


# --- by a model for natural language inference, which takes over when one is configured -----------

_LIKELY = 0.5
_WINDOW = 3  # sentences that are read together, beside the whole passage: models cut what is long
_MOST_PREMISES = 24


class EntailmentJudge:
    """A model's judgements; the rules', with one notice, from the first time that it fails."""

    def __init__(self, model: Entailment, rules: RuleJudge, notify: Notify) -> None:
        self._model = model
        self._rules = rules
        self._notify = notify
        self._failed = False
        self.name = model.name

    @stage("verify")
    def objection(
        self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()
    ) -> str | None:
        """Why the hits don't support a sentence; None when they do."""
        if self._failed:
            return self._rules.objection(sentence, hits, others)
        try:
            found = max(self._model.probabilities(_premises(hits), flat(sentence)))
        except EntailmentFailed as error:
            self._failed = True
            self._notify(f"judging by rules: {error}" + (f" ({error.hint})" if error.hint else ""))
            return self._rules.objection(sentence, hits, others)
        return (
            None
            if found >= _LIKELY
            else f"what it cites does not say this, by {self.name} ({found:.2f})"
        )

    def vouches(self, sentence: str, hits: Sequence[Hit], others: Sequence[Hit] = ()) -> bool:
        """Whether the model, or the rules in its place, let the hits be cited for a sentence."""
        sound = self.objection(sentence, hits, others) is None
        return sound and (not self._failed or self._rules.vouches(sentence, hits, others))

    def denies(self, sentence: str, hits: Sequence[Hit]) -> bool:
        """Never by the model, which tells no denial from what is not said."""
        return self._failed and self._rules.denies(sentence, hits)


def _premises(hits: Sequence[Hit]) -> list[str]:
    """What the model reads: each passage under its title, then a few sentences of it at a time."""
    whole: list[str] = []
    parts: list[str] = []
    for hit in disregarding(hits):
        head = " › ".join(
            (hit.document.title, *hit.passage.headings, *filter(None, [hit.passage.anchor.speaker]))
        )
        text = flat(hit.passage.text)
        whole.append(f"{head}\n{text}")
        spans = sentences(text)
        if len(spans) > _WINDOW:
            starts = range(0, len(spans) - 1, _WINDOW - 1)
            parts += [
                f"{head}\n{text[spans[at][0] : spans[min(at + _WINDOW, len(spans)) - 1][1]]}"
                for at in starts
            ]
    return [*whole, *parts][: max(_MOST_PREMISES, len(whole))]


def open_judge(
    settings: Settings, glossary: Callable[[], Glossary | None], notify: Notify = silent
) -> Judge:
    """The configured judge. The glossary is only opened when a sentence needs it."""
    rules = RuleJudge(glossary)
    if not settings.verify_model:
        return rules
    return EntailmentJudge(entailment(settings.verify_model), rules, notify)
