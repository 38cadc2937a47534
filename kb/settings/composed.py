"""All settings together, and the section of kb.toml that each belongs to."""

from __future__ import annotations

from dataclasses import Field, dataclass, fields
from typing import Any

from kb.settings.embedding import EmbeddingSettings
from kb.settings.reading import ReadingSettings
from kb.settings.reranking import RerankerSettings
from kb.settings.retrieval import RetrievalSettings
from kb.settings.writing import WriterSettings

SECTIONS: dict[str, type[Any]] = {
    "embedding": EmbeddingSettings,
    "reranker": RerankerSettings,
    "writer": WriterSettings,
    "retrieval": RetrievalSettings,
    "reading": ReadingSettings,
}


@dataclass(frozen=True)
class Settings(
    ReadingSettings, RetrievalSettings, WriterSettings, RerankerSettings, EmbeddingSettings
):
    """Every setting there is, section by section. A function that needs one section says so by its
    type.

    `a_b` is `a_b` in kb.toml or its key in a section (see `section_keys`), and `KB_A_B` in the
    environment.
    """


SETTINGS: dict[str, Field[Any]] = {f.name: f for f in fields(Settings)}
"""The declarations of all settings by name, in the order of their sections."""

TUNABLE = (
    "min_confidence",
    *(name for name in SETTINGS if name.startswith(("fusion_", "boost_"))),
)
"""The settings that `kb tune` fits."""


def section_keys(section: str) -> dict[str, str]:
    """What a section calls its settings: by key their names. `embedding_url` is `url` in
    `[embedding]`; the embedder itself is its `name`.
    """
    declared = fields(SECTIONS[section])
    return {f.metadata["key"] or f.name.removeprefix(f"{section}_"): f.name for f in declared}
