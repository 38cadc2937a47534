"""Preparing sources in processes of their own: faster, and a file that kills its reader kills
nothing else.
"""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import TYPE_CHECKING

from ingest.archives import is_archive
from ingest.assembly import Prepared, joined
from ingest.limits import CRASHED, Watch, crash
from ingest.prepare import Failed, Order, Outcome, prepare
from ingest.readers import is_recording

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from kb.privacy.redactor import Masking, Redactor

Answer = tuple[
    Order | None, Outcome
]  # of a file within the archive that was ordered; None: of the order itself
# What a worker has in hand: enough to stay busy while the writer, whose engines hold Python still,
# works off a batch.
_AHEAD_FILES = 64
_AHEAD_BYTES = 32_000_000
_CRASHES_PER_ARCHIVE = 20


class Workers:
    """Processes that prepare `orders`, started at once; to be used as a context, which ends them.

    What the `masking` says is masked in what they give.
    """

    def __init__(self, orders: Sequence[Order], masking: Masking | None = None) -> None:
        count = min(len(orders), max(1, min(4, (os.cpu_count() or 2) - 1)))
        self._total = len(orders)
        self._workers = [_Worker(deque(orders[i::count]), masking) for i in range(count)]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self._workers:
            worker.stop()

    def outcomes(self) -> Iterator[tuple[Order, Outcome]]:
        """Each order with what came of it, in order; before an archive's, those of the files within
        it.

        A file that takes too long, too much memory or crashes its reader is a Failed; the others go
        on. Limits count for each part of a document.
        """
        for number in range(self._total):
            yield from self._workers[number % len(self._workers)].next()


class _Worker:
    """One process and the orders that are its share."""

    def __init__(self, orders: deque[Order], masking: Masking | None) -> None:
        self._waiting = orders
        self._masking = masking
        self._sent: deque[Order] = deque()
        self._start()

    def next(self) -> Iterator[tuple[Order, Outcome]]:
        """The outcome of the oldest order not yet answered, and before it those of the files within
        it.
        """
        order, answered = self._sent[0] if self._sent else self._waiting[0], 0
        parts: list[Prepared] = []
        while True:
            self._fill()
            answer = self._answer(order)
            if isinstance(answer, Failed):
                parts.clear()
                again = self._resumed(order, answered, answer)
                if again is None:
                    yield order, answer
                    return
                order = again
                continue
            of, outcome = answer
            if isinstance(outcome, Prepared):
                parts.append(outcome)
                if outcome.more:
                    continue
                outcome = joined(parts)
            parts.clear()
            if of is None:
                self._sent.popleft()
                yield order, outcome
                return
            answered += 1
            yield of, outcome

    def _resumed(self, order: Order, answered: int, failed: Failed) -> Order | None:
        """Start a new process; gives the order that it begins with, or None where the file was the
        fault.

        `answered` files of an archive are done.
        """
        again: Order | None = None
        careful = failed.skip.reason == CRASHED and not self._careful
        archive = is_archive(order.path) and answered not in order.broken
        if (
            careful
        ):  # answers on their way are lost, so another file may have been the fault: look again
            again = replace(order, after=answered)
        elif (
            archive and len(order.broken) < _CRASHES_PER_ARCHIVE
        ):  # one of many: read it without that one
            again = replace(order, after=answered, broken={**order.broken, answered: failed})
        self._start_again(again, careful=careful)
        return again

    def _answer(self, order: Order) -> Answer | Failed:
        """The next answer, or why there is none."""
        watch = Watch(self._process.pid, order)
        try:
            while not self._answers.poll(watch.pause):
                if failed := watch.failure():
                    return failed
            answer: Answer = self._answers.recv()
            return answer
        except (EOFError, OSError):
            self._process.join()
            return crash(order, self._process.exitcode)

    def _start_again(self, first: Order | None, *, careful: bool = False) -> None:
        """Go on in a new process with the orders not yet answered, `first` in place of the oldest."""
        self.stop()
        (self._sent or self._waiting).popleft()  # a process that died at once was sent nothing
        self._waiting.extendleft(reversed(self._sent))
        if first:
            self._waiting.appendleft(first)
        self._sent.clear()
        self._start(careful=careful)

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._orders.close()
        self._answers.close()
        self._process.kill()
        self._process.join()

    def _start(self, *, careful: bool = False) -> None:
        """Start the process; a `careful` one sends each answer before it goes on, and so loses
        none.
        """
        import multiprocessing

        self._careful = careful
        context = multiprocessing.get_context("spawn")
        theirs, self._orders = context.Pipe(duplex=False)
        self._answers, answers = context.Pipe(duplex=False)
        given = (theirs, answers, careful, self._masking)
        self._process = context.Process(target=_serve, args=given, daemon=True)
        with _without_interrupts():
            self._process.start()
        theirs.close()
        answers.close()
        self._fill()

    def _fill(self) -> None:
        try:
            while self._waiting and len(self._sent) < _AHEAD_FILES:
                if (
                    self._sent
                    and sum(order.size for order in self._sent) + self._waiting[0].size
                    > _AHEAD_BYTES
                ):
                    return
                self._orders.send(self._waiting[0])
                self._sent.append(self._waiting.popleft())
        except OSError:
            return  # it died: `next` finds out, since at least one order is in hand


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let a process start deaf to Ctrl-C, which is the writing process's to handle; that one hears
    it right after.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # its own start would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    # The mask goes with the new process. Here another thread may still take the signal, for which
    # this one would stop half-way through the start.
    heard: list[int] = []
    usual = signal.getsignal(signal.SIGINT)
    ours = threading.current_thread() is threading.main_thread() and callable(usual)
    if ours:
        signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, usual)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if heard:
            signal.raise_signal(signal.SIGINT)


def _serve(orders: Connection, answers: Connection, careful: bool, masking: Masking | None) -> None:
    """Answer orders until the other side is gone; then nobody needs this process any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _silence()
    collect_rarely()
    # A thread of its own sends, so that a reader that is slow to take answers does not stop the
    # work.
    outcomes: SimpleQueue[Answer] = SimpleQueue()
    threading.Thread(target=_send_all, args=(outcomes, answers), daemon=True).start()
    say: Callable[[Answer], None] = answers.send if careful else outcomes.put
    redactor = _redactor(masking)
    try:
        while True:
            order: Order = orders.recv()
            _limit_memory(order)
            for of, outcome in prepare(order, redactor):
                say((None if of is order else of, outcome))
    except (EOFError, OSError):
        return


def _redactor(masking: Masking | None) -> Redactor | None:
    if not masking:
        return None
    from kb.privacy.redactor import Redactor

    return Redactor(masking)


def collect_rarely() -> None:
    """Look for cycles among objects less often: readers make many objects, few cycles, and looking
    takes a third.
    """
    gc.set_threshold(200_000, 20, 100)


def _silence() -> None:
    """What libraries say of a file while reading it goes nowhere: it may hold anything, and the
    reason is told.
    """
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (1, 2):
        os.dup2(nowhere, stream)


def _limit_memory(order: Order) -> None:
    """Make a reader that takes too much memory fail, where the system can; recordings need what
    models need.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = (
        resource.RLIM_INFINITY if is_recording(order.path) else int(order.settings.reader_mb * 1e6)
    )
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))


def _send_all(outcomes: SimpleQueue[Answer], answers: Connection) -> None:
    try:
        while True:
            answers.send(outcomes.get())
    except OSError:
        return
