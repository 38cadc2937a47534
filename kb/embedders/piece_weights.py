"""What each piece of a question weighs: its share of what its word tells in the knowledge base."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from kb.text import words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


_HAN = re.compile(r"[\u3400-\u9fff]")


def piece_weights(tokens: Sequence[str], telling: Mapping[str, float]) -> Floats:
    """What each piece of the question weighs: its share of its word's weight; all alike where no
    word tells.
    """
    found = np.zeros(len(tokens), np.float32)
    content = np.array([token not in ("[CLS]", "[SEP]") for token in tokens])
    begin = 0
    while begin < len(tokens):
        end = begin + 1
        while end < len(tokens) and tokens[end].startswith("##"):
            end += 1
        word = tokens[begin] + "".join(token[2:] for token in tokens[begin + 1 : end])
        if content[begin]:
            found[begin:end] = _word_weight(word, telling) / (end - begin)
        begin = end
    if not found.any():
        found[content] = 1.0
    return found


def _word_weight(word: str, telling: Mapping[str, float]) -> float:
    """The most that a word of the question weighs that is the same, or, in Chinese, is part of it
    or holds it.
    """
    if not _HAN.search(word):
        return max((telling.get(each, 0.0) for each in words(word)), default=0.0)
    return max(
        (weight for each, weight in telling.items() if each in word or word in each), default=0.0
    )
