"""Damaged homes: whether any command crashes, touches what is not kb's, or shows a changed text as
a source's.

    python -m tests.bench.damage [--homes 2000] [--seed 0] [--keep FOLDER]

Each home is a copy of one that was ingested, asked and judged, with one to three damages: bytes
flipped, cut, blanked or swapped between files (size and times kept as they were), files deleted,
emptied or replaced by links to files and folders of somebody else, cells of the databases changed,
settings and foreign folders planted. Then come a handful of commands. A failure is an end by a
signal, a traceback, the line that says that kb has a bug, an exit code of none of the contract's, a
command that does not end, a change to the foreign files, or a passage shown whose text no source
has.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.damaged_homes import damaged, faults, prepare


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.damage", description="What damaged homes do."
    )
    parser.add_argument("--homes", type=int, default=2000, help="how many")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument("--first", type=int, default=0, help="the number of the first one")
    parser.add_argument("--keep", type=Path, help="folder to keep the homes in that failed")
    given = parser.parse_args()
    count, kinds = 0, Counter[str]()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        setting = prepare(Path(folder))
        for number in range(given.first, given.first + given.homes):
            home, done, drawn = damaged(setting, number, given.seed)
            found = list(dict.fromkeys(faults(home, setting, drawn)))
            count += bool(found)
            if found:
                kinds.update(text.split(":")[0] for text in found)
                print(f"\nhome {number} ({'; '.join(done)})\n  " + "\n  ".join(found), flush=True)
                if given.keep:
                    shutil.copytree(
                        home.parent, given.keep / str(number), symlinks=True, dirs_exist_ok=True
                    )
            shutil.rmtree(home.parent)
            for path in setting.folder.joinpath("user").rglob("error-*.txt"):
                path.unlink()
    print(
        f"\n{given.homes} homes, seed {given.seed}: {count} with faults",
        *kinds.most_common(12),
        sep="\n  ",
    )
    sys.exit(bool(count))


if __name__ == "__main__":
    main()
