"""Writers: a question and its hits become a draft, in pieces, whose [n] name the hits by rank."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from kb.errors import KbError
from kb.home import Notify, silent
from kb.settings import Settings
from kb.types import Hit, Question

NO_ANSWER = "NO_ANSWER"
"""What a writer yields, alone, when the hits do not answer the question."""


class Writer(Protocol):
    """Writes drafts. `name` is what answers are logged under."""

    @property
    def name(self) -> str: ...

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft in pieces as they come; [n] cites the hit of rank n.

        Raises KbError when it can't be written, BrokenOff when only a part could be.
        """

    def check(self) -> None:
        """Try it with one short request, within half a minute. Raises KbError when it would not answer."""


def chosen(settings: Settings) -> str:
    """The name of the configured writer; for `auto` a server where one is configured, else what needs nothing."""
    if settings.writer != "auto":
        return settings.writer
    return "openai" if settings.openai_url else "extractive"


def open_writer(settings: Settings, notify: Notify = silent) -> Writer:
    """The configured writer. Raises KbError when it can't be had.

    `notify` is told what `auto` picked, unless nothing is configured, and later what befalls
    a draft.
    """
    name = chosen(settings)
    if name == "extractive":
        from kb.writers.extractive import Extractive

        return Extractive(settings.sentences)
    if name == "openai":
        from kb.server import without_password
        from kb.writers.openai import OpenAI

        if settings.writer == "auto":
            model = settings.openai_model or "the model"
            notify(f"{model} at {without_password(settings.openai_url)} writes the answer, as configured")
        return OpenAI(settings, notify)
    raise KbError(
        "the transformers writer is not part of this version",
        "serve the model (`transformers serve MODEL`), set KB_OPENAI_URL, and use --writer openai",
    )
