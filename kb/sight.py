"""What a caller sees of a knowledge base, as the stores are narrowed to it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kb.errors import Covered

if TYPE_CHECKING:
    from kb.privacy.cover import Cover


@dataclass(frozen=True, slots=True)
class Sight:
    """What is left to see of a knowledge base for a caller who has these `audiences`.

    `documents` are the ids of what it sees; None where nothing is kept from it. `hidden` are the
    ids and the source names of all others, and `hidden_passages` those of single passages, such as
    rows of a table that have an audience of their own. `entries` are the FAQ entries that it sees, None
    for all. `is_shared`: no source has an audience but the default one, so that also what was asked before
    there were audiences is seen. `cover` hides personal data in all of it; None for none.
    """

    audiences: frozenset[str]
    documents: Collection[str] | None = None
    hidden: frozenset[str] = frozenset()
    hidden_passages: frozenset[str] = frozenset()
    entries: frozenset[str] | None = None
    is_shared: bool = True
    cover: Cover | None = None

    def check_uncovered(self) -> None:
        """Raise Covered where personal data are hidden: what is made of it must not be stored."""
        if self.cover is not None:
            raise Covered()
