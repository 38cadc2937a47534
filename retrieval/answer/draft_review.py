"""Review of a draft: each sentence is checked against what it cites, and cites another hit where
that supports it better.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from kb.text import flat, language, terms
from kb.types import SUSPICIOUS, Hit, Sentence
from kb.writers import NO_ANSWER, THOUGHT
from retrieval.answer.citations import CitationNumbers, DraftPart, draft_parts
from retrieval.checks.judge import Judge
from retrieval.facts.text import clauses, is_markdown_row, rules_off

_NO_CITATION = "cites no source"
_MOST_SENTENCES = (
    200  # sentences that are judged: no answer has as many, but a model that repeats itself
)
_LEAST_TERMS = 2  # words that carry a topic: with fewer any source would do
_OTHERS = 12  # hits that are looked at beside the ones cited

_LEADS = re.compile(r"[:：][*_ ]*[ \t]*\n\s*\Z")
_LONGEST_COURTESY = 60  # characters: what is longer may claim something on its way
_COURTESY = re.compile(
    r"(?:i |we )?(?:really )?hope (?:this|that|it|these) (?:helps?|is helpful|was helpful|answers your question)"
    r"(?: you)?(?: out)?"
    r"|(?:please )?(?:let me know|feel free to (?:ask|reach out))(?: (?:if|whether|when) .{0,40})?"
    r"|(?:if you have|have) any (?:other |further |more )?questions.{0,30}"
    r"|希望(?:这|以上|上述|我)?(?:些|个)?(?:的)?(?:信息|内容|回答|说明|解答)?(?:能|可以|会)?(?:够)?对(?:你|您)(?:有所|有|能有)?(?:所)?帮助"
    r"|以上(?:就是|便是|即)(?:全部|所有|相关|关于|我|本)?[^，。,0-9]{0,20}(?:信息|内容|回答|答案|说明|介绍|总结|要点|全部)"
    r"|如(?:果)?(?:您|你)?(?:还)?有(?:其他|任何|更多)?(?:的)?(?:问题|疑问)[，,]?.{0,20}",
    re.I,
)

UNREAD = "not looked at: the answer is too long"
"""The reason why a sentence beyond those that are judged is not supported."""


@dataclass(frozen=True, slots=True)
class ReviewedPiece:
    """A piece of the answer as it is shown, with its sentence where it holds one.

    `declines`: the writer said here that the sources hold no answer. `thought`: all pieces before
    were only thoughts of the model.
    """

    text: str
    sentence: Sentence | None
    declines: bool = False
    thought: bool = False


def review(
    draft: Iterable[str], hits: Sequence[Hit], marks: CitationNumbers, judge: Judge
) -> Iterator[ReviewedPiece]:
    """The pieces of a draft with final numbers. At the end `marks` knows all citations."""
    for thought, pieces in groupby(draft, key=lambda piece: piece == THOUGHT):
        if thought:
            yield ReviewedPiece("", None, thought=True)
        else:
            yield from _reviewed_pieces(pieces, hits, marks, judge)


def _reviewed_pieces(
    draft: Iterable[str], hits: Sequence[Hit], marks: CitationNumbers, judge: Judge
) -> Iterator[ReviewedPiece]:
    """The pieces of a draft without thoughts."""
    judged = 0
    for written in _with_claims_marked(draft):
        part = written
        if NO_ANSWER in written.text:
            yield ReviewedPiece("", None, declines=True)
            part = written.without(NO_ANSWER)
        if not part.claim:
            yield ReviewedPiece(marks.apply(part.text), None)
            continue
        judged += 1
        cited = marks.named(part.ranks)
        if judged > _MOST_SENTENCES:
            yield _reviewed(part, cited, marks, UNREAD)
            continue
        objection = judge.objection(part.claim, cited, hits) if cited else _NO_CITATION
        better = (
            _better_citations(part.claim, cited, hits, judge)
            if objection
            else _relevant_citations(part.claim, cited, hits, judge)
        )
        if better is not None:
            yield _reviewed(part.citing([hit.rank for hit in better]), better, marks, None)
        else:
            yield _reviewed(part, cited, marks, objection)


def _with_claims_marked(draft: Iterable[str]) -> Iterator[DraftPart]:
    """The parts of a draft; those that claim nothing have their sentence removed."""
    drafted = draft_parts(draft)
    waiting = next(drafted, None)
    row = False
    while waiting is not None:
        part, waiting = waiting, None
        head = False
        if is_markdown_row(part.text) and not row:  # only what follows tells whether it is a head
            waiting = next(drafted, None)
            head = waiting is not None and rules_off(waiting.text)
        row = is_markdown_row(part.text)
        silent = (
            not part.ranks and NO_ANSWER not in part.text and (head or claims_nothing(part.text))
        )
        yield replace(part, claim="") if silent else part
        waiting = waiting or next(drafted, None)


def claims_nothing(text: str) -> bool:
    """Whether an uncited piece of a draft only introduces the next line, or is a courtesy."""
    line = flat(text)
    if len(line) > _LONGEST_COURTESY or any(char.isdigit() for char in line):
        return False
    return bool(_LEADS.search(text)) or _COURTESY.fullmatch(line.strip(" .!。！~～😊")) is not None


def _reviewed(
    part: DraftPart, cited: Sequence[Hit], marks: CitationNumbers, objection: str | None
) -> ReviewedPiece:
    text = marks.apply(part.text)
    return ReviewedPiece(
        text, Sentence(part.claim, marks.numbers(cited), objection is None, objection)
    )


def _better_citations(
    claim: str, cited: Sequence[Hit], hits: Sequence[Hit], judge: Judge
) -> list[Hit] | None:
    """The first hit that alone supports a sentence, else the cited hits with the first that
    supports their missing clauses; None without such a hit.

    None where any hit denies the sentence, since no other should be searched for what one denies.
    Passages with text addressed to language models are never chosen: that text may have asked for
    this sentence.
    """
    if len(terms(claim)) < _LEAST_TERMS:
        return None
    fair = [
        hit
        for hit in sorted(hits, key=lambda hit: hit.rank)
        if not hit.passage.meta.get(SUSPICIOUS)
    ]
    if (cited and judge.denies(claim, cited)) or any(
        judge.denies(claim, [hit]) for hit in fair[:_OTHERS]
    ):
        return None
    others = [hit for hit in fair if hit not in cited][:_OTHERS]
    if len(cited) > 1:  # one of several citations may do where together they are about too much
        others = [*cited, *others]
    ways: list[list[Hit]] = [[hit] for hit in others]
    if cited:
        ways += [[*cited, hit] for hit in others if hit not in cited]
    sound = (way for way in ways if judge.vouches(claim, way, hits))
    return next(
        (way for way in sound if len(way) == 1 or _has_each_clause_supported(claim, way, judge)),
        None,
    )


def _relevant_citations(
    claim: str, cited: Sequence[Hit], hits: Sequence[Hit], judge: Judge
) -> list[Hit] | None:
    """The cited hits without those that share next to nothing with a sentence that another hit
    supports alone; None where all are relevant.

    Hits in another language than the sentence stay, since shared words tell nothing there.
    """
    alone = (
        next((hit for hit in cited if judge.vouches(claim, [hit], hits)), None)
        if len(cited) > 1
        else None
    )
    if alone is None:
        return None
    lang = language(claim)
    kept = [
        hit
        for hit in cited
        if hit is alone or hit.passage.lang != lang or judge.vouches(claim, [alone, hit], hits)
    ]
    return kept if len(kept) < len(cited) else None


def _has_each_clause_supported(claim: str, hits: Sequence[Hit], judge: Judge) -> bool:
    """Whether a single hit supports each clause of a sentence: a name in one hit and a figure in
    another prove nothing.
    """
    parts = clauses(claim)
    return len(parts) > 1 and all(
        any(judge.vouches(part, [hit], hits) for hit in hits) for part in parts
    )
