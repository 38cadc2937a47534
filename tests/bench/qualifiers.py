"""Whether a figure is told of the thing it belongs to: the premium plan's price is not the basic
plan's.

    python -m tests.bench.qualifiers [--claims 2000] [--seed 0] [--half 0|1] [--misses]

Each claim is reviewed as an answer's sentence is, with both records among the hits. A wrong one
counts as caught when it is not shown as supported; a right one that is not counts as a false alarm.
`--half 1` has other nouns, other qualifiers and other articles than half 0, with which the rules
were written.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

from kb.glossary import glossary
from kb.text import flat
from retrieval.answer.citations import CitationNumbers
from retrieval.answer.draft_review import review
from retrieval.checks.judge import RuleJudge
from tests.bench.qualifier_sets import Claim, claims


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.qualifiers", description="Whose figure it is."
    )
    parser.add_argument("--claims", type=int, default=2000, help="how many, half of them wrong")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument(
        "--half", type=int, choices=(0, 1), default=1, help="of the words and articles"
    )
    parser.add_argument("--misses", action="store_true", help="print what was judged wrongly")
    given = parser.parse_args()
    made = claims(given.claims, given.seed, given.half)
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        known = glossary([Path(folder)])
        judge = RuleJudge(lambda: known)
        objections, seconds = [], []
        for claim in made:
            began = perf_counter()
            objections.append(objection(claim, judge))
            seconds.append(perf_counter() - began)
    for by in (lambda claim: claim.lang, lambda claim: claim.kind, lambda claim: claim.shape):
        report(made, objections, by)
    print(
        f"ms a claim, with repair: median {1000 * median(seconds):.1f}, slowest {1000 * max(seconds[20:]):.0f}"
    )
    if given.misses:
        for claim, why in zip(made, objections, strict=True):
            if claim.right == (why is not None):
                told = " / ".join(
                    f"{hit.document.title}: {flat(hit.passage.text)[:500]}" for hit in claim.hits
                )
                print(
                    f"\n{claim.kind} ({claim.shape}) {claim.cites}: {claim.text}\n  judged: {why}\n  {told}"
                )


def objection(claim: Claim, judge: RuleJudge) -> str | None:
    """Why a claim is shown as not supported; None where it is supported, by what it cites or by
    another hit.
    """
    marks = "".join(f"[{rank}]" for rank in claim.cites)
    shown = list(review([f"{claim.text} {marks}"], claim.hits, CitationNumbers(claim.hits), judge))
    return next(
        (each.sentence.reason for each in shown if each.sentence and not each.sentence.supported),
        None,
    )


def report(
    made: Sequence[Claim], objections: Sequence[str | None], by: Callable[[Claim], str]
) -> None:
    """Print the share of wrong claims caught and of right ones marked, by some key and in all."""
    judged = [
        (by(claim), claim.right, why is not None)
        for claim, why in zip(made, objections, strict=True)
    ]
    print(f"{'':<26} wrong caught   right marked")
    for key in [*sorted({key for key, _, _ in judged}), "all"]:
        wrong = [marked for name, right, marked in judged if not right and key in (name, "all")]
        right = [marked for name, right, marked in judged if right and key in (name, "all")]
        cells = [
            f"{len(each):>5}  {sum(each) / len(each):.3f}" if each else " " * 12
            for each in (wrong, right)
        ]
        print(f"{key:<26} {cells[0]}   {cells[1]}")
    print()


if __name__ == "__main__":
    main()
