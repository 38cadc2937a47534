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

Found = dict[Phrase, dict[Phrase, float]]

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
    found: Found = {}
    for chinese, english in _ours():
        _add(found, chinese, _content(english), 1.0)
        _add(found, english, _whole(chinese), 1.0)
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
                _add(found, chinese, content, weight)
                _add(found, english, whole, weight * common)
    _add_forms(found)
    return {" ".join(phrase): _surest(said) for phrase, said in found.items() if said}


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


def _add_forms(found: Found) -> None:
    """What is known of an English word for its irregular forms and other spellings too, and these
    as translations.
    """
    others: dict[str, list[str]] = {}
    for line in _lines("forms.txt"):
        base, *forms = dict.fromkeys(words(line))
        others[base] = forms
        for form in forms:
            for said, weight in found.get((base,), {}).items():
                _add(found, (form,), said, weight)
    for ways in found.values():
        for base in [way[0] for way in ways if len(way) == 1 and way[0] in others]:
            for form in others[base]:
                ways.setdefault((form,), ways[(base,)] * _FORM)


def _add(found: Found, phrase: Phrase, said: Phrase, weight: float) -> None:
    weighed = found.setdefault(phrase, {})
    if said and weight > weighed.get(said, _LEAST):
        weighed[said] = weight


def _surest(said: dict[Phrase, float]) -> dict[Phrase, float]:
    kept = (
        sorted(said.items(), key=lambda item: -item[1])[:_MOST] if len(said) > 1 else said.items()
    )
    return {phrase: round(weight, 2) for phrase, weight in kept}


def _cut(texts: Iterable[str]) -> dict[str, Phrase]:
    """The index words of each text. They are cut all at once: a call for each would take three
    times as long.
    """
    cut: dict[str, Phrase] = {}
    for plain in (True, False):  # text without accents and Chinese is cut faster
        some = [text for text in texts if text.isascii() is plain]
        found: list[str] = []
        each = iter(some)
        for word in words(f" {_BETWEEN} ".join(some)):
            if word == _BETWEEN:
                cut[next(each)] = tuple(found)
                found = []
            else:
                found.append(word)
        cut.update((text, tuple(found)) for text in each)
    return cut


def _content(english: Phrase) -> Phrase:
    """The words that carry the meaning."""
    return tuple(word for word in english if word not in STOPWORDS)


def _whole(chinese: Phrase) -> Phrase:
    """The longest words of a search-mode cut, which say it all: of 风险 投资 风险投资 only the
    last.
    """
    kept: list[str] = []
    for word in chinese:
        while kept and kept[-1] in word:
            kept.pop()
        kept.append(word)
    return tuple(kept)


def _ours() -> Iterator[tuple[Phrase, Phrase]]:
    """The lines `中文, 别名 = english, other` of our own terms, each Chinese with each English."""
    for line in _lines("terms.txt"):
        chinese, _, english = line.partition("=")
        for one in chinese.split(","):
            for other in english.split(","):
                yield tuple(words(one)), tuple(words(other))


def _lines(name: str) -> list[str]:
    listed = (files("kb.glossary") / name).read_text("utf-8").splitlines()
    return [line for line in listed if line and not line.startswith("#")]
