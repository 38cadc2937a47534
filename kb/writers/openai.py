"""The writer that asks any OpenAI-compatible server, over plain HTTP, streamed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from kb.errors import KbError
from kb.settings import Settings
from kb.types import Hit, Question
from kb.writers.prompts import messages

if TYPE_CHECKING:
    import httpx

_HINT = "is the server up? try: kb doctor; or answer without it: --writer extractive"


class OpenAI:
    """Streams chat completions. Reasoning (`reasoning_content`, `<think>`) is left out of the draft."""

    def __init__(self, settings: Settings) -> None:
        if not settings.openai_url:
            raise KbError("the openai writer needs the URL of a server", "set openai_url in kb.toml, or KB_OPENAI_URL")
        self._settings = settings
        self._model = settings.openai_model

    @property
    def name(self) -> str:
        """`openai:` and the model that answers."""
        return f"openai:{self._model or 'default'}"

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft as the server sends it. Raises KbError when the server can't be reached or fails."""
        import httpx

        try:
            with self._client() as client:
                self._model = self._model or _first_model(client)
                body = {
                    "model": self._model,
                    "messages": messages(question, hits, self._settings.context_chars),
                    "stream": True,
                }
                with client.stream("POST", "chat/completions", json=body) as response:
                    if response.status_code != httpx.codes.OK:
                        response.read()
                        raise KbError(f"the model's server answered {response.status_code}: {_reason(response)}", _HINT)
                    yield from without_thoughts(_deltas(response))
        except httpx.TimeoutException as error:
            raise KbError(f"no word from the model's server for {self._settings.openai_timeout:g} s", _HINT) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise KbError(f"the model's server at {self._settings.openai_url} can't be used: {error}", _HINT) from error

    def check(self) -> str:
        """The name of the model that would answer. Raises KbError when the server can't be reached."""
        import httpx

        try:
            with self._client() as client:
                return self._model or _first_model(client)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise KbError(f"the model's server at {self._settings.openai_url} can't be used: {error}", _HINT) from error

    def _client(self) -> httpx.Client:
        import httpx

        key = self._settings.openai_api_key
        return httpx.Client(
            base_url=self._settings.openai_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=httpx.Timeout(self._settings.openai_timeout, connect=10.0),
        )


def _first_model(client: httpx.Client) -> str:
    response = client.get("models")
    try:
        return str(response.json()["data"][0]["id"])
    except (ValueError, LookupError, TypeError):
        raise KbError(
            f"the model's server lists no model (it answered {response.status_code})",
            "name one: openai_model in kb.toml, or KB_OPENAI_MODEL",
        ) from None


def _deltas(response: httpx.Response) -> Iterator[str]:
    """The text of each server-sent event. A stream may just end: some servers never send [DONE]."""
    for line in response.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            return
        try:
            event: Any = json.loads(data)
        except ValueError:
            continue
        if not isinstance(event, dict):
            continue
        if event.get("error"):
            raise KbError(f"the model's server failed on the way: {_message(event['error'])}", _HINT)
        for choice in event.get("choices") or []:
            text = (choice.get("delta") or {}).get("content")
            if text:
                yield str(text)


def _reason(response: httpx.Response) -> str:
    try:
        return _message(response.json().get("error") or response.json())
    except (ValueError, AttributeError):
        return " ".join(response.text.split())[:200] or "no reason given"


def _message(error: Any) -> str:
    found = error.get("message") if isinstance(error, dict) else None
    return " ".join(str(found or error).split())[:200]


def without_thoughts(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces without what stands between <think> and </think>, wherever pieces are cut."""
    held, thinking = "", False
    for piece in pieces:
        held += piece
        while True:
            tag = "</think>" if thinking else "<think>"
            position = held.find(tag)
            if position < 0:
                break
            if not thinking and position:
                yield held[:position]
            held, thinking = held[position + len(tag) :], not thinking
        keep = next((n for n in range(min(len(held), len(tag) - 1), 0, -1) if tag.startswith(held[-n:])), 0)
        if not thinking and len(held) > keep:
            yield held[: len(held) - keep]
        held = held[len(held) - keep :]
    if held and not thinking:
        yield held
