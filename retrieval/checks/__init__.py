"""Checks: whether the hits that a sentence cites support it, by rules or by a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from kb.glossary import Glossary
from kb.home import Notify, silent
from kb.settings import Settings
from kb.types import Hit


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


def open_judge(
    settings: Settings, glossary: Callable[[], Glossary | None], notify: Notify = silent
) -> Judge:
    """The configured judge. The glossary is only opened when a sentence needs it."""
    from retrieval.checks.rule_judge import RuleJudge

    rules = RuleJudge(glossary)
    if not settings.verify_model:
        return rules
    from kb.entailment import entailment
    from retrieval.checks.entailment_judge import EntailmentJudge

    return EntailmentJudge(entailment(settings.verify_model), rules, notify)
