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
from kb.text import OPEN_ENDS, flat, is_fragment, sentences, words
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
_TOLD = len(_LIKELY)

Place = tuple[str, int]  # a sentence: its passage's id, and where it starts in the passage's text


@dataclass(frozen=True, slots=True)
class Read:
    """A sentence: its place, the number of its hit and of its window there, its pieces, and its
    signals by words (`told`).
    """

    place: Place
    hit: int
    window: int
    pieces: tuple[int, ...]
    told: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The worth of each sentence as the answer, and `TELLS` signals of the best ones for whether
    there is an answer (`told`).
    """

    worth: Mapping[Place, float]
    told: tuple[float, ...]


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
    with (DATA / "late_interaction.npz").open("rb") as stream, np.load(stream) as held:
        found = {name: held[name].astype(np.float32) for name in held.files}
    values: dict[str, Any] = {
        name: float(array) if array.ndim == 0 else array for name, array in found.items()
    }
    return Weights(**values)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question as it looks for its answer: those of its pieces that tell something, and the kind
    that it asks for.
    """

    pieces: NDArray[np.int64]  # (looking,)
    compared: Floats  # (looking, 64), unit length
    importance: Floats  # (looking,), sums to 1
    wanted: Floats  # (24,)

    @classmethod
    def of(cls, pieces: Sequence[int], weight: Floats, found: Floats, fitted: Weights) -> _Asked:
        """From its pieces, what each of them weighs, and their states."""
        q = found - fitted.mean
        looking = weight > 0
        importance = weight[looking] ** fitted.power * np.exp(
            np.clip(q[looking] @ fitted.importance, -4.0, 4.0)
        )
        attention = np.exp(q @ fitted.attention)
        wanted = fitted.asked @ ((attention / attention.sum()) @ q)
        compared = _unit(q[looking] @ fitted.match.T)
        return cls(np.array(pieces)[looking], compared, importance / importance.sum(), wanted)

    def nearness(self, found: Floats, pieces: Sequence[int], fitted: Weights) -> Floats:
        """The similarity of each of its pieces to each of the given ones, whose states less the
        mean are `found`; shape (looking, pieces).
        """
        same = self.pieces[:, None] == np.array(pieces, np.int64)[None, :]
        near: Floats = (
            self.compared @ _unit(found @ fitted.match.T).T + np.float32(fitted.same) * same
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
    """A sentence that was read. `nearest` is how near each of the question's pieces came to one of
    its own.
    """

    read: Read
    nearest: Floats
    told: tuple[float, ...]  # its match with what it stands under, and without; the least; the kind
    worth: float


def read(question: Question, hits: Sequence[Hit]) -> Reading:
    """Read the likeliest parts of the first hits; encoder states of the last texts are cached."""
    every = [
        sentence
        for number, hit in enumerate(hits[:HITS])
        for sentence in _sentences(question, hit, number, hits)
    ]
    windows = _likeliest(every)
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
    under = [found.ids[:_NAMES] for found in cut(names, special=True)]
    own, *above = _states(tuple(map(tuple, (pieces, *under))))
    asked = _Asked.of(pieces, piece_weights(tokens, question.weights), own, fitted)
    headed = {
        number: asked.nearness(found[1:-1] - fitted.mean, ids[1:-1], fitted).max(1, initial=-1.0)
        for number, found, ids in zip(numbers, above, under, strict=True)
    }
    judged = list(_judged(asked, windows, headed, (encoded.ids[0], encoded.ids[-1]), fitted))
    unread = min(
        float(fitted.sentence[_TOLD:] @ np.array(each.told, np.float32)) for each in judged
    )
    worth = {
        each.place: float(fitted.sentence[:_TOLD] @ np.array(each.told, np.float32)) + unread
        for each in every
    }
    worth |= {each.read.place: each.worth for each in judged}
    return _reading(asked, judged, headed, _beside(every, worth))


def alike(
    text: str, telling: Mapping[str, float], others: Sequence[tuple[str, Mapping[str, float]]]
) -> list[Likeness]:
    """How alike a question is to each of the others, by the same weights. `telling`: what the words
    of each weigh.
    """
    fitted = weights()
    every = [(text, telling), *others]
    encoded = [
        (found.ids[:_QUESTION], found.tokens[:_QUESTION])
        for found in cut([t for t, _ in every], special=True)
    ]
    found = _states(tuple(tuple(ids) for ids, _ in encoded))
    asked = [
        _Asked.of(ids, piece_weights(tokens, telling), run, fitted)
        for (ids, tokens), run, (_, telling) in zip(encoded, found, every, strict=True)
    ]

    def least(one: int, other: int) -> float:
        near = asked[one].nearness(
            found[other][1:-1] - fitted.mean, encoded[other][0][1:-1], fitted
        )
        return asked[one].least(near.max(1, initial=-1.0))

    return [Likeness(least(0, other), least(other, 0)) for other in range(1, len(every))]


def _beside(every: Sequence[Read], worth: Mapping[Place, float]) -> dict[Place, float]:
    """A sentence beside a good one is worth more: it may be what that one goes on from."""
    low = max(worth.values()) - _FAR
    better = {each.place: low for each in every}
    for one, other in pairwise(every):
        if one.hit == other.hit:
            better[one.place] = max(better[one.place], worth[other.place])
            better[other.place] = max(better[other.place], worth[one.place])
    return {place: value + _BESIDE * better[place] for place, value in worth.items()}


def _judged(
    asked: _Asked,
    windows: Sequence[Sequence[Read]],
    headed: Mapping[int, Floats],
    ends: tuple[int, int],
    fitted: Weights,
) -> Iterator[_Judged]:
    """Each sentence of the windows. `headed`: how near what each hit stands under comes. `ends`:
    [CLS] and [SEP].
    """
    runs = [tuple(piece for each in window for piece in each.pieces) for window in windows]
    found = _states(tuple((ends[0], *pieces, ends[1]) for pieces in runs))
    wanted = fitted.found.T @ asked.wanted
    for window, pieces, run in zip(windows, runs, found, strict=True):
        held = (
            run[1:-1] - fitted.mean
        )  # a window at a time: a product of many small ones takes several times as long
        every = asked.nearness(held, pieces, fitted)
        meant = held @ wanted - fitted.own * np.exp(2 * every.max(0) - 2)
        at = 0
        for each in window:
            near, kinds = every[:, at : at + len(each.pieces)], meant[at : at + len(each.pieces)]
            at += len(each.pieces)
            nearest = near.max(1)
            both = np.maximum(nearest, headed[each.hit])
            kind = float(np.tanh(kinds.max() / _KINDS) * _KINDS)
            told = (asked.matched(both), asked.matched(nearest), asked.least(both), kind)
            yield _Judged(
                each,
                nearest,
                told,
                float(fitted.sentence @ np.array((*each.told, *told), np.float32)),
            )


def _reading(
    asked: _Asked,
    judged: Sequence[_Judged],
    headed: Mapping[int, Floats],
    worth: Mapping[Place, float],
) -> Reading:
    """The Reading that the judged sentences add up to."""
    best: dict[int, float] = {}
    together = dict(headed)
    for each in judged:
        best[each.read.hit] = max(best.get(each.read.hit, each.worth), each.worth)
        together[each.read.hit] = np.maximum(together[each.read.hit], each.nearest)
    tops, wholes = (
        sorted(each.values(), reverse=True)
        for each in (best, {n: asked.matched(x) for n, x in together.items()})
    )
    rows = np.array([(*each.read.told, *each.told) for each in judged])
    values = _SHARPNESS * np.array([each.worth for each in judged])
    shares = np.exp(values - values.max())
    return Reading(
        worth,
        (
            *(
                shares / shares.sum() @ rows
            ).tolist(),  # the best sentence, or several that are as good
            min(1.0, wholes[0] - wholes[1]) if len(wholes) > 1 else 1.0,
            float(np.log(shares.sum()) + values.max()) / _SHARPNESS,
            *rows[:, [_TOLD, _TOLD + 2, _TOLD + 3]].max(0).tolist(),
            wholes[0],
            min(_MOST_LEAD, tops[0] - tops[1]) if len(tops) > 1 else _MOST_LEAD,
        ),
    )


def _sentences(question: Question, hit: Hit, number: int, hits: Sequence[Hit]) -> Iterator[Read]:
    """The sentences of a hit. Told of each: the share of the question in it, in what it stands
    under alone and in the title; whether it comes first; the hit's score, by the best one's and as
    it is; its length; whether it can't answer.
    """
    title = frozenset(words(hit.document.title))
    around = title.union(words(" ".join(hit.passage.headings)))
    subject = question.coverage(title)
    for place, (start, idle, held, pieces, window) in enumerate(_cut(hit.passage.text)):
        told = (
            question.coverage(held),
            question.coverage(around - held),
            subject,
            float(place == 0),
            hit.score / (hits[0].score or 1.0),
            hit.score,
            min(len(held), 60) / 30,
            float(idle),
        )
        yield Read((hit.passage.id, start), number, window, pieces, told)


@lru_cache(maxsize=256)
def _cut(text: str) -> tuple[tuple[int, bool, frozenset[str], tuple[int, ...], int], ...]:
    """The sentences of a passage: start, whether it can't answer, words, pieces and the window that
    they stand in.
    """
    starts = [start for start, _ in sentences(text)]
    shown = [flat(text[start:end]) for start, end in sentences(text)]
    found = []
    window, length = 0, 2
    for start, each, encoded in zip(starts, shown, cut(shown, special=False), strict=True):
        pieces = tuple(encoded.ids[: WINDOW - 2])
        if length > 2 and length + len(pieces) > WINDOW:
            window, length = window + 1, 2
        length += len(pieces)
        held = frozenset(words(each))
        idle = is_fragment(text, start, held) or each.endswith(OPEN_ENDS)
        found.append((start, idle, held, pieces, window))
    return tuple(found)


def _likeliest(found: Sequence[Read]) -> list[list[Read]]:
    """The windows with the sentences that tell most by their words, best hits first."""
    windows: dict[tuple[int, int], list[Read]] = {}
    for each in found:
        windows.setdefault((each.hit, each.window), []).append(each)
    best = sorted(
        windows,
        key=lambda key: max(float(_LIKELY @ each.told) for each in windows[key]),
        reverse=True,
    )
    held = ([each for each in windows[key] if each.pieces] for key in sorted(best[:WINDOWS]))
    return [window for window in held if window]


@lru_cache(maxsize=32)  # the same windows are read for the confidence and for the answer
def _states(pieces: tuple[tuple[int, ...], ...]) -> tuple[Floats, ...]:
    return tuple(states(pieces))


def _unit(rows: NDArray[Any]) -> Floats:
    found: Floats = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return found
