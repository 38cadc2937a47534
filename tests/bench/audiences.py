"""What a question costs a caller who may not see every source.

    python -m tests.bench.audiences HOME [--questions 50] [--seed 0] [--embedder NAME]

For each share of the sources, that many are drawn for the caller and the home is narrowed to them;
then questions are searched for, warm, by `retrieval.search.search.search`, and given are the median
of a question and that of its processor time, which others on the machine disturb less. Questions
are the first sentences of passages, hidden or not. First comes the whole home, without a filter.
Last is what narrowing itself takes, with six rules by path; a server does that once for each set of
audiences, until sources, rules or FAQ change.
`python -m tests.bench.latency --cache DIR` makes homes of any size.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from unittest.mock import patch

from kb.audience import rules_in
from kb.catalog import Catalog
from kb.home import Home
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from kb.sight import Sight
from kb.text import sentences
from kb.visibility import narrowed_to
from kb.visible_index import VisibleIndex
from retrieval.question.question import weigh
from retrieval.search.search import search

SHARES = (0.02, 0.2, 0.5, 0.8, 0.98)
_LIMIT = 8


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.audiences")
    parser.add_argument("home", type=Path)
    parser.add_argument("--questions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--embedder", default=Settings().embedder)
    given = parser.parse_args()
    kb = open_knowledge_base(Home(given.home), Settings(embedder=given.embedder))
    drawn = random.Random(given.seed)
    asked = list(_questions(kb, given.questions, drawn))
    print(f"{kb.catalog.counts().passages:,} passages of {kb.catalog.counts().documents:,} sources")
    print(f"{'share seen':>12} {'ms':>8} {'processor ms':>13}")
    _tell("all", _searching(kb, asked))
    documents = [origin.document for origin in kb.catalog.origins()]
    for share in SHARES:
        seen = frozenset(drawn.sample(documents, max(1, round(share * len(documents)))))
        _tell(f"{share:g}", _searching(_narrowed(kb, seen), asked))
    _tell("narrowing", _narrowing(kb))


def _narrowed(kb: KnowledgeBase, documents: frozenset[str]) -> KnowledgeBase:
    sight = Sight(frozenset(["drawn"]), documents, is_shared=False)
    catalog = Catalog(kb.home.catalog, sight=sight)
    index = VisibleIndex(kb.index, catalog.passage_ids())
    return replace(kb, catalog=catalog, index=index, sight=sight)


def _questions(kb: KnowledgeBase, count: int, drawn: random.Random) -> Iterator[str]:
    """The first sentences of passages, at most 120 characters of each."""
    ids = drawn.sample(sorted(kb.catalog.passage_ids()), count)
    for passage in kb.catalog.passages(ids).values():
        start, end = next(iter(sentences(passage.text)), (0, None))
        yield passage.text[start:end][:120]


def _searching(kb: KnowledgeBase, asked: Sequence[str]) -> list[tuple[float, float]]:
    for question in asked[:5]:
        search(kb, weigh(kb, question), limit=_LIMIT)
    return [_timed(lambda: search(kb, weigh(kb, each), limit=_LIMIT)) for each in asked]  # noqa: B023


def _narrowing(kb: KnowledgeBase) -> list[tuple[float, float]]:
    """The times of narrowing the home, which is left as it is, with rules of its own."""
    rules = {f"nowhere{number}/**": "staff" for number in range(5)} | {"*1*": "staff"}
    with patch("kb.visibility.read_rules", lambda home: rules_in(rules)):
        return [_timed(lambda: narrowed_to(kb, frozenset(["public"]))) for _ in range(5)]


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    wall, processor = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - processor


def _tell(name: str, times: Sequence[tuple[float, float]]) -> None:
    walls, processors = zip(*times, strict=True)
    print(f"{name:>12} {1000 * median(walls):8.1f} {1000 * median(processors):13.1f}", flush=True)


if __name__ == "__main__":
    main()
