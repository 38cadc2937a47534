"""The glossary's contents: which index words say the same in the other language, and how surely.

Both sides are in the index words of `kb.text`, so that what is looked up is what the lexical index
holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from math import log2

from kb.glossary.cedict import entries
from kb.text import STOPWORDS, words
from kb.types import Phrase

Pairs = dict[Phrase, dict[Phrase, float]]

_MOST = 16  # translations of a phrase, the surest first
_LEAST = 0.2
_TWO_WORDS, _MORE_WORDS = (
    0.95,
    0.85,
)  # a gloss of several words explains more often than it translates
_ONE_CHARACTER = 0.6  # a character alone is seldom what is written for an English word
_NOT_ONE_WORD = 0.75  # what the analysis does not know as a word is rare
_RARE, _DOUBLED = (
    0.55,
    0.15,
)  # a Chinese word in no compound, and for each doubling of the compounds that it is in
_FORM = 0.9  # an irregular form of a translation
_BETWEEN = "qzxqzx"  # no word


def translations() -> dict[str, dict[Phrase, float]]:
    """Index words joined by spaces -> their translations, weighed above 0 to 1, the surest first."""
    pairs: Pairs = {}
    for chinese, english in _ours():
        _add(pairs, chinese, _content(english), 1.0)
        _add(pairs, english, _whole(chinese), 1.0)
    dictionary = dict(entries())
    cut = _cut(dictionary)
    compounds = Counter(word for phrase in cut.values() for word in phrase)
    stems = _cut({gloss for glosses in dictionary.values() for gloss, _ in glosses})
    for word, chinese in cut.items():
        whole = _whole(chinese)
        common = _commonness(whole, compounds)
        for gloss, sure in dictionary[word]:
            english = stems.get(gloss, ())
            content = _content(english)
            if chinese and content:
                weight = sure * (
                    1.0 if len(content) == 1 else _TWO_WORDS if len(content) == 2 else _MORE_WORDS
                )
                _add(pairs, chinese, content, weight)
                _add(pairs, english, whole, weight * common)
    _add_forms(pairs)
    return {" ".join(phrase): _surest(ways) for phrase, ways in pairs.items() if ways}


def _commonness(chinese: Phrase, compounds: Mapping[str, int]) -> float:
    """How likely a Chinese phrase is to be written for what it means: common words are in many
    compounds.
    """
    if len(chinese) > 1:
        return _NOT_ONE_WORD
    (word,) = chinese
    return min(1.0, _RARE + _DOUBLED * log2(compounds[word])) * (
        _ONE_CHARACTER if len(word) == 1 else 1.0
    )


def _add_forms(pairs: Pairs) -> None:
    """What is known of an English word for its irregular forms and other spellings too, and these
    as translations.
    """
    others: dict[str, list[str]] = {}
    for line in _lines("forms.txt"):
        base, *forms = dict.fromkeys(words(line))
        others[base] = forms
        for form in forms:
            for translation, weight in pairs.get((base,), {}).items():
                _add(pairs, (form,), translation, weight)
    for ways in pairs.values():
        for base in [way[0] for way in ways if len(way) == 1 and way[0] in others]:
            for form in others[base]:
                ways.setdefault((form,), ways[(base,)] * _FORM)


def _add(pairs: Pairs, phrase: Phrase, translation: Phrase, weight: float) -> None:
    weighed = pairs.setdefault(phrase, {})
    if translation and weight > weighed.get(translation, _LEAST):
        weighed[translation] = weight


def _surest(ways: dict[Phrase, float]) -> dict[Phrase, float]:
    surest = (
        sorted(ways.items(), key=lambda item: -item[1])[:_MOST] if len(ways) > 1 else ways.items()
    )
    return {phrase: round(weight, 2) for phrase, weight in surest}


def _cut(texts: Iterable[str]) -> dict[str, Phrase]:
    """The index words of each text. They are cut all at once: a call for each would take three
    times as long.
    """
    cut: dict[str, Phrase] = {}
    for plain in (True, False):  # text without accents and Chinese is cut faster
        batch = [text for text in texts if text.isascii() is plain]
        current: list[str] = []
        remaining = iter(batch)
        for word in words(f" {_BETWEEN} ".join(batch)):
            if word == _BETWEEN:
                cut[next(remaining)] = tuple(current)
                current = []
            else:
                current.append(word)
        cut.update((text, tuple(current)) for text in remaining)
    return cut


def _content(english: Phrase) -> Phrase:
    """The words that carry the meaning."""
    return tuple(word for word in english if word not in STOPWORDS)


def _whole(chinese: Phrase) -> Phrase:
    """The longest words of a search-mode cut, which also lists their parts: of 风险 投资 风险投资 only the
    last.
    """
    longest: list[str] = []
    for word in chinese:
        while longest and longest[-1] in word:
            longest.pop()
        longest.append(word)
    return tuple(longest)


def _ours() -> Iterator[tuple[Phrase, Phrase]]:
    """The lines `中文, 别名 = english, other` of our own terms, each Chinese with each English."""
    for line in _lines("terms.txt"):
        chinese, _, english = line.partition("=")
        for name in chinese.split(","):
            for other in english.split(","):
                yield tuple(words(name)), tuple(words(other))


def _lines(name: str) -> list[str]:
    listed = (files("kb.glossary") / name).read_text("utf-8").splitlines()
    return [line for line in listed if line and not line.startswith("#")]
