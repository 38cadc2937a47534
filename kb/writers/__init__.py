"""Writers: a question and its hits become a draft, in pieces, whose [n] name the hits by rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from kb.errors import KbError
from kb.settings import Settings
from kb.types import Hit, Question

NO_ANSWER = "NO_ANSWER"
"""What a writer yields, alone, when the hits do not answer the question."""


class Writer(Protocol):
    """Writes drafts. `name` is what answers are logged under."""

    @property
    def name(self) -> str: ...

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft in pieces as they come; [n] cites the hit of rank n. Raises KbError when it can't be written."""


def open_writer(settings: Settings) -> Writer:
    """The configured writer; `auto` takes a server where one is configured, else needs nothing."""
    name = settings.writer
    if name == "auto":
        name = "openai" if settings.openai_url else "extractive"
    if name == "extractive":
        from kb.writers.extractive import Extractive

        return Extractive(settings.sentences)
    if name == "openai":
        from kb.writers.openai import OpenAI

        return OpenAI(settings)
    raise KbError(
        "the transformers writer is not part of this version",
        "serve the model (`transformers serve MODEL`), set KB_OPENAI_URL, and use --writer openai",
    )
