"""Writers: a question and its hits become a draft, in pieces, whose [n] name the hits by rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, runtime_checkable

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


@runtime_checkable
class Converses(Protocol):
    """A writer with a language model behind it, which can be asked for more than drafts."""

    def reply(self, chat: Sequence[dict[str, str]]) -> Iterator[str]:
        """What the model says to chat messages (`role`, `content`), in pieces. Raises KbError when it can't."""


@runtime_checkable
class WritesTogether(Protocol):
    """A writer that is quicker with several questions at once; `together` is how many."""

    together: int

    def write_all(self, asked: Sequence[tuple[Question, Sequence[Hit]]]) -> list[str | KbError]:
        """The drafts in their order; in place of one that can't be written, what is wrong."""


def open_writer(settings: Settings) -> Writer:
    """The configured writer; `auto` takes the first language model that is configured, else needs nothing."""
    name = settings.writer if settings.writer != "auto" else _configured(settings)
    if name == "openai":
        from kb.writers.openai import OpenAI

        return OpenAI(settings)
    if name == "transformers":
        from kb.writers.transformers import Transformers

        return Transformers(settings)
    if name == "llama_index":
        from kb.writers.llama_index import LlamaIndex

        return LlamaIndex(settings)
    from kb.writers.extractive import Extractive

    return Extractive(settings.sentences)


def _configured(settings: Settings) -> str:
    if settings.openai_url:
        return "openai"
    if settings.transformers_model:
        return "transformers"
    return "llama_index" if settings.llama_index_class else "extractive"
