"""Whether groups of questions are served alike: how often each is answered, rightly, and refused.

A group is compared with all questions outside it by Fisher's exact test, one-sided: could it be
served this badly by chance? Where several are compared, Tarone's correction (1990) keeps the
chance of any false warning below 5 %: it divides by the number of comparisons that could come out
significant at all, so that groups with few questions are not judged, and cost the others nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import exp, lgamma
from typing import Literal

from kb.journal import Journal
from kb.knowledge import KnowledgeBase
from kb.text import language
from kb.types import Exchange
from kb.visibility import audiences_of
from retrieval.evaluation import Outcome
from retrieval.feedback.report import Share, votes, wilson

GroupBy = Literal["lang", "source", "kind", "audience"]
EVALUATED = ("answered", "right", "refused")
REPORTED = ("answered", "liked")
_SURE = 0.05
_UNGROUPED = "-"
_ALL = ""  # stands for all questions where groups are named
_Part = tuple[str, str]  # a group and a measure


@dataclass(frozen=True, slots=True)
class Sample:
    """The groups of a question, and what came of it: measures, each with whether that was good.

    A measure that does not apply to it, such as refusing what the sources answer, is left out; one
    of which there are several, such as votes, stands there several times.
    """

    groups: Collection[str]
    results: Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure of a group and of all questions outside it; None where nothing was measured.

    `judged`: there are enough questions to tell a difference. `worse`: the group's share is lower
    by more than chance explains.
    """

    share: Share | None
    others: Share | None
    judged: bool
    worse: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A group of questions, with its comparison by measure."""

    name: str
    questions: int
    measures: Mapping[str, Comparison]

    @property
    def judged(self) -> bool:
        """Whether a difference could be told by any measure."""
        return any(each.judged for each in self.measures.values())

    @property
    def worse(self) -> list[str]:
        """The measures by which it is served worse than the rest."""
        return [name for name, each in self.measures.items() if each.worse]


def groups(samples: Sequence[Sample], measures: Sequence[str]) -> list[Group]:
    """The groups of the samples, those with most questions first."""
    questions, good, of = Counter[str](), Counter[_Part](), Counter[_Part]()
    for sample in samples:
        questions.update(sample.groups)
        for measure, result in sample.results:
            for name in (*sample.groups, _ALL):
                good[name, measure] += result
                of[name, measure] += 1
    counts = {
        (name, measure): _Counts(good[name, measure], of[name, measure],
                                 good[_ALL, measure], of[_ALL, measure])
        for name in questions for measure in measures
    }  # fmt: skip
    level = _level([each.least_p_value for each in counts.values()])
    return [
        Group(name, number, {each: _comparison(counts[name, each], level) for each in measures})
        for name, number in sorted(questions.items(), key=lambda item: (-item[1], item[0]))
    ]


def evaluated_samples(kb: KnowledgeBase, outcomes: Iterable[Outcome], by: GroupBy) -> list[Sample]:
    """The samples of an evaluation: by the language of the question, or by what its golds are of.

    Questions without gold, which should be refused, are of no source, kind or audience.
    """
    source_groups = _groups_of_sources(kb, by)
    samples = []
    for each in outcomes:
        golds = [gold.source for gold in each.case.gold]
        results = [("answered", each.answered), ("right", each.right)]
        names = _names(by, each.case.question, golds, source_groups)
        samples.append(Sample(names, results if golds else [("refused", not each.answered)]))
    return samples


def reported_samples(
    journal: Journal, kb: KnowledgeBase | None, by: GroupBy, since: date | None, until: date | None
) -> Iterator[Sample]:
    """The samples of the exchanges from day `since` to day `until`: whether each was answered, and
    each vote on it; by the language of the question, or by what the answer cites.

    A refusal is of the source that came closest.
    """
    first = since.isoformat() if since else ""
    after = (until + timedelta(days=1)).isoformat() if until and until < date.max else "9999-99"
    source_groups = _groups_of_sources(kb, by) if kb else {}
    votes_on = votes(journal.verdicts())
    for exchange in journal.asked(first, after):
        names = _names(by, exchange.question, _sources(exchange), source_groups)
        up, down = votes_on.get(exchange.id, (0, 0))
        liked = [("liked", True)] * up + [("liked", False)] * down
        answered = exchange.status in ("answered", "unsupported")
        yield Sample(names, [("answered", answered), *liked])


def _sources(exchange: Exchange) -> set[str]:
    """The sources that an answer cites, or the one that came closest."""
    cited = {str(citation["source"]) for citation in exchange.payload.get("citations") or ()}
    return cited or {str(hit["source"]) for hit in (exchange.payload.get("retrieved") or ())[:1]}


def _groups_of_sources(kb: KnowledgeBase, by: GroupBy) -> dict[str, Collection[str]]:
    """The groups of every source, by its name: its kind, or its audiences."""
    documents = kb.catalog.documents()
    if by == "kind":
        return {document.source: (str(document.kind),) for document in documents}
    if by == "audience":
        audiences = audiences_of(kb)
        return {document.source: audiences.get(document.id, ()) for document in documents}
    return {}


def _names(
    by: GroupBy, question: str, sources: Iterable[str], groups: Mapping[str, Collection[str]]
) -> frozenset[str]:
    """The groups of a question whose answer stands in these sources."""
    if by == "lang":
        return frozenset([language(question)])
    if by == "source":
        return frozenset(sources) or frozenset([_UNGROUPED])
    names = frozenset(name for source in sources for name in groups.get(source, ()))
    return names or frozenset([_UNGROUPED])


@dataclass(frozen=True, slots=True)
class _Counts:
    """How many results of a group were good, of how many, and of all questions."""

    good: int
    of: int
    all_good: int
    all_of: int

    @property
    def p_value(self) -> float:
        """The chance that a group has so few good results or fewer, were all served alike: Fisher's
        exact test, one-sided.
        """
        numbers = range(self._fewest, self.good + 1)
        return min(1.0, sum(_chance(few, self.of, self.all_good, self.all_of) for few in numbers))

    @property
    def least_p_value(self) -> float:
        """The p-value if the group had as few good results as the totals allow."""
        return _chance(self._fewest, self.of, self.all_good, self.all_of)

    @property
    def _fewest(self) -> int:
        return max(0, self.of - (self.all_of - self.all_good))


def _comparison(counts: _Counts, level: float) -> Comparison:
    others = wilson(counts.all_good - counts.good, counts.all_of - counts.of)
    judged = counts.least_p_value <= level
    worse = judged and counts.p_value <= level
    return Comparison(wilson(counts.good, counts.of), others, judged, worse)


def _chance(hits: int, of: int, good: int, total: int) -> float:
    """The hypergeometric probability of `hits` good ones among `of` drawn from `total`."""
    ways = _log_choose(good, hits) + _log_choose(total - good, of - hits)
    return exp(ways - _log_choose(total, of))


def _log_choose(total: int, of: int) -> float:
    return lgamma(total + 1) - lgamma(of + 1) - lgamma(total - of + 1)


def _level(least: Sequence[float]) -> float:
    """The p-value below which a comparison is significant, after Tarone."""
    for divisor in range(1, len(least) + 1):
        if sum(p <= _SURE / divisor for p in least) <= divisor:
            return _SURE / divisor
    return _SURE
