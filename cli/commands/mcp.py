"""`kb mcp`: answer an assistant over the Model Context Protocol."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option
from cli.viewing import audience_option, current_viewer
from kb.errors import OK, KbError

if TYPE_CHECKING:
    from cli.server.workers import Workers
    from kb.access import Right
    from kb.home import Home
    from kb.settings import Settings

_RIGHTS: tuple[Right, ...] = ("ask", "search")


@click.command()
@click.option("--allow-feedback", is_flag=True, help="Let it keep verdicts on answers, too.")
@audience_option
@home_option
def command(allow_feedback: bool) -> int:
    """Answer an assistant, such as Claude or Cursor, on this machine.

    Assistants start it themselves and speak with it by the Model Context Protocol over standard
    input and output: docs/assistants.md has what to paste into their configuration. It ends with its
    input.
    """
    home = current_home()
    settings = current_settings(home, writer=None)
    _check_has_sources(home, settings)
    rights = (*_RIGHTS, "feedback") if allow_feedback else _RIGHTS
    _speak(home, settings, rights)
    return OK


def _check_has_sources(home: Home, settings: Settings) -> None:
    """Raise KbError where there is nothing to answer from: nobody reads notices of such a process."""
    from cli.context import notify
    from kb.knowledge import open_knowledge_base

    kb = open_knowledge_base(home, settings, notify)
    if not kb.catalog.counts().passages:
        raise KbError(f"the knowledge base at {home.path} is empty", "fill it: kb ingest PATH")


def _speak(home: Home, settings: Settings, rights: tuple[Right, ...]) -> None:
    from cli.commands.serve import INSTALL, MISSING

    try:
        from cli.server.assistants import serve_streams
        from cli.server.desk import Desk
        from cli.server.gate import Caller
        from cli.server.metrics import Metrics
    except ImportError as error:
        raise KbError(f"{MISSING}: {error.name}", INSTALL) from error
    from cli.server.workers import Workers

    workers = Workers(home)
    desk = Desk(workers, settings, Metrics())

    async def speak() -> None:
        with suppress(NotImplementedError):  # Windows
            for number in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(number, _end, workers)
        await serve_streams(
            desk, settings, Caller("local", rights, audiences=current_viewer().names)
        )

    asyncio.run(speak())
    workers.stop()


def _end(workers: Workers) -> None:
    """End at once when asked to: what was begun is kept, and the thread that waits for input would
    not end before it comes.
    """
    workers.stop()
    os._exit(OK)
