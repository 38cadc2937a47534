"""The text in a stream of server-sent events, whatever else servers and models put there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from kb.model_client import error_message as reason
from kb.text import without_halves
from kb.writers import THOUGHT

_LONGEST_LINE = 16_000_000
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
_FAILED = ("abort", "error")  # reasons for an end that mean a failure
_TAGS = {"<think>": "</think>", "<thinking>": "</thinking>"}
Text = str | None
"""What one event brings: text, or None for a sign of life without any, such as a thought."""


class NoAnswer(Exception):
    """A body that holds no event at all."""


class Endless(Exception):
    """More on one line than any answer has."""


class ErrorEvent(Exception):
    """An error in the stream. `status` is the HTTP status that it names, or 0."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Ending:
    """How a stream ends: whether it was one, the reason that the server gave for its end, and
    whether [DONE] came.
    """

    streamed: bool = False
    reason: str = ""
    done: bool = False

    @property
    def is_broken_off(self) -> bool:
        """Whether the stream ended early. Some servers never send [DONE], others give no reason:
        one is enough.
        """
        return self.reason in _FAILED or (self.streamed and not self.done and not self.reason)


def texts(pieces: Iterable[bytes], ending: Ending) -> Iterator[Text]:
    """What each event of a stream brings; how the stream ends is written into `ending`.

    A server that ignores `stream` sends one JSON body instead, which is read too. Raises
    ErrorEvent, NoAnswer, Endless.
    """
    streamed, body, name = False, "", ""
    for line in lines(pieces):
        if line.startswith("event:"):
            name = line[6:].strip()
        if not line.startswith("data:"):
            body = "" if streamed else body + line
            if len(body) > _LONGEST_LINE:
                raise Endless
            continue
        streamed = True
        data = line[5:].strip()
        if data == "[DONE]":
            ending.done = True
            return
        yield from _contents(data, ending, is_error=name == "error")
        name = ""
    if not streamed:
        contents = list(_contents(body, ending, is_error=False))
        if not contents:
            raise NoAnswer
        ending.streamed = False
        yield from contents


def lines(chunks: Iterable[bytes]) -> Iterator[str]:
    """Lines that end in a line feed, and nowhere else: text may hold other line separators. Raises
    Endless.
    """
    unended: list[bytes] = []
    size = 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            yield b"".join((*unended, line)).rstrip(b"\r").decode("utf-8", "replace")
            unended, size = [], 0
        if rest:
            unended.append(rest)
            size += len(rest)
        if size > _LONGEST_LINE:
            raise Endless
    if unended:
        yield b"".join(unended).decode("utf-8", "replace")


def _contents(data: str, ending: Ending, *, is_error: bool) -> Iterator[Text]:
    """The texts in one event's JSON. Raises ErrorEvent where it is an error."""
    try:
        event: Any = json.loads(data)
    except (ValueError, RecursionError):
        if is_error:
            raise ErrorEvent(data[:200] or "no reason given", 0) from None
        return
    if not isinstance(event, dict):
        return
    if event.get("error") or event.get("object") == "error" or is_error:
        raise ErrorEvent(reason(event), _status(event))
    choices = event.get("choices")
    for choice in choices if isinstance(choices, list) else []:
        if not isinstance(choice, dict):
            continue
        ending.streamed = True
        ending.reason = str(choice.get("finish_reason") or "") or ending.reason
        part = choice.get("delta") or choice.get("message")
        if not isinstance(part, dict):
            continue
        text = part.get("content")
        if isinstance(text, str) and text:
            yield text
        elif any(part.get(name) for name in _THOUGHTS):
            yield None


def _status(event: dict[str, Any]) -> int:
    error = event.get("error")
    for holder in (error, event):
        if isinstance(holder, dict):
            for name in ("code", "status", "status_code"):
                value = str(holder.get(name, ""))
                if value.isdecimal() and len(value) == 3:
                    return int(value)
    return 0


def whole_characters(pieces: Iterable[Text]) -> Iterator[Text]:
    """The pieces with characters joined that were sent in two halves, as JSON escapes allow."""
    half = ""
    for piece in pieces:
        if piece is None:
            yield None
            continue
        text = half + piece
        half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        text = text[: len(text) - len(half)]
        if text:
            yield without_halves(text)
    if half:
        yield "\ufffd"


def without_thoughts(pieces: Iterable[Text]) -> Iterator[Text]:
    """The pieces without what stands between <think> and </think>, wherever pieces are cut.

    A </think> that nothing opened, since the prompt did, ends a thought: what stands before it in
    one piece is left out, and where more was given already, THOUGHT says so.
    """
    rest, closing = "", ""
    has_text = False
    for piece in pieces:
        if piece is None:
            yield None
            continue
        rest += piece
        while True:
            tags = (closing,) if closing else (*_TAGS, *_TAGS.values())
            position, tag = min(
                ((rest.find(tag), tag) for tag in tags if tag in rest), default=(-1, "")
            )
            if position < 0:
                break
            if tag in _TAGS and not closing and position:
                has_text = has_text or bool(rest[:position].strip())
                yield rest[:position]
            elif not closing and tag not in _TAGS and has_text:
                yield THOUGHT
                has_text = False
            rest = rest[position + len(tag) :]
            closing = "" if closing else _TAGS.get(tag, "")
        longest = min(len(rest), max(map(len, tags)) - 1)
        keep = next(
            (n for n in range(longest, 0, -1) if any(tag.startswith(rest[-n:]) for tag in tags)), 0
        )
        if closing:
            yield None
        elif len(rest) > keep:
            has_text = has_text or bool(rest[: len(rest) - keep].strip())
            yield rest[: len(rest) - keep]
        rest = rest[len(rest) - keep :]
    if rest and not closing:
        yield rest
