"""The shared tokenizer: the teacher's word pieces for English, Chinese characters and frequent
words added.

The teacher cuts Chinese into single characters, and knows few of them. Words are added as tokens
that are matched first and longest in the raw text (an Aho-Corasick automaton within `tokenizers`),
so English keeps the teacher's pieces exactly, and a Chinese text has two thirds of the pieces that
characters would give.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path

from tokenizers import AddedToken, Tokenizer

from tests.training.pairs import Pair

CHARACTERS = 6000
WORDS = 10_000
_LONGEST_WORD = 6


def build_tokenizer(
    teacher: Path, pairs: Iterable[Pair], known_words: Collection[str]
) -> Tokenizer:
    """The teacher's tokenizer with the most frequent Chinese characters and words of the pairs.

    `known_words` (a dictionary's) may enter with half the count that other words need.
    """
    from rjieba import cut

    characters: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for pair in pairs:
        for word in cut(pair.zh):
            if _is_han(word):
                words[word] += 1
                characters.update(word)
    table = json.loads((teacher / "tokenizer.json").read_text(encoding="utf-8"))
    table["truncation"] = table["padding"] = None
    vocabulary = table["model"]["vocab"]
    for character, _ in characters.most_common(CHARACTERS):
        vocabulary.setdefault(character, len(vocabulary))
    tokenizer = Tokenizer.from_str(json.dumps(table))
    longer = {
        word: n * (2 if word in known_words else 1)
        for word, n in words.items()
        if 1 < len(word) <= _LONGEST_WORD
    }
    best = sorted(longer, key=lambda word: (-longer[word], word))[:WORDS]
    tokenizer.add_tokens([AddedToken(word, normalized=False) for word in best])
    return tokenizer


def _is_han(word: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in word)
