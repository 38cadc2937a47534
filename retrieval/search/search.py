"""Searching: Question -> Hits. Words, their translations and vectors are searched within one
filter, fused, reranked where that is configured, and near-duplicates joined.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

from kb.asking import is_asking
from kb.backends import open_reranker
from kb.embedders import embedded_text
from kb.embedders.built_in import SKETCH_BYTES, SKETCH_SCALE, StaticEmbedder
from kb.errors import EmbedderFailed, RerankerFailed
from kb.home import Notify
from kb.knowledge import KnowledgeBase
from kb.rerankers import Reranker
from kb.stages import stage
from kb.text import words
from kb.types import Hit, Kind, Question, Results, Ways
from retrieval.search import faq_match
from retrieval.search.bad_sources import misfits, with_stale_demoted, with_stale_marks
from retrieval.search.compared_rows import with_compared_rows
from retrieval.search.confidence import FIRST_HITS, confidence, coverages
from retrieval.search.fusion import SATURATION, LegScores, boosts_of, fuse, weights_of
from retrieval.search.near_duplicates import distinct
from retrieval.search.standing import with_revisions, with_standing_first

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.embedders import Embedder

_NAMED = 12
_POOL = 60
READ = 15  # passages that are read by sentences: half a millisecond each
Where = Sequence[tuple[str, str]]


def search(
    kb: KnowledgeBase,
    question: Question,
    *,
    limit: int,
    where: Where = (),
    kind: Kind | None = None,
    began: float | None = None,
) -> Results:
    """The best `limit` passages for a question, among those that match every key=value of `where`
    and the kind.

    Results count their seconds from `began`, a time of `perf_counter`, or else from the call.
    """
    began = time.perf_counter() if began is None else began
    conditions = [*where, *([("kind", kind)] if kind else [])]
    within = kb.catalog.matching(conditions)
    if conditions and not within:
        kb.notify(_no_match(kb, conditions))
    hits, scores = ranked_hits(kb, question, limit, within)
    likely = scores.matched

    @cache
    def judged() -> float:
        telling = faq_match.without_other_entries(_without_unanswered(hits), likely)
        first = confidence(question, telling, scores, reads=kb.settings.reads)
        return round(faq_match.raised_confidence(first, hits, likely), 4)

    return Results(question, hits[:limit], judged, time.perf_counter() - began)


def ranked_hits(
    kb: KnowledgeBase,
    question: Question,
    limit: int = FIRST_HITS,
    within: Collection[str] | None = None,
) -> tuple[tuple[Hit, ...], LegScores]:
    """The hits for a question, at least as many as the confidence is judged from, and the scores of
    the legs.

    `within` are the ids of the passages to search; None for all.
    """
    text = question.text
    limit = max(limit, FIRST_HITS)
    pool = max(_POOL, 3 * limit)
    vector = question_vector(kb, text)
    scores = leg_scores(kb, question, pool, within, vector)
    fused = fuse(scores, weights_of(kb.settings))
    likely = faq_match.match_likelihoods(kb, question, vector, fused, within)
    matching = [pid for pid, chance in likely.items() if chance >= faq_match.MATCHES]
    wrong = misfits(kb, text, matching)
    scores = replace(scores, matched=likely | dict.fromkeys(wrong, 0.0))
    ranked = faq_match.entries_first(reranked(kb, text, fused), scores.matched)
    ranked = with_compared_rows(kb, question, with_stale_demoted(kb, ranked, wrong), within)
    ranked = with_standing_first(kb, ranked, within)
    hits = distinct(kb, question, ranked[:pool], limit, partial(_likeness, kb))
    return with_revisions(kb, text, with_stale_marks(kb, hits, wrong)), scores


def leg_scores(
    kb: KnowledgeBase,
    question: Question,
    pool: int,
    within: Collection[str] | None = None,
    vector: Vectors | None = None,
    read: int = READ,
) -> LegScores:
    """The scores of the best `pool` passages of each leg. The embedder, by the question's `vector`,
    scores all of them.

    The first `read` passages are also scored by their best sentence.
    """
    boosts = boosts_of(kb.settings)
    by_words = dict(kb.index.search_words(asked_words(question), pool, within, boosts))
    otherwise = [group.ways for group in question.otherwise]
    translated = dict(kb.index.search_words(otherwise, pool, within, boosts)) if otherwise else {}
    sketched = _sketched(kb, question.text, pool, within)
    cosines: dict[str, float] = {}
    if kb.embedder is not None and vector is not None:
        cosines = dict(kb.index.search_vector(vector, pool, within))
        rest = [pid for pid in {*by_words, *translated} if pid not in cosines]
        cosines |= {
            pid: float(v @ vector) for pid, v in kb.catalog.vectors(rest, kb.embedder.name).items()
        }
    contexts = kb.catalog.standing({*by_words, *translated, *cosines, *sketched})
    foreign = frozenset(pid for pid, (lang, *_) in contexts.items() if lang != question.lang)
    # A title in the question's language is found by its words; it tells little of which passage is
    # right.
    section_names = {
        pid: names for pid, (_, names, own) in contexts.items() if own or pid in foreign
    }
    headings = _heading_cosines(kb, vector, section_names)
    ceiling = SATURATION * sum(question.weights.values())
    scores = LegScores(by_words, translated, ceiling, cosines, headings, sketched, foreign)
    first = [pid for pid, _ in fuse(scores, weights_of(kb.settings))[:read]]
    embedder = kb.embedder.name if kb.embedder is not None else ""
    return replace(scores, sentences=_best_sentences(kb, question, first), embedder=embedder)


def asked_words(question: Question) -> list[str | Ways]:
    """The index words to search by: those with a weight, or all where none has one; and what
    relative dates mean.
    """
    asked = list(question.weights) or words(question.text)
    return [*asked, *(group.ways for group in question.dates)]


def _heading_cosines(
    kb: KnowledgeBase, vector: Vectors | None, section_names: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """The best cosine of the headings of each passage, where one of them has a vector."""
    if kb.embedder is None or vector is None:
        return {}
    known = kb.catalog.heading_vectors(
        set(chain.from_iterable(section_names.values())), kb.embedder.name
    )
    near = {name: float(stored @ vector) for name, stored in known.items()}
    best = {
        pid: max((near[name] for name in names if name in near), default=None)
        for pid, names in section_names.items()
    }
    return {pid: cosine for pid, cosine in best.items() if cosine is not None}


@stage("read")
def _best_sentences(kb: KnowledgeBase, question: Question, ids: Sequence[str]) -> dict[str, float]:
    """The share of the question that the best sentence of each passage holds; half of it with title
    and headings, half alone.
    """
    return {
        passage.id: max(
            (sum(held) / 2 for held in coverages(question, title, passage)), default=0.0
        )
        for passage, title in kb.catalog.passages_with_titles(ids)
    }


def _likeness(kb: KnowledgeBase, one: str, other: str) -> float:
    """The cosine of two passages; 0 when one of them has no vector yet."""
    vectors = kb.catalog.vectors([one, other], kb.catalog.serving())
    return float(vectors[one] @ vectors[other]) if len(vectors) == 2 else 0.0


def _sketched(
    kb: KnowledgeBase, text: str, pool: int, within: Collection[str] | None
) -> dict[str, float]:
    """The static cosines of the nearest passages that have no vector in the index yet."""
    waiting = kb.catalog.waiting(SKETCH_BYTES)
    if not waiting.ids:
        return {}
    cosines = waiting.sketches.astype("float32") @ StaticEmbedder().question(text) / SKETCH_SCALE
    nearest = ((waiting.ids[row], float(cosines[row])) for row in cosines.argsort()[::-1])
    return dict(islice((each for each in nearest if within is None or each[0] in within), pool))


def _without_unanswered(hits: Sequence[Hit]) -> list[Hit]:
    """The hits without questions of a chat or recording of which no hit is a reply: that a thing
    was asked before does not tell that it was answered.
    """
    threads = {_thread(hit) for hit in hits if not is_asking(hit.passage)}
    return [hit for hit in hits if not is_asking(hit.passage) or _thread(hit) in threads]


def _thread(hit: Hit) -> tuple[str, object]:
    return hit.document.id, hit.passage.meta.get("thread", hit.passage.id)


def _no_match(kb: KnowledgeBase, asked_for: Where) -> str:
    """The notice that no passage matches the conditions, with the values that there are."""
    notice = f"no passage has {' and '.join(f'{key}={value}' for key, value in asked_for)}"
    for key, value in asked_for:
        if not kb.catalog.matching([(key, value)]):
            known = kb.catalog.facet_values(key, _NAMED + 1)
            kind, names = (
                (f"{key} is", known) if known else ("keys are", sorted(kb.catalog.facet_keys()))
            )
            return f"{notice}; {kind} {', '.join(names[:_NAMED])}" + (
                ", …" if len(names) > _NAMED else ""
            )
    return notice


# --- models that users bring: one that fails rests for a minute, and the other legs answer --------

T = TypeVar("T")
_REST = 60.0  # seconds: a batch of questions must not wait for a dead server once a question
# by the model's name, for the process, however often it is opened
_resting_until: dict[str, float] = {}
_FLOOR = 0.01  # the least score of what a reranker has read, and the most of what it has not


def attempt(model: str, work: Callable[[], T], notify: Notify) -> T | None:
    """What `work` gives; None when the model of that name fails at it, and for a minute, in which
    it is left alone.

    The user is told at the first failure of this model, and not again.
    """
    until = _resting_until.get(model)
    if until is not None and time.monotonic() < until:
        return None
    try:
        return work()
    except (EmbedderFailed, RerankerFailed) as error:
        _resting_until[model] = time.monotonic() + _REST
        if until is None:
            hint = f" ({error.hint})" if error.hint else ""
            notify(f"searching without {model}: {error}{hint}")
        return None


def embed(embedder: Embedder, text: str, notify: Notify) -> Vectors | None:
    """The vector of a question, shape (dimensions,); None when the embedder fails."""
    return attempt(embedder.name, lambda: embedder.question(text), notify)


@stage("embed")
def question_vector(kb: KnowledgeBase, text: str) -> Vectors | None:
    """The vector of a question by the embedder of the knowledge base, shape (dimensions,); None
    where there is none to ask, or it fails.
    """
    if kb.embedder is None:
        kb.notify("the embedder was changed; searching by words alone until: kb reindex")
        return None
    return embed(kb.embedder, text, kb.notify)


@stage("rerank")
def reranked(
    kb: KnowledgeBase, text: str, ranked: list[tuple[str, float]]
) -> list[tuple[str, float]]:
    """(passage id, score), best first, the first ones as a configured reranker orders them."""
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


def rerank(
    reranker: Reranker,
    question: str,
    ranked: Sequence[tuple[str, float]],
    texts: Mapping[str, str],
    *,
    first: int,
    notify: Notify,
) -> list[tuple[str, float]]:
    """(passage id, score), best first: the `first` ones by the reranker, the others behind them as
    they stood.

    `texts` holds what the reranker reads of each passage; one without is left behind. The scores of
    both lie between 0 and 1: those of the reranker from 0.01 up, the others below. A reranker that
    fails leaves all as it was.
    """
    asked = [passage_id for passage_id, _ in ranked[:first] if passage_id in texts]
    if not asked:
        return list(ranked)
    scores = attempt(
        reranker.name, lambda: reranker.scores(question, [texts[each] for each in asked]), notify
    )
    if scores is None:
        return list(ranked)
    chosen = set(asked)
    fresh = [
        (each, _FLOOR + (1.0 - _FLOOR) * score) for each, score in zip(asked, scores, strict=True)
    ]
    others = [(each, score) for each, score in ranked if each not in chosen]
    best = max((score for _, score in others), default=0.0)
    behind = [
        (each, _FLOOR * max(score, 0.0) / best if best > 0.0 else 0.0) for each, score in others
    ]
    return [*sorted(fresh, key=lambda pair: -pair[1]), *behind]
