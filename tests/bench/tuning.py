"""What `kb tune` makes of feedback, tried on questions that nobody judged.

    python -m tests.bench.tuning [--sets cmrc2018 squad2 ...] [--judged 100] [--others 300] [--seed 0] [--cache DIR]

Each judged question's first hit is voted up where it is right, else down; one vote in ten is turned
around. It is fitted three times: with the usual settings, with settings that were put out of tune,
and, to see that noise is not adopted, to votes that were drawn, on first hits and on any. Recall@1
and the mean reciprocal rank are of other questions.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kb.knowledge import KnowledgeBase
from kb.settings import Settings
from retrieval.feedback.judgements import JudgedQuestion
from retrieval.feedback.tuning import FitResult, fit_ranking
from retrieval.feedback.tuning_evidence import Pool, evidence_pool
from tests.bench.legs import Workshop
from tests.bench.sets import Missing, Query, groups

_NOISE = 0.1
_DETUNED: Mapping[str, Any] = {"fusion_words": 0.0, "fusion_sentence": 0.0, "fusion_heading": 3.0}
_DRAWS = 20
_LIKED = 0.3  # the share of drawn votes that are up


def main() -> None:
    names = list(groups(Path(), ""))
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.tuning", description="What kb tune makes of feedback."
    )
    parser.add_argument(
        "--sets", nargs="+", choices=names, default=["cmrc2018", "squad2"], metavar="SET"
    )
    parser.add_argument("--judged", type=int, default=100, help="how many questions are judged")
    parser.add_argument("--others", type=int, default=300, help="how many are asked afterwards")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary) / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        workshop = Workshop(cache, Path(temporary), Settings())
        for name in given.sets:
            try:
                sets = groups(workshop.cache, workshop.settings.embedder)[name]()
            except Missing as reason:
                print(f"{name} is left out: {reason}")
                continue
            for each in sets:
                asked = each.sample(given.judged + given.others, given.seed)
                kb = workshop.knowledge_base(each.corpus)
                _try(each.name, kb, asked[: given.judged], asked[given.judged :], given.seed)


def _try(
    name: str, kb: KnowledgeBase, judged: Sequence[Query], others: Sequence[Query], seed: int
) -> None:
    drawn = random.Random(seed)
    unjudged = evidence_pool(
        kb, [JudgedQuestion(query.text, query.gold, frozenset()) for query in others], _quiet
    )
    ideal = evidence_pool(
        kb, [JudgedQuestion(query.text, query.gold, frozenset()) for query in judged], _quiet
    )
    for what, settings in (
        ("usual", kb.settings),
        ("out of tune", replace(kb.settings, **_DETUNED)),
    ):
        voted = [
            _vote(first, query, drawn)
            for first, query in zip(ideal.first(settings), judged, strict=True)
        ]
        began = time.perf_counter()
        part = fit_ranking(ideal.judged(voted), settings, (), seed)
        seconds = time.perf_counter() - began
        values: dict[str, Any] = dict(part.values) if part.adopted else {}
        before, after = (
            _figures(unjudged, each) for each in (settings, replace(settings, **values))
        )
        print(
            f"{name}, {what}: {_told(part)}; others {before} before, {after} after; {seconds:.0f} s",
            flush=True,
        )
    firsts = [frozenset([pid]) for pid in ideal.first(kb.settings)]
    adopted = [0, 0]
    for draw in range(2 * _DRAWS):
        chance = random.Random(f"{seed} {draw}")
        anywhere = [frozenset([chance.choice(ids)]) for ids in ideal.passages()]
        noise = [
            JudgedQuestion(query.text, this, frozenset())
            if chance.random() < _LIKED
            else JudgedQuestion(query.text, frozenset(), this)
            for query, this in zip(judged, anywhere if draw % 2 else firsts, strict=True)
        ]
        adopted[draw % 2] += fit_ranking(ideal.judged(noise), kb.settings, (), draw).adopted
    print(
        f"{name}, drawn votes: of {_DRAWS} times, adopted {adopted[0]} on first hits, {adopted[1]} on any",
        flush=True,
    )


def _vote(first: str, query: Query, drawn: random.Random) -> JudgedQuestion:
    liked = (first in query.gold) != (drawn.random() < _NOISE)
    this = frozenset([first])
    return (
        JudgedQuestion(query.text, this, frozenset())
        if liked
        else JudgedQuestion(query.text, frozenset(), this)
    )


def _figures(pool: Pool, settings: Settings) -> str:
    _, plain = pool.worth(settings)
    return f"{np.mean(plain == 1.0):.3f}/{np.mean(plain):.3f}"


def _told(part: FitResult) -> str:
    if part.change is None:
        return part.reason
    change = f"by {part.change.value:.3f} ({part.change.low:.3f} to {part.change.high:.3f})"
    values = ", ".join(f"{name} {value:g}" for name, value in part.values.items())
    return f"{'adopted' if part.adopted else part.reason}, {change}" + (
        f": {values}" if part.adopted else ""
    )


def _quiet(done: int, total: int, what: str) -> None:
    """Where progress goes."""


if __name__ == "__main__":
    main()
