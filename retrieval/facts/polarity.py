"""Which words of a sentence are denied, and whether another sentence says the opposite."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kb.text import HAN, STOPWORDS, normalise, simplified, words
from retrieval.facts.text import entries, word_set

_REACH = 3  # content words after a negation that it is about
_TOKEN = re.compile(rf"[{HAN}]+|[a-z\d]+(?:'[a-z]+)?|[^\w\s]")
_HAN = re.compile(f"[{HAN}]")
_NO_DENIAL = re.compile(
    r"\bnot (?:only|even|just|merely|simply|least|until|(?:more|less|fewer|later|earlier|sooner) than)\b"
    r"|\bno (?:more|less|fewer|later|earlier|sooner|doubt|matter|one's)\b"
    r"|\bnothing but\b|\bno\. ?\d|\bnone other\b|不得不|不能不|不可不|无不|无非|非常|除非|并非不|不外乎|没有不"
)
_STOPS = frozenset(",.;:!?()[]，。；：！？（）、") | {
    "but",
    "而是",
    "但",
    "但是",
    "而",
    "however",
    "because",
    "although",
}


def denials() -> frozenset[str]:
    """The words of both languages that deny what follows them."""
    return word_set("en/denials", "zh/denials")


@lru_cache(maxsize=1)
def _opposites() -> dict[str, tuple[str, bool]]:
    """Index word -> its notion, and whether it says that or its opposite."""
    table: dict[str, tuple[str, bool]] = {}
    for line in (*entries("en/opposites"), *entries("zh/opposites")):
        notion, _, listed = line.partition(":")
        for words_of_a_side, sign in zip(listed.split("|"), (True, False), strict=True):
            for word in words_of_a_side.split():
                table.setdefault(_index_word(word), (notion, sign))
    return table


def _index_word(token: str) -> str:
    """The index word of a token."""
    return token if _HAN.match(token) else (words(token) or [token])[0]


@dataclass(frozen=True, slots=True)
class Polarity:
    """What a sentence denies and what it says.

    `heads` are the words that each denial is about, in order. `denied` and `plain` are the words
    said with and without a denial, `notions` those of the table of opposites, each with whether the
    sentence says it or its opposite.
    """

    heads: tuple[tuple[str, ...], ...]
    denied: frozenset[str]
    plain: frozenset[str]
    notions: frozenset[tuple[str, bool]]

    def contradicts(self, other: Polarity) -> bool:
        """Whether this says the opposite of another."""
        if self._affirms(other.heads) or other._affirms(self.heads):
            return True
        both = {name for name, _ in self.notions} & {name for name, _ in other.notions}
        for notion in both:
            signs = {sign for name, sign in self.notions if name == notion}
            if signs.isdisjoint(sign for name, sign in other.notions if name == notion):
                return True
        return False

    def _affirms(self, heads: tuple[tuple[str, ...], ...]) -> bool:
        """Whether this says what another's denials are about, and nowhere denies it."""
        own_heads = [frozenset(head) for head in self.heads if head]
        return any(
            head
            and head[0] in self.plain
            and head[0] not in self.denied
            and not any(own.issubset(head) for own in own_heads)
            for head in heads
        )


@lru_cache(maxsize=4096)
def polarity(text: str) -> Polarity:
    """What a sentence denies and what it says."""
    reading = _Reading()
    for token in _tokens(text):
        reading.take(token)
    return Polarity(
        tuple(map(tuple, reading.heads)),
        frozenset(reading.denied),
        frozenset(reading.plain),
        frozenset(reading.notions),
    )


class _Reading:
    """A sentence read word by word: what is denied so far, and how far the last denial reaches."""

    def __init__(self) -> None:
        self.heads: list[list[str]] = []
        self.denied: set[str] = set()
        self.plain: set[str] = set()
        self.notions: set[tuple[str, bool]] = set()
        self._reach = 0  # how many words the last denial is still about
        self._new = False  # whether the last denial has no word yet
        self._negative = False  # not "not un-", which is none
        self._reply = False  # whether the last denial began its clause: "No, ..."
        self._opening = True  # whether a clause begins

    def take(self, token: str) -> None:
        notion = _opposites().get(_index_word(token))
        if token in _STOPS and not (
            self._new and not self._reply and token in (",", ":", "however")
        ):
            self._end_clause()
            return
        if token in denials() or token.endswith("n't"):
            self._deny()
            if notion is None:
                return
        self._opening = False
        if notion:
            self.notions.add((notion[0], notion[1] is not (self._negative and self._reach > 0)))
        if token in STOPWORDS or not token[0].isalnum() or token[0].isdigit():
            return
        if self._reach > 0 and self._negative:
            self._take_denied(_index_word(token), notion is not None)
        else:
            self.plain.add(_index_word(token))

    def _end_clause(self) -> None:
        self._reach, self._new, self._negative, self._opening = 0, False, False, True

    def _deny(self) -> None:
        self._reply, self._opening = self._opening, False
        self._reach, self._new, self._negative = _REACH, True, not (self._negative and self._new)

    def _take_denied(self, word: str, is_notion: bool) -> None:
        self.denied.add(word)
        if self._new:
            self.heads.append([])
            self._new = False
        if not is_notion:  # a denied notion of the table is told by its sign
            self.heads[-1].append(word)
        elif not self.heads[-1]:
            self.heads.pop()
            self._reach = 1
        self._reach -= 1


def _tokens(text: str) -> Iterator[str]:
    from rjieba import cut

    text = _NO_DENIAL.sub(" ", simplified(normalise(text)))
    for token in _TOKEN.findall(text):
        yield from cut(token) if _HAN.match(token) else [token]
