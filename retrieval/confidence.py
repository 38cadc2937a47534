"""Confidence: how likely the first hits hold an answer to the question, from what searching tells.

A logistic regression over a few signals, each about 0 to 1, that mean the same for every question and knowledge base.
Its weights are fitted by `python -m tests.bench.confidence` on questions whose paragraph is there, and on the same with
it left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import exp

from kb.answer_type import answer_type, could_answer
from kb.embedders.static import StaticEmbedder
from kb.text import flat, sentences, shingles, words
from kb.types import Hit, Question
from retrieval.fusion import Evidence
from retrieval.reading import name_words, passage_words, sentence_words

FIRST_HITS = 5
_MOST_WORDS = 1.2


@dataclass(frozen=True, slots=True)
class Signals:
    """What the first hits tell; each is that of the best of them.

    `sentence` and `standing`: the share of the question, by weight of its words or their translations, in one sentence,
    without and with its title and headings. `pairs`: the share of its adjacent words that are adjacent there. `words`:
    BM25 over the most that the question could score. `lead`: how far that is above the next hit's. `near`: the
    cosine of the question and the first hit's best sentence, by the static table.
    `cosine`: the embedder's, of a passage. `fits`: 1 where the best sentences
    hold something of the type that is asked for, or none is.
    """

    sentence: float
    standing: float
    pairs: float
    words: float
    lead: float
    near: float
    cosine: float
    fits: float


WEIGHTS = Signals(2.24, 2.07, 1.59, 1.44, 6.48, 3.14, 0.81, -0.06)
BIAS = -5.74


def confidence(question: Question, hits: Sequence[Hit], evidence: Evidence) -> float:
    """How likely the hits hold an answer, 0 to 1. `evidence` is what the legs found for the same question."""
    if not hits or not question.weights:
        return 0.0
    told = signals(question, hits, evidence)
    total = BIAS + sum(weight * signal for weight, signal in zip(astuple(WEIGHTS), astuple(told), strict=True))
    return 1.0 / (1.0 + exp(-total))


def signals(question: Question, hits: Sequence[Hit], evidence: Evidence) -> Signals:
    """The signals of the first hits, at least one."""
    first = hits[:FIRST_HITS]
    ceiling = max(evidence.ceiling, 1e-9)
    scores = (max(leg.get(hit.passage.id, 0.0) for leg in (evidence.words, evidence.translated)) for hit in first)
    lexical = sorted((min(_MOST_WORDS, score / ceiling) for score in scores), reverse=True)
    asked = shingles(words(question.text))
    best = [_best_sentence(question, hit) for hit in first]
    closest = max(range(len(first)), key=lambda number: sum(best[number][:2]))
    return Signals(
        max(held for held, _, _ in best),
        max(standing for _, standing, _ in best),
        max(len(asked & shingles(passage_words(hit.passage.text))) for hit in first) / max(1, len(asked)),
        lexical[0],
        lexical[0] - (lexical[1] if len(lexical) > 1 else 0.0),
        _near(question, _shown(first[0], best[0][2], 1)),
        max(evidence.cosines.get(hit.passage.id, 0.0) for hit in first),
        _fits(question, _shown(first[closest], best[closest][2], 2)),
    )


def _best_sentence(question: Question, hit: Hit) -> tuple[float, float, int]:
    """The most that a sentence covers, the most with what it stands under, and the number of the best by both."""
    around = name_words(hit.document.title, hit.passage.headings)
    each = [
        (question.coverage(said), question.coverage(around.union(said))) for said in sentence_words(hit.passage.text)
    ]
    if not each:
        return 0.0, question.coverage(around), 0
    number = max(range(len(each)), key=lambda n: sum(each[n]))
    return max(held for held, _ in each), max(standing for _, standing in each), number


def _shown(hit: Hit, number: int, count: int) -> str:
    """So many sentences of a hit from that one on, as they are shown."""
    shown = flat(hit.passage.text)
    spans = sentences(shown)[number : number + count]
    return shown[spans[0][0] : spans[-1][1]] if spans else ""


def _near(question: Question, sentence: str) -> float:
    """The cosine by the static table: a contextual encoder tells little more here, and costs a hundred times more."""
    one, other = StaticEmbedder().passages([question.text, sentence])
    return max(0.0, float(one @ other))


def _fits(question: Question, text: str) -> float:
    """Whether a text holds something of the type that is asked for."""
    expected = answer_type(question.text)
    asked = frozenset(question.text.lower().split())
    return float(expected is None or could_answer(expected, text, asked))
