"""The request of a caller, as the fork reads it."""

from __future__ import annotations

import ast
import resource
import socket
from contextlib import suppress
from dataclasses import dataclass

from cli.forkserver.protocol import LENGTH, location, program

_STREAMS = 3


@dataclass(frozen=True, slots=True)
class Request:
    """A command to run.

    `program`: what the caller's own process is made of (`protocol.program`). `folder`: its working
    directory, and `places`: device and number of that and of the home, by their paths.
    `encodings`: encoding and error handler of each stream. `limits`: kind, soft and hard limit of
    each of its resources. `session`: its login session.
    """

    arguments: list[str]
    environment: dict[str, str]
    program: list[str | None]
    folder: str
    places: dict[str, tuple[int, int]]
    encodings: list[tuple[str, str]]
    limits: list[tuple[int, int, int]]
    session: int

    def fits_here(self) -> bool:
        """Whether a fork of this process can do what the caller's own process would: it is of the
        same program, and the paths lead to the same places (in a container they may not).
        """
        with suppress(OSError):
            return self.program == program() and all(
                location(place) == known for place, known in self.places.items()
            )
        return False

    def set_limits(self) -> None:
        """Give this process the resource limits of the caller, as far as it may have them."""
        for kind, soft, hard in self.limits:
            if resource.getrlimit(kind) != (soft, hard):
                with suppress(OSError, ValueError):
                    resource.setrlimit(kind, (soft, hard))


def receive(connection: socket.socket) -> tuple[Request, list[int]]:
    """A request and its three streams. Raises OSError or ValueError for anything else."""
    head, streams, _, _ = socket.recv_fds(connection, LENGTH, _STREAMS)
    missing = int.from_bytes(head, "big")
    if len(head) != LENGTH or len(streams) != _STREAMS:
        raise ValueError("not a request")
    data = b""
    while len(data) < missing:
        part = connection.recv(missing - len(data))
        if not part:
            raise ValueError("half a request")
        data += part
    return Request(**ast.literal_eval(data.decode())), streams
