"""What bots and platforms tell each other: messages and reactions in, texts out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from cli.formats.platform import Platform


@dataclass(frozen=True, slots=True)
class Message:
    """What somebody wrote to the bot, without its mention.

    `place` is where the reply goes, in the adapter's own words: messages of one place are one
    conversation. `replies_to` is the message that it was written under; a message that mentions
    nobody (`is_overheard`) counts only where the bot has a conversation already.
    """

    id: str
    text: str
    user: str
    place: str
    is_direct: bool = False
    is_overheard: bool = False
    replies_to: str = ""


@dataclass(frozen=True, slots=True)
class Reaction:
    """A 👍 or 👎 of somebody on a message."""

    message: str
    user: str
    verdict: Literal["up", "down"]


Take = Callable[[Message | Reaction], None]


class Chat(Protocol):
    """A chat platform as bots see it."""

    name: str
    format: Platform

    def post(self, place: str, text: str) -> str:
        """Post a text there; gives the id of the message. Raises PostFailed."""
        ...


class Listener(Chat, Protocol):
    """A platform that can be listened to: what adapters are."""

    def listen(self, take: Take) -> None:
        """Pass on what is heard from now on, in threads of its own. Raises KbError where the
        platform can't be reached; later on it connects anew by itself.
        """
        ...

    def close(self) -> None:
        """Hear no more."""
        ...


class PostFailed(Exception):
    """The platform did not take a message. The text says why, without any secret."""
