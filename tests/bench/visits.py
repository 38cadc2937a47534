"""How much of our own code one question visits: files, functions, and returns between rooms.

    python -m tests.bench.visits [QUESTION] [--list]

`kb ask` with the extractive writer is traced in a process of its own, on a knowledge base made of
`corpora/`. A function counts once, however often it is called; comprehensions and lambdas belong to
the function around them, and what a module or class does while it is imported does not count.

A room is a folder of `retrieval/`. It is visited when a function of it is called from outside of all
rooms, as by `retrieval/ask.py`, and returned to when that happens again after another room's visit. Calls from one room into another that it is built on are no visits: so an answer
asks whether a source supports a sentence.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any

from cli.main import main as kb

_ROOT = Path(__file__).resolve().parents[2]
_OURS = tuple(f"{_ROOT / package}{os.sep}" for package in ("kb", "ingest", "retrieval", "cli"))
_QUESTION = "多久不发言会被移出群？"


class Trace:
    """The functions of our own that were called, and the rooms of `retrieval/` in order of visit."""

    def __init__(self) -> None:
        self.functions: dict[tuple[str, str], None] = {}
        self.rooms: list[str] = []
        self._running: list[str | None] = []

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        if event not in ("call", "return") or not frame.f_code.co_filename.startswith(_OURS):
            return
        if event == "return":
            if self._running:
                self._running.pop()
            return
        file = Path(frame.f_code.co_filename).relative_to(_ROOT)
        name = frame.f_code.co_qualname
        is_function = frame.f_code.co_flags & CO_OPTIMIZED and "<" not in name.rpartition(".")[2]
        if is_function:
            self.functions[file.as_posix(), name] = None
        room = _room(file) if is_function else "import" if name == "<module>" else None
        if room and room != "import" and not any(self._running) and room not in self.rooms[-1:]:
            self.rooms.append(room)
        self._running.append(room)

    def files(self, folder: str = "") -> int:
        """How many files below the folder were visited."""
        return len({file for file, _ in self.functions if file.startswith(folder)})

    def count(self, folder: str = "") -> int:
        """How many functions below the folder were visited."""
        return sum(file.startswith(folder) for file, _ in self.functions)


def _room(file: Path) -> str | None:
    return file.parts[1] if file.parts[0] == "retrieval" and len(file.parts) > 2 else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("question", nargs="?", default=_QUESTION, metavar="QUESTION")
    parser.add_argument("--list", action="store_true", help="every function, by file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as home:
        ingest = ["--home", home, "ingest", str(_ROOT / "corpora"), "-q"]
        subprocess.run([sys.executable, "-m", "cli.main", *ingest], check=True)
        _report(given.question, traced(home, given.question), each=given.list)


def traced(home: str, question: str) -> Trace:
    """What asking a question visits; the first one of this process, or less is loaded for it."""
    trace = Trace()
    with contextlib.redirect_stdout(io.StringIO()):
        sys.setprofile(trace)
        try:
            kb(["--home", home, "ask", question, "--writer", "extractive"])
        finally:
            sys.setprofile(None)
    return trace


def _report(question: str, trace: Trace, *, each: bool) -> None:
    print(f"\n{question}")
    for folder in ("", "cli/", "kb/", "ingest/", "retrieval/"):
        name = folder or "all"
        print(f"  {name:<11}{trace.files(folder):>4} files{trace.count(folder):>5} functions")
    returns = len(trace.rooms) - len(set(trace.rooms))
    print(f"  rooms: {' → '.join(trace.rooms)}; {returns} returns")
    if each:
        for file, function in sorted(trace.functions):
            print(f"    {file}: {function}")


if __name__ == "__main__":
    main()
