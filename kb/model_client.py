"""Model servers: one JSON request, with patience, and one line for whatever goes wrong."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from kb.errors import KbError
from kb.http_reply import Head, Reply

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
_FIRST_PAUSE = 0.25
_CONNECT = 5.0
_LONGEST_BODY = 200_000_000
_SHORTEST = 64
_ABOUT_THE_TEXTS = (400, 413, 422)
_PASSING = (408, 425, 429)
_NOT_IMPLEMENTED = 501


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to bother: seconds for one request, how often it is tried, seconds between tries in
    all.

    `hint` is what to do when the seconds were not enough.
    """

    seconds: float
    tries: int
    pauses: float
    hint: str = "is it up? try: kb doctor"


class Refused(Exception):
    """The request was understood and declined: often because of how much text is in it."""


class Passing(Exception):
    """What may be over at the next try. `after` is how many seconds the server wants to be left
    alone.
    """

    def __init__(self, error: KbError, after: float = 0.0) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


class Server:
    """One URL that takes and gives JSON. `name` begins the names of its settings; `failed` is the
    error it raises.
    """

    def __init__(self, url: str, key: str, name: str, failed: type[KbError]) -> None:
        self._url = url
        self._key = checked_key(key, name)
        self._name = name
        self._failed = failed

    def post(self, body: Mapping[str, Any], patience: Patience) -> Any:
        """What the server answers. Raises Refused where it declines this body, else the error for
        this server.
        """
        return retried(lambda: self._once(body, patience), patience.tries, patience.pauses)

    def _once(self, body: Mapping[str, Any], patience: Patience) -> Any:
        import httpx

        until = time.monotonic() + patience.seconds
        content = bytearray()
        timeout = httpx.Timeout(patience.seconds, connect=min(_CONNECT, patience.seconds))
        with (
            self._translated_errors(patience),
            closing(Reply(self._client, "POST", self._url, body, timeout)) as reply,
        ):
            head = reply.head(lambda: until)
            for piece in reply.pieces(lambda: until):
                content += piece
                if len(content) > _LONGEST_BODY:
                    raise self._error("sends without end")
        if head.status == 200:
            try:
                return json.loads(content)
            except (ValueError, RecursionError) as error:
                raise self._error(
                    "did not answer in JSON", f"is {self._name}_url right?"
                ) from error
        raise self._refusal(head, content)

    def _refusal(self, head: Head, content: bytearray) -> Exception:
        status = head.status
        message = f"answered {status}: {reason(content.decode('utf-8', 'replace'))}"
        if status in _ABOUT_THE_TEXTS:
            return Refused(str(self._error(message)))
        if is_passing(status):
            return Passing(
                self._error(message, "try again later"),
                seconds(head.headers.get("Retry-After", "")),
            )
        hint = (
            f"check {self._name}_api_key"
            if status in (401, 403)
            else f"check {self._name}_url and {self._name}_model"
        )
        return self._error(message, hint)

    @contextmanager
    def _translated_errors(self, patience: Patience) -> Iterator[None]:
        """Turn what goes wrong on the way into this server's error."""
        import httpx

        try:
            yield
        except (httpx.TimeoutException, TimeoutError) as error:
            raise self._error(
                f"gave no answer within {patience.seconds:g} s", patience.hint
            ) from error
        except (httpx.NetworkError, httpx.RemoteProtocolError) as error:
            raise Passing(self._error(f"can't be reached: {error}")) from error
        except (httpx.InvalidURL, UnicodeError) as error:  # it quotes the URL, password and all
            raise self._error(
                "can't be used: the URL is not valid", f"check {self._name}_url"
            ) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise self._error(f"can't be used: {error}") from error

    def _error(self, message: str, hint: str = "is it up? try: kb doctor") -> KbError:
        """The error for this server, without the key and without a password in the URL."""
        whole = f"the server at {without_password(self._url)} {message}"
        return self._failed(without_key(whole, self._key), hint)

    @cached_property
    def _client(self) -> httpx.Client:
        import httpx

        return httpx.Client(headers={"Authorization": f"Bearer {self._key}"} if self._key else {})


def retried(attempt: Callable[[], T], tries: int, pauses: float, until: float = float("inf")) -> T:
    """What `attempt` gives. While it raises Passing it is tried again, `tries` times at most, after
    a pause.

    Pauses double and vary, so that many who wait don't come back at once; a server that names one
    is left alone for as long. Where they would sum up to more than `pauses` seconds, or go beyond
    `until` (time.monotonic()), what was wrong is raised at once.
    """
    paused = 0.0
    for left in reversed(range(tries)):
        try:
            return attempt()
        except Passing as passing:
            pause = max(
                passing.after, _FIRST_PAUSE * 2 ** (tries - 1 - left) * random.uniform(0.75, 1.25)
            )
            paused += pause
            if not left or paused > pauses or time.monotonic() + pause >= until:
                raise passing.error from passing
            time.sleep(pause)
    raise AssertionError("no tries")


def is_passing(status: int) -> bool:
    """Whether a request that got this HTTP status may well succeed in a while."""
    return status in _PASSING or (status >= 500 and status != _NOT_IMPLEMENTED)


def fitted(texts: Sequence[str], ask: Callable[[Sequence[str]], list[T]]) -> list[T]:
    """What `ask` gives for these texts, one a text, however little it takes at once.

    Where it raises Refused, it is asked for either half of them; a single text that is refused is
    cut, a third at a time. Raises the Refused of one that is refused even when it is short.
    """
    try:
        return ask(texts)
    except Refused as refused:
        first = refused
    if len(texts) > 1:
        middle = len(texts) // 2
        return fitted(texts[:middle], ask) + fitted(texts[middle:], ask)
    text = texts[0] if texts else ""
    while len(text) > _SHORTEST:
        text = text[: len(text) * 2 // 3]
        try:
            return ask([text])
        except Refused:
            continue
    raise first


def sendable(text: str, longest: int = 24_000) -> str:
    """A text as any model takes it: not empty, not endless (in characters), and valid Unicode."""
    return text[:longest].encode("utf-8", "replace").decode() if text.strip() else "-"


def checked_key(key: str, name: str) -> str:
    """A key as a header takes it; `name` begins the name of its setting. Raises KbError where none
    could carry it.
    """
    key = key.strip()
    if not (key.isascii() and key.isprintable()):
        raise KbError("the API key holds characters that can't be sent", f"check {name}_api_key")
    return key


def without_key(message: str, key: str) -> str:
    """A message as it may be shown: servers repeat the key that they were sent."""
    return message.replace(key, "(key)") if key else message


def key_for(url: str, own: str, other_url: str, other: str) -> str:
    """The key for a URL: its own, else the one of another URL on the very same server. Keys go
    nowhere else.
    """
    return own or (other if _origin(url) == _origin(other_url) else "")


def endpoint(url: str, name: str) -> str:
    """The URL of an endpoint, given that or the base URL that it lies under."""
    base = url.rstrip("/")
    return base if re.search(f"//[^/]+/(?:.*/)?{name}$", base) else f"{base}/{name}"


def _origin(url: str) -> str:
    return re.sub(r"(//[^/?#]*).*", r"\1", url)


def without_password(url: str) -> str:
    """A URL as it may be shown: without the name, password, query and fragment that it may carry.

    What has no scheme is not shown at all: it may be a key, pasted into the wrong place.
    """
    scheme, sign, rest = url.partition("://")
    if not sign:
        return "(no URL)" if url else ""
    place, query = re.fullmatch(r"([^?#]*)(.*)", rest, re.S).groups()  # type: ignore[union-attr]
    if "@" in query or "@" in place.partition("/")[2]:
        return f"{scheme}://…"  # the @ may end a password that holds a slash
    return f"{scheme}://{place.rpartition('@')[2]}{'?…' if query else ''}"


def reason(body: str) -> str:
    """The error message in the body of a refusal, in one line."""
    try:
        return error_message(json.loads(body))
    except (ValueError, RecursionError):
        return _one_line(body) or "no reason given"


def error_message(value: Any) -> str:
    """The message of an error object, wherever a server puts it."""
    error = value.get("error", value) if isinstance(value, dict) else value
    message = error.get("message") if isinstance(error, dict) else None
    return _one_line(str(message or error))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def seconds(retry_after: str) -> float:
    """The header Retry-After, seconds or a date, as seconds from now."""
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0


# --- how long a reply may be waited for -----------------------------------------------------------


class Clock:
    """Counts seconds of waiting for a server; what its asker does between the pieces of a draft is
    not counted.
    """

    def __init__(self, first: float, stall: float, total: float) -> None:
        self._first, self._stall, self._total = first, stall, total
        now = time.monotonic()
        self._end = now + total
        self._until = min(now + first, self._end)
        self.begun = False

    def until(self) -> float:
        """The time.monotonic() until which the next word is waited for."""
        return self._until

    def heard(self) -> None:
        """A word came, or another sign that the model is at work."""
        self.begun = True
        self._until = min(time.monotonic() + self._stall, self._end)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let time pass that is not the server's."""
        began = time.monotonic()
        yield
        passed = time.monotonic() - began
        self._until += passed
        self._end += passed

    def missed(self) -> tuple[str, str]:
        """What the server failed to do in time, and the setting that gives it longer."""
        if self._until >= self._end:
            return f"did not finish within {self._total:g} s", "openai_total_timeout"
        if self.begun:
            return f"fell silent for {self._stall:g} s in mid-answer", "openai_stall_timeout"
        return f"gave no first word within {self._first:g} s", "openai_timeout"
