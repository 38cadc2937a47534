"""How fast the built-in embedders are, and what int8 costs.

    python -m tests.bench.embedders [--threads 2] [--fp32 build/embedders/fp32.onnx]

Each figure is the best of several rounds: noise only ever slows. Loading is timed in fresh
processes. With `--fp32`, the student's own fp32 file that the training leaves, cosines to it are
told.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from statistics import mean
from time import perf_counter

import numpy as np

from tests.bench.data import need

_ROUNDS = 5
_LOADING = (
    "from time import perf_counter; import numpy, tokenizers{more}; began = perf_counter();"
    " from kb.backends import open_embedder; from kb.settings import Settings;"
    " open_embedder(Settings(embedder={name!r})).question('x'); print(perf_counter() - began)"
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.embedders", description=__doc__)
    parser.add_argument(
        "--threads", type=int, default=2, help="cores that the contextual encoder may use"
    )
    parser.add_argument("--fp32", type=Path, help="the student's fp32 ONNX file")
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: given.threads])
    passages, short = _passages(), _short()
    for name, more in (("static", ""), ("builtin", ", onnxruntime")):
        code = _LOADING.format(name=name, more=more)
        took = [float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
                for _ in range(_ROUNDS)]  # fmt: skip
        print(f"{name}: loads in {min(took):.3f} s, its libraries being imported")
    _contextual(passages, given.fp32)
    _static(short)


def _contextual(passages: list[str], fp32: Path | None) -> None:
    from kb.embedders.built_in import ContextualEmbedder

    embedder = ContextualEmbedder()
    question = "how do we find our first users when nobody knows us"
    embedder.question(question)
    took = min(_timed(lambda: embedder.passages(passages)) for _ in range(_ROUNDS))
    asked = min(_timed(lambda: embedder.question(question)) for _ in range(50))
    print(
        f"builtin: {len(passages) / took:.0f} passages of 120 words a second, a question in {1000 * asked:.1f} ms"
    )
    if fp32 is not None:
        from kb.embedders import built_in

        small = embedder.passages(passages)
        import onnxruntime

        whole = onnxruntime.InferenceSession(str(fp32), providers=["CPUExecutionProvider"])
        built_in._session = lambda: whole
        cosines = (small * embedder.passages(passages)).sum(axis=1)
        print(
            f"builtin: cosine of int8 to fp32 {mean(cosines.tolist()):.4f} on average, {cosines.min():.4f} at least"
        )


def _static(short: list[str]) -> None:
    os.environ["RAYON_NUM_THREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:1])
    from kb.embedders.built_in import StaticEmbedder

    embedder = StaticEmbedder()
    embedder.question("x")
    took = min(_timed(lambda: embedder.passages(short)) for _ in range(_ROUNDS))
    print(
        f"static: {len(short) / took:,.0f} texts of {np.mean([len(t) for t in short]):.0f} characters a second, one core"
    )


def _timed(work: object) -> float:
    began = perf_counter()
    work()  # type: ignore[operator]
    return perf_counter() - began


def _passages() -> list[str]:
    (folder,) = need("docs/opensource_guide/en")
    words = " ".join(path.read_text("utf-8") for path in sorted(folder.glob("*.md"))).split()
    plain = [word for word in words if "](" not in word and not word.startswith(("<", "#", "http"))]
    return [" ".join(plain[begin : begin + 120]) for begin in range(0, 120 * 60, 120)]


def _short() -> list[str]:
    (folder,) = need("qa/tatoeba_laser/data/tatoeba/v1")
    return [
        line
        for name in ("cmn", "eng")
        for line in (folder / f"tatoeba.cmn-eng.{name}").read_text("utf-8").splitlines()
    ]


if __name__ == "__main__":
    main()
