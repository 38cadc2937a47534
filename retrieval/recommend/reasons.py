"""Why a source is recommended: the words or the sections that connect it, and where they stand."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from kb.knowledge import KnowledgeBase
from kb.markup import plain
from kb.text import flat, sentences, terms, words
from kb.types import Document, Passage, Question
from retrieval.question.question import weight
from retrieval.recommend.source_profiles import SourceProfile

SHOWN = 3  # words that a reason names
_LATIN = re.compile(r"[^\W\d_][\w'’-]*[^\W_]|[^\W\d_]")
_SHORTEST = 20  # characters of a quoted sentence, where there is a longer one

Basis = Literal["words", "sections"]


@dataclass(frozen=True, slots=True)
class Reason:
    """What connects a source with what was asked or read.

    By `words`, those that both have; by `sections`, the name of the one that comes nearest. `passage`
    is where it stands, and `quote` an exact sentence of it. `like` is the passage that was read
    before, with its document; None where the source is for a question, of which `share` is what
    the words weigh of all its words.
    """

    basis: Basis
    words: tuple[str, ...]
    section: str
    passage: Passage
    quote: str
    like: tuple[Document, Passage] | None = None
    share: float = 0.0


def reason_for_question(question: Question, document: Document, passage: Passage) -> Reason:
    """Why a source with this passage fits a question."""
    stems = set(words(_embedded(document, passage)))
    covered = question.covered(stems)
    weights = {word: question.weights[word] for word in covered}
    shown = _shown(weights, surfaces(question.text))
    reason = _reason(shown, covered, document, passage)
    return replace(reason, share=question.share(covered))


def reason_for_reader(
    kb: KnowledgeBase, profile: SourceProfile, read: Sequence[SourceProfile]
) -> Reason | None:
    """Why a source fits somebody who read these: its passage that is nearest to one of theirs.

    None where either has no vectors, or the catalog no longer knows the passages.
    """
    nearest = _nearest(kb, profile.passages, [name for each in read for name in each.passages])
    passages = kb.catalog.passages(nearest) if nearest else {}
    if len(passages) < len(set(nearest)) or not nearest:
        return None
    passage, before = (passages[name] for name in nearest)
    document = next(each.document for each in read if before.id in each.passages)
    shared = set(terms(_embedded(profile.document, passage)))
    shared &= set(terms(_embedded(document, before)))
    holding = kb.index.document_frequency(sorted(shared))
    total = kb.index.passages()
    weights = {word: weight(min(count, total), total) for word, count in holding.items() if count}
    text = _embedded(profile.document, passage)
    reason = _reason(_shown(weights, surfaces(text)), weights, profile.document, passage)
    return replace(reason, like=(document, before))


def _embedded(document: Document, passage: Passage) -> str:
    return "\n".join((document.title, *passage.headings, plain(passage.text)))


def _reason(
    shown: tuple[str, ...], stems: Collection[str], document: Document, passage: Passage
) -> Reason:
    section = passage.headings[-1] if passage.headings else document.title
    basis: Basis = "words" if shown else "sections"
    return Reason(basis, shown, section, passage, quote(passage.text, stems))


def quote(text: str, stems: Collection[str] = ()) -> str:
    """The sentence of a text that has most of the `stems`, the first of several; exactly as it
    stands there. A heading, a scrap or what leads on to a list only where there is no more.
    """
    spans = [text[start:end] for start, end in sentences(text)]
    long = [
        each
        for each in spans
        if len(flat(plain(each))) >= _SHORTEST and each[0] != "#" and each[-1] not in ":："
    ]
    return max(long or spans or [text], key=lambda each: len(set(stems).intersection(words(each))))


def surfaces(text: str) -> dict[str, str]:
    """The words of a text by their stems, as they are first written in it."""
    written: dict[str, str] = {}
    for match in _LATIN.finditer(text):
        for stem in words(match[0]):
            is_whole = match[0].isascii() or len(stem) == len(match[0])
            written.setdefault(stem, match[0] if is_whole else stem)
    return written


def _shown(weights: Mapping[str, float], written: Mapping[str, str]) -> tuple[str, ...]:
    """The words to name: those that weigh most, each as it is written; no number, no single
    letter, and none that is part of another.
    """
    shown: list[str] = []
    for stem in sorted(weights, key=lambda stem: (-weights[stem], stem)):
        word = written.get(stem, stem)
        if len(word) < 2 or not word[0].isalpha() or any(word in other for other in shown):
            continue
        shown = [other for other in shown if other not in word]
        shown.append(word)
        if len(shown) == SHOWN:
            break
    return tuple(shown)


def _nearest(kb: KnowledgeBase, candidates: Sequence[str], read: Sequence[str]) -> tuple[str, ...]:
    """The passage of the candidates and that of those read that are nearest to each other."""
    import numpy as np

    vectors = kb.catalog.vectors([*candidates, *read], kb.catalog.serving())
    mine = [name for name in candidates if name in vectors]
    theirs = [name for name in read if name in vectors]
    if not mine or not theirs:
        return ()
    cosines = (
        np.array([vectors[name] for name in mine]) @ np.array([vectors[name] for name in theirs]).T
    )
    row, column = np.unravel_index(int(cosines.argmax()), cosines.shape)
    return mine[int(row)], theirs[int(column)]
