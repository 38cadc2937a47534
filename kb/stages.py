"""How long each stage of a command takes, such as embedding a question: for `--verbose` and the log.

Nothing is measured before `measure` was called, in threads that it started neither.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class StageTimes:
    """The seconds of the stages that have ended. Of stages within each other, each has its own time,
    without what those within it took.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._within: list[float] = []  # of each stage that has begun, what those within it took

    def run(self, name: str, work: Callable[[], T]) -> T:
        """What `work` gives, its time counted for the stage of that name."""
        began = perf_counter()
        self._within.append(0.0)
        try:
            return work()
        finally:
            took = perf_counter() - began
            own = took - self._within.pop()
            self.seconds[name] = self.seconds.get(name, 0.0) + own
            if self._within:
                self._within[-1] += took


_current: ContextVar[StageTimes | None] = ContextVar("stages", default=None)


def measure() -> StageTimes:
    """Measure the stages of this thread from now on."""
    times = StageTimes()
    _current.set(times)
    return times


def stage(name: str) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Count the time of a function for the stage of that name."""

    def decorated(function: Callable[P, T]) -> Callable[P, T]:
        @wraps(function)
        def measured(*args: P.args, **kwargs: P.kwargs) -> T:
            times = _current.get()
            if times is None:
                return function(*args, **kwargs)
            return times.run(name, lambda: function(*args, **kwargs))

        return measured

    return decorated
