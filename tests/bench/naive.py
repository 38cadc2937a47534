"""The ordinary way to search files: llama-index, its Chroma store and all-MiniLM-L6-v2, as their
guides have it.

`python -m tests.bench.cold` runs this file in an environment of its own and says how to make that.
By itself: `python naive.py ingest FOLDER STORE MODEL`, `python naive.py search QUESTION STORE
MODEL`; MODEL is the model's folder.
"""

from __future__ import annotations

import json
import sys
from time import perf_counter

_CHUNK_TOKENS = 256  # all that the model reads of a text
_OVERLAP_TOKENS = 20
_HITS = 8


def ingest(folder: str, store: str, model: str) -> None:
    """Read, split, embed, store; prints the number of nodes and the seconds, without imports and
    loading the model.
    """
    from llama_index.core import SimpleDirectoryReader, StorageContext, VectorStoreIndex
    from llama_index.core.node_parser import SentenceSplitter

    embedder = _embedder(model)
    began = perf_counter()
    documents = SimpleDirectoryReader(folder, recursive=True).load_data()
    nodes = SentenceSplitter(
        chunk_size=_CHUNK_TOKENS, chunk_overlap=_OVERLAP_TOKENS
    ).get_nodes_from_documents(documents)
    VectorStoreIndex(
        nodes,
        storage_context=StorageContext.from_defaults(vector_store=_vectors(store)),
        embed_model=embedder,
    )
    print(json.dumps({"passages": len(nodes), "seconds": perf_counter() - began}))


def search(question: str, store: str, model: str) -> None:
    """Print the nodes that fit a question."""
    from llama_index.core import VectorStoreIndex

    index = VectorStoreIndex.from_vector_store(_vectors(store), embed_model=_embedder(model))
    for hit in index.as_retriever(similarity_top_k=_HITS).retrieve(question):
        print(
            f"{hit.score:.2f}  {hit.node.metadata['file_name']}  {hit.node.get_content()[:240]!r}"
        )


def _embedder(model: str):
    from llama_index.embeddings.huggingface import HuggingFaceEmbedding

    return HuggingFaceEmbedding(model_name=model)


def _vectors(store: str):
    import chromadb
    from llama_index.vector_stores.chroma import ChromaVectorStore

    return ChromaVectorStore(
        chroma_collection=chromadb.PersistentClient(store).get_or_create_collection("naive")
    )


if __name__ == "__main__":
    {"ingest": ingest, "search": search}[sys.argv[1]](*sys.argv[2:])
