"""Revisions: what a later passage says to have become of what an earlier one says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

RevisionKind = Literal["corrected", "carried", "declined"]
REVISION_KINDS: frozenset[str] = frozenset(get_args(RevisionKind))


@dataclass(frozen=True, slots=True)
class Revision:
    """A passage that says that what another one says was corrected, carried or declined. `at` is when
    it says so, in the form of ISO 8601; empty where that is not known.
    """

    kind: RevisionKind
    earlier: str
    later: str
    at: str = ""
