"""What a claim has and its source has nowhere: addresses, figures and names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from kb.text import words
from retrieval.checks.claim import Claim, Dictionary, Evidence, Fault, Finding
from retrieval.facts.names import (
    NameWord,
    chinese_names,
    has_chinese_name,
    has_latin_word,
    is_no_name,
    latin_names,
    reads_as,
)
from retrieval.facts.source_text import SourceText

_ADDRESS = re.compile(
    r"\b(?:https?://|www\.)[^\s<>()\[\]，。；]+|\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.I
)
_POSSESSIVE = re.compile(r"['’](?:s|d|m|ll|ve|re)?\Z")
_LATIN_WORD = re.compile(r"[^\W\d_]+")


def wrong_address(claim: Claim, evidence: Evidence) -> Finding | None:
    """The addresses of a claim, as written, that don't stand in the source."""
    written = (match[0].rstrip(".,;:!?") for match in _ADDRESS.finditer(claim.sentence))
    known = evidence.cited.raw.lower()
    return Finding.of(Fault.ADDRESS, (each for each in written if each.lower() not in known))


def missing_figures(claim: Claim, evidence: Evidence) -> Finding | None:
    """The figures that the source lacks, or all of them means otherwise: at most 6, not over 6."""
    known = evidence.cited.figures
    lacking = known.lacking(claim.figures)
    is_opposed = set(lacking).issubset(known.opposing(claim.figures))
    return Finding.of(Fault.BOUND if is_opposed else Fault.FIGURE, lacking)


def missing_names(claim: Claim, evidence: Evidence) -> Finding | None:
    """The names that neither stand in the source nor are explained by it."""
    names = [
        *_missing_latin(claim.text, evidence.cited, evidence.dictionary),
        *_missing_chinese(claim.text, evidence.cited, evidence.dictionary),
    ]
    return Finding.of(Fault.NAME, dict.fromkeys(names))


# --- Latin ----------------------------------------------------------------------------------------


def _missing_latin(text: str, source: SourceText, dictionary: Dictionary) -> Iterator[str]:
    for run in latin_names(text, may_stand_in_chinese="zh" not in source.languages):
        tokens = [word.text for word in run]
        unknown = [
            word.text for word in run if not _is_known(word, len(run) == 1, source, dictionary)
        ]
        readings = [(tokens, unknown)]
        if unknown[:1] == tokens[:1] and run[0].opens and dictionary.is_common(tokens[0]):
            if len(unknown) < len(run):
                readings = [(tokens, unknown[1:])]  # "Yesterday Ada Example said"
            elif len(run) > 2:
                readings.append((tokens[1:], unknown[1:]))  # see Vector Index
        unknown = readings[0][1]
        if unknown and not any(_is_explained(*each, source, dictionary) for each in readings):
            yield " ".join(unknown)


def _is_known(word: NameWord, alone: bool, source: SourceText, dictionary: Dictionary) -> bool:
    bare = _POSSESSIVE.sub("", word.text)
    if is_no_name(bare) or (len(bare) == 1 and bare.isascii()):
        return True
    if has_latin_word(bare, source.words, source.squashed):
        return True
    # A sentence begins with a capital: a word that the dictionary knows is no name there.
    return word.opens and alone and dictionary.is_common(bare)


def _is_explained(
    run: Sequence[str], unknown: Sequence[str], source: SourceText, dictionary: Dictionary
) -> bool:
    """Whether a translation or a transliteration accounts for a name."""
    if all(_is_translated(words(token), source, dictionary) for token in unknown):
        return True
    if len(run) > 1 and _is_translated(words(" ".join(run)), source, dictionary):
        return True
    if "zh" not in source.languages:
        return False
    spelt = [
        token for token in unknown if _LATIN_WORD.fullmatch(token.replace("-", "").replace("'", ""))
    ]
    return bool(spelt) and (
        reads_as(run if len(spelt) == len(unknown) else spelt, source.text)
        or all(len(token) > 3 and reads_as([token], source.text) for token in spelt)
    )


def _is_translated(phrase: Sequence[str], source: SourceText, dictionary: Dictionary) -> bool:
    known = dictionary.translations([tuple(phrase), *((word,) for word in phrase)])
    if any(source.has_phrase(way) for way in known.get(tuple(phrase), {})):
        return True
    return len(phrase) > 1 and all(
        any(source.has_phrase(way) for way in known.get((word,), {})) for word in phrase
    )


# --- Chinese --------------------------------------------------------------------------------------


def _missing_chinese(text: str, source: SourceText, dictionary: Dictionary) -> Iterator[str]:
    for name in chinese_names(text):
        if has_chinese_name(name, source):
            continue
        if _is_translated(words(name), source, dictionary):
            continue
        if source.languages != {"en"}:  # which has Chinese names in its own letters
            yield name
