"""Evidence for tuning: the leg scores of judged questions, gathered once, and the worth of any
weights and boosts on them.

A choice has the factor for each setting. It is applied as in a search: the first passages are
scored by sentences, then everything is fused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from kb.knowledge import KnowledgeBase
from kb.settings import Settings
from kb.types import Question
from retrieval.facts.text import overlaps
from retrieval.feedback.judgements import JudgedQuestion
from retrieval.question.question import weigh
from retrieval.search.fusion import (
    Floats,
    LegScores,
    ScoreColumns,
    boosts_of,
    columns,
    scores,
    weights_of,
)
from retrieval.search.search import READ, asked_words, leg_scores, question_vector

Progress = Callable[[int, int, str], None]
_POOL = 40  # passages of each leg
_ALL = 1 << 30
_SOFTNESS = 0.02  # of scores, which are shares: so far apart two passages' order is hardly in doubt


@dataclass(frozen=True, slots=True)
class _PoolRow:
    """A question, its leg scores, and the passages that are right and wrong for it."""

    question: Question
    scores: LegScores
    ids: tuple[str, ...]
    right: frozenset[str]
    wrong: frozenset[str]


class Pool:
    """The judged questions. `weight` has what each counts; `right` many have a right passage."""

    def __init__(self, kb: KnowledgeBase, rows: Sequence[_PoolRow]) -> None:
        self._kb = kb
        self._rows = rows
        self.names = [row.question.text for row in rows]
        self._columns: dict[tuple[tuple[str, float], ...], ScoreColumns] = {}
        self._sizes = np.array([len(row.ids) for row in rows], np.int64)
        self._of = np.repeat(np.arange(len(rows)), self._sizes)
        self._begins = np.cumsum(self._sizes) - self._sizes
        self._wanted = np.array(
            [pid in (row.right or row.wrong) for row in rows for pid in row.ids], np.bool_
        )
        self._liked = np.array([bool(row.right) for row in rows], np.bool_)
        self.right, wrong = int(self._liked.sum()), int((~self._liked).sum())
        # Any other order takes what was found first away from there. So that this is no gain where
        # people dislike most answers, whatever was found, questions of which only wrong passages
        # are known count no more than the others.
        self.weight = np.where(self._liked, 1.0, min(1.0, self.right / max(1, wrong)))

    def __len__(self) -> int:
        return len(self._rows)

    def judged(self, otherwise: Sequence[JudgedQuestion]) -> Pool:
        """The same questions with other judgements."""
        pairs = zip(self._rows, otherwise, strict=True)
        pool = Pool(
            self._kb, [replace(row, right=each.right, wrong=each.wrong) for row, each in pairs]
        )
        pool._columns = self._columns
        return pool

    def passages(self) -> list[tuple[str, ...]]:
        """The ids of the passages that some leg found, for each question."""
        return [row.ids for row in self._rows]

    def first(self, settings: Settings) -> list[str]:
        """The id of the first hit with these settings, for each question."""
        found = self._scored(settings)
        parts = zip(self._rows, self._begins, strict=True)
        return [row.ids[int(np.argmax(found[at : at + len(row.ids)]))] for row, at in parts]

    def worth(self, settings: Settings) -> tuple[Floats, Floats]:
        """The worth of the ranking of each question with these settings, 0 to 1: smoothed, and
        exact.

        That is the reciprocal rank of the first right passage or, where only wrong ones are known,
        1 less the reciprocal rank of the first wrong one.
        """
        found = self._scored(settings)
        best = np.full(len(self._rows), -np.inf)
        np.maximum.at(best, self._of[self._wanted], found[self._wanted])
        before = found - best[self._of]
        rivals = ~self._wanted
        soft = np.zeros(len(self._rows))
        hard = np.zeros(len(self._rows))
        with np.errstate(over="ignore", invalid="ignore"):
            ahead = 1.0 / (
                1.0 + np.exp(-np.clip(before, -50 * _SOFTNESS, 50 * _SOFTNESS) / _SOFTNESS)
            )
        np.add.at(soft, self._of[rivals], ahead[rivals])
        np.add.at(hard, self._of[rivals], before[rivals] > 0)
        seen = np.isfinite(best)
        reciprocal = [np.where(seen, 1.0 / (1.0 + each), 0.0) for each in (soft, hard)]
        smoothed, plain = (np.where(self._liked, each, 1.0 - each) for each in reciprocal)
        return smoothed, plain

    def _scored(self, settings: Settings) -> Floats:
        weights, given = weights_of(settings), self._boosted(settings)
        unread = scores(replace(given, sentence_share=np.zeros_like(given.sentence_share)), weights)
        order = np.lexsort((-unread, self._of))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order)) - self._begins[self._of[order]]
        return scores(
            replace(given, sentence_share=np.where(place < READ, given.sentence_share, 0.0)),
            weights,
        )

    def _boosted(self, settings: Settings) -> ScoreColumns:
        """The columns with word scores under other boosts of fields."""
        boosts = boosts_of(settings)
        name = tuple(sorted(boosts.items()))
        if name not in self._columns:
            self._columns[name] = _concatenated(
                [columns(self._searched_by_words(row, boosts)) for row in self._rows]
            )
        return self._columns[name]

    def _searched_by_words(self, row: _PoolRow, boosts: Mapping[str, float]) -> LegScores:
        """The scores with all passages of the row searched by words."""
        otherwise = [group.ways for group in row.question.otherwise]
        search = self._kb.index.search_words
        words = dict(search(asked_words(row.question), len(row.ids), row.ids, boosts))
        translated = dict(search(otherwise, len(row.ids), row.ids, boosts)) if otherwise else {}
        return replace(
            row.scores, words={pid: words.get(pid, 0.0) for pid in row.ids}, translated=translated
        )


def evidence_pool(
    kb: KnowledgeBase, questions: Sequence[JudgedQuestion], progress: Progress
) -> Pool:
    """The pool of the questions that still have a right or wrong passage."""
    rows = []
    for number, each in enumerate(questions):
        progress(number, len(questions), each.question)
        question = weigh(kb, each.question)
        evidence = leg_scores(
            kb, question, _POOL, vector=question_vector(kb, each.question), read=_ALL
        )
        ids = {*evidence.words, *evidence.translated, *evidence.cosines, *evidence.sketched}
        right = each.right & kb.catalog.passages(each.right).keys() | _corrected_passages(
            kb, ids, each.corrections
        )
        wrong = each.wrong & ids - right
        if ids and (right or wrong):
            rows.append(_PoolRow(question, evidence, tuple(sorted(ids)), right, wrong))
    progress(len(questions), len(questions), "")
    return Pool(kb, rows)


def _corrected_passages(
    kb: KnowledgeBase, ids: set[str], corrections: Sequence[str]
) -> frozenset[str]:
    """The passages that hold a correction's words."""
    if not corrections:
        return frozenset()
    texts = kb.catalog.passages(ids)
    return frozenset(
        pid for pid, p in texts.items() if any(overlaps(p.text, words) for words in corrections)
    )


def _concatenated(parts_of: Sequence[ScoreColumns]) -> ScoreColumns:
    """The columns of all questions, one after the other."""
    parts: dict[str, NDArray[np.float64] | NDArray[np.bool_]] = {
        field.name: np.concatenate([np.zeros(0), *(getattr(each, field.name) for each in parts_of)])
        for field in fields(ScoreColumns)
        if field.name != "ids"
    }
    parts["foreign"] = parts["foreign"].astype(np.bool_)
    return ScoreColumns(tuple(pid for each in parts_of for pid in each.ids), **parts)  # type: ignore[arg-type]
