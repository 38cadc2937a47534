"""What is different between two texts, for people: sentence by sentence, and within a sentence by
words.

Chinese is compared by words too, as the index cuts it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from kb.text import HAN, sentences

_PARTS = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+(?:['.,][^\W_{HAN}]+)*|\s+|.", re.S)
_HAN = re.compile(f"[{HAN}]{{2}}")
_MARKS = re.compile(r"(?:\[\d+\]\s*)+")
_ALIKE = 0.5  # the share of their words from which two sentences are one that was changed
_MOST_PAIRS = (
    900  # sentences that are compared by words: of longer texts, whole sentences go and come
)

Op = Literal["same", "removed", "added", "changed"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A sentence that stayed, went, came, or was changed; then `words` are its runs that did."""

    op: Op
    text: str
    words: tuple[tuple[Literal["same", "removed", "added"], str], ...] = ()


def differences(before: str, after: str) -> Iterator[Difference]:
    """The sentences of both texts in order."""
    one, other = _sentences(before), _sentences(after)
    for op, i1, i2, j1, j2 in SequenceMatcher(None, one, other).get_opcodes():
        if op == "equal":
            yield from (Difference("same", each) for each in one[i1:i2])
        else:
            yield from _replaced(one[i1:i2], other[j1:j2])


def _sentences(text: str) -> list[str]:
    """The sentences, each on one line and with the marks of its citations."""
    found: list[str] = []
    for start, end in sentences(text):
        sentence = " ".join(text[start:end].split())
        marks = _MARKS.match(sentence)
        if marks and found:
            found[-1] += f" {marks[0].strip()}"
            sentence = sentence[marks.end() :]
        if sentence:
            found.append(sentence)
    return found


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Difference]:
    """The differences of sentences that replace others, similar ones paired in order."""
    pairs: list[tuple[int, int]] = []
    if len(before) * len(after) <= _MOST_PAIRS:
        for number, each in enumerate(after):
            first = pairs[-1][0] + 1 if pairs else 0
            like = next(
                (old for old in range(first, len(before)) if _ratio(before[old], each) >= _ALIKE),
                None,
            )
            if like is not None:
                pairs.append((like, number))
    i = j = 0
    for old, new in [*pairs, (len(before), len(after))]:
        yield from (Difference("removed", each) for each in before[i:old])
        yield from (Difference("added", each) for each in after[j:new])
        if old < len(before):
            yield Difference("changed", after[new], tuple(_words(before[old], after[new])))
        i, j = old + 1, new + 1


def _ratio(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, _tokens(one), _tokens(other))
    return matcher.ratio() if matcher.quick_ratio() >= _ALIKE else 0.0


def _words(one: str, other: str) -> Iterator[tuple[Literal["same", "removed", "added"], str]]:
    before, after = _tokens(one), _tokens(other)
    for op, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if op == "equal":
            yield "same", "".join(before[i1:i2])
            continue
        if i2 > i1:
            yield "removed", "".join(before[i1:i2])
        if j2 > j1:
            yield "added", "".join(after[j1:j2])


def _tokens(text: str) -> list[str]:
    """The text in pieces that make it up whole: words, Chinese words, spaces, marks."""
    from rjieba import cut

    return [
        word
        for part in _PARTS.findall(text)
        for word in (cut(part) if _HAN.match(part) else (part,))
    ]
