"""Fixtures: isolated homes, the real command line as a process, the real data where it is present."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer

from tests.data_sets import find

ROOT = Path(__file__).parent.parent
# Thousands of commands are run: where bytecode is not kept, each compiles the program anew, a third
# of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@dataclass(frozen=True)
class Run:
    """A finished command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Cli:
    """The real command line against a home of its own.

    Most tests are about something else than vectors: they take the quick embedder. A kb of
    `builtin` takes ours.
    """

    def __init__(self, home: Path, embedder: str = "static") -> None:
        self.home = home
        self.embedder = embedder

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        clean = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("KB_", "OPENAI_"))
        }
        ours = {"KB_HOME": str(self.home), "KB_EMBEDDER": self.embedder, "PYTHONPATH": str(ROOT)}
        return {**clean, **ours, **(extra or {})}

    def argv(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "cli.main", *map(str, arguments)]

    def __call__(
        self,
        *arguments: str | Path,
        stdin: str | bytes = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 120,
    ) -> Run:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            self.argv(*arguments),
            input=data,
            capture_output=True,
            env=self.environment(env),
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
        return Run(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.argv(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(env),
        )


@pytest.fixture
def kb(tmp_path: Path) -> Cli:
    """`kb` with a fresh home: `kb("ask", "...")` gives a Run."""
    return Cli(tmp_path / "home")


@pytest.fixture
def models() -> Iterator[ModelServer]:
    """A server that embeds and reranks."""
    server = ModelServer()
    yield server
    server.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An empty folder for sources."""
    path = tmp_path / "sources"
    path.mkdir()
    return path


class RealData:
    """The public data, by the names of `tests/data_sets.py`: `shared / "qa/drcd/DRCD_dev.json"`."""

    def __truediv__(self, name: str) -> Path:
        """The file or folder of that name; skips the test where it is absent."""
        if (path := find(name)) is None:
            pytest.skip(f"{name} is in neither ../shared/data nor .data, see tests/data_sets.py")
        return path


@pytest.fixture(scope="session")
def shared() -> RealData:
    """The real data; a test that asks for what is not there is skipped."""
    return RealData()
