"""A bot: takes messages and reactions, answers in the conversation, and posts held answers once
they are decided. The same for all platforms.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from zlib import crc32

from cli.bots.chat import Chat, Message, PostFailed, Reaction
from cli.bots.held_posts import HeldPosts
from cli.bots.wording import correction, say
from cli.formats.markup import Block, literal
from cli.formats.messages import messages
from cli.formats.notes import whole
from cli.server import service
from cli.server.workers import View, Workers
from kb.audience import Viewer
from kb.errors import KbError, UsageError
from kb.home import Home
from kb.posts import Posts
from kb.settings import Settings
from kb.text import without_halves

T = TypeVar("T")
Notify = Callable[[str], None]
_LANES = 4
_LONGEST_CORRECTION = 20_000


class Bot:
    """Answers on one platform. `take` returns at once; messages of one place are answered in their
    order.
    """

    def __init__(
        self, chat: Chat, home: Home, workers: Workers, settings: Settings, notify: Notify
    ) -> None:
        self._chat = chat
        self._home = home
        self._workers = workers
        self._settings = settings
        self._channel = settings.bot_channel or chat.name
        self._notify = notify
        self._lanes = [ThreadPoolExecutor(1, f"kb-bot-{n}") for n in range(_LANES)]
        self._local = threading.local()
        self._asked: dict[str, deque[float]] = defaultdict(deque)
        self._viewer = Viewer(channel=self._channel)
        self._held = HeldPosts(chat, self._viewer, workers, self._keep)

    def take(self, event: Message | Reaction) -> None:
        """Answer a message, or keep what a reaction says, in a thread of the bot's."""
        key = event.place if isinstance(event, Message) else event.message
        lane = self._lanes[crc32(key.encode("utf-8", "replace")) % _LANES]
        lane.submit(self._handled, event)

    def deliver(self) -> None:
        """Post the held answers that were decided since."""
        try:
            self._held.deliver()
        except KbError as error:
            self._notify(f"held answers can't be posted: {error}")
        except Exception as error:  # nor does it end by what one of these does to it
            self._notify(_bug(error))

    def stop(self) -> None:
        """Take no more, and wait for what was begun."""
        for lane in self._lanes:
            lane.shutdown(wait=True)

    def _handled(self, event: Message | Reaction) -> None:
        try:
            if isinstance(event, Message):
                self._hear(event)
            else:
                self._judge(event)
        except PostFailed as error:
            self._notify(f"a message was not taken by {self._chat.name}: {error}")
        except KbError as error:
            self._notify(f"a message could not be handled: {error}")
        except Exception as error:  # a bot outlives what one message does to it
            self._notify(_bug(error))

    def _hear(self, message: Message) -> None:
        if message.is_overheard and not self._has_talk(message.place):
            return
        if not self._posts.first_time(f"{self._chat.name}:{message.id}"):
            return
        text = without_halves(message.text).strip()
        if correct := correction(text):
            self._correct(message, correct)
        elif not text:
            self._post(message.place, say("empty", text))
        elif (count := self._count(message.user)) <= self._settings.bot_rate:
            self._answer(message, text)
        elif count == self._settings.bot_rate + 1:
            self._post(message.place, say("often", text))

    def _answer(self, message: Message, text: str) -> None:
        asked = service.Asked(
            text, channel=self._channel, asker="", conversation=self._talk(message.place),
            person=f"{self._chat.name}:{message.user}",
        )  # fmt: skip
        try:
            answered = self._run(lambda view: service.ask(view, asked))
        except UsageError:
            self._post(message.place, say("unusable", text))
            return
        except KbError:
            self._post(message.place, say("failed", text))
            raise
        answer = answered.answer
        is_unsure = answer.status in ("abstained", "unsupported")
        if is_unsure and self._settings.bot_quiet and not message.is_direct:
            return
        parts = messages(whole(answer), self._chat.format)
        self._keep([self._chat.post(message.place, part) for part in parts], answered.exchange.id)

    def _correct(self, message: Message, correct: str) -> None:
        """Keep a correction of the answer that it replies to, else of the talk's last one."""
        name = self._posts.exchange(self._key(message.replies_to)) if message.replies_to else None
        if name is None:
            talk = f"server:/{self._talk(message.place)}"
            last = self._run(lambda view: view.journal.newest(talk))
            name = last.id if last else None
        if name is None:
            self._post(message.place, say("nothing to correct", correct))
            return
        details = {
            "correct": correct[:_LONGEST_CORRECTION],
            "by": f"{self._chat.name}:{message.user}",
            "client": f"{self._chat.name}:{message.id}",
        }
        self._run(lambda view: service.add_verdict(view, name, "down", "", details))
        self._post(message.place, say("corrected", correct))

    def _judge(self, reaction: Reaction) -> None:
        """Keep a verdict. The same one of the same person on the same message is kept once."""
        name = self._posts.exchange(self._key(reaction.message))
        if name is None:
            return  # on something else than an answer of ours
        by = f"{self._chat.name}:{reaction.user}"
        details = {"by": by, "client": f"{by}:{reaction.message}:{reaction.verdict}"}
        try:
            self._run(lambda view: service.add_verdict(view, name, reaction.verdict, "", details))
        except service.NotFound:
            return  # a greeting's, or forgotten since

    def _has_talk(self, place: str) -> bool:
        talk = f"server:/{self._talk(place)}"
        return self._run(lambda view: view.journal.newest(talk)) is not None

    def _count(self, user: str) -> int:
        """How often a user has asked within the last minute, this time among them."""
        now = time.monotonic()
        times = self._asked[user]
        while times and times[0] < now - 60:
            times.popleft()
        times.append(now)
        return len(times)

    def _post(self, place: str, text: str) -> None:
        for part in messages([Block("text", literal(text))], self._chat.format):
            self._chat.post(place, part)

    def _keep(self, posted: list[str], exchange: str) -> None:
        self._posts.keep([self._key(message) for message in posted], exchange)

    def _key(self, message: str) -> str:
        return f"{self._chat.name}:{message}"

    def _talk(self, place: str) -> str:
        return f"{self._chat.name}/{place}"

    def _run(self, work: Callable[[View], T]) -> T:
        return self._workers.run(work, self._viewer).result()

    @property
    def _posts(self) -> Posts:
        posts: Posts | None = getattr(self._local, "posts", None)
        if posts is None:
            posts = self._local.posts = Posts(self._home.path)
        return posts


def _bug(error: Exception) -> str:
    return f"this is a bug in kb: {type(error).__name__}: {error}"
