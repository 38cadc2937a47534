"""The second encoder: the packaged one, trained on where both teachers together put a text.

It starts from the packaged encoder, whose pieces, size and cost it keeps, and has one matrix more:
the mean of the last states is multiplied by a head, which starts as the ridge regression of the
targets on those means, so that training begins with what the states already tell. Losses: one minus
the cosine to the target (`targets`); and within a batch, the divergence of each text's similarities
to the others from what the targets have them (as Passalis and Tefas 2018, probabilistic knowledge
transfer, https://arxiv.org/abs/1803.10837). Both sides of a translated pair share the mean of their
targets, so that a language makes no difference.

Everything is resumable: `save` keeps the optimiser too, and texts are taken in an order that only
the step tells.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional
from transformers import BertModel

from kb.embedders.built_in import cut
from tests.training.targets import Targets
from tests.training.texts import Text

_TEMPERATURE = 0.07
_RELATIONS = 0.5  # weight of the second loss
_LAYERS_RATE, _PIECES_RATE, _HEAD_RATE = 1e-4, 3e-4, 5e-4
_WARM_UP = 0.03
_RIDGE = 1e-2
_POOL = 4000  # texts that are sorted by length together
LONGEST = 192  # pieces of a text that are trained on
_SAVED_EVERY = 600  # seconds


@dataclass(frozen=True, slots=True)
class Example:
    """A text as piece numbers, and the unit vector where it shall land."""

    pieces: list[int]
    target: np.ndarray


class Distilled:
    """The encoder in training: layers, piece table and head."""

    def __init__(self, model: BertModel, table: torch.Tensor, device: str) -> None:
        self.device = device
        self.model = model.train().to(device)
        self.table = torch.nn.Parameter(table.clone().to(device))
        self.head = torch.nn.Linear(table.shape[1], table.shape[1]).to(device)
        self.optimiser = torch.optim.AdamW(
            [
                {"params": list(self.model.parameters()), "lr": _LAYERS_RATE},
                {"params": [self.table], "lr": _PIECES_RATE},
                {"params": list(self.head.parameters()), "lr": _HEAD_RATE},
            ],
            weight_decay=0.0,
            betas=(0.9, 0.98),
        )
        self.peaks = [group["lr"] for group in self.optimiser.param_groups]
        self.step = 0

    def save(self, path: Path) -> None:
        """Write all that training goes on from, so that a torn file never takes its place."""
        part = path.with_suffix(".part")
        torch.save(
            {
                "layers": self.model.state_dict(),
                "table": self.table.detach(),
                "head": self.head.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "step": self.step,
            },
            part,
        )
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        held = torch.load(path, map_location=self.device)
        self.model.load_state_dict(held["layers"])
        self.table.data.copy_(held["table"])
        self.head.load_state_dict(held["head"])
        self.optimiser.load_state_dict(held["optimiser"])
        self.step = held["step"]

    def means(self, texts: Sequence[list[int]]) -> torch.Tensor:
        """The means of the last states, shape (texts, 384)."""
        longest = max(map(len, texts))
        padded = [text + [0] * (longest - len(text)) for text in texts]
        ids = torch.tensor(padded, device=self.device)
        mask = (ids != 0).long()
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            embedded = functional.embedding(ids, self.table)
            states = self.model(inputs_embeds=embedded, attention_mask=mask).last_hidden_state
        weights = mask[:, :, None].float()
        return (states.float() * weights).sum(1) / weights.sum(1)

    def vectors(self, texts: Sequence[list[int]]) -> torch.Tensor:
        """Unit vectors, with gradients."""
        return functional.normalize(self.head(self.means(texts)), dim=-1)

    @torch.no_grad()
    def encode(self, texts: Sequence[list[int]], padded_pieces: int = 4096) -> np.ndarray:
        """Unit vectors of many texts, shape (texts, 384)."""
        found = np.zeros((len(texts), self.table.shape[1]), np.float32)
        for batch in _batches_alike(texts, padded_pieces):
            found[batch] = self.vectors([texts[i] for i in batch]).cpu().numpy()
        return found

    @torch.no_grad()
    def start_head(self, examples: Sequence[Example]) -> None:
        """Set the head to the ridge regression of the targets on the means of the states."""
        means = np.zeros((len(examples), self.table.shape[1]), np.float64)
        texts = [each.pieces for each in examples]
        for batch in _batches_alike(texts, 4096):
            means[batch] = self.means([texts[i] for i in batch]).cpu().numpy()
        targets = np.stack([each.target for each in examples]).astype(np.float64)
        middle = means.mean(0)
        centred = means - middle
        spread = centred.T @ centred
        ridge = _RIDGE * np.trace(spread) / len(spread) * np.eye(len(spread))
        matrix = np.linalg.solve(spread + ridge, centred.T @ (targets - targets.mean(0)))
        bias = targets.mean(0) - middle @ matrix
        self.head.weight.copy_(torch.from_numpy(matrix.T).float())
        self.head.bias.copy_(torch.from_numpy(bias).float())


def examples(texts: Sequence[Text], vectors: Mapping[str, np.ndarray], kept: Path) -> list[Example]:
    """The texts that have vectors of both teachers, cut to LONGEST pieces, and their targets, by
    what is `kept` there.

    Both sides of a pair, which stand one after the other, get the mean of their targets.
    """
    count = len(next(iter(vectors.values())))
    some = list(texts[:count])
    groups = [f"{each.language} {each.kind}" for each in some]
    targets = Targets.kept(kept, vectors, groups).of(vectors, groups)
    for i in range(count - 1):
        if groups[i : i + 2] == ["zh sentence", "en sentence"]:
            mean = targets[i] + targets[i + 1]
            targets[i] = targets[i + 1] = mean / np.linalg.norm(mean)
    pieces = [_shortened(each.ids) for each in cut([text.text for text in some], special=True)]
    return [Example(ids, target) for ids, target in zip(pieces, targets, strict=True)]


def _shortened(ids: list[int]) -> list[int]:
    return ids if len(ids) <= LONGEST else [*ids[: LONGEST - 1], ids[-1]]


def batches(examples: Sequence[Example], seed: int, pieces: int) -> Iterator[list[Example]]:
    """One pass in batches of about so many pieces, alike in length, in random order."""
    dice = random.Random(seed)
    order = list(examples)
    dice.shuffle(order)
    for begin in range(0, len(order), _POOL):
        pool = sorted(order[begin : begin + _POOL], key=lambda each: len(each.pieces))
        made: list[list[Example]] = [[]]
        held = 0
        for example in pool:
            made[-1].append(example)
            held += len(example.pieces)
            if held >= pieces:
                made.append([])
                held = 0
        dice.shuffle(made)
        yield from (batch for batch in made if len(batch) > 4)


def loss_of(vectors: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The sum of both losses over a batch."""
    near = (1 - (vectors * targets).sum(-1)).mean()
    own = torch.eye(len(vectors), dtype=torch.bool, device=vectors.device)
    wanted, found = (
        (each @ each.T / _TEMPERATURE).masked_fill(own, -1e4) for each in (targets, vectors)
    )
    apart = functional.kl_div(found.log_softmax(-1), wanted.softmax(-1), reduction="batchmean")
    return near + _RELATIONS * apart


def train(
    encoder: Distilled,
    examples: Sequence[Example],
    *,
    steps: int,
    minutes: float,
    out: Path,
    pieces: int = 2600,
) -> None:
    """Train up to that step, or for so many minutes; the rate falls to zero at the last step."""
    began = saved = time.monotonic()
    shown = 0.0
    while encoder.step < steps:
        seed = encoder.step  # another order in each pass, and after each resumption
        for batch in batches(examples, seed, pieces):
            targets = torch.from_numpy(np.stack([each.target for each in batch]))
            loss = loss_of(
                encoder.vectors([each.pieces for each in batch]), targets.to(encoder.device)
            )
            _update(encoder, loss, steps)
            shown = 0.95 * shown + 0.05 * loss.item() if shown else loss.item()
            if encoder.step % 20 == 0:
                minute = (time.monotonic() - began) / 60
                print(f"step {encoder.step} minutes {minute:.1f} loss {shown:.4f}", flush=True)
            if time.monotonic() - saved > _SAVED_EVERY:
                saved = time.monotonic()
                encoder.save(out)
            if encoder.step >= steps or time.monotonic() - began > 60 * minutes:
                encoder.save(out)
                return


def _update(encoder: Distilled, loss: torch.Tensor, steps: int) -> None:
    progress = encoder.step / steps
    rate = min(1.0, (progress + 1e-3) / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * progress)) + 0.01
    for group, peak in zip(encoder.optimiser.param_groups, encoder.peaks, strict=True):
        group["lr"] = peak * rate
    encoder.optimiser.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(list(encoder.model.parameters()), 1.0)
    encoder.optimiser.step()
    encoder.step += 1


def _batches_alike(texts: Sequence[list[int]], padded_pieces: int) -> Iterator[list[int]]:
    """The numbers of the texts, those alike in length together."""
    batch: list[int] = []
    for i in sorted(range(len(texts)), key=lambda i: len(texts[i])):
        if batch and (len(batch) + 1) * len(texts[i]) > padded_pieces:
            yield batch
            batch = []
        batch.append(i)
    if batch:
        yield batch
