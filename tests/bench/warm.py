"""What a running server saves the terminal: `kb ask` and `kb search` with and without its forks.

    python -m tests.bench.warm [--runs 11]

Runs of both ways alternate, each a new process on our corpora, with the files in the system's
cache (one run of each before the first is not counted). Prints medians of seconds and of processor
time (user and system), and their ratios; with the server that is the caller's and the fork's
together.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from cli.forkserver.process import fork_server, is_answering
from tests.bench.data import ROOT
from tests.bench.measure import finish, kb

QUESTIONS = ("how do I get my first users", "怎样才能找到第一批用户？")
COMMANDS = ("ask", "search")
TICK = os.sysconf("SC_CLK_TCK")
Taken = tuple[float, float]  # seconds, processor seconds


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.warm", description="Commands with and without a server."
    )
    parser.add_argument("--runs", type=int, default=11, help="times each command is run")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        home = Path(name) / "home"
        kb(home, "ingest", "-q", ROOT / "corpora")
        os.environ["PYTHONPATH"] = str(ROOT)
        with fork_server(home) as server:
            while not is_answering(home):
                time.sleep(0.1)
            for command in COMMANDS:
                for question in QUESTIONS:
                    compare(home, server.pid, [command, question], runs)


def compare(home: Path, server: int, arguments: list[str], runs: int) -> None:
    """Run a command both ways in turn, and print what each takes."""
    without: list[Taken] = []
    through: list[Taken] = []
    for run in range(runs + 1):
        alone = timed(home, "cli.main", arguments)
        forked_before = processor_of_forks(server)
        caller = timed(home, "cli.start", arguments)
        fork = processor_of_forks(server) - forked_before
        if not fork:
            sys.exit("nothing measured: no fork ran the command")
        if run:
            without.append(alone)
            through.append((caller[0], caller[1] + fork))
    print(f"kb {' '.join(arguments)}; {runs} runs each, in turn")
    for place, what in enumerate(("seconds", "processor time")):
        one, other = (median(taken[place] for taken in way) for way in (without, through))
        print(f"  {what:15} without {one:.3f}   through the server {other:.3f}   {other / one:.3f}")


def timed(home: Path, module: str, arguments: list[str]) -> Taken:
    """What a command takes as a process of its own, with all that it waits for."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("KB_", "OPENAI_"))}
    program = f"from {module} import run; run()"  # as the console script has it
    done = finish([sys.executable, "-c", program, *arguments], {**clean, "KB_HOME": str(home)})
    return done.seconds, done.processor


def processor_of_forks(server: int) -> float:
    """Processor seconds of all forks that have ended, once the last one has."""
    while Path(f"/proc/{server}/task/{server}/children").read_text():
        time.sleep(0.01)
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) / TICK


if __name__ == "__main__":
    main()
