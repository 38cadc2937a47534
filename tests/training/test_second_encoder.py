"""Training the second encoder, with layers so small that it takes a second."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(
    not (find_spec("torch") and find_spec("transformers")), reason="the extra gpu is not installed"
)
WIDTH, PIECES, COUNT = 384, 60, 48


@pytest.fixture(scope="module")
def distil():
    """The module that trains: it imports torch, which takes seconds."""
    from tests.training import distil

    return distil


@pytest.fixture
def made(distil):
    """Makes an encoder of one layer, the same each time."""
    import torch
    import transformers

    def make():
        torch.manual_seed(0)
        config = transformers.BertConfig(
            vocab_size=1,
            hidden_size=WIDTH,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=32,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        model = transformers.BertModel(config, add_pooling_layer=False)
        return distil.Distilled(model, torch.randn(PIECES, WIDTH) * 0.1, "cpu")

    return make


@pytest.fixture
def examples(distil):
    dice = np.random.default_rng(1)
    rows = dice.normal(size=(COUNT, WIDTH)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    lengths = dice.integers(3, 12, COUNT)
    return [
        distil.Example(dice.integers(1, PIECES, length).tolist(), row)
        for length, row in zip(lengths, rows, strict=True)
    ]


def nearness(encoder, examples) -> float:
    found = encoder.encode([each.pieces for each in examples])
    return float((found * np.stack([each.target for each in examples])).sum(1).mean())


def test_vectors_come_nearer_to_their_targets(distil, made, examples, tmp_path):
    encoder = made()
    before = nearness(encoder, examples)
    distil.train(encoder, examples, steps=30, minutes=1, out=tmp_path / "second.pt", pieces=100)
    assert nearness(encoder, examples) > before + 0.02


def test_the_head_starts_from_what_the_states_tell(made, examples):
    encoder = made()
    before = nearness(encoder, examples)
    encoder.start_head(examples)
    assert nearness(encoder, examples) > before + 0.5


def test_a_training_that_was_broken_off_goes_on(distil, made, examples, tmp_path):
    path = tmp_path / "second.pt"
    first = made()
    distil.train(first, examples, steps=10, minutes=0, out=path, pieces=100)
    again = made()
    again.load(path)
    assert again.step == first.step == 1
    distil.train(again, examples, steps=3, minutes=1, out=path, pieces=100)
    assert again.step == 3


def test_padding_changes_no_vector(made, examples):
    encoder = made()
    texts = [each.pieces for each in examples]
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    assert np.abs(encoder.encode(texts) - alone).max() < 1e-5
