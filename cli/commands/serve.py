"""`kb serve`: answer over HTTP, wherever the community is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option, notify
from cli.language import translated
from cli.render import out_fields, out_json
from kb.errors import FAILED, OK, KbError

if TYPE_CHECKING:
    from kb.home import Home
    from kb.settings import Settings

MISSING = "the server needs packages that are not installed"
INSTALL = 'install them with: pip install "founders-kb[serve]"'

LOCAL = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}
"""Where this machine reaches a server that listens at all addresses."""


@click.group(invoke_without_command=True)
@click.option("--host", metavar="H", help="The address to listen on; default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; default: 8765.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes answer; each has models of its own.",
)
@click.option("--background", is_flag=True, help="Return once the server answers.")
@home_option
@click.pass_context
def command(
    context: click.Context, host: str | None, port: int | None, workers: int, background: bool
) -> int:
    """Answer over HTTP, wherever the community is.

    /v1/ask, /v1/search and the like, described by /openapi.json. Without tokens only this machine
    is served; make one for each who asks: kb token add NAME --can ask. While it runs, kb ask and kb
    search on this machine need load no models.
    """
    if context.invoked_subcommand:
        return OK
    home = current_home()
    settings = current_settings(home, server_host=host, server_port=port, writer=None)
    check_can_serve(home, settings)
    if background:
        flags = {"--host": host, "--port": port, "--workers": workers}
        given = [f"{name}={value}" for name, value in flags.items() if value is not None]
        _start(home, settings, given, context.find_root().obj)
    else:
        serve(home, settings, workers)
    return OK


def _start(home: Home, settings: Settings, flags: list[str], named_home: str | None) -> None:
    """Start the same command as another process, once it is sure that it can listen. A home that was
    found is found there too, and not chosen: it would be trusted then.
    """
    try:
        from cli.server.instance import running, start_in_background
        from cli.server.listening import listening_socket
    except ImportError as error:
        raise KbError(f"{MISSING}: {error.name}", INSTALL) from error
    if running(home.path) is None:  # the one that runs has the port, rightly
        listening_socket(settings).close()
    instance = start_in_background(
        home.path, [*flags, *([f"--home={named_home}"] if named_home else [])]
    )
    notify(f"serving {home.path} at {instance.address}, process {instance.pid}")


@command.command("status")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@home_option
def status(as_json: bool) -> int:
    """Show the server of this knowledge base. Exits with 1 where none runs."""
    from cli.forkserver.process import is_answering
    from cli.server.instance import not_running, running

    home = current_home()
    instance = running(home.path)
    if instance is None:
        if not as_json:
            raise not_running(home.path)
        out_json({"running": False})
        return FAILED
    terminal = is_answering(home.path)
    if as_json:
        known = {**asdict(instance), "seconds": instance.seconds, "terminal": terminal}
        out_json({"running": True, **known})
        return OK
    shown = {
        "address": instance.address,
        "process": instance.pid,
        "version": instance.version,
        "running for": str(timedelta(seconds=instance.seconds)),
        "kb ask": translated(
            "takes its models from here, and is quick"
            if terminal
            else "loads its models itself, as without a server"
        ),
    }
    out_fields(shown, 12)
    return OK


@command.command("stop")
@home_option
def stop() -> int:
    """Stop the server of this knowledge base, once the answers in work are finished."""
    from cli.server.instance import stop as stop_server

    instance = stop_server(current_home().path)
    notify(f"the server has ended: process {instance.pid}")
    return OK


def check_can_serve(home: Home, settings: Settings) -> None:
    """Raise KbError where there is nothing to serve, or everybody could ask."""
    from kb.access import Access

    if not home.exists():
        raise KbError(f"there is no knowledge base at {home.path}", "make one: kb ingest PATH")
    if settings.server_host in ("127.0.0.1", "localhost", "::1") and not settings.server_names:
        return
    if Access(home.path).is_open():
        raise KbError(
            "without a token only this machine is served, not other machines",
            "make one for each who asks: kb token add NAME --can ask,search",
        )


def serve(home: Home, settings: Settings, workers: int) -> None:
    """Serve until stopped. Raises KbError without the packages, and where the port is taken."""
    try:
        from cli.forkserver.process import can_fork, fork_server
        from cli.server.instance import ending_at_sigterm, only_server
        from cli.server.listening import listening_socket, run
    except ImportError as error:
        raise KbError(f"{MISSING}: {error.name}", INSTALL) from error
    with ending_at_sigterm(), ExitStack() as held:
        note_address = held.enter_context(only_server(home.path))
        listener = held.enter_context(listening_socket(settings))
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        note_address(f"http://{LOCAL.get(shown, shown)}:{port}")
        notify(f"serving {home.path} at http://{shown}:{port}")
        if can_fork():
            held.enter_context(fork_server(home.path))
        run(home, settings, listener, workers)
