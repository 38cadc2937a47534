"""The embedders that come with the package: what they promise of any text, and that they know both
languages.
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from kb.backends import open_embedder
from kb.embedders import Embedder
from kb.embedders.built_in import SKETCH_BYTES, sketches
from kb.settings import BUILT_IN, Settings
from tests.conftest import ROOT

PAIRS = [
    ("我们该怎么找到第一批用户？", "How do we find our first users?"),
    ("联合创始人离职后股权怎么处理", "What happens to a co-founder's equity after leaving"),
    ("服务器半夜宕机了", "The server went down in the middle of the night"),
    ("下周的活动改到线上举行", "Next week's event will be held online"),
    ("请把发票寄给财务部", "Please send the invoice to the finance department"),
    ("他学会了弹吉他", "He learned to play the guitar"),
    ("这家餐馆的面条很好吃", "The noodles at this restaurant are delicious"),
    ("天气预报说明天会下雨", "The forecast says it will rain tomorrow"),
]
ODD = [
    "",
    " ",
    "\n",
    "？！…",
    "🦊" * 40,
    "x" * 30_000,
    "字" * 30_000,
    "\x00\ufffe\ud800",
    "a\u0301" * 300,
]


@pytest.fixture(params=BUILT_IN)
def embedder(request) -> Embedder:
    return open_embedder(Settings(embedder=request.param))


def test_vectors_are_unit_rows_of_the_promised_shape_whatever_the_text(embedder):
    texts = [*ODD, *(text for pair in PAIRS for text in pair)]
    vectors = embedder.passages(texts)
    assert vectors.shape == (len(texts), embedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-4)
    assert embedder.passages([]).shape == (0, embedder.dimensions)


def test_a_text_has_the_same_vector_alone_and_among_others(embedder):
    texts = [text for pair in PAIRS for text in pair]
    together = embedder.passages([*texts, "a much longer text " * 60])[: len(texts)]
    alone = np.stack([embedder.question(text) for text in texts])
    # Inputs are quantised by what else is in the batch, which moves a vector a little.
    assert (together * alone).sum(axis=1).min() > 0.99


def test_a_sentence_is_nearest_to_its_translation(embedder):
    zh, en = (embedder.passages([pair[side] for pair in PAIRS]) for side in (0, 1))
    likeness = zh @ en.T
    assert (likeness.argmax(axis=1) == np.arange(len(PAIRS))).all()
    assert (likeness.argmax(axis=0) == np.arange(len(PAIRS))).all()


def test_traditional_chinese_and_full_width_letters_make_no_difference(embedder):
    for one, other in (
        ("這個軟體團隊在尋找資金", "这个软件团队在寻找资金"),
        ("ＭＶＰ 上线了", "MVP 上线了"),
    ):
        assert embedder.question(one) @ embedder.question(other) > 0.999


def test_the_contextual_one_tells_who_does_what():
    embedder = open_embedder(Settings())
    asked, same, other = embedder.passages(
        [
            "the investor left the founder",
            "the founder was abandoned by the investor",
            "the founder left the investor",
        ]
    )
    assert asked @ other < 0.999  # a sum of word vectors can't tell these two apart
    assert asked @ same > 0.6


def test_sketches_keep_the_cosines_of_the_static_vectors():
    vectors = open_embedder(Settings(embedder="static")).passages(
        [text for pair in PAIRS for text in pair]
    )
    kept = sketches(vectors)
    assert kept.shape == (2 * len(PAIRS), SKETCH_BYTES)
    np.testing.assert_allclose(
        kept.astype(np.float32) @ vectors.T / 127, vectors @ vectors.T, atol=0.02
    )


def test_neither_loads_torch_nor_asks_the_network():
    code = (
        "import sys, socket\n"
        "def refuse(*a, **k): raise AssertionError('network')\n"
        "socket.socket.connect = refuse\n"
        "from kb.backends import open_embedder\nfrom kb.settings import Settings\n"
        "for name in ('builtin', 'static'):\n    open_embedder(Settings(embedder=name)).question('first users')\n"
        "print(sorted({'torch', 'transformers', 'chromadb'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr
