"""The section `[reranker]`: what puts the first hits in their final order."""

from __future__ import annotations

from dataclasses import dataclass

from kb.backends import RERANKERS
from kb.settings.fields import reaching, setting


@dataclass(frozen=True, init=False, repr=False, eq=False)
class RerankerSettings:
    """Settings of the reranker (see `kb.rerankers`)."""

    reranker: str = reaching(
        "",
        f"what puts the first hits in their final order: {', '.join(RERANKERS)}; empty: nothing",
        key="name",
    )
    reranker_url: str = reaching("", "URL of a /rerank endpoint")
    reranker_model: str = reaching("", "model to rerank with: its name or its folder")
    reranker_api_key: str = reaching("", "sent to reranker_url as a bearer token", secret=True)
    reranker_hits: int = setting(30, "how many of the first hits are reranked", above=0)
    reranker_timeout: float = setting(
        10.0, "seconds that reranking may take on the server", above=0
    )
