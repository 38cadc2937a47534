"""What came of the questions, as the tables and lists that the benchmark shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from retrieval.evaluation import auroc
from tests.bench.community_files.grading import Grade, cites_others
from tests.bench.community_files.run import GradedAnswer

LANGUAGES = ("zh", "en")
_GRADES: tuple[Grade, ...] = ("right", "partly", "wrong", "wrongly refused", "wrongly answered")
_QUOTED = 200  # characters of an answer


def by_kind(answers: Sequence[GradedAnswer]) -> list[str]:
    """A Markdown table: how many of each kind and language were right, partly right and so on."""
    head = " | ".join(f"{lang} {name}" for name in _GRADES for lang in LANGUAGES)
    lines = [f"| kind | {head} |", "|---|" + "--:|" * (len(_GRADES) * len(LANGUAGES))]
    for kind in dict.fromkeys(given.asked.kind for given in answers):
        of_kind = [given for given in answers if given.asked.kind == kind]
        lines.append(f"| {kind} | {' | '.join(_cells(of_kind))} |")
    return [*lines, f"| **all** | {' | '.join(_cells(answers))} |"]


def _cells(answers: Sequence[GradedAnswer]) -> list[str]:
    counts = Counter((given.grade, given.asked.lang) for given in answers)
    totals = Counter(given.asked.lang for given in answers)
    return [
        f"{counts[name, lang]}/{totals[lang]}" if name == "right" else f"{counts[name, lang]}"
        for name in _GRADES
        for lang in LANGUAGES
    ]


def shares(answers: Sequence[GradedAnswer]) -> list[str]:
    """The shares that count: of questions with an answer those right, partly right, wrong and
    refused; of the others those refused; of right answers those that cite other files as well.
    """
    there = [given for given in answers if not given.asked.refuse]
    absent = [given for given in answers if given.asked.refuse]
    right = [given for given in there if given.grade == "right"]
    counts = Counter(given.grade for given in there)
    padded = sum(cites_others(given.asked, given.answer) for given in right)
    lines = []
    if there:
        of_each = ", ".join(f"{name} {counts[name] / len(there):.2f}" for name in _GRADES[:4])
        lines += [
            f"{len(there)} with an answer: {of_each}",
            f"{padded} of the {len(right)} right ones cite another file as well",
        ]
    if absent:
        refused = sum(given.grade == "right" for given in absent)
        lines.append(f"{len(absent)} without an answer: refused {refused / len(absent):.2f}")
    return lines


def confidences(answers: Sequence[GradedAnswer]) -> str:
    """Mean confidence of right and wrong answers, and how well it tells questions with an answer
    from those without.
    """
    right = _mean(given for given in answers if given.grade == "right" and not given.asked.refuse)
    wrong = _mean(given for given in answers if given.grade in ("wrong", "wrongly answered"))
    of_each = ", ".join(
        f"{lang} {_auroc([given for given in answers if given.asked.lang == lang])}"
        for lang in LANGUAGES
    )
    return f"mean confidence: right {right}, wrong {wrong}; AUROC {_auroc(answers)} ({of_each})"


def _mean(answers: Iterable[GradedAnswer]) -> str:
    values = [given.answer.confidence for given in answers]
    return f"{np.mean(values):.2f}" if values else "-"


def _auroc(answers: Sequence[GradedAnswer]) -> str:
    there, absent = (
        [given.answer.confidence for given in answers if given.asked.refuse == refuse]
        for refuse in (False, True)
    )
    apart = auroc(there, absent)
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


def as_json(given: GradedAnswer, *, with_texts: bool) -> dict[str, Any]:
    """A graded answer for other programs to read; without the texts, only how it was graded."""
    figures = {
        "id": given.asked.id,
        "kind": given.asked.kind,
        "lang": given.asked.lang,
        "half": given.asked.half,
        "grade": given.grade,
        "confidence": round(given.answer.confidence, 4),
    }
    texts = {
        "question": given.asked.question,
        "answer": given.answer.text,
        "cited": [citation.hit.document.source for citation in given.answer.citations],
        "closest": [hit.document.source for hit in given.answer.closest],
    }
    return {**figures, **(texts if with_texts else {})}
