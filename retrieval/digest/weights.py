"""How much the lines of a source say about what it is about: words that many lines share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from kb.text import flat, terms
from retrieval.digest.parts import Line

_FEW = 3  # terms: fewer say too little to be worth a line


def line_terms(lines: Sequence[Line]) -> list[frozenset[str]]:
    """The topic words of each line."""
    return [frozenset(terms(flat(line.text))) for line in lines]


def weights(bags: Sequence[frozenset[str]]) -> list[float]:
    """A weight for each line: what its words weigh, where a word weighs more the more lines have
    it, but for those in most lines; long lines gain by the root of their length only.
    """
    counts = Counter(word for bag in bags for word in bag)
    number = len(bags) or 1
    word_weight = {
        word: math.log1p(count) * math.log(number / count + 1) if len(word) > 1 else 0.0
        for word, count in counts.items()
    }
    return [
        sum(word_weight[word] for word in bag) / math.sqrt(len(bag)) if len(bag) >= _FEW else 0.0
        for bag in bags
    ]


def heaviest(numbers: Sequence[int], weight: Sequence[float], limit: int) -> list[int]:
    """The `limit` line numbers that weigh most, in the order of the source."""
    return sorted(sorted(numbers, key=lambda number: -weight[number])[:limit])
