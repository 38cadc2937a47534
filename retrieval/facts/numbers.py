"""Numbers with what they count, and whether one of a source may be the one that is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.facts.units import Unit, same_dimension

Hedge = Literal["", "about", "above", "below"]
Bound = Literal["", "least", "most"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number with its unit, if that is known, as written at [start, end) of a text.

    `counts`: whether it counts things without a unit, as in 5 million users. `bound`: whether it is
    the least or the most of what is meant. `periods`: what it may be meant per, as in 5 a day.
    """

    value: float
    unit: Unit | None
    text: str
    start: int
    end: int
    hedge: Hedge = ""
    ordinal: bool = False
    counts: bool = False
    bound: Bound = ""
    periods: frozenset[str] = frozenset()

    @property
    def base(self) -> float:
        """Its value in the smallest unit of its dimension."""
        return self.value * self.unit.factor if self.unit else self.value

    @property
    def dimension(self) -> str:
        """What it counts; empty where no unit tells."""
        return self.unit.dimension if self.unit else ""

    def opposes(self, other: Number) -> bool:
        """Whether one is the least and the other the most, or the two are per different periods."""
        if self.periods and other.periods and self.periods.isdisjoint(other.periods):
            return True
        return bool(self.bound and other.bound) and self.bound != other.bound

    @property
    def is_money(self) -> bool:
        """Whether it is an amount of money."""
        return self.dimension.startswith("money")

    @property
    def is_exact(self) -> bool:
        """Whether it is neither a bound nor hedged."""
        return not (self.bound or self.hedge)

    @property
    def precision(self) -> float:
        """The worth of its last digit that is not zero: 100,000 of 1,500,000."""
        digits = f"{self.value:.10g}"
        if "." in digits:
            return float(10 ** -len(digits.split(".")[1]))
        return float(10 ** (len(digits) - len(digits.rstrip("0")))) if self.value else 1.0


def matches(claim: Number, stated: Number) -> bool:
    """Whether the number that a source states may be the one that is claimed."""
    if claim.opposes(stated) or (claim.ordinal and not stated.ordinal and stated.unit):
        return False
    if (
        claim.bound == "least"
        and stated.is_exact
        and claim.is_money
        and stated.is_money
        and claim.value == stated.value
    ):
        return False  # who is told a price is not told that it may be more
    if claim.unit is None or stated.unit is None:
        return _matches_without_unit(claim, stated)
    if not same_dimension(claim.dimension, stated.dimension):
        return False
    if claim.unit.factor == stated.unit.factor:
        return _is_close(claim.value, stated.value, claim)
    near = abs(claim.base - stated.base) <= 0.002 * abs(stated.base)  # 26.2 miles are 42.2 km
    return near or _is_close(claim.base, stated.base, claim)


def _matches_without_unit(claim: Number, stated: Number) -> bool:
    if claim.dimension in ("ratio", "points"):
        return False  # 20 is not 20%
    if claim.is_money and stated.counts:
        return False  # 5 million users are not $5 million
    return _is_close(claim.value, stated.value, claim) or (
        stated.dimension == "ratio" and _is_close(claim.value, stated.base, claim)
    )


def _is_close(claimed: float, stated: float, claim: Number) -> bool:
    if abs(claimed - stated) <= 1e-9 * max(1.0, abs(stated)):
        return True
    if not claim.hedge or not stated or abs(claimed - stated) > 0.1 * abs(stated):
        return False
    step = claim.precision * (claimed / claim.value if claim.value else 1.0)
    if claim.hedge == "about":
        return abs(claimed - stated) <= step / 2
    excess = stated - claimed if claim.hedge == "above" else claimed - stated
    return 0 <= excess < step
