"""How long a question takes, and how that grows with the knowledge base.

    python -m tests.bench.latency [--sizes 10000 30000 100000 300000] [--questions 200] [--seed 0] [--embedder NAME]
                                  [--cache DIR] [--chart FILE] [--profile]

Passages are made: two neighbouring pieces of text out of the shared data, from different places,
put together anew for each passage, so that words have the frequencies of real text. Their vectors
are not encoded one by one, which would take hours for a contextual encoder: each piece is encoded
once, and a passage's vector is the sum of its two with a little noise, scaled to unit length.
Questions are real ones of the three question sets, each encoded when it is asked.

Measured warm, by `retrieval.search.search.search`, all legs and fusion: the median and the 95th percentile
of a question, and the median of its processor time, which others on the machine disturb less; then
where the time goes, by what searching calls. `--chart` draws the growth as SVG. `--cache` keeps the
knowledge bases.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from kb.backends import open_embedder
from kb.embedders import Embedder
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.text import language
from retrieval.question.question import weigh
from retrieval.search.search import search
from tests.bench.chart import Line, growth_chart
from tests.bench.data import CMRC, DRCD, SQUAD, need, squad_like
from tests.bench.legs import store
from tests.bench.sets import Corpus, Piece

SIZES = (10_000, 30_000, 100_000, 300_000)
TARGETS = {10_000: 25.0, 100_000: 80.0}
_LONG = {"en": 450, "zh": 180}  # characters of a piece; a passage is two
_PER_DOCUMENT = 60
_NOISE = 0.3  # length of the noise beside a unit vector
_LIMIT = 8
_WARM = 20
_SOURCES = ("docs", "transcripts/changelog", "transcripts/bitcoin", "faq")


def main() -> None:
    given = _arguments()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary)
        cache.mkdir(parents=True, exist_ok=True)
        embedder = open_embedder(Settings(embedder=given.embedder))
        questions = _questions(given.questions, given.seed)
        pool = Pool.of(_pieces(), embedder, cache)
        print(
            f"{len(pool.texts):,} pieces of real text; {len(questions)} questions; embedder {embedder.name}"
        )
        print(
            f"{'passages':>10} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8} {'processor':>9} {'confidence':>10}"
            "   where the time of the mean question goes, ms"
        )
        points = []
        for size in given.sizes:
            began = perf_counter()
            kb = _knowledge_base(
                cache / f"latency-{given.embedder}-{given.seed}-{size}", pool, size, given, embedder
            )
            print(f"{size:,} passages stored in {perf_counter() - began:.0f} s", file=sys.stderr)
            point = measure(kb, questions, size)
            points.append(point)
            print(point.told(), flush=True)
            if given.profile:
                _profile(kb, questions)
            kb.catalog.close()
    for point in points:
        if point.passages in TARGETS:
            met = "met" if point.p50 <= TARGETS[point.passages] else "MISSED"
            print(
                f"{met}: p50 at {point.passages:,} is {point.p50:.1f} ms, wanted {TARGETS[point.passages]:g}"
            )
    if given.chart:
        lines = [Line("p50", [p.p50 for p in points]), Line("p95", [p.p95 for p in points])]
        title = "Milliseconds per question, warm, all legs and fusion"
        given.chart.write_text(growth_chart(title, [p.passages for p in points], lines), "utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.latency", description="How long a question takes."
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="how many passages")
    parser.add_argument("--questions", type=int, default=200, help="how many questions")
    parser.add_argument("--seed", type=int, default=0, help="for the passages and the questions")
    parser.add_argument("--embedder", default=Settings().embedder, help="what the vectors are of")
    parser.add_argument(
        "--cache", type=Path, help="a folder that keeps the knowledge bases for later runs"
    )
    parser.add_argument("--chart", type=Path, metavar="FILE", help="draw the growth, as SVG")
    parser.add_argument("--profile", action="store_true", help="print Python's profile too")
    return parser.parse_args()


# --- making ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pool:
    """Pieces of real text with their vectors; those of a language together, since a passage has one
    language.
    """

    texts: tuple[str, ...]
    vectors: NDArray[np.float32]
    by_language: dict[str, list[int]]

    @classmethod
    def of(cls, texts: Sequence[str], embedder: Embedder, cache: Path) -> Pool:
        """With vectors that a run before has kept, where it had the same texts."""
        kept = (
            cache
            / f"pieces-{embedder.name}-{blake2b(''.join(texts).encode(), digest_size=8).hexdigest()}.npy"
        )
        if not kept.exists():
            np.save(kept, embedder.passages(texts))
        rows = defaultdict(list)
        for row, text in enumerate(texts):
            rows["zh" if language(text) == "zh" else "en"].append(row)
        return cls(tuple(texts), np.load(kept), dict(rows))

    def passages(self, size: int, seed: int) -> tuple[Corpus, NDArray[np.float32]]:
        """So many passages with their vectors, always the same ones for a seed."""
        draw = random.Random(seed)
        languages, weights = zip(
            *((lang, len(rows)) for lang, rows in sorted(self.by_language.items())), strict=True
        )
        drawn = [self.by_language[lang] for lang in draw.choices(languages, weights, k=size)]
        pairs = np.array([draw.sample(rows, 2) for rows in drawn])
        vectors = self.vectors[pairs].sum(1)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        noise = np.random.default_rng(seed).standard_normal(vectors.shape, np.float32)
        vectors += _NOISE / vectors.shape[1] ** 0.5 * noise
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        pieces = (
            self._piece(number, one, other) for number, (one, other) in enumerate(pairs.tolist())
        )
        return Corpus(tuple(pieces)), vectors.astype(np.float32)

    def _piece(self, number: int, one: int, other: int) -> Piece:
        document = number // _PER_DOCUMENT
        title = " ".join(self.texts[one][:24].split())
        return Piece(
            f"p_{number}", f"d_{document}", title, (), f"{self.texts[one]}\n\n{self.texts[other]}"
        )


def _pieces() -> list[str]:
    """Pieces of about one length of all the prose in the shared data, each once."""
    paragraphs = [
        text
        for path in need(CMRC, DRCD, SQUAD)
        for _, held in squad_like(path).articles
        for text in held
    ]
    for folder in need(*_SOURCES):
        for path in sorted(folder.rglob("*.md*")):
            paragraphs += path.read_text("utf-8", errors="replace").split("\n\n")
    return list(
        dict.fromkeys(
            piece for paragraph in paragraphs for piece in _cut(" ".join(paragraph.split()))
        )
    )


def _cut(paragraph: str) -> Iterator[str]:
    length = _LONG["zh" if language(paragraph) == "zh" else "en"]
    for begin in range(0, len(paragraph), length):
        piece = paragraph[begin : begin + length]
        if len(piece) >= length // 3:
            yield piece


def _questions(size: int, seed: int) -> list[str]:
    each = [squad_like(path).sample(size, seed) for path in need(CMRC, DRCD, SQUAD)]
    return [
        asked.text
        for asked in random.Random(seed).sample([one for listed in each for one in listed], size)
    ]


def _knowledge_base(
    folder: Path, pool: Pool, size: int, given: argparse.Namespace, embedder: Embedder
) -> KnowledgeBase:
    settings = Settings(embedder=given.embedder)
    whole = folder / "whole"
    if not whole.exists():
        corpus, vectors = pool.passages(size, given.seed)
        store(corpus, vectors, Home(folder), settings, embedder.name).catalog.close()
        whole.touch()
    return open_knowledge_base(Home(folder), settings)


# --- measuring ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Point:
    """How long questions took at one size, in milliseconds; `parts` says on what, for the mean
    question.

    `confidence` is the median of what judging the hits takes after that, where it is asked for.
    """

    passages: int
    p50: float
    p95: float
    most: float
    processor: float
    confidence: float
    parts: dict[str, float]

    def told(self) -> str:
        """A line of the table."""
        parts = ", ".join(
            f"{name} {ms:.1f}" for name, ms in sorted(self.parts.items(), key=lambda part: -part[1])
        )
        return (
            f"{self.passages:>10,} {self.p50:>8.1f} {self.p95:>8.1f} {self.most:>8.1f} {self.processor:>9.1f}"
            f" {self.confidence:>10.1f}   {parts}"
        )


class Timed:
    """Something whose calls are timed, under their names, into `spent` (seconds)."""

    def __init__(self, timed: object, name: str, spent: dict[str, float]) -> None:
        self._timed, self._called, self._spent = timed, name, spent

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(self._timed, attribute)
        if not callable(value):
            return value

        def call(*given: Any, **named: Any) -> Any:
            began = perf_counter()
            try:
                return value(*given, **named)
            finally:
                self._spent[f"{self._called}.{attribute}"] += perf_counter() - began

        return call


def measure(kb: KnowledgeBase, questions: Sequence[str], size: int) -> Point:
    """The times of all questions, then of all once more, in parts."""
    for question in questions[:_WARM]:
        search(kb, weigh(kb, question), limit=_LIMIT)
    seconds, processor = zip(*(_asked(kb, question) for question in questions), strict=True)
    took = [1000 * each for each in seconds]
    judging = 1000 * median(_judged(kb, question) for question in questions)
    spent: dict[str, float] = defaultdict(float)
    watched = replace(
        kb,
        catalog=cast(Any, Timed(kb.catalog, "catalog", spent)),
        index=cast(Any, Timed(kb.index, "index", spent)),
        embedder=cast(Any, Timed(kb.embedder, "embedder", spent)),
    )
    whole = sum(_asked(watched, question)[0] for question in questions)
    spent["the rest of search"] = whole - sum(spent.values())
    parts = {name: 1000 * seconds / len(questions) for name, seconds in spent.items()}
    return Point(
        size,
        median(took),
        float(np.percentile(took, 95)),
        max(took),
        1000 * median(processor),
        judging,
        parts,
    )


def _asked(kb: KnowledgeBase, question: str) -> tuple[float, float]:
    """Seconds on the clock, and of the processor."""
    began, busy = perf_counter(), process_time()
    search(kb, weigh(kb, question), limit=_LIMIT)
    return perf_counter() - began, process_time() - busy


def _judged(kb: KnowledgeBase, question: str) -> float:
    """Seconds that the confidence takes once the hits are there."""
    found = search(kb, weigh(kb, question), limit=_LIMIT)
    began = perf_counter()
    assert 0.0 <= found.confidence <= 1.0
    return perf_counter() - began


def _profile(kb: KnowledgeBase, questions: Sequence[str]) -> None:
    import cProfile
    import pstats

    with cProfile.Profile() as profile:
        for question in questions:
            search(kb, weigh(kb, question), limit=_LIMIT)
    pstats.Stats(profile).sort_stats("cumulative").print_stats(25)


if __name__ == "__main__":
    main()
