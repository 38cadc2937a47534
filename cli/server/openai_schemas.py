"""What OpenAI's clients send, as far as it matters here; whatever else they send is ignored."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cli.formats import PLATFORMS
from cli.server.gate import Caller
from cli.server.replies import Refused
from cli.server.service import Asked
from kb.text import without_halves

_MODEL = re.compile(rf"kb(?:-({'|'.join(PLATFORMS)}))?(?::([^\x00-\x1f]{{1,100}}))?")
_ADDED = re.compile(r"\s*<([A-Za-z][\w -]*)>.*</\1>\s*", re.S)
_EARLIER = 20  # questions before the last one that it may refer to; clients send a whole talk


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Part(_Lenient):
    """A piece of a message; those that are no text, such as pictures, are ignored."""

    type: Annotated[str, Field(max_length=100)] = "text"
    text: Annotated[str, Field(max_length=100_000)] = ""


class ChatMessage(_Lenient):
    """A message of a conversation. Only users' are read: what a system message asks for is not
    heeded, since answers come from the sources alone.
    """

    role: Annotated[str, Field(max_length=100)] = ""
    content: Annotated[str, Field(max_length=200_000)] | list[Part] | None = None

    @property
    def text(self) -> str:
        """Its text, of all parts that are text, but for those that chat bots add to what was asked,
        such as the time: each stands in a tag of its own.
        """
        if isinstance(self.content, str):
            return without_halves(self.content)
        pieces = [part.text for part in self.content or () if part.type.endswith("text")]
        written = [piece for piece in pieces if piece and not _ADDED.fullmatch(piece)]
        return without_halves("\n".join(written or pieces))


class StreamOptions(_Lenient):
    """What comes with a stream."""

    include_usage: bool = False


Model = Annotated[str, Field(max_length=200)]
Messages = Annotated[list[ChatMessage], Field(min_length=1, max_length=10_000)]


class ChatRequest(_Lenient):
    """A conversation whose last question is to be answered, of /v1/chat/completions."""

    model: Model = "kb"
    messages: Messages
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = 1

    def asked(self, caller: Caller) -> tuple[str, Asked]:
        """The format of the answer, and what is asked. Raises Refused."""
        return _asked(self.model, self.messages, caller)


class ResponseRequest(_Lenient):
    """The same of /v1/responses. Conversations are not kept for clients: they send all of it."""

    model: Model = "kb"
    input: Annotated[str, Field(max_length=200_000)] | Messages
    stream: bool | None = False
    previous_response_id: None = None
    conversation: None = None
    background: Literal[False] | None = False

    def asked(self, caller: Caller) -> tuple[str, Asked]:
        """The format of the answer, and what is asked. Raises Refused."""
        given = self.input
        messages = [ChatMessage(role="user", content=given)] if isinstance(given, str) else given
        return _asked(self.model, messages, caller)


def _asked(model: str, messages: list[ChatMessage], caller: Caller) -> tuple[str, Asked]:
    style, channel = format_and_channel(model)
    texts = [message.text for message in messages if message.role == "user"]
    texts = [text for text in texts if text.strip()]
    if not texts:
        raise Refused(400, "no_question", "no message of a user has text", param="messages")
    *earlier, question = texts[-1 - _EARLIER :]
    channel = caller.channel_for(channel)
    return style, Asked(question, asker=caller.name, channel=channel, earlier=tuple(earlier))


def format_and_channel(model: str) -> tuple[str, str]:
    """The format and the channel that a model's name stands for: `kb`, `kb-slack`, `kb:ask-here`.

    Raises Refused for any other name. The format of `kb` itself is empty.
    """
    named = _MODEL.fullmatch(without_halves(model))
    if not named:
        names = ", ".join(model_names())
        raise Refused(404, "model_not_found", f"the models are {names}", param="model")
    return named[1] or "", named[2] or ""


def model_names() -> list[str]:
    """The models there are: the answer alone, then one a format, with its sources below it."""
    return ["kb", *(f"kb-{name}" for name in PLATFORMS)]
