"""Distinct hits: near-duplicates and language versions are one hit, which names the others.

Versions are documents that are one page in several languages, by their names; they correspond at
the same place of the page.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby
from pathlib import PurePosixPath

from kb.knowledge import KnowledgeBase
from kb.text import language, shingles, simplified
from kb.types import Document, Hit, Passage, Question, Twin
from retrieval.search.confidence import passage_words

_WITHIN = 0.8  # the share of a teaser's word pairs that the place it was cut from has
_FEWEST = 8  # word pairs: less is said twice by chance
_FURTHER = 2  # how many times the limit is looked through for what the hits stand for
# the share of the best score that is enough for the one in the question's language to stand for
# both
_FAIR = 0.5

Pairs = frozenset[tuple[str, str]]
Similarity = Callable[[str, str], float]
"""The cosine of two passages by their ids."""


@dataclass(slots=True)
class _DistinctHit:
    """A passage that may become a hit, and the sources and language versions that it stands for."""

    passage: Passage
    document: Document
    score: float
    pairs: Pairs
    also: list[str] = field(default_factory=list)
    twins: list[Twin] = field(default_factory=list)


def distinct(
    kb: KnowledgeBase,
    question: Question,
    ranked: Sequence[tuple[str, float]],
    limit: int,
    similarity: Similarity | None = None,
) -> tuple[Hit, ...]:
    """The first `limit` hits that say something of their own, of the passages (id, score), best
    first.

    Near-duplicates are one hit, which names the other sources. So are a teaser and the place in the
    episode that it was cut from, which is shown; and the versions of a page in several languages,
    of which the one in the language of the question is shown and links the others. `similarity`
    gives the cosine of two passages by their ids. Hits that the catalog no longer knows are
    dropped, so nothing deleted is ever cited.
    """
    return _DistinctHits(kb, question, similarity).hits(ranked, limit)


class _DistinctHits:
    """Chooses the hits of one question."""

    def __init__(
        self, kb: KnowledgeBase, question: Question, similarity: Similarity | None
    ) -> None:
        self._kb = kb
        self._asked_in = script_of(question.text)
        self._similarity = similarity
        self._documents: dict[str, Document | None] = {}
        self._passages: dict[str, list[Passage]] = {}

    def hits(self, ranked: Sequence[tuple[str, float]], limit: int) -> tuple[Hit, ...]:
        """See `distinct`."""
        passages: dict[str, Passage] = {}
        kept: list[_DistinctHit] = []
        for looked_at, (passage_id, score) in enumerate(ranked):
            if looked_at % (_FURTHER * limit) == 0:
                if len(kept) == limit:
                    break
                following = ranked[looked_at : looked_at + _FURTHER * limit]
                passages = self._kb.catalog.passages([each for each, _ in following])
            passage = passages.get(passage_id)
            document = self._document(passage.document) if passage else None
            if passage is None or document is None:
                continue
            new = _DistinctHit(passage, document, score, shingles(passage_words(passage.text)))
            if not any(self._absorbs(old, new) for old in kept) and len(kept) < limit:
                kept.append(new)
        return tuple(_hit(rank, found) for rank, found in enumerate(kept, start=1))

    def _absorbs(self, old: _DistinctHit, new: _DistinctHit) -> bool:
        """Whether `new` becomes part of the hit `old`, and may be shown in its place."""
        if _alike(old.pairs, new.pairs, self._kb.settings.near_duplicate) and not _contradict(
            old.pairs, new.pairs
        ):
            _merge(old, new, swap=self._is_preferred(new, old), twins=False)
        elif _repeats(old, new):
            _merge(old, new, swap=new.passage.ordinal > old.passage.ordinal, twins=False)
        elif self._are_versions(old, new):
            _merge(old, new, swap=self._is_preferred(new, old), twins=True)
        else:
            return False
        return True

    def _is_preferred(self, new: _DistinctHit, old: _DistinctHit) -> bool:
        """Whether `new` fits the script of the question better at nearly the same score."""
        fits = [self._fit(found.passage) for found in (new, old)]
        return fits[0] > fits[1] and new.score >= _FAIR * old.score

    def _fit(self, passage: Passage) -> int:
        script = script_of(passage.text)
        return (script.partition("-")[0] == self._asked_in.partition("-")[0]) + (
            script == self._asked_in
        )

    def _are_versions(self, one: _DistinctHit, other: _DistinctHit) -> bool:
        """Whether both are the same place of a page in two languages."""
        if one.document.id == other.document.id or not are_versions(one.document, other.document):
            return False
        if script_of(one.passage.text) == script_of(other.passage.text):
            return False
        its, others = self._passages_of(one.document), self._passages_of(other.document)
        return are_at_same_place(one.passage, its, other.passage, others, self._similarity)

    def _document(self, document_id: str) -> Document | None:
        if document_id not in self._documents:
            self._documents[document_id] = self._kb.catalog.document(document_id)
        return self._documents[document_id]

    def _passages_of(self, document: Document) -> list[Passage]:
        if document.id not in self._passages:
            self._passages[document.id] = self._kb.catalog.passages_of(document.id)
        return self._passages[document.id]


def _merge(old: _DistinctHit, new: _DistinctHit, *, swap: bool, twins: bool) -> None:
    """Make `new` part of the hit `old`; with `swap` the new passage is shown."""
    if swap:
        old.passage, new.passage = new.passage, old.passage
        old.document, new.document = new.document, old.document
        old.pairs, new.pairs = new.pairs, old.pairs
    if twins:
        old.twins.append(Twin(new.passage.id, new.document.source, new.passage.lang))
    else:
        old.also.append(new.document.source)


def _hit(rank: int, found: _DistinctHit) -> Hit:
    also = tuple(dict.fromkeys(source for source in found.also if source != found.document.source))
    return Hit(rank, round(found.score, 4), found.passage, found.document, also, tuple(found.twins))


def _contradict(one: Pairs, other: Pairs) -> bool:
    """Whether each has numbers that the other lacks: then both are shown."""
    mine, its = (
        {word for pair in pairs for word in pair if word[0].isdigit()} for pairs in (one, other)
    )
    return bool(mine - its and its - mine)


def _alike(one: Pairs, other: Pairs, threshold: float) -> bool:
    """Whether the Jaccard overlap of two sets of word pairs reaches the threshold."""
    if not one or not other:
        return False
    shared = len(one & other)
    return shared >= threshold * (len(one) + len(other) - shared)


def _repeats(one: _DistinctHit, other: _DistinctHit) -> bool:
    """Whether one of two passages of a recording nearly repeats the other, as a cold open does."""
    if one.document.id != other.document.id or one.document.kind != "transcript":
        return False
    fewer = min(len(one.pairs), len(other.pairs))
    return fewer >= _FEWEST and len(one.pairs & other.pairs) >= _WITHIN * fewer


# --- language versions ----------------------------------------------------------------------------

_CODE = (
    r"(?:(?:ar|cs|de|en|es|fa|fr|he|hi|id|it|ja|ko|nl|pl|pt|ru|sv|th|tr|uk|vi|zh)(?:[-_](?:hans|hant|[a-z]{2}))?"
    r"|cn|tw|hk|chs|cht|english|chinese|中文|英文|简体|繁體|繁体)"
)
_FOLDER = re.compile(_CODE, re.I)
_SUFFIX = re.compile(rf"(.+?)[._-]({_CODE})", re.I)
_SURE = 0.75  # cosine from which two passages of one page say the same wherever they stand
_SAMPLE = 400


@lru_cache(maxsize=4096)  # each hit is held against each other one
def page_of(source: str) -> tuple[str, str]:
    """A document's page without its language, and the language: ('guide', 'zh') of guide.zh.md."""
    path = PurePosixPath(source)
    tags = [part.lower() for part in path.parts[:-1] if _FOLDER.fullmatch(part)]
    folders = [part for part in path.parts[:-1] if not _FOLDER.fullmatch(part)]
    stem = path.stem
    if suffix := _SUFFIX.fullmatch(stem):
        stem, tags = suffix[1], [*tags, suffix[2].lower()]
    return "/".join([*folders, stem]).lower(), "/".join(tags)


def are_versions(one: Document, other: Document) -> bool:
    """Whether two documents are, by their names, one page in two languages."""
    (name, tag), (other_name, other_tag) = page_of(one.source), page_of(other.source)
    return name == other_name and tag != other_tag


def script_of(text: str) -> str:
    """The language of a text, with `zh-hant` for Traditional Chinese."""
    lang = language(text)
    sample = text[:_SAMPLE]
    return "zh-hant" if lang == "zh" and _is_traditional(sample) else lang


def _is_traditional(text: str) -> bool:
    changed = sum(one != other for one, other in zip(text, simplified(text), strict=False))
    return changed * 20 >= len(text)


def are_at_same_place(
    one: Passage,
    its: Sequence[Passage],
    other: Passage,
    others: Sequence[Passage],
    similarity: Similarity | None,
) -> bool:
    """Whether two passages are at the same place of a page in two languages, given all passages of
    both versions.

    Where both have the same outline, sections in the same order correspond; else only the
    similarity of the passages decides.
    """
    if similarity is not None and similarity(one.id, other.id) >= _SURE:
        return True
    mine, theirs = _sections(its), _sections(others)
    if len(mine) != len(theirs) or [len(path) for path, _ in mine] != [
        len(path) for path, _ in theirs
    ]:
        return False
    (section, begins, ends), (same, begin, end) = _place(one, mine), _place(other, theirs)
    return section == same and begins < end and begin < ends


def _sections(passages: Sequence[Passage]) -> list[tuple[tuple[str, ...], list[Passage]]]:
    return [
        (path, list(group))
        for path, group in groupby(passages, key=lambda passage: passage.headings)
    ]


def _place(
    passage: Passage, sections: Sequence[tuple[tuple[str, ...], list[Passage]]]
) -> tuple[int, float, float]:
    """The section of a passage, and the shares of its length where it begins and ends."""
    for number, (_, group) in enumerate(sections):
        if group[0].ordinal <= passage.ordinal <= group[-1].ordinal:
            lengths = [len(each.text) for each in group]
            whole = sum(lengths)
            before = sum(lengths[: passage.ordinal - group[0].ordinal])
            return number, before / whole, (before + len(passage.text)) / whole
    return -1, 0.0, 0.0
