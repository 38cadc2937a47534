"""A part of the torture, of about two minutes. `make torture` does all of it."""

from __future__ import annotations

import os

import pytest

from tests.torture import kinds
from tests.torture.setting import WORKS, prepare

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="commands run in forks"),
]


@pytest.fixture(scope="module")
def setting(tmp_path_factory):
    return prepare(tmp_path_factory.mktemp("torture"))


def test_each_command_killed_twice(setting):
    outcomes = kinds.kills(setting, 2 * len(WORKS), seed=11)
    assert [fault for outcome in outcomes for fault in outcome.faults] == []
    assert sum(outcome.cases for outcome in outcomes) == 2 * len(WORKS)


@pytest.mark.parametrize("kind", [kinds.crowd, kinds.clock_jumps, kinds.read_only])
def test_other_faults(setting, kind):
    assert kind(setting).faults == []


def test_a_stretch_of_each_kind_of_file_overwritten(setting):
    outcome = kinds.damages(setting, seed=11)
    assert outcome.faults == []
    assert outcome.cases > 6
