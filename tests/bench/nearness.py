"""What the cosine of question and passage adds to the confidence, where people ask in other words.

    python -m tests.bench.nearness [--questions 40] [--cache DIR]

Questions of SQuAD 2.0 and CMRC 2018 about articles with an even number are asked as they stand
(plain), and those of `reworded_fit.jsonl` in other words (same) and in the other language (other);
each with its paragraph there, and with that, or for every third its whole article, left out. For
several weights of the cosine: how well the confidence tells the two apart (AUROC), and the share
refused of both, where the cosine that adds nothing is set so that as many of the plain questions
left out are refused as without it. `NEARNESS` and `NEAR` of `retrieval/search/confidence.py` are
chosen by the kinds other than plain, so that these do not suffer.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from math import log
from pathlib import Path

import numpy as np

from kb.embedders.late_interaction import read, weights
from kb.settings import Settings
from retrieval.evaluation import auroc
from retrieval.question.question import weigh
from retrieval.search.confidence import signals
from retrieval.search.search import ranked_hits
from tests.bench.answers import Bench
from tests.bench.curated_sets import REWORDED_FIT
from tests.bench.data import CMRC, SQUAD, Asked, DataSet, need, squad_like
from tests.bench.legs import Workshop

WEIGHTS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
_SEED, _SHUFFLED = 7, 1


@dataclass(frozen=True, slots=True)
class Judged:
    """A question of a kind: whether its paragraph was there, the logit of its confidence without
    the cosine, and the cosine.
    """

    kind: str
    there: bool
    logit: float
    cosine: float

    def logit_with(self, weight: float, near: float) -> float:
        """The logit with the cosine, which adds nothing at `near`."""
        return self.logit + weight * (self.cosine - near)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.nearness", description="What a cosine tells of an answer."
    )
    parser.add_argument("--questions", type=int, default=40, help="of each kind and data set")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    given = parser.parse_args()
    judged: list[Judged] = []
    for path in need(SQUAD, CMRC):
        data = squad_like(path)
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
            cache = given.cache or Path(folder) / "cache"
            cache.mkdir(parents=True, exist_ok=True)
            bench = Bench.of(data, Workshop(cache, Path(folder), Settings()))
            for number, (kind, asked, text) in enumerate(_questions(data, given.questions)):
                left_out = bench.without_article if number % 3 == 0 else bench.without
                judged.append(_judged(bench, kind, text, there=True))
                judged.append(_judged(left_out(asked), kind, text, there=False))
            bench.kb.catalog.close()
    for weight in WEIGHTS:
        print("\n".join(report(judged, weight, Settings().min_confidence)))


def _questions(data: DataSet, most: int) -> Iterator[tuple[str, Asked, str]]:
    """The questions of each kind, with what is asked."""
    even = [asked for asked in data.questions if asked.article % 2 == 0]
    for asked in replace(data, questions=tuple(even)).sample(most, _SEED):
        yield "plain", asked, asked.text
    known = {asked.id: asked for asked in data.questions}
    rows = map(json.loads, REWORDED_FIT.read_text("utf-8").splitlines())
    reworded = [row for row in rows if row["id"] in known]
    random.Random(_SHUFFLED).shuffle(reworded)
    for row in reworded[:most]:
        for kind in ("same", "other"):
            yield kind, known[row["id"]], row[kind]


def _judged(bench: Bench, kind: str, text: str, *, there: bool) -> Judged:
    question = weigh(bench.kb, text)
    hits, scores = ranked_hits(bench.kb, question)
    values = astuple(signals(question, hits, scores))
    logit = float(weights().answered @ np.array([*values, *read(question, hits).signals, 1.0]))
    return Judged(kind, there, logit, values[-1])


def report(judged: list[Judged], weight: float, threshold: float) -> list[str]:
    """A line for each kind: AUROC, and the shares refused of questions that are there and left out."""
    least = log(threshold / (1.0 - threshold))
    plain = [each for each in judged if each.kind == "plain" and not each.there]
    share = float(np.mean([each.logit < least for each in plain]))
    moved = float(np.quantile([each.logit_with(weight, 0.0) for each in plain], share))
    near = (moved - least) / weight if weight else 0.0
    lines = [f"weight {weight}, adds nothing at {near:.2f}"]
    for kind in dict.fromkeys(each.kind for each in judged):
        there, left_out = (
            [
                each.logit_with(weight, near)
                for each in judged
                if each.kind == kind and each.there == present
            ]
            for present in (True, False)
        )
        refused = [float(np.mean(np.array(logits) < least)) for logits in (there, left_out)]
        lines.append(
            f"  {kind:6} AUROC {auroc(there, left_out):.3f}"
            f"  refused {refused[0]:.2f} there, {refused[1]:.2f} left out"
        )
    return lines


if __name__ == "__main__":
    main()
