"""Judging by a model for natural language inference, which takes over from the rules when one is
configured.
"""

from __future__ import annotations

from collections.abc import Sequence

from kb.entailment import Entailment
from kb.errors import EntailmentFailed
from kb.home import Notify
from kb.injection_filter import disregarding
from kb.text import flat, sentences
from kb.types import Hit
from retrieval.checks.rule_judge import RuleJudge

_LIKELY = 0.5
_WINDOW = 3  # sentences that are read together, beside the whole passage: models cut what is long
_MOST = 24


class EntailmentJudge:
    """A model's judgements; the rules', with one notice, from the first time that it fails."""

    def __init__(self, model: Entailment, rules: RuleJudge, notify: Notify) -> None:
        self._model = model
        self._rules = rules
        self._notify = notify
        self._failed = False
        self.name = model.name

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
    return [*whole, *parts][: max(_MOST, len(whole))]
