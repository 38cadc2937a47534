"""Fits what `kb.embedders.late_interaction` reads with: which sentence answers, and whether one does. Needs
torch.

    python -m tests.bench.late_interaction [--questions 4000] [--epochs 2] [--cache DIR] [--out FILE]

Each question of CMRC 2018, DRCD and SQuAD 2.0 is asked of its set's knowledge base, of the same
with its paragraph left out, and, every fourth, of the same with its whole article left out. The
loss is that of telling the first from the others (a logistic regression over the signals of
`retrieval.search.confidence` and of reading), and that of choosing among the sentences that were read one
that holds the known answer (a softmax). The encoder stays as it is. The maps are of its states'
first principal components, and are drawn to where they start: that of matching at the components
themselves, so that the untrained match is a cosine.

Articles are halved. The weights are fitted on those with an even number; `python -m
tests.bench.answers` asks about the others. What is printed are the figures of each half by weights
fitted on the other.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import astuple, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.embedders.built_in import DATA, cut, piece_weights
from kb.embedders.late_interaction import (
    HITS,
    Read,
    _likeliest,
    _sentences,
    _states,
)
from kb.settings import Settings
from kb.types import Hit, Question
from retrieval.evaluation import auroc
from retrieval.facts.text import holds
from retrieval.question.question import weigh
from retrieval.search.confidence import signals
from retrieval.search.search import ranked_hits
from tests.bench.answers import SETS, Bench
from tests.bench.data import Asked, need, squad_like
from tests.bench.legs import Workshop

MATCH, KIND, COMPONENTS = 64, 24, 160
_BATCH = 16
_REFUSED = 0.045

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Case:
    """A question as asked of one knowledge base: states of its pieces, of the sentences read and of
    what they stand under.

    `sentence`, `hit` and `of` tell of each piece of a sentence which one it is in, of each sentence
    its hit, and of each piece of a name the hit that it is of. `gold`: the sentences that hold the
    answer; none where it was left out.
    """

    there: bool
    article: int
    question: tuple[Floats, NDArray[np.int64], Floats]
    pieces: tuple[Floats, NDArray[np.int64]]
    names: tuple[Floats, NDArray[np.int64]]
    sentence: NDArray[np.int64]
    hit: NDArray[np.int64]
    of: NDArray[np.int64]
    told: Floats
    gold: NDArray[np.bool_]
    signals: Floats
    near: bool = field(default=True)  # whether the rest of the article is there


@dataclass(slots=True)
class Components:
    """The first principal components of the encoder's states, and the states that were made, in
    those.
    """

    mean: Floats
    basis: Floats  # (384, COMPONENTS)
    known: dict[tuple[int, ...], Floats] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Sequence[str]) -> Components:
        """Those of some texts."""
        rows = np.concatenate(
            [_states((tuple(found.ids[:128]),))[0] for found in cut(texts, special=True)]
        )
        mean = rows.mean(0)
        vectors = np.linalg.eigh(np.cov((rows - mean).T))[1][:, ::-1]
        return cls(mean, np.ascontiguousarray(vectors[:, :COMPONENTS], np.float32))

    def states(self, pieces: tuple[int, ...]) -> Floats:
        """The states of a text, in components, kept as halves."""
        if pieces not in self.known:
            self.known[pieces] = ((_states((pieces,))[0] - self.mean) @ self.basis).astype(
                np.float16
            )
        return self.known[pieces]


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.late_interaction", description="Fits what reads."
    )
    parser.add_argument(
        "--questions", type=int, default=4000, help="how many of each data set, at most"
    )
    parser.add_argument("--epochs", type=int, default=2, help="passes over them")
    parser.add_argument("--cache", type=Path, help="a folder that keeps vectors for later runs")
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(str(DATA / "late_interaction.npz")),
        help="where weights go",
    )
    given = parser.parse_args()
    sets = [squad_like(path) for path in need(*SETS.values())]
    components = Components.of(
        [text for data in sets for _, paragraphs in data.articles[::8] for text in paragraphs[:4]]
    )
    cases: dict[str, list[Case]] = {}
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as temporary:
        cache = given.cache or Path(temporary)
        for name, data in zip(SETS, sets, strict=True):
            bench = Bench.of(data, Workshop(cache, Path(temporary), Settings(embedder="builtin")))
            asked = data.sample(given.questions, 0)
            cases[name] = [
                case
                for number, each in enumerate(asked)
                for case in _cases(bench, each, number, components)
            ]
            print(f"{name}: {len(cases[name])} cases", flush=True)
            bench.kb.catalog.close()
    for held in (0, 1):
        model = fit(
            [case for each in cases.values() for case in each if case.article % 2 != held],
            given.epochs,
        )
        for name, each in cases.items():
            print(
                f"{name}, articles {held} modulo 2: {told(model, [c for c in each if c.article % 2 == held])}",
                flush=True,
            )
    save(model, components, given.out)  # fitted on even ones: the last


# --- cases ----------------------------------------------------------------------------------------


def _cases(bench: Bench, asked: Asked, number: int, components: Components) -> Iterator[Case]:
    benches = [(bench, True, True), (bench.without(asked), False, True)]
    if number % 4 == 0:
        benches.append((bench.without_article(asked), False, False))
    for each, there, near in benches:
        question = weigh(each.kb, asked.text)
        hits, evidence = ranked_hits(each.kb, question)
        read = _likeliest(
            [s for n, hit in enumerate(hits[:HITS]) for s in _sentences(question, hit, n, hits)]
        )
        if read:
            told = np.array(astuple(signals(question, hits, evidence)), np.float32)
            yield replace(_case(question, hits, read, asked, told, components, there), near=near)


def _case(
    question: Question,
    hits: Sequence[Hit],
    windows: Sequence[Sequence[Read]],
    asked: Asked,
    found: Floats,
    components: Components,
    there: bool,
) -> Case:
    encoded = cut([question.text], special=True)[0]
    ends = encoded.ids[0], encoded.ids[-1]
    weights = piece_weights(encoded.tokens, question.weights)
    read = [each for window in windows for each in window]
    states = [
        components.states((ends[0], *(i for each in window for i in each.pieces), ends[1]))[1:-1]
        for window in windows
    ]
    numbers = sorted({each.hit for each in read})
    titles = [
        tuple(each.ids)
        for each in cut([hits[number].document.title for number in numbers], special=True)
    ]
    return Case(
        there,
        asked.article,
        (components.states(tuple(encoded.ids)), np.array(encoded.ids), weights),
        (np.concatenate(states), np.array([i for each in read for i in each.pieces])),
        (
            np.concatenate([components.states(each)[1:-1] for each in titles]),
            np.array([i for each in titles for i in each[1:-1]], np.int64),
        ),
        np.repeat(np.arange(len(read)), [len(each.pieces) for each in read]),
        np.array([each.hit for each in read]),
        np.repeat(numbers, [len(each) - 2 for each in titles]),
        np.array([each.signals for each in read], np.float32),
        np.array([there and _answers(hits[each.hit], each, asked) for each in read]),
        found,
    )


def _answers(hit: Hit, read: Read, asked: Asked) -> bool:
    from kb.text import sentences

    end = next(end for start, end in sentences(hit.passage.text) if start == read.place[1])
    return any(holds(hit.passage.text[read.place[1] : end], gold) for gold in asked.golds)


def _batches(
    cases: Sequence[Case], rnd: random.Random | None = None
) -> Iterator[tuple[list[Case], dict[str, Any]]]:
    """Cases alike in length together, padded."""
    import torch

    order = sorted(cases, key=lambda case: len(case.sentence) + (40 * rnd.random() if rnd else 0))
    groups = [order[begin : begin + _BATCH] for begin in range(0, len(order), _BATCH)]
    if rnd:
        rnd.shuffle(groups)
    for group in groups:

        def padded(
            of: Callable[[Case], NDArray[Any]], fill: Any, like: Any, group: list[Case] = group
        ) -> Any:
            rows = [of(case) for case in group]
            found = np.full((len(rows), max(map(len, rows)), *rows[0].shape[1:]), fill, like)
            for place, row in enumerate(rows):
                found[place, : len(row)] = row
            return torch.from_numpy(found)

        yield (
            group,
            {
                "q": padded(lambda c: c.question[0], 0, np.float32),
                "qi": padded(lambda c: c.question[1], -1, np.int64),
                "wt": padded(lambda c: c.question[2], 0, np.float32),
                "d": padded(lambda c: c.pieces[0], 0, np.float32),
                "di": padded(lambda c: c.pieces[1], -2, np.int64),
                "t": padded(lambda c: c.names[0], 0, np.float32),
                "ti": padded(lambda c: c.names[1], -3, np.int64),
                "seg": padded(lambda c: c.sentence, 0, np.int64),
                "th": padded(lambda c: c.of, 0, np.int64),
                "hit": padded(lambda c: c.hit, 0, np.int64),
                "fs": padded(lambda c: c.signals, 0, np.float32),
                "sm": padded(lambda c: np.ones(len(c.hit), bool), False, np.bool_),
                "gold": padded(lambda c: c.gold, False, np.bool_),
                "sig": torch.from_numpy(np.stack([c.signals for c in group])),
            },
        )


# --- the model: kb.embedders.late_interaction again, in torch, many questions at a time ---------------------


def start() -> dict[str, Any]:
    """The parameters before fitting, by their names in `kb.embedders.late_interaction.Weights`."""
    import torch

    torch.manual_seed(0)
    held = {
        "match": torch.eye(MATCH, COMPONENTS),
        "asked": torch.randn(KIND, COMPONENTS) * 0.05,
        "found": torch.randn(KIND, COMPONENTS) * 0.05,
        "attention": torch.zeros(COMPONENTS),
        "importance": torch.zeros(COMPONENTS),
        "power": torch.tensor(1.0),
        "same": torch.tensor(0.0),
        "own": torch.tensor(1.0),
        "sentence": torch.tensor([1.0, 0.6, 0.3, 0.03, 2.0, 0.0, 0.0, -3.0, 1.0, 1.0, 0.5, 0.2]),
        "answered": torch.zeros(7 + 19 + 1),
        "sharpness": torch.tensor(3.0),
    }
    return {name: each.requires_grad_() for name, each in held.items()}


def forward(w: dict[str, Any], b: dict[str, Any]) -> tuple[Any, Any]:
    """What each sentence is worth, shape (cases, sentences), and the odds of an answer, shape
    (cases,), in logits.
    """
    import torch
    from torch.nn.functional import normalize

    q, present, weight = b["q"], b["qi"] >= 0, b["wt"]
    count, sentences = b["fs"].shape[:2]
    clipped = torch.exp((q @ w["importance"]).clamp(-4, 4))
    importance = torch.where(
        weight > 0, weight.clamp_min(1e-6) ** w["power"] * clipped, torch.zeros(())
    )
    importance = importance / importance.sum(1, keepdim=True)
    attention = torch.softmax((q @ w["attention"]).masked_fill(~present, -1e9), 1)
    wanted = torch.einsum("bm,bmd->bd", attention, q) @ w["asked"].T
    compared = normalize(q @ w["match"].T, dim=-1)

    def nearness(states: Any, pieces: Any) -> Any:
        near = compared @ normalize(states @ w["match"].T, dim=-1).transpose(1, 2)
        near = near + w["same"] * (b["qi"][:, :, None] == pieces[:, None, :])
        return near.masked_fill((pieces < 0)[:, None, :], -1.0)

    def most(values: Any, where: Any, size: int, low: float = -1.0) -> Any:
        return torch.full((*values.shape[:-1], size), low).scatter_reduce(
            -1, where.expand_as(values), values, "amax"
        )

    near = nearness(b["d"], b["di"])
    nearest = most(near, b["seg"][:, None], sentences)
    headed = most(nearness(b["t"], b["ti"]), b["th"][:, None], HITS)
    both = torch.maximum(nearest, headed.gather(2, b["hit"][:, None].expand_as(nearest)))
    matched, alone = (torch.einsum("bm,bms->bs", importance, each) for each in (both, nearest))
    least = (
        -torch.logsumexp(torch.log(importance.clamp_min(1e-9))[:, :, None] + 6 * (1 - both), 1) / 6
    )
    own = torch.where(weight[:, :, None] > 0, near, torch.full((), -1.0)).amax(1)
    kinds = torch.einsum("btk,bk->bt", b["d"] @ w["found"].T, wanted) - w["own"] * torch.exp(
        2 * own - 2
    )
    kind = (
        torch.tanh(most(kinds.masked_fill(b["di"] < 0, -50.0), b["seg"], sentences, -50.0) / 5) * 5
    )
    rows = torch.cat([b["fs"], torch.stack([matched, alone, least, kind], 2)], 2)
    worth = (rows @ w["sentence"]).masked_fill(~b["sm"], -1e4)
    tops = most(worth, b["hit"], HITS, -1e4).topk(2, 1).values
    of_hit = most(nearest.masked_fill(~b["sm"][:, None], -1.0), b["hit"][:, None], HITS)
    wholes = torch.einsum("bm,bmh->bh", importance, torch.maximum(of_hit, headed)).topk(2, 1).values
    told = [
        b["sig"],
        torch.einsum("bs,bsf->bf", torch.softmax(4 * worth.detach(), 1), rows),
        (wholes[:, :1] - wholes[:, 1:]).clamp(max=1.0),
        torch.logsumexp(4 * worth, 1, keepdim=True) / 4,
        torch.stack([matched, least, kind], 2).masked_fill(~b["sm"][:, :, None], -9.0).amax(1),
        wholes[:, :1],
        (tops[:, :1] - tops[:, 1:]).clamp(max=2.0),
        torch.ones(count, 1),
    ]
    return worth, torch.cat(told, 1) @ w["answered"]


def fit(cases: Sequence[Case], epochs: int) -> dict[str, Any]:
    """The parameters fitted on these cases."""
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

    rnd, w = random.Random(0), start()
    maps = [w[name] for name in ("match", "asked", "found", "importance", "attention")]
    rest = [each for each in w.values() if all(each is not other for other in maps)]
    steps = epochs * -(-len(cases) // _BATCH)
    optimiser = torch.optim.Adam(
        [{"params": maps, "lr": 2e-3}, {"params": rest, "lr": 8e-3}], betas=(0.9, 0.98)
    )
    pace = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda t: min(1.0, (t + 1) / 40) * max(0.02, 1 - t / steps)
    )
    origin = torch.eye(MATCH, COMPONENTS)
    for _ in range(epochs):
        for group, b in _batches(cases, rnd):
            worth, odds = forward(w, b)
            counts = torch.tensor([1.0 if case.near else 0.5 for case in group])
            there = torch.tensor([float(case.there) for case in group])
            loss = (cross_entropy(odds, there, reduction="none") * counts).mean()
            held = b["gold"].any(1)
            if held.any():
                chosen = worth[held] * w["sharpness"]
                gold = chosen.masked_fill(~b["gold"][held], -1e5)
                loss = loss + (torch.logsumexp(chosen, 1) - torch.logsumexp(gold, 1)).mean()
            loss = (
                loss
                + 0.002 * ((w["match"] - origin) ** 2).sum()
                + 0.0006 * sum((each**2).sum() for each in maps[1:])
            )
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(w.values()), 5.0)
            optimiser.step()
            pace.step()
    return {name: each.detach() for name, each in w.items()}


def told(w: dict[str, Any], cases: Sequence[Case]) -> str:
    """How well these parameters do on cases that they weren't fitted on."""
    kinds: dict[tuple[bool, bool], list[float]] = {
        (True, True): [],
        (False, True): [],
        (False, False): [],
    }
    right = []
    for group, b in _batches(cases):
        worth, odds = forward(w, b)
        for case, row, value in zip(group, worth, odds.tolist(), strict=True):
            kinds[case.there, case.near].append(value)
            if case.there:
                right.append(bool(case.gold[int(row[: len(case.gold)].argmax())]))
    there, left_out, off = kinds.values()
    threshold = float(np.quantile(there, _REFUSED))
    return (
        f"AUROC {auroc(there, left_out):.3f}, off topic {auroc(there, off) if off else 0:.3f}; refused"
        f" {np.mean(np.array(left_out) < threshold):.3f} of those left out where {_REFUSED:.1%} of the others are (below"
        f" {1 / (1 + np.exp(-threshold)):.3f}); the best sentence holds the answer: {np.mean(right):.3f} of {len(right)}"
    )


def save(w: dict[str, Any], components: Components, path: Path) -> None:
    """Write what `kb.embedders.late_interaction` reads: maps of whole states, as halves."""
    found = {name: each.numpy() for name, each in w.items() if name != "sharpness"}
    for name in ("match", "asked", "found", "attention", "importance"):
        found[name] = (found[name] @ components.basis.T).astype(np.float16)
    np.savez_compressed(path, mean=components.mean.astype(np.float16), **found)


if __name__ == "__main__":
    sys.exit(main())
