"""Tortures homes: kills, full disks, clock jumps, crowds, damage; and says what was lost.

    python -m tests.torture [--kills 200] [--seed 8] [--only KIND]... [--write docs/reliability.md]

Each case is a copy of a home that is behind its sources and has questions, verdicts and FAQ entries.
After each fault nothing that was acknowledged may be missing, nothing removed may be found, every
citation must be in its passage, catalog and both indexes must hold the same passages, and the same
command, given again, must come to what an undisturbed run comes to. What a fault leaves is only put
right by kb's own next command, but where truth itself was damaged. Exits with 1 at any fault. Disks
are small file systems in memory, which only root can mount.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.torture import kinds
from tests.torture.kinds import Outcome
from tests.torture.setting import Setting, prepare

BEGIN, END = "<!-- table -->", "<!-- /table -->"
_MOST_SHOWN = 20


def table_of(outcomes: list[Outcome]) -> str:
    """The outcomes as a table."""
    lines = [
        "| fault | cases | with something lost or wrong | sound again by |",
        "|---|---|---|---|",
    ]
    for outcome in outcomes:
        cases = len({fault.split(":")[0] for fault in outcome.faults})
        remedies = ", ".join(f"{name} {count}" for name, count in outcome.remedies.items())
        by = "the next command" if set(outcome.remedies) <= {"nothing"} else remedies
        lines.append(f"| {outcome.name} | {outcome.cases} | {cases} | {by} |")
    return "\n".join(lines)


def tortured(setting: Setting, kills: int, seed: int, only: list[str]) -> list[Outcome]:
    """Put the kinds of faults upon the setting, or only those named."""
    named: dict[str, Callable[[], list[Outcome]]] = {
        "kills": lambda: kinds.kills(setting, kills, seed),
        "disk": lambda: [kinds.full_disk(setting)],
        "read-only": lambda: [kinds.read_only(setting)],
        "clock": lambda: [kinds.clock_jumps(setting)],
        "crowd": lambda: [kinds.crowd(setting)],
        "damage": lambda: [kinds.damages(setting, seed)],
        "migrations": lambda: [kinds.migrations(setting)],
    }
    outcomes = []
    for name, torture in named.items():
        if not only or name in only:
            began = time.monotonic()
            outcomes += torture()
            print(f"{name}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return outcomes


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.torture", description="What faults do to a home."
    )
    parser.add_argument("--kills", type=int, default=200, help="how many commands to kill")
    parser.add_argument("--seed", type=int, default=8, help="which moments")
    parser.add_argument("--only", action="append", default=[], help="kinds of faults; repeatable")
    parser.add_argument("--write", type=Path, help="the page whose table to write")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="kb-torture-", ignore_cleanup_errors=True) as folder:
        setting = prepare(Path(folder))
        outcomes = tortured(setting, given.kills, given.seed, given.only)
    table = table_of(outcomes)
    minutes = (time.monotonic() - began) / 60
    print(table, f"\n{sum(o.cases for o in outcomes)} cases, seed {given.seed}, {minutes:.0f} min")
    faults = [f"{outcome.name}, {fault}" for outcome in outcomes for fault in outcome.faults]
    print(*faults[:_MOST_SHOWN], sep="\n")
    if given.write:
        page = given.write.read_text("utf-8")
        head, tail = page.split(BEGIN)[0], page.split(END)[1]
        given.write.write_text(f"{head}{BEGIN}\n{table}\n{END}{tail}", "utf-8")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
