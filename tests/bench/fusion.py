"""What the legs should weigh when fused: recall by weight, on development sets.

    python -m tests.bench.fusion [--sets cmrc2018 squad2 ...] [--questions 200] [--seed 0] [--cache DIR]

Gathers each question's evidence once, as `retrieval.search.search` does, and fuses it anew for every
choice of one weight, the others as they are. The choice stands in `retrieval/search/fusion.py`.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from kb.settings import Settings
from retrieval.question.question import weigh
from retrieval.search.fusion import FusionWeights, LegScores, fuse
from retrieval.search.search import leg_scores, question_vector
from tests.bench.legs import Workshop
from tests.bench.sets import Missing, groups

TRIED = {
    "words": (0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0),
    "foreign_words": (0.0, 0.25, 0.5, 1.0, 2.0),
    "translated": (0.0, 0.3, 0.6, 0.9, 1.2, 2.0),
    "heading": (0.0, 0.3, 0.6, 1.0, 1.4, 2.0),
    "sentence": (0.0, 0.2, 0.4, 0.6, 0.8),
    "foreign_sentence": (0.0, 0.15, 0.3, 0.45),
    "sharpness": (1.0, 1.5, 2.0, 3.0),
    "cosine": (0.0, 0.5, 1.0, 1.5, 2.0),
}
_POOL = 60

Gathered = dict[str, list[tuple[LegScores, frozenset[str]]]]


def main() -> None:
    names = list(groups(Path(), ""))
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.fusion", description="What the legs should weigh."
    )
    parser.add_argument(
        "--sets", nargs="+", choices=names, default=names, metavar="SET", help=", ".join(names)
    )
    parser.add_argument("--questions", type=int, default=200, help="how many of each set, at most")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary) / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        workshop = Workshop(cache, Path(temporary), Settings())
        found: Gathered = {}
        for name in given.sets:
            try:
                found |= _gathered(workshop, name, given.questions, given.seed)
            except Missing as reason:
                print(f"{name} is left out: {reason}")
    print("recall@1/@5 by set: " + ", ".join(found))
    usual = FusionWeights()
    for weight, values in TRIED.items():
        for value in sorted({*values, getattr(usual, weight)}):
            weights = replace(usual, **{weight: value})
            told = "  ".join(
                "{:.3f}/{:.3f}".format(*_recall(each, weights)) for each in found.values()
            )
            mean = np.mean([sum(_recall(each, weights)) / 2 for each in found.values()])
            print(
                f"{weight:>14} {value:<5} {told}  mean {mean:.4f}"
                + "  chosen" * (value == getattr(usual, weight))
            )


def _gathered(workshop: Workshop, name: str, questions: int, seed: int) -> Gathered:
    found: Gathered = {}
    for each in groups(workshop.cache, workshop.settings.embedder)[name]():
        kb = workshop.knowledge_base(each.corpus)
        found[each.name] = [
            (
                leg_scores(
                    kb, weigh(kb, query.text), _POOL, vector=question_vector(kb, query.text)
                ),
                query.gold,
            )
            for query in each.sample(questions, seed)
        ]
        print(f"gathered {each.name}", flush=True)
    return found


def _recall(
    gathered: Sequence[tuple[LegScores, frozenset[str]]], weights: FusionWeights
) -> tuple[float, float]:
    """Recall@1 and @5."""
    ranks = []
    for evidence, gold in gathered:
        ranked = fuse(evidence, weights)[:5]
        ranks.append(next((rank for rank, (pid, _) in enumerate(ranked) if pid in gold), 99))
    return float(np.mean([rank < 1 for rank in ranks])), float(
        np.mean([rank < 5 for rank in ranks])
    )


if __name__ == "__main__":
    main()
