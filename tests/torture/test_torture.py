"""A part of the torture, of about two minutes. `make torture` does all of it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.conftest import ROOT
from tests.torture.setting import WORKS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="commands run in forks"),
]


@pytest.mark.parametrize(
    ("kinds", "fewest"),
    [(("kills",), 2 * len(WORKS)), (("crowd", "clock", "read-only"), 3), (("damage",), 7)],
    ids=["kills", "others", "damage"],
)
def test_nothing_is_lost(kinds, fewest, tmp_path):
    # In a process of its own, which forks: one that has run other tests has their threads and locks.
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", f"--kills={2 * len(WORKS)}", "--seed=11"]
        + [f"--only={kind}" for kind in kinds],
        cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    (summary,) = [line for line in done.stdout.splitlines() if " cases, seed 11" in line]
    assert int(summary.split()[0]) >= fewest
