"""What came of the questions, as the tables and lists that the benchmark shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from retrieval.evaluation import auroc
from tests.bench.community_files.grading import Grade
from tests.bench.community_files.run import GradedAnswer

LANGUAGES = ("zh", "en")
_SHOWN: tuple[Grade, ...] = ("right", "partly", "wrong", "wrongly refused", "wrongly answered")
_QUOTED = 200  # characters of an answer


def by_kind(answers: Sequence[GradedAnswer]) -> list[str]:
    """A Markdown table: how many of each kind and language were right, partly right and so on."""
    kinds = dict.fromkeys(given.asked.kind for given in answers)
    head = " | ".join(f"{lang} {name}" for name in _SHOWN for lang in LANGUAGES)
    lines = [f"| kind | {head} |", "|---|" + "--:|" * (len(_SHOWN) * len(LANGUAGES))]
    for kind in kinds:
        of_kind = [given for given in answers if given.asked.kind == kind]
        lines.append(f"| {kind} | {' | '.join(_cells(of_kind))} |")
    return [*lines, f"| **all** | {' | '.join(_cells(answers))} |"]


def _cells(answers: Sequence[GradedAnswer]) -> list[str]:
    counts = Counter((given.grade, given.asked.lang) for given in answers)
    totals = Counter(given.asked.lang for given in answers)
    return [
        f"{counts['right', lang]}/{totals[lang]}" if name == "right" else f"{counts[name, lang]}"
        for name in _SHOWN
        for lang in LANGUAGES
    ]


def shares(answers: Sequence[GradedAnswer]) -> str:
    """The shares that the benchmark is judged by: of questions with an answer those right, partly
    right, wrong and refused; of the others those refused.
    """
    there = [given for given in answers if not given.asked.refuse]
    absent = [given for given in answers if given.asked.refuse]
    counts = Counter(given.grade for given in there)
    told = ", ".join(
        f"{name} {counts[name] / len(there):.2f}" for name in _SHOWN[:4] if len(there)
    )
    refused = sum(given.grade == "right" for given in absent)
    return (
        f"of {len(there)} with an answer: {told}; of {len(absent)} without, refused"
        f" {refused / len(absent):.2f}"
        if absent
        else f"of {len(there)} with an answer: {told}"
    )


def confidences(answers: Sequence[GradedAnswer]) -> str:
    """Mean confidence of right and wrong answers, and how well it tells questions with an answer
    from those without.
    """
    right = _mean(given for given in answers if given.grade == "right" and not given.asked.refuse)
    wrong = _mean(given for given in answers if given.grade in ("wrong", "wrongly answered"))
    return f"mean confidence: right {right}, wrong {wrong}; AUROC {_auroc(answers)} (" + (
        ", ".join(
            f"{lang} {_auroc([given for given in answers if given.asked.lang == lang])}"
            for lang in LANGUAGES
        )
        + ")"
    )


def _mean(answers: Iterable[GradedAnswer]) -> str:
    values = [given.answer.confidence for given in answers]
    return f"{np.mean(values):.2f}" if values else "-"


def _auroc(answers: Sequence[GradedAnswer]) -> str:
    of: Callable[[bool], list[float]] = lambda refuse: [  # noqa: E731
        given.answer.confidence for given in answers if given.asked.refuse == refuse
    ]
    apart = auroc(of(False), of(True))
    return "-" if apart is None else f"{apart:.2f}"


def failures(answers: Iterable[GradedAnswer]) -> list[str]:
    """The answers that are not right, each with its grade, confidence and beginning."""
    return [
        f"{given.grade} ({given.answer.confidence:.2f}) {given.asked.id}:"
        f" {' → '.join((*given.asked.before, given.asked.question))}\n"
        f"    {' '.join(given.answer.text.split())[:_QUOTED]}"
        for given in answers
        if given.grade != "right"
    ]


def as_json(given: GradedAnswer) -> dict[str, Any]:
    """A graded answer for other programs to read."""
    return {
        "id": given.asked.id,
        "kind": given.asked.kind,
        "lang": given.asked.lang,
        "half": given.asked.half,
        "question": given.asked.question,
        "grade": given.grade,
        "confidence": round(given.answer.confidence, 4),
        "answer": given.answer.text,
        "cited": [citation.hit.document.source for citation in given.answer.citations],
        "closest": [hit.document.source for hit in given.answer.closest],
    }
