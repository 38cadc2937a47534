"""Kinds of faults, each put upon copies of the setting's home."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.damaged_homes import Ended, ended, run, start
from tests.older_stores import STORES, killed_at, older_home
from tests.torture.checks import crashes, faults, lost, reading_faults
from tests.torture.setting import QUESTIONS, WORKS, Setting, State, Work, state_of

READERS = 16
ROOMS = (0, 4_096, 20_480, 65_536, 163_840, 393_216, 786_432, 1_572_864, 3_145_728)
JUMPS = (timedelta(days=-3650), timedelta(days=-1), timedelta(hours=1), timedelta(days=3650))
DISTURBED_BY_DISK = ("re-ingest", "remove", "reindex", "ask", "feedback", "FAQ entry", "journal import", "backup", "restore")  # fmt: skip


@dataclass
class Outcome:
    """How often a fault was tried, what was wrong after it, and what it took to be sound again."""

    name: str
    cases: int = 0
    faults: list[str] = field(default_factory=list)
    remedies: Counter[str] = field(default_factory=Counter)

    def add(self, found: Iterator[str] | list[str], remedy: str = "nothing") -> None:
        """Count a case."""
        self.cases += 1
        faults = [f"case {self.cases}: {fault}" for fault in found]
        self.faults += faults
        for fault in faults:
            print(f"{self.name}, {fault}", file=sys.stderr, flush=True)
        self.remedies[remedy] += 1


@dataclass(frozen=True)
class Undisturbed:
    """What a work comes to when nobody disturbs it: before, after, and how long it takes."""

    before: State
    after: State
    seconds: float


def undisturbed(setting: Setting, work: Work) -> Undisturbed:
    """Do a work in peace. Ends the program where that fails."""
    case = setting.case(work, f"peace-{work.name}")
    before, began = state_of(case / "home"), time.monotonic()
    done = run(case / "home", setting.folder, *setting.arguments(work, case))
    seconds = time.monotonic() - began
    if done.code != 0:
        sys.exit(f"nothing measured: {work.name} ended with {done.code}\n{done.err}")
    made = Undisturbed(before, state_of(case / "home"), seconds)
    shutil.rmtree(case)
    return made


def kills(setting: Setting, count: int, seed: int) -> list[Outcome]:
    """SIGKILL at as many moments, spread over the works, each drawn from its own part of the time."""
    outcomes = []
    for position, work in enumerate(WORKS):
        share = count // len(WORKS) + (position < count % len(WORKS))
        peace, outcome = undisturbed(setting, work), Outcome(f"killed: {work.name}")
        for number in range(share):
            drawn = random.Random(f"{seed}-{work.name}-{number}")
            moment = (number + drawn.random()) / share * peace.seconds
            case, done = _killed(setting, work, moment, number)
            found = faults(setting, work, case, peace.before, peace.after, is_done=done.code == 0)
            outcome.add(list(found))
            shutil.rmtree(case)
        outcomes.append(outcome)
        print(f"{outcome.name}: {outcome.cases}", file=sys.stderr, flush=True)
    return outcomes


def _killed(setting: Setting, work: Work, moment: float, number: int) -> tuple[Path, Ended]:
    """Kill a work at a moment: sooner, and on a new copy, where it was faster than that."""
    for _ in range(8):
        case = setting.case(work, f"{work.name}-{number}".replace(" ", "-"))
        begun = start(case / "home", setting.folder, *setting.arguments(work, case))
        done = ended(begun, kill_after=moment)
        if done.code is None:
            break
        moment *= 0.8
    return case, done


def full_disk(setting: Setting) -> Outcome:
    """A small file system with as much room left, from none up to enough, for each work."""
    outcome = Outcome("disk full at each of 9 amounts of room")
    for work in (work for work in WORKS if work.name in DISTURBED_BY_DISK):
        peace = undisturbed(setting, work)
        for room in ROOMS:
            case = setting.case(work, "disk")
            with _small_disk(case, room) as release:
                if release is None:
                    outcome.name += " (no file system could be mounted: not tried)"
                    return outcome
                done = run(case / "home", setting.folder, *setting.arguments(work, case))
                release()
                found = [*crashes(work.name, done, (0, 1))]
                found += faults(
                    setting, work, case, peace.before, peace.after,
                    is_done=done.code == 0 and "could not be" not in done.err,
                )  # fmt: skip
                outcome.add(found)
    return outcome


@contextmanager
def _small_disk(case: Path, room: int) -> Iterator[Callable[[], None] | None]:
    """A file system in place of the case's folder, with its home, and that much room; what it gives
    makes room again. None where none can be mounted.
    """
    aside = case.with_name("aside")
    shutil.rmtree(aside, ignore_errors=True)
    case.rename(aside)
    case.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(case)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        yield None
        return
    try:
        shutil.copytree(aside, case, dirs_exist_ok=True)
        filling = case / "filling"
        free = shutil.disk_usage(case).free
        with suppress(OSError), filling.open("wb", buffering=0) as stream:
            for _ in range(max(0, free - room) // 4096):
                stream.write(bytes(4096))
        yield lambda: filling.unlink(missing_ok=True)
    finally:
        subprocess.run(["umount", str(case)], check=True)
        shutil.rmtree(aside, ignore_errors=True)


def read_only(setting: Setting) -> Outcome:
    """A home on a mount that can't be written: what reads works, what writes says why not."""
    outcome = Outcome("read-only home")
    case = setting.case(WORKS[1], "read-only")
    home, before = case / "home", state_of(case / "home")
    for options in (["--bind", str(home), str(home)], ["-o", "remount,ro,bind", str(home)]):
        if subprocess.run(["mount", *options], capture_output=True, check=False).returncode:
            outcome.name += " (no file system could be mounted: not tried)"
            return outcome
    try:
        outcome.add(list(reading_faults(setting, home)))
        for work in WORKS:
            if work.name in ("re-ingest", "remove", "reindex", "feedback", "FAQ entry", "forget"):
                done = run(home, setting.folder, *setting.arguments(work, case))
                outcome.add(list(crashes(work.name, done, (1,))))
        backup = run(home, setting.folder, "backup", str(case / "made.kbz"))
        outcome.add(list(crashes("backup", backup, (0,))))
        outcome.add(list(lost(state_of(home), before, before, is_done=True)))
    finally:
        subprocess.run(["umount", str(home)], check=True)
    return outcome


def clock_jumps(setting: Setting) -> Outcome:
    """Commands while the clock is years or hours off, and right again after them."""
    outcome = Outcome("clock off by -10 years, -1 day, +1 hour, +10 years")
    for jump in JUMPS:
        for work in (work for work in WORKS if work.name in ("re-ingest", "feedback", "promotion", "backup")):  # fmt: skip
            peace, case = undisturbed(setting, work), setting.case(work, "clock")
            words = setting.arguments(work, case)
            done = ended(start(case / "home", setting.folder, *words, prepare=_shifted(jump)))
            found = [*crashes(work.name, done, (0,))]
            found += faults(setting, work, case, peace.before, peace.after, is_done=done.code == 0)
            outcome.add(found)
    return outcome


def _shifted(jump: timedelta) -> Callable[[], None]:
    """What sets the clock of a process off, as far as Python asks for it."""

    class Shifted(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + jump

    def shift() -> None:
        plain = time.time
        time.time = lambda: plain() + jump.total_seconds()
        rooms = [
            module
            for name, module in sys.modules.items()
            if name.split(".")[0] in ("kb", "ingest", "retrieval", "cli")
        ]
        for module in rooms:
            if getattr(module, "datetime", None) is datetime:
                module.datetime = Shifted

    return shift


def crowd(setting: Setting) -> Outcome:
    """Two writers and 16 readers at once."""
    outcome = Outcome(f"two writers and {READERS} readers at once")
    work, peace = WORKS[1], undisturbed(setting, WORKS[1])
    case = setting.case(work, "crowd")
    words = setting.arguments(work, case)
    writers = [start(case / "home", setting.folder, *words) for _ in range(2)]
    asking = ("ask", "--no-log", "--format", "json"), ("search", "--json")
    readers = [
        start(case / "home", setting.folder, *asking[number % 2], QUESTIONS[number % 3])
        for number in range(READERS)
    ]
    for begun in writers:
        outcome.add(list(crashes("ingest", ended(begun), (0,))))
    for begun in readers:
        outcome.add(list(crashes("ask", ended(begun), (0, 3))))
    outcome.add(list(faults(setting, work, case, peace.before, peace.after, is_done=True)))
    return outcome


def damages(setting: Setting, seed: int) -> Outcome:
    """A stretch of each kind of file overwritten: the home mends itself, or is told how."""
    outcome = Outcome("512 bytes of each kind of file overwritten")
    names = sorted(_kinds_of_files(setting.behind).values())
    for name in names:
        case = setting.case(WORKS[1], "damage")
        home = case / "home"
        _overwrite(home / name, random.Random(f"{seed}-{name}"))
        outcome.add(*_mended(setting, home))
    return outcome


def _kinds_of_files(home: Path) -> dict[str, str]:
    """A file of each kind, by what is the same in the names of its kind."""
    files = (path for path in home.rglob("*") if path.is_file() and path.stat().st_size > 600)
    kinds = {}
    for path in files:
        name = path.relative_to(home).as_posix()
        parts = name.split("/")
        kinds["/".join([*(part.split("-")[0] for part in parts[:-1]), path.suffix or parts[-1]]) + (
            path.name if len(parts) == 1 else "")] = name  # fmt: skip
    return kinds


def _overwrite(path: Path, drawn: random.Random) -> None:
    content = bytearray(path.read_bytes())
    begin = drawn.randrange(max(1, len(content) - 512))
    content[begin : begin + 512] = drawn.randbytes(min(512, len(content) - begin))
    path.write_bytes(bytes(content))


def _mended(setting: Setting, home: Path) -> tuple[list[str], str]:
    """What is wrong with how a damaged home is put right, and what that took."""
    found = []
    for words in (("search", "--json", QUESTIONS[0]), ("ask", "--no-log", QUESTIONS[1])):
        found += crashes(words[0], run(home, setting.folder, *words), (0, 1, 3))
    if _problems(setting, home) == []:
        return found, "nothing"
    repaired = run(home, setting.folder, "doctor", "--repair")
    found += crashes("doctor --repair", repaired, (0, 1))
    problems = _problems(setting, home)
    if not problems:
        return found, "`kb doctor --repair`"
    found += [f"no way back is told: {text}" for text in problems or [] if not _has_way(text)]
    done = run(home, setting.folder, "restore", "--force", str(setting.folder / "backup.kbz"))
    found += crashes("restore", done, (0,))
    if _problems(setting, home) != []:
        found.append("not sound after a restore")
    return found, "a backup, as `kb doctor` says"


def _problems(setting: Setting, home: Path) -> list[str] | None:
    """What the doctor finds wrong; None where it finds so much that it stops."""
    looked = run(home, setting.folder, "doctor", "--json")
    if looked.code not in (0, 1) or not looked.out:
        return [looked.err.strip()]
    return [check["problem"] for check in json.loads(looked.out)["checks"] if check["problem"]]


def _has_way(problem: str) -> bool:
    ways = ("restore", "ingest", "put it back", "run: kb", "kb sources remove")
    return any(way in problem for way in ways)


def migrations(setting: Setting) -> Outcome:
    """Killed at each statement that brings an older store up to date."""
    outcome = Outcome("killed while a store is brought up to date")
    for name in ("catalog.sqlite3", "journal.sqlite3"):
        for number in range(1, len(STORES[name])):
            folder = setting.folder / "cases" / "older"
            statement = 0
            while True:
                statement += 5
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir(parents=True)
                home = older_home(setting.behind, folder, name, number)
                before = state_of(setting.behind)
                if not killed_at(home / name, STORES[name], statement):
                    break
                asked = run(home, setting.folder, "ask", "--no-log", QUESTIONS[0])
                found = [*crashes("ask", asked, (0,))]
                found += lost(_without(state_of(home), before), before, before, is_done=False)
                outcome.add(found)
            os.sync()
    return outcome


def _without(now: State, before: State) -> State:
    """A state without what a store of that age could not hold."""
    kept = {table: rows or before.journal[table] for table, rows in now.journal.items()}
    return State(now.documents, kept)
