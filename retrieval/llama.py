"""Our retriever behind llama-index's interface, for programs built on it.

from retrieval.llama import KbRetriever
nodes = KbRetriever(knowledge_base).retrieve("how do I find my first users?")
"""

from __future__ import annotations

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from kb.knowledge import KnowledgeBase
from kb.types import Hit
from retrieval.contract import anchor_json
from retrieval.question.question import check_question, weigh
from retrieval.search.search import Where, search


class KbRetriever(BaseRetriever):
    """Gives hits as llama-index nodes; `limit` defaults to the setting `hits`."""

    def __init__(
        self, knowledge_base: KnowledgeBase, limit: int | None = None, where: Where = ()
    ) -> None:
        super().__init__()
        self._knowledge_base = knowledge_base
        self._limit = limit or knowledge_base.settings.hits
        self._where = where

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        question = weigh(self._knowledge_base, check_question(query_bundle.query_str))
        results = search(self._knowledge_base, question, limit=self._limit, where=self._where)
        return [_node(hit) for hit in results.hits]


def _node(hit: Hit) -> NodeWithScore:
    metadata = {
        **hit.meta,
        "source": hit.document.source,
        "title": hit.document.title,
        "anchor": anchor_json(hit.passage.anchor),
    }
    return NodeWithScore(
        node=TextNode(id_=hit.passage.id, text=hit.passage.text, metadata=metadata), score=hit.score
    )
