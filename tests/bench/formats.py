"""What reading costs, by format: megabytes a second of a reader alone and of all that a passage
takes.

    python -m tests.bench.formats [--rounds 3] [NAME...]

Each format's sample is written by other programs or by hand, at two sizes, ten times apart; both
are read in turn each round, in one process. `reader` is the reader alone, `whole` also splits,
embeds and cuts words as an ingest does. `growth` is how much longer the reader takes for ten times
the file: 10 is linear, over 13 is worse than it may be.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from ingest.assembly import Prepared, document_id
from ingest.parsed import File
from ingest.prepare import Order, prepare
from ingest.readers import choose_format, load_reader
from ingest.workers import collect_rarely
from kb.settings import Settings
from tests.ingest.samples import SAMPLES

SMALL, TIMES = 400, 10
MOST_GROWTH = 13


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.formats", description="What reading costs, by format."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"formats to measure: {', '.join(SAMPLES)}"
    )
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    collect_rarely()  # as the processes do that read files
    print(
        f"{'format':<20}{'MB':>8}{'reader MB/s':>14}{'whole MB/s':>13}{'passages/s':>13}{'growth':>9}"
    )
    slow = []
    with TemporaryDirectory(prefix="kb-bench-") as folder:
        for name in given.names or SAMPLES:
            growth = measure(Path(folder), name, given.rounds)
            if growth > MOST_GROWTH:
                slow.append(name)
    print(f"ten times the file takes over {MOST_GROWTH} times as long: {', '.join(slow) or 'none'}")


def measure(folder: Path, name: str, rounds: int) -> float:
    """Measure one format, print its line; gives its growth."""
    small, large = (folder / f"{size}-{SAMPLES[name].name}" for size in (SMALL, SMALL * TIMES))
    small.write_bytes(SAMPLES[name].make(SMALL))
    large.write_bytes(SAMPLES[name].make(SMALL * TIMES))
    reading(small), reading(large)  # imports, caches
    seconds = [(reading(small), reading(large), *ingesting(large)) for _ in range(rounds)]
    few, many, whole, passages = (median(column) for column in zip(*seconds, strict=True))
    # A size that is not quite ten times the other's is reckoned in.
    growth = many / few * TIMES / (large.stat().st_size / small.stat().st_size)
    megabytes = large.stat().st_size / 1e6
    print(
        f"{name:<20}{megabytes:>8.2f}{megabytes / many:>14.1f}{megabytes / whole:>13.2f}{passages / whole:>13.0f}"
        f"{growth:>9.1f}",
        flush=True,
    )
    return growth


def reading(path: Path) -> float:
    """Processor seconds that the reader takes; small files are read several times."""
    times = max(1, 200_000 // path.stat().st_size)
    began = process_time()
    for _ in range(times):
        file = File(path.name, path=str(path))
        load_reader(choose_format(file, None)).read(file)
    return (process_time() - began) / times


def ingesting(path: Path) -> Sequence[float]:
    """Processor seconds for everything but storing, and how many passages came of it."""
    began = process_time()
    order = Order(
        str(path), path.stat().st_size, path.name, document_id(path.name), None, {}, Settings()
    )
    passages = 0
    for _, part in prepare(order):
        assert isinstance(part, Prepared), part
        passages += len(part.words)
    return process_time() - began, passages


if __name__ == "__main__":
    main()
