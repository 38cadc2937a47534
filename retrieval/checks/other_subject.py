"""A claim about something else than its source, which has too few of its words."""

from __future__ import annotations

from collections.abc import Sequence

from retrieval.checks.claim import Claim, Evidence, Fault, Finding, trusted
from retrieval.facts.translation import widen

ENOUGH = 0.5  # the share of a claim's words that its source must hold
_ENOUGH_ACROSS = 0.35  # the same across languages, where the glossary knows two words of three
_ONLY_MEANT = 0.7  # what a word is worth that only means the same as one that stands there


def other_subject(claim: Claim, evidence: Evidence) -> Finding | None:
    """A claim of which the source holds too few words, by themselves or by what they mean."""
    share, foreign = shared_words(claim, evidence)
    if share >= ENOUGH + (_ENOUGH_ACROSS - ENOUGH) * foreign:
        return None
    return Finding(Fault.SUBJECT)


def shared_words(claim: Claim, evidence: Evidence) -> tuple[float, float]:
    """The share of a claim's words that the source holds, and the share in another language."""
    topic, cited = claim.subject_words, evidence.cited
    if not topic:
        return 1.0, 0.0
    rest = [word for word in topic if not cited.has_phrase((word,))]
    held = float(len(topic) - len(rest))
    glossary = evidence.dictionary.glossary
    if not rest or held >= ENOUGH * len(topic) or glossary is None:
        return held / len(topic), 0.0
    foreign = {word for word in rest if cited.languages and _lang(word) not in cited.languages}
    explained: set[str] = set()
    if foreign:
        for groups in widen(claim.text, cited.languages, glossary).values():
            for group in groups:
                if any(cited.has_phrase(way) for way in group.ways):
                    explained.update(group.of)
    held += sum(1 for word in rest if word in explained)
    left = [word for word in rest if word not in explained and word not in foreign]
    held += _ONLY_MEANT * _meant_otherwise(left, evidence)
    return held / len(topic), len(foreign) / len(topic)


def _meant_otherwise(left: Sequence[str], evidence: Evidence) -> int:
    """How many words mean in the other language what a word of the source means."""
    if not left:
        return 0
    known = evidence.dictionary.translations((word,) for word in left)
    return sum(not evidence.meanings.isdisjoint(trusted(ways)) for ways in known.values())


def _lang(word: str) -> str:
    return "zh" if "\u3400" <= word[0] <= "\u9fff" else "en"
