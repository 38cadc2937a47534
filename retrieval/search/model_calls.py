"""Calls of the models that users bring, while a question is asked: an embedder's vector of it, and
a reranker's order of the first hits. One that fails rests for a minute, and the other legs answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from kb.backends import open_reranker
from kb.embedders import embedded_text
from kb.errors import EmbedderFailed, RerankerFailed
from kb.home import Notify
from kb.knowledge import KnowledgeBase
from kb.rerankers import Reranker

if TYPE_CHECKING:
    from kb.arrays import Vectors
    from kb.embedders import Embedder

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


def question_vector(kb: KnowledgeBase, text: str) -> Vectors | None:
    """The vector of a question by the embedder of the knowledge base, shape (dimensions,); None
    where there is none to ask, or it fails.
    """
    if kb.embedder is None:
        kb.notify("the embedder was changed; searching by words alone until: kb reindex")
        return None
    return embed(kb.embedder, text, kb.notify)


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
