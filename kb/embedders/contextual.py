"""The built-in contextual embedder: a bilingual student of all-MiniLM-L6-v2, run by onnxruntime.

Its states, one a piece, are what `kb.embedders.late_interaction` reads with.

How it was trained: `tests/training/contextual.py`; figures and limits:
`kb/embedders/builtin/MODEL_CARD.md`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.embedders.pieces import DATA, cut

if TYPE_CHECKING:
    from kb.arrays import Vectors

DIMENSIONS = 384
LONGEST = 256  # pieces that the model looks at; what follows is left out
# padded pieces of one run: larger ones leave the processor's cache and are up to a third slower
_BATCH_PIECES = 1024
# what the graph calls the last layer's states
_STATES = "/output/LayerNorm_11/LayerNormalization_output_0"
_CHARACTERS = 4000  # enough for 256 pieces of anything but the strangest text


class ContextualEmbedder:
    """Means of the model's last states. Loads its 30 MB when first asked for a vector."""

    name = "builtin-1"
    dimensions = DIMENSIONS

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), 384)."""
        pieces = [
            _shortened(found.ids)
            for found in cut([text[:_CHARACTERS] for text in texts], special=True)
        ]
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        order = sorted(
            range(len(pieces)), key=lambda i: len(pieces[i])
        )  # texts alike in length need little padding
        batch: list[int] = []
        for i in order:
            if batch and (len(batch) + 1) * len(pieces[i]) > _BATCH_PIECES:
                vectors[batch] = _run([pieces[j] for j in batch])
                batch = []
            batch.append(i)
        if batch:
            vectors[batch] = _run([pieces[j] for j in batch])
        return vectors

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (384,)."""
        one: Vectors = self.passages([text])[0]
        return one


def _shortened(ids: list[int]) -> list[int]:
    return ids if len(ids) <= LONGEST else [*ids[: LONGEST - 1], ids[-1]]


def states(pieces: Sequence[Sequence[int]]) -> list[Vectors]:
    """The last layer's states of texts given as pieces, [CLS] and [SEP] too: float32, shape
    (pieces, 384) each.
    """
    found = _output(_STATES, pieces)
    return [each[: len(text)] for each, text in zip(found, pieces, strict=True)]


def _run(pieces: Sequence[Sequence[int]]) -> Vectors:
    return _output("vectors", pieces)


def _output(name: str, pieces: Sequence[Sequence[int]]) -> Vectors:
    longest = max(map(len, pieces))
    ids = np.zeros((len(pieces), longest), np.int64)
    for row, text in enumerate(pieces):
        ids[row, : len(text)] = text
    found: Vectors = _session().run([name], {"pieces": ids})[0]
    return found


def _declaring(output: str) -> bytes:
    """What makes a tensor of a graph one of its outputs when it stands after the model.

    The fields of two Protocol Buffers messages in a row are merged
    (https://protobuf.dev/programming-guides/encoding/): ModelProto.graph is field 7,
    GraphProto.output field 12, ValueInfoProto.name field 1, each led by its length, which is a byte
    below 128.
    """
    encoded = output.encode()
    for field in (1, 12, 7):
        encoded = bytes([field << 3 | 2, len(encoded)]) + encoded
    return encoded


@lru_cache(maxsize=1)
def _session() -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = (
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0
    )
    options.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # waiting threads would burn a core
    model = (DATA / "contextual.onnx").read_bytes() + _declaring(_STATES)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
