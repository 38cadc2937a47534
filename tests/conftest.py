"""Fixtures: isolated homes, the real command line as a process, the real data where it is present."""

from __future__ import annotations

import json
import multiprocessing.context
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from model_server import ModelServer

from kb.glossary import build
from tests.data_sets import find
from tests.fork_client import FORKS, ForkedProcess, fork_client
from tests.patience import PATIENCE

ROOT = Path(__file__).parent.parent
# Thousands of commands are run: where bytecode is not kept, each compiles the program anew, a third
# of its time.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["KB_LANG"] = "en"  # whatever the locale of who runs the tests
# An ingest waits for the disk some thirty times, longer than it works: homes are kept in memory
# where there is room for those of a whole run.
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 6e9:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))
if FORKS:
    # Tests that ingest in this process start a reader each, which imports the program anew: let
    # them be forks of one that has imported it, too.
    multiprocessing.set_forkserver_preload(
        ["ingest.workers", "ingest.prepare", "kb.projections.trial"]
    )
    contexts = multiprocessing.context._concrete_contexts
    contexts["spawn"] = contexts["forkserver"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests marked `long` first, the others in the order that they had."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


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
    `builtin` takes ours. Most are about something else than processes, too: their commands run in
    forks of one that has imported kb, and `libraries` that take long, which is the same but for the
    time it takes to start.
    """

    def __init__(
        self, home: Path, embedder: str = "static", libraries: tuple[str, ...] = ()
    ) -> None:
        self.home = home
        self.embedder = embedder
        self.libraries = libraries

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        clean = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("KB_", "OPENAI_"))
        }
        ours = {
            "KB_HOME": str(self.home),
            "KB_EMBEDDER": self.embedder,
            "KB_LANG": "en",
            "PYTHONPATH": str(ROOT),
        }
        return {**clean, **ours, **(extra or {})}

    def argv(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "cli.main", *map(str, arguments)]

    def __call__(
        self,
        *arguments: str | Path,
        stdin: str | bytes = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = PATIENCE,
    ) -> Run:
        """Run a command, in a fork if its environment allows it."""
        environment = self.environment(env)
        if not FORKS or not fork_client(*self.libraries).can_give(environment):
            return self.in_own_process(*arguments, stdin=stdin, env=env, cwd=cwd, timeout=timeout)
        given = stdin.encode() if isinstance(stdin, str) else stdin
        program = self.argv(*arguments)[1:]
        return _run(
            fork_client(*self.libraries).run(
                program, environment, stdin=given, folder=cwd, timeout=timeout
            )
        )

    def in_own_process(
        self,
        *arguments: str | Path,
        stdin: str | bytes = "",
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = PATIENCE,
    ) -> Run:
        """Run a command as a shell does, in a process that has imported nothing yet."""
        done = subprocess.run(
            self.argv(*arguments),
            input=stdin.encode() if isinstance(stdin, str) else stdin,
            capture_output=True,
            env=self.environment(env),
            cwd=cwd,
            timeout=timeout,
            check=False,
        )
        return _run(done)

    def start(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        new_session: bool = False,
    ) -> subprocess.Popen[bytes] | ForkedProcess:
        """Start a command with pipes as its streams."""
        program = self.argv(*arguments)[1:]
        return self.start_python(program, env=env, new_session=new_session)

    def start_python(
        self,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        new_session: bool = False,
    ) -> subprocess.Popen[bytes] | ForkedProcess:
        """Do what `python` does with these arguments, with pipes as its streams."""
        environment = self.environment(env)
        if FORKS and fork_client(*self.libraries).can_give(environment):
            client = fork_client(*self.libraries)
            return client.start_piped(arguments, environment, new_session=new_session)
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(
            [sys.executable, *arguments], env=environment, start_new_session=new_session, **pipes
        )

    def at_terminal(
        self, terminal: int, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes] | ForkedProcess:
        """Start a command at a terminal, in a session of its own, as a shell there does."""
        environment = self.environment(env)
        if not FORKS or not fork_client(*self.libraries).can_give(environment):
            return process_at(terminal, self.argv(*arguments), environment)
        program = self.argv(*arguments)[1:]
        return fork_client(*self.libraries).start(
            program, environment, [terminal] * 3, new_session=True
        )


def process_at(
    terminal: int, argv: Sequence[str], environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start a program of its own at a terminal."""
    return subprocess.Popen(
        argv,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env=environment,
        start_new_session=True,
    )


def _run(done: subprocess.CompletedProcess[bytes]) -> Run:
    return Run(done.returncode, done.stdout.decode(), done.stderr.decode())


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
def common(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run, for all of its workers. Who makes something in it holds a lock."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def glossary_folder(common: Path) -> Path:
    """Where the glossary is, which takes seconds to make."""
    with FileLock(common / "glossary.lock"):
        build(common / "glossary")
    return common / "glossary"


@pytest.fixture(scope="session")
def corpora_home(common: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds our corpora, embedded by the built-in embedder; not to be changed."""
    made = common / "corpora"
    with FileLock(common / "corpora.lock"):
        if not made.exists():
            draft = Cli(common / "corpora-draft", embedder="builtin")
            run = draft("ingest", "-q", ROOT / "corpora")
            assert (run.code, run.out, run.err) == (0, "", "")
            draft.home.rename(made)
    return Path(shutil.copytree(made, tmp_path_factory.mktemp("corpora") / "home"))


@pytest.fixture(scope="session")
def shared() -> RealData:
    """The real data; a test that asks for what is not there is skipped."""
    return RealData()
