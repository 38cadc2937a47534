"""llama-index's own chat engine behind FastAPI, without a model: what `tests.bench.serving load
--peer` compares with. It runs in an environment of its own, and prints its address.

    python tests/bench/peer_server.py FOLDER
"""

from __future__ import annotations

import hashlib
import math
import re
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.llms import LLMMetadata, MockLLM
from llama_index.core.node_parser import SentenceSplitter

_SIZE = 384
_TEXTS = {".md", ".txt", ".csv", ".vtt", ".srt", ".html", ".json", ".eml", ".adoc", ".tsv"}


class HashedWords(BaseEmbedding):
    """Vectors of hashed words and pairs of characters."""

    def _vector(self, text: str) -> list[float]:
        vector = [0.0] * _SIZE
        for word in re.findall(r"[a-z0-9]+|[\u3400-\u9fff]{1,2}", text.lower()):
            vector[int(hashlib.md5(word.encode()).hexdigest(), 16) % _SIZE] += 1.0
        length = math.sqrt(sum(value * value for value in vector)) or 1.0
        return [value / length for value in vector]

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)


class LongMemory(MockLLM):
    """The mock model with room for the passages: in the 3,900 tokens of the one that comes with
    llama-index eight passages of 512 don't fit, and every such question is an error.
    """

    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=32_000, is_chat_model=True)


def main() -> None:
    documents = [
        Document(text=path.read_text("utf-8", "replace"), metadata={"source": path.name})
        for path in sorted(Path(sys.argv[1]).rglob("*"))
        if path.suffix in _TEXTS
    ]
    index = VectorStoreIndex.from_documents(
        documents, embed_model=HashedWords(), transformations=[SentenceSplitter(chunk_size=512)]
    )
    app = FastAPI()

    @app.post("/v1/ask")
    def ask(body: dict[str, Any]) -> dict[str, Any]:
        engine = index.as_chat_engine(chat_mode="context", llm=LongMemory(), similarity_top_k=8)
        reply = engine.chat(body["question"])
        sources = [node.metadata["source"] for node in reply.source_nodes]
        shown = {"id": "", "status": "answered", "citations": sources}
        return {**shown, "question": body["question"], "answer": str(reply)}

    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        uvicorn.Server(uvicorn.Config(app, log_level="error")).run([listener])


if __name__ == "__main__":
    main()
