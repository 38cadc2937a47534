"""How long a draft may keep its asker waiting: for the first word, between words, and in all."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Counts seconds of waiting for a server; what its asker does between the pieces of a draft is
    not counted.
    """

    def __init__(self, first: float, stall: float, total: float) -> None:
        self._first, self._stall, self._total = first, stall, total
        now = time.monotonic()
        self._end = now + total
        self._until = min(now + first, self._end)
        self.begun = False

    def until(self) -> float:
        """The time.monotonic() until which the next word is waited for."""
        return self._until

    def heard(self) -> None:
        """A word came, or another sign that the model is at work."""
        self.begun = True
        self._until = min(time.monotonic() + self._stall, self._end)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let time pass that is not the server's."""
        began = time.monotonic()
        yield
        passed = time.monotonic() - began
        self._until += passed
        self._end += passed

    def missed(self) -> tuple[str, str]:
        """What the server failed to do in time, and the setting that gives it longer."""
        if self._until >= self._end:
            return f"did not finish within {self._total:g} s", "openai_total_timeout"
        if self.begun:
            return f"fell silent for {self._stall:g} s in mid-answer", "openai_stall_timeout"
        return f"gave no first word within {self._first:g} s", "openai_timeout"
