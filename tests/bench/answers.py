"""How well refusing and quoting go, on questions whose answer is known to stand in one paragraph.

    python -m tests.bench.answers [--questions 700] [--seed 0] [--cache DIR]

For CMRC 2018 (Chinese), DRCD (Traditional Chinese) and SQuAD 2.0 (English), each in a knowledge
base of its own with its paragraphs as passages: how well the confidence tells a question whose
paragraph is there from the same one with it left out, and with its whole article left out (AUROC,
and the shares refused at several thresholds); how often the sentences that the extractive writer
quotes hold the known answer. Everything goes through `retrieval.search.search.search`, as the commands do.
How well passages are found: `python -m tests.bench.retrieval`.

Only questions of articles with an odd number are asked: the sentence reader was fitted on the
others.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any, cast

import numpy as np

from kb.index import Index
from kb.knowledge import KnowledgeBase
from kb.projections import Scored
from kb.settings import Settings
from kb.text import words
from kb.types import Results
from kb.writers.extractive import Extractive
from retrieval.answer.answer import answer
from retrieval.evaluation import auroc
from retrieval.facts.text import holds
from retrieval.question.question import weigh
from retrieval.search.search import search
from tests.bench.data import CMRC, DRCD, SQUAD, Asked, DataSet, need, squad_like
from tests.bench.legs import Workshop
from tests.bench.sets import Corpus, Piece

SETS = {"CMRC 2018 dev": CMRC, "DRCD dev": DRCD, "SQuAD 2.0 dev": SQUAD}
THRESHOLDS = (0.1, 0.15, 0.2, 0.3, 0.5)
LENGTHS = (1, 3)
DEEPEST = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.answers", description="How good refusing and quoting are."
    )
    parser.add_argument(
        "--questions", type=int, default=700, help="how many of each data set, at most"
    )
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    given = parser.parse_args()
    for name, path in zip(SETS, need(*SETS.values()), strict=True):
        data = squad_like(path)
        asked = replace(data, questions=held_out(data)).sample(given.questions, given.seed)
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
            began = perf_counter()
            cache = given.cache or Path(folder)
            cache.mkdir(parents=True, exist_ok=True)
            bench = Bench.of(data, Workshop(cache, Path(folder), Settings()))
            print(
                f"{name}: {bench.kb.catalog.counts().passages} paragraphs, {len(asked)} questions, seed {given.seed}"
            )
            found = [bench.search(each) for each in asked]
            bench.refusing(asked, found)
            bench.quoting(asked, found)
            bench.kb.catalog.close()
            print(f"  ({perf_counter() - began:.0f} s)\n")


def held_out(data: DataSet) -> tuple[Asked, ...]:
    """The questions that `tests.bench.late_interaction` doesn't fit on."""
    return tuple(each for each in data.questions if each.article % 2 == 1)


@dataclass(frozen=True, slots=True)
class Bench:
    """A data set as a knowledge base."""

    kb: KnowledgeBase

    @classmethod
    def of(cls, data: DataSet, workshop: Workshop) -> Bench:
        """A document for each article, a passage for each paragraph, stored as ingest stores them."""
        pieces = tuple(
            Piece(_passage_id(number, ordinal), f"d_{number}", title, (), text)
            for number, (title, paragraphs) in enumerate(data.articles)
            for ordinal, text in enumerate(paragraphs)
        )
        return cls(workshop.knowledge_base(Corpus(pieces)))

    def search(self, asked: Asked) -> Results:
        """What the commands would find."""
        return search(self.kb, weigh(self.kb, asked.text), limit=DEEPEST)

    # --- refusing ---------------------------------------------------------------------------------

    def refusing(self, asked: Sequence[Asked], found: Sequence[Results]) -> None:
        """The confidence with each question's paragraph there, and with it left out."""
        there = np.array([results.confidence for results in found])
        left_out = np.array([self.without(each).search(each).confidence for each in asked])
        off_topic = np.array([self.without_article(each).search(each).confidence for each in asked])
        above = ", ".join(
            f"{auroc(there.tolist(), other.tolist()):.3f}" for other in (left_out, off_topic)
        )
        print(
            f"  confidence: AUROC {above}; refused when the paragraph is there / left out / its whole article left out"
        )
        usual = self.kb.settings.min_confidence
        for threshold in sorted({*THRESHOLDS, usual}):
            shares = (
                (confidences < threshold).mean() for confidences in (there, left_out, off_topic)
            )
            told = " / ".join(f"{share:.3f}" for share in shares)
            print(f"    below {threshold:<5}  {told}" + "  default" * (threshold == usual))

    def without(self, asked: Asked) -> Bench:
        """The same, as if the paragraph that holds the answer were not there."""
        return self._without([_passage_id(asked.article, asked.paragraph)])

    def without_article(self, asked: Asked) -> Bench:
        """The same, as if nothing of the article that holds the answer were there."""
        return self._without(
            [passage.id for passage in self.kb.catalog.passages_of(f"d_{asked.article}")]
        )

    def _without(self, gone: Sequence[str]) -> Bench:
        held = [
            frozenset(words(f"{title}\n{p.text}"))
            for p, title in self.kb.catalog.passages_with_titles(gone)
        ]
        index = _Without(self.kb.index, frozenset(gone), Counter(chain.from_iterable(held)))
        return replace(self, kb=replace(self.kb, index=cast("Index", index)))

    # --- quoting ----------------------------------------------------------------------------------

    def quoting(self, asked: Sequence[Asked], found: Sequence[Results]) -> None:
        """How often the cited sentences of an extractive answer hold a known answer."""
        default = self.kb.settings.min_confidence
        print("  extractive answers: a cited sentence holds the known answer")
        for length in LENGTHS:
            never, usual = (
                [
                    self._holds(each, results, length, threshold)
                    for each, results in zip(asked, found, strict=True)
                ]
                for threshold in (0.0, default)
            )
            answered = [held for held in usual if held is not None]
            print(
                f"    up to {length}: {np.mean([bool(held) for held in never]):.3f} of all, never refusing;"
                f" refusing below {default}: {np.mean(answered):.3f} of the {len(answered) / len(usual):.3f} answered"
            )

    def _holds(
        self, asked: Asked, results: Results, length: int, min_confidence: float
    ) -> bool | None:
        """Whether a cited sentence holds a known answer; None for a refusal."""
        given = answer(
            results, Extractive(length), replace(self.kb.settings, min_confidence=min_confidence)
        )
        if given.status == "abstained":
            return None
        said = [sentence.text for sentence in given.sentences if sentence.citations]
        return any(holds(text, gold) for text in said for gold in asked.golds)


class _Without:
    """An index as if some passages were not in it. (What BM25 weighs still counts them: few of many
    hundred.)
    """

    def __init__(self, index: Index, gone: Collection[str], holding: Mapping[str, int]) -> None:
        self._index, self._gone, self._holding = index, gone, holding

    def passages(self) -> int:
        return self._index.passages()

    def search_words(
        self,
        question: Collection[str],
        limit: int,
        within: Collection[str] | None,
        boosts: Any = None,
    ) -> Scored:
        return self._rest(
            self._index.search_words(question, limit + len(self._gone), within, boosts), limit
        )

    def search_vector(self, vector: Any, limit: int, within: Collection[str] | None) -> Scored:
        return self._rest(self._index.search_vector(vector, limit + len(self._gone), within), limit)

    def document_frequency(self, question: Collection[str]) -> dict[str, int]:
        found = self._index.document_frequency(question)
        return {word: max(0, count - self._holding.get(word, 0)) for word, count in found.items()}

    def _rest(self, found: Scored, limit: int) -> Scored:
        return [(pid, score) for pid, score in found if pid not in self._gone][:limit]


def _passage_id(article: int, paragraph: int) -> str:
    return f"p_{article}_{paragraph}"


if __name__ == "__main__":
    main()
