"""The console script: lets the fork server of the home answer where it has one, else runs `kb` here.

Imports little on purpose: a command that is answered by a fork takes hardly more than starting
Python.
"""

from __future__ import annotations

import os
import sys

_FORKED = ("ask", "search")  # commands that load models


def run() -> None:
    """The console script."""
    code = _code_of_fork(sys.argv[1:]) if hasattr(os, "O_PATH") else None
    if code is None:
        from cli.main import run as run_here

        run_here()
    sys.exit(code)


def _code_of_fork(arguments: list[str]) -> int | None:
    """The exit code of a command that a fork ran; None where it is to be run here."""
    if _command(arguments) not in _FORKED:
        return None
    from cli.forkserver import SOCKET
    from kb.location import locate

    try:
        home = os.path.expanduser(locate(_named_home(arguments))[0])
    except OSError:  # told of by the command itself
        return None
    if not os.path.lexists(os.path.join(home, SOCKET)):
        return None
    from cli.forkserver.caller import ForkKilled, run_in_fork

    try:
        return run_in_fork(arguments, home)
    except ForkKilled:
        from cli.main import fail

        return fail("the process that answered was killed", "see: kb serve status", 1)


def _command(arguments: list[str]) -> str:
    """The name of the command: the first argument that belongs to no `--home`."""
    while arguments and arguments[0].startswith("--home"):
        arguments = arguments[1 if "=" in arguments[0] else 2 :]
    return arguments[0] if arguments else ""


def _named_home(arguments: list[str]) -> str | None:
    """What `--home` says, the last one if there are several.

    A word that only looks like the option costs nothing: the fork reads the arguments anew, and
    what is taken here says only whose server runs it.
    """
    named = None
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--home":
            named = following
        elif argument.startswith("--home="):
            named = argument.removeprefix("--home=")
    return named


if __name__ == "__main__":
    run()
