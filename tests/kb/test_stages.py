"""The times of stages: each stage has its own, and only the thread that asked is measured."""

from __future__ import annotations

from threading import Thread
from time import sleep

import pytest

from kb.stages import measure, stage


@stage("verify")
def verify():
    sleep(0.02)


@stage("write")
def write():
    sleep(0.01)
    verify()
    verify()


def test_a_stage_is_without_those_within_it():
    times = measure()
    write()
    assert list(times.seconds) == ["verify", "write"]
    assert times.seconds["verify"] >= 0.04
    assert 0.01 <= times.seconds["write"] < times.seconds["verify"]


def test_a_stage_that_fails_is_counted_and_its_error_goes_on():
    @stage("keep")
    def keep():
        raise OSError("full")

    times = measure()
    with pytest.raises(OSError, match="full"):
        keep()
    assert "keep" in times.seconds


def test_other_threads_are_not_measured():
    times = measure()
    thread = Thread(target=write)
    thread.start()
    thread.join()
    assert times.seconds == {}
