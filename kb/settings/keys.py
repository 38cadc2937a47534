"""Which API keys would go to servers that only the kb.toml of an untrusted knowledge base names."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from kb.model_client import key_for

if TYPE_CHECKING:
    from kb.settings.composed import Settings


def withheld(
    wished: Settings, origin: Mapping[str, str], ignored: Collection[str]
) -> dict[str, str]:
    """By part (writer, embedder, reranker) why it is refused: whose key would go to which URL.

    `wished` is what the settings would be if those `ignored` counted; `origin` says where each of
    them comes from.
    """
    return {
        part: f"the key of {origin[key]} is not sent to {url} of a kb.toml that is not trusted"
        for part, url, own in _servers(wished)
        if url in ignored and (key := _key(wished, url, own)) and key not in ignored
    }


def _servers(wished: Settings) -> Iterator[tuple[str, str, str]]:
    """The parts that ask a server: with the names of the settings of its URL and its own key."""
    if wished.chosen_writer == "openai":
        yield "writer", "openai_url", "openai_api_key"
    if wished.embedder == "openai":
        url = "embedding_url" if wished.embedding_url else "openai_url"
        yield "embedder", url, "embedding_api_key"
    if wished.reranker == "http":
        yield "reranker", "reranker_url", "reranker_api_key"


def _key(wished: Settings, url: str, own: str) -> str:
    """The name of the setting whose key is sent there; empty where none is."""
    if getattr(wished, own):
        return own
    others = key_for(getattr(wished, url), "", wished.openai_url, wished.openai_api_key)
    return "openai_api_key" if others else ""
