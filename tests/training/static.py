"""The static embedder: one vector a piece, summed. Trained in minutes on a CPU.

A text's vector is the sum of its pieces' vectors, whose lengths say how much each piece counts.
Both sides of a pair shall be nearer to each other than to anything else in the batch (InfoNCE); so
shall the two halves of a long text, which teaches what belongs together within one language. Rows
start from the student's own piece vectors, brought down by principal components and weighed by how
rare a piece is (the recipe of model2vec, https://github.com/MinishLab/model2vec).
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional

from tests.training.contextual import Encoded

DIMENSIONS = 192
_TEMPERATURE = 0.05
_BATCH = 512
_RATE = 3e-3


def train(
    rows: torch.Tensor,
    short: Sequence[Encoded],
    long: Sequence[Encoded],
    held: Sequence[Encoded],
    *,
    minutes: float,
) -> np.ndarray:
    """A float32 table of shape (pieces, DIMENSIONS), from the student's rows of shape (pieces,
    384).
    """
    seen = np.fromiter(
        (i for pair in (*short, *long) for side in (pair.zh, pair.en) for i in side), np.int64
    )
    counts = torch.from_numpy(1.0 + np.bincount(seen, minlength=len(rows))).float()
    rarity = (1e-3 / (1e-3 + counts / counts.sum())).clamp(min=0.05)
    centred = rows - rows.mean(0)
    _, _, directions = torch.linalg.svd(
        centred[torch.randperm(len(rows))[:12_000]], full_matrices=False
    )
    table = functional.normalize(centred @ directions[:DIMENSIONS].T, dim=-1) * rarity[:, None]
    table = torch.nn.Parameter(table)
    optimiser = torch.optim.Adam([table], lr=_RATE, fused=True)
    dice = random.Random(3)
    began = time.monotonic()
    step = 0
    while (progress := (time.monotonic() - began) / (60 * minutes)) < 1:
        for group in optimiser.param_groups:
            group["lr"] = _RATE * 0.5 * (1 + math.cos(math.pi * progress))
        loss = _agreement(table, *_languages(dice.sample(short, _BATCH)))
        loss = loss + 0.5 * _agreement(table, *_halves(dice.sample(long, _BATCH // 4), dice))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        step += 1
        if step % 100 == 0:
            print(
                f"step {step} progress {progress:.2f} loss {loss.item():.3f} found {found(table, held):.3f}",
                flush=True,
            )
    return table.detach().numpy()


def quantised(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int8 rows, float32 scale of each row)."""
    scales = np.maximum(np.abs(table).max(axis=1), 1e-9) / 127
    return np.round(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def write(table: np.ndarray, path: Path) -> None:
    """Write static.npz."""
    rows, scales = quantised(table)
    np.savez(path, rows=rows, scales=scales)


def _vectors(table: torch.Tensor, texts: Sequence[list[int]]) -> torch.Tensor:
    ids = torch.tensor([i for text in texts for i in text])
    offsets = torch.tensor([0, *np.cumsum([len(text) for text in texts])[:-1]])
    return functional.normalize(functional.embedding_bag(ids, table, offsets, mode="sum"), dim=-1)


def _agreement(
    table: torch.Tensor, ones: Sequence[list[int]], others: Sequence[list[int]]
) -> torch.Tensor:
    likeness = _vectors(table, ones) @ _vectors(table, others).T / _TEMPERATURE
    own = torch.arange(len(ones))
    return functional.cross_entropy(likeness, own) + functional.cross_entropy(likeness.T, own)


def _languages(pairs: Sequence[Encoded]) -> tuple[list[list[int]], list[list[int]]]:
    return [pair.zh[1:-1] for pair in pairs], [pair.en[1:-1] for pair in pairs]


def _halves(
    pairs: Sequence[Encoded], dice: random.Random
) -> tuple[list[list[int]], list[list[int]]]:
    """The two halves of each text, in a language thrown by lot; texts are at least 16 pieces long."""
    texts = [pair.zh[1:-1] if dice.random() < 0.5 else pair.en[1:-1] for pair in pairs]
    texts = [text for text in texts if len(text) >= 16]
    return [text[: len(text) // 2] for text in texts], [text[len(text) // 2 :] for text in texts]


@torch.no_grad()
def found(table: torch.Tensor, held: Sequence[Encoded]) -> float:
    """The share of held-out Chinese sentences whose own English one is nearest."""
    zh, en = (_vectors(table, side) for side in _languages(held))
    return float(((zh @ en.T).argmax(1) == torch.arange(len(held))).float().mean())
