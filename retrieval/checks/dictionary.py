"""The glossary as checks ask it; it is only opened when a claim needs it, and may be missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache

from kb.glossary import Glossary
from kb.text import words
from kb.types import TRUSTED, Phrase, Ways

Open = Callable[[], Glossary | None]
_TEXTS = 64  # of which it keeps what their words mean


class Dictionary:
    """Looks words up in the glossary, if there is one."""

    def __init__(self, open_glossary: Open) -> None:
        self._open = open_glossary
        self.meanings = lru_cache(maxsize=_TEXTS)(self._meanings)

    @cached_property
    def glossary(self) -> Glossary | None:
        """The glossary itself."""
        return self._open()

    def translations(self, phrases: Iterable[Phrase]) -> Mapping[Phrase, Ways]:
        """What phrases mean in the other language; empty without a glossary."""
        return self.glossary.translations(phrases) if self.glossary else {}

    def _meanings(self, listed: tuple[str, ...]) -> frozenset[Phrase]:
        """The trusted translations of some words."""
        found = self.translations((word,) for word in listed)
        return frozenset(way for ways in found.values() for way in trusted(ways))

    def is_common(self, token: str) -> bool:
        """Whether it has each word of a token; without a glossary any may be common."""
        return self.glossary is None or self.has(token)

    def has(self, token: str) -> bool:
        """Whether it has each word of a token."""
        own = {(word,) for word in words(token)}
        return own <= self.translations(own).keys()


def trusted(ways: Ways) -> list[Phrase]:
    """The translations that a word surely has."""
    return [way for way, weight in ways.items() if weight >= TRUSTED]
