"""Running commands to their end and putting what they took into words.

Imports nothing heavy on purpose: a child's peak memory never reads lower than that of the process
that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from tests.bench.data import ROOT


@dataclass(frozen=True, slots=True)
class Finished:
    """A command that ended well: what it printed, and what it and the processes that it started
    took.

    `seconds` from start to exit; `processor` seconds, which others on the machine disturb less;
    `peak_mb` of memory (RSS) in the largest process.
    """

    out: str
    seconds: float
    processor: float
    peak_mb: float


def finish(argv: Sequence[str | Path], environment: Mapping[str, str]) -> Finished:
    """Run a command to its end. A benchmark of a command that fails measures nothing: it ends the
    program.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = perf_counter()
        process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=dict(environment), cwd=ROOT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            err.seek(0)
            said = err.read().decode("utf-8", "replace").strip()
            sys.exit(
                f"nothing measured: {' '.join(map(str, argv[1:5]))} … exited with {process.returncode}\n{said[-2000:]}"
            )
        out.seek(0)
        peak = usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
        return Finished(
            out.read().decode("utf-8", "replace"), seconds, usage.ru_utime + usage.ru_stime, peak
        )


def kb(home: Path, *arguments: str | Path, embedder: str = "builtin") -> Finished:
    """Run this checkout's `kb` on a home with an embedder, whatever else is configured outside."""
    clean = {
        key: value for key, value in os.environ.items() if not key.startswith(("KB_", "OPENAI_"))
    }
    environment = {**clean, "KB_HOME": str(home), "KB_EMBEDDER": embedder, "PYTHONPATH": str(ROOT)}
    return finish([sys.executable, "-m", "cli.main", *arguments], environment)


def spread(values: Sequence[float], unit: str = "s", digits: int = 3) -> str:
    """Least, median and most of some measurements."""
    least, middle, most = (
        f"{value:.{digits}f}" for value in (min(values), median(values), max(values))
    )
    return f"min {least}  median {middle}  max {most} {unit}".rstrip()


def taken(done: Sequence[Finished]) -> str:
    """What runs of one command took."""
    processor, peak = median(each.processor for each in done), max(each.peak_mb for each in done)
    return f"{spread([each.seconds for each in done])}   processor {processor:.3f} s   peak memory {peak:.0f} MB"
