"""How well passages are found: every development set, by each leg alone, by all fused, and by what
others use.

    make bench-retrieval
    python -m tests.bench.retrieval [--sets cmrc2018 ...] [--legs words fused ...] [--peers] [--questions 700]
                                    [--seed 0] [--embedder NAME] [--cache DIR] [--json FILE] [--write docs/retrieval.md]

Sets: cmrc2018, drcd (and the same simplified), squad2, tatoeba in both directions, headings that
look for their section's translation, the mixed-corpus check and founders' paraphrases. A set's
questions are sampled with the seed where there are more than asked for. Recall@k is the share of
questions with a right passage among the first k; the milliseconds are the median of a question's
search, with its embedding. `--write` puts the table between two marks in a document. `--cache`
keeps vectors, and what was ingested, for later runs; throw it away when readers, splitting or an
embedder's text change.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from kb.settings import Settings
from retrieval.evaluation import ranking
from tests.bench.legs import Leg, Workshop, legs
from tests.bench.peers import peers
from tests.bench.sets import Corpus, Missing, Query, Set, groups

BEGIN, END = (
    "<!-- made by: make bench-retrieval -->",
    "<!-- end of what make bench-retrieval made -->",
)
DEEPEST = 10
MEASURES = ("recall@1", "recall@5", "recall@10", "mrr@10")
_WARM = 3


@dataclass(frozen=True, slots=True)
class Row:
    """How one leg did on one set."""

    set: str
    leg: str
    questions: int
    passages: int
    figures: dict[str, float]
    milliseconds: float


def main() -> None:
    given = _arguments()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary) / "cache"
        cache.mkdir(parents=True, exist_ok=True)
        workshop = Workshop(cache, Path(temporary), Settings(embedder=given.embedder))
        wanted = {**legs(), **(peers() if given.peers else {})}
        competitors = _made(
            {name: wanted[name] for name in given.legs or wanted if name in wanted}, workshop
        )
        rows: list[Row] = []
        abouts: dict[str, str] = {}
        for sets in _chosen(given.sets, cache, given.embedder):
            abouts |= {each.name: each.about for each in sets}
            rows += _measure(sets, competitors, given.questions, given.seed)
    told = "\n".join(_told(rows, abouts, given))
    print(told)
    for line in _promises(rows):
        print(line, file=sys.stderr)
    if given.json:
        given.json.write_text(
            "\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in rows) + "\n", "utf-8"
        )
    if given.write:
        write(given.write, told)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.retrieval", description="How well passages are found."
    )
    names = list(groups(Path(), ""))
    parser.add_argument(
        "--sets", nargs="+", choices=names, default=names, metavar="SET", help=", ".join(names)
    )
    known = [*legs(), *peers()]
    parser.add_argument("--legs", nargs="+", choices=known, metavar="LEG", help=", ".join(known))
    parser.add_argument(
        "--peers", action="store_true", help="what others use too; wants the extra `bench`"
    )
    parser.add_argument("--questions", type=int, default=700, help="how many of each set, at most")
    parser.add_argument("--seed", type=int, default=0, help="which ones")
    parser.add_argument(
        "--embedder", default=Settings().embedder, help="what the fused search uses"
    )
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write the figures as JSON lines too"
    )
    parser.add_argument(
        "--write",
        type=Path,
        metavar="FILE",
        help="put the table between the marks in this document",
    )
    given = parser.parse_args()
    given.peers = given.peers or any(name in peers() for name in given.legs or ())
    return given


def _made(wanted: Mapping[str, Callable[[Workshop], Leg]], workshop: Workshop) -> list[Leg]:
    made = []
    for name, make in wanted.items():
        try:
            made.append(make(workshop))
        except Missing as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)
    return made


def _chosen(names: Sequence[str], cache: Path, embedder: str) -> Iterator[list[Set]]:
    makers = groups(cache, embedder)
    for name in names:
        try:
            yield makers[name]()
        except Missing as reason:
            print(f"{name} is left out: {reason}", file=sys.stderr)


def _measure(sets: Sequence[Set], competitors: Sequence[Leg], size: int, seed: int) -> list[Row]:
    by_corpus: dict[Corpus, list[Set]] = {}
    for each in sets:
        by_corpus.setdefault(each.corpus, []).append(each)
    rows = []
    for corpus, asked in by_corpus.items():
        for leg in competitors:
            began = perf_counter()
            leg.build(corpus)
            built = perf_counter() - began
            for each in asked:
                row = _row(each, leg, each.sample(size, seed))
                rows.append(row)
                shown = "  ".join(f"{row.figures[name]:.3f}" for name in MEASURES)
                took = f"built in {built:.1f} s, {row.milliseconds:.1f} ms"
                print(f"{each.name:24} {leg.name:48} {shown}   {took}", file=sys.stderr, flush=True)
    order = {each.name: number for number, each in enumerate(sets)}
    return sorted(rows, key=lambda row: order[row.set])


def _row(of: Set, leg: Leg, queries: Sequence[Query]) -> Row:
    for query in queries[:_WARM]:
        leg.search(query.text, DEEPEST)
    ranks, seconds = [], []
    for query in queries:
        began = perf_counter()
        found = leg.search(query.text, DEEPEST)
        seconds.append(perf_counter() - began)
        ranks.append(
            next((rank for rank, pid in enumerate(found, start=1) if pid in query.gold), 0)
        )
    figures = {name: value or 0.0 for name, value in ranking(ranks).items()}
    return Row(
        of.name, leg.name, len(queries), len(of.corpus.pieces), figures, 1000 * median(seconds)
    )


# --- telling --------------------------------------------------------------------------------------


def _told(
    rows: Sequence[Row], abouts: Mapping[str, str], given: argparse.Namespace
) -> Iterator[str]:
    yield f"Up to {given.questions} questions a set, seed {given.seed}; the fused search embeds with `{given.embedder}`."
    for name, about in abouts.items():
        of = [row for row in rows if row.set == name]
        if not of:
            continue
        yield f"\n**{name}**: {about}; {of[0].questions} questions, {of[0].passages:,} passages\n"
        width = max(len(row.leg) for row in of)
        yield f"| {'':{width}} | {' | '.join(MEASURES)} | ms |"
        yield f"|-{'-' * width}-|{'|'.join('-' * (len(each) + 1) + ':' for each in MEASURES)}|----:|"
        for row in of:
            shown = " | ".join(f"{row.figures[each]:>{len(each)}.3f}" for each in MEASURES)
            yield f"| {row.leg:{width}} | {shown} | {row.milliseconds:.1f} |"


def _promises(rows: Sequence[Row]) -> Iterator[str]:
    """What the fused search should reach, and whether it does."""
    fused = {row.set: row.figures for row in rows if row.leg == "fused"}
    words = {row.set: row.figures for row in rows if row.leg == "words"}
    wanted: list[tuple[str, float, float]] = []
    for name, measure, least in (("cmrc2018", "recall@1", 0.90), ("squad2", "recall@1", 0.85)):
        if name in fused:
            wanted.append((f"{name} {measure}", fused[name][measure], least))
    if {"drcd", "drcd simplified"} <= set(fused):
        wanted.append(
            (
                "drcd recall@1",
                fused["drcd"]["recall@1"],
                fused["drcd simplified"]["recall@1"] - 0.02,
            )
        )
    for name, figures in fused.items():
        if name.partition(" ")[0] in ("opensource_guide", "dify", "milvus"):
            wanted += [(f"{name} {each}", figures[each], least) for each, least in _ACROSS.items()]
        if name.startswith("paraphrases") and name in words:
            twice = max(2 * words[name]["recall@5"], _SOME)  # twice nothing would be no promise
            wanted.append((f"{name} recall@5, twice that of words", figures["recall@5"], twice))
        if name.startswith("mixed") and name.endswith("zh+en"):
            alone = [fused[name.removesuffix("zh+en") + lang]["recall@1"] for lang in ("zh", "en")]
            wanted.append((f"{name} recall@1", figures["recall@1"], max(alone) - 0.01))
        best = max(
            row.figures["recall@1"] for row in rows if row.set == name and row.leg in _ours(rows)
        )
        wanted.append((f"{name} recall@1, best leg", figures["recall@1"], best))
    for name, reached, least in wanted:
        yield f"{'met   ' if reached >= least - 1e-9 else 'MISSED'} {name}: {reached:.3f}, wanted {least:.3f}"


_ACROSS = {"recall@1": 0.80, "recall@10": 0.97}
_SOME = 0.1


def _ours(rows: Sequence[Row]) -> set[str]:
    return {row.leg for row in rows} & {*legs(), "words widened"}


def write(path: Path, told: str) -> None:
    """Put the table between the marks in a document. Ends the program where the marks are missing."""
    text = path.read_text("utf-8") if path.exists() else f"{BEGIN}\n{END}\n"
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        sys.exit(f"{path} must have one line {BEGIN!r} and, after it, one line {END!r}")
    before, after = text[: text.index(BEGIN)], text[text.index(END) :]
    path.write_text(f"{before}{BEGIN}\n\n{told}\n\n{after}", "utf-8")


if __name__ == "__main__":
    main()
