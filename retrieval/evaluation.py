"""Evaluation: questions with known answers are asked of a knowledge base, and the results measured.

The file has JSON lines: {"id", "question", "where"?, "gold": [{"source", "quote"?}]}. Each gold is
enough by itself; without any, the sources have no answer and the question should be refused.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from kb.catalog import Catalog
from kb.errors import KbError, UsageError
from kb.knowledge import KnowledgeBase
from kb.types import Answer, Hit
from kb.writers import Writer
from retrieval.answer.answer import answer
from retrieval.checks.judge import open_judge
from retrieval.facts.text import overlaps, squeezed
from retrieval.question.question import check_question, weigh
from retrieval.search.search import search

DEPTHS = (1, 3, 5, 10)
_DEEPEST = max(DEPTHS)
_FORM = '{"id": "...", "question": "...", "gold": [{"source": "...", "quote": "..."}]}'
_FEW = 5

Progress = Callable[[int, int, str], None]


# --- the file -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gold:
    """A source that answers a question, and its words there. An empty quote stands for any passage
    of the source.
    """

    source: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A question and its golds: any one of them will do. Without golds it should be refused."""

    id: str
    question: str
    where: tuple[tuple[str, str], ...]
    gold: tuple[Gold, ...]


def read_cases(path: Path) -> list[Case]:
    """The cases of an evaluation file. Raises KbError naming the first line that is wrong."""
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").splitlines()
    except OSError as error:
        raise KbError(f"{path} can't be read: {error.strerror}") from error
    cases: list[Case] = []
    first: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = _case(line, number)
        except UsageError as error:
            raise KbError(
                f"{path.name}, line {number}: {error}", f"a line looks like this: {_FORM}"
            ) from error
        if case.id in first:
            raise KbError(
                f"{path.name}, line {number}: the id {case.id!r} is taken by line {first[case.id]}"
            )
        first[case.id] = number
        cases.append(case)
    if not cases:
        raise KbError(f"there is no question in {path.name}", f"a line looks like this: {_FORM}")
    return cases


def _case(line: bytes, number: int) -> Case:
    try:
        given = json.loads(line.decode())
    except UnicodeDecodeError:
        raise UsageError("not valid UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"not valid JSON ({error})") from None
    if not isinstance(given, dict):
        raise UsageError("not a JSON object")
    known, question, where, gold = (given.get(name) for name in ("id", "question", "where", "gold"))
    if not isinstance(known, str | int | None) or isinstance(known, bool):
        raise UsageError("the id must be a string or a number")
    if not isinstance(question, str):
        raise UsageError(
            "there is no question" if question is None else "the question must be a string"
        )
    if not isinstance(where or {}, dict):
        raise UsageError('where must be an object, like {"lang": "zh"}')
    if not isinstance(gold, list):
        raise UsageError("gold must be a list, and [] for a question that the sources don't answer")
    return Case(
        str(number) if known is None else str(known),
        check_question(question),
        tuple((str(key), str(value)) for key, value in (where or {}).items()),
        tuple(_gold(each) for each in gold),
    )


def _gold(given: Any) -> Gold:
    source, quote = (
        (given.get("source"), given.get("quote") or "") if isinstance(given, dict) else (None, "")
    )
    if not isinstance(source, str) or not source.strip():
        raise UsageError("every gold must name its source")
    if not isinstance(quote, str) or (quote and not squeezed(quote)):
        raise UsageError("a quote must be a text")
    return Gold(source.strip(), quote)


# --- matching -------------------------------------------------------------------------------------


def resolve_source(catalog: Catalog, name: str) -> str | None:
    """The source that a gold names: exactly, else the only one that ends in `/name`, else the only
    one that `name` ends in.

    None when there is none, or more than one.
    """
    found = {document.source for document in catalog.documents_called(name)}
    parts = name.split("/")
    for begin in range(1, len(parts)):
        if found:
            break
        shorter = "/".join(parts[begin:])
        found = {
            each.source for each in catalog.documents_called(shorter) if each.source == shorter
        }
    return found.pop() if len(found) == 1 else None


def matches(hit: Hit, gold: Gold) -> bool:
    """Whether a hit, or a near-duplicate of it, is of a resolved gold's source and quote."""
    same = gold.source == hit.document.source or gold.source in hit.also
    return same and (not gold.quote or overlaps(hit.passage.text, gold.quote))


# --- asking ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of one question.

    `rank` is that of the first hit that matches a gold, from 1; 0 when none of the first ten does.
    `quote_found`: the passages answered from hold the quote of a gold; `quote_cited`: the citations
    do; both are None without a quote. `right`: the answer cites a gold.
    """

    case: Case
    rank: int
    quote_found: bool | None
    quote_cited: bool | None
    answered: bool
    right: bool
    confidence: float
    seconds: float


def evaluate(
    kb: KnowledgeBase,
    writer: Writer,
    cases: Sequence[Case],
    *,
    limit: int,
    progress: Progress = lambda done, total, what: None,
) -> list[Outcome]:
    """Ask all questions, answering from the first `limit` hits, without journalling.

    Golds whose source or quote is not in the knowledge base are named in a notice and count as
    missed. Raises KbError when the writer fails.
    """
    resolved = _resolved(kb, cases)
    outcomes = []
    for number, case in enumerate(resolved):
        progress(number, len(resolved), case.question)
        outcomes.append(_outcome(kb, writer, case, limit))
    progress(len(resolved), len(resolved), "")
    return outcomes


def _outcome(kb: KnowledgeBase, writer: Writer, case: Case, limit: int) -> Outcome:
    question = weigh(kb, case.question)
    results = search(kb, question, limit=max(_DEEPEST, limit), where=case.where)
    used = replace(results, hits=results.hits[:limit])
    judge = open_judge(kb.settings, lambda: kb.glossary, kb.notify)
    given = answer(used, writer, kb.settings, judge=judge, notify=kb.notify)
    ranks = (
        hit.rank for hit in results.hits[:_DEEPEST] if any(matches(hit, gold) for gold in case.gold)
    )
    quoted = [gold for gold in case.gold if gold.quote]
    answered = given.status != "abstained"
    return Outcome(
        case,
        next(ranks, 0),
        any(matches(hit, gold) for hit in used.hits for gold in quoted) if quoted else None,
        answered and any(_cites(given, gold) for gold in quoted) if quoted else None,
        answered,
        answered and any(_cites(given, gold) for gold in case.gold),
        results.confidence,
        results.seconds,
    )


def _cites(given: Answer, gold: Gold) -> bool:
    """Whether a citation of the answer is of the gold's source and quotes its words."""
    return any(
        gold.source in (citation.hit.document.source, *citation.hit.also)
        and (not gold.quote or overlaps(citation.quote, gold.quote))
        for citation in given.citations
    )


def _resolved(kb: KnowledgeBase, cases: Sequence[Case]) -> list[Case]:
    """The cases with sources as the catalog names them; a notice names what it lacks."""
    named = dict.fromkeys(gold.source for case in cases for gold in case.gold)
    sources = {name: resolve_source(kb.catalog, name) for name in named}
    _tell(
        kb,
        "unknown or ambiguous source",
        [name for name, source in sources.items() if source is None],
    )
    resolved = [
        replace(
            case,
            gold=tuple(
                replace(gold, source=sources[gold.source] or gold.source) for gold in case.gold
            ),
        )
        for case in cases
    ]
    known = {source for source in sources.values() if source}
    texts: dict[str, list[str]] = {}
    lost = [
        case.id
        for case in resolved
        if any(
            g.quote and g.source in known and not _stands(kb.catalog, g, texts) for g in case.gold
        )
    ]
    _tell(kb, "quote that does not stand in its source, in question", lost)
    return resolved


def _stands(catalog: Catalog, gold: Gold, texts: dict[str, list[str]]) -> bool:
    """Whether a passage of the source holds the quote."""
    if gold.source not in texts:
        documents = [
            each for each in catalog.documents_called(gold.source) if each.source == gold.source
        ]
        texts[gold.source] = [p.text for each in documents for p in catalog.passages_of(each.id)]
    return any(overlaps(text, gold.quote) for text in texts[gold.source])


def _tell(kb: KnowledgeBase, what: str, names: Sequence[str]) -> None:
    if names:
        some = ", ".join(names[:_FEW]) + (", …" if len(names) > _FEW else "")
        kb.notify(
            f"gold that can't be found: {what} {some}"
            + (f" ({len(names)})" if len(names) > _FEW else "")
        )


# --- figures --------------------------------------------------------------------------------------


def ranking(ranks: Iterable[int]) -> dict[str, float | None]:
    """Recall@1/3/5/10 and MRR@10, by trec_eval, of the ranks of the first right hits: from 1, 0 for
    none.

    A question needs one right hit, so recall is the share of questions that have one. None without
    ranks.
    """
    from pytrec_eval import RelevanceEvaluator

    runs = {str(number): rank for number, rank in enumerate(ranks)}
    cuts = ",".join(map(str, DEPTHS))
    trec = RelevanceEvaluator(
        {query: {"right": 1} for query in runs}, {f"recall.{cuts}", "recip_rank"}
    )
    found = trec.evaluate({query: dict(_run(rank)) for query, rank in runs.items()}).values()
    names = {
        **{f"recall@{depth}": f"recall_{depth}" for depth in DEPTHS},
        f"mrr@{_DEEPEST}": "recip_rank",
    }
    return {name: _mean(each[trec_name] for each in found) for name, trec_name in names.items()}


def _run(rank: int) -> Iterator[tuple[str, float]]:
    """Ten hits as trec_eval takes them, with falling scores; that of `rank` is right."""
    for place in range(1, _DEEPEST + 1):
        yield ("right" if place == rank else f"hit {place}"), float(-place)


def auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """The area under the ROC curve: the chance that a value of `positive` is above one of
    `negative`, ties counting half; None without both.

    Computed as Mann-Whitney's U over the number of pairs, since a library for it takes a second to
    load.
    """
    import numpy as np

    if not positive or not negative:
        return None
    apart = np.subtract.outer(np.asarray(positive), np.asarray(negative))
    return float(((apart > 0) + 0.5 * (apart == 0)).mean())


def report(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """All figures of an evaluation, by name; None where there is nothing to measure.

    Coverage is the share of questions that were answered; accuracy the share of answers that cite a
    gold, so that answering a question without gold counts as wrong.
    """
    answerable = [each for each in outcomes if each.case.gold]
    silent = [each for each in outcomes if not each.case.gold]
    return {
        "questions": len(outcomes),
        "answerable": len(answerable),
        **ranking(each.rank for each in answerable),
        "answer_quote_hit_rate": _mean(
            each.quote_found for each in answerable if each.quote_found is not None
        ),
        "answer_quote_cited_rate": _mean(
            each.quote_cited for each in answerable if each.quote_cited is not None
        ),
        "abstention_auroc": auroc(
            [each.confidence for each in answerable], [each.confidence for each in silent]
        ),
        "coverage": _mean(each.answered for each in outcomes),
        "accuracy": _mean(each.right for each in outcomes if each.answered),
        "answered_answerable": _mean(each.answered for each in answerable),
        "answered_unanswerable": _mean(each.answered for each in silent),
    }


def _mean(values: Iterable[float | bool]) -> float | None:
    listed = [float(value) for value in values]
    return round(fmean(listed), 4) if listed else None
