"""The writer that asks any OpenAI-compatible server, over plain HTTP, streamed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from kb.errors import KbError
from kb.server import reason, said, without_password
from kb.settings import Settings
from kb.types import Hit, Question
from kb.writers.prompts import messages

if TYPE_CHECKING:
    import httpx

_HINT = "is the server up? try: kb doctor; or answer without it: --writer extractive"
_HINTS = {
    401: "check openai_api_key",
    403: "check openai_api_key",
    404: "does openai_url end in /v1?",
    429: "try again later",
}
_LONGEST_BODY = 4_000_000


class OpenAI:
    """Streams chat completions. Reasoning (`reasoning_content`, `<think>`) is left out of the draft."""

    def __init__(self, settings: Settings) -> None:
        if not settings.openai_url:
            raise KbError("the openai writer needs the URL of a server", "set openai_url in kb.toml, or KB_OPENAI_URL")
        self._key = settings.openai_api_key.strip()
        if not (self._key.isascii() and self._key.isprintable()):
            raise KbError("the API key holds characters that can't be sent", "check openai_api_key")
        self._settings = settings
        self._model = settings.openai_model
        self._unreachable: KbError | None = None

    @property
    def name(self) -> str:
        """`openai:` and the model that answers."""
        return f"openai:{self._model or 'default'}"

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft as the server sends it. Raises KbError when the server can't be reached or fails."""
        return self.reply(messages(question, hits, self._settings.context_chars))

    def reply(self, chat: Sequence[dict[str, str]]) -> Iterator[str]:
        """What the model says to a chat, as the server sends it. Raises KbError as `write` does."""
        import httpx

        if self._unreachable:
            raise self._unreachable  # one attempt to connect is enough for a batch
        with self._told(), self._client() as client:
            self._model = self._model or self._first_model(client)
            body = {"model": self._model, "messages": chat, "stream": True}
            with client.stream("POST", "chat/completions", json=body) as response:
                if response.status_code != httpx.codes.OK:
                    response.read()
                    raise self._refused(response)
                said = False
                for piece in without_thoughts(_whole_characters(self._texts(response))):
                    said = said or bool(piece.strip())
                    yield piece
                if not said:
                    raise self._failed("the model's server sent an empty answer", "try another model, or ask again")

    def check(self) -> None:
        """Ask the server what it serves. Raises KbError when it can't be reached or does not let us in."""
        with self._told(), self._client() as client:
            response = client.get("models")
            if response.status_code in (401, 403) or response.status_code >= 500:
                raise self._refused(response)
            if not self._model:
                self._first_model(client)

    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(
            base_url=self._settings.openai_url.rstrip("/") + "/",
            headers={"Authorization": f"Bearer {self._key}"} if self._key else {},
            timeout=httpx.Timeout(self._settings.openai_timeout, connect=10.0),
        )

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turn what goes wrong on the way into one line, without the key and without a password in the URL."""
        import httpx

        try:
            yield
        except httpx.ConnectError as error:
            self._unreachable = self._failed(f"the model's server at {self._url} can't be reached: {error}")
            raise self._unreachable from error
        except httpx.TimeoutException as error:
            raise self._failed(f"no word from the model's server for {self._settings.openai_timeout:g} s") from error
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise self._failed(f"the model's server at {self._url} can't be used: {error}") from error

    @property
    def _url(self) -> str:
        return without_password(self._settings.openai_url)

    def _failed(self, message: str, hint: str = _HINT) -> KbError:
        return KbError(message.replace(self._key, "(key)") if self._key else message, hint)

    def _refused(self, response: httpx.Response) -> KbError:
        message = f"the model's server answered {response.status_code}: {reason(response.text)}"
        return self._failed(message, _HINTS.get(response.status_code, _HINT))

    def _first_model(self, client: httpx.Client) -> str:
        response = client.get("models")
        if response.status_code in (401, 403):
            raise self._refused(response)
        try:
            return str(response.json()["data"][0]["id"])
        except (ValueError, LookupError, TypeError, RecursionError):
            raise KbError(
                f"the model's server lists no model (it answered {response.status_code})",
                "name one: openai_model in kb.toml, or KB_OPENAI_MODEL",
            ) from None

    def _texts(self, response: httpx.Response) -> Iterator[str]:
        """The text of each server-sent event. A stream may just end: some servers never send [DONE].

        A server that ignores `stream` sends one JSON body instead, which is taken too.
        """
        streamed, body = False, ""
        for line in _lines(response.iter_bytes()):
            if not line.startswith("data:"):
                body += "" if streamed or len(body) > _LONGEST_BODY else line
                continue
            streamed = True
            if line[5:].strip() == "[DONE]":
                return
            yield from self._contents(line[5:])
        if not streamed:
            texts = list(self._contents(body))
            if not texts:
                raise KbError("the model's server sent no answer", "does openai_url end in /v1?")
            yield from texts

    def _contents(self, data: str) -> Iterator[str]:
        """The pieces of text in one event, whatever else it holds. Raises KbError for an error in it."""
        try:
            event: Any = json.loads(data)
        except (ValueError, RecursionError):
            return
        if not isinstance(event, dict):
            return
        if event.get("error"):
            raise self._failed(f"the model's server failed on the way: {said(event)}")
        choices = event.get("choices")
        for choice in choices if isinstance(choices, list) else []:
            part = (choice.get("delta") or choice.get("message")) if isinstance(choice, dict) else None
            text = part.get("content") if isinstance(part, dict) else None
            if isinstance(text, str) and text:
                yield text


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines that end in a line feed, and nowhere else: text may hold other line separators."""
    held = b""
    for chunk in chunks:
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            yield line.rstrip(b"\r").decode("utf-8", "replace")
    if held:
        yield held.decode("utf-8", "replace")


def _whole_characters(pieces: Iterable[str]) -> Iterator[str]:
    """The pieces with characters joined that were sent in two halves, as JSON escapes allow."""
    held = ""
    for piece in pieces:
        text = held + piece
        held = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text[: len(text) - len(held)]
        if text:
            yield text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if held:
        yield "\ufffd"


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
