"""The contextual encoder: a bilingual student of all-MiniLM-L6-v2, trained by distillation.

After Reimers and Gurevych 2020 (https://arxiv.org/abs/2004.09813): both sides of a translated pair
shall land where the teacher puts the English side. The student starts as the teacher itself; new
rows of its embedding table, for Chinese pieces, start from the rows of their translations. Losses:
one minus the cosine to the teacher's vector, and in-batch contrast (InfoNCE) against the teacher's
vectors of the batch. English is replayed so that it stays where it was, and its piece vectors are
frozen. Long items (paragraphs, several pairs in a row) are mixed in throughout; the last part of
the training adds question-like openings against the passages that they open, in both languages,
with in-batch and same-chapter negatives.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch.nn import functional
from transformers import BertModel

from tests.training.pairs import Pair

SHORT, LONG = 64, 192  # pieces: longest sentence, longest passage
_UNKNOWN = 100  # the teacher's [UNK]
_TEMPERATURE = 0.05
_REPLAYED = 0.25  # share of English texts that the student sees too
_LAYERS_RATE, _PIECES_RATE = 1.5e-4, 1.5e-3
_WARM_UP = 0.02
_LAST_PART = 0.85  # from this progress on, openings are trained against their passages


@dataclass(slots=True)
class Encoded:
    """A pair as piece numbers."""

    zh: list[int]
    en: list[int]


class Student:
    """The model that is trained, its frozen teacher, and how both turn pieces into unit vectors."""

    def __init__(self, teacher: Path, pieces: int, device: str) -> None:
        self.device = device
        self.teacher = (
            BertModel.from_pretrained(teacher, attn_implementation="sdpa").eval().to(device)
        )
        self.model = BertModel.from_pretrained(
            teacher, attn_implementation="sdpa", add_pooling_layer=False
        )
        for module in self.model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        self.old = self.model.config.vocab_size
        self.known = self.model.embeddings.word_embeddings.weight.detach().clone().to(device)
        self.new = torch.nn.Parameter(
            torch.zeros(pieces - self.old, self.known.shape[1], device=device)
        )
        self.model.embeddings.word_embeddings = (
            torch.nn.Identity()
        )  # looked up here: what is known stays frozen
        self.model.train().to(device)

    def layers(self) -> list[torch.nn.Parameter]:
        """All weights but the embedding table."""
        return list(self.model.parameters())

    def save(self, path: Path) -> None:
        """Write all that is trained."""
        torch.save({"layers": self.model.state_dict(), "new": self.new.detach()}, path)

    def load(self, path: Path) -> None:
        """Go on from what `save` wrote."""
        held = torch.load(path, map_location=self.device)
        self.model.load_state_dict(held["layers"])
        self.new.data.copy_(held["new"])

    def vectors(self, texts: Sequence[list[int]]) -> torch.Tensor:
        """The student's unit vectors, with gradients."""
        ids = self._padded(texts)
        is_new = (ids >= self.old)[:, :, None]
        known = functional.embedding(ids.clamp(max=self.old - 1), self.known)
        embedded = torch.where(
            is_new, functional.embedding((ids - self.old).clamp(min=0), self.new), known
        )
        return self._pooled(self.model, ids, inputs_embeds=embedded)

    @torch.no_grad()
    def targets(self, texts: Sequence[list[int]]) -> torch.Tensor:
        """The teacher's unit vectors of English texts; to it, new pieces are unknown."""
        ids = self._padded(texts)
        ids[ids >= self.old] = _UNKNOWN
        return self._pooled(self.teacher, ids, input_ids=ids)

    def _padded(self, texts: Sequence[list[int]]) -> torch.Tensor:
        longest = max(map(len, texts))
        return torch.tensor(
            [text + [0] * (longest - len(text)) for text in texts], device=self.device
        )

    def _pooled(self, model: BertModel, ids: torch.Tensor, **given: torch.Tensor) -> torch.Tensor:
        mask = (ids != 0).long()
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            states = model(attention_mask=mask, **given).last_hidden_state
        weights = mask[:, :, None].to(states.dtype)
        pooled = (states * weights).sum(1) / weights.sum(1)
        return functional.normalize(pooled.float(), dim=-1)


def start_pieces(
    student: Student,
    tokenizer: Tokenizer,
    pairs: Sequence[Encoded],
    glosses: Mapping[str, list[str]],
) -> None:
    """Give each new piece the mean of its translations' vectors.

    Translations are the English pieces that stand in the same pairs (the five of the highest cosine
    of occurrence), and the dictionary's glosses; a piece with neither gets the mean of all.
    """
    from scipy.sparse import csr_matrix

    table, old = student.known, student.old
    size = old + len(student.new)

    def presence(rows: list[list[int]]) -> csr_matrix:
        lengths = [len(set(row)) for row in rows]
        columns = np.concatenate([np.fromiter(set(row), np.int64) for row in rows])
        return csr_matrix(
            (np.ones(len(columns), np.float32), columns, np.concatenate([[0], np.cumsum(lengths)])),
            (len(rows), size),
        )

    zh, en = presence([p.zh for p in pairs]), presence([p.en for p in pairs])
    together = (zh.T[old:] @ en).tocsr()
    zh_counts, en_counts = np.asarray(zh.sum(0))[0], np.asarray(en.sum(0))[0]
    common = table.mean(0)
    for row in range(size - old):
        piece = tokenizer.id_to_token(old + row)
        weights: dict[int, float] = {}
        begin, end = together.indptr[row], together.indptr[row + 1]
        columns, counts = together.indices[begin:end], together.data[begin:end]
        if len(columns):
            strength = counts**2 / (zh_counts[old + row] * en_counts[columns]) * (counts >= 2)
            for best in np.argsort(-strength)[:5]:
                weights[int(columns[best])] = float(strength[best])
        for gloss in glosses.get(piece, [])[:4]:
            ids = [i for i in tokenizer.encode(gloss, add_special_tokens=False).ids if i < old]
            for i in ids:
                weights[i] = weights.get(i, 0.0) + 0.1 / len(ids)
        total = sum(weights.values())
        start = (
            sum(table[i] * (weight / total) for i, weight in weights.items()) if total else common
        )
        student.new.data[row] = start


def openings(paragraphs: Sequence[Encoded]) -> list[tuple[Encoded, Encoded]]:
    """(what opens, the passage that it opens): a short line and the long paragraph after it."""
    return [
        (one, two) for one, two in pairwise(paragraphs) if len(one.zh) <= 24 and len(two.zh) >= 40
    ]


def joined(parts: Sequence[Encoded]) -> Encoded:
    """Several pairs in a row as one long one, at most LONG pieces a side."""
    zh = [i for part in parts for i in part.zh[1:-1]][: LONG - 2]
    en = [i for part in parts for i in part.en[1:-1]][: LONG - 2]
    first, last = parts[0].zh[0], parts[0].zh[-1]
    return Encoded([first, *zh, last], [first, *en, last])


def batches(
    short: Sequence[Encoded], paragraphs: Sequence[Encoded], seed: int, pieces: int
) -> Iterator[list[Encoded]]:
    """One pass over everything in batches of about so many Chinese pieces, alike in length, in
    random order.
    """
    dice = random.Random(seed)
    rest = list(short)
    dice.shuffle(rest)
    lone = rest[: int(len(rest) * 0.8)]
    run = rest[len(lone) :]  # a fifth of the sentences is read in rows of 3 to 9
    items = lone + list(paragraphs)
    while run:
        count = dice.randint(3, 9)
        items.append(joined(run[:count]))
        del run[:count]
    dice.shuffle(items)
    made: list[list[Encoded]] = []
    for begin in range(0, len(items), 20_000):
        pool = sorted(items[begin : begin + 20_000], key=lambda p: len(p.zh) + len(p.en))
        batch: list[Encoded] = []
        held = 0
        for item in pool:
            batch.append(item)
            held += len(item.zh)
            if held >= pieces:
                made.append(batch)
                batch, held = [], 0
        if len(batch) > 8:
            made.append(batch)
        dice.shuffle(made)
        yield from made
        made.clear()


def contrast(vectors: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """InfoNCE of each row against its own target among all targets of the batch."""
    return functional.cross_entropy(
        vectors @ targets.T / _TEMPERATURE, torch.arange(len(vectors), device=vectors.device)
    )


def train(
    student: Student,
    short: Sequence[Encoded],
    paragraphs: Sequence[Encoded],
    held: Sequence[Encoded],
    *,
    minutes: float,
    passes: int,
    out: Path,
    pieces: int = 2600,
) -> None:
    """Train until so many passes or minutes are over; the rate falls to zero by whichever ends
    first.
    """
    layers = student.layers()
    optimiser = torch.optim.AdamW(
        [{"params": layers, "lr": _LAYERS_RATE}, {"params": [student.new], "lr": _PIECES_RATE}],
        weight_decay=0.0,
        betas=(0.9, 0.98),
        fused=True,
    )
    peaks = [group["lr"] for group in optimiser.param_groups]
    opened = openings(paragraphs)
    dice = random.Random(7)
    total = passes * sum(len(p.zh) for p in (*short, *paragraphs))
    began = saved = time.monotonic()
    seen = step = 0
    shown = dict.fromkeys(("zh", "en", "contrast", "opening"), 0.0)
    for epoch in range(passes):
        for batch in batches(short, paragraphs, epoch, pieces):
            progress = max(seen / total, (time.monotonic() - began) / (60 * minutes))
            if progress >= 1:
                break
            rate = min(1.0, progress / _WARM_UP) * 0.5 * (1 + math.cos(math.pi * progress)) + 0.01
            for group, peak in zip(optimiser.param_groups, peaks, strict=True):
                group["lr"] = peak * rate
            targets = student.targets([p.en for p in batch])
            vectors = student.vectors([p.zh for p in batch])
            near = (1 - (vectors * targets).sum(-1)).mean()
            apart = contrast(vectors, targets)
            again = dice.sample(range(len(batch)), max(1, int(len(batch) * _REPLAYED)))
            replayed = student.vectors([batch[i].en for i in again])
            kept = (1 - (replayed * targets[again]).sum(-1)).mean()
            loss = 4 * near + 0.5 * apart + 4 * _REPLAYED * kept
            opening = torch.zeros(())
            if progress > _LAST_PART and step % 3 == 0:
                opening = _opening_loss(student, opened, dice)
                loss = loss + 0.2 * opening
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(layers, 1.0)
            optimiser.step()
            step += 1
            seen += sum(len(p.zh) for p in batch)
            for name, value in (
                ("zh", near),
                ("en", kept),
                ("contrast", apart),
                ("opening", opening),
            ):
                shown[name] = 0.98 * shown[name] + 0.02 * value.item()
            if step % 100 == 0:
                tells = " ".join(
                    f"{name} {value / (1 - 0.98**step):.4f}" for name, value in shown.items()
                )
                print(
                    f"step {step} progress {progress:.3f} minutes {(time.monotonic() - began) / 60:.1f} {tells}",
                    flush=True,
                )
            if time.monotonic() - saved > 300:
                saved = time.monotonic()
                student.save(out)
                print(f"  held-out pairs found: {found(student, held):.4f}", flush=True)
    student.save(out)
    print(f"done: step {step}, held-out pairs found: {found(student, held):.4f}", flush=True)


def _opening_loss(
    student: Student, opened: Sequence[tuple[Encoded, Encoded]], dice: random.Random
) -> torch.Tensor:
    """Openings against their passages: neighbours in the manual are each other's hard negatives."""
    begin = dice.randrange(max(1, len(opened) - 24))
    some = opened[begin : begin + 12] + dice.sample(opened, 12)
    languages = [dice.choice(("zh", "en")) for _ in range(2)]
    asked = student.vectors([getattr(one, languages[0]) for one, _ in some])
    answers = student.vectors([getattr(two, languages[1])[:LONG] for _, two in some])
    return contrast(asked, answers)


@torch.no_grad()
def found(student: Student, held: Sequence[Encoded]) -> float:
    """The share of held-out Chinese sentences whose own English one is nearest to the teacher's
    vector.
    """
    zh = torch.cat(
        [student.vectors([p.zh for p in held[i : i + 100]]) for i in range(0, len(held), 100)]
    )
    en = torch.cat(
        [student.targets([p.en for p in held[i : i + 100]]) for i in range(0, len(held), 100)]
    )
    return float(((zh @ en.T).argmax(1).cpu() == torch.arange(len(held))).float().mean())


def encode(tokenizer: Tokenizer, pairs: Sequence[Pair], longest: int) -> list[Encoded]:
    """Pairs as piece numbers, each side cut to `longest`."""
    tokenizer.enable_truncation(longest)
    zh = tokenizer.encode_batch_fast([p.zh for p in pairs])
    en = tokenizer.encode_batch_fast([p.en for p in pairs])
    return [Encoded(one.ids, two.ids) for one, two in zip(zh, en, strict=True)]
