"""The section `[embedding]`: what turns passages and questions into vectors."""

from __future__ import annotations

from dataclasses import dataclass

from kb import backends
from kb.settings.fields import reaching, setting

BUILT_IN = tuple(name for name, backend in backends.EMBEDDERS.items() if backend.built_in)


@dataclass(frozen=True, init=False, repr=False, eq=False)
class EmbeddingSettings:
    """Settings of the embedder (see `kb.embedders`)."""

    embedder: str = reaching(
        "builtin",
        "what turns passages into vectors: builtin, or static, quicker and weaker",
        inside=BUILT_IN,
        key="name",
        choices=tuple(backends.EMBEDDERS),
    )
    embedding_url: str = reaching(
        "", "base URL of the server of the openai embedder; empty: openai_url"
    )
    embedding_model: str = reaching(
        "", "model to embed with: its name, its folder, or for llama_index MODULE:CLASS"
    )
    embedding_api_key: str = reaching("", "sent to embedding_url as a bearer token", secret=True)
    embedding_dimensions: int = setting(
        0, "numbers in a vector, of models that can be told; 0: as many as it gives", least=0
    )
    embedding_batch: int = setting(32, "most texts sent to the embedding model at once", above=0)
    embedding_timeout: float = setting(
        60.0, "seconds that embedding such a batch may take on the server", above=0
    )
    embedding_options: str = reaching(
        "", "a table, or JSON: what the model's class is made with", secret=True
    )
    query_instruction: str = setting(
        "", "put before questions, or around {text}; empty: as the model wants it"
    )
    passage_instruction: str = setting(
        "", "put before passages, or around {text}; empty: as the model wants it"
    )

    @property
    def reads(self) -> bool:
        """Whether the built-in encoder reads the first hits of a question: not where power must be
        saved.
        """
        return self.embedder != "static"
