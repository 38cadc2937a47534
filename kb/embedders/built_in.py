"""The built-in embedders, and the tokenizer that they share.

The contextual one is a bilingual student of all-MiniLM-L6-v2, run by onnxruntime; its states, one a
piece, are what `kb.embedders.late_interaction` reads with. The static one is a table of piece
vectors, summed: no model runs, so a passage is findable at once.

How they were trained: `tests/training/`; figures and limits: `kb/embedders/builtin/MODEL_CARD.md`.
"""

from __future__ import annotations

import gzip
import os
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from kb.text import simplified, words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.resources.abc import Traversable

    from numpy.typing import NDArray
    from tokenizers import Encoding, Tokenizer

    from kb.arrays import Vectors

    Floats = NDArray[np.float32]


# Full-width letters, digits and hyphens are written by some keyboards; full-width punctuation is
# Chinese punctuation.
_WIDTHS = {
    code: code - 0xFEE0
    for code in range(0xFF01, 0xFF5F)
    if chr(code - 0xFEE0).isalnum() or code == 0xFF0D
}
DATA: Traversable = files("kb.embedders") / "builtin"
SKETCH_BYTES = 192  # one for each number of a static vector
SKETCH_SCALE = 127
_STATIC_BATCH = 512  # texts: 40 MB of piece vectors at a time, if they are passages
_STATIC_CHARACTERS = 8000  # of a text that are looked at
STATE_SIZE = 384
_MOST_PIECES = 256  # that the contextual model looks at; what follows is left out
_CHARACTERS = 4000  # enough for 256 pieces of anything but the strangest text
# Padded pieces of one run: larger ones leave the processor's cache and are up to a third slower.
_BATCH_PIECES = 1024
# What the graph calls the last layer's states.
_STATES = "/output/LayerNorm_11/LayerNormalization_output_0"
_HAN = re.compile(r"[\u3400-\u9fff]")


@lru_cache(maxsize=1)
def _tokenizer() -> Tokenizer:
    # Its threads don't survive a fork, of a program that uses kb or of ours; one thread is far
    # ahead of any encoder.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from tokenizers import Tokenizer

    return Tokenizer.from_str(
        gzip.decompress((DATA / "pieces.json.gz").read_bytes()).decode("utf-8")
    )


def cut(texts: Sequence[str], *, special: bool) -> list[Encoding]:
    """The pieces of each text, Traditional Chinese as Simplified; with `special`, between [CLS] and
    [SEP].
    """
    return _tokenizer().encode_batch_fast(
        [_written(text) for text in texts], add_special_tokens=special
    )


def _written(text: str) -> str:
    """A text as the tokenizer was trained: Simplified Chinese, letters and digits of usual width."""
    if text.isascii():
        return text
    sound = text.encode("utf-8", "replace").decode(
        "utf-8"
    )  # half a surrogate pair is no text to a tokenizer
    return simplified(sound.translate(_WIDTHS))


class StaticEmbedder:
    """Sums of piece vectors. Knows words of both languages, but nothing of their order."""

    name = "static-1"
    dimensions = SKETCH_BYTES

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), 192); a text without pieces gets the
        first unit vector.
        """
        parts = [
            _embed(texts[begin : begin + _STATIC_BATCH])
            for begin in range(0, len(texts), _STATIC_BATCH)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, SKETCH_BYTES), np.float32)

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (192,)."""
        vector: Vectors = _embed([text])[0]
        return vector


def sketches(vectors: Vectors) -> NDArray[np.int8]:
    """Unit vectors as int8, an eighth of a percent off in cosine, for passages that have no vector
    of the embedder yet.
    """
    return np.round(vectors * SKETCH_SCALE).astype(np.int8)


@lru_cache(maxsize=1)
def _table() -> tuple[NDArray[np.int8], Vectors]:
    with (DATA / "static.npz").open("rb") as stream, np.load(stream) as arrays:
        return arrays["rows"], arrays["scales"]


def _embed(texts: Sequence[str]) -> Vectors:
    rows, scales = _table()
    shortened = [text[:_STATIC_CHARACTERS] for text in texts]
    pieces = [encoding.ids for encoding in cut(shortened, special=False)]
    counts = np.fromiter(map(len, pieces), np.int64, len(pieces))
    flat = np.fromiter((piece for text in pieces for piece in text), np.int64, int(counts.sum()))
    vectors = np.zeros((len(texts), SKETCH_BYTES), np.float32)
    filled = counts > 0
    if len(flat):
        starts = (np.cumsum(counts) - counts)[filled]
        vectors[filled] = np.add.reduceat(rows[flat] * scales[flat, None], starts, axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    empty = lengths[:, 0] == 0
    vectors[empty, 0] = lengths[empty] = 1.0
    unit: Vectors = vectors / lengths
    return unit


class ContextualEmbedder:
    """Means of the model's last states. Loads its 30 MB when first asked for a vector."""

    name = "builtin-1"
    dimensions = STATE_SIZE

    def passages(self, texts: Sequence[str]) -> Vectors:
        """Unit-length float32 vectors, shape (len(texts), 384)."""
        encodings = cut([text[:_CHARACTERS] for text in texts], special=True)
        pieces = [encoding.ids for encoding in encodings]
        pieces = [
            ids if len(ids) <= _MOST_PIECES else [*ids[: _MOST_PIECES - 1], ids[-1]]
            for ids in pieces
        ]
        vectors = np.zeros((len(texts), STATE_SIZE), np.float32)
        order = sorted(
            range(len(pieces)), key=lambda i: len(pieces[i])
        )  # texts alike in length need little padding
        batch: list[int] = []
        for i in order:
            if batch and (len(batch) + 1) * len(pieces[i]) > _BATCH_PIECES:
                vectors[batch] = _output("vectors", [pieces[j] for j in batch])
                batch = []
            batch.append(i)
        if batch:
            vectors[batch] = _output("vectors", [pieces[j] for j in batch])
        return vectors

    def question(self, text: str) -> Vectors:
        """One unit-length float32 vector, shape (384,)."""
        vector: Vectors = self.passages([text])[0]
        return vector


def states(pieces: Sequence[Sequence[int]]) -> list[Vectors]:
    """The last layer's states of texts given as pieces, [CLS] and [SEP] too: float32, shape
    (pieces, 384) each.
    """
    padded = _output(_STATES, pieces)
    return [rows[: len(text)] for rows, text in zip(padded, pieces, strict=True)]


def _output(name: str, pieces: Sequence[Sequence[int]]) -> Vectors:
    longest = max(map(len, pieces))
    ids = np.zeros((len(pieces), longest), np.int64)
    for row, text in enumerate(pieces):
        ids[row, : len(text)] = text
    output: Vectors = _session().run([name], {"pieces": ids})[0]
    return output


def _output_declaration(name: str) -> bytes:
    """Bytes that, appended to an ONNX model, make a tensor of its graph one of its outputs.

    The fields of two Protocol Buffers messages in a row are merged
    (https://protobuf.dev/programming-guides/encoding/): ModelProto.graph is field 7,
    GraphProto.output field 12, ValueInfoProto.name field 1, each led by its length, which is a byte
    below 128.
    """
    encoded = name.encode()
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
    model = (DATA / "contextual.onnx").read_bytes() + _output_declaration(_STATES)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def piece_weights(tokens: Sequence[str], telling: Mapping[str, float]) -> Floats:
    """What each piece of the question weighs: its share of its word's weight; all alike where no
    word tells.
    """
    weights = np.zeros(len(tokens), np.float32)
    content = np.array([token not in ("[CLS]", "[SEP]") for token in tokens])
    begin = 0
    while begin < len(tokens):
        end = begin + 1
        while end < len(tokens) and tokens[end].startswith("##"):
            end += 1
        word = tokens[begin] + "".join(token[2:] for token in tokens[begin + 1 : end])
        if content[begin]:
            weights[begin:end] = _word_weight(word, telling) / (end - begin)
        begin = end
    if not weights.any():
        weights[content] = 1.0
    return weights


def _word_weight(word: str, telling: Mapping[str, float]) -> float:
    """The most that a word of the question weighs that is the same, or, in Chinese, is part of it
    or holds it.
    """
    if not _HAN.search(word):
        return max((telling.get(stem, 0.0) for stem in words(word)), default=0.0)
    return max(
        (weight for known, weight in telling.items() if known in word or word in known), default=0.0
    )
