"""What recommending finds of what readers read next, beside popularity and plain similarity.

    python -m tests.bench.recommending [--part fit|unseen] [--seed 7] [--histories 400]

Readers are made: each reads 4 to 8 documents, in the order of chance, of one or two topics (those
of the data: the folders that guides, case studies, posts and product pages stand in), and now and
then (one in six) of any other. The last document of their topics is held out. What is recommended
after the others is held against it: recall@5, the mean cosine distance of the five from each
other, and how many topics they are of. Popularity counts who reads what among as many other
readers; plain similarity is the cosine to the mean of what was read, by plain mean vectors, and
knows no versions in other languages. Of both parts no figure is better than 1 over the number of
documents of the topics allows: readers have no other taste.

`NEAREST` and `RELEVANCE` of `retrieval/recommend/ranking.py` were chosen on the part `fit` with seed 7.
The figures of docs/recommend.md are those of `unseen`, other documents and another seed.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path, PurePosixPath

import numpy as np

from ingest.pipeline import ingest
from kb.home import Home
from kb.knowledge import open_knowledge_base
from kb.settings import Settings
from retrieval.recommend.ranking import NEAREST, RELEVANCE, nearness, next_sources
from retrieval.recommend.source_profiles import Profiles, read_profiles, unit
from tests.bench.data import need

PARTS = {
    "fit": ("docs/todogroup_guides/content/en",),
    "unseen": (
        "docs/dify_docs_zh_en",
        "docs/opensource_guide",
        "docs/todogroup_guides/content/zh-CN",
    ),
}
_FIRST = 5  # recommendations that are looked at
_NOISE = 1 / 6  # the share of documents that are of no topic of the reader's
_FEWEST = 4  # documents that make a topic
_MOST = 30  # of a folder: embedding all takes minutes

Recommend = Callable[[Sequence[int]], list[int]]
"""From the rows that were read, the rows to read next."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The rows that a reader has read, in order, and the one that comes next."""

    read: tuple[int, ...]
    following: int


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.recommending", description="What readers read next."
    )
    parser.add_argument("--part", choices=PARTS, default="unseen")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--histories", type=int, default=400)
    parser.add_argument("--sweep", action="store_true", help="other values of the two constants")
    given = parser.parse_args()
    roots = need(*PARTS[given.part])
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        profiles, plain = _profiles(roots, Path(folder))
    topics = _topics(profiles, roots)
    sizes = ", ".join(f"{name} {len(rows)}" for name, rows in topics.items())
    print(f"{len(profiles.sources)} documents, topics: {sizes}")
    rng = random.Random(given.seed)
    histories = [_reading(profiles, topics, rng) for _ in range(2 * given.histories)]
    others, asked = histories[: given.histories], histories[given.histories :]
    ways = {
        "popularity": _popularity(profiles, others),
        "plain similarity": _similarity(plain),
        "kb, relevance only": _ours(profiles, NEAREST, 1.0),
        "kb": _ours(profiles, NEAREST, RELEVANCE),
    }
    if given.sweep:
        for nearest in (1, 2, 3, 99):
            for share in (1.0, 0.9, 0.8, 0.7, 0.6, 0.5):
                ways[f"nearest {nearest}, share {share}"] = _ours(profiles, nearest, share)
    topic_of = {row: name for name, rows in topics.items() for row in rows}
    print(f"{'':24} recall@{_FIRST}  ±95%  distance  topics  pages twice")
    for name, recommend in ways.items():
        print(f"{name:24} {_figures(profiles, asked, recommend, topic_of)}")


def _profiles(roots: Sequence[Path], folder: Path) -> tuple[Profiles, np.ndarray]:
    """The profiles of up to `_MOST` documents of each folder, and their plain mean vectors."""
    files: list[Path] = []
    for root in roots:
        by_folder: dict[Path, list[Path]] = defaultdict(list)
        for path in sorted(root.rglob("*.md*")):
            by_folder[path.parent].append(path)
        files += [path for paths in by_folder.values() for path in paths[:_MOST]]
    kb = open_knowledge_base(Home(folder / "home"), Settings(), create=True)
    staged = folder / "sources"
    for path in files:
        root = next(root for root in roots if path.is_relative_to(root))
        copy = staged / root.name / path.relative_to(root)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    ingest(kb, [staged])
    profiles = read_profiles(kb)
    means = []
    for profile in profiles.sources:
        vectors = kb.catalog.vectors(profile.passages, kb.catalog.serving())
        means.append(np.mean(list(vectors.values()), axis=0))
    kb.catalog.close()
    return profiles, unit(np.array(means))


def _topics(profiles: Profiles, roots: Sequence[Path]) -> dict[str, list[int]]:
    """The rows of each topic: a folder of documents, one for all languages of it."""
    topics: dict[str, list[int]] = defaultdict(list)
    for row, profile in enumerate(profiles.sources):
        parent = str(PurePosixPath(profile.page).parent)
        parts = [part for part in parent.split("/") if part not in ("cloud", "self-host")]
        topics["/".join(parts[-2:])].append(row)
    return {name: rows for name, rows in topics.items() if len(rows) >= _FEWEST}


def _reading(profiles: Profiles, topics: dict[str, list[int]], rng: random.Random) -> Reading:
    chosen = rng.sample(sorted(topics), rng.choice((1, 2)) if len(topics) > 1 else 1)
    length = rng.randint(4, 8)
    pool = sorted({row for name in chosen for row in topics[name]})
    read: list[int] = []
    pages: set[str] = set()
    while len(read) < length:
        is_noise = rng.random() < _NOISE and len(read) < length - 1
        row = rng.choice(range(len(profiles.sources)) if is_noise else pool)
        if profiles.sources[row].page not in pages:
            pages.add(profiles.sources[row].page)
            read.append(row)
        elif all(profiles.sources[row].page in pages for row in pool):
            break
    return Reading(tuple(read[:-1]), read[-1])


def _popularity(profiles: Profiles, others: Sequence[Reading]) -> Recommend:
    counts = Counter(row for reading in others for row in (*reading.read, reading.following))
    order = [row for row, _ in counts.most_common()]
    return lambda read: [row for row in order if row not in read][:_FIRST]


def _similarity(plain: np.ndarray) -> Recommend:
    def recommend(read: Sequence[int]) -> list[int]:
        scores = plain @ plain[list(read)].mean(axis=0)
        return [int(row) for row in np.argsort(-scores) if row not in read][:_FIRST]

    return recommend


def _ours(profiles: Profiles, nearest: int, share: float) -> Recommend:
    def recommend(read: Sequence[int]) -> list[int]:
        near = nearness(profiles, read, nearest)
        rows = set(range(len(near))) - profiles.with_versions(read)
        top = max((float(near[row]) for row in rows), default=1.0)
        relevance = {row: float(near[row]) / top for row in rows if near[row] > 0.0}
        return next_sources(profiles, relevance, read, _FIRST, share)

    return recommend


def _figures(
    profiles: Profiles, asked: Sequence[Reading], recommend: Recommend, topic_of: dict[int, str]
) -> str:
    hits, distances, topics, twice = [], [], [], []
    for reading in asked:
        rows = recommend(reading.read)
        pages = [profiles.sources[row].page for row in rows]
        hits.append(profiles.sources[reading.following].page in pages)
        pairs = list(combinations(rows, 2))
        cosines = [float(profiles.vectors[a] @ profiles.vectors[b]) for a, b in pairs]
        distances.append(1.0 - float(np.mean(cosines)) if cosines else 0.0)
        topics.append(len({topic_of.get(row, str(row)) for row in rows}))
        read = {profiles.sources[row].page for row in reading.read}
        twice.append(len(rows) - len(set(pages) - read))
    share = float(np.mean(hits))
    around = 1.96 * (share * (1 - share) / len(hits)) ** 0.5
    return (
        f"{share:8.3f}  {around:.3f} {np.mean(distances):8.3f} {np.mean(topics):8.2f}"
        f" {np.mean(twice):10.2f}"
    )


if __name__ == "__main__":
    main()
