"""Numbers with what they count, and whether one that is told may be one that is claimed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from retrieval.verifying.units import Unit, same_dimension

Hedge = Literal["", "about", "above", "below"]
Bound = Literal["", "least", "most"]


@dataclass(frozen=True, slots=True)
class Number:
    """A number with what it counts, if that is known. `place` is the worth of its last digit that
    is not zero.

    `counts`: whether it counts something that has no unit, as in 5 million users. `bound`: whether
    it is the least or the most of what is meant. `rates`: the periods per which it may be meant, as
    in 5 a day.
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
    rates: frozenset[str] = frozenset()

    @property
    def base(self) -> float:
        return self.value * self.unit.factor if self.unit else self.value

    def opposes(self, told: Number) -> bool:
        """Whether one is the least and the other the most of something, or both are per something
        else.
        """
        if self.rates and told.rates and self.rates.isdisjoint(told.rates):
            return True
        return bool(self.bound and told.bound) and self.bound != told.bound

    @property
    def is_money(self) -> bool:
        return self.unit is not None and self.unit.dimension.startswith("money")

    @property
    def is_plain(self) -> bool:
        """Whether it is neither a bound nor about what is meant."""
        return not (self.bound or self.hedge)

    @property
    def place(self) -> float:
        digits = f"{self.value:.10g}"
        if "." in digits:
            return float(10 ** -len(digits.split(".")[1]))
        return float(10 ** (len(digits) - len(digits.rstrip("0")))) if self.value else 1.0


def matches(claim: Number, told: Number) -> bool:
    """Whether what is told may be the number that is claimed."""
    if claim.opposes(told):
        return False
    if (
        claim.bound == "least"
        and told.is_plain
        and claim.is_money
        and told.is_money
        and claim.value == told.value
    ):
        return False  # who is told a price is not told that it may be more
    if claim.ordinal and not told.ordinal and told.unit is not None:
        return False
    if claim.unit is None or told.unit is None:
        if claim.unit is not None and claim.unit.dimension in ("ratio", "points"):
            return False  # 20 is not 20%
        if claim.unit is not None and claim.unit.dimension.startswith("money") and told.counts:
            return False  # 5 million users are not $5 million
        return _close(claim.value, told.value, claim) or (
            told.unit is not None
            and told.unit.dimension == "ratio"
            and _close(claim.value, told.base, claim)
        )
    if not same_dimension(claim.unit.dimension, told.unit.dimension):
        return False
    if claim.unit.factor == told.unit.factor:
        return _close(claim.value, told.value, claim)
    return _close(claim.base, told.base, claim) or abs(claim.base - told.base) <= 0.002 * abs(
        told.base
    )


def _close(claimed: float, told: float, claim: Number) -> bool:
    if abs(claimed - told) <= 1e-9 * max(1.0, abs(told)):
        return True
    if not claim.hedge or not told:
        return False
    step = claim.place * (claimed / claim.value if claim.value else 1.0)
    if abs(claimed - told) > 0.1 * abs(told):
        return False
    if claim.hedge == "about":
        return abs(claimed - told) <= step / 2
    return 0 <= told - claimed < step if claim.hedge == "above" else 0 <= claimed - told < step
