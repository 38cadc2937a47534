"""Threads that answer: each with its own view of the knowledge base, all with one encoder.

SQLite's connections belong to the thread that opened them, so each thread opens its own. The
built-in models are loaded once a process, whoever asks for them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from kb.audience import OWNER, Viewer
from kb.errors import KbError
from kb.home import Home
from kb.settings import CONFIG_FILE, TUNED_FILE, Settings
from kb.visibility import Narrowings

if TYPE_CHECKING:
    from kb.journal import Journal
    from kb.knowledge import KnowledgeBase
    from kb.writers import Writer

T = TypeVar("T")
_MOST = 4  # threads share one interpreter; more processes: kb serve --workers
Stamp = tuple[tuple[int, int], ...]  # of each file of settings, when it was changed and its size


@dataclass
class View:
    """What one thread answers from. `notices` are what the core said during one piece of work.

    Of one who may not see everything, `whole` is the view of all there is, which brings what a
    reviewer decided into the indexes.
    """

    kb: KnowledgeBase
    writer: Writer
    journal: Journal
    stamp: Stamp
    notices: list[str] = field(default_factory=list)
    whole: View | None = None
    narrowings: Narrowings = field(default_factory=Narrowings)

    def seen_by(self, viewer: Viewer) -> View:
        """The same as a viewer sees it; itself where that is everything. Raises KbError."""
        kb = self.narrowings.narrowed(self.kb, viewer)
        if kb is self.kb:
            return self
        from kb.journal import open_journal

        settings = self.kb.settings
        journal = kb.journal or open_journal(kb.home.journal, settings, kb.sight)
        return View(kb, self.writer, journal, self.stamp, self.notices, whole=self)


Work = Callable[[View], T]


class Workers:
    """A pool of threads over one home. `run` gives the future of a piece of work in one of them.

    Before each piece of work a thread takes up what changed since: settings, the embedder of the
    index, FAQ entries, what reviewers decided.
    """

    def __init__(self, home: Home) -> None:
        """Raises KbError for settings that are wrong."""
        self.home = home
        self.count = self.settings().server_threads or min(_MOST, os.cpu_count() or 1)
        self._local = threading.local()
        self._pool = ThreadPoolExecutor(self.count, "kb-answer")

    def run(self, work: Work[T], viewer: Viewer) -> Future[T]:
        """Start a piece of work for who looks; it waits where all threads are busy."""
        return self._pool.submit(self._in_thread, work, viewer)

    def warm_up(self) -> None:
        """Open the knowledge base and load the models, so that the first question need not wait."""
        for done in [self._pool.submit(self._in_thread, _warmed, OWNER) for _ in range(self.count)]:
            done.result()

    def settings(self) -> Settings:
        """The effective settings of the home as they are now. Raises KbError."""
        from cli.context import current_settings

        return current_settings(self.home, writer=None)

    def stop(self) -> None:
        """Take no more work, and wait for what was begun."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _in_thread(self, work: Work[T], viewer: Viewer) -> T:
        view: View | None = getattr(self._local, "view", None)
        if view is None or self._has_changed(view):
            view = self._local.view = self._opened()
        view.notices.clear()
        view.kb = view.kb.renewed()
        _catch_up(view)
        return work(view.seen_by(viewer))

    def _opened(self) -> View:
        from kb.backends import open_writer
        from kb.journal import open_journal
        from kb.knowledge import open_knowledge_base

        notices: list[str] = []
        stamp = self._stamp()
        settings = self.settings()
        kb = open_knowledge_base(self.home, settings, notices.append)
        writer = open_writer(settings, notices.append)
        return View(kb, writer, open_journal(self.home.journal, settings), stamp, notices)

    def _has_changed(self, view: View) -> bool:
        """Whether settings or the embedder of the index are others than those of the view."""
        embedder = view.kb.embedder.name if view.kb.embedder else ""
        serving = view.kb.catalog.serving()
        return self._stamp() != view.stamp or bool(serving and serving != embedder)

    def _stamp(self) -> Stamp:
        stamps: list[tuple[int, int]] = []
        for name in (CONFIG_FILE, TUNED_FILE):
            status = None
            with suppress(OSError):
                status = (self.home.path / name).stat()
            stamps.append((status.st_mtime_ns, status.st_size) if status else (0, 0))
        return tuple(stamps)


def _warmed(view: View) -> None:
    """Search for something once: models, dictionaries and indexes are read when first needed."""
    from retrieval.question.question import weigh
    from retrieval.search.search import search

    search(view.kb, weigh(view.kb, "how does it work? 怎么做？"), limit=1).confidence  # noqa: B018


def _catch_up(view: View) -> None:
    """Take in what an interrupted command left, as each reading command does."""
    from cli.context import catch_up

    with suppress(KbError):  # what can't be taken in now is left to the next command
        catch_up(view.kb)
