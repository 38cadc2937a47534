"""Reading: which sentence of the first hits answers the question, and whether one does at all.

Late interaction, after Khattab and Zaharia 2020 (ColBERT, https://arxiv.org/abs/2004.12832): the
built-in encoder runs over the question and over the likeliest parts of the hits; each of the
question's pieces looks for its nearest in a sentence, or in the title and headings that this stands
under. What counts is how near they are on the whole, each as much as its word tells in the
knowledge base and as the fitted weights say of it, and how near the least matched ones are: what a
question asks for and the sources are silent about is a piece without a counterpart. Beside it, the
kind of answer: what is asked for (who, when, how much, why) is learnt as a direction, and so is
what could be it among the pieces of the sentence that are not the question's own.

The weights in `builtin/late_interaction.npz`, and what they come to, are from `python -m
tests.bench.late_interaction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.embedders.built_in import DATA, cut, piece_weights, states
from kb.index_words import findable_words
from kb.relative_dates import said_on
from kb.text import OPEN_ENDS, flat, is_fragment, sentences
from kb.types import Hit, Question

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

HITS = 5
WINDOWS = 4  # of one question; with five it is no better
WINDOW = 128  # pieces, [CLS] and [SEP] among them
_NAMES = 64  # pieces of a title and headings that are looked at
_QUESTION = 200  # pieces
_LIKELY = np.array(
    [1.0, 0.6, 0.3, 0.03, 2.0, 0.0, 0.0, -3.0], np.float32
)  # which windows are worth reading
_SOFTNESS = 6.0  # of the least match
_SHARPNESS = 4.0  # how far the best sentence outweighs the next
_MOST_LEAD = 2.0
_BESIDE = 0.2  # how much of the better neighbour's worth counts; none that is _FAR below the best
_FAR = 3.0
_KINDS = 5.0  # where the evidence of a kind levels off
_WORD_SIGNALS = len(_LIKELY)

Place = tuple[str, int]  # a sentence: its passage's id, and where it starts in the passage's text


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence of a hit: its place, the numbers of its hit and window, its pieces, and its
    signals by words alone (`signals`).
    """

    place: Place
    hit: int
    window: int
    pieces: tuple[int, ...]
    signals: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The worth of each sentence as the answer, and `TELLS` signals of the best ones for whether
    there is an answer (`signals`).
    """

    worth: Mapping[Place, float]
    signals: tuple[float, ...]


TELLS = 19
NOTHING = Reading({}, (0.0,) * TELLS)


@dataclass(frozen=True, slots=True)
class Likeness:
    """How similar two questions are by their least matched pieces, in both directions."""

    least: float
    back: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The fitted weights. The maps apply to states from which `mean` was subtracted."""

    mean: Floats  # (384,)
    match: Floats  # (64, 384): where pieces are compared
    asked: Floats  # (24, 384): the kind that a question asks for
    found: Floats  # (24, 384): the kind that a piece is
    attention: Floats  # (384,): which pieces of a question tell what kind it asks for
    importance: Floats  # (384,)
    power: float  # of a word's weight
    same: float  # what is added for the same piece
    own: float  # what is taken from a piece's kind for being one of the question's
    sentence: Floats  # (12,)
    answered: Floats  # (27,): the signals of `retrieval.search.confidence`, what a Reading tells, and a constant


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The fitted weights."""
    with (DATA / "late_interaction.npz").open("rb") as stream, np.load(stream) as arrays:
        loaded = {name: arrays[name].astype(np.float32) for name in arrays.files}
    values: dict[str, Any] = {
        name: float(array) if array.ndim == 0 else array for name, array in loaded.items()
    }
    return Weights(**values)


@dataclass(frozen=True, slots=True)
class _Query:
    """A question prepared for comparison: its pieces with a weight, and the kind of answer that it
    asks for.
    """

    pieces: NDArray[np.int64]  # (looking,)
    compared: Floats  # (looking, 64), unit length
    importance: Floats  # (looking,), sums to 1
    wanted: Floats  # (24,)

    @classmethod
    def of(cls, pieces: Sequence[int], weight: Floats, vectors: Floats, fitted: Weights) -> _Query:
        """From its pieces, what each of them weighs, and their states."""
        q = vectors - fitted.mean
        looking = weight > 0
        importance = weight[looking] ** fitted.power * np.exp(
            np.clip(q[looking] @ fitted.importance, -4.0, 4.0)
        )
        attention = np.exp(q @ fitted.attention)
        wanted = fitted.asked @ ((attention / attention.sum()) @ q)
        compared = _unit(q[looking] @ fitted.match.T)
        return cls(np.array(pieces)[looking], compared, importance / importance.sum(), wanted)

    def nearness(self, vectors: Floats, pieces: Sequence[int], fitted: Weights) -> Floats:
        """The similarity of each of its pieces to each of the given ones, whose states less the
        mean are `vectors`; shape (looking, pieces).
        """
        same = self.pieces[:, None] == np.array(pieces, np.int64)[None, :]
        near: Floats = (
            self.compared @ _unit(vectors @ fitted.match.T).T + np.float32(fitted.same) * same
        )
        return near

    def matched(self, nearest: Floats) -> float:
        """The weighted mean of the nearest similarities."""
        return float(self.importance @ nearest)

    def least(self, nearest: Floats) -> float:
        """Minus how far the worst matched pieces are from a match: a soft minimum."""
        return -float(np.log(self.importance @ np.exp(_SOFTNESS * (1.0 - nearest))) / _SOFTNESS)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A sentence that was compared with the question. `nearest`: for each piece of the question,
    its similarity to the nearest piece of the sentence.
    """

    read: Read
    nearest: Floats
    # Its match with what it stands under, and without; its least match; its kind.
    signals: tuple[float, ...]
    worth: float


def read(question: Question, hits: Sequence[Hit]) -> Reading:
    """Read the likeliest parts of the first hits; encoder states of the last texts are cached."""
    candidates = [
        sentence
        for number, hit in enumerate(hits[:HITS])
        for sentence in _sentences(question, hit, number, hits)
    ]
    windows = _likeliest(candidates)
    if not windows:
        return NOTHING
    fitted = weights()
    encoded = cut([question.text], special=True)[0]
    pieces, tokens = encoded.ids[:_QUESTION], encoded.tokens[:_QUESTION]
    numbers = sorted({window[0].hit for window in windows})
    names = [
        " ".join((hits[number].document.title, *hits[number].passage.headings))
        for number in numbers
    ]
    under = [encoding.ids[:_NAMES] for encoding in cut(names, special=True)]
    own, *above = _states(tuple(map(tuple, (pieces, *under))))
    query = _Query.of(pieces, piece_weights(tokens, question.weights), own, fitted)
    headed = {
        number: query.nearness(vectors[1:-1] - fitted.mean, ids[1:-1], fitted).max(1, initial=-1.0)
        for number, vectors, ids in zip(numbers, above, under, strict=True)
    }
    judged = list(_judged(query, windows, headed, (encoded.ids[0], encoded.ids[-1]), fitted))
    unread = min(
        float(fitted.sentence[_WORD_SIGNALS:] @ np.array(sentence.signals, np.float32))
        for sentence in judged
    )
    worth = {
        sentence.place: float(
            fitted.sentence[:_WORD_SIGNALS] @ np.array(sentence.signals, np.float32)
        )
        + unread
        for sentence in candidates
    }
    worth |= {sentence.read.place: sentence.worth for sentence in judged}
    return _reading(query, judged, headed, _beside(candidates, worth))


def alike(
    text: str, telling: Mapping[str, float], others: Sequence[tuple[str, Mapping[str, float]]]
) -> list[Likeness]:
    """How alike a question is to each of the others, by the same weights. `telling`: what the words
    of each weigh.
    """
    fitted = weights()
    questions = [(text, telling), *others]
    encoded = [
        (encoding.ids[:_QUESTION], encoding.tokens[:_QUESTION])
        for encoding in cut([text for text, _ in questions], special=True)
    ]
    vectors = _states(tuple(tuple(ids) for ids, _ in encoded))
    queries = [
        _Query.of(ids, piece_weights(tokens, telling), run, fitted)
        for (ids, tokens), run, (_, telling) in zip(encoded, vectors, questions, strict=True)
    ]

    def least(first: int, other: int) -> float:
        near = queries[first].nearness(
            vectors[other][1:-1] - fitted.mean, encoded[other][0][1:-1], fitted
        )
        return queries[first].least(near.max(1, initial=-1.0))

    return [Likeness(least(0, other), least(other, 0)) for other in range(1, len(questions))]


def _beside(candidates: Sequence[Read], worth: Mapping[Place, float]) -> dict[Place, float]:
    """Worths raised for sentences beside a good one, which often continues or introduces the
    answer.
    """
    low = max(worth.values()) - _FAR
    better = {candidate.place: low for candidate in candidates}
    for before, after in pairwise(candidates):
        if before.hit == after.hit:
            better[before.place] = max(better[before.place], worth[after.place])
            better[after.place] = max(better[after.place], worth[before.place])
    return {place: value + _BESIDE * better[place] for place, value in worth.items()}


def _judged(
    query: _Query,
    windows: Sequence[Sequence[Read]],
    headed: Mapping[int, Floats],
    ends: tuple[int, int],
    fitted: Weights,
) -> Iterator[_Judged]:
    """Each sentence of the windows, compared with the question.

    `headed`: for each hit, how near its title and headings come to the question's pieces. `ends`:
    the pieces [CLS] and [SEP].
    """
    runs = [tuple(piece for sentence in window for piece in sentence.pieces) for window in windows]
    outputs = _states(tuple((ends[0], *pieces, ends[1]) for pieces in runs))
    wanted = fitted.found.T @ query.wanted
    for window, pieces, run in zip(windows, runs, outputs, strict=True):
        centred = (
            run[1:-1] - fitted.mean
        )  # a window at a time: a product of many small ones takes several times as long
        similarity = query.nearness(centred, pieces, fitted)
        meant = centred @ wanted - fitted.own * np.exp(2 * similarity.max(0) - 2)
        at = 0
        for sentence in window:
            near, kinds = (
                similarity[:, at : at + len(sentence.pieces)],
                meant[at : at + len(sentence.pieces)],
            )
            at += len(sentence.pieces)
            nearest = near.max(1)
            both = np.maximum(nearest, headed[sentence.hit])
            kind = float(np.tanh(kinds.max() / _KINDS) * _KINDS)
            signals = (query.matched(both), query.matched(nearest), query.least(both), kind)
            yield _Judged(
                sentence,
                nearest,
                signals,
                float(fitted.sentence @ np.array((*sentence.signals, *signals), np.float32)),
            )


def _reading(
    query: _Query,
    judged: Sequence[_Judged],
    headed: Mapping[int, Floats],
    worth: Mapping[Place, float],
) -> Reading:
    """The Reading that the judged sentences add up to."""
    best: dict[int, float] = {}
    together = dict(headed)
    for sentence in judged:
        best[sentence.read.hit] = max(best.get(sentence.read.hit, sentence.worth), sentence.worth)
        together[sentence.read.hit] = np.maximum(together[sentence.read.hit], sentence.nearest)
    tops, wholes = (
        sorted(worths.values(), reverse=True)
        for worths in (best, {n: query.matched(x) for n, x in together.items()})
    )
    rows = np.array([(*sentence.read.signals, *sentence.signals) for sentence in judged])
    values = _SHARPNESS * np.array([sentence.worth for sentence in judged])
    shares = np.exp(values - values.max())
    return Reading(
        worth,
        (
            *(
                shares / shares.sum() @ rows
            ).tolist(),  # the best sentence, or several that are as good
            min(1.0, wholes[0] - wholes[1]) if len(wholes) > 1 else 1.0,
            float(np.log(shares.sum()) + values.max()) / _SHARPNESS,
            *rows[:, [_WORD_SIGNALS, _WORD_SIGNALS + 2, _WORD_SIGNALS + 3]].max(0).tolist(),
            wholes[0],
            min(_MOST_LEAD, tops[0] - tops[1]) if len(tops) > 1 else _MOST_LEAD,
        ),
    )


def _sentences(question: Question, hit: Hit, number: int, hits: Sequence[Hit]) -> Iterator[Read]:
    """The sentences of a hit. Signals of each: the share of the question in it, in what it stands
    under alone and in the title; whether it comes first; the hit's score, by the best one's and as
    it is; its length; whether it can't answer.
    """
    title = frozenset(findable_words(hit.document.title))
    around = title.union(findable_words(" ".join(hit.passage.headings)))
    subject = question.coverage(title)
    for place, (start, idle, stems, pieces, window) in enumerate(
        _cut(hit.passage.text, said_on(hit.document.meta, hit.passage.meta))
    ):
        signals = (
            question.coverage(stems),
            question.coverage(around - stems),
            subject,
            float(place == 0),
            hit.score / (hits[0].score or 1.0),
            hit.score,
            min(len(stems), 60) / 30,
            float(idle),
        )
        yield Read((hit.passage.id, start), number, window, pieces, signals)


@lru_cache(maxsize=256)
def _cut(
    text: str, said: str = ""
) -> tuple[tuple[int, bool, frozenset[str], tuple[int, ...], int], ...]:
    """The sentences of a passage: start, whether it is unable to answer (a fragment, an open end),
    stems, pieces and the number of its window. `said` is the day on which it was said.
    """
    starts = [start for start, _ in sentences(text)]
    shown = [flat(text[start:end]) for start, end in sentences(text)]
    rows = []
    window, length = 0, 2
    for start, sentence, encoded in zip(starts, shown, cut(shown, special=False), strict=True):
        pieces = tuple(encoded.ids[: WINDOW - 2])
        if length > 2 and length + len(pieces) > WINDOW:
            window, length = window + 1, 2
        length += len(pieces)
        stems = frozenset(findable_words(sentence, said))
        idle = is_fragment(text, start, stems) or sentence.endswith(OPEN_ENDS)
        rows.append((start, idle, stems, pieces, window))
    return tuple(rows)


def _likeliest(candidates: Sequence[Read]) -> list[list[Read]]:
    """The windows with the sentences that tell most by their words, best hits first."""
    windows: dict[tuple[int, int], list[Read]] = {}
    for sentence in candidates:
        windows.setdefault((sentence.hit, sentence.window), []).append(sentence)
    best = sorted(
        windows,
        key=lambda key: max(float(_LIKELY @ sentence.signals) for sentence in windows[key]),
        reverse=True,
    )
    readable = (
        [sentence for sentence in windows[key] if sentence.pieces] for key in sorted(best[:WINDOWS])
    )
    return [window for window in readable if window]


@lru_cache(maxsize=32)  # the same windows are read for the confidence and for the answer
def _states(pieces: tuple[tuple[int, ...], ...]) -> tuple[Floats, ...]:
    return tuple(states(pieces))


def _unit(rows: NDArray[Any]) -> Floats:
    unit: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return unit
