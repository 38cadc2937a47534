"""What ingesting costs: again when nothing changed, and beside Chroma alone storing the very same
vectors.

    python -m tests.bench.ingest [--rounds 3] [--table ROWS]

On docs, transcripts and FAQs of the shared data. First, how much faster a second `kb ingest` of
unchanged files is. Then passages a second of `kb ingest` (whole process: reading, splitting,
embedding, catalog, both indexes) against those of `collection.upsert` through the public chromadb
client given kb's finished ids and vectors, 1,000 at a time, once as Chroma is by default and once
with kb's HNSW configuration; all in turn each round. Last, how many of the true ten nearest (exact
cosine) either answers with, for real questions.

With `--table`, instead: what preparing a table of so many rows takes, as a worker does it (reading,
splitting, sketching), part by part, and what the whole ingest takes, until all of it is found by
words and sketches.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any

import numpy as np

from ingest.assembly import document_id
from ingest.prepare import Order, prepare
from kb.settings import Settings
from tests.bench.data import CMRC, SQUAD, need, squad_like
from tests.bench.measure import Finished, kb, spread

BATCH = 1000
NEAREST = 10
QUESTIONS = 200
AGAIN = 5
TARGET_AGAIN = 50
TARGET_RATE = 0.60
Search = Callable[[np.ndarray], list[list[str]]]


@dataclass(frozen=True, slots=True)
class Upserts:
    """What storing everything through the client took."""

    seconds: float
    processor: float


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.ingest", description="What ingesting costs."
    )
    parser.add_argument(
        "--rounds", type=int, default=3, help="times that each way stores everything"
    )
    parser.add_argument(
        "--table", type=int, metavar="ROWS", help="measure a table of so many rows alone"
    )
    given = parser.parse_args()
    if given.table:
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
            measure_table(Path(folder), given.table)
        return
    rounds = given.rounds
    files = need("docs", "transcripts", "faq")
    need(SQUAD, CMRC)
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        measure(Path(folder), files, rounds)


def measure(folder: Path, files: Sequence[Path], rounds: int) -> None:
    """Every way in turn each round; the folders of the last round serve to measure recall."""
    first: list[Finished] = []
    again: list[list[Finished]] = []
    upserts: dict[str, list[Upserts]] = {"Chroma's default": [], "kb's configuration": []}
    for number in range(rounds):
        home = folder / f"{number}"
        first.append(kb(home, "ingest", *files, "--json"))
        again.append([kb(home, "ingest", *files, "--json") for _ in range(AGAIN)])
        ids, vectors = held(home)
        collections = {}
        for name, configuration in zip(upserts, (None, kb_configuration()), strict=True):
            collections[name], took = upsert_all(home / f"raw {name}", configuration, ids, vectors)
            upserts[name].append(took)
        if number < rounds - 1:
            shutil.rmtree(home)
    tell_again(first, again)
    tell_rates(first, upserts, len(ids))
    tell_recall(home, ids, vectors, collections)


def measure_table(folder: Path, rows: int) -> None:
    """Tell what a large table takes: its parts one by one, then all of `kb ingest` without the
    filling in.
    """
    path = folder / "members.csv"
    with path.open("w") as stream:
        stream.write("id,name,city,price,notes\n")
        stream.writelines(
            f"{n},Member {n},City {n % 97},{n % 993},likes lanterns and ferries and asks about orchard {n % 4999}\n"
            for n in range(rows)
        )
    order = Order(
        str(path), path.stat().st_size, path.name, document_id(path.name), None, {}, Settings()
    )
    taken, began = [], process_time()
    for _ in prepare(order):
        taken.append(process_time() - began)
        began = process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(
        f"preparing {rows} rows, {path.stat().st_size / 1e6:.1f} MB: processor {sum(taken):.1f} s"
    )
    print(f"  {len(taken)} parts, the longest {max(taken):.2f} s; peak memory {peak:.0f} MB")
    done = kb(folder / "home", "ingest", path, "--json", embedder="static")
    print(
        f"kb ingest: {done.seconds:.0f} s, processor {done.processor:.0f} s; largest process {done.peak_mb:.0f} MB"
    )


def tell_again(first: Sequence[Finished], again: Sequence[Sequence[Finished]]) -> None:
    """How much faster nothing to do is, by round."""
    files = _report(first[0])["added"]
    if any(_report(each)["unchanged"] != files for some in again for each in some):
        sys.exit("nothing measured: a second ingest of unchanged files changed something")
    print(
        f"second ingest of {files} unchanged files, {len(first)} rounds (target: {TARGET_AGAIN} times as fast)"
    )
    for name, taken in {"work alone": _work_alone, "whole process": _whole}.items():
        firsts, seconds = (
            [taken(each) for each in first],
            [median(map(taken, some)) for some in again],
        )
        ratios = [one / two for one, two in zip(firsts, seconds, strict=True)]
        print(f"  {name:13}  first   {spread(firsts)}")
        print(f"  {'':13}  second  {spread(seconds)}")
        print(f"  {'':13}  ratio   {spread(ratios, '', 0)}")


def tell_rates(
    whole: Sequence[Finished], upserts: Mapping[str, Sequence[Upserts]], passages: int
) -> None:
    """Passages a second, and how kb's compare, by round. Processor seconds count all threads and
    processes.
    """
    print(
        f"\nstoring {passages} passages, {len(whole)} rounds (target: {TARGET_RATE:.2f} of Chroma alone by default)"
    )
    _tell_rate("kb ingest, whole process", whole, passages)
    for name, runs in upserts.items():
        _tell_rate(f"upsert, {name}", runs, passages)
    for name, runs in upserts.items():
        ratios = [each.seconds / done.seconds for each, done in zip(runs, whole, strict=True)]
        processor = median(
            each.processor / done.processor for each, done in zip(runs, whole, strict=True)
        )
        print(
            f"  kb ingest / upsert, {name:18}  {spread(ratios, '', 2)}   by processor time {processor:.2f}"
        )
    # Later rounds start it from this process, grown large by then: see tests.bench.measure.
    print(f"  peak memory of kb ingest {whole[0].peak_mb:.0f} MB in its largest process")


def _tell_rate(name: str, runs: Sequence[Finished | Upserts], passages: int) -> None:
    rates, processor = [passages / each.seconds for each in runs], [each.processor for each in runs]
    print(
        f"  {name:26}  {spread(rates, 'passages/s', 0)}   processor {spread(processor, digits=1)}"
    )


def tell_recall(
    home: Path, ids: Sequence[str], vectors: np.ndarray, collections: Mapping[str, Any]
) -> None:
    """Which share of the ten nearest each index answers with."""
    from kb.backends import open_embedder
    from kb.projections.dense import Dense

    embedder = open_embedder(Settings())
    asked = [
        each.text
        for path in need(SQUAD, CMRC)
        for each in squad_like(path).sample(QUESTIONS // 2, seed=0)
    ]
    questions = np.stack([embedder.question(text) for text in asked])
    print(f"\nrecall@{NEAREST} of Chroma's answers against exact cosine, {len(asked)} questions")
    for name, collection in collections.items():
        recall = _recall(partial(_ask_client, collection), ids, vectors, questions)
        print(f"  upsert, {name:18}         {recall:.3f}")
    (folder,) = (home / "indexes").glob("dense-*")
    print(
        f"  the index that kb ingest left      {_recall(partial(_ask_kb, Dense(folder)), ids, vectors, questions):.3f}"
    )


def held(home: Path) -> tuple[list[str], np.ndarray]:
    """The ids and vectors of a home's catalog, in the order in which they came."""
    with sqlite3.connect(home / "catalog.sqlite3") as db:
        rows = db.execute("SELECT passage, vector FROM vectors ORDER BY rowid").fetchall()
    db.close()
    return [row[0] for row in rows], np.stack([np.frombuffer(row[1], np.float32) for row in rows])


def kb_configuration() -> dict[str, Any]:
    """The HNSW configuration that kb gives Chroma."""
    from kb.projections import dense

    return {"hnsw": json.loads(dense._CONFIGURATION)["hnsw"]}


def upsert_all(
    folder: Path, configuration: dict[str, Any] | None, ids: Sequence[str], vectors: np.ndarray
) -> tuple[Any, Upserts]:
    """A new collection with everything in it, and what `upsert` took."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(folder, Settings(anonymized_telemetry=False))
    collection = client.create_collection(
        "passages", configuration=configuration, embedding_function=None
    )
    began, processor = perf_counter(), process_time()
    for begin in range(0, len(ids), BATCH):
        collection.upsert(
            ids=list(ids[begin : begin + BATCH]), embeddings=vectors[begin : begin + BATCH]
        )
    return collection, Upserts(perf_counter() - began, process_time() - processor)


def _ask_client(collection: Any, questions: np.ndarray) -> list[list[str]]:
    return collection.query(query_embeddings=questions, n_results=NEAREST, include=[])["ids"]


def _ask_kb(dense: Any, questions: np.ndarray) -> list[list[str]]:
    return [[pid for pid, _ in dense.search(each, NEAREST)] for each in questions]


def _recall(
    search: Search, ids: Sequence[str], vectors: np.ndarray, questions: np.ndarray
) -> float:
    """The share found of the ten nearest; of those as near as the tenth any will do, for texts may
    be the same.
    """
    row = {pid: number for number, pid in enumerate(ids)}
    near = questions @ vectors.T
    least = np.partition(near, -NEAREST, axis=1)[:, -NEAREST] - 1e-6
    found = [
        sum(near[n, row[pid]] >= least[n] for pid in answer)
        for n, answer in enumerate(search(questions))
    ]
    return float(np.mean(found)) / NEAREST


def _report(done: Finished) -> dict[str, Any]:
    return json.loads(done.out)


def _work_alone(done: Finished) -> float:
    return _report(done)["seconds"]


def _whole(done: Finished) -> float:
    return done.seconds


if __name__ == "__main__":
    main()
