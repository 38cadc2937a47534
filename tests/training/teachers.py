"""Both teachers' vectors of the training texts, kept in shards, so that the work can be broken off
and gone on with, and a training can begin while it still goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import numpy as np

from kb.embedders.built_in import ContextualEmbedder
from tests.training.e5 import E5, PREFIXES
from tests.training.texts import Text

SHARD = 128  # texts


def write(texts: Sequence[Text], folder: Path, device: str) -> None:
    """Make every shard that is not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    e5, student = E5(device=device), ContextualEmbedder()
    for number, begin in enumerate(range(0, len(texts), SHARD)):
        path = folder / f"{number:05d}.npz"
        if path.exists():
            continue
        some = texts[begin : begin + SHARD]
        part = folder / "part.npz"
        np.savez(
            part,
            e5=e5.vectors([PREFIXES[each.kind] + each.text for each in some]).astype(np.float16),
            student=student.passages([each.text for each in some]).astype(np.float16),
        )
        part.replace(path)
        print(f"vectors of {begin + len(some):,} of {len(texts):,} texts", flush=True)


def read(folder: Path) -> dict[str, np.ndarray]:
    """Each teacher's vectors of the first texts, as many as there are: float32, (texts, 384)."""
    shards = []
    for number in count():
        path = folder / f"{number:05d}.npz"
        if not path.exists():
            break
        with np.load(path) as held:
            shards.append({name: held[name].astype(np.float32) for name in held.files})
    if not shards:
        raise SystemExit(f"no vectors of the teachers in {folder}: run the step teachers first")
    return {name: np.concatenate([each[name] for each in shards]) for name in shards[0]}
