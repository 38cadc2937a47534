"""What a check finds wrong with a claim."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

_LONGEST = 120


class Fault(Enum):
    """The kinds of faults, each with the words that a reason begins with."""

    ADDRESS = "addresses not in what it cites"
    FIGURE = "figures not in what it cites"
    BOUND = "figures that what it cites means otherwise"
    NAME = "names not in what it cites"
    SUBJECT = "what it cites is about something else"
    DENIAL = "what it cites says otherwise"


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a claim, with the words of the claim that have it and a sentence of the source."""

    fault: Fault
    words: tuple[str, ...] = ()
    source: str = ""
    joint: str = "in"

    @classmethod
    def of(cls, fault: Fault, words: Iterable[str], source: str = "") -> Finding | None:
        """A fault of some words; None where there are none."""
        listed = tuple(words)
        return cls(fault, listed, source) if listed else None

    @property
    def reason(self) -> str:
        """The fault in words, for readers of the answer."""
        named = ", ".join(self.words)
        quoted = f"“{_short(self.source)}”" if self.source else ""
        if named and quoted:
            named += f" {self.joint}: "
        return ": ".join(filter(None, (self.fault.value, named + quoted)))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
