"""What is to stay forgotten, as rules that texts, names and sources are held against.

Nothing forgotten is in them: names, paths and contents are known by keyed hashes only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from kb.erasure.folding import FoldedText, folded_name
from kb.privacy.spans import FORGOTTEN, Datum

_MOST_REMEMBERED = 200_000  # windows whose hashes are kept, so that common words are hashed once


@dataclass(frozen=True, slots=True)
class Entry:
    """Something forgotten at `at`. `kind` is source, person, author or period.

    `digests` are keyed hashes: of a source's path, content and (see `named`) name, of a folded name.
    `length` is that of the folded name of a person; `since` and `until` are the days of a period.
    """

    id: str
    kind: str
    at: str
    digests: tuple[str, ...] = ()
    length: int = 0
    since: str = ""
    until: str = ""


class Rules:
    """Entries of a ledger, to hold texts against. `names` are those of persons where they are known
    in plain, as while they are being forgotten: looking for these takes a tenth of the time.
    """

    def __init__(self, key: bytes, entries: Iterable[Entry], names: Iterable[str] = ()) -> None:
        self._key = key
        self._entries = tuple(entries)
        self._sources = self._dates("source")
        self._people = self._dates("person")
        self._authors = self._dates("author")
        self._periods = [(e.since, e.until) for e in self._entries if e.kind == "period"]
        self._lengths = sorted({e.length for e in self._entries if e.kind == "person"})
        self._plain = tuple(filter(None, map(folded_name, names)))
        self._remembered: dict[str, bool] = {}

    def __bool__(self) -> bool:
        return bool(self._entries)

    def __getstate__(self) -> tuple[bytes, tuple[Entry, ...]]:
        return self._key, self._entries

    def __setstate__(self, state: tuple[bytes, tuple[Entry, ...]]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    @property
    def changes_texts(self) -> bool:
        """Whether there is anything to take out of texts, and not only whole sources."""
        return bool(self._people or self._authors or self._periods)

    @property
    def newest(self) -> str:
        """The day on which something was last forgotten."""
        return max((entry.at[:10] for entry in self._entries), default="")

    def source_date(self, *names: str) -> str:
        """The day on which a source was forgotten that has one of these paths or content hashes;
        empty for one that was not.
        """
        known = (self._sources.get(digest(self._key, name)) for name in names if name)
        return next((at[:10] for at in known if at), "")

    def is_cited(self, source: str, at: str) -> bool:
        """Whether what was kept at that time, and names a source, means one that was forgotten. A
        later source may have the name of one that was forgotten.
        """
        return bool(source) and at <= self._sources.get(digest(self._key, named(source)), "")

    def is_person(self, name: str | None) -> bool:
        """Whether somebody's name is one that was forgotten, or holds one."""
        return bool(name and self._people) and bool(self.spans(str(name)))

    def is_speaker(self, name: str | None) -> bool:
        """Whether what somebody of that name said is to go: a forgotten person or author."""
        if not name:
            return False
        return self.is_person(name) or digest(self._key, folded_name(name)) in self._authors

    def author_date(self, meta: Mapping[str, Any]) -> str:
        """The day on which the author that metadata name was forgotten; empty for none."""
        named = meta.get("author", "")
        for name in named if isinstance(named, list) else [named]:
            if at := self._authors.get(digest(self._key, folded_name(str(name)))):
                return at[:10]
        return ""

    def in_period(self, at: str | None) -> bool:
        """Whether a day or time, in ISO 8601, lies in a time that was forgotten."""
        day = (at or "")[:10]
        return len(day) == 10 and any(
            (not since or since <= day) and (not until or day <= until)
            for since, until in self._periods
        )

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where forgotten names stand in a text, in order, none overlapping another."""
        if not self._people or not text:
            return []
        folded = FoldedText(text)
        found = self._plain_spans(folded) if self._plain else self._hashed_spans(folded)
        spans: list[tuple[int, int]] = []
        for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
            start, end = folded.span(start, end)
            if not spans or start >= spans[-1][1]:
                spans.append((start, end))
        return spans

    def data(self, text: str) -> list[Datum]:
        """The same as a recogniser of personal data gives it."""
        return [Datum(start, end, "") for start, end in self.spans(text)]

    def masked(self, text: str) -> str:
        """A text with a mask in place of each forgotten name."""
        for start, end in reversed(self.spans(text)):
            breaks = "\n" * text.count("\n", start, end)  # lines are counted
            text = f"{text[:start]}{FORGOTTEN}{breaks}{text[end:]}"
        return text

    def masked_value(self, value: Any) -> Any:
        """A JSON value with a mask in place of each forgotten name in its texts and keys."""
        if isinstance(value, str):
            return self.masked(value)
        if isinstance(value, Mapping):
            return {self.masked(str(key)): self.masked_value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self.masked_value, value))
        return value

    def digest(self, text: str) -> str:
        """The keyed hash of a text that goes, for a receipt."""
        return digest(self._key, text)

    def _dates(self, kind: str) -> dict[str, str]:
        return {each: e.at for e in self._entries if e.kind == kind for each in e.digests}

    def _plain_spans(self, folded: FoldedText) -> Sequence[tuple[int, int]]:
        found = []
        for name in self._plain:
            start = folded.text.find(name)
            while start >= 0:
                if folded.is_whole(start, start + len(name)):
                    found.append((start, start + len(name)))
                start = folded.text.find(name, start + 1)
        return found

    def _hashed_spans(self, folded: FoldedText) -> Sequence[tuple[int, int]]:
        return [
            (start, start + length)
            for length in self._lengths
            for start in folded.windows(length)
            if self._is_name(folded.text[start : start + length])
        ]

    def _is_name(self, window: str) -> bool:
        known = self._remembered.get(window)
        if known is None:
            if len(self._remembered) >= _MOST_REMEMBERED:
                self._remembered.clear()
            known = self._remembered[window] = digest(self._key, window) in self._people
        return known


def named(source: str) -> str:
    """The name of a source, told from a path."""
    return f"source:{source}"


NO_RULES = Rules(b"", ())


def digest(key: bytes, text: str) -> str:
    """The keyed hash of a text, by which a ledger knows it."""
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16, key=key).hexdigest()
