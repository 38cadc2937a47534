"""What the tests of bots share: a small community, and a real `kb bot` that runs."""

from __future__ import annotations

import signal
import time
from contextlib import contextmanager

from tests.patience import PATIENCE

QUESTION = "how do founders find their first ten users?"


def ingest(kb, folder):
    """Give a home two things to answer from."""
    folder.mkdir()
    (folder / "users.md").write_text(
        "# Finding users\n\nFounders find their first ten users by writing to each of them by"
        " hand.\n\n# Prices\n\nRaise the price until one customer in five says no.\n"
    )
    kb("ingest", folder)
    return kb


def program(name, platform):
    """Python's arguments for `kb bot NAME`, after what has the platform's SDK ask a stand-in."""
    prelude = getattr(platform, "prelude", "")
    return [
        "-c",
        f"{prelude}import sys; from cli.main import main; sys.exit(main(['bot', '{name}']))",
    ]


@contextmanager
def running(kb, name, platform, **env):
    """`kb bot NAME`, connected; afterwards it has ended well, and shown no token."""
    process = kb.start_python(program(name, platform), env={**platform.environment, **env})
    try:
        platform.wait_connected()
        yield process
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert out == b""
    assert b"lantern" not in err


def eventually(what):
    """What a function gives once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := what()):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return found
