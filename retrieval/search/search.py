"""Searching: Question -> Hits. Words, their translations and vectors, one filter, fused, without
near-duplicates.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain, islice
from typing import TYPE_CHECKING

from kb.embedders import embedded_text
from kb.embedders.static import SKETCH_BYTES, SKETCH_SCALE, StaticEmbedder
from kb.errors import UsageError
from kb.knowledge import KnowledgeBase
from kb.rerankers import open_reranker
from kb.text import has_words, words
from kb.types import Hit, Kind, Question, Results
from retrieval.question.weights import weigh
from retrieval.search import faq_match as curated
from retrieval.search.bad_sources import demoted, marked, misfits
from retrieval.search.confidence import FIRST_HITS, confidence
from retrieval.search.fallback import question_vector
from retrieval.search.fusion import SATURATION, Evidence, boosts_of, fuse, weights_of
from retrieval.search.near_duplicates import distinct
from retrieval.search.passage_words import coverages
from retrieval.search.reranking import rerank

_NAMED = 12
_POOL = 60
READ = 15  # passages that are read by sentences: half a millisecond each
LONGEST_QUESTION = 4000
Where = Sequence[tuple[str, str]]

if TYPE_CHECKING:
    from kb.embedders import Vectors


def check_question(text: str) -> str:
    """The question without space around it. Raises UsageError for one that can't be searched for."""
    question = text.strip()
    if not question:
        raise UsageError(
            "the question is empty", 'ask like this: kb ask "how do I find my first users?"'
        )
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"the question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are taken",
            "ask something shorter",
        )
    if not has_words(question):
        raise UsageError("there is no word in the question")
    return question


def search(
    kb: KnowledgeBase, text: str, *, limit: int, where: Where = (), kind: Kind | None = None
) -> Results:
    """The best `limit` passages for a question, among those that match every key=value of `where`
    and the kind.
    """
    began = time.perf_counter()
    asked_for = [*where, *([("kind", kind)] if kind else [])]
    within = kb.catalog.matching(asked_for)
    if within is not None and not within:
        kb.notify(_nothing_has(kb, asked_for))
    question, hits, evidence = found_by(kb, text, limit, within)
    telling = curated.telling(hits, evidence.matched)

    @cache
    def judged() -> float:
        told = confidence(question, telling, evidence, reads=kb.settings.reads)
        return round(curated.trusted(told, hits, evidence.matched), 4)

    return Results(question, hits[:limit], judged, time.perf_counter() - began)


def found_by(
    kb: KnowledgeBase, text: str, limit: int = FIRST_HITS, within: Collection[str] | None = None
) -> tuple[Question, tuple[Hit, ...], Evidence]:
    """The question weighed, its hits, as many as the confidence looks at or more, and what the legs
    found.
    """
    question = weigh(kb, text)
    limit = max(limit, FIRST_HITS)
    pool = max(_POOL, 3 * limit)
    vector = vector_of(kb, text)
    evidence = gather(kb, question, pool, within, vector)
    fused = fuse(evidence, weights_of(kb.settings))
    likely = curated.matched(kb, question, vector, fused, within)
    wrong = misfits(kb, text, [pid for pid, each in likely.items() if each >= curated.MATCHES])
    evidence = replace(evidence, matched=likely | dict.fromkeys(wrong, 0.0))
    ranked = demoted(kb, curated.order(_reranked(kb, text, fused), evidence.matched), wrong)
    hits = marked(kb, distinct(kb, question, ranked[:pool], limit, partial(_likeness, kb)), wrong)
    return question, hits, evidence


def gather(
    kb: KnowledgeBase,
    question: Question,
    pool: int,
    within: Collection[str] | None = None,
    vector: Vectors | None = None,
    read: int = READ,
) -> Evidence:
    """The best `pool` passages of each leg, and what the embedder, by the question's `vector`, says
    of all of them.

    The first `read` of them are read by sentences.
    """
    boosts = boosts_of(kb.settings)
    said = dict(kb.index.search_words(asked_words(question), pool, within, boosts))
    otherwise = [group.ways for group in question.otherwise]
    translated = dict(kb.index.search_words(otherwise, pool, within, boosts)) if otherwise else {}
    sketched = _sketched(kb, question.text, pool, within)
    cosines: dict[str, float] = {}
    if kb.embedder is not None and vector is not None:
        cosines = dict(kb.index.search_vector(vector, pool, within))
        rest = [pid for pid in {*said, *translated} if pid not in cosines]
        cosines |= {
            pid: float(v @ vector) for pid, v in kb.catalog.vectors(rest, kb.embedder.name).items()
        }
    standing = kb.catalog.standing({*said, *translated, *cosines, *sketched})
    foreign = frozenset(pid for pid, (lang, *_) in standing.items() if lang != question.lang)
    # A title in the question's language is found by its words; it tells little of which passage is
    # right.
    under = {pid: names for pid, (_, names, own) in standing.items() if own or pid in foreign}
    headings = _heading_cosines(kb, vector, under)
    ceiling = SATURATION * sum(question.weights.values())
    found = Evidence(said, translated, ceiling, cosines, headings, sketched, foreign)
    first = [pid for pid, _ in fuse(found, weights_of(kb.settings))[:read]]
    return replace(found, sentences=_best_sentences(kb, question, first))


def asked_words(question: Question) -> list[str]:
    """The index words that a question is looked for by: those that tell, or all where none does."""
    return list(question.weights) or words(question.text)


def _heading_cosines(
    kb: KnowledgeBase, vector: Vectors | None, under: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """The best cosine of the names of each passage's section, for those of which one has a vector."""
    if kb.embedder is None or vector is None:
        return {}
    known = kb.catalog.heading_vectors(set(chain.from_iterable(under.values())), kb.embedder.name)
    near = {name: float(stored @ vector) for name, stored in known.items()}
    best = {
        pid: max((near[name] for name in names if name in near), default=None)
        for pid, names in under.items()
    }
    return {pid: cosine for pid, cosine in best.items() if cosine is not None}


def _best_sentences(kb: KnowledgeBase, question: Question, ids: Sequence[str]) -> dict[str, float]:
    """How much of the question the best sentence of each passage holds; what it stands under counts
    half.
    """
    return {
        passage.id: max(
            (sum(held) / 2 for held in coverages(question, title, passage)), default=0.0
        )
        for passage, title in kb.catalog.passages_with_titles(ids)
    }


def vector_of(kb: KnowledgeBase, text: str) -> Vectors | None:
    """The vector of a question, shape (d,); None where there is no embedder to ask."""
    if kb.embedder is None:
        kb.notify("the embedder was changed; searching by words alone until: kb reindex")
        return None
    return question_vector(kb.embedder, text, kb.notify)


def _likeness(kb: KnowledgeBase, one: str, other: str) -> float:
    """The cosine of two passages; 0 when one of them has no vector yet."""
    found = kb.catalog.vectors([one, other], kb.catalog.serving())
    return float(found[one] @ found[other]) if len(found) == 2 else 0.0


def _sketched(
    kb: KnowledgeBase, text: str, pool: int, within: Collection[str] | None
) -> dict[str, float]:
    """Cosines, by the static table, of the nearest passages that have no vector in the dense index
    yet.
    """
    waiting = kb.catalog.waiting(SKETCH_BYTES)
    if not waiting.ids:
        return {}
    cosines = waiting.sketches.astype("float32") @ StaticEmbedder().question(text) / SKETCH_SCALE
    nearest = ((waiting.ids[row], float(cosines[row])) for row in cosines.argsort()[::-1])
    return dict(islice((each for each in nearest if within is None or each[0] in within), pool))


def _reranked(
    kb: KnowledgeBase, text: str, ranked: list[tuple[str, float]]
) -> list[tuple[str, float]]:
    """The first hits in the order of a configured reranker."""
    reranker = open_reranker(kb.settings)
    if reranker is None:
        return ranked
    first = kb.settings.reranker_hits
    titled = kb.catalog.passages_with_titles([pid for pid, _ in ranked[:first]])
    texts = {
        passage.id: embedded_text(title, passage.headings, passage.text, passage.context)
        for passage, title in titled
    }
    return rerank(reranker, text, ranked, texts, first=first, notify=kb.notify)


def _nothing_has(kb: KnowledgeBase, asked_for: Where) -> str:
    """What to say when no passage matches: what there is to ask for instead."""
    told = f"no passage has {' and '.join(f'{key}={value}' for key, value in asked_for)}"
    for key, value in asked_for:
        if not kb.catalog.matching([(key, value)]):
            there = kb.catalog.facet_values(key, _NAMED + 1)
            kind, names = (
                (f"{key} is", there) if there else ("keys are", sorted(kb.catalog.facet_keys()))
            )
            return f"{told}; {kind} {', '.join(names[:_NAMED])}" + (
                ", …" if len(names) > _NAMED else ""
            )
    return told
