"""Preparing sources in processes of their own: faster, and a file that kills its reader kills nothing else."""

from __future__ import annotations

import os
import signal
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING

from ingest.prepare import Failed, Order, Prepared, Same, prepare
from kb.types import Skip

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Outcome = Prepared | Same | Failed
# What a worker has in hand: enough to stay busy while the writer, whose engines hold Python still, works off a batch.
_AHEAD_FILES = 64
_AHEAD_BYTES = 32_000_000


class Workers:
    """Processes that prepare `orders`, started at once; to be used as a context, which ends them."""

    def __init__(self, orders: Sequence[Order], seconds_per_file: float) -> None:
        count = min(len(orders), max(1, min(4, (os.cpu_count() or 2) - 1)))
        self._total = len(orders)
        self._workers = [_Worker(deque(orders[i::count]), seconds_per_file) for i in range(count)]

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self._workers:
            worker.stop()

    def outcomes(self) -> Iterator[tuple[Order, Outcome]]:
        """Each order with what came of it, in order. A file that takes too long or crashes its reader is a Failed."""
        for number in range(self._total):
            yield self._workers[number % len(self._workers)].next()


class _Worker:
    """One process and the orders that are its share."""

    def __init__(self, orders: deque[Order], seconds_per_file: float) -> None:
        self._waiting = orders
        self._sent: deque[Order] = deque()
        self._seconds = seconds_per_file
        self._start()

    def next(self) -> tuple[Order, Outcome]:
        """The outcome of the oldest order not yet answered."""
        self._fill()
        order = self._sent[0]
        reason = f"took longer than {self._seconds:g} s to read"
        try:
            if self._answers.poll(self._seconds):
                outcome: Outcome = self._answers.recv()
                self._sent.popleft()
                return order, outcome
        except (EOFError, OSError):
            reason = "its reader crashed"
        self.stop()
        self._sent.popleft()
        self._waiting.extendleft(reversed(self._sent))
        self._sent.clear()
        self._start()
        return order, Failed(Skip(order.source, reason))

    def stop(self) -> None:
        """End the process, whatever it is doing."""
        self._orders.close()
        self._answers.close()
        self._process.terminate()
        self._process.join()

    def _start(self) -> None:
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        theirs, self._orders = context.Pipe(duplex=False)
        self._answers, answers = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(theirs, answers), daemon=True)
        with _without_interrupts():
            self._process.start()
        theirs.close()
        answers.close()
        self._fill()

    def _fill(self) -> None:
        try:
            while self._waiting and len(self._sent) < _AHEAD_FILES:
                if self._sent and sum(order.size for order in self._sent) + self._waiting[0].size > _AHEAD_BYTES:
                    return
                self._orders.send(self._waiting[0])
                self._sent.append(self._waiting.popleft())
        except OSError:
            return  # it died: `next` finds out, since at least one order is in hand


@contextmanager
def _without_interrupts() -> Iterator[None]:
    """Let a process start deaf to Ctrl-C, which is the writing process's to handle; that one hears it right after."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # its own start would let interrupts through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(orders: Connection, answers: Connection) -> None:
    """Answer orders until the other side is gone; then nobody needs this process any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A thread of its own sends, so that a reader that is slow to take answers does not stop the work.
    outcomes: SimpleQueue[Outcome] = SimpleQueue()
    threading.Thread(target=_send_all, args=(outcomes, answers), daemon=True).start()
    try:
        while True:
            outcomes.put(prepare(orders.recv()))
    except (EOFError, OSError):
        return


def _send_all(outcomes: SimpleQueue[Outcome], answers: Connection) -> None:
    try:
        while True:
            answers.send(outcomes.get())
    except OSError:
        return
