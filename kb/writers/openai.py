"""The writer that asks any OpenAI-compatible server, over plain HTTP, streamed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kb.errors import BrokenOff, KbError
from kb.home import Notify, silent
from kb.http_reply import Reply
from kb.model_client import (
    Clock,
    Passing,
    Refused,
    checked_key,
    is_passing,
    reason,
    retried,
    seconds,
    without_key,
    without_password,
)
from kb.settings import Settings
from kb.types import Hit, Question
from kb.writers.events import (
    Ending,
    Endless,
    ErrorEvent,
    NoAnswer,
    Text,
    texts,
    whole_characters,
    without_thoughts,
)
from kb.writers.prompts import Message, messages, packed, tokens, trial

if TYPE_CHECKING:
    import httpx

_HINT = "is the server up, and openai_url right? or answer without it: --writer extractive"
_HINTS = {
    401: "check openai_api_key, or KB_OPENAI_API_KEY",
    403: "check openai_api_key, or KB_OPENAI_API_KEY",
    404: "check openai_model; does openai_url end in /v1?",
}
# Reasons for the end of an answer that is not whole.
_CUT = {
    "length": "its limit of tokens",
    "max_tokens": "its limit of tokens",
    "content_filter": "its content filter",
}
_TRIES = 4
_REST = 60.0  # seconds: a batch of questions must not wait for a dead server once a question
_LONGEST_CHECK = 30.0
_DAY = 86_400
_LONGEST_LIST = 4_000_000  # bytes
_LONGEST_DRAFT = 20_000  # characters: some ten times what is asked for
# How servers say that a prompt is too long. A refusal for another reason that reads like it costs a
# few requests more.
_ABOUT_THE_PROMPT = (400, 413, 422, 429, 500)
_TOO_LARGE = 413
# most often tokens or requests by the minute, which pass: only these words are about one prompt
_TOO_MANY = 429
_TOO_LONG_FOR_ANY_MINUTE = re.compile(
    r"too (?:large|long)|context[ _-]?(?:length|size|window)", re.I
)
_NOT_NOW = (
    401,
    403,
    429,
    502,
    503,
    504,
)  # what a list of models is refused with; 500 may be all that a server has
_TOO_LONG = re.compile(
    r"context[ _-]?(?:length|size|window|limit|overflow)|context the overflows|(?:too|very) (?:long|large|many tokens)"
    r"|max\w*[ _](?:model|context|input|prompt|sequence|total|seq)[ _]?(?:len|tokens|length|size)?|longer than|n_ctx"
    r"|length of (?:the |your )?(?:messages|prompt|input)|(?:input|prompt|sequence)[ _](?:token )?(?:length|count)"
    r"|tokens?\b.{0,40}\b(?:exceed|limit|must be <)|(?:exceed|limit)\w*\b.{0,60}\b(?:tokens?|length)"
    r"|(?:超长|过长|太长|超出|超过|上限|上下文)",
    re.I,
)

Draft = Generator[Text, None, None]


class OpenAI:
    """Streams chat completions. Reasoning (`reasoning_content`, `<think>`) is left out of the
    draft.
    """

    def __init__(self, settings: Settings, notify: Notify = silent) -> None:
        if not settings.openai_url:
            raise KbError(
                "the openai writer needs the URL of a server",
                "set openai_url in kb.toml, or KB_OPENAI_URL",
            )
        self._key = checked_key(settings.openai_api_key, "openai")
        self._settings = settings
        self._notify = notify
        self._model = settings.openai_model
        self._room = settings.context_tokens
        self._down: KbError | None = None
        self._down_until = 0.0

    @property
    def name(self) -> str:
        """`openai:` and the model that answers."""
        return f"openai:{self._model or 'default'}"

    @property
    def place(self) -> str:
        """The model and where it answers, for the notice of what `auto` picked."""
        url = without_password(self._settings.openai_url)
        return f"{self._settings.openai_model or 'the model'} at {url}"

    def write(self, question: Question, hits: Sequence[Hit]) -> Iterator[str]:
        """The draft as the server sends it.

        Raises KbError when the server can't be reached or fails, BrokenOff when it had begun to
        answer.
        """
        clock = self._clock(self._settings.openai_timeout)
        length = 0
        with closing(self._fitting(question, hits, clock)) as drafted:
            try:
                for piece in drafted:
                    if piece is None or not (length or piece.strip()):
                        continue
                    with clock.stopped():
                        yield piece[: _LONGEST_DRAFT - length]
                    length += len(piece)
                    if length >= _LONGEST_DRAFT:
                        self._notify(f"the answer was cut off after {_LONGEST_DRAFT:,} characters")
                        return
            except KbError as error:
                if not length:
                    raise
                raise BrokenOff(str(error), error.hint) from error
        if not length:
            raise self._failed(
                "the model's server sent an empty answer", "try another model, or ask again"
            )

    def reply(self, chat: Sequence[Message]) -> Iterator[str]:
        """The model's answer to a chat, in pieces as the server sends them. Raises KbError as
        `write` does.
        """
        clock = self._clock(self._settings.openai_timeout)
        try:
            with closing(self._opened(chat, clock)) as pieces:
                for piece in pieces:
                    if piece:
                        with clock.stopped():
                            yield piece
        except Refused as refused:
            raise self._failed(str(refused)) from refused

    def check(self) -> None:
        """Try it with one short request, within half a minute. Raises KbError when it would not
        answer.
        """
        clock = self._clock(min(self._settings.openai_timeout, _LONGEST_CHECK))
        with closing(self._opened(trial(), clock)) as drafted:
            if next(drafted, "") == "":
                raise self._failed("the model's server sent an empty answer", "try another model")

    def _fitting(self, question: Question, hits: Sequence[Hit], clock: Clock) -> Draft:
        """The draft, from fewer passages where the model has no room for all of them."""
        packed_hits = packed(hits, self._room)
        while True:
            try:
                return self._opened(messages(question, packed_hits), clock)
            except Refused as refused:
                if len(packed_hits) <= 1:
                    raise self._failed(
                        str(refused), "use a model with a larger context"
                    ) from refused
                fewer = packed(hits, self._room, most=len(packed_hits) // 2)
                self._notify(
                    f"the model has no room for {len(packed_hits)} passages, so it is given {len(fewer)}"
                )
                packed_hits = fewer
                self._room = sum(tokens(hit.passage.text) for hit in packed_hits)

    def _opened(self, chat: Sequence[Message], clock: Clock) -> Draft:
        """The draft to these messages, once its first word has come. Raises Refused when they are
        too long.
        """
        if self._down and time.monotonic() < self._down_until:
            raise self._down
        return retried(
            lambda: self._attempt(chat, clock), _TRIES, self._settings.openai_timeout, clock.until()
        )

    def _attempt(self, chat: Sequence[Message], clock: Clock) -> Draft:
        """The same by one request. Raises Passing for what may be over soon."""
        self._model = self._model or self._first_model(clock)
        draft = self._asked({"model": self._model, "messages": chat, "stream": True}, clock)
        try:
            first = next(draft)
        except StopIteration:
            return draft
        return self._begun(first, draft)

    def _begun(self, first: Text, draft: Draft) -> Draft:
        """A draft after its first piece: from here on no failure is retried."""
        with closing(draft):
            yield first
            try:
                yield from draft
            except Passing as passing:
                raise passing.error from passing
            except Refused as refused:
                raise self._failed(str(refused)) from refused

    def _asked(self, body: Mapping[str, Any], clock: Clock) -> Draft:
        with (
            self._translated_errors(clock),
            closing(Reply(self._client, "POST", "chat/completions", body)) as reply,
        ):
            head = reply.head(clock.until)
            if head.status != 200:
                refusal = f"answered {head.status}: {reason(reply.text(clock.until))}"
                raise self._refused(head.status, refusal, head.headers.get("retry-after", ""))
            ending = Ending()
            try:
                for text in without_thoughts(
                    whole_characters(texts(reply.pieces(clock.until), ending))
                ):
                    clock.heard()
                    yield text
            except ErrorEvent as error:
                raise self._refused(error.status or 400, f"failed on the way: {error}") from error
            except NoAnswer:
                raise self._failed(
                    "the model's server sent no answer", "does openai_url end in /v1?"
                ) from None
            except Endless:
                raise self._failed("the model's server sends without end") from None
            if ending.is_broken_off:
                raise self._failed(
                    "the model's server stopped before the end of its answer", "ask again"
                )
            if ending.reason in _CUT:
                self._notify(
                    f"the model's server cut the answer at {_CUT[ending.reason]}, so it may not be whole"
                )

    def _first_model(self, clock: Clock) -> str:
        with self._translated_errors(clock), closing(Reply(self._client, "GET", "models")) as reply:
            status = reply.head(clock.until).status
            listed = reply.text(clock.until, _LONGEST_LIST)
        if status in _NOT_NOW:
            raise self._refused(status, f"answered {status}: {reason(listed)}")
        try:
            return str(json.loads(listed)["data"][0]["id"])
        except (ValueError, LookupError, TypeError, RecursionError):
            raise KbError(
                f"the model's server lists no model (it answered {status})",
                "name one: openai_model in kb.toml, or KB_OPENAI_MODEL",
            ) from None

    def _refused(self, status: int, reason: str, retry_after: str = "") -> Exception:
        """What a refusal means: too long a prompt, something that passes, or an error for good."""
        message = f"the model's server {reason}"
        too_long = _TOO_LONG_FOR_ANY_MINUTE if status == _TOO_MANY else _TOO_LONG
        if status == _TOO_LARGE or (status in _ABOUT_THE_PROMPT and too_long.search(reason)):
            return Refused(message)
        if is_passing(status):
            after = seconds(retry_after)
            when = f"in {after:.0f} s" if 0 < after < _DAY else "later"
            return Passing(self._failed(message, f"try again {when}"), after)
        return self._failed(message, _HINTS.get(status, _HINT))

    @contextmanager
    def _translated_errors(self, clock: Clock) -> Iterator[None]:
        """Turn what goes wrong on the way into one line, without the key and without a password in
        the URL.
        """
        import httpx

        url = without_password(self._settings.openai_url)
        try:
            yield
        except TimeoutError as error:
            failure, setting = clock.missed()
            failed = self._failed(
                f"the model's server at {url} {failure}", f"{setting} sets how long to wait"
            )
            raise failed if clock.begun else self._rested(failed) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            why = str(error) or "no connection in time"
            raise self._rested(
                self._failed(f"the model's server at {url} can't be reached: {why}")
            ) from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise Passing(
                self._failed(f"the connection to the model's server broke: {error}")
            ) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # it quotes the URL, password and all
            message = f"the model's server at {url} can't be used: the URL is not valid"
            raise self._failed(message) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._failed(f"the model's server at {url} can't be used: {error}") from error

    def _rested(self, error: KbError) -> KbError:
        """The error of a server that is left alone for a while from now on."""
        self._down, self._down_until = error, time.monotonic() + _REST
        return error

    def _failed(self, message: str, hint: str = _HINT) -> KbError:
        return KbError(without_key(message, self._key), hint)

    def _clock(self, first: float) -> Clock:
        return Clock(
            first, self._settings.openai_stall_timeout, self._settings.openai_total_timeout
        )

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        longest = max(self._settings.openai_timeout, self._settings.openai_stall_timeout)
        authorization = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            return httpx.Client(
                base_url=self._settings.openai_url.rstrip("/") + "/",
                headers={"Accept-Encoding": "identity", **authorization},
                timeout=httpx.Timeout(longest, connect=self._settings.openai_connect_timeout),
            )
        except (
            ImportError,
            OSError,
            ValueError,
        ) as error:  # a proxy or certificates of the environment's
            raise self._failed(
                f"no connection can be made: {error}", "check the proxy settings"
            ) from error
