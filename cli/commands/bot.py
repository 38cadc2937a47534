"""`kb bot`: answer in a chat platform."""

from __future__ import annotations

import signal
import time
from importlib import import_module
from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option, notify
from kb.errors import OK, KbError

if TYPE_CHECKING:
    from cli.bots.chat import Listener
    from cli.bots.conversation import Bot

PLATFORMS = {"slack": "SlackChat", "feishu": "FeishuChat", "discord": "DiscordChat"}
"""Platform -> the class in cli.bots.PLATFORM_bot."""
MISSING = "bots need packages that are not installed"
INSTALL = 'install them with: pip install "founders-kb[bots,serve]"'
_POLL_SECONDS = 1.0  # how soon a held answer follows its decision


@click.command()
@click.argument("platform", type=click.Choice(list(PLATFORMS)))
@home_option
def command(platform: str) -> int:
    """Answer in a chat platform until stopped.

    The platform's tokens are read from the environment: docs/bots.md says which, and what to allow
    there. Who mentions the bot, writes to it or goes on in a thread of its gets an answer with its
    sources; a thumb or `correct: ...` below it is kept as feedback. No public address is needed.
    """
    home = current_home()
    settings = current_settings(home, writer=None)
    if not home.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one: kb ingest PATH")
    try:
        from cli.bots.conversation import Bot
        from cli.server.workers import Workers

        listener: Listener = getattr(
            import_module(f"cli.bots.{platform}_bot"), PLATFORMS[platform]
        )()
    except ImportError as error:
        raise KbError(f"{MISSING}: {error.name}", INSTALL) from error
    workers = Workers(home)
    bot = Bot(listener, home, workers, settings, notify)
    workers.warm_up()
    _run(listener, bot)
    workers.stop()
    return OK


def _run(listener: Listener, bot: Bot) -> None:
    """Listen, and post held answers once they are decided, until SIGINT or SIGTERM."""
    signals: list[int] = []  # an Event must not be set where its waiter is interrupted
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda caught, _: signals.append(caught))
    listener.listen(bot.take)
    notify(f"answering in {listener.name}")
    while not signals:
        time.sleep(_POLL_SECONDS)
        bot.deliver()
    listener.close()
    bot.stop()
