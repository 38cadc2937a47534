"""Fits the confidence: how much each signal tells whether a question's paragraph is there.

    python -m tests.bench.confidence [--questions 500] [--seed 1] [--cache DIR]

Each question of CMRC 2018, DRCD and SQuAD 2.0 is asked of its set's knowledge base, of the same
with the question's paragraph left out, and of the same with its whole article left out, half of the
questions for each. A logistic regression (Newton's method, a little L2) tells the two apart. It is
fitted on two sets and tried on the third, for each of the three; the weights of
`retrieval/search/confidence.py` are those fitted on all. The seed is another one than that of `python -m
tests.bench.answers`, which measures what comes of them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kb.settings import Settings
from retrieval.evaluation import auroc
from retrieval.question.question import weigh
from retrieval.search.confidence import ConfidenceSignals, signals
from retrieval.search.search import ranked_hits
from tests.bench.answers import SETS, Bench
from tests.bench.data import need, squad_like
from tests.bench.legs import Workshop

_L2 = 0.01
_REFUSED = 0.04  # the share of answerable questions that the threshold may refuse

Rows = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.confidence", description="Fits the confidence."
    )
    parser.add_argument(
        "--questions", type=int, default=500, help="how many of each data set, at most"
    )
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    given = parser.parse_args()
    found: dict[str, tuple[Rows, Rows]] = {}
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary) / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        for name, path in zip(SETS, need(*SETS.values()), strict=True):
            data = squad_like(path)
            bench = Bench.of(data, Workshop(cache, Path(temporary), Settings()))
            asked = data.sample(given.questions, given.seed)
            found[name] = (
                np.array([_signals(bench, each.text) for each in asked]),
                np.array(
                    [
                        _signals(
                            (bench.without_article if number % 2 else bench.without)(each),
                            each.text,
                        )
                        for number, each in enumerate(asked)
                    ]
                ),
            )
            print(f"{name}: AUROC of each signal alone: {_alone(*found[name])}", flush=True)
    for name in found:
        others = [each for other, each in found.items() if other != name]
        print(f"{name}, fitted on the others: {_told(*found[name], *fit(others))}")
    weights, bias = fit(list(found.values()))
    for name, each in found.items():
        print(f"{name}, fitted on all: {_told(*each, weights, bias)}")
    print(
        f"WEIGHTS = ConfidenceSignals({', '.join(f'{weight:.2f}' for weight in weights)})\nBIAS = {bias:.2f}"
    )
    there = np.concatenate([confidences(rows, weights, bias) for rows, _ in found.values()])
    print(
        f"refuses {_REFUSED:.0%} of all answerable questions below {np.quantile(there, _REFUSED):.3f}"
    )


def _signals(bench: Bench, question: str) -> tuple[float, ...]:
    weighed = weigh(bench.kb, question)
    hits, evidence = ranked_hits(bench.kb, weighed)
    return (
        astuple(signals(weighed, hits, evidence))
        if hits
        else (0.0,) * len(fields(ConfidenceSignals))
    )


def fit(sets: Sequence[tuple[Rows, Rows]]) -> tuple[Rows, float]:
    """Weights and bias of a logistic regression that tells the first rows of each pair from the
    second.
    """
    rows = np.concatenate([each for pair in sets for each in pair])
    labels = np.concatenate(
        [
            np.full(len(each), kind)
            for pair in sets
            for kind, each in zip((1.0, 0.0), pair, strict=True)
        ]
    )
    middle, spread = rows.mean(0), rows.std(0) + 1e-9
    scaled = np.c_[(rows - middle) / spread, np.ones(len(rows))]
    penalty = _L2 * np.diag([1.0] * rows.shape[1] + [0.0])
    found = np.zeros(scaled.shape[1])
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-scaled @ found))
        gradient = scaled.T @ (p - labels) / len(labels) + penalty @ found
        curvature = (scaled * (p * (1.0 - p))[:, None]).T @ scaled / len(labels) + penalty
        found -= np.linalg.solve(curvature, gradient)
    weights = found[:-1] / spread
    return weights, float(found[-1] - weights @ middle)


def confidences(rows: Rows, weights: Rows, bias: float) -> Rows:
    """The confidence for each row of signals."""
    found: Rows = 1.0 / (1.0 + np.exp(-(rows @ weights + bias)))
    return found


def _told(there: Rows, left_out: Rows, weights: Rows, bias: float) -> str:
    one, other = (confidences(rows, weights, bias) for rows in (there, left_out))
    threshold = np.quantile(one, _REFUSED)
    return (
        f"AUROC {auroc(one.tolist(), other.tolist()):.3f}, refused {(other < threshold).mean():.3f} of those left out"
        f" where {_REFUSED:.0%} of the others are (below {threshold:.2f})"
    )


def _alone(there: Rows, left_out: Rows) -> str:
    names = [field.name for field in fields(ConfidenceSignals)]
    each = [auroc(there[:, n].tolist(), left_out[:, n].tolist()) for n in range(len(names))]
    return ", ".join(f"{name} {value:.3f}" for name, value in zip(names, each, strict=True))


if __name__ == "__main__":
    main()
