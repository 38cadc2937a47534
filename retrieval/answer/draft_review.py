"""Reviewing: each sentence of a draft judged by what it cites, and repaired where another hit
supports it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kb.text import language, terms
from kb.types import SUSPICIOUS, Hit, Sentence
from kb.writers import NO_ANSWER, THOUGHT
from retrieval.answer.citations import Marks, Part, parts
from retrieval.answer.draft_structure import claims_nothing
from retrieval.checks import Judge
from retrieval.facts.tables import is_row, rules_off

_NO_CITATION = "cites no source"
_MOST = 200  # sentences that are judged: no answer has as many, but a model that repeats itself
_LEAST = 2  # words that carry a topic: with fewer any source would do
_CLAUSE = re.compile(r"(?:[^,;，；。]|[,](?=\d))+")
_OTHERS = 12  # hits that are looked at beside the ones cited

UNREAD = "not looked at: the answer is too long"
"""The reason why a sentence beyond those that are judged is not supported."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A piece of the answer as it is shown, and the sentence that it holds, if it holds one.

    `declines`: the writer said in it that the sources hold no answer. `thought`: all before it was
    but a thought.
    """

    text: str
    sentence: Sentence | None
    declines: bool = False
    thought: bool = False


def review(
    draft: Iterable[str], hits: Sequence[Hit], marks: Marks, judge: Judge
) -> Iterator[Reviewed]:
    """The draft, sentence by sentence, with final numbers. What `marks` has cited is known when it
    is through.
    """
    for thought, said in groupby(draft, key=lambda piece: piece == THOUGHT):
        if thought:
            yield Reviewed("", None, thought=True)
        else:
            yield from _judged(said, hits, marks, judge)


def _judged(
    draft: Iterable[str], hits: Sequence[Hit], marks: Marks, judge: Judge
) -> Iterator[Reviewed]:
    """What is said between one thought and the next."""
    judged = 0
    for written in _claiming(draft):
        part = written
        if NO_ANSWER in written.text:
            yield Reviewed("", None, declines=True)
            part = written.without(NO_ANSWER)
        if not part.said:
            yield Reviewed(marks.apply(part.text), None)
            continue
        judged += 1
        cited = marks.named(part.ranks)
        if judged > _MOST:
            yield _reviewed(part, cited, marks, UNREAD)
            continue
        objection = judge.objection(part.said, cited, hits) if cited else _NO_CITATION
        better = (
            _better(part.said, cited, hits, judge)
            if objection
            else _to_the_point(part.said, cited, hits, judge)
        )
        if better is not None:
            yield _reviewed(part.citing([hit.rank for hit in better]), better, marks, None)
        else:
            yield _reviewed(part, cited, marks, objection)


def _claiming(draft: Iterable[str]) -> Iterator[Part]:
    """The parts of a draft, in which what claims nothing is no sentence."""
    drafted = parts(draft)
    waiting = next(drafted, None)
    row = False
    while waiting is not None:
        part, waiting = waiting, None
        head = False
        if is_row(part.text) and not row:  # only what follows tells whether it is a head
            waiting = next(drafted, None)
            head = waiting is not None and rules_off(waiting.text)
        row = is_row(part.text)
        silent = (
            not part.ranks and NO_ANSWER not in part.text and (head or claims_nothing(part.text))
        )
        yield replace(part, said="") if silent else part
        waiting = waiting or next(drafted, None)


def _reviewed(part: Part, cited: Sequence[Hit], marks: Marks, objection: str | None) -> Reviewed:
    text = marks.apply(part.text)
    return Reviewed(text, Sentence(part.said, marks.numbers(cited), objection is None, objection))


def _better(said: str, cited: Sequence[Hit], hits: Sequence[Hit], judge: Judge) -> list[Hit] | None:
    """The first hit that supports a sentence by itself, else the first that has the clauses which
    the cited ones lack.

    None where any hit says the opposite: what one denies no other should be found for. Never a
    passage that speaks to a language model: a sentence that repeats it may be what that wanted.
    """
    if len(terms(said)) < _LEAST:
        return None
    fair = [
        hit
        for hit in sorted(hits, key=lambda hit: hit.rank)
        if not hit.passage.meta.get(SUSPICIOUS)
    ]
    if (cited and judge.denies(said, cited)) or any(
        judge.denies(said, [hit]) for hit in fair[:_OTHERS]
    ):
        return None
    others = [hit for hit in fair if hit not in cited][:_OTHERS]
    if len(cited) > 1:  # one of several citations may do where together they are about too much
        others = [*cited, *others]
    ways: list[list[Hit]] = [[hit] for hit in others]
    if cited:
        ways += [[*cited, hit] for hit in others if hit not in cited]
    sound = (way for way in ways if judge.vouches(said, way, hits))
    return next((way for way in sound if len(way) == 1 or _shared(said, way, judge)), None)


def _to_the_point(
    said: str, cited: Sequence[Hit], hits: Sequence[Hit], judge: Judge
) -> list[Hit] | None:
    """What is cited without the passages that share next to nothing with a sentence which another
    supports alone.

    None where that is all of it. What is in another language than the sentence stays: who knows
    what it shares.
    """
    alone = (
        next((hit for hit in cited if judge.vouches(said, [hit], hits)), None)
        if len(cited) > 1
        else None
    )
    if alone is None:
        return None
    lang = language(said)
    kept = [
        hit
        for hit in cited
        if hit is alone or hit.passage.lang != lang or judge.vouches(said, [alone, hit], hits)
    ]
    return kept if len(kept) < len(cited) else None


def _shared(said: str, hits: Sequence[Hit], judge: Judge) -> bool:
    """Whether each clause of a sentence rests on one hit: the name in one and the figure in another
    say nothing.
    """
    clauses = [clause[0] for clause in _CLAUSE.finditer(said)]
    return len(clauses) > 1 and all(
        any(judge.vouches(clause, [hit], hits) for hit in hits) for clause in clauses
    )
