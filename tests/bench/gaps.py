"""How well questions are grouped by meaning, in Chinese and English: `kb gaps` lists one gap for
each group.

    python -m tests.bench.gaps [--fit] [--time 1000]

Labelled groups: questions of founders in four wordings, two in each language
(tests/bench/gaps.jsonl, written for this, with 30 questions that only one person asks); the Milvus
FAQ in Chinese and English, one wording each; the COVID FAQ's question pairs, groups being what its
labels connect; and founders' questions put in other words, of which 15 were written in both
languages independently, sharing hardly a word (tests/bench/paraphrases.jsonl). Each set is grouped
alone and among 150 questions of CMRC 2018, DRCD and SQuAD 2.0, one an article, of which no two are
the same.

Half of the groups, by a hash of their name, serve to fit the weights and to choose the threshold of
`retrieval/question/question_similarity.py`; `--fit` prints both. Figures are of the other half; the paraphrases are all held back. B-cubed
(Bagga & Baldwin 1998) precision, recall and F1 are means over the set's own questions; pairs are
counted over all questions at hand.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import combinations
from pathlib import Path
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from kb.glossary import glossary
from kb.home import cache_folder
from retrieval.question.question_similarity import (
    ACROSS,
    SAME,
    WITHIN,
    SimilaritySignals,
    clusters,
    likeness,
    signals,
)
from tests.bench.data import CMRC, DRCD, SQUAD, need, squad_like
from tests.bench.sections import pair_up, questions, read_pages

WRITTEN = Path(__file__).with_name("gaps.jsonl")
PARAPHRASES = Path(__file__).with_name("paraphrases.jsonl")
_BOTH = """zh-01=en-19 zh-05=en-26 zh-06=en-20 zh-07=en-21 zh-08=en-22 zh-10=en-28 zh-11=en-27 zh-13=en-23 zh-14=en-39
    zh-16=en-37 zh-19=en-41 zh-20=en-43 zh-22=en-42 zh-23=en-29 zh-27=en-36"""
_OTHERS = 150
_POSITIVE = 0.1  # the weight that pairs of one question have in the fit, together
_L2 = 0.001
_THRESHOLDS = np.arange(-0.5, 3.01, 0.25)

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mixture:
    """Questions that are grouped together and the group that each is of; the first `own` are the
    set's own.
    """

    name: str
    texts: tuple[str, ...]
    groups: tuple[str, ...]
    own: int


@dataclass(frozen=True, slots=True)
class Figures:
    """B-cubed precision, recall and F1, then precision and recall of pairs."""

    precision: float
    recall: float
    f1: float
    pairs_right: float
    pairs_found: float


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.gaps", description="Measures grouping by meaning."
    )
    parser.add_argument(
        "--fit", action="store_true", help="fit the weights and choose the threshold"
    )
    parser.add_argument(
        "--time", type=int, default=1000, help="how many questions to group against the clock"
    )
    given = parser.parse_args()
    known = glossary([cache_folder()])
    mixtures = list(_mixtures())
    told = {mixture: signals(mixture.texts, known) for mixture in mixtures}
    development = [mixture for mixture in mixtures if mixture.name.startswith("dev ")]
    weights = (WITHIN, ACROSS)
    if given.fit:
        weights = tuple(
            _fit([(mixture, told[mixture]) for mixture in development], across)
            for across in (False, True)
        )
        print(f"WITHIN = {_shown(weights[0])}\nACROSS = {_shown(weights[1])}")
        for least in _THRESHOLDS:
            found = [
                figures(mixture, _likeness(told[mixture], *weights), least).f1
                for mixture in development
            ]
            print(f"  threshold {least:5.2f}: mean B-cubed F1 {np.mean(found):.3f}")
    print(f"threshold {SAME:g}\n{'set':30} B-cubed: P     R     F1     pairs: P     R")
    for mixture in mixtures:
        if mixture not in development:
            f = figures(mixture, _likeness(told[mixture], *weights), SAME)
            print(
                f"{mixture.name:30}          {f.precision:.3f} {f.recall:.3f} {f.f1:.3f}         "
                f"{f.pairs_right:.3f} {f.pairs_found:.3f}"
            )
    _against_the_clock([text for mixture in mixtures for text in mixture.texts], given.time)


def _against_the_clock(texts: Sequence[str], count: int) -> None:
    some = list(dict.fromkeys(texts))[:count]
    known = glossary([cache_folder()])
    likeness(some[:2], known)
    began = perf_counter()
    groups = clusters(likeness(some, known))
    print(
        f"{len(some)} questions in {len(groups)} groups: {perf_counter() - began:.1f} s, models loaded"
    )


# --- the sets -------------------------------------------------------------------------------------


def _mixtures() -> Iterator[Mixture]:
    others = list(_singles())
    sets = {
        "founders": _written(),
        "milvus": _milvus(),
        "covid": _covid(),
        "paraphrases": _paraphrases(),
    }
    for name, labelled in sets.items():
        for held in (False, True):
            own = [each for each in labelled if name == "paraphrases" or _is_held(each[0]) is held]
            if name == "paraphrases" and not held:
                continue
            among = [each for each in others if _is_held(each[0]) is held][:_OTHERS]
            for kind, rows in (("", own), (" + others", own + among)):
                groups, texts = zip(*rows, strict=True)
                yield Mixture(f"{'' if held else 'dev '}{name}{kind}", texts, groups, len(own))


def _is_held(group: str) -> bool:
    return blake2b(group.encode(), digest_size=2).digest()[0] % 2 == 1


def _written() -> list[tuple[str, str]]:
    lines = map(json.loads, WRITTEN.read_text("utf-8").splitlines())
    return [(f"o:{line['group']}", question) for line in lines for question in line["questions"]]


def _milvus() -> list[tuple[str, str]]:
    zh, en = need("faq/milvus_zh_en/site/zh-CN/faq", "faq/milvus_zh_en/site/en/faq")
    sides = pair_up(read_pages(zh), read_pages(en))
    return [(f"m:{key}", asked) for side in (sides, sides[::-1]) for asked, key in questions(*side)]


def _covid() -> list[tuple[str, str]]:
    (path,) = need("faq/covid_en/data/eval_question_similarity_en.csv")
    leads: dict[str, str] = {}
    for row in csv.DictReader(path.open(encoding="utf-8", newline="")):
        one, other = row["question_1"].strip(), row["question_2"].strip()
        for each in (one, other):
            leads.setdefault(each, each)
        if row["similar"].strip().startswith("1"):
            leads[_end(leads, one)] = _end(leads, other)
    return [(f"c:{_end(leads, question)}", question) for question in leads]


def _end(leads: dict[str, str], name: str) -> str:
    while leads[name] != name:
        name = leads[name]
    return name


def _paraphrases() -> list[tuple[str, str]]:
    same = dict(pair.split("=")[::-1] for pair in _BOTH.split())
    lines = map(json.loads, PARAPHRASES.read_text("utf-8").splitlines())
    return [(f"p:{same.get(line['id'], line['id'])}", line["question"]) for line in lines]


def _singles() -> Iterator[tuple[str, str]]:
    found = []
    for path in need(SQUAD, CMRC, DRCD):
        first: dict[int, str] = {}
        for asked in squad_like(path).questions:
            first.setdefault(asked.article, asked.text)
        found += [(f"x:{path.name}:{article}", text) for article, text in first.items()]
    yield from random.Random(5).sample(found, len(found))


# --- figures --------------------------------------------------------------------------------------


def _likeness(
    told: SimilaritySignals, within: Sequence[float], across: Sequence[float]
) -> NDArray[np.float32]:
    one, other = (w[0] * told.cosine + w[1] * told.overlap + w[2] for w in (within, across))
    return np.where(told.across, other, one).astype(np.float32)


def figures(mixture: Mixture, likeness: NDArray[np.float32], least: float) -> Figures:
    """What becomes of a mixture at a threshold."""
    sizes = Counter(mixture.groups)
    precisions, recalls = [], []
    right = found = 0
    for rows in clusters(likeness, least):
        together = Counter(mixture.groups[row] for row in rows)
        own = [row for row in rows if row < mixture.own]
        precisions += [together[mixture.groups[row]] / len(rows) for row in own]
        recalls += [together[mixture.groups[row]] / sizes[mixture.groups[row]] for row in own]
        right += sum(count * (count - 1) // 2 for count in together.values())
        found += len(rows) * (len(rows) - 1) // 2
    precision, recall = float(np.mean(precisions)), float(np.mean(recalls))
    wanted = sum(count * (count - 1) // 2 for count in sizes.values())
    f1 = 2 * precision * recall / (precision + recall)
    return Figures(precision, recall, f1, right / max(1, found), right / max(1, wanted))


def _fit(told: Sequence[tuple[Mixture, SimilaritySignals]], across: bool) -> tuple[float, ...]:
    """Weights and bias of a logistic regression (Newton's method, steps of at most 1) over the
    pairs of all mixtures.
    """
    rows, same = [], []
    for mixture, each in told:
        for i, j in combinations(range(len(mixture.texts)), 2):
            if each.across[i, j] == across:
                rows.append((each.cosine[i, j], each.overlap[i, j]))
                same.append(mixture.groups[i] == mixture.groups[j])
    signal, label = np.array(rows, np.float64), np.array(same)
    weight = np.where(label, _POSITIVE / label.sum(), (1 - _POSITIVE) / (~label).sum())
    middle, spread = signal.mean(0), signal.std(0)
    scaled = np.c_[(signal - middle) / spread, np.ones(len(signal))]
    penalty = _L2 * np.diag([1.0, 1.0, 0.0])
    found = np.zeros(3)
    for _ in range(60):
        p = 1.0 / (1.0 + np.exp(-scaled @ found))
        gradient = scaled.T @ ((p - label) * weight) + penalty @ found
        curvature = (scaled * (p * (1.0 - p) * weight)[:, None]).T @ scaled + penalty
        found -= np.clip(np.linalg.solve(curvature, gradient), -1.0, 1.0)
    weights = found[:-1] / spread
    return (*map(float, weights), float(found[-1] - weights @ middle))


def _shown(weights: Sequence[float]) -> str:
    return f"({', '.join(f'{weight:.2f}' for weight in weights)})"


if __name__ == "__main__":
    main()
