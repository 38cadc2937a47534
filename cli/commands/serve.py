"""`kb serve`: answer over HTTP, wherever the community is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from cli.context import current_home, current_settings, home_option, notify
from kb.errors import OK, KbError

if TYPE_CHECKING:
    from kb.home import Home
    from kb.settings import Settings

MISSING = "the server needs packages that are not installed"
INSTALL = 'install them with: pip install "founders-kb[serve]"'


@click.command()
@click.option("--host", metavar="H", help="The address to listen on; default: 127.0.0.1.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port; default: 8765.")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="How many processes answer; each has models of its own.",
)
@home_option
def command(host: str | None, port: int | None, workers: int) -> int:
    """Answer over HTTP, wherever the community is.

    /v1/ask, /v1/search and the like, described by /openapi.json. Without tokens only this machine
    is served; make one for each who asks: kb token add NAME --can ask.
    """
    home = current_home()
    settings = current_settings(home, server_host=host, server_port=port, writer=None)
    check_can_serve(home, settings)
    serve(home, settings, workers)
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
        from cli.server.listening import listening_socket, run
    except ImportError as error:
        raise KbError(f"{MISSING}: {error.name}", INSTALL) from error
    with listening_socket(settings) as listener:
        host, port = listener.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        notify(f"serving {home.path} at http://{shown}:{port}")
        run(home, settings, listener, workers)
