"""Whether curated entries come first for their questions, however these are put, and for no others.

    python -m tests.bench.curated [--fit] [--questions 600] [--seed 2] [--cache DIR]

Entries are promoted in a knowledge base of Wikipedia paragraphs in both languages (SQuAD 2.0 and
CMRC 2018), the answers of a FAQ on one topic without their questions (covid_en), and our own
guides, FAQs and talks. Half of the entries are for fitting; figures are of the other half, which is
held back. Shown are, through `retrieval.search.search.search` as the
commands do it:

- paraphrases, by where they come from, how they are put, and the languages of question and entry: how often their entry
  is the first hit, how often it matches, and how often there is an answer and it is the entry's;
- other questions: how often an entry is the first hit, matches, or is the answer. `wikipedia`: answered by the
  paragraphs; `raw first`: of the entries' topic, and before there were entries, the passage that answers it was the
  first hit; `no source`: of their topic, where it was not, or there is none; `near`: written to be near an entry, and ask
  for something else; `neighbour`: of the very paragraph that the entry's answer is from, but answered by another
  sentence of it;
- the same, by rank, of Wikipedia questions put anew by hand, in their language and in the other one.

`--fit` fits the weights of `retrieval/search/faq_match.py`, prints them and stops. Wikipedia questions are
others than those of the figures. `--cache` keeps the knowledge bases for later runs; throw it away
when readers or embedders change.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.faq_entries import publish
from ingest.pipeline import ingest
from kb.glossary import Glossary, glossary
from kb.home import Home
from kb.journal import Journal
from kb.knowledge import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from retrieval.question.question import weigh
from retrieval.question.same_question import conflicts
from retrieval.search.faq_match import (
    BIAS,
    CHANCE,
    MATCHES,
    WEIGHTS,
    MatchSignals,
    candidates,
    match_likelihoods,
)
from retrieval.search.fusion import FusionWeights, fuse
from retrieval.search.search import leg_scores, question_vector, search
from tests.bench.curated_sets import (
    FIT,
    HELD,
    TEST,
    Ask,
    Case,
    cases,
    covid_answers,
    wikipedia_questions,
    write_sources,
)
from tests.bench.data import ROOT

_POOL = 60
_L2 = 0.001
# What each kind counts in all, when weights are fitted. Other questions of the same topic can
# hardly be told by any signal there is, and would only teach that nothing matches. `no passage` are
# the questions about Wikipedia as if no passage spoke of it: a knowledge base may hold little else
# than entries.
_COUNTS = {
    "covid_en": 0.4, "milvus": 0.2, "ours": 0.8, "squad": 0.4, "cmrc": 0.4, "near": 0.6,
    "wikipedia": 0.6, "no passage": 0.3, "raw first": 0.4, "no source": 0.2, "neighbour": 0.6, "neighbour alone": 0.4,
}  # fmt: skip
# of the questions of these kinds among those that are fitted on; a wrong entry is worse than none
_MATCHED = 0.02
_OTHERS = ("wikipedia", "neighbour")
_AS_IF_ALONE = {"wikipedia": "no passage", "neighbour": "neighbour alone"}
WIKIPEDIA = ("squad", "cmrc")

_THRESHOLDS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

_SIGNS = MatchSignals(1, -1, 0, 1, 1, 1)  # which way each can tell; 0: either

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, the entry that answers it, if one does, and what kind it is of."""

    ask: Ask
    group: str
    kind: str
    entry: str = ""


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.curated", description="How curated entries are found."
    )
    parser.add_argument("--fit", action="store_true", help="fit the weights and print them")
    parser.add_argument(
        "--questions", type=int, default=600, help="how many questions about Wikipedia"
    )
    parser.add_argument("--seed", type=int, default=2, help="which ones")
    parser.add_argument("--cache", type=Path, help="a folder that keeps the knowledge bases")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        folder = given.cache or Path(temporary)
        raw = _raw(folder)
        all_cases = cases()
        _print_conflicts(all_cases, glossary([folder]))
        before = _answered_raw(raw, all_cases)
        if given.fit:
            kb, entries = _promoted(raw, folder, [case for case in all_cases if case.part == FIT])
            asked = list(_asked(all_cases, FIT, entries, before, given.questions, given.seed + 100))
            weights, bias = _fitted(kb, asked)
            print(
                f"WEIGHTS = MatchSignals({', '.join(f'{weight:.2f}' for weight in weights)})\nBIAS = {bias:.2f}"
            )
            return
        kb, entries = _promoted(raw, folder, [case for case in all_cases if case.part == HELD])
        _report(kb, list(_asked(all_cases, HELD, entries, before, given.questions, given.seed)))
        kb, entries = _promoted(raw, folder, [case for case in all_cases if case.part == TEST])
        _report(kb, list(_asked(all_cases, TEST, entries, before, 0, given.seed)))


# --- knowledge bases ------------------------------------------------------------------------------


def _raw(folder: Path) -> Path:
    """The home that holds the raw sources alone."""
    home = folder / "raw-home"
    if not home.exists():
        sources = folder / "sources"
        write_sources(sources)
        made = folder / "making"
        ingest(
            open_knowledge_base(Home(made), Settings(), create=True), [sources, ROOT / "corpora"]
        )
        made.rename(home)
    return home


def _promoted(
    raw: Path, folder: Path, promoted: Sequence[Case]
) -> tuple[KnowledgeBase, dict[str, str]]:
    """The same with entries; also the id of the document of each case's entry."""
    home = folder / f"home-{promoted[0].part}"
    if not home.exists():
        shutil.copytree(raw, home)
    kb = open_knowledge_base(Home(home), Settings())
    journal = Journal(kb.home.journal)
    if not journal.faq.entries():
        for case in promoted:
            journal.faq.add(case.question, case.answer, by=case.id)
    publish(kb, journal)
    return kb, {str(entry.by): f"faq/{entry.id}" for entry in journal.faq.entries()}


def _answered_raw(raw: Path, all_cases: Iterable[Case]) -> set[str]:
    """The questions of covid_en for which the passage that answers them is the first hit among the
    raw sources.
    """
    kb = open_knowledge_base(Home(raw), Settings())
    numbers = {question: number for number, question in enumerate(covid_answers())}
    found = set()
    for case in all_cases:
        if case.set == "covid_en":
            right = f"covid/{numbers[case.question]:03d}.md"
            for text in (case.question, *(ask.text for ask in case.asked)):
                hit = search(kb, weigh(kb, text), limit=1).hits[0]
                if any(source.endswith(right) for source in (hit.document.source, *hit.also)):
                    found.add(text)
    kb.catalog.close()
    return found


def _asked(
    all_cases: Iterable[Case],
    part: str,
    entries: Mapping[str, str],
    before: set[str],
    questions: int,
    seed: int,
) -> Iterator[Asked]:
    for case in all_cases:
        if case.part == part:
            for ask in case.asked:
                pair = f"{ask.lang}→{case.lang}"
                yield Asked(ask, f"{case.set} {ask.kind} {pair}", "paraphrase", entries[case.id])
            kind = "neighbour" if case.set in WIKIPEDIA else "near"
            yield from (Asked(ask, f"{kind}: {case.set}", kind) for ask in case.others)
        elif case.set in ("covid_en", "milvus") and part != TEST:
            for ask in (Ask(case.question, case.lang, ""), *case.asked):
                kind = "raw first" if ask.text in before else "no source"
                yield Asked(ask, f"{kind}: {case.set}", kind)
    taken = {
        text for case in all_cases for text in (case.question, *(ask.text for ask in case.others))
    }
    asked = wikipedia_questions(questions if part != TEST else 0, seed, taken)
    yield from (Asked(ask, f"wikipedia: {ask.lang}", "wikipedia") for ask in asked)


def _print_conflicts(all_cases: Iterable[Case], known: Glossary | None) -> None:
    """How many of each kind of question are told from their entry's by rule: none of the
    paraphrases should be.
    """
    told: dict[str, list[bool]] = defaultdict(list)
    for case in all_cases:
        for ask in (*case.asked, *case.others):
            told[f"{case.set} {ask.kind}"].append(conflicts(ask.text, case.question, known))
    print(
        "told apart by rule: "
        + ", ".join(f"{kind} {sum(each)} of {len(each)}" for kind, each in told.items())
    )


# --- fitting --------------------------------------------------------------------------------------


def _fitted(kb: KnowledgeBase, asked: Sequence[Asked]) -> tuple[list[float], float]:
    """A logistic regression that tells a paraphrase's own entry from the likeliest one of other
    questions.

    Its constant is then set so that few of those match.
    """
    rows, labels, counts = [], [], []
    firsts = {each.passage for each in kb.catalog.faq_questions()}
    sources = {
        p.id: kb.catalog.document(p.document).source for p in kb.catalog.passages(firsts).values()
    }  # type: ignore[union-attr]
    for each in asked:
        question, vector = weigh(kb, each.ask.text), question_vector(kb, each.ask.text)
        fused = fuse(leg_scores(kb, question, _POOL, None, vector), FusionWeights())
        found = candidates(kb, question, vector, fused, None)
        free = [
            pair for pair in found if not conflicts(each.ask.text, pair[0].question, kb.glossary)
        ]
        likeliest = max(free or found, key=lambda pair: pair[1].lead + pair[1].least + pair[1].back)
        chosen = (
            [pair for pair in found if sources[pair[0].passage] == each.entry]
            if each.entry
            else [likeliest]
        )
        for _, signals in chosen:
            rows.append(astuple(signals))
            labels.append(float(bool(each.entry)))
            counts.append(each.group.split()[0] if each.entry else each.kind)
            if each.kind in _AS_IF_ALONE:
                rows.append(astuple(replace(signals, rival=CHANCE)))
                labels.append(0.0)
                counts.append(_AS_IF_ALONE[each.kind])
    shares = np.array([_COUNTS[kind] / counts.count(kind) for kind in counts])
    weights, _ = _signed(np.array(rows), np.array(labels), shares)
    bias = -float(np.quantile((np.array(rows) @ weights)[np.isin(counts, _OTHERS)], 1 - _MATCHED))
    likely = 1.0 / (1.0 + np.exp(-(np.array(rows) @ weights + bias)))
    for kind in _COUNTS:
        own = likely[np.array(counts) == kind]
        told = ", ".join(
            f"{(own >= threshold).mean():.3f} from {threshold}" for threshold in _THRESHOLDS
        )
        print(f"{kind}: {told}")
    return weights, bias


def _signed(rows: Rows, labels: Rows, shares: Rows) -> tuple[list[float], float]:
    """The regression without signals that would count the wrong way: likeness must not tell against
    an entry.
    """
    signs = np.array(astuple(_SIGNS))
    kept = np.ones(len(signs), bool)
    while True:
        found, bias = _regression(rows[:, kept], labels, shares)
        weights = np.zeros(len(signs))
        weights[kept] = found
        wrong = weights * signs < 0
        if not wrong.any():
            return weights.tolist(), bias
        kept &= ~wrong


def _regression(rows: Rows, labels: Rows, shares: Rows) -> tuple[list[float], float]:
    """Newton's method, with a little L2; each row counts its share."""
    shares = shares / shares.sum()
    middle, spread = rows.mean(0), rows.std(0) + 1e-9
    scaled = np.c_[(rows - middle) / spread, np.ones(len(rows))]
    penalty = _L2 * np.diag([1.0] * rows.shape[1] + [0.0])
    found = np.zeros(scaled.shape[1])
    for _ in range(80):
        p = 1.0 / (1.0 + np.exp(-scaled @ found))
        gradient = scaled.T @ ((p - labels) * shares) + penalty @ found
        curvature = (scaled * (shares * p * (1.0 - p))[:, None]).T @ scaled + penalty
        found -= np.linalg.solve(curvature, gradient)
    weights = found[:-1] / spread
    return [float(weight) for weight in weights], float(found[-1] - weights @ middle)


# --- figures --------------------------------------------------------------------------------------


def _report(kb: KnowledgeBase, asked: Sequence[Asked]) -> None:
    counts = kb.catalog.counts()
    print(f"{counts.documents} documents, {counts.passages} passages; {WEIGHTS}, bias {BIAS}")
    rows: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for each in asked:
        found = search(kb, weigh(kb, each.ask.text), limit=5)
        first = found.hits[0]
        right = (
            first.document.source == each.entry
            if each.entry
            else bool(first.passage.anchor.reviewed)
        )
        question, vector = weigh(kb, each.ask.text), question_vector(kb, each.ask.text)
        fused = fuse(leg_scores(kb, question, _POOL, None, vector), FusionWeights())
        likely = match_likelihoods(kb, question, vector, fused, None).get(first.passage.id, 0.0)
        answered = found.confidence >= kb.settings.min_confidence
        told = (right, right and likely >= MATCHES, right and answered)
        rows[each.group].append(told)
        rows[f"all: {each.kind}"].append(told)
    print(f"{'':44}{'asked':>6}{'first':>8}{'matches':>9}{'answers':>9}")
    for name in sorted(rows, key=lambda name: (name.startswith("all"), ":" in name, name)):
        share = np.mean(np.array(rows[name], float), axis=0)
        print(f"{name:44}{len(rows[name]):6}{share[0]:8.3f}{share[1]:9.3f}{share[2]:9.3f}")


if __name__ == "__main__":
    main()
