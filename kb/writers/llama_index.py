"""The writer that takes any LLM class of llama-index, by MODULE:CLASS."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from kb.classes import LLM, instantiate, load_class
from kb.errors import BrokenOff, KbError
from kb.home import Notify, silent
from kb.secrets import complaint
from kb.settings import Settings
from kb.types import Hit, Question
from kb.writers.events import without_thoughts
from kb.writers.prompts import Message, messages, packed, trial

_HINT = "what its class is made with stands in llama_index_options; or answer without it: --writer extractive"


class LlamaIndex:
    """Asks an `LLM` of llama-index, made with `llama_index_options` at the first question. Streams
    where it does.
    """

    def __init__(self, settings: Settings, notify: Notify = silent) -> None:
        self._module, _, self._class = settings.llama_index_class.partition(":")
        if not self._module or not self._class:
            raise KbError(
                "the llama_index writer needs MODULE:CLASS in llama_index_class",
                "like llama_index.llms.ollama:Ollama",
            )
        self._options = _options(settings)
        self._room = settings.context_tokens
        self._failed: KbError | None = None
        model = self._options.get("model") or self._options.get("model_name")
        self.name = f"llama_index:{model if isinstance(model, str) else self._class}"

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft as the class gives it. Raises KbError when it can't be made, fails, or gives no
        text.
        """
        return self.reply(messages(question, packed(hits, self._room)))

    def reply(self, chat: Sequence[Message]) -> Iterator[str]:
        """The LLM's answer to a chat, in pieces. Raises KbError as `write` does."""
        has_text = False
        try:
            for piece in without_thoughts(self._pieces(chat)):
                if piece:
                    has_text = has_text or bool(piece.strip())
                    yield piece
        except KbError as error:
            raise BrokenOff(str(error), error.hint) if has_text else error from error
        if not has_text:
            raise KbError(f"{self.name} gave an empty answer", "try another model, or ask again")

    def check(self) -> None:
        """Make the LLM and ask it for one word. Raises KbError when that fails."""
        next(self.reply(trial()), None)

    @cached_property
    def _llm(self) -> Any:
        if self._failed:
            raise self._failed  # one attempt is enough for a batch
        try:
            with contextlib.redirect_stdout(sys.stderr):
                return self._made()
        except KbError as error:
            self._failed = error
            raise

    def _made(self) -> Any:
        return instantiate(load_class(self._module, self._class, LLM), self._options, _HINT)

    def _pieces(self, chat: Sequence[Message]) -> Iterator[str]:
        llm = self._llm
        from llama_index.core.base.llms.types import ChatMessage

        chat_messages = [
            ChatMessage(role=message["role"], content=message["content"]) for message in chat
        ]
        try:
            try:
                stream = iter(self._quietly(llm.stream_chat, chat_messages))
                first = self._quietly(next, stream, None)
            except (NotImplementedError, AttributeError):
                yield str(self._quietly(llm.chat, chat_messages).message.content or "")
                return
            whole = ""
            while first is not None:
                piece = _piece(first, whole)
                whole += piece
                if piece:
                    yield piece
                first = self._quietly(next, stream, None)
        except Exception as error:  # these classes meet networks, tokens and other people's servers
            message = f"{self.name} failed: {complaint(error, self._options)}"
            raise KbError(message, _HINT) from error

    @staticmethod
    def _quietly(work: Any, *arguments: Any) -> Any:
        """What `work` gives, without what it prints: standard output is the result's."""
        with contextlib.redirect_stdout(sys.stderr):
            return work(*arguments)


def _piece(response: Any, whole: str) -> str:
    """What a step of a stream adds: its delta, else what its message has beyond the `whole` so far."""
    if response.delta:
        return str(response.delta)
    content = str(response.message.content or "") if response.delta is None else ""
    return content[len(whole) :] if content.startswith(whole) else ""


def _options(settings: Settings) -> dict[str, Any]:
    try:
        table = json.loads(settings.llama_index_options or "{}")
    except ValueError as error:
        raise KbError(
            f"llama_index_options is not JSON: {error}", 'such as: {"model": "qwen3:8b"}'
        ) from error
    if not isinstance(table, dict):
        raise KbError("llama_index_options is not a table", 'such as: {"model": "qwen3:8b"}')
    return table
