"""Tuning: weights, boosts and the abstention threshold are fitted to judged questions, and adopted
only where that is an improvement.

The fit is a coordinate ascent on a grid, drawn slightly toward the defaults. It is validated by
five-fold cross-validation, on questions that it has not seen. It is adopted when the whole
confidence interval of the paired difference from the present settings, bootstrapped over questions,
is above 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.settings import TUNABLE, Settings
from retrieval.feedback.judgements import JudgedConfidence
from retrieval.feedback.tuning_evidence import Pool
from retrieval.search.fusion import Floats

LEAST = 30  # judged questions, or answers, below which nothing is fitted
_LEAST_OF_KIND = (
    5  # questions with right passages; answers that should have been given, and that should not
)
_FOLDS = 5
_SPLITS = (
    4  # ways to divide the questions into folds, of which the mean is taken: chance weighs less
)
_RESAMPLES = 4000
_ROUNDS = 3
# the change's interval: folds share questions, so that a narrower one would be taken for sure too
# often
_CHANGE_LEVEL = 0.99
_LEAST_CHANGE = 0.01  # the least change that is adopted, of a mean between 0 and 1
_PENALTY = 0.002  # of the mean, for a setting that is twice or half its default
_THRESHOLD_PENALTY = 0.02  # of the rate, for a whole unit of the threshold
_GRID = {"fusion": (0.0, 0.35, 0.5, 0.7, 1.0, 1.4, 2.0, 2.8), "boost": (0.5, 1.0, 2.0)}
_RANKING = tuple(name for name in TUNABLE if name != "min_confidence")

Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its bootstrap confidence interval: of 95%, and of 99% for a change."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FitResult:
    """The result of fitting one group of settings. `values` are the fitted settings; empty when
    nothing is adopted.

    `before` is measured with the present settings, `after` with settings fitted on other questions,
    and `change` is the difference by question. `reason` says why nothing is adopted, and is empty
    otherwise.
    """

    name: str
    judged: int
    before: Interval | None
    after: Interval | None
    change: Interval | None
    values: Mapping[str, float]
    reason: str

    @property
    def adopted(self) -> bool:
        """Whether the fitted settings are better than the present ones."""
        return not self.reason


def fit_ranking(pool: Pool, settings: Settings, fixed: Sequence[str], seed: int) -> FitResult:
    """Fit fusion weights and boosts, but those `fixed`, by the mean reciprocal rank."""
    free = [name for name in _RANKING if name not in fixed]
    if not free:
        return _unfitted("ranking", len(pool), "all of it is set elsewhere")
    if len(pool) < LEAST or pool.right < _LEAST_OF_KIND:
        why = (
            f"{LEAST} judged questions are needed, and a right passage for {_LEAST_OF_KIND} of them"
        )
        return _unfitted("ranking", len(pool), why)
    worth = _Worth(pool, settings)
    present = {name: float(getattr(settings, name)) for name in free}

    def fit(rows: Rows) -> dict[str, float]:
        return _coordinate_ascent(lambda choice: worth.of(choice, rows), present)

    every = np.arange(len(pool))
    tried = np.zeros(len(pool))
    for rows in _folds(len(pool), seed):
        tried[rows] += worth.plain(fit(np.setdiff1d(every, rows)))[rows] / _SPLITS
    best = fit(every)
    return _validated("ranking", worth.plain(present), tried, pool.weight, present, best, seed)


def fit_threshold(
    sure: Sequence[JudgedConfidence], settings: Settings, fixed: Sequence[str], seed: int
) -> FitResult:
    """Fit the abstention threshold by how often answering or refusing was right."""
    should = np.array([each.answerable for each in sure], np.bool_)
    if "min_confidence" in fixed:
        return _unfitted("abstention", len(sure), "min_confidence is set elsewhere")
    if len(sure) < LEAST or min(should.sum(), (~should).sum()) < _LEAST_OF_KIND:
        what = f"{LEAST} judged answers are needed, {_LEAST_OF_KIND} of which people did and did not want"
        return _unfitted("abstention", len(sure), what)
    confidence = np.array([each.confidence for each in sure])
    present = settings.min_confidence
    values = np.unique(np.round(confidence, 3))
    grid = np.unique(np.round([*((values[1:] + values[:-1]) / 2), present], 3))

    def right(threshold: float) -> Floats:
        return np.asarray((confidence >= threshold) == should, np.float64)

    def fit(rows: Rows) -> float:
        rates = ((confidence[rows, None] >= grid) == should[rows, None]).mean(0)
        far = np.abs(grid - Settings().min_confidence)
        return float(grid[np.argmax(rates - _THRESHOLD_PENALTY * far)])

    numbers = {question: n for n, question in enumerate(dict.fromkeys(s.question for s in sure))}
    # repeats of a question are kept together
    asked = np.array([numbers[each.question] for each in sure])
    every = np.arange(len(sure))
    tried = np.zeros(len(sure))
    for held_out in _folds(len(numbers), seed):
        rows = np.flatnonzero(np.isin(asked, held_out))
        tried[rows] += right(fit(np.setdiff1d(every, rows)))[rows] / _SPLITS
    counts = np.bincount(asked).astype(np.float64)
    before, after = (np.bincount(asked, each) / counts for each in (right(present), tried))
    now, best = ({"min_confidence": value} for value in (present, fit(every)))
    return replace(
        _validated("abstention", before, after, counts, now, best, seed), judged=len(sure)
    )


class _Worth:
    """The worth of settings on each question, computed once for each choice."""

    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool = pool
        self._settings = settings
        self._known: dict[tuple[tuple[str, float], ...], tuple[Floats, Floats]] = {}

    def of(self, choice: Mapping[str, float], rows: Rows) -> float:
        """The smoothed mean worth on some questions, less a penalty for unusual settings."""
        weight = self._pool.weight[rows]
        far = sum(min(abs(log2(value)) if value else 2.0, 2.0) ** 2 for value in choice.values())
        return float((self._both(choice)[0][rows] * weight).sum() / weight.sum()) - _PENALTY * far

    def plain(self, choice: Mapping[str, float]) -> Floats:
        """The worth that users see, without smoothing, for each question."""
        return self._both(choice)[1]

    def _both(self, choice: Mapping[str, float]) -> tuple[Floats, Floats]:
        name = tuple(sorted(choice.items()))
        if name not in self._known:
            values: dict[str, Any] = dict(choice)
            self._known[name] = self._pool.worth(replace(self._settings, **values))
        return self._known[name]


def _coordinate_ascent(
    worth: Callable[[Mapping[str, float]], float], start: Mapping[str, float]
) -> dict[str, float]:
    """The best choice reached by changing one setting at a time on its grid."""
    best, reached = dict(start), worth(start)
    for _ in range(_ROUNDS):
        before = reached
        for name in start:
            for value in _GRID[name.partition("_")[0]]:
                tried = {**best, name: value}
                if (found := worth(tried)) > reached + 1e-9:
                    best, reached = tried, found
        if reached == before:
            break
    return best


def _folds(count: int, seed: int) -> list[Rows]:
    """The held-out questions of each fold, of all splits."""
    drawn = np.random.default_rng(seed)
    return [
        part for _ in range(_SPLITS) for part in np.array_split(drawn.permutation(count), _FOLDS)
    ]


def _validated(
    name: str,
    before: Floats,
    after: Floats,
    weight: Floats,
    present: Mapping[str, float],
    best: Mapping[str, float],
    seed: int,
) -> FitResult:
    drawn = np.random.default_rng(seed).integers(len(weight), size=(_RESAMPLES, len(weight)))
    change = _interval(after - before, weight, drawn, _CHANGE_LEVEL)
    moved = {name: value for name, value in best.items() if value != present[name]}
    one, other = (_interval(each, weight, drawn) for each in (before, after))
    return FitResult(name, len(weight), one, other, change, moved, _reason(change, moved))


def _reason(change: Interval, moved: Mapping[str, float]) -> str:
    """Why nothing is adopted; empty where there is a certain and sufficient improvement."""
    if not moved:
        return "nothing does better"
    if change.low <= 0:
        return "no better, or not surely"
    return "" if change.value >= _LEAST_CHANGE else f"better by less than {_LEAST_CHANGE:g}"


def _interval(values: Floats, weight: Floats, drawn: Rows, sure: float = 0.95) -> Interval:
    means = (values * weight)[drawn].sum(1) / weight[drawn].sum(1)
    low, high = np.quantile(means, ((1 - sure) / 2, (1 + sure) / 2))
    mean = float((values * weight).sum() / weight.sum())
    return Interval(round(mean, 4), round(float(low), 4), round(float(high), 4))


def _unfitted(name: str, judged: int, reason: str) -> FitResult:
    return FitResult(name, judged, None, None, None, {}, reason)
