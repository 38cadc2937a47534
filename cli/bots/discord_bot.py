"""Discord, by discord.py over its gateway: no public address is needed."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from collections.abc import Coroutine
from typing import Any, Literal

import aiohttp
import discord

from cli.bots.chat import Message, PostFailed, Reaction, Take
from cli.bots.tokens import token
from cli.formats import open_format
from kb.errors import KbError

_VERDICTS: dict[str, Literal["up", "down"]] = {"👍": "up", "👎": "down"}
_SECONDS = 60.0
_NAME = 90  # characters of a thread's name, which may have 100
_ROOTS = 1000  # messages that no thread hangs on yet
_CONNECTION = (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError)


class DiscordChat:
    """Discord as a bot sees it. A place is a channel: a thread, or a direct one. Who mentions the
    bot elsewhere gets a thread on that message, which has the message's id.
    """

    name = "discord"

    def __init__(self) -> None:
        """Raises KbError without its token."""
        self.format = open_format("discord")
        self._token = token("DISCORD_TOKEN")
        logging.getLogger("discord").setLevel(logging.ERROR)
        self._loop = asyncio.new_event_loop()
        self._started = threading.Event()
        self._failure: Exception | None = None
        self._roots: dict[str, discord.Message] = {}

    def listen(self, take: Take) -> None:
        """Pass on events from now on; connections that end are opened anew. Raises KbError."""
        self._client = _Client(self, take)
        self._thread = threading.Thread(target=self._run, name="kb-discord", daemon=True)
        self._thread.start()
        self._started.wait(_SECONDS)
        if isinstance(self._failure, discord.LoginFailure):
            raise KbError("Discord does not know this token", "see docs/bots.md")
        if isinstance(self._failure, discord.PrivilegedIntentsRequired):
            raise KbError("the bot may not read messages", "allow it: see docs/bots.md")
        if self._failure or not self._started.is_set():
            why = type(self._failure).__name__ if self._failure else "it does not answer"
            raise KbError(f"Discord can't be reached: {why}", "see docs/bots.md")

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._served())
        except Exception as error:  # told by `listen`, in the thread that can
            self._failure = error
        self._started.set()

    async def _served(self) -> None:
        async with self._client:
            await self._client.start(self._token)

    def ready(self) -> None:
        """Note that events come in."""
        self._started.set()

    def post(self, place: str, text: str) -> str:
        """Post a text. Raises PostFailed."""
        return str(self._wait(self._sent(place, text)).id)

    async def _sent(self, place: str, text: str) -> discord.Message:
        if root := self._roots.pop(place, None):
            await root.create_thread(name=_thread_name(root.clean_content))
        channel = self._client.get_partial_messageable(int(place))
        return await channel.send(
            text, allowed_mentions=discord.AllowedMentions.none(), suppress_embeds=True
        )

    def _wait(self, work: Coroutine[Any, Any, discord.Message]) -> discord.Message:
        try:
            return asyncio.run_coroutine_threadsafe(work, self._loop).result(_SECONDS)
        except discord.HTTPException as error:
            raise PostFailed(f"error {error.status}, {error.code}") from None
        except _CONNECTION as error:
            raise PostFailed(type(error).__name__) from None

    def close(self) -> None:
        """End the connection."""
        asyncio.run_coroutine_threadsafe(self._client.close(), self._loop)
        self._thread.join(_SECONDS)

    def read(self, told: discord.Message, own: discord.abc.User) -> Message | None:
        """What a message says to the bot; None where it is not meant for it."""
        is_direct = told.guild is None
        is_mention = own in told.mentions
        is_thread = isinstance(told.channel, discord.Thread)
        if told.author.bot or not (is_mention or is_direct or is_thread):
            return None
        place = str(told.channel.id)
        if not (is_direct or is_thread):
            place = str(told.id)
            self._roots[place] = told
            while len(self._roots) > _ROOTS:
                self._roots.pop(next(iter(self._roots)))
        text = re.sub(rf"<@!?{own.id}>", " ", told.content)
        replied = told.reference.message_id if told.reference else None
        return Message(
            str(told.id), text, str(told.author.id), place, is_direct,
            is_overheard=not (is_mention or is_direct), replies_to=str(replied or ""),
        )  # fmt: skip


class _Client(discord.Client):
    """Hears what is written, and reactions. `message_content` must be allowed in Discord's portal."""

    def __init__(self, chat: DiscordChat, take: Take) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.messages = intents.reactions = intents.message_content = True
        super().__init__(intents=intents, max_messages=None)
        self._chat = chat
        self._take = take

    async def on_ready(self) -> None:
        self._chat.ready()

    async def on_message(self, message: discord.Message) -> None:
        if self.user and (read := self._chat.read(message, self.user)):
            self._take(read)

    async def on_raw_reaction_add(self, payload: discord.RawReactionActionEvent) -> None:
        verdict = _VERDICTS.get((payload.emoji.name or "")[:1])
        if verdict and self.user and payload.user_id != self.user.id:
            self._take(Reaction(str(payload.message_id), str(payload.user_id), verdict))


def _thread_name(text: str) -> str:
    """What a thread is called: what was asked, on one line."""
    line = " ".join(text.split())
    return (line if len(line) <= _NAME else f"{line[:_NAME]}…") or "kb"
