"""Whatever was done to a home, no command crashes, touches foreign files or shows what no source
says.

`python -m tests.bench.damage` does the same with as many homes as one likes.
"""

from __future__ import annotations

import os

import pytest

from cli.main import COMMANDS
from tests.damaged_homes import READING, WRITING, damaged, faults, prepare

pytestmark = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="commands run in forks, which Windows has not"
)
HOMES = 48
PARTS = 4


@pytest.mark.long
@pytest.mark.parametrize(
    "part",
    [pytest.param(part, marks=pytest.mark.slow if part else ()) for part in range(PARTS)],
)
def test_damaged_homes(part, tmp_path):
    setting = prepare(tmp_path)
    found = {}
    for number in range(part, HOMES, PARTS):
        home, damages, drawn = damaged(setting, number, seed=15)
        wrong = list(faults(home, setting, drawn))
        if wrong:
            found["; ".join(damages)] = wrong
    assert found == {}


def test_only_commands_that_there_are_are_put_to_work():
    assert {command[0] for command in (*READING, *WRITING)} <= set(COMMANDS)
