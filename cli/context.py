"""What commands share: options, opening the knowledge base, reading questions, notices."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from queue import Empty, Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cli import command_log
from cli.language import translated
from cli.piped import piped_lines, piped_text
from kb.errors import KbError, UsageError
from kb.home import Home, find_home, tighten
from kb.settings import CONFIG_FILE, Origins, Settings, load
from kb.text import without_halves

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from kb.sight import Sight

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
_LONGEST_PIPED = 1_000_000  # bytes that are read of a question, which is much shorter
_NEXT_LINE = 0.05  # seconds in which a further line of a batch is taken to have been there
KIND = click.Choice(["doc", "transcript", "faq"])


def home_option(command: F) -> F:
    """`--home`, also behind the command's name."""
    return click.option(
        "--home",
        metavar="DIR",
        expose_value=False,
        callback=_keep_home,
        help="The knowledge base to use.",
    )(command)


def _keep_home(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.find_root().obj = value


def where_option(command: F) -> F:
    """`--where k=v`, repeatable."""
    return click.option(
        "--where",
        "where",
        multiple=True,
        metavar="K=V",
        callback=_pairs,
        help="Only passages with this metadata; repeatable.",
    )(command)


def _pairs(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> list[tuple[str, str]]:
    return [pair(value, f"--{parameter.name}") for value in values]


_AGO = re.compile(r"(\d{1,4})([dw])")


class Day(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.2 on
    """A day: 2026-05-01, or how long ago it was, as 30d or 8w. UTC, as all times that are
    journalled.
    """

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        ago = _AGO.fullmatch(str(value).strip())
        try:
            if ago:
                return datetime.now(UTC).date() - timedelta(
                    days=int(ago[1]) * (7 if ago[2] == "w" else 1)
                )
            return date.fromisoformat(str(value).strip())
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no day; write 2026-05-01, or 30d or 8w for so long ago", param, ctx
            )


def verbose_option(command: F) -> F:
    """`--verbose`: how long each stage took, on stderr."""
    return click.option(
        "--verbose",
        is_flag=True,
        expose_value=False,
        callback=_time_stages,
        help="Tell how long each stage took, on stderr.",
    )(command)


def _time_stages(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.call_on_close(_tell_stages)


def _tell_stages() -> None:
    log = command_log.current
    stages, all_of_it = log.stages.seconds, log.seconds
    rest = all_of_it - sum(stages.values())
    times = {**stages, "rest": rest, "all": all_of_it}
    click.echo(f"kb: {', '.join(f'{name} {took:.3f} s' for name, took in times.items())}", err=True)


def period_options(command: F) -> F:
    """`--since` and `--until`, each a day that is in the period, or None."""
    for name, bound in (("--until", "last"), ("--since", "first")):
        about = f"The {bound} day: 2026-05-01, or 30d or 8w for so long ago. UTC."
        command = click.option(name, type=Day(), metavar="DAY", help=about)(command)
    return command


def not_empty(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """An argument that names something, as a callback of click's. Raises UsageError for one without
    any.
    """
    if value is not None and not value.strip():
        raise UsageError(
            f"{parameter.make_metavar(context)} is empty", "is a variable in the call not set?"
        )
    return value


def pair(text: str, where: str) -> tuple[str, str]:
    """`k=v` in two. Raises UsageError."""
    key, sign, value = text.partition("=")
    if not sign or not key.strip():
        shown = "" if where == "--arg" else f", not {text!r}"  # it may be a connector's token
        raise UsageError(f"{where} takes KEY=VALUE{shown}")
    return key.strip(), value.strip()


def reviewer(by: str | None) -> str | None:
    """The reviewer's name: `--by`, else $USER, else the system's; None where there is none."""
    import getpass

    try:
        return by or os.environ.get("USER") or getpass.getuser()
    except (ImportError, KeyError, OSError):
        return None


session: int | None = None
"""The login session of whoever asked, where another process runs the command (`cli/forkserver`)."""


def check_terminal(hint: str) -> None:
    """Raise UsageError, with a hint for scripts, unless a person sits at both ends."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("a review needs a terminal", hint)


_said: set[str] = set()


def notify(message: str) -> None:
    """Tell the user something beside the result, once in a run."""
    from cli.render import printable, without_known_secrets

    message = without_known_secrets(translated(message))
    if message in _said:
        return
    _said.add(message)
    click.echo(f"kb: {printable(message)}", err=True)


def current_home() -> Home:
    """The home that this call works on, kept from the eyes of other users of the machine."""
    context = click.get_current_context()
    home = find_home(context.find_root().obj)
    command_log.current.works_on(home.path, context.command_path)
    if tighten(home.path):
        notify(
            f"other users could get at the knowledge base at {home.path}; from now on only you can"
        )
    return home


def loaded_settings(home: Home, **flags: Any) -> Origins:
    """The effective settings and where they come from; tells once which are ignored, not trusted."""
    from cli.render import hide_secrets

    loaded = load(home.path, flags=flags, found=home.is_found)
    hide_secrets(loaded.settings)
    if loaded.ignored:
        notify(
            f"{home.path / CONFIG_FILE} is not trusted, so these settings in it are ignored: "
            f"{', '.join(loaded.ignored)}; kb trust --dry-run shows them, kb trust allows them"
        )
    return loaded


def current_settings(home: Home, **flags: Any) -> Settings:
    """The effective settings; flags that are None are not set.

    Raises KbError where a key of the user's would have gone to a server that an untrusted home
    names: nobody wants another model in place of the one that they have a key for. The writer only
    matters to commands that have such a flag.
    """
    loaded = loaded_settings(home, **flags)
    parts = ("embedder", "reranker", *(("writer",) if "writer" in flags else ()))
    for part in parts:
        if part in loaded.withheld:
            message = f"{loaded.withheld[part]}: {home.path / CONFIG_FILE}"
            raise KbError(
                message, "trust it: kb trust; or choose the knowledge base: --home, KB_HOME"
            )
    return loaded.settings


def open_for_reading(*, channel: str = "", **flags: Any) -> KnowledgeBase:
    """The knowledge base as it is: nothing is written. Raises KbError when there is none.

    What an interrupted run may have left is brought in by `catch_up`; for a caller who may not see
    everything that is done here, since it needs all there is.
    """
    from cli.viewing import current_viewer, is_owner
    from kb.knowledge import open_knowledge_base

    home = current_home()
    kb = open_knowledge_base(home, current_settings(home, **flags), notify)
    viewer = current_viewer(channel)
    if is_owner(viewer):
        return kb
    from kb.visibility import narrowed

    catch_up(kb)
    return narrowed(kb, viewer)


def catch_up(kb: KnowledgeBase) -> None:
    """Go on with what an interrupted command left, so that what was added is found: FAQ entries
    that only the journal has, changes that the indexes lack, passages without vectors.

    The one step by which a reading command writes. Each part takes about a second at most, and the
    next command goes on. Nothing is written while another command writes, and no failure keeps the
    command from reading.
    """
    if kb.sight is not None:
        return
    from kb.faq import behind

    try:
        if kb.journal and behind(kb.catalog, kb.journal):
            from ingest.faq_entries import publish_if_free

            publish_if_free(kb, kb.journal)
    except KbError as error:
        kb.notify(f"the newest FAQ entries are not searchable yet: {error}")
    if kb.catalog.pending() or kb.catalog.unfilled_count():
        from kb.catch_up import catch_up as index_and_embed

        index_and_embed(kb)


def tell_if_empty(kb: KnowledgeBase) -> None:
    """Say that the knowledge base holds nothing, where it doesn't: no question will be answered."""
    if kb.catalog.counts().passages:
        return
    if kb.sight is None:
        notify(f"the knowledge base at {kb.home.path} is empty; fill it with: kb ingest PATH")
    else:
        notify("there is no source for this audience")


def open_journal() -> Journal:
    """The journal. Raises KbError when nothing was asked here yet."""
    from kb.journal import open_journal as opened

    home = current_home()
    if not home.journal.exists():
        raise KbError(
            f"nothing was asked yet in the knowledge base at {home.path}", 'ask with: kb ask "..."'
        )
    settings = load(home.path, found=home.is_found).settings
    return opened(home.journal, settings, current_sight())


def current_sight() -> Sight | None:
    """What this call may see; None for everything."""
    from cli.viewing import current_viewer, is_owner

    if is_owner(current_viewer()):
        return None
    return open_for_reading().sight


def terminal() -> str:
    """A name for the terminal, or without one the login session, that this call comes from."""
    for stream in (0, 1, 2):
        try:
            return os.ttyname(stream)
        except (OSError, AttributeError):
            continue
    if session is not None:
        return f"session-{session}"
    return f"session-{os.getsid(0)}" if hasattr(os, "getsid") else "session"


def piped_question(argument: str | None) -> str:
    """The question of `ask`: the argument, or standard input for `-` or a pipe. Raises UsageError
    without either.
    """
    if argument is not None and argument != "-":
        return argument
    if argument is None and sys.stdin.isatty():
        raise UsageError(
            "there is no question", 'ask like this: kb ask "how do I find my first users?"'
        )
    raw = sys.stdin.buffer.read(_LONGEST_PIPED + 1)
    if len(raw) > _LONGEST_PIPED:
        from retrieval.question.question import LONGEST_QUESTION

        raise UsageError(
            f"the question has more than {_LONGEST_PIPED:,} bytes; at most {LONGEST_QUESTION:,} characters are taken",
            "ask something shorter",
        )
    return piped_text(raw)


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One line of a batch: its id, question and filter, or what is wrong with it."""

    id: str
    question: str
    where: list[tuple[str, str]]
    error: str = ""


def batch_lines() -> Iterator[BatchLine]:
    """The questions on standard input, one a line: plain text, or objects with id, question and
    where.
    """
    for number, line in enumerate(piped_lines(), start=1):
        yield _batch_line((line or "").strip(), number)


def _batch_line(line: str, number: int) -> BatchLine:
    if not line.startswith("{"):
        return BatchLine(str(number), line, [])
    try:
        parsed = json.loads(line)
    except (ValueError, RecursionError):
        parsed = None
    where = parsed.get("where") or {} if isinstance(parsed, dict) else {}
    if (
        not isinstance(parsed, dict)
        or not isinstance(parsed.get("question"), str)
        or not isinstance(where, dict)
    ):
        return BatchLine(
            _line_id(parsed, number), line[:200], [], 'not {"question": "...", "where": {...}}'
        )
    pairs = [(without_halves(str(key)), without_halves(str(value))) for key, value in where.items()]
    return BatchLine(_line_id(parsed, number), without_halves(parsed["question"]), pairs)


def gathered(lines: Iterator[T], most: int) -> Iterator[list[T]]:
    """The lines in groups of at most `most` that have arrived already, so that a single line is
    answered at once.
    """
    if most == 1:
        yield from ([line] for line in lines)
        return
    queue: Queue[T | None] = Queue(2 * most)

    def read() -> None:
        try:
            for line in lines:
                queue.put(line)
        finally:
            queue.put(None)

    Thread(target=read, daemon=True).start()
    while (line := queue.get()) is not None:
        group: list[T] = [line]
        with suppress(Empty):
            while len(group) < most and (line := queue.get(timeout=_NEXT_LINE)) is not None:
                group.append(line)
        yield group
        if line is None:
            return


def _line_id(parsed: Any, number: int) -> str:
    """The id that a line names, else its number."""
    named = parsed.get("id") if isinstance(parsed, dict) else None
    return without_halves(str(named)) if isinstance(named, str | int | float) else str(number)
